//! Rules: how a point of a game moves by the field.
//!
//! A rule is the order of updates; an optimiser is the momentum and the preconditioner that each update goes
//! through. A rule's whole state is a value that goes in and comes out. Written once for every game.

mod adagrad;
mod adam;
mod alternating;
mod linear;
mod optimizer;
mod rmsprop;
mod sgd;
mod simultaneous;

pub use alternating::Alternating;
pub use linear::{LinearDescent, LinearRound, NotLinear, Order};
pub use optimizer::{Descent, OptimizerState, Round, State};
pub use simultaneous::Simultaneous;

use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;
use crate::scenario::{Batches, Dynamics, PlayerName, RuleName};

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
    fn linearize(&self, state: &State<T>, sizes: [usize; 2], step: u64) -> Result<LinearRound, NotLinear>;
}

/// The rule of a scenario, in a training of `steps` steps.
pub fn rule_of<T: Scalar, G: Game<T>>(
    dynamics: &Dynamics,
    steps: u64,
    divergence_bound: Option<f64>,
) -> Box<dyn Rule<T, G>> {
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
    match dynamics.rule {
        RuleName::Alternating => Box::new(Alternating { first: dynamics.first.into(), round }),
        RuleName::Simultaneous => Box::new(Simultaneous { round }),
    }
}
