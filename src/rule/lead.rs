//! LEAD, the least-action dynamics of a game: momentum, and a push by what the opponent's last move does to one's own
//! velocity.
//!
//! `u = v + alpha C s;  theta+ = theta + beta s + h u` with heavy-ball descent; s is the last step, 0 at the start, and C
//! the part of J that couples the players. With alpha = 1 this is an optimistic step that foresees the opponent alone.
//! Needs the field and C s. Keeps s beside what the optimisers keep. Multipliers on lambda = i s of a bilinear game,
//! without momentum: the roots of mu^2 - (1 + (1 + alpha) z) mu + alpha z with z = h lambda; other games need the whole J.
//!
//! In `min_x max_y f` the paper has
//!
//! ```text
//! x+ = x + beta (x - x-) - eta grad_x f - alpha f_xy (y - y-)
//! y+ = y + beta (y - y-) + eta grad_y f + alpha f_yx (x - x-)
//! ```
//!
//! whose signs, of both players, are those of C here, since v = (-grad_x f, grad_y f); so they are in the authors' program
//! for a bilinear game. Its alpha is h times ours; with Adam the authors too put alpha C s into the gradient, unscaled. Where
//! the losses do not cancel, their programs for GANs put -C' in the place of C: the opponent's loss instead of one's own.
//! Hemmat et al. 2020 (TMLR 2023).

use super::apart::coupling;
use super::linear::{LinearRound, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, Op, THETA, only};
use super::{Halt, Rule};
use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// How the players descend; beta is the optimiser's momentum.
    pub round: Round,
    /// Strength of the push.
    pub alpha: f64,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Lead {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start_with_last_step(sizes)
    }

    fn round(
        &self,
        game: &G,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        let batch = game.draw(self.round.draw(step, 0));
        let mut v = game.field(at, &batch).map_err(Halt::Failed)?;
        let jacobian = game.linearize(at, &batch).map_err(Halt::Failed)?;
        let push = coupling(&state.last_step(), |w| jacobian.times(w)).map_err(Halt::Failed)?;
        drop(jacobian);
        v.add_scaled(self.alpha, &push);
        let before = at.clone();
        self.round.descend(game, at, &mut v, state, step)?;
        state.set_last_step(&before, at);
        Ok(())
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let (mut lines, last) = self.round.lines_with_last_step(state, game.sizes(), step)?;
        let u = lines.velocity(THETA, BOTH);
        for player in Player::BOTH {
            let (rows, columns) = (only(player), only(player.other()));
            lines.push(Op::Jacobian { to: u, from: last, rows, columns, by: self.alpha, transposed: false });
        }
        lines.scale(last, BOTH, 0.0);
        lines.descend(last, u, BOTH);
        lines.add(THETA, 1.0, last, BOTH);
        Ok(lines.finish())
    }
}
