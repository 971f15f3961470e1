//! The players' networks: their layers, and how their weights start.

use super::{Body, Layer, Preset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The generator network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// Dimension of the latent space.
    pub latent: usize,
    /// Distribution of the latent vector.
    #[serde(default)]
    pub latent_prior: Latent,
    /// Widths of the hidden layers of a multilayer perceptron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<usize>>,
    /// In place of `hidden`: the layers, the last one's activation among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Layer>>,
    /// In place of `hidden`: a known network, sized to the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Activation of every layer of `hidden`; the last layer has none.
    #[serde(default)]
    pub activation: Activation,
    /// How weights start; biases start at zero.
    #[serde(default)]
    pub init: Init,
    /// Factor on the latent vector before the first layer.
    #[serde(default = "one")]
    pub input_scale: f64,
    /// Factor on the output of the last layer.
    #[serde(default = "one")]
    pub output_scale: f64,
}

impl Generator {
    /// What it is made of; None where the scenario names not exactly one.
    pub fn body(&self) -> Option<Body<'_>> {
        Body::of(&self.hidden, &self.layers, self.preset)
    }
}

/// The discriminator network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discriminator {
    /// Widths of the hidden layers of a multilayer perceptron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<usize>>,
    /// In place of `hidden`: the layers, the last one's activation among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Layer>>,
    /// In place of `hidden`: a known network, sized to the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Activation of every layer of `hidden`; the last layer has none.
    #[serde(default)]
    pub activation: Activation,
    /// How weights start; biases start at zero.
    #[serde(default)]
    pub init: Init,
    /// Factor on samples before the first layer.
    #[serde(default = "one")]
    pub input_scale: f64,
    /// Factor on the logit.
    #[serde(default = "one")]
    pub output_scale: f64,
}

impl Discriminator {
    /// What it is made of; None where the scenario names not exactly one.
    pub fn body(&self) -> Option<Body<'_>> {
        Body::of(&self.hidden, &self.layers, self.preset)
    }
}

/// Distribution of the latent vector z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Latent {
    /// Standard normal.
    #[default]
    Normal,
    /// Uniform on the cube [-1, 1]^k.
    Uniform,
    /// Uniform on the unit sphere.
    Sphere,
}

/// A function applied to each hidden unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x).
    #[default]
    Relu,
    /// x for x > 0, else 0.2 x.
    LeakyRelu,
    /// x for x > 0, else e^x - 1.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// log(1 + e^x).
    Softplus,
    /// x sigmoid(x).
    Silu,
    /// x Phi(x), with the normal distribution function exactly (not its tanh approximation).
    Gelu,
    /// sin(x).
    Sin,
}

/// How the weights of a network start. Biases start at zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Init {
    /// The distribution.
    #[serde(default)]
    pub kind: InitKind,
    /// Factor on the drawn weights.
    #[serde(default = "one")]
    pub gain: f64,
}

impl Default for Init {
    fn default() -> Self {
        Init { kind: InitKind::default(), gain: 1.0 }
    }
}

/// Distribution of initial weights; `in` and `out` are a layer's widths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InitKind {
    /// Orthonormal rows or columns, whichever are fewer (Saxe et al. 2014).
    Orthogonal,
    /// Uniform with variance 2 / (in + out) (Glorot & Bengio 2010).
    #[default]
    XavierUniform,
    /// Normal with variance 2 / (in + out).
    XavierNormal,
    /// Uniform with variance 2 / in (He et al. 2015).
    KaimingUniform,
    /// Normal with variance 2 / in.
    KaimingNormal,
    /// Normal with variance 1; the gain is its standard deviation.
    Normal,
}

fn one() -> f64 {
    1.0
}
