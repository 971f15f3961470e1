//! How the players move: order of updates, optimisers, clipping.

use super::Schedule;
use super::rule::{Lookahead, Rule, RuleName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two players.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlayerName {
    /// The first player.
    Discriminator,
    /// The second player.
    Generator,
}

/// The rule of motion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dynamics {
    /// How a round moves the players: the name of a rule, or a table `{ kind = "...", ... }` with its settings.
    #[serde(default)]
    pub rule: Rule,
    /// The player that moves first in an alternating round.
    #[serde(default = "the_discriminator")]
    pub first: PlayerName,
    /// Updates of the discriminator in a round.
    #[serde(default = "one")]
    pub discriminator_steps: usize,
    /// Updates of the generator in a round.
    #[serde(default = "one")]
    pub generator_steps: usize,
    /// Whether each update draws its own batch or all updates of a round share one. The default is "fresh" for
    /// alternating and unrolled rounds and "shared" for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<Batches>,
    /// Momentum and preconditioner of both players.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// The discriminator's own optimiser, in place of `optimizer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator_optimizer: Option<Optimizer>,
    /// The generator's own optimiser, in place of `optimizer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_optimizer: Option<Optimizer>,
    /// Largest norm of a player's gradient; a longer one is scaled down to it. None when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Lookahead around the rule; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookahead: Option<Lookahead>,
}

/// What batches the updates of a round see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Batches {
    /// Every update draws its own batch.
    Fresh,
    /// All updates of a round share one batch.
    Shared,
}

/// Momentum and preconditioner of a player.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Gradient descent, with heavy-ball or Nesterov momentum if wanted.
    Sgd {
        /// Step size.
        lr: Schedule,
        /// Momentum, above -1 and below 1; negative values are allowed (Gidel et al. 2019).
        #[serde(default)]
        momentum: f64,
        /// Whether the momentum looks ahead (Nesterov's form as PyTorch writes it).
        #[serde(default)]
        nesterov: bool,
    },
    /// RMSprop: steps divided by the root of a running mean of squared gradients.
    Rmsprop {
        /// Step size.
        lr: Schedule,
        /// Decay of the running mean.
        #[serde(default = "rms_alpha")]
        alpha: f64,
        /// Added to the root.
        #[serde(default = "small")]
        epsilon: f64,
    },
    /// AdaGrad: steps divided by the root of the sum of squared gradients (Duchi et al. 2011).
    Adagrad {
        /// Step size.
        lr: Schedule,
        /// Added to the root.
        #[serde(default = "tiny")]
        epsilon: f64,
    },
    /// Adam (Kingma & Ba 2015), with bias correction.
    Adam {
        /// Step size.
        lr: Schedule,
        /// Decay of the running mean of gradients; 0.5 is customary for GANs (Radford et al. 2016).
        #[serde(default = "half")]
        beta1: f64,
        /// Decay of the running mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root.
        #[serde(default = "small")]
        epsilon: f64,
    },
    /// Adam whose second moment never falls: steps are divided by the root of the largest so far (Reddi et al. 2018).
    Amsgrad {
        /// Step size.
        lr: Schedule,
        /// Decay of the running mean of gradients.
        #[serde(default = "nine_tenths")]
        beta1: f64,
        /// Decay of the running mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root.
        #[serde(default = "small")]
        epsilon: f64,
    },
}

impl Optimizer {
    /// The step size.
    pub fn lr(&self) -> &Schedule {
        match self {
            Optimizer::Sgd { lr, .. }
            | Optimizer::Rmsprop { lr, .. }
            | Optimizer::Adagrad { lr, .. }
            | Optimizer::Adam { lr, .. }
            | Optimizer::Amsgrad { lr, .. } => lr,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Optimizer::Adam { lr: Schedule::Constant(1e-4), beta1: 0.5, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl Default for Dynamics {
    fn default() -> Self {
        Dynamics {
            rule: Rule::default(),
            first: PlayerName::Discriminator,
            discriminator_steps: 1,
            generator_steps: 1,
            batches: None,
            optimizer: Optimizer::default(),
            discriminator_optimizer: None,
            generator_optimizer: None,
            clip_norm: None,
            lookahead: None,
        }
    }
}

impl Dynamics {
    /// The optimiser of a player.
    pub fn optimizer_of(&self, player: PlayerName) -> &Optimizer {
        let own = match player {
            PlayerName::Discriminator => &self.discriminator_optimizer,
            PlayerName::Generator => &self.generator_optimizer,
        };
        own.as_ref().unwrap_or(&self.optimizer)
    }

    /// What batches the updates of a round see, the rule's own default included.
    pub fn batches(&self) -> Batches {
        self.batches.unwrap_or(match self.rule.name() {
            RuleName::Alternating | RuleName::Unrolled => Batches::Fresh,
            _ => Batches::Shared,
        })
    }
}

fn the_discriminator() -> PlayerName {
    PlayerName::Discriminator
}
fn one() -> usize {
    1
}
fn half() -> f64 {
    0.5
}
fn nine_tenths() -> f64 {
    0.9
}
fn beta2() -> f64 {
    0.999
}
fn rms_alpha() -> f64 {
    0.99
}
fn small() -> f64 {
    1e-8
}
fn tiny() -> f64 {
    1e-10
}
