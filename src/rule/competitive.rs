//! Competitive gradient descent: both players step to the Nash equilibrium of the local game, in which the losses are
//! linear in each player and bilinear in both, with a quadratic price on the step.
//!
//! `(I - h C) s = h v;  theta+ = theta + s`, C the part of J that couples the players. For the discriminator this is
//! `s_d = h (I - h^2 J_dg J_gd)^-1 (v_d + h J_dg v_g)`, and the same with the roles exchanged. Needs the field, C w and C' w.
//! Keeps nothing. The system is solved by conjugate gradients on the normal equations. Multipliers: those of
//! theta + (I - h C)^-1 h J theta, which needs the whole J; on a bilinear game with lambda = i s, mu = 1 / (1 - i h s):
//! the implicit Euler step. Schäfer & Anandkumar 2019.

use super::apart::{Apart, scaled};
use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, Op, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint, Player};
use crate::least::Accuracy;
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Competitive {
    /// Plain descents of the players.
    pub round: Round,
    /// Gradient of the least squares at which the system counts as solved, as a share of its first.
    pub tolerance: f64,
    /// Most iterations.
    pub iterations: usize,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Competitive {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(&self, game: &G, at: &mut Joint<T>, _: &mut State<T>, step: u64) -> Result<(), Halt<G::Error>> {
        let batch = game.draw(self.round.draw(step, 0));
        let v = game.field(at, &batch).map_err(Halt::Failed)?;
        for player in Player::BOTH {
            self.round.descents[player as usize].look(player, &v[player])?;
        }
        let lrs = self.round.lrs(step);
        let steps = [0, 1].map(|p| vec![lrs[p]; game.sizes()[p]]);
        let jacobian = game.linearize(at, &batch).map_err(Halt::Failed)?;
        let apart = Apart { jacobian: jacobian.as_ref(), steps: &steps, transposed: false };
        let accuracy = Accuracy { gradient: self.tolerance, iterations: self.iterations };
        let found = apart.solve(&scaled(v, &steps), accuracy).map_err(Halt::Failed)?;
        drop(jacobian);
        let Some(moved) = found else {
            let what = "the step of the local game is not finite".to_string();
            return Err(Halt::Diverged { player: Player::Discriminator, what });
        };
        at.add_scaled(1.0, &moved);
        self.round.settle(game, at)
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        let v = lines.velocity(THETA, BOTH);
        lines.push(Op::Compete { to: THETA, from: v });
        Ok(lines.finish())
    }
}
