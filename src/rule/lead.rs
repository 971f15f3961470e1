//! LEAD, the least-action dynamics of a game: momentum, and a push by what the opponent's last move does to one's own
//! velocity.
//!
//! `u = v + alpha C s;  theta+ = theta + beta s + h u` with heavy-ball descent; s is the last step, 0 at the start, and C
//! the part of J that couples the players. (The paper's alpha is h times ours.) With alpha = 1 this is an optimistic step
//! that foresees the opponent alone. Needs the field and C s. Keeps s beside what the optimisers keep. Multipliers on
//! lambda = i s of a bilinear game, without momentum: the roots of mu^2 - (1 + (1 + alpha) z) mu + alpha z with
//! z = h lambda; other games need the whole J. Hemmat et al. 2020.

use super::apart::coupling;
use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{LAST_STEP, Round, State};
use super::program::{BOTH, Kept, Op, THETA, only};
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
        let mut state = self.round.start(sizes);
        state.keep(LAST_STEP, sizes);
        state
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
        let own = Kept { names: [Some(LAST_STEP); 2], sign: 1.0 };
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[own]);
        let last = lines.own(0);
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
