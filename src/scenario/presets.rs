//! Known networks, sized to the data.

use super::layers::{GlobalPooled, Layer, NormGroup, Pooled, Preset};
use super::{Activation, Extent};

/// Channels next to the smallest image inside a network.
const WIDEST: usize = 128;

/// The layers of a generator from `latent` numbers to `data`.
pub fn generator(preset: Preset, data: Extent) -> Vec<Layer> {
    if preset == Preset::Mlp {
        let mut out = perceptron(data, Activation::Relu, data.numbers());
        let shape = [data.channels, data.height, data.width];
        out.extend([Layer::Reshape { shape }, act(Activation::Tanh)]);
        return out;
    }
    let Sides { stages, first } = sides(data);
    let width = |k: usize| (WIDEST >> k).max(16);
    let mut out = vec![
        Layer::Dense { outputs: width(0) * first[0] * first[1], spectral: false },
        Layer::Reshape { shape: [width(0), first[0], first[1]] },
    ];
    for k in 0..stages {
        let last = k + 1 == stages;
        let channels = if last { data.channels } else { width(k + 1) };
        match preset {
            // Has no stages.
            Preset::Mlp => {}
            Preset::Dcgan => out.extend([act(Activation::Relu), up(channels)]),
            Preset::DcganBatchnorm | Preset::SnganSmall => {
                out.extend([batch(), act(Activation::Relu), up(channels)])
            }
            Preset::ResnetSmall => {
                let channels = width(k + 1);
                let body = vec![
                    batch(),
                    act(Activation::Relu),
                    Layer::Upsample { factor: 2 },
                    conv(channels, 3, false),
                    batch(),
                    act(Activation::Relu),
                    conv(channels, 3, false),
                ];
                let shortcut = vec![Layer::Upsample { factor: 2 }, conv(channels, 1, false)];
                out.push(Layer::Residual { body, shortcut });
                if last {
                    out.extend([batch(), act(Activation::Relu), conv(data.channels, 3, false)]);
                }
            }
        }
    }
    if stages == 0 {
        out.extend([act(Activation::Relu), conv(data.channels, 3, false)]);
    }
    out.push(act(Activation::Tanh));
    out
}

/// The layers of a discriminator from `data` (packed channels included) to one logit.
pub fn discriminator(preset: Preset, data: Extent) -> Vec<Layer> {
    if preset == Preset::Mlp {
        return perceptron(data, Activation::LeakyRelu, 1);
    }
    let Sides { stages, .. } = sides(data);
    let spectral = preset == Preset::SnganSmall;
    let width = |k: usize| (WIDEST >> (stages - 1 - k)).max(16);
    let mut out = Vec::new();
    for k in 0..stages {
        match preset {
            // Has no stages.
            Preset::Mlp => {}
            Preset::Dcgan => out.extend([down(width(k), false), act(Activation::LeakyRelu)]),
            Preset::DcganBatchnorm => {
                out.push(down(width(k), false));
                if k > 0 {
                    out.push(batch());
                }
                out.push(act(Activation::LeakyRelu));
            }
            Preset::SnganSmall => out.extend([
                conv(width(k), 3, true),
                act(Activation::LeakyRelu),
                down(width(k), true),
                act(Activation::LeakyRelu),
            ]),
            Preset::ResnetSmall => {
                let pool = Layer::Pool { of: Pooled::Mean, size: 2 };
                let mut body = vec![
                    conv(width(k), 3, false),
                    act(Activation::Relu),
                    conv(width(k), 3, false),
                    pool.clone(),
                ];
                if k > 0 {
                    body.insert(0, act(Activation::Relu));
                }
                out.push(Layer::Residual { body, shortcut: vec![pool, conv(width(k), 1, false)] });
            }
        }
    }
    if preset == Preset::ResnetSmall {
        out.extend([act(Activation::Relu), Layer::GlobalPool { of: GlobalPooled::Sum }]);
    }
    out.push(Layer::Dense { outputs: 1, spectral });
    out
}

/// Two hidden layers and one to the outputs.
fn perceptron(data: Extent, function: Activation, outputs: usize) -> Vec<Layer> {
    let width = data.numbers().saturating_mul(2).clamp(128, 512).next_power_of_two();
    let dense = |outputs| Layer::Dense { outputs, spectral: false };
    vec![dense(width), act(function), dense(width), act(function), dense(outputs)]
}

struct Sides {
    /// Stages, in each of which the sides double.
    stages: usize,
    /// Height and width before the first stage.
    first: [usize; 2],
}

/// The image halved while both sides are even and above 4, at most three times.
fn sides(data: Extent) -> Sides {
    let mut first = [data.height, data.width];
    let mut stages = 0;
    while stages < 3 && first.iter().all(|n| n.is_multiple_of(2) && *n > 4) {
        first = first.map(|n| n / 2);
        stages += 1;
    }
    Sides { stages, first }
}

fn act(function: Activation) -> Layer {
    Layer::Activation { function }
}
fn batch() -> Layer {
    Layer::Norm { over: NormGroup::Batch {}, epsilon: 1e-5 }
}
fn conv(channels: usize, kernel: usize, spectral: bool) -> Layer {
    Layer::Conv { channels, kernel, stride: 1, padding: None, spectral }
}
fn down(channels: usize, spectral: bool) -> Layer {
    Layer::Conv { channels, kernel: 4, stride: 2, padding: None, spectral }
}
fn up(channels: usize) -> Layer {
    Layer::ConvTransposed { channels, kernel: 4, stride: 2, padding: None, spectral: false }
}
