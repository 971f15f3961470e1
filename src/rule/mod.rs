//! Rules: how a point of a game moves by the field.
//!
//! A rule is the order of updates; an optimiser is the momentum and the preconditioner that each update goes
//! through. A rule's whole state is a value that goes in and comes out. Written once for every game.

mod adagrad;
pub(crate) mod adam;
mod alternating;
mod amsgrad;
mod apart;
mod competitive;
mod extragradient;
pub mod flow;
mod foresight;
mod last_step;
mod lead;
mod linear;
mod lookahead;
mod on_operator;
mod optimistic;
mod optimizer;
mod past;
mod program;
mod rmsprop;
mod runge_kutta;
mod sgd;
mod simultaneous;
mod symplectic;
mod unrolled;

pub use alternating::Alternating;
pub use competitive::Competitive;
pub use extragradient::Extragradient;
pub use flow::Flow;
pub use lead::Lead;
pub use linear::{LinearDescent, LinearRound, NotLinear};
pub use lookahead::Lookahead;
pub use optimistic::Optimistic;
pub use optimizer::{Descent, OptimizerState, Round, State};
pub use past::Past;
pub use program::{Kept, Op, Program, Register, Who};
pub use runge_kutta::RungeKutta;
pub use simultaneous::Simultaneous;
pub use symplectic::Symplectic;
pub use unrolled::Unrolled;

use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;
use crate::scenario::{Batches, Dynamics, PlayerName, RuleSettings};

/// Why a round could not be completed.
#[derive(Debug)]
pub enum Halt<E> {
    /// A player's gradient or parameters left the finite numbers, or the bound. The round is half done:
    /// whoever calls has kept the point and the state from before it.
    Diverged {
        /// Whose.
        player: Player,
        /// What was seen.
        what: String,
    },
    /// The game could not be computed.
    Failed(E),
}

/// A rule of motion for games of type `G`.
pub trait Rule<T: Scalar, G: Game<T>>: Send + Sync {
    /// The state before the first round.
    fn start(&self, sizes: [usize; 2]) -> State<T>;

    /// One round of updates, the `step`-th from 0: moves `at` and `state`.
    fn round(
        &self,
        game: &G,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>>;

    /// The `step`-th round, linearised where the field vanishes, from a state in which preconditioners are held.
    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear>;

    /// Whether a round moves each parameter by its own velocities alone, so that many independent games can be moved as
    /// one.
    fn elementwise(&self) -> bool {
        false
    }
}

/// The rule of a scenario, in a training of `steps` steps.
pub fn rule_of<'g, T: Scalar, G: Game<T> + 'g>(
    dynamics: &Dynamics,
    steps: u64,
    divergence_bound: Option<f64>,
) -> Box<dyn Rule<T, G> + 'g> {
    let descent = |name: PlayerName| Descent {
        optimizer: dynamics.optimizer_of(name).clone(),
        clip_norm: dynamics.clip_norm,
        bound: divergence_bound,
        steps,
    };
    let round = Round {
        updates: [dynamics.discriminator_steps, dynamics.generator_steps],
        descents: [descent(PlayerName::Discriminator), descent(PlayerName::Generator)],
        shared: dynamics.batches() == Batches::Shared,
    };
    let rule = plain_rule(dynamics.rule.settings(), dynamics.first.into(), round);
    match dynamics.lookahead {
        None => rule,
        Some(by) => Box::new(Lookahead { inner: rule, every: by.every, alpha: by.alpha }),
    }
}

fn plain_rule<T: Scalar, G: Game<T>>(
    settings: RuleSettings,
    first: Player,
    round: Round,
) -> Box<dyn Rule<T, G>> {
    match settings {
        RuleSettings::Alternating {} => Box::new(Alternating { first, round }),
        RuleSettings::Simultaneous {} => Box::new(Simultaneous { round }),
        RuleSettings::Extragradient {} => Box::new(Extragradient { round }),
        RuleSettings::ExtrapolationFromPast {} => Box::new(Past { round }),
        RuleSettings::Optimistic {} => Box::new(Optimistic { round }),
        RuleSettings::RungeKutta { method, stages } => Box::new(RungeKutta { round, method, stages }),
        RuleSettings::Flow { tolerance } => Box::new(Flow { round, tolerance }),
        RuleSettings::Symplectic { lambda, align } => Box::new(Symplectic { round, lambda, align }),
        RuleSettings::Competitive { tolerance, iterations } => {
            Box::new(Competitive { round, tolerance, iterations })
        }
        RuleSettings::Lead { alpha } => Box::new(Lead { round, alpha }),
        RuleSettings::Unrolled { steps } => Box::new(Unrolled { first, round, steps }),
    }
}
