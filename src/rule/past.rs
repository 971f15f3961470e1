//! Extrapolation from the past: extragradient whose trial step repeats the last round's step, at half the cost.
//!
//! `w = theta + s;  s+ = h v(w);  theta+ = theta + s+` with gradient descent; s is the last step, 0 at the start. With
//! another optimiser s+ is its step along v(w). Needs the field, once a round. Keeps s beside what the optimisers keep.
//! Multipliers: the roots of mu^2 - (1 + 2 z) mu + z with z = h lambda for gradient descent, the same as
//! those of the optimistic rule. Popov 1980; Gidel et al. 2019.

use super::linear::{LinearRound, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// How the players descend.
    pub round: Round,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Past {
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
        let mut ahead = at.clone();
        ahead.add_scaled(1.0, &state.last_step());
        let mut v = game.field(&ahead, &batch).map_err(Halt::Failed)?;
        let before = at.clone();
        self.round.descend(game, at, &mut v, state, step)?;
        state.set_last_step(&before, at);
        Ok(())
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let (mut lines, last) = self.round.lines_with_last_step(state, game.sizes(), step)?;
        let ahead = lines.fresh();
        lines.add(ahead, 1.0, THETA, BOTH);
        lines.add(ahead, 1.0, last, BOTH);
        let v = lines.velocity(ahead, BOTH);
        lines.scale(last, BOTH, 0.0);
        lines.descend(last, v, BOTH);
        lines.add(THETA, 1.0, last, BOTH);
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        self.round.elementwise()
    }
}
