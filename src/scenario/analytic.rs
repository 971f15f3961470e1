//! Games on paper: a few parameters, expectations without sampling, double precision.

use super::{Objective, Regularizer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
/// loss_d = -d' (A_dd d / 2 + A_dg g), loss_g = -g' (A_gg g / 2 + A_gd d). A is given as `matrix`, or by its `parts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quadratic {
    /// The rows of A, as many as there are columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Vec<Vec<f64>>>,
    /// A by its potential and its Hamiltonian part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// How many of the parameters, the first ones, are the discriminator's.
    pub discriminator: usize,
    /// Where the players start; 1 everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A = potential + rotation * hamiltonian (Balduzzi et al. 2018): alone the first is a gradient flow, the second goes
/// round without loss. A part that is left out is 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The rows of the symmetric part S.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub potential: Vec<Vec<f64>>,
    /// The rows of the antisymmetric part H.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hamiltonian: Vec<Vec<f64>>,
    /// Factor on H, to turn the rotation up and down.
    #[serde(default = "one")]
    pub rotation: f64,
}

fn one() -> f64 {
    1.0
}

/// The zero-sum game V(d, g) = d' B g, loss_d = -V, loss_g = V, equilibrium 0. B is given as `matrix`, or drawn at
/// `random`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilinear {
    /// The rows of B: one for each parameter of the discriminator, with a number for each of the generator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Vec<Vec<f64>>>,
    /// B drawn with given singular values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomMatrix>,
    /// Where the players start; 1 everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A random matrix B = U diag(s) V' with orthonormal U and V, and singular values from 1 down to 1 / condition in equal
/// ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomMatrix {
    /// Rows: parameters of the discriminator.
    pub d: usize,
    /// Columns: parameters of the generator.
    pub g: usize,
    /// Largest over smallest singular value, at least 1.
    pub condition: f64,
    /// Seed of the draw; the run's own seed changes nothing in the game.
    #[serde(default = "first_seed")]
    pub seed: u64,
}

fn first_seed() -> u64 {
    1
}

/// The linear-quadratic WGAN of Nagarajan & Kolter (2017): data of this mean and covariance, generator A z + b with z
/// standard normal, discriminator D(x) = x' W x + w' x. With n the dimension of the data the discriminator has n^2 + n
/// parameters (W row by row, w) and the generator as many (A row by row, b). Equilibria: W antisymmetric, w = 0,
/// A A' = covariance, b = mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LqWgan {
    /// Mean of the data; as many numbers as the data has dimensions.
    pub mean: Vec<f64>,
    /// The rows of the data's covariance, symmetric and positive definite.
    pub covariance: Vec<Vec<f64>>,
    /// Where the players start; W = 0, w = 0, A = 1/2 on the diagonal and b = 0 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A game of two parameters whose field is the normal form of a Hopf bifurcation:
/// d' = s d - frequency g, g' = frequency d + s g, with s = mu + cubic r^2 + quintic r^4 and r^2 = d^2 + g^2.
/// Equilibrium (0, 0); a circle of radius r is an orbit where s = 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hopf {
    /// The bifurcation's parameter: the equilibrium is stable below 0 and unstable above.
    pub mu: f64,
    /// Angular frequency of the rotation, radians a unit of time, not 0.
    #[serde(default = "one")]
    pub frequency: f64,
    /// Factor of r^3 in the growth of r. Below 0 (supercritical) a stable cycle is born as mu passes 0; above 0
    /// (subcritical) an unstable one shrinks onto the equilibrium.
    #[serde(default = "minus_one")]
    pub cubic: f64,
    /// Factor of r^5 in the growth of r. Below 0 with cubic above 0 a stable cycle surrounds a stable equilibrium.
    #[serde(default)]
    pub quintic: f64,
    /// Where the players start; 0.5 each when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

fn minus_one() -> f64 {
    -1.0
}

/// The monkey saddle: both players descend d^3 - 3 d g^2. The equilibrium (0, 0) is degenerate: the Jacobian is 0 there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaddleMonkey {
    /// Where the players start; 0.5 each when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// A game whose losses are the user's own formulas, differentiated exactly.
/// A formula knows numbers, the parameters and constants by their names, `pi`, `e`, `+ - * / ^`, parentheses, and the
/// functions abs, sign, relu, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, sqrt, log (or ln), log2, log10,
/// softplus, sigmoid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// What the discriminator minimises by its own parameters, for instance "-x * y".
    pub loss_d: String,
    /// What the generator minimises by its own parameters.
    pub loss_g: String,
    /// Names of the players' parameters.
    pub parameters: Names,
    /// Numbers by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, f64>,
    /// Where the players start; 1 everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// An equilibrium, where one is known: a point at which the field vanishes, all regularisers included. The distance
    /// from it is recorded, and what theory says there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<Start>,
    /// What is added to the losses, each with its strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularizer: Vec<Regularizer>,
}

/// Names of the parameters of both players: letters, digits and `_`, not beginning with a digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The discriminator's.
    pub d: Vec<String>,
    /// The generator's.
    pub g: Vec<String>,
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

    /// A discriminator that is 0 and the generator z / 2 of n dimensions, for the linear-quadratic WGAN.
    pub(super) fn affine(n: usize) -> Self {
        let half = |k: usize| if k < n * n && k.is_multiple_of(n + 1) { 0.5 } else { 0.0 };
        Start { d: vec![0.0; n * n + n], g: (0..n * n + n).map(half).collect() }
    }
}

impl Quadratic {
    /// Number of parameters of each player.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.discriminator, self.dimension().saturating_sub(self.discriminator)]
    }

    /// Rows of A.
    pub(super) fn dimension(&self) -> usize {
        let of_parts = |parts: &Parts| parts.potential.len().max(parts.hamiltonian.len());
        self.matrix.as_ref().map_or_else(|| self.parts.as_ref().map_or(0, of_parts), Vec::len)
    }
}

impl Bilinear {
    /// Number of parameters of each player.
    pub(super) fn sizes(&self) -> [usize; 2] {
        let of_random = |random: &RandomMatrix| [random.d, random.g];
        let of_rows = |rows: &Vec<Vec<f64>>| [rows.len(), rows.first().map_or(0, Vec::len)];
        self.matrix.as_ref().map_or_else(|| self.random.as_ref().map_or([0, 0], of_random), of_rows)
    }
}

impl LqWgan {
    /// Number of parameters of each player.
    pub(super) fn sizes(&self) -> [usize; 2] {
        let n = self.mean.len();
        [n.saturating_mul(n.saturating_add(1)); 2]
    }
}

impl Expression {
    /// Number of parameters of each player.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.parameters.d.len(), self.parameters.g.len()]
    }
}
