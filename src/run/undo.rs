//! The point and the state before a step, so that a step that diverges can be taken back whole.

use super::checkpoint::Carried;
use crate::game::{Joint, Player};
use crate::rule::State;

/// A copy whose buffers are used again at every step.
pub struct Undo<T> {
    at: Joint<T>,
    state: State<T>,
}

impl<T: Copy> Undo<T> {
    /// A copy of `now`.
    pub fn new(now: &Carried<T>) -> Self {
        Undo { at: now.at.clone(), state: now.state.clone() }
    }

    /// Keeps what a step changes.
    pub fn keep(&mut self, now: &Carried<T>) {
        for player in Player::BOTH {
            self.at[player].copy_from_slice(&now.at[player]);
            let (to, from) = (&mut self.state.players[player as usize], &now.state.players[player as usize]);
            to.count = from.count;
            for ((_, to), (_, from)) in to.vectors.iter_mut().zip(&from.vectors) {
                to.copy_from_slice(from);
            }
        }
    }

    /// Puts back what was kept.
    pub fn take_back(&mut self, now: &mut Carried<T>) {
        std::mem::swap(&mut self.at, &mut now.at);
        std::mem::swap(&mut self.state, &mut now.state);
    }
}
