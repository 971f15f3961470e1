//! Optimistic updates: each step is taken as if the next one would change as the last one did.
//!
//! `s+ = h v(theta);  theta+ = theta + 2 s+ - s` with gradient descent; s is the last round's s, 0 at the start. With
//! Adam s+ is its step (optimistic Adam). Needs the field, once a round. Keeps s beside what the optimisers keep.
//! Multipliers: the roots of mu^2 - (1 + 2 z) mu + z with z = h lambda for gradient descent; on lambda = i s they lie
//! within the unit circle for h s < 1 / sqrt 3. Daskalakis et al. 2018.

use super::last_step::LAST_STEP;
use super::linear::{LinearRound, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimistic {
    /// How the players descend.
    pub round: Round,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Optimistic {
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
        let mut ahead = at.clone();
        self.round.descend(game, &mut ahead, &mut v, state, step)?;
        let two = T::of(2.0);
        for player in Player::BOTH {
            let last = state.players[player as usize].vector_mut(LAST_STEP);
            for ((to, ahead), last) in at[player].iter_mut().zip(&ahead[player]).zip(last) {
                let now = *ahead - *to;
                *to += two * now - *last;
                *last = now;
            }
        }
        self.round.settle(game, at)
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let (mut lines, last) = self.round.lines_with_last_step(state, game.sizes(), step)?;
        let v = lines.velocity(THETA, BOTH);
        lines.add(THETA, -1.0, last, BOTH);
        lines.scale(last, BOTH, 0.0);
        lines.descend(last, v, BOTH);
        lines.add(THETA, 2.0, last, BOTH);
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        self.round.elementwise()
    }
}
