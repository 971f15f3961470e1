//! What rules that look back keep beside what the optimisers keep: the last round's step, 0 at the start.

use super::linear::{Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{Kept, Register};
use crate::game::{Joint, Player};
use crate::scalar::Scalar;

/// Its name in the state.
pub(super) const LAST_STEP: &str = "last_step";

impl Round {
    /// The state before the first round of a rule that looks back.
    pub(super) fn start_with_last_step<T: Scalar>(&self, sizes: [usize; 2]) -> State<T> {
        let mut state = self.start(sizes);
        state.keep(LAST_STEP, sizes);
        state
    }

    /// The lines of a round of such a rule, none yet, and the last step's register.
    pub(super) fn lines_with_last_step<T: Scalar>(
        &self,
        state: &State<T>,
        sizes: [usize; 2],
        step: u64,
    ) -> Result<(Lines, Register), NotLinear> {
        let own = Kept { names: [Some(LAST_STEP); 2], sign: 1.0 };
        let lines = Lines::new(self.linear(state, sizes, step)?, &[own]);
        let last = lines.own(0);
        Ok((lines, last))
    }
}

impl<T: Scalar> State<T> {
    /// The last round's step.
    pub(super) fn last_step(&self) -> Joint<T> {
        let [d, g] = &self.players;
        Joint { d: d.vector(LAST_STEP).to_vec(), g: g.vector(LAST_STEP).to_vec() }
    }

    /// Keeps the step that was just taken.
    pub(super) fn set_last_step(&mut self, from: &Joint<T>, to: &Joint<T>) {
        for player in Player::BOTH {
            let last = self.players[player as usize].vector_mut(LAST_STEP);
            let moved = to[player].iter().zip(&from[player]).map(|(to, from)| *to - *from);
            last.iter_mut().zip(moved).for_each(|(last, moved)| *last = moved);
        }
    }
}
