//! The normal form of a Hopf bifurcation as a game: a limit cycle that is born around the equilibrium.
//!
//! With r^2 = d^2 + g^2, mu the parameter, omega the frequency, a the cubic and c the quintic coefficient:
//!
//! ```text
//! loss_d = -P + omega d g        loss_g = -P - omega d g        P = mu r^2 / 2 + a r^4 / 4 + c r^6 / 6
//! d' = s d - omega g             g' = omega d + s g             s = mu + a r^2 + c r^4
//! ```
//!
//! The losses are a potential that both players share and a zero-sum rotation, so each field component is exactly minus
//! the gradient of its player's own loss, and in polar coordinates r' = s r while the angle grows at omega. The
//! equilibrium is (0, 0) with eigenvalues mu +- i omega. Every root s = 0 is a circle that is an orbit (`cycles`): with
//! a < 0 (supercritical) a stable one of radius sqrt(-mu / a) is born as mu passes 0; with a > 0 (subcritical) an
//! unstable one closes in on the equilibrium from mu < 0 and takes its stability. With a > 0 > c and a^2 / (4 c) < mu < 0
//! equilibrium and outer cycle are both stable: whoever starts outside the inner circle is trapped by the cycle, though
//! every eigenvalue at the equilibrium promises convergence.
//!
//! Guckenheimer & Holmes, *Nonlinear Oscillations, Dynamical Systems, and Bifurcations of Vector Fields*, 1983, section
//! 3.4; for limit cycles in games: Hsieh, Mertikopoulos & Cevher, *The limits of min-max optimization algorithms:
//! convergence to spurious non-critical sets*, ICML 2021.

use super::formula::Formula;
use super::number::Number;
use super::prediction::ClosedForm;
use crate::game::{Joint, Player};

/// The Hopf game; theta = (d, g).
#[derive(Clone, Copy, Debug)]
pub struct Hopf {
    /// mu: growth near the equilibrium.
    pub mu: f64,
    /// omega: angular frequency, radians a unit of time.
    pub frequency: f64,
    /// a: factor of r^3 in the growth of r.
    pub cubic: f64,
    /// c: factor of r^5 in the growth of r.
    pub quintic: f64,
}

/// A circle that is an orbit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    /// Its radius, above 0.
    pub radius: f64,
    /// d(r')/dr there: nearby orbits approach it where this is below 0.
    pub growth: f64,
}

impl Hopf {
    /// The limit cycles, the innermost first. A double root is one cycle with growth 0.
    pub fn cycles(&self) -> Vec<Cycle> {
        let Hopf { mu, cubic: a, quintic: c, .. } = *self;
        let squares = if c == 0.0 {
            vec![-mu / a]
        } else {
            let root = (a * a - 4.0 * mu * c).sqrt();
            // Half of each root by the sum that does not cancel, the other from the product of both.
            let sum = -0.5 * (a + root.copysign(a));
            if root == 0.0 { vec![sum / c] } else { vec![sum / c, mu / sum] }
        };
        let mut radii: Vec<f64> =
            squares.into_iter().filter(|q| q.is_finite() && *q > 0.0).map(f64::sqrt).collect();
        radii.sort_by(f64::total_cmp);
        let growth = |r: f64| 2.0 * r * r * (a + 2.0 * c * r * r);
        radii.into_iter().map(|radius| Cycle { radius, growth: growth(radius) }).collect()
    }
}

impl Formula for Hopf {
    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let (d, g) = (theta[0], theta[1]);
        let square = d * d + g * g;
        let potential = square
            * (N::of(self.mu / 2.0)
                + square * (N::of(self.cubic / 4.0) + square * N::of(self.quintic / 6.0)));
        let turn = N::of(self.frequency) * d * g;
        match of {
            Player::Discriminator => turn - potential,
            Player::Generator => -turn - potential,
        }
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        vec![Joint::zeros([1, 1])]
    }

    fn closed_form(&self) -> Option<ClosedForm> {
        let (mu, omega) = (self.mu, self.frequency);
        let symbols = format!("lambda = mu +- i omega without regularisers, mu = {mu}, s = omega = {omega}");
        let source = "Guckenheimer & Holmes 1983";
        Some(ClosedForm { planes: vec![[[mu, -omega], [omega, mu]]], alone: [0, 0], symbols, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(mu: f64, cubic: f64, quintic: f64) -> Vec<Cycle> {
        Hopf { mu, frequency: 1.0, cubic, quintic }.cycles()
    }

    #[test]
    fn cycles_are_where_the_growth_vanishes() {
        let one = cycles(0.25, -1.0, 0.0);
        assert_eq!((one.len(), one[0].radius), (1, 0.5));
        assert!(one[0].growth < 0.0);
        assert!(cycles(-0.25, -1.0, 0.0).is_empty() && cycles(0.25, 0.0, 0.0).is_empty());
        // (r^2 - 1/4) (r^2 - 1) = r^4 - 5/4 r^2 + 1/4, with c = -1.
        let two = cycles(-0.25, 1.25, -1.0);
        assert_eq!(two.len(), 2);
        for (cycle, (radius, stable)) in two.iter().zip([(0.5, false), (1.0, true)]) {
            assert!((cycle.radius - radius).abs() < 1e-15);
            assert_eq!(cycle.growth < 0.0, stable);
        }
        assert_eq!(cycles(-0.25, 1.0, -1.0).len(), 1);
        assert!(cycles(-0.3, 1.0, -1.0).is_empty());
        // mu = 0 puts one of the roots into the equilibrium.
        assert_eq!(cycles(0.0, 1.0, -1.0).len(), 1);
    }
}
