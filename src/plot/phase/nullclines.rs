//! Nullclines: the lines along which one player's part of the field vanishes. Where they cross, both rest.

use super::super::contours::level_lines;
use super::super::panel::At;
use super::plane::Window;

/// Nodes along each side of the grid on which the field is taken.
const SIDE: usize = 121;

/// The nullclines over a window: those of the player whose parameter runs across, and of the other.
pub fn nullclines(field: &dyn Fn(At) -> Option<At>, window: Window) -> [Vec<Vec<At>>; 2] {
    // Where there is no field there is no line either: the size only has to keep off the other values.
    let v: Vec<At> = window.grid(SIDE).map(|at| field(at).unwrap_or((f64::NAN, f64::NAN))).collect();
    [|v: &At| v.0, |v: &At| v.1].map(|part: fn(&At) -> f64| {
        let values: Vec<f64> = v.iter().map(part).collect();
        if values.iter().all(|v| *v == 0.0) {
            return Vec::new();
        }
        level_lines(SIDE, &values, window.x, window.y, 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The nullclines of v = A x are the lines a_i . x = 0, and they run through the whole window.
        #[test]
        fn those_of_a_linear_field_are_its_lines(a in prop::array::uniform4(-1.0f64..1.0)) {
            prop_assume!(a[0].hypot(a[1]) > 0.1 && a[2].hypot(a[3]) > 0.1);
            let window = Window { x: (-1.3, 1.0), y: (-1.0, 1.3) };
            let field = |p: At| Some((a[0] * p.0 + a[1] * p.1, a[2] * p.0 + a[3] * p.1));
            let found = nullclines(&field, window);
            for (lines, row) in found.iter().zip([(a[0], a[1]), (a[2], a[3])]) {
                let points: Vec<At> = lines.iter().flatten().copied().collect();
                prop_assert!(points.iter().all(|p| (row.0 * p.0 + row.1 * p.1).abs() < 1e-12), "{points:?}");
                let far = points.iter().map(|p| p.0.abs().max(p.1.abs())).fold(0.0, f64::max);
                prop_assert!(far >= 1.0 - 1e-12, "{far}");
            }
        }
    }

    #[test]
    fn a_field_that_never_turns_has_none() {
        let window = Window { x: (0.0, 1.0), y: (0.0, 1.0) };
        assert!(nullclines(&|_| Some((1.0, 0.0)), window).iter().all(Vec::is_empty));
        assert!(nullclines(&|_| None, window).iter().all(Vec::is_empty));
    }
}
