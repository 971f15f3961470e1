//! The shape of a multilayer perceptron and the layout of its parameters.

use crate::scenario::Activation;
use std::ops::Range;

/// A multilayer perceptron: `y = output_scale * A_L(... sigma(A_1(input_scale * x)))`, A_l affine, sigma on every
/// layer but the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    /// Widths from input to output; at least two, each at least 1.
    pub sizes: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Factor on the input.
    pub input_scale: f64,
    /// Factor on the output.
    pub output_scale: f64,
}

/// Where a layer's parameters lie in the network's flat vector, as PyTorch's `parameters()` would list them.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSlots {
    /// Width of the layer's input.
    pub inputs: usize,
    /// Width of its output.
    pub outputs: usize,
    /// The weight, `[outputs, inputs]` row by row.
    pub weight: Range<usize>,
    /// The bias, `outputs` numbers, right behind the weight.
    pub bias: Range<usize>,
}

impl Mlp {
    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.sizes.windows(2).map(|w| w[1] * (w[0] + 1)).sum()
    }

    /// Width of the input.
    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// The layers in order.
    pub fn layers(&self) -> Vec<LayerSlots> {
        let mut at = 0;
        self.sizes
            .windows(2)
            .map(|w| {
                let (inputs, outputs) = (w[0], w[1]);
                let weight = at..at + inputs * outputs;
                let bias = weight.end..weight.end + outputs;
                at = bias.end;
                LayerSlots { inputs, outputs, weight, bias }
            })
            .collect()
    }
}
