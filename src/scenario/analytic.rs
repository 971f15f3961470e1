//! Games on paper: a few parameters, expectations without sampling, double precision.

use super::{Objective, Regularizer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Dirac-GAN (Mescheder et al. 2018): real data at 0, generated data at theta, discriminator D(x) = psi x.
/// Parameters (psi, theta), equilibrium (0, 0).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dirac {
    /// The losses: the name of a known pair, or a table `{ kind = "...", ... }`.
    pub objective: Objective,
    /// Instance noise: standard deviation of a normal variable added to real and generated data.
    #[serde(default)]
    pub noise: f64,
    /// Where the players start; psi = 1, theta = 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// The one-dimensional game of Nagarajan & Kolter (2017): data uniform on [-1, 1], generator a z with z uniform on
/// [-1, 1], discriminator D(x) = w x^2. Parameters (w, a), equilibrium (0, 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// The losses: the name of a known pair, or a table `{ kind = "...", ... }`.
    pub objective: Objective,
    /// Where the players start; w = 0.5, a = 0.5 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A game whose field is linear: v = A theta, equilibrium 0.
/// loss_d = -d' (A_dd d / 2 + A_dg g), loss_g = -g' (A_gg g / 2 + A_gd d).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quadratic {
    /// The rows of A, as many as there are columns.
    pub matrix: Vec<Vec<f64>>,
    /// How many of the parameters, the first ones, are the discriminator's.
    pub discriminator: usize,
    /// Where the players start; 1 everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// The zero-sum game V(d, g) = d' B g, loss_d = -V, loss_g = V, equilibrium 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilinear {
    /// The rows of B: one for each parameter of the discriminator, with a number for each of the generator's.
    pub matrix: Vec<Vec<f64>>,
    /// Where the players start; 1 everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A point of a game on paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The discriminator's parameters.
    pub d: Vec<f64>,
    /// The generator's parameters.
    pub g: Vec<f64>,
}

/// What all games on paper have, seen without asking which it is.
#[derive(Clone, Copy, Debug)]
pub struct OnPaper<'a> {
    /// Number of parameters of each player.
    pub sizes: [usize; 2],
    /// The losses, where the game has samples that a discriminator judges.
    pub objective: Option<&'a Objective>,
    /// Where the players start, where the scenario says it.
    pub start: Option<&'a Start>,
    /// What is added to the losses.
    pub regularizer: &'a [Regularizer],
}

impl Start {
    /// The same number for every parameter of a player.
    pub fn level([d, g]: [usize; 2], value: f64) -> Self {
        Start { d: vec![value; d], g: vec![value; g] }
    }
}
