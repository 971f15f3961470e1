//! What a game on paper is: its losses as formulas for any kind of number.

use super::energy::Energy;
use super::number::{Number, partials};
use super::prediction::{ClosedForm, Plane};
use super::{Dirac, Expression, Hopf, Linear, LqWgan, SaddleMonkey, Uniform};
use crate::game::{Joint, Penalty, Player};
use std::ops::Range;

/// The formulas of a game.
pub trait Formula {
    /// Number of parameters of each player.
    fn sizes(&self) -> [usize; 2];

    /// A player's loss without regularisers, at theta = (theta_d, theta_g).
    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N;

    /// The gradient of a player's own loss by its own parameters.
    fn own_gradient<N: Number>(&self, of: Player, theta: &[N]) -> Vec<N> {
        partials(theta, self.range(of), |theta| self.loss(of, theta))
    }

    /// E (‖grad_x D‖ - c)^2 at the points of a penalty; 0 where the game has no samples.
    fn penalty<N: Number>(&self, _penalty: &Penalty, _theta: &[N]) -> N {
        N::of(0.0)
    }

    /// Why the penalty has no second derivative at a point, where it has none.
    fn kink(&self, _penalty: &Penalty, _theta: &[f64]) -> Option<String> {
        None
    }

    /// Where an equilibrium is to be looked for.
    fn candidates(&self) -> Vec<Joint<f64>>;

    /// Where the nearest equilibrium to a point is to be looked for; differs from `candidates` where equilibria are no
    /// single points.
    fn nearest(&self, _theta: &[f64]) -> Vec<Joint<f64>> {
        self.candidates()
    }

    /// Whether the losses are known to add up to 0 everywhere.
    fn zero_sum(&self) -> bool {
        false
    }

    /// What the motion without regularisers conserves, where that is known.
    fn energy(&self) -> Option<Energy> {
        None
    }

    /// The Jacobian at an equilibrium without regularisers, where theory has it.
    fn closed_form(&self) -> Option<ClosedForm> {
        None
    }

    /// The second derivative of a penalty at an equilibrium along the discriminator's direction of a plane of the closed
    /// form; None where the penalty mixes planes, or nobody has worked it out.
    fn penalty_curvature(&self, _penalty: &Penalty, _plane: &Plane) -> Option<f64> {
        None
    }

    /// Where a player's parameters lie among all.
    fn range(&self, player: Player) -> Range<usize> {
        let [d, g] = self.sizes();
        match player {
            Player::Discriminator => 0..d,
            Player::Generator => d..d + g,
        }
    }
}

/// A game of any kind.
#[derive(Clone, Debug)]
pub enum Paper {
    /// The Dirac-GAN.
    Dirac(Dirac),
    /// The uniform game.
    Uniform(Uniform),
    /// A linear field.
    Linear(Linear),
    /// The linear-quadratic WGAN.
    LqWgan(LqWgan),
    /// The Hopf normal form.
    Hopf(Hopf),
    /// The monkey saddle.
    SaddleMonkey(SaddleMonkey),
    /// The user's own losses.
    Expression(Expression),
}

/// Calls the same function of whichever game it is.
macro_rules! of {
    ($paper:expr, $game:ident => $call:expr) => {
        match $paper {
            Paper::Dirac($game) => $call,
            Paper::Uniform($game) => $call,
            Paper::Linear($game) => $call,
            Paper::LqWgan($game) => $call,
            Paper::Hopf($game) => $call,
            Paper::SaddleMonkey($game) => $call,
            Paper::Expression($game) => $call,
        }
    };
}

impl Formula for Paper {
    fn sizes(&self) -> [usize; 2] {
        of!(self, game => game.sizes())
    }
    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        of!(self, game => game.loss(of, theta))
    }
    fn own_gradient<N: Number>(&self, of: Player, theta: &[N]) -> Vec<N> {
        of!(self, game => game.own_gradient(of, theta))
    }
    fn penalty<N: Number>(&self, penalty: &Penalty, theta: &[N]) -> N {
        of!(self, game => game.penalty(penalty, theta))
    }
    fn kink(&self, penalty: &Penalty, theta: &[f64]) -> Option<String> {
        of!(self, game => game.kink(penalty, theta))
    }
    fn zero_sum(&self) -> bool {
        of!(self, game => game.zero_sum())
    }
    fn candidates(&self) -> Vec<Joint<f64>> {
        of!(self, game => game.candidates())
    }
    fn nearest(&self, theta: &[f64]) -> Vec<Joint<f64>> {
        of!(self, game => game.nearest(theta))
    }
    fn energy(&self) -> Option<Energy> {
        of!(self, game => game.energy())
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        of!(self, game => game.closed_form())
    }
    fn penalty_curvature(&self, penalty: &Penalty, plane: &Plane) -> Option<f64> {
        of!(self, game => game.penalty_curvature(penalty, plane))
    }
}
