//! From a scenario to the game that it describes.

use super::checkpoint::Slot;
use super::error::RunError;
use super::options::{DeviceChoice, KernelChoice, RunOptions};
use super::paper::paper_stage;
use super::recorder::Recorder;
use super::watch::Stage;
use crate::data::{Images, Mode, Part, RealData};
use crate::game::{Augmentation, Gan, Showing, Source, Strength, Term, losses_of};
use crate::nn::fused::Kernels;
use crate::nn::{Mlp, Network, Stack, initial_parameters};
use crate::random::{Address, Stream};
use crate::scalar::Scalar;
use crate::scenario::{Activation, Blueprint, Data, Game, Loaded, Scenario};
use candle_core::Device;

/// The GAN of a scenario, its batches drawn from the scenario's data.
pub fn gan_of<T: Scalar>(loaded: &Loaded, options: &RunOptions) -> Result<Gan<T>, RunError> {
    let scenario = &loaded.scenario;
    let (Game::Gan(spec), Some(source)) = (&scenario.game, &scenario.data) else {
        return Err(RunError::Refused(format!("scenario {} is a game on paper, no GAN", scenario.name)));
    };
    let refuse = |e: &dyn std::fmt::Display| RunError::Refused(e.to_string());
    let data = RealData::new(source).map_err(|e| refuse(&e))?;
    let terms = spec.regularizer.iter().map(|r| Term::new(r, scenario.train.steps)).collect();
    let losses = losses_of(&spec.objective).map_err(|e| refuse(&e))?;
    let Some([d, g]) = loaded.estimate.networks.clone() else {
        return Err(RunError::Refused("a GAN has two networks".into()));
    };
    let discriminator = network(
        d,
        spec.discriminator.activation,
        spec.discriminator.input_scale,
        spec.discriminator.output_scale,
    );
    let generator =
        network(g, spec.generator.activation, spec.generator.input_scale, spec.generator.output_scale);
    let labels = data.as_ref().and_then(|data| data.images()?.classes());
    let fits = |data: &RealData| data.dim() == generator.outputs();
    if !data.as_ref().is_none_or(fits) || generator.classes().is_some_and(|classes| labels != Some(classes)) {
        return Err(RunError::Refused("the data's files changed while they were read; try again".into()));
    }
    let mut gan = Gan::new(discriminator, generator, losses, terms);
    gan.pack = spec.pack;
    gan.prior = spec.generator.latent_prior;
    if let Some(shares) = data.as_ref().and_then(|data| data.images()?.class_shares(Part::Training)) {
        gan.classes = shares;
    }
    let image = gan.images().map(Images::shape);
    gan.showing = Showing {
        augmentation: spec
            .augment
            .as_ref()
            .zip(image)
            .map(|(augment, image)| Augmentation::new(augment, image)),
        noise: spec.instance_noise.as_ref().map(|noise| Strength::new(&noise.std, 1, scenario.train.steps)),
    };
    gan.seed = scenario.seed;
    gan.batch = scenario.train.batch;
    gan.kernels = match options.kernels {
        KernelChoice::Native => Kernels::Native,
        KernelChoice::Portable => Kernels::Portable,
    };
    gan.device = device(options.device)?;
    gan.source = match (data, source) {
        (Some(data), _) => Source::Data(data),
        (None, Data::Teacher { seed, paired, .. }) => {
            let address = Address::new(*seed, Stream::Teacher, 0);
            let theta = initial_parameters(&gan.generator, spec.generator.init, address);
            Source::Teacher { theta, paired: *paired }
        }
        (None, _) => Source::Given,
    };
    Ok(gan)
}

/// The GAN of a scenario at its start.
pub fn gan_stage<T: Scalar>(loaded: &Loaded, options: &RunOptions) -> Result<Stage<T, Gan<T>>, RunError> {
    let gan = gan_of::<T>(loaded, options)?;
    let Game::Gan(spec) = &loaded.scenario.game else { return Err(RunError::Refused("no GAN".into())) };
    let start = gan.start(spec.discriminator.init, spec.generator.init);
    let average = loaded.scenario.train.average.is_some();
    let watch = Box::new(Recorder::new(&gan, &loaded.scenario.record, &spec.objective, &start, average));
    let layouts = [Slot::network(&gan.discriminator), Slot::network(&gan.generator)];
    let kernels = gan.kernels.set();
    let notes = notes(gan.images());
    Ok(Stage { game: gan, start, layouts, kernels, watch, notes })
}

/// The files that data had to leave out.
fn notes(images: Option<&Images>) -> Vec<String> {
    let skipped = images.map_or(&[][..], Images::skipped);
    skipped.iter().map(|unread| format!("left out: {unread}")).collect()
}

/// Names of the columns that a run of a scenario records.
pub fn columns_of(loaded: &Loaded) -> Result<Vec<String>, RunError> {
    match &loaded.scenario.game {
        Game::Gan(_) => Ok(gan_stage::<f64>(loaded, &RunOptions::new(""))?.watch.columns()),
        _ => Ok(paper_stage(&loaded.scenario)?.watch.columns()),
    }
}

/// The modes of a scenario's data, where it has them.
pub fn modes_of(scenario: &Scenario) -> Option<Vec<Mode>> {
    let source = scenario.data.as_ref()?;
    // Images have none, and need not be read to know that.
    let data = if source.is_images() { None } else { RealData::new(source).ok()? }?;
    data.modes().map(<[Mode]>::to_vec)
}

/// A network of a size; layers over images have their activations among them.
fn network(size: Blueprint, activation: Activation, input_scale: f64, output_scale: f64) -> Network {
    match size {
        Blueprint::Widths(sizes) => Network::Mlp(Mlp { sizes, activation, input_scale, output_scale }),
        Blueprint::Layers(plan) => Network::Stack(Stack { plan, input_scale, output_scale }),
    }
}

fn device(choice: DeviceChoice) -> Result<Device, RunError> {
    choice.supported().map_err(RunError::Refused)?;
    let opened = match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Cuda(index) => Device::new_cuda(index),
        DeviceChoice::Metal => Device::new_metal(0),
    };
    opened.map_err(|e| RunError::Refused(format!("cannot open the device: {e}; use --device cpu")))
}
