//! The Dirac-GAN: the smallest GAN there is, one number a player.
//!
//! Real data all at 0, the generator's all at theta, the discriminator D(x) = psi x:
//!
//! ```text
//! V(psi, theta) = f(0) + f(-psi theta)        loss_d = -V, loss_g = V or the objective's own
//! ```
//!
//! With instance noise of standard deviation s both are blurred: real x = s e, generated x = theta + s e, e standard
//! normal, by Gauss-Hermite. The equilibrium is (psi, theta) = (0, 0). There J = [[2 f''(0) s^2, -f'(0)], [f'(0), 0]],
//! with eigenvalues +- i f'(0) where s = 0: the game goes round its equilibrium and never reaches it. R1 puts -gamma
//! into J_dd, so lambda = (-gamma +- sqrt(gamma^2 - 4 f'(0)^2)) / 2; Nagarajan & Kolter's regulariser puts
//! -2 eta f'(0)^2 into J_gg (with s = 0).
//!
//! A gradient penalty with centre 0 is R1 with gamma = 2 lambda. One with centre 1 (WGAN-GP, lambda (|psi| - 1)^2) has no
//! derivative at psi = 0, so none at the equilibrium: with the Wasserstein losses each half plane turns around a point of
//! its own, (0, +- 2 lambda) on the kink, which a weak penalty crosses over and over (lambda = 0.1 ends in a cycle) and
//! one with lambda >= 1 creeps into; neither comes to (0, 0). Least squares with targets 1 and 0 has
//! J = [[0, 0], [1, 0]]: nilpotent, and linearisation does not decide.
//!
//! Mescheder, Geiger & Nowozin, *Which training methods for GANs do actually converge?*, ICML 2018, write
//! L(theta, psi) = f(psi theta) + f(0) with the generator first. Their psi is minus ours (our D(G(z)) = psi theta enters
//! V as f(-psi theta)), so a picture of theirs, theta across and psi up, is ours mirrored top to bottom.
//!
//! Expectations over the noise are Gauss-Hermite sums of 64 nodes: to 1e-13 for smooth f and |psi| s up to about 1.5.

use super::energy::Energy;
use super::formula::Formula;
use super::number::Number;
use super::prediction::{ClosedForm, Plane};
use super::quadrature::{self, Node};
use super::samples::{bend, expectation};
use crate::game::objective::Losses;
use crate::game::{Joint, Penalty, Player};

/// Nodes of the normal distribution of instance noise.
const NODES: usize = 64;

/// The Dirac-GAN; theta = (psi, theta).
#[derive(Clone, Debug)]
pub struct Dirac {
    losses: Losses,
    noise: Vec<Node>,
    variance: f64,
}

impl Dirac {
    /// With these losses, and instance noise of a standard deviation that may be 0.
    pub fn new(losses: Losses, noise: f64) -> Self {
        let variance = noise * noise;
        let noise = if noise == 0.0 { vec![(0.0, 1.0)] } else { quadrature::normal(NODES, noise) };
        Dirac { losses, noise, variance }
    }
}

impl Formula for Dirac {
    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let (psi, theta) = (theta[0], theta[1]);
        let real = |e: f64| psi * N::of(e);
        let fake = |e: f64| psi * (theta + N::of(e));
        expectation(self.losses.of(of), &self.noise, real, fake)
    }

    /// grad_x D = psi wherever x is.
    fn penalty<N: Number>(&self, penalty: &Penalty, theta: &[N]) -> N {
        let psi = theta[0];
        if penalty.center == 0.0 {
            return psi * psi;
        }
        let over = psi.magnitude() - N::of(penalty.center);
        let over = if penalty.one_sided { over.positive() } else { over };
        over * over
    }

    fn kink(&self, penalty: &Penalty, theta: &[f64]) -> Option<String> {
        let kink = penalty.center > 0.0 && !penalty.one_sided && theta[0] == 0.0;
        let what = "the gradient penalty asks for a slope |psi| other than 0 and has no derivative at psi = 0; take \
                    another point, or center = 0";
        kink.then(|| what.to_string())
    }

    fn zero_sum(&self) -> bool {
        self.losses.cancel()
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        vec![Joint { d: vec![0.0], g: vec![0.0] }]
    }

    /// psi psi' + theta theta' = 0 where each player's slope is the other's in reverse.
    fn energy(&self) -> Option<Energy> {
        let plain = self.variance == 0.0 || self.losses.d.is_linear();
        (plain && self.losses.zero_sum()).then(|| Energy::radius("psi^2 + theta^2"))
    }

    /// J_dd = p from the noise alone, J_dg = -(slope of loss_d by the fake logit), J_gd = -(that of loss_g).
    fn closed_form(&self) -> Option<ClosedForm> {
        let p = 0.0 - self.variance * bend(&self.losses.d);
        let [a, b] = [&self.losses.d, &self.losses.g].map(|terms| terms.slopes([0.0; 2], false)[1]);
        let noise = format!("p = 2 f''(0) sigma^2 = {p} with noise of variance sigma^2");
        let p_words = if self.variance == 0.0 { "p = 0" } else { &noise };
        let symbols = match a == -b {
            true => format!("{p_words}, s = f'(0) = {a}"),
            false => format!("J = [[{p}, {}], [{}, 0]] without regularisers", 0.0 - a, 0.0 - b),
        };
        let source = "Mescheder, Geiger & Nowozin 2018";
        Some(ClosedForm { planes: vec![[[p, 0.0 - a], [0.0 - b, 0.0]]], alone: [0, 0], symbols, source })
    }

    /// Of psi^2; where only slopes above the centre are punished, of 0.
    fn penalty_curvature(&self, penalty: &Penalty, _: &Plane) -> Option<f64> {
        if penalty.center == 0.0 { Some(2.0) } else { penalty.one_sided.then_some(0.0) }
    }
}
