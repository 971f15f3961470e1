//! What turns a player's velocity into a step: momentum, preconditioner, clipping.

use super::Halt;
use super::linear::{LinearDescent, NotLinear};
use super::program::Who;
use super::{adagrad, adam, amsgrad, rmsprop, sgd};
use crate::game::{Draw, Game, Joint, Player};
use crate::scalar::Scalar;
use crate::scenario::{Optimizer, Schedule};

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

impl<T: Scalar> OptimizerState<T> {
    /// A vector by its name; empty where there is none.
    pub fn vector(&self, name: &str) -> &[T] {
        self.vectors.iter().find(|(own, _)| *own == name).map_or(&[], |(_, vector)| vector)
    }

    /// A vector by its name; empty where there is none.
    pub fn vector_mut(&mut self, name: &str) -> &mut [T] {
        self.vectors.iter_mut().find(|(own, _)| *own == name).map_or(&mut [], |(_, vector)| vector)
    }
}

/// A rule's state: one optimiser state a player, and what the rule itself keeps behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<T> {
    /// Discriminator, generator.
    pub players: [OptimizerState<T>; 2],
    /// Buffers for velocities.
    pub(crate) spare: Spare<T>,
}

/// Buffers that rounds use one after the other: no part of what a state is, so copies have none and all are equal.
#[derive(Debug)]
pub(crate) struct Spare<T>(Vec<Vec<T>>);

impl<T: Scalar> Spare<T> {
    /// A buffer of `n` numbers, whatever they are.
    pub(super) fn take(&mut self, n: usize) -> Vec<T> {
        let mut buffer = self.0.pop().unwrap_or_default();
        buffer.resize(n, T::ZERO);
        buffer
    }

    /// Takes a buffer back.
    pub(super) fn put(&mut self, buffer: Vec<T>) {
        self.0.push(buffer);
    }
}

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Spare(Vec::new())
    }
}

impl<T> Clone for Spare<T> {
    fn clone(&self) -> Self {
        Spare::default()
    }
}

impl<T> PartialEq for Spare<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: Scalar> State<T> {
    /// Puts a vector of zeros behind those of each player's optimiser: what a rule keeps for itself.
    pub(super) fn keep(&mut self, name: &'static str, sizes: [usize; 2]) {
        for (player, n) in self.players.iter_mut().zip(sizes) {
            player.vectors.push((name, vec![T::ZERO; n]));
        }
    }
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
        State { players: [0, 1].map(|p| self.descents[p].start(sizes[p])), spare: Spare::default() }
    }

    /// Whether each parameter is moved by itself, given the velocity: clipping looks at all of them.
    pub(super) fn elementwise(&self) -> bool {
        self.descents.iter().all(|descent| descent.clip_norm.is_none())
    }

    /// Step sizes of a round: discriminator, generator.
    pub(super) fn lrs(&self, step: u64) -> [f64; 2] {
        [0, 1].map(|p| self.descents[p].lr(step))
    }

    /// The players' next updates, linearised from a state in which preconditioners are held.
    pub(super) fn linear<T: Scalar>(
        &self,
        state: &State<T>,
        sizes: [usize; 2],
        step: u64,
    ) -> Result<[LinearDescent; 2], NotLinear> {
        let of = |player: Player| {
            let p = player as usize;
            let linear = self.descents[p].linearize(&state.players[p], sizes[p], step);
            linear.map_err(|what| NotLinear { player: player.name(), what })
        };
        Ok([of(Player::Discriminator)?, of(Player::Generator)?])
    }

    /// The address of the `draw`-th batch of a round.
    pub(super) fn draw(&self, step: u64, draw: u64) -> Draw {
        Draw { step, draw: if self.shared { 0 } else { draw } }
    }

    /// Moves players from the same point where that is plain gradient descent at a constant step size and the game has
    /// a quicker way to it than by its velocities; whether it did.
    pub(super) fn advance<T: Scalar, G: Game<T>>(
        &self,
        game: &G,
        who: Who,
        at: &mut Joint<T>,
        batch: &G::Batch,
        state: &mut State<T>,
    ) -> Result<bool, Halt<G::Error>> {
        let h = [0, 1].map(|p| self.descents[p].plain().filter(|_| who[p]));
        let plain = [0, 1].iter().all(|p| h[*p].is_some() == who[*p]);
        if !plain || !game.advance(h, at, batch).map_err(Halt::Failed)? {
            return Ok(false);
        }
        for player in Player::BOTH.into_iter().filter(|p| who[*p as usize]) {
            state.players[player as usize].count += 1;
            self.descents[player as usize].settle(game, player, at)?;
        }
        Ok(true)
    }

    /// Both players' updates from the same velocities: clipping, step, projection.
    pub(super) fn descend<T: Scalar, G: Game<T>>(
        &self,
        game: &G,
        at: &mut Joint<T>,
        v: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        for player in Player::BOTH {
            self.descents[player as usize].step(game, player, at, &mut v[player], state, step)?;
        }
        Ok(())
    }

    /// Both players' parameters, moved in another way, put back into what the game allows and looked at.
    pub(super) fn settle<T: Scalar, G: Game<T>>(
        &self,
        game: &G,
        at: &mut Joint<T>,
    ) -> Result<(), Halt<G::Error>> {
        Player::BOTH.iter().try_for_each(|p| self.descents[*p as usize].settle(game, *p, at))
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
            Optimizer::Amsgrad { .. } => &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
        };
        let vectors = names.iter().map(|name| (*name, vec![T::ZERO; n])).collect();
        OptimizerState { count: 0, vectors }
    }

    /// The step size of a round.
    pub(super) fn lr(&self, step: u64) -> f64 {
        self.optimizer.lr().at(step, self.steps)
    }

    /// The step size, where it is all that there is to an update and never changes.
    fn plain(&self) -> Option<f64> {
        match (&self.optimizer, self.clip_norm) {
            (Optimizer::Sgd { lr: Schedule::Constant(lr), momentum: 0.0, .. }, None) => Some(*lr),
            _ => None,
        }
    }

    /// Moves a player's parameters along its velocity v = -gradient.
    pub fn update<T: Scalar>(&self, theta: &mut [T], v: &[T], state: &mut OptimizerState<T>, step: u64) {
        state.count += 1;
        let lr = self.lr(step);
        let mut vectors = state.vectors.iter_mut().map(|(_, vector)| vector);
        match (&self.optimizer, vectors.next(), vectors.next()) {
            (Optimizer::Sgd { momentum, .. }, _, _) if *momentum == 0.0 => sgd::update(theta, v, lr, None),
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
            (Optimizer::Amsgrad { beta1, beta2, epsilon, .. }, Some(mean), Some(square)) => {
                let settings = adam::Settings { lr, betas: [*beta1, *beta2], epsilon: *epsilon };
                let largest = vectors.next().map_or(&mut [][..], |largest| largest);
                amsgrad::update(theta, v, settings, state.count, [mean, square, largest]);
            }
            _ => unreachable!("a state has the vectors that `start` gave it"),
        }
    }

    /// The next update of `n` parameters, linearised with the preconditioner held.
    fn linearize<T: Scalar>(
        &self,
        state: &OptimizerState<T>,
        n: usize,
        step: u64,
    ) -> Result<LinearDescent, String> {
        let lr = self.lr(step);
        let plain = |momentum: f64, take: f64, nesterov: bool, steps: Vec<f64>| {
            let held = steps.iter().filter(|step| **step == 0.0).count();
            let name = state.vectors.first().map_or("", |(name, _)| name);
            Ok(LinearDescent { steps, momentum, take, nesterov, name, held })
        };
        let squares = |name: &str| state.vector(name).iter().map(|s| s.f64()).collect::<Vec<f64>>();
        let correction = |beta: f64| 1.0 - libm::pow(beta, (state.count + 1) as f64);
        match &self.optimizer {
            Optimizer::Sgd { momentum, nesterov, .. } => plain(*momentum, 1.0, *nesterov, vec![lr; n]),
            Optimizer::Rmsprop { epsilon, .. } => {
                plain(0.0, 1.0, false, preconditioned(lr, &squares("square_avg"), 1.0, *epsilon)?)
            }
            Optimizer::Adagrad { epsilon, .. } => {
                plain(0.0, 1.0, false, preconditioned(lr, &squares("sum"), 1.0, *epsilon)?)
            }
            Optimizer::Adam { beta1, beta2, epsilon, .. }
            | Optimizer::Amsgrad { beta1, beta2, epsilon, .. } => {
                let largest = matches!(self.optimizer, Optimizer::Amsgrad { .. });
                let root = 1.0 / correction(*beta2).sqrt();
                let lr = lr / correction(*beta1);
                let moments = squares(if largest { "max_exp_avg_sq" } else { "exp_avg_sq" });
                plain(*beta1, 1.0 - beta1, false, preconditioned(lr, &moments, root, *epsilon)?)
            }
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
        if !game.watched() {
            self.look(player, v)?;
        }
        if let Some(longest) = self.clip_norm {
            clip(v, longest);
        }
        self.update(&mut at[player], v, &mut state.players[player as usize], step);
        self.settle(game, player, at)
    }

    /// Refuses a velocity that is not finite.
    pub(super) fn look<T: Scalar, E>(&self, player: Player, v: &[T]) -> Result<(), Halt<E>> {
        match flaw(v) {
            Some(flaw) => Err(Halt::Diverged { player, what: format!("its gradient is {flaw}") }),
            None => Ok(()),
        }
    }

    /// A player's parameters after a step: put back into what the game allows; refused where they have left the finite
    /// numbers or the bound.
    pub(super) fn settle<T: Scalar, G: Game<T>>(
        &self,
        game: &G,
        player: Player,
        at: &mut Joint<T>,
    ) -> Result<(), Halt<G::Error>> {
        let diverged = |what: String| Err(Halt::Diverged { player, what });
        game.project(player, &mut at[player]);
        if game.watched() {
            return Ok(());
        }
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

/// Largest share of a player's parameters that may be held.
const HELD: f64 = 0.02;

/// lr / (root sqrt(s) + epsilon) for each second moment s. Where epsilon outweighs the root of a second moment, the
/// preconditioner would change as soon as the point moves. Where that is so of a few parameters (units of a network that
/// hardly any sample reaches), they are held: their step is 0. Where it is so of many, nothing can be said.
fn preconditioned(lr: f64, squares: &[f64], root: f64, epsilon: f64) -> Result<Vec<f64>, String> {
    if squares.iter().all(|s| *s == 0.0) {
        return Err(
            "its second moments are all 0: take a step first, or linearise plain gradient descent".into()
        );
    }
    let faded = |s: f64| s.sqrt() * root <= epsilon;
    let dying = squares.iter().filter(|s| **s > 0.0 && faded(**s)).count();
    if dying as f64 > HELD * squares.len() as f64 {
        return Err(format!(
            "the second moments of {dying} of {} parameters have died away to epsilon^2, where its preconditioner \
             follows every motion; take an earlier step, or linearise plain gradient descent",
            squares.len()
        ));
    }
    let step = |s: &f64| if faded(*s) { 0.0 } else { lr / (root * s.sqrt() + epsilon) };
    Ok(squares.iter().map(step).collect())
}

/// Whether all numbers have a property. Looks at every one, which takes less time than stopping at the first that
/// has it not.
fn all<T: Scalar>(x: &[T], has: impl Fn(T) -> bool) -> bool {
    pulp::Arch::new().dispatch(|| x.iter().fold(true, |all, x| all & has(*x)))
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
