//! Alternating updates: the first player moves, then the second sees where it went.
//!
//! `d+ = d + h v_d(d, g);  g+ = g + h v_g(d+, g)` with gradient descent; `updates` of each player in a round. Needs
//! the field. Keeps what the optimisers keep. Multipliers: the spectrum of the product of the players' one-sided
//! maps, which needs the whole J. Goodfellow et al. 2014, algorithm 1.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{THETA, only};
use super::{Halt, Rule};
use crate::game::{Draw, Game, Joint, Player};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternating {
    /// Who moves first.
    pub first: Player,
    /// What a round is made of.
    pub round: Round,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Alternating {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(
        &self,
        game: &G,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        let mut draw = 0;
        let mut batch = game.draw(Draw { step, draw });
        for player in [self.first, self.first.other()] {
            for _ in 0..self.round.updates[player as usize] {
                if draw > 0 && !self.round.shared {
                    game.recycle(batch);
                    batch = game.draw(Draw { step, draw });
                }
                draw += 1;
                if self.round.advance(game, only(player), at, &batch, state)? {
                    continue;
                }
                let mut v = state.spare.take(at[player].len());
                game.velocity(player, at, &batch, &mut v).map_err(Halt::Failed)?;
                self.round.descents[player as usize].step(game, player, at, &mut v, state, step)?;
                state.spare.put(v);
            }
        }
        game.recycle(batch);
        Ok(())
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        for player in [self.first, self.first.other()] {
            for _ in 0..self.round.updates[player as usize] {
                let v = lines.velocity(THETA, only(player));
                lines.descend(THETA, v, only(player));
            }
        }
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        self.round.elementwise()
    }
}
