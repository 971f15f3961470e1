//! The networks of a GAN, sized to its data.

use super::check::Flaw;
use super::layers::Body;
use super::plan::{Extent, Plan, plan_labelled};
use super::{Gan, Layer, Preset, Regularizer, presets};

/// A network whose sizes are known.
#[derive(Clone, Debug, PartialEq)]
pub enum Blueprint {
    /// Widths of a multilayer perceptron from input to output.
    Widths(Vec<usize>),
    /// Layers over images.
    Layers(Plan),
}

impl Blueprint {
    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        match self {
            Blueprint::Widths(widths) => widths.windows(2).map(|w| w[1] * (w[0] + 1)).sum(),
            Blueprint::Layers(plan) => plan.parameters,
        }
    }

    /// Multiply-adds of a forward pass for one sample.
    pub fn products(&self) -> f64 {
        match self {
            Blueprint::Widths(widths) => widths.windows(2).map(|w| w[0] as f64 * w[1] as f64).sum(),
            Blueprint::Layers(plan) => plan.products(),
        }
    }

    /// Numbers between the layers for one sample, input and output included.
    pub fn units(&self) -> f64 {
        match self {
            Blueprint::Widths(widths) => widths.iter().map(|w| *w as f64).sum(),
            Blueprint::Layers(plan) => plan.input.numbers() as f64 + plan.units(),
        }
    }

    /// Whether a sample's output depends on the others of its batch.
    pub fn couples(&self) -> bool {
        matches!(self, Blueprint::Layers(plan) if plan.couples())
    }
}

/// Sizes both networks, discriminator first, to samples of the given extent, with labels of so many classes where they have
/// any; complains of what does not fit.
pub fn blueprints(gan: &Gan, data: Extent, classes: Option<usize>) -> Result<[Blueprint; 2], Flaw> {
    let Some(channels) = data.channels.checked_mul(gan.pack) else {
        return Err(("game.pack".into(), "`game.pack` is beyond every memory; make it smaller".into()));
    };
    let packed = Extent { channels, ..data };
    let (d, g) = (&gan.discriminator, &gan.generator);
    let preset = |name| presets::discriminator(name, packed);
    let d =
        blueprint("game.discriminator", d.body(), [packed, Extent::vector(1)], (packed, classes), preset)?;
    let preset = |name| presets::generator(name, data);
    let g = blueprint("game.generator", g.body(), [Extent::vector(g.latent), data], (data, classes), preset)?;
    labels(gan)?;
    augmented(gan, data)?;
    let penalised = |r: &Regularizer| {
        matches!(r, Regularizer::R1 { .. } | Regularizer::R2 { .. } | Regularizer::GradientPenalty { .. })
    };
    if let Some(index) = gan.regularizer.iter().position(penalised).filter(|_| d.couples()) {
        let key = format!("game.regularizer.{index}");
        let message = format!(
            "`{key}` is about the discriminator's gradient by each sample, and its layers mix the samples of a batch; take \
             `layer`, `instance` or `group` normalisation there"
        );
        return Err((key, message));
    }
    Ok([d, g])
}

/// Complains of augmentation whose share of every side is less than half a pixel.
fn augmented(gan: &Gan, data: Extent) -> Result<(), Flaw> {
    let Some(augment) = &gan.augment else { return Ok(()) };
    let side = data.height.max(data.width) as f64;
    for (share, name) in [(augment.translation, "translation"), (augment.cutout, "cutout")] {
        if let Some(share) = share.filter(|share| (share * side).round() < 1.0) {
            let key = format!("game.augment.{name}");
            let message = format!(
                "`{key}` is {share}, not one pixel of images of {data}; take a larger one, or leave it out"
            );
            return Err((key, message));
        }
    }
    Ok(())
}

/// Complains of labels that one network alone knows, or that no single sample has.
fn labels(gan: &Gan) -> Result<(), Flaw> {
    let [d, g] =
        [gan.discriminator.body(), gan.generator.body()].map(|body| body.is_some_and(Body::knows_labels));
    if d != g {
        let [knows, other] = if d { ["discriminator", "generator"] } else { ["generator", "discriminator"] };
        let message = format!(
            "`game.{knows}` has a layer that knows labels, and `game.{other}` has none; give it `layers` with an `embed`{}, or \
             take the other's away",
            if d { "" } else { " or a `projection`" }
        );
        return Err((format!("game.{other}"), message));
    }
    if d && gan.pack > 1 {
        let message = format!("`game.pack` is {}, and samples with labels are not packed; take 1", gan.pack);
        return Err(("game.pack".into(), message));
    }
    Ok(())
}

/// One network from its input to its output; `image` is what a preset, spelled out by `preset`, is sized to.
fn blueprint(
    path: &str,
    body: Option<Body>,
    [input, output]: [Extent; 2],
    (image, classes): (Extent, Option<usize>),
    preset: impl Fn(Preset) -> Vec<Layer>,
) -> Result<Blueprint, Flaw> {
    let layers;
    let (key, layers) = match body {
        None => {
            let message = format!("`{path}` needs exactly one of `hidden`, `layers` and `preset`");
            return Err((path.to_string(), message));
        }
        Some(Body::Hidden(hidden)) => {
            let widths = [&[input.numbers()], hidden, &[output.numbers()]].concat();
            count(path, &widths)?;
            return Ok(Blueprint::Widths(widths));
        }
        Some(Body::Layers(layers)) => (format!("{path}.layers"), layers),
        Some(Body::Preset(name)) => {
            if image.height.min(image.width) < 4 {
                let message = format!(
                    "`{path}.preset` is for images of 4 x 4 pixels or more, and the data are {image}"
                );
                return Err((format!("{path}.preset"), message));
            }
            layers = preset(name);
            (format!("{path}.preset"), &layers[..])
        }
    };
    let plan = plan_labelled(&key, layers, input, classes)?;
    if plan.output != output {
        let message =
            format!("`{key}` puts out {}, and {output} is needed; change the last layers", plan.output);
        return Err((key, message));
    }
    Ok(Blueprint::Layers(plan))
}

/// Refuses a multilayer perceptron of so many parameters that no machine can hold them.
fn count(path: &str, widths: &[usize]) -> Result<(), Flaw> {
    let mut total = 0usize;
    for (index, pair) in widths.windows(2).enumerate() {
        let layer = pair[0].checked_mul(pair[1]).and_then(|weights| weights.checked_add(pair[1]));
        let sum = layer.and_then(|layer| total.checked_add(layer)).filter(|sum| *sum < usize::MAX >> 8);
        let Some(sum) = sum else {
            let key = if index + 2 < widths.len() { index } else { index.saturating_sub(1) };
            let message =
                format!("a layer of {} x {} weights fits in no memory; make it smaller", pair[0], pair[1]);
            return Err((format!("{path}.hidden.{key}"), message));
        };
        total = sum;
    }
    Ok(())
}
