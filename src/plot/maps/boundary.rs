//! The line on which a quantity over a grid is zero.

use crate::plot::panel::At;

/// Pieces of the line, by linear interpolation along the edges of the squares between four cells. `value` gives the
/// quantity at a column and a row, None where there is none; places are in columns and rows.
pub fn zero_line(columns: usize, rows: usize, value: impl Fn(usize, usize) -> Option<f64>) -> Vec<[At; 2]> {
    let mut pieces = Vec::new();
    for row in 1..rows {
        for column in 1..columns {
            // Around the square.
            let corners = [(column - 1, row - 1), (column, row - 1), (column, row), (column - 1, row)];
            let values = corners.map(|(i, j)| value(i, j).filter(|v| v.is_finite()));
            let [Some(a), Some(b), Some(c), Some(d)] = values else { continue };
            let values = [a, b, c, d];
            let crossings: Vec<At> = (0..4)
                .filter_map(|k| {
                    crossing((corners[k], values[k]), (corners[(k + 1) % 4], values[(k + 1) % 4]))
                })
                .collect();
            match crossings[..] {
                [from, to] => pieces.push([from, to]),
                // A saddle: of the two ways to join four crossings, the one that the mean in the middle tells.
                [p, q, r, s] if (a > 0.0) == (a + b + c + d > 0.0) => pieces.extend([[p, q], [r, s]]),
                [p, q, r, s] => pieces.extend([[s, p], [q, r]]),
                _ => {}
            }
        }
    }
    pieces
}

type Corner = ((usize, usize), f64);

fn crossing((from, a): Corner, (to, b): Corner) -> Option<At> {
    let share = a / (a - b);
    let between = |x: usize, y: usize| x as f64 + share * (y as f64 - x as f64);
    ((a > 0.0) != (b > 0.0)).then(|| (between(from.0, to.0), between(from.1, to.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_where_it_is() {
        let value = |i: usize, j: usize| Some((i as f64 - 20.0).hypot(j as f64 - 20.0) - 12.3);
        let pieces = zero_line(41, 41, value);
        let off = |p: &At| ((p.0 - 20.0).hypot(p.1 - 20.0) - 12.3).abs();
        assert!(pieces.iter().flatten().all(|p| off(p) < 0.02));
        let length: f64 = pieces.iter().map(|[a, b]| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((length / (std::f64::consts::TAU * 12.3) - 1.0).abs() < 1e-3);
        assert!(zero_line(41, 41, |i, j| value(i, j).filter(|_| j < 5)).is_empty());
    }
}
