//! What the discriminator is shown in place of plain samples.

use super::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Differentiable augmentation (Zhao et al. 2020): each image, real or generated, is changed at random before the
/// discriminator is shown it, in the updates of both players. Penalties on the discriminator's gradient by its input are then
/// taken at what it is shown. Images that are measured or kept are not changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Largest shift along each side, as a share of the side: whole pixels, all equally likely; zeros come in. The paper
    /// has 0.125.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translation: Option<f64>,
    /// Sides of a rectangle of zeros, as a share of the image's; its centre is anywhere in the image, what lies outside is
    /// cut off. The paper has 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutout: Option<f64>,
    /// Whether brightness moves by a number from [-0.5, 0.5], saturation (the distance from a pixel's mean over channels) is
    /// multiplied by one from [0, 2], and contrast (the distance from the image's mean) by one from [0.5, 1.5].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub color: bool,
}

/// Instance noise (Sonderby et al. 2017): normal noise on each number of each sample, real or generated, that the
/// discriminator is shown in the updates of both players. It follows augmentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceNoise {
    /// Its standard deviation, at least 0; a table lets it fall over training.
    pub std: Schedule,
}
