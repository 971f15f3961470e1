//! What turns a player's velocity into a step: momentum, preconditioner, clipping.

use super::Halt;
use super::{adagrad, adam, rmsprop, sgd};
use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;
use crate::scenario::Optimizer;

/// One player's way of descending.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// Momentum and preconditioner.
    pub optimizer: Optimizer,
    /// Largest norm of the velocity; a longer one is scaled down.
    pub clip_norm: Option<f64>,
    /// Largest absolute value of a parameter that does not count as divergence.
    pub bound: Option<f64>,
    /// Length of the training, which schedules refer to.
    pub steps: u64,
}

/// An optimiser's state: the number of updates done, and its vectors by PyTorch's names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState<T> {
    /// Updates done.
    pub count: u64,
    /// Named vectors, each as long as the player's parameters.
    pub vectors: Vec<(&'static str, Vec<T>)>,
}

/// A rule's state: one optimiser state a player.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<T> {
    /// Discriminator, generator.
    pub players: [OptimizerState<T>; 2],
}

/// What a round of updates is made of, whatever their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Updates in a round: discriminator, generator.
    pub updates: [usize; 2],
    /// How each player descends.
    pub descents: [Descent; 2],
    /// Whether all updates of a round share a batch; else each draws its own.
    pub shared: bool,
}

impl Round {
    /// The state before the first round of players with so many parameters.
    pub(super) fn start<T: Scalar>(&self, sizes: [usize; 2]) -> State<T> {
        State { players: [0, 1].map(|p| self.descents[p].start(sizes[p])) }
    }
}

impl Descent {
    /// The state before the first update of a player with `n` parameters.
    pub fn start<T: Scalar>(&self, n: usize) -> OptimizerState<T> {
        let names: &[&'static str] = match &self.optimizer {
            Optimizer::Sgd { momentum, .. } if *momentum == 0.0 => &[],
            Optimizer::Sgd { .. } => &["momentum_buffer"],
            Optimizer::Rmsprop { .. } => &["square_avg"],
            Optimizer::Adagrad { .. } => &["sum"],
            Optimizer::Adam { .. } => &["exp_avg", "exp_avg_sq"],
        };
        let vectors = names.iter().map(|name| (*name, vec![T::ZERO; n])).collect();
        OptimizerState { count: 0, vectors }
    }

    /// Moves a player's parameters along its velocity v = -gradient.
    pub fn update<T: Scalar>(&self, theta: &mut [T], v: &[T], state: &mut OptimizerState<T>, step: u64) {
        state.count += 1;
        let lr = self.optimizer.lr().at(step, self.steps);
        let mut vectors = state.vectors.iter_mut().map(|(_, vector)| vector);
        match (&self.optimizer, vectors.next(), vectors.next()) {
            (Optimizer::Sgd { momentum, nesterov, .. }, buffer, _) => {
                let buffer = buffer.map(|b| (&mut b[..], *momentum, *nesterov));
                sgd::update(theta, v, lr, buffer);
            }
            (Optimizer::Rmsprop { alpha, epsilon, .. }, Some(square), _) => {
                rmsprop::update(theta, v, lr, *alpha, *epsilon, square);
            }
            (Optimizer::Adagrad { epsilon, .. }, Some(sum), _) => {
                adagrad::update(theta, v, lr, *epsilon, sum);
            }
            (Optimizer::Adam { beta1, beta2, epsilon, .. }, Some(mean), Some(square)) => {
                let settings = adam::Settings { lr, betas: [*beta1, *beta2], epsilon: *epsilon };
                adam::update(theta, v, settings, state.count, mean, square);
            }
            _ => unreachable!("a state has the vectors that `start` gave it"),
        }
    }

    /// One update of `player` along `v`: clipping, step, projection; refuses to leave the finite numbers.
    pub(super) fn step<T: Scalar, G: Game<T>>(
        &self,
        game: &G,
        player: Player,
        at: &mut Joint<T>,
        v: &mut [T],
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        let diverged = |what: String| Err(Halt::Diverged { player, what });
        if let Some(flaw) = flaw(v) {
            return diverged(format!("its gradient is {flaw}"));
        }
        if let Some(longest) = self.clip_norm {
            clip(v, longest);
        }
        self.update(&mut at[player], v, &mut state.players[player as usize], step);
        game.project(player, &mut at[player]);
        if !all(&at[player], T::finite) {
            return diverged("a parameter is not finite".into());
        }
        match self.bound {
            Some(bound) if !all(&at[player], |x| x.magnitude().f64() <= bound) => {
                diverged(format!("a parameter exceeds the bound {bound}"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether all numbers have a property. Looks at every one, which takes less time than stopping at the first that
/// has it not.
fn all<T: Scalar>(x: &[T], has: impl Fn(T) -> bool) -> bool {
    x.iter().fold(true, |all, x| all & has(*x))
}

/// What keeps a gradient from being used. Optimisers square it, so its squares must be finite too.
fn flaw<T: Scalar>(v: &[T]) -> Option<&'static str> {
    let usable = |v: T| (v * v).finite();
    if all(v, usable) {
        return None;
    }
    match v.iter().find(|v| !usable(**v)) {
        Some(v) if v.finite() => Some("too large to be squared"),
        Some(v) if v.f64().is_nan() => Some("NaN"),
        _ => Some("infinite"),
    }
}

/// Scales `v` down to the norm `longest` if it is longer.
fn clip<T: Scalar>(v: &mut [T], longest: f64) {
    let norm = v.iter().map(|v| v.f64() * v.f64()).sum::<f64>().sqrt();
    if norm > longest {
        let by = T::of(longest / norm);
        v.iter_mut().for_each(|v| *v *= by);
    }
}
