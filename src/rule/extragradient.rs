//! Extragradient: a trial step shows the field ahead, and the step is taken along that one.
//!
//! `w = theta + h v(theta);  theta+ = theta + h v(w)` with gradient descent. With Adam both steps go through the same
//! moments (ExtraAdam). Needs the field, twice a round: at one batch, or each at its own. Keeps what the optimisers keep.
//! Multipliers: 1 + z + z^2 with z = h lambda for gradient descent; on lambda = i s, |mu|^2 = 1 - h^2 s^2 + h^4 s^4.
//! Korpelevich 1976; Gidel et al. 2019.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Extragradient {
    /// How the players descend.
    pub round: Round,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Extragradient {
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
        let batch = game.draw(self.round.draw(step, 0));
        let mut v = game.field(at, &batch).map_err(Halt::Failed)?;
        let mut ahead = at.clone();
        self.round.descend(game, &mut ahead, &mut v, state, step)?;
        let batch = if self.round.shared { batch } else { game.draw(self.round.draw(step, 1)) };
        let mut v = game.field(&ahead, &batch).map_err(Halt::Failed)?;
        self.round.descend(game, at, &mut v, state, step)
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        let v = lines.velocity(THETA, BOTH);
        let ahead = lines.fresh();
        lines.add(ahead, 1.0, THETA, BOTH);
        lines.descend(ahead, v, BOTH);
        let v = lines.velocity(ahead, BOTH);
        lines.descend(THETA, v, BOTH);
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        self.round.elementwise()
    }
}
