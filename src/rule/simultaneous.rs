//! Simultaneous updates: both players move from the same point.
//!
//! `theta+ = theta + h v(theta)` with gradient descent. With unequal `updates` the players move together as long as
//! both have updates left. Needs the field. Keeps what the optimisers keep. Multipliers: 1 + h lambda for gradient
//! descent with one step size, so stable for h < -2 Re(lambda) / |lambda|^2. Mescheder, Nowozin & Geiger 2017.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, THETA, Who};
use super::{Halt, Rule};
use crate::game::{Draw, Game, Joint, Player};
use crate::scalar::Scalar;
use smallvec::SmallVec;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Simultaneous {
    /// What a round is made of.
    pub round: Round,
}

impl Simultaneous {
    /// The players that move in each turn of a round.
    fn turns(&self) -> impl Iterator<Item = Who> {
        let updates = self.round.updates;
        (0..updates[0].max(updates[1])).map(move |turn| updates.map(|n| turn < n))
    }
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Simultaneous {
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
        for who in self.turns() {
            if who == BOTH && self.round.shared {
                if self.round.advance(game, who, at, &batch, state)? {
                    continue;
                }
                let mut v = Joint { d: state.spare.take(at.d.len()), g: state.spare.take(at.g.len()) };
                game.field_to(at, &batch, &mut v).map_err(Halt::Failed)?;
                self.round.descend(game, at, &mut v, state, step)?;
                // In the order in which they are taken again.
                state.spare.put(v.g);
                state.spare.put(v.d);
                continue;
            }
            let mut moves = SmallVec::<[_; 2]>::new();
            for player in Player::BOTH.into_iter().filter(|p| who[*p as usize]) {
                if draw > 0 && !self.round.shared {
                    game.recycle(batch);
                    batch = game.draw(Draw { step, draw });
                }
                draw += 1;
                let mut v = state.spare.take(at[player].len());
                game.velocity(player, at, &batch, &mut v).map_err(Halt::Failed)?;
                moves.push((player, v));
            }
            for (player, mut v) in moves {
                self.round.descents[player as usize].step(game, player, at, &mut v, state, step)?;
                state.spare.put(v);
            }
        }
        game.recycle(batch);
        Ok(())
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        for who in self.turns() {
            let v = lines.velocity(THETA, who);
            lines.descend(THETA, v, who);
        }
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        self.round.elementwise()
    }
}
