//! The stability region of a rule whose multipliers follow from each eigenvalue of h J by itself: those z = h lambda for
//! which every |mu(z)| is below 1.

use super::super::contours::{Grid, Levels, Ring};
use super::super::panel::At;
use super::ladder::largest;
use crate::rule::LinearRound;
use nalgebra::Complex;

/// Nodes along each side of the grid that a region's edge is drawn from.
const SIDE: usize = 241;
/// Radii and angles at which a region is looked for.
const RADII: i32 = 90;
const ANGLES: i32 = 120;
/// Decades of those radii, on either side of 1.
const DECADES: f64 = 3.0;

/// A window of the plane of z: ranges of the real and of the imaginary part.
pub type View = (At, At);

/// Whether z lies in the region.
pub fn stable(round: &LinearRound, z: Complex<f64>) -> bool {
    largest(round, z) < 1.0
}

/// The smallest upright rectangle around the region as far as it was found, 0 included; None where it is empty.
pub fn extent(round: &LinearRound) -> Option<View> {
    let radius = |k: i32| 10f64.powf(DECADES * (2.0 * f64::from(k) / f64::from(RADII) - 1.0));
    let angle = |k: i32| std::f64::consts::PI * f64::from(k) / f64::from(ANGLES);
    // Multipliers of conjugate numbers are conjugate: the upper half says all.
    let all = (0..=RADII).flat_map(|r| (0..=ANGLES).map(move |a| Complex::from_polar(radius(r), angle(a))));
    let inside = all.filter(|z| stable(round, *z));
    let around =
        |(x, y): View, z: Complex<f64>| ((x.0.min(z.re), x.1.max(z.re)), (y.0.min(-z.im), y.1.max(z.im)));
    inside.fold(None, |view, z| Some(around(view.unwrap_or(((0.0, 0.0), (0.0, 0.0))), z)))
}

/// The region in a window as rings to be painted in order: each fills its inside with stable (band 1) or not (band 0).
pub fn rings(round: &LinearRound, (x, y): View) -> Vec<Ring> {
    let node = |k: usize, (low, high): At| low + (high - low) * k as f64 / (SIDE - 1) as f64;
    let depth = |k: usize| {
        let z = Complex::new(node(k % SIDE, x), node(k / SIDE, y));
        (1.0 - largest(round, z)).max(-1.0) as f32
    };
    let values: Vec<f32> = (0..SIDE * SIDE).map(depth).collect();
    // No depth exceeds 1: the second level is never met, it says how large the numbers are.
    Levels { at: vec![0.0, 2.0] }.rings(&Grid { side: SIDE, values: &values, window: [x.0, x.1, y.0, y.1] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{Analytic, Linear, Paper};
    use crate::rule::rule_of;
    use crate::scenario::Dynamics;
    use nalgebra::DMatrix;

    fn round(dynamics: &str) -> LinearRound {
        let dynamics: Dynamics = toml::from_str(dynamics).unwrap();
        let game =
            Analytic::new(Paper::Linear(Linear::bilinear(&DMatrix::from_element(1, 1, 1.0))), Vec::new());
        let rule = rule_of::<f64, Analytic>(&dynamics, 1, None);
        rule.linearize(&game, &rule.start([1, 1]), 0).unwrap()
    }

    /// Whether the rings, painted in order, leave z in the region.
    fn painted(rings: &[Ring], z: At) -> bool {
        let inside = |ring: &&Ring| {
            let corners = &ring.corners;
            let next = corners.iter().cycle().skip(1);
            let crossings = corners.iter().zip(next).filter(|(a, b)| {
                (a.1 > z.1) != (b.1 > z.1) && z.0 < (b.0 - a.0) * (z.1 - a.1) / (b.1 - a.1) + a.0
            });
            crossings.count() % 2 == 1
        };
        rings.iter().rev().find(inside).is_some_and(|ring| ring.band == 1)
    }

    /// Simultaneous gradient steps have mu = 1 + z.
    #[test]
    fn of_simultaneous_descent_it_is_the_disc_around_minus_one() {
        let round = round("rule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = 0.1 }");
        let (x, y) = extent(&round).unwrap();
        for (found, edge) in [(x.0, -2.0), (x.1, 0.0), (y.0, -1.0), (y.1, 1.0)] {
            // As near as the radii that are tried: to a tenth of the region's size.
            assert!((found - edge).abs() < 0.2, "{x:?} {y:?}");
        }
        let rings = rings(&round, ((-2.4, 0.6), (-1.5, 1.5)));
        for k in 0..200 {
            let turn = 0.1 * f64::from(k);
            let at = |radius: f64| (-1.0 + radius * libm::cos(turn), radius * libm::sin(turn));
            assert!(painted(&rings, at(0.99)) && !painted(&rings, at(1.01)), "{turn}");
        }
    }

    /// Polyak 1964: with a momentum beta in [0, 1) real eigenvalues are stable for -2 (1 + beta) < z < 0, and no purely
    /// imaginary one is.
    #[test]
    fn momentum_stretches_it_along_the_real_axis() {
        for beta in [0.3, 0.9] {
            let round = round(&format!(
                "rule = \"simultaneous\"\noptimizer = {{ kind = \"sgd\", lr = 0.1, momentum = {beta} }}"
            ));
            let edge = -2.0 * (1.0 + beta);
            let real = |x: f64| stable(&round, Complex::new(x, 0.0));
            assert!(real(0.999 * edge) && !real(1.001 * edge) && real(-1e-3) && !real(1e-3));
            assert!((1..40).all(|k| !stable(&round, Complex::new(0.0, 0.05 * f64::from(k)))));
        }
    }
}
