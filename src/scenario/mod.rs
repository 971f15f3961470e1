//! The scenario format: one TOML file that says everything about an experiment.
//!
//! A scenario is checked once, here; every module below trusts it. The types carry their own documentation,
//! which is also the JSON Schema that `ganscope schema` prints, and that same schema is what a file is held to
//! (`validate`): unknown keys, wrong types and unknown kinds are found by walking it beside the parsed file, so
//! that each complaint has a line and a column.

mod analytic;
mod augment;
mod blueprint;
mod check;
mod data;
mod dynamics;
mod estimate;
mod expect;
mod fit;
mod game;
mod image_look;
mod layers;
mod load;
mod networks;
mod overrides;
mod plan;
mod points_file;
mod presets;
mod problem;
mod rule;
mod schedule;
pub mod shipped;
mod sweep;
mod train;
mod tree;
mod validate;

pub use analytic::{
    Bilinear, Dirac, Expression, Hopf, LqWgan, Names, OnPaper, Parts, Quadratic, RandomMatrix, SaddleMonkey,
    Start, Uniform,
};
pub use augment::{Augment, InstanceNoise};
pub use blueprint::Blueprint;
use blueprint::blueprints;
pub use check::{Flaw, check};
pub use data::{Center, Color, Data, OnError};
pub use dynamics::{Batches, Dynamics, Optimizer, PlayerName};
pub use estimate::{Estimate, available_mib, estimate, size};
pub use expect::{Bound, Ending, Expect, Reading, Relation, Scope};
use game::ON_PAPER;
pub use game::{Formula, Game, Gan, Objective, ObjectiveKind, Regularizer};
pub use layers::{Body, GlobalPooled, Layer, NormGroup, Pooled, Preset};
pub use load::{Loaded, Source, load, parse, read};
pub use networks::{Activation, Discriminator, Generator, Init, InitKind, Latent};
pub use overrides::Override;
pub use plan::{Extent, Op, Operation, Plan, Window, plan, plan_labelled};
pub use points_file::{is_header, label_column};
pub use problem::{Problem, Problems};
pub use rule::{Lookahead, Method, Rule, RuleName, RuleSettings, Stages};
pub use schedule::{Curve, Schedule, Shape};
pub use sweep::{Draws, Keyed, Range, Scale, Seeds, Sweep, Values};
pub use train::{Average, Criteria, Precision, Record, SpectrumMethod, SpectrumRecord, Train};
pub use validate::{nearest, schema};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An experiment: data, game, dynamics, and what to write down about them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name of the experiment; also the name of its run folder. Letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What the experiment shows, in a sentence or two.
    #[serde(default)]
    pub description: String,
    /// The question that the experiment helps to answer; `ganscope list` groups by it.
    #[serde(default)]
    pub question: Question,
    /// Seed of every stream of randomness of the run.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Where real samples come from. Games on paper have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
    /// The two players, their losses, and what is added to them.
    pub game: Game,
    /// How the players move.
    #[serde(default)]
    pub dynamics: Dynamics,
    /// For how long, with which batches and in which precision.
    #[serde(default)]
    pub train: Train,
    /// What is measured and kept along the way.
    #[serde(default)]
    pub record: Record,
    /// What must hold of the run, for `ganscope test`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// Many runs of the scenario, for `ganscope sweep`. Never there in a scenario that was loaded: one run is one point
    /// of the sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

impl Scenario {
    /// The scenario as TOML, without the keys that its kind of game has no use for.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        if self.game.on_paper().is_none() {
            return toml::to_string_pretty(self);
        }
        let mut value = toml::Value::try_from(self)?;
        fit::OF_SAMPLES.iter().for_each(|key| fit::leave_out(&mut value, key));
        toml::to_string_pretty(&value)
    }
}

fn default_seed() -> u64 {
    1
}

/// The six questions of the project, and the place for scenarios that only introduce it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// First steps.
    #[default]
    Start,
    /// How does the cost function shape samples and mode collapse?
    Cost,
    /// Do we sample the data distribution?
    Distribution,
    /// What do dynamical systems give us as regularisers?
    Regularization,
    /// Does training converge to a locally stable equilibrium?
    Stability,
    /// How does the optimiser change the dynamics?
    Optimizer,
    /// How does one avoid getting near an equilibrium and then diverging?
    NearMiss,
}

impl Question {
    /// The question as a sentence, as `ganscope list` prints it.
    pub fn sentence(self) -> &'static str {
        match self {
            Question::Start => "First steps",
            Question::Cost => "How does the cost function shape samples and mode collapse?",
            Question::Distribution => "Do we sample the data distribution?",
            Question::Regularization => "What do dynamical systems give us as regularisers?",
            Question::Stability => "Does training converge to a locally stable equilibrium?",
            Question::Optimizer => "How does the optimiser change the dynamics?",
            Question::NearMiss => "How does one avoid getting near an equilibrium and then diverging?",
        }
    }
}
