//! The classifier's network, sized to its images: three convolutions, pooled while the sides can be halved.

use crate::scenario::{Activation, Extent, Layer, Pooled};

/// Channels of the convolutions.
const CHANNELS: [usize; 3] = [16, 32, 64];
/// Numbers before the last layer.
pub const FEATURES: usize = 128;

/// The layers up to the features, and the last one.
pub fn layers(image: Extent, classes: usize) -> (Vec<Layer>, Layer) {
    let relu = Layer::Activation { function: Activation::Relu };
    let mut sides = [image.height, image.width];
    let mut out = Vec::new();
    for channels in CHANNELS {
        out.push(Layer::Conv { channels, kernel: 3, stride: 1, padding: None, spectral: false });
        out.push(relu.clone());
        if sides.iter().all(|side| side.is_multiple_of(2) && *side >= 4) {
            sides = sides.map(|side| side / 2);
            out.push(Layer::Pool { of: Pooled::Max, size: 2 });
        }
    }
    out.push(Layer::Dense { outputs: FEATURES, spectral: false });
    out.push(relu);
    (out, Layer::Dense { outputs: classes, spectral: false })
}
