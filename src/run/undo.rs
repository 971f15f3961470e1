//! The point and the state some steps ago, so that a step that diverges can be taken back whole: the steps since then are
//! made again.

use super::checkpoint::Carried;
use crate::game::{Joint, Player};
use crate::rule::State;

/// Steps between two copies: few enough to be made again in no time, many enough for copies to cost nothing.
const EVERY: u64 = 32;

/// A copy whose buffers are used again.
pub struct Undo<T> {
    step: u64,
    at: Joint<T>,
    state: State<T>,
}

impl<T: Copy> Undo<T> {
    /// A copy of `now`.
    pub fn new(now: &Carried<T>) -> Self {
        Undo { step: now.step, at: now.at.clone(), state: now.state.clone() }
    }

    /// Keeps what steps change, now and then; called before every step.
    pub fn keep(&mut self, now: &Carried<T>) {
        if now.step < self.step + EVERY {
            return;
        }
        self.step = now.step;
        for player in Player::BOTH {
            self.at[player].copy_from_slice(&now.at[player]);
            let (to, from) = (&mut self.state.players[player as usize], &now.state.players[player as usize]);
            to.count = from.count;
            for ((_, to), (_, from)) in to.vectors.iter_mut().zip(&from.vectors) {
                to.copy_from_slice(from);
            }
        }
    }

    /// Puts point and state back to what they were after the step that is returned.
    pub fn take_back(&mut self, now: &mut Carried<T>) -> u64 {
        std::mem::swap(&mut self.at, &mut now.at);
        std::mem::swap(&mut self.state, &mut now.state);
        self.step
    }
}
