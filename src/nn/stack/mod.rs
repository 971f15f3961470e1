//! Networks of layers over images, on the processor: convolutions, normalisation, residual blocks.
//!
//! A batch is cut into blocks of rows. Within a block numbers lie channel by channel, `[channels, pixels, rows]` (`layout`), so
//! that a convolution of a whole block is one matrix product and a channel's numbers are neighbours; dense layers take several
//! blocks at once. Blocks run on any number of threads, and sums over them are taken in their order. Each operation is
//! written once for values and once for tangents beside them (`pass` has the algebra); `tape` is the oracle.

mod activation;
mod convolution;
mod dense;
mod dropout;
mod embed;
mod fixed;
mod layout;
mod learned;
mod minibatch_std;
mod node;
mod norm;
mod number;
mod pass;
mod projection;
mod residual;
mod scratch;
mod spectral;

pub(crate) use dropout::factors;
pub(crate) use minibatch_std::STD_EPSILON;
pub use norm::Statistics;
pub(crate) use pass::StackPass;

use crate::scenario::Plan;

/// A network of planned layers: `y = output_scale * layers(input_scale * x)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The operations with their shapes and parameters.
    pub plan: Plan,
    /// Factor on the input.
    pub input_scale: f64,
    /// Factor on the output.
    pub output_scale: f64,
}
