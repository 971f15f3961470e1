//! The game: its players' networks, losses and what is added to the losses.

use super::analytic::{
    Bilinear, Dirac, Expression, Hopf, LqWgan, OnPaper, Quadratic, SaddleMonkey, Start, Uniform,
};
use super::{Augment, Discriminator, Generator, InstanceNoise, PlayerName, Schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The game that is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Game {
    /// A generative adversarial network of two multilayer perceptrons.
    Gan(Gan),
    /// The Dirac-GAN: one number a player, data at one point.
    Dirac(Dirac),
    /// Nagarajan & Kolter's game of uniform data: one number a player.
    Uniform(Uniform),
    /// A game whose field is any matrix times the parameters.
    Quadratic(Quadratic),
    /// The zero-sum game d' B g.
    Bilinear(Bilinear),
    /// Nagarajan & Kolter's linear-quadratic WGAN: Gaussian data, affine generator, quadratic discriminator.
    LqWgan(LqWgan),
    /// The normal form of a Hopf bifurcation: a limit cycle around the equilibrium.
    Hopf(Hopf),
    /// A degenerate equilibrium, where linearisation says nothing.
    SaddleMonkey(SaddleMonkey),
    /// The user's own losses as formulas.
    Expression(Expression),
}

/// The kinds of games on paper: few parameters, no samples.
pub(super) const ON_PAPER: [&str; 8] =
    ["dirac", "uniform", "quadratic", "bilinear", "lq_wgan", "hopf", "saddle_monkey", "expression"];

impl Game {
    /// What games on paper have in common; None for a network.
    pub fn on_paper(&self) -> Option<OnPaper<'_>> {
        let (sizes, start, regularizer) = match self {
            Game::Gan(_) => return None,
            Game::Dirac(Dirac { start, regularizer, .. })
            | Game::Uniform(Uniform { start, regularizer, .. })
            | Game::Hopf(Hopf { start, regularizer, .. })
            | Game::SaddleMonkey(SaddleMonkey { start, regularizer }) => ([1, 1], start, regularizer),
            Game::Quadratic(game) => (game.sizes(), &game.start, &game.regularizer),
            Game::Bilinear(game) => (game.sizes(), &game.start, &game.regularizer),
            Game::LqWgan(game) => (game.sizes(), &game.start, &game.regularizer),
            Game::Expression(game) => (game.sizes(), &game.start, &game.regularizer),
        };
        let objective = match self {
            Game::Dirac(Dirac { objective, .. }) | Game::Uniform(Uniform { objective, .. }) => {
                Some(objective)
            }
            _ => None,
        };
        Some(OnPaper { sizes, objective, start: start.as_ref(), regularizer })
    }

    /// What is added to the losses.
    pub fn regularizers(&self) -> &[Regularizer] {
        match self {
            Game::Gan(gan) => &gan.regularizer,
            game => game.on_paper().map_or(&[], |paper| paper.regularizer),
        }
    }

    /// Writes down where a game on paper starts if it does not say so.
    pub(super) fn fill_start(&mut self) {
        let Some(OnPaper { sizes, .. }) = self.on_paper() else { return };
        // A game of wrong size is refused later; until then nothing is made of its size.
        let level = |value: f64| Start::level(sizes.map(|n| n.min(1000)), value);
        let (start, fill) = match self {
            Game::Gan(_) => return,
            Game::LqWgan(LqWgan { mean, start, .. }) => (start, Start::affine(mean.len().min(30))),
            Game::Uniform(Uniform { start, .. })
            | Game::Hopf(Hopf { start, .. })
            | Game::SaddleMonkey(SaddleMonkey { start, .. }) => (start, level(0.5)),
            Game::Dirac(Dirac { start, .. })
            | Game::Quadratic(Quadratic { start, .. })
            | Game::Bilinear(Bilinear { start, .. })
            | Game::Expression(Expression { start, .. }) => (start, level(1.0)),
        };
        start.get_or_insert(fill);
    }
}

/// A generative adversarial network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gan {
    /// The losses: the name of a known pair, or a table `{ kind = "...", ... }`.
    pub objective: Objective,
    /// The generator: latent -> data.
    pub generator: Generator,
    /// The discriminator: data -> one logit.
    pub discriminator: Discriminator,
    /// PacGAN packing (Lin et al. 2018): the discriminator judges this many samples at once.
    #[serde(default = "one")]
    pub pack: usize,
    /// How images are changed at random before the discriminator is shown them; they are not when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augment: Option<Augment>,
    /// Noise on what the discriminator is shown; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_noise: Option<InstanceNoise>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// The losses of the two players: the name of a known pair, or a table with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Objective {
    /// A known pair of losses by its name.
    Named(ObjectiveKind),
    /// A known pair of losses, or one's own, with settings.
    Set(Formula),
}

/// A known pair of losses. D is the logit; means over the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// loss_d = -V, loss_g = V, with V = E f(D(x)) + E f(-D(G(z))), f(t) = -log(1 + e^-t) (Goodfellow et al. 2014).
    Minimax,
    /// loss_d = -V as in minimax, loss_g = E log(1 + e^-D(G(z))).
    NonSaturating,
    /// V with f(t) = t (Arjovsky et al. 2017).
    Wasserstein,
    /// (D(x) - 1)^2 / 2 + D(G(z))^2 / 2 against (D(G(z)) - 1)^2 / 2 (Mao et al. 2017).
    LeastSquares,
    /// max(0, 1 - D(x)) + max(0, 1 + D(G(z))) against -D(G(z)) (Lim & Ye 2017).
    Hinge,
    /// log(1 + e^-(D(x) - D(G(z)))) on pairs, and the same with the roles exchanged (Jolicoeur-Martineau 2019).
    Relativistic,
}

/// An objective with settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Formula {
    /// The Wasserstein losses with the discriminator's weights clipped to [-clip, clip] after each of its updates.
    Wasserstein {
        /// Largest absolute value of a discriminator parameter.
        clip: f64,
    },
    /// The user's own losses as expressions in the logit `t`, differentiated exactly. They know numbers, `t`, `pi`,
    /// `e`, `+ - * / ^`, parentheses, and the functions abs, sign, relu, sin, cos, tan, asin, acos, atan, sinh, cosh,
    /// tanh, exp, sqrt, log (or ln), log2, log10, softplus, sigmoid.
    /// loss_d = mean d_real(D(x)) + mean d_fake(D(G(z))), loss_g = mean g(D(G(z))).
    Formula {
        /// Expression in t = D(x), for instance "softplus(-t)", which is log(1 + exp(-t)).
        d_real: String,
        /// Expression in t = D(G(z)).
        d_fake: String,
        /// Expression in t = D(G(z)): the generator's loss.
        g: String,
    },
}

/// A term added to a loss, or to the field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Regularizer {
    /// eta ‖grad loss‖^2: the squared norm of one player's gradient of its own unregularised loss, paid by either.
    /// Discriminator and generator is Nagarajan & Kolter 2017; the reverse is the one of ODE-GAN (Qin et al. 2020).
    GradientNorm {
        /// Strength eta.
        eta: Schedule,
        /// The player whose gradient's norm it is.
        #[serde(default = "the_discriminator")]
        of: PlayerName,
        /// The player to whose loss it is added.
        #[serde(default = "the_generator")]
        paid_by: PlayerName,
        /// Applied at every k-th step only, k times as strong.
        #[serde(default = "one")]
        every: usize,
    },
    /// gamma / 2 E ‖grad_x D(x)‖^2 at real samples, paid by the discriminator (Mescheder et al. 2018).
    R1 {
        /// Strength gamma.
        gamma: Schedule,
        /// Applied at every k-th step only, k times as strong.
        #[serde(default = "one")]
        every: usize,
    },
    /// gamma / 2 E ‖grad_x D(G(z))‖^2 at generated samples, paid by the discriminator.
    R2 {
        /// Strength gamma.
        gamma: Schedule,
        /// Applied at every k-th step only, k times as strong.
        #[serde(default = "one")]
        every: usize,
    },
    /// lambda E (‖grad_x D‖ - center)^2 at points between real and generated samples (Gulrajani et al. 2017).
    GradientPenalty {
        /// Strength lambda.
        lambda: Schedule,
        /// The norm that is asked for: 1 (WGAN-GP) or 0.
        #[serde(default = "one_f64")]
        center: f64,
        /// Whether only norms above the centre are penalised.
        #[serde(default)]
        one_sided: bool,
        /// Applied at every k-th step only, k times as strong.
        #[serde(default = "one")]
        every: usize,
    },
    /// Turns the field v, all other regularisers included, into v - gamma J' v (Mescheder et al. 2017).
    Consensus {
        /// Strength gamma.
        gamma: Schedule,
        /// Applied at every k-th step only, k times as strong.
        #[serde(default = "one")]
        every: usize,
    },
    /// strength / 2 ‖theta‖^2 of one player, added to its own loss.
    WeightDecay {
        /// Strength.
        strength: Schedule,
        /// The player that decays.
        player: PlayerName,
    },
}

impl Regularizer {
    /// How strong it is, in its own terms: eta, gamma, lambda or the strength.
    pub fn strength(&self) -> &Schedule {
        match self {
            Regularizer::GradientNorm { eta: strength, .. }
            | Regularizer::R1 { gamma: strength, .. }
            | Regularizer::R2 { gamma: strength, .. }
            | Regularizer::GradientPenalty { lambda: strength, .. }
            | Regularizer::Consensus { gamma: strength, .. }
            | Regularizer::WeightDecay { strength, .. } => strength,
        }
    }

    /// The same with a constant strength.
    pub fn with_strength(mut self, value: f64) -> Self {
        match &mut self {
            Regularizer::GradientNorm { eta: strength, .. }
            | Regularizer::R1 { gamma: strength, .. }
            | Regularizer::R2 { gamma: strength, .. }
            | Regularizer::GradientPenalty { lambda: strength, .. }
            | Regularizer::Consensus { gamma: strength, .. }
            | Regularizer::WeightDecay { strength, .. } => *strength = Schedule::Constant(value),
        }
        self
    }
}

fn one() -> usize {
    1
}
fn one_f64() -> f64 {
    1.0
}
fn the_discriminator() -> PlayerName {
    PlayerName::Discriminator
}
fn the_generator() -> PlayerName {
    PlayerName::Generator
}
