//! The rule of motion: its name, or a table with its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a round moves the players: the name of a rule, or a table `{ kind = "...", ... }` with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Rule {
    /// A rule by its name, with its customary settings.
    Named(RuleName),
    /// A rule with settings.
    Set(RuleSettings),
}

/// A rule by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// One player after the other; the second sees the first one's new parameters.
    #[default]
    Alternating,
    /// Both players from the same point.
    Simultaneous,
    /// A trial step, then the step along the field there (Korpelevich 1976).
    Extragradient,
    /// Extragradient whose trial step repeats the last step (Popov 1980).
    ExtrapolationFromPast,
    /// Twice the step, minus the last one (Daskalakis et al. 2018).
    Optimistic,
    /// The field turned towards its equilibria by its rotational part (Balduzzi et al. 2018).
    Symplectic,
    /// The equilibrium of the local bilinear game (Schäfer & Anandkumar 2019).
    Competitive,
    /// A push by the opponent's last move (Hemmat et al. 2020).
    Lead,
    /// The generator foresees steps of the discriminator (Metz et al. 2017).
    Unrolled,
    /// Runge-Kutta steps of fixed length (Qin et al. 2020).
    RungeKutta,
    /// The continuous flow, by adaptive steps (Dormand & Prince 1980).
    Flow,
}

/// A rule with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleSettings {
    /// One player after the other.
    Alternating {},
    /// Both players from the same point.
    Simultaneous {},
    /// A trial step, then the step along the field there.
    Extragradient {},
    /// Extragradient whose trial step repeats the last step.
    ExtrapolationFromPast {},
    /// Twice the step, minus the last one.
    Optimistic {},
    /// The velocity v becomes v + lambda (J - J') v / 2.
    Symplectic {
        /// Strength lambda of the adjustment.
        #[serde(default = "one")]
        lambda: f64,
        /// Whether its sign is chosen so that it leads towards stable equilibria and away from unstable ones.
        #[serde(default = "yes")]
        align: bool,
    },
    /// Both players step to the equilibrium of the local bilinear game.
    Competitive {
        /// Accuracy of the linear system, as a share of its right side.
        #[serde(default = "linear_tolerance")]
        tolerance: f64,
        /// Most conjugate-gradient iterations.
        #[serde(default = "hundred")]
        iterations: usize,
    },
    /// The velocity v becomes v + alpha C (theta - theta of the last round), C the part of J that couples the players.
    Lead {
        /// Strength alpha; the paper's is the step size times this.
        #[serde(default = "one")]
        alpha: f64,
    },
    /// The generator's gradient is taken through steps of the discriminator with the discriminator's optimiser.
    Unrolled {
        /// Steps that are foreseen.
        #[serde(default = "five")]
        steps: usize,
    },
    /// Runge-Kutta steps of fixed length, all stages on one minibatch.
    RungeKutta {
        /// Which method.
        #[serde(default)]
        method: Method,
        /// Who moves through the stages.
        #[serde(default)]
        stages: Stages,
    },
    /// The continuous flow for a time of one step size a round.
    Flow {
        /// Error of each step of the integrator that is allowed, absolute and as a share of each parameter.
        #[serde(default = "flow_tolerance")]
        tolerance: f64,
    },
}

/// A Runge-Kutta method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One stage, order 1: simultaneous gradient descent.
    Euler,
    /// Two stages, order 2.
    Heun,
    /// Four stages, order 4.
    #[default]
    Rk4,
}

/// Who moves through the stages of a Runge-Kutta step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stages {
    /// Both players: a step of the joint flow.
    #[default]
    Joint,
    /// Each player by itself, with the other where the round began.
    Frozen,
}

/// Lookahead around a rule: every so many rounds the parameters step back part of the way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookahead {
    /// Rounds of a cycle.
    #[serde(default = "five_rounds")]
    pub every: u64,
    /// Share of the way from the cycle's begin to its end that is kept.
    #[serde(default = "half")]
    pub alpha: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Rule::Named(RuleName::default())
    }
}

impl Rule {
    /// The rule with its settings, the customary ones where it is only named.
    pub fn settings(&self) -> RuleSettings {
        match self {
            Rule::Set(settings) => *settings,
            Rule::Named(name) => name.settings(),
        }
    }

    /// The rule's name.
    pub fn name(&self) -> RuleName {
        match self {
            Rule::Named(name) => *name,
            Rule::Set(settings) => settings.name(),
        }
    }
}

impl RuleName {
    /// The rule with its customary settings.
    fn settings(self) -> RuleSettings {
        match self {
            RuleName::Alternating => RuleSettings::Alternating {},
            RuleName::Simultaneous => RuleSettings::Simultaneous {},
            RuleName::Extragradient => RuleSettings::Extragradient {},
            RuleName::ExtrapolationFromPast => RuleSettings::ExtrapolationFromPast {},
            RuleName::Optimistic => RuleSettings::Optimistic {},
            RuleName::Symplectic => RuleSettings::Symplectic { lambda: one(), align: yes() },
            RuleName::Competitive => {
                RuleSettings::Competitive { tolerance: linear_tolerance(), iterations: hundred() }
            }
            RuleName::Lead => RuleSettings::Lead { alpha: one() },
            RuleName::Unrolled => RuleSettings::Unrolled { steps: five() },
            RuleName::RungeKutta => {
                RuleSettings::RungeKutta { method: Method::default(), stages: Stages::default() }
            }
            RuleName::Flow => RuleSettings::Flow { tolerance: flow_tolerance() },
        }
    }

    /// The name as it stands in a scenario.
    pub fn word(self) -> &'static str {
        match self {
            RuleName::Alternating => "alternating",
            RuleName::Simultaneous => "simultaneous",
            RuleName::Extragradient => "extragradient",
            RuleName::ExtrapolationFromPast => "extrapolation_from_past",
            RuleName::Optimistic => "optimistic",
            RuleName::Symplectic => "symplectic",
            RuleName::Competitive => "competitive",
            RuleName::Lead => "lead",
            RuleName::Unrolled => "unrolled",
            RuleName::RungeKutta => "runge_kutta",
            RuleName::Flow => "flow",
        }
    }
}

impl RuleSettings {
    /// The rule's name.
    pub fn name(&self) -> RuleName {
        match self {
            RuleSettings::Alternating {} => RuleName::Alternating,
            RuleSettings::Simultaneous {} => RuleName::Simultaneous,
            RuleSettings::Extragradient {} => RuleName::Extragradient,
            RuleSettings::ExtrapolationFromPast {} => RuleName::ExtrapolationFromPast,
            RuleSettings::Optimistic {} => RuleName::Optimistic,
            RuleSettings::Symplectic { .. } => RuleName::Symplectic,
            RuleSettings::Competitive { .. } => RuleName::Competitive,
            RuleSettings::Lead { .. } => RuleName::Lead,
            RuleSettings::Unrolled { .. } => RuleName::Unrolled,
            RuleSettings::RungeKutta { .. } => RuleName::RungeKutta,
            RuleSettings::Flow { .. } => RuleName::Flow,
        }
    }
}

fn one() -> f64 {
    1.0
}
fn yes() -> bool {
    true
}
fn half() -> f64 {
    0.5
}
fn five() -> usize {
    5
}
fn five_rounds() -> u64 {
    5
}
fn hundred() -> usize {
    100
}
fn linear_tolerance() -> f64 {
    1e-6
}
fn flow_tolerance() -> f64 {
    1e-8
}
