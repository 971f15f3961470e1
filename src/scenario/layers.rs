//! The layers of a network that is more than a multilayer perceptron.

use super::Activation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a network is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body<'a> {
    /// A multilayer perceptron of these hidden widths.
    Hidden(&'a [usize]),
    /// A list of layers.
    Layers(&'a [Layer]),
    /// A known network.
    Preset(Preset),
}

impl<'a> Body<'a> {
    /// Whether one of its layers reads the labels of samples.
    pub fn knows_labels(self) -> bool {
        matches!(self, Body::Layers(layers) if layers.iter().any(Layer::knows_labels))
    }

    /// The one of the three that is there; None where none is, or more.
    pub(super) fn of(
        hidden: &'a Option<Vec<usize>>,
        layers: &'a Option<Vec<Layer>>,
        preset: Option<Preset>,
    ) -> Option<Self> {
        match (hidden, layers, preset) {
            (Some(hidden), None, None) => Some(Body::Hidden(hidden)),
            (None, Some(layers), None) => Some(Body::Layers(layers)),
            (None, None, Some(preset)) => Some(Body::Preset(preset)),
            _ => None,
        }
    }
}

/// One layer. A layer takes channels of a height and a width, whose sizes follow from the layers before it; a vector is
/// channels of one pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// Every output from every input, with a bias; the output is a vector.
    Dense {
        /// Length of the output.
        outputs: usize,
        /// Whether the weight is divided by its largest singular value (Miyato et al. 2018).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spectral: bool,
    },
    /// Convolution (cross-correlation) with a bias.
    Conv {
        /// Channels of the output.
        channels: usize,
        /// Side of the square kernel.
        #[serde(default = "three")]
        kernel: usize,
        /// Step between two places of the kernel.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros put around the image; (kernel - 1) / 2 when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        padding: Option<usize>,
        /// Whether the weight, as a matrix `[channels, rest]`, is divided by its largest singular value.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spectral: bool,
    },
    /// Transposed convolution with a bias: the adjoint of the convolution of the same settings.
    ConvTransposed {
        /// Channels of the output.
        channels: usize,
        /// Side of the square kernel.
        #[serde(default = "four")]
        kernel: usize,
        /// Step between two places of the kernel: the factor by which the image grows.
        #[serde(default = "two")]
        stride: usize,
        /// Pixels cut off around the image; (kernel - 1) / 2 when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        padding: Option<usize>,
        /// Whether the weight, as a matrix `[channels in, rest]`, is divided by its largest singular value.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spectral: bool,
    },
    /// Every pixel repeated in a square.
    Upsample {
        /// Side of the square.
        #[serde(default = "two")]
        factor: usize,
    },
    /// One number for each square of pixels.
    Pool {
        /// Which number.
        #[serde(default)]
        of: Pooled,
        /// Side of the square; the image's sides must be multiples of it.
        #[serde(default = "two")]
        size: usize,
    },
    /// The mean or the sum of each channel: a vector.
    GlobalPool {
        /// Which number.
        #[serde(default)]
        of: GlobalPooled,
    },
    /// A function applied to each number.
    Activation {
        /// The function.
        function: Activation,
    },
    /// Numbers shifted and scaled to mean 0 and variance 1 within groups, then scaled and shifted by one learned pair a
    /// channel. The variance is that of the group (divided by its size) plus epsilon.
    Norm {
        /// What a group is.
        over: NormGroup,
        /// Added to the variance.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// The standard deviation over samples of the batch, averaged over all numbers of a sample, as one more channel
    /// (Karras et al. 2018).
    MinibatchStd {
        /// Samples in a group.
        #[serde(default = "four")]
        group: usize,
    },
    /// Each number set to zero with probability `rate`, and divided by 1 - `rate` otherwise (Srivastava et al. 2014). One draw
    /// a batch for all that is computed on it; generated images, and all that is measured on them, are made without.
    Dropout {
        /// Probability of a zero, at least 0 and below 1.
        rate: f64,
    },
    /// A learned vector for the sample's label, as further channels of equal pixels; on a vector as further numbers. The
    /// data must have labels, and both networks must know them (Mirza & Osindero 2014).
    Embed {
        /// Length of the vector.
        width: usize,
    },
    /// One logit (w + e_y)' h + b of the input h of a sample with label y: projection (Miyato & Koyama 2018).
    /// Its weight is a matrix: a first row w for all, then a row e_y for each class.
    Projection {
        /// Whether w, and the matrix of all e_y, are each divided by their largest singular value (Miyato & Koyama 2018).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spectral: bool,
    },
    /// The same numbers as channels of another height and width.
    Reshape {
        /// Channels, height, width.
        shape: [usize; 3],
    },
    /// The same numbers as a vector: channel by channel, row by row.
    Flatten {},
    /// The sum of what two lists of layers make of the same input; an empty shortcut passes it on.
    Residual {
        /// The layers that are learned on top.
        body: Vec<Layer>,
        /// The layers around them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shortcut: Vec<Layer>,
    },
}

impl Layer {
    /// Whether it, or a layer within it, reads the sample's label.
    pub fn knows_labels(&self) -> bool {
        match self {
            Layer::Embed { .. } | Layer::Projection { .. } => true,
            Layer::Residual { body, shortcut } => body.iter().chain(shortcut).any(Layer::knows_labels),
            _ => false,
        }
    }
}

/// Which number stands for a square of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooled {
    /// Their mean.
    #[default]
    Mean,
    /// The largest; its derivative goes to the first of those that are equal.
    Max,
}

/// Which number stands for a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GlobalPooled {
    /// Its mean.
    #[default]
    Mean,
    /// Its sum.
    Sum,
}

/// The numbers that are normalised together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NormGroup {
    /// A channel over the batch (Ioffe & Szegedy 2015).
    Batch {},
    /// A channel over so many samples of the batch at a time (Hoffer et al. 2017).
    GhostBatch {
        /// Samples in a group.
        size: usize,
    },
    /// All channels of a sample (Ba et al. 2016).
    Layer {},
    /// One channel of a sample (Ulyanov et al. 2016).
    Instance {},
    /// Some neighbouring channels of a sample (Wu & He 2018).
    Group {
        /// Number of groups of channels.
        groups: usize,
    },
}

impl NormGroup {
    /// Whether a sample's output depends on the other samples of the batch.
    pub fn couples(self) -> bool {
        matches!(self, NormGroup::Batch {} | NormGroup::GhostBatch { .. })
    }
}

/// A known network, sized to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Two hidden layers, of twice the image's numbers to the next power of two, but from 128 to 512: rectified in the
    /// generator, leaky in the discriminator.
    Mlp,
    /// Radford, Metz & Chintala 2016 without normalisation: strided (transposed) convolutions of kernel 4.
    Dcgan,
    /// The same with batch normalisation in the places that the paper names.
    DcganBatchnorm,
    /// Miyato et al. 2018, small: spectral normalisation in the discriminator, batch normalisation in the generator.
    SnganSmall,
    /// Residual blocks with upsampling and mean pooling, small (after Gulrajani et al. 2017).
    ResnetSmall,
}

fn one() -> usize {
    1
}
fn two() -> usize {
    2
}
fn three() -> usize {
    3
}
fn four() -> usize {
    4
}
fn epsilon() -> f64 {
    1e-5
}
