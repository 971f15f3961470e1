//! Nagarajan & Kolter's game in one dimension: uniform data, one number a player.
//!
//! x uniform on [-1, 1], generator G(z) = a z with z uniform on [-1, 1], discriminator D(x) = w x^2:
//!
//! ```text
//! V(w, a) = E f(w x^2) + E f(-w a^2 z^2)        loss_d = -V, loss_g = V or the objective's own
//! ```
//!
//! The equilibria are (w, a) = (0, 1) and its mirror image (0, -1), where J = [[2 f''(0) / 5, -2 f'(0) / 3],
//! [2 f'(0) / 3, 0]]. With their regulariser, loss_g += eta (dV/dw)^2, the lower row becomes
//! [2 f'(0) / 3 + 8 eta f'(0) f''(0) / 15, -8 eta f'(0)^2 / 9] and the eigenvalues solve
//! lambda^2 - (2 f''(0) / 5 - 8 eta f'(0)^2 / 9) lambda + 4 f'(0)^2 / 9 = 0. Least squares with targets 1 and 0 has no
//! equilibrium here, since w x^2 cannot be 1/2 everywhere.
//!
//! Expectations are Gauss-Legendre sums of 32 nodes: to 1e-13 for smooth f and |w|, |w a^2| up to about 10. A hinge
//! that is reached within the data puts a kink under the integral and costs digits.
//!
//! Nagarajan & Kolter, *Gradient descent GAN optimization is locally stable*, NIPS 2017.

use super::energy::Energy;
use super::formula::Formula;
use super::number::Number;
use super::prediction::{ClosedForm, Plane};
use super::quadrature::{self, Node};
use super::samples::{bend, expectation};
use crate::game::objective::{Losses, Terms};
use crate::game::{Joint, Penalty, PenaltyPoints, Player};

/// Nodes of the half interval [0, 1], which is enough: everything is even.
const NODES: usize = 32;

/// The uniform game; theta = (w, a).
#[derive(Clone, Debug)]
pub struct Uniform {
    losses: Losses,
    half: Vec<Node>,
}

impl Uniform {
    /// With these losses.
    pub fn new(losses: Losses) -> Self {
        let half =
            quadrature::uniform(NODES).into_iter().map(|(x, weight)| (0.5 * (1.0 + x), weight)).collect();
        Uniform { losses, half }
    }
}

impl Formula for Uniform {
    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let (w, a) = (theta[0], theta[1]);
        let real = |x: f64| w * N::of(x * x);
        let fake = |z: f64| w * a * a * N::of(z * z);
        expectation(self.losses.of(of), &self.half, real, fake)
    }

    /// E (grad_x D)^2 = 4 w^2 E x^2, with E x^2 = 1/3 for data, a^2 / 3 for the generator's, and (1 + a^2) / 9 on the
    /// way between them. Norms to a centre other than 0 are refused with the scenario.
    fn penalty<N: Number>(&self, penalty: &Penalty, theta: &[N]) -> N {
        let (w, a) = (theta[0], theta[1]);
        let square = match penalty.points {
            PenaltyPoints::Real => N::of(1.0 / 3.0),
            PenaltyPoints::Fake => a * a * N::of(1.0 / 3.0),
            PenaltyPoints::Mixed => (N::of(1.0) + a * a) * N::of(1.0 / 9.0),
        };
        N::of(4.0) * w * w * square
    }

    fn zero_sum(&self) -> bool {
        self.losses.cancel()
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        [1.0, -1.0].map(|a| Joint { d: vec![0.0], g: vec![a] }).to_vec()
    }

    /// That of the WGAN: w w' + (a - 1 / a) a' / 2 = 0.
    fn energy(&self) -> Option<Energy> {
        let linear = self.losses.d.is_linear() && self.losses.zero_sum();
        let at = |theta: &[f64]| theta[0] * theta[0] - libm::log(theta[1].abs()) + 0.5 * theta[1] * theta[1];
        linear.then_some(Energy { formula: "w^2 - ln |a| + a^2 / 2", at })
    }

    /// J_dd from E x^4 = 1/5 of real and generated samples (of pairs, E (x^2 - z^2)^2 = 8/45); J_dg and J_gd from
    /// d/da E a^2 z^2 = 2/3 at a = 1. At a = -1 both have the other sign.
    fn closed_form(&self) -> Option<ClosedForm> {
        let moment = match &self.losses.d {
            Terms::Separate { .. } => 1.0 / 5.0,
            Terms::Paired(_) => 4.0 / 45.0,
        };
        let p = 0.0 - moment * bend(&self.losses.d);
        let [a, b] =
            [&self.losses.d, &self.losses.g].map(|terms| 2.0 / 3.0 * terms.slopes([0.0; 2], false)[1]);
        let symbols = match a == -b {
            true => format!("p = 2 f''(0) / 5 = {p:.6}, s = 2 f'(0) / 3 = {a:.6}"),
            false => format!("J = [[{p:.6}, {:.6}], [{:.6}, 0]]", 0.0 - a, 0.0 - b),
        };
        let source = "Nagarajan & Kolter 2017";
        Some(ClosedForm { planes: vec![[[p, 0.0 - a], [0.0 - b, 0.0]]], alone: [0, 0], symbols, source })
    }

    /// Of 4 w^2 E x^2, with E x^2 = 1/3 for data and generated samples and 2/9 between them.
    fn penalty_curvature(&self, penalty: &Penalty, _: &Plane) -> Option<f64> {
        Some(match penalty.points {
            PenaltyPoints::Real | PenaltyPoints::Fake => 8.0 / 3.0,
            PenaltyPoints::Mixed => 16.0 / 9.0,
        })
    }
}
