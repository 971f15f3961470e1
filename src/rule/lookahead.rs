//! Lookahead around any rule: k rounds forward, then a step of the slow weights towards where they led.
//!
//! `phi_0 = theta;  phi_(i+1) = rule(phi_i), i < k;  theta+ = theta + alpha (phi_k - theta)`; what the inner rule keeps goes
//! on as it is. Needs what the inner rule needs. Keeps theta of the cycle's begin beside the inner rule's state.
//! Multipliers of a cycle of k rounds: 1 - alpha + alpha mu^k for an inner rule without state. Zhang et al. 2019; for
//! games Chavdarova et al. 2021.

use super::linear::{LinearRound, NotLinear};
use super::optimizer::State;
use super::program::{BOTH, Op, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;

/// What the slow weights are called in the state.
const SLOW: &str = "slow";

/// The wrapper's settings.
pub struct Lookahead<'g, T, G> {
    /// The rule of the fast weights.
    pub inner: Box<dyn Rule<T, G> + 'g>,
    /// k: rounds of a cycle.
    pub every: u64,
    /// alpha: share of the way that the slow weights take.
    pub alpha: f64,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Lookahead<'_, T, G> {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        let mut state = self.inner.start(sizes);
        state.keep(SLOW, sizes);
        state
    }

    fn round(
        &self,
        game: &G,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        // Between cycles the slow weights are where the fast ones are.
        if step.is_multiple_of(self.every) {
            for player in Player::BOTH {
                state.players[player as usize].vector_mut(SLOW).copy_from_slice(&at[player]);
            }
        }
        self.inner.round(game, at, state, step)?;
        if (step + 1).is_multiple_of(self.every) {
            let alpha = T::of(self.alpha);
            for player in Player::BOTH {
                let slow = state.players[player as usize].vector(SLOW);
                at[player]
                    .iter_mut()
                    .zip(slow)
                    .for_each(|(fast, slow)| *fast = *slow + alpha * (*fast - *slow));
            }
        }
        Ok(())
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let LinearRound { mut program, rounds, held } = self.inner.linearize(game, state, step)?;
        let (first, slow) = (program.kept.len() + 1, program.registers);
        let mut ops = vec![Op::Add { to: slow, from: THETA, who: BOTH, by: 1.0 }];
        for _ in 0..self.every {
            // What a round needs besides its state starts at zero in every round.
            ops.extend((first..slow).map(|to| Op::Scale { to, who: BOTH, by: 0.0 }));
            ops.extend_from_slice(&program.ops);
        }
        ops.push(Op::Scale { to: THETA, who: BOTH, by: self.alpha });
        ops.push(Op::Add { to: THETA, from: slow, who: BOTH, by: 1.0 - self.alpha });
        program.registers += 1;
        program.ops = ops;
        Ok(LinearRound { program, rounds: rounds * self.every, held })
    }

    fn elementwise(&self) -> bool {
        self.inner.elementwise()
    }
}
