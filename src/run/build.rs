//! From a scenario to the game that it describes.

use super::checkpoint::Slot;
use super::error::RunError;
use super::options::{DeviceChoice, KernelChoice, RunOptions};
use super::paper::paper_stage;
use super::recorder::Recorder;
use super::watch::Stage;
use crate::data::{Images, Mode, RealData};
use crate::game::{Gan, Source, Term, losses_of};
use crate::nn::fused::Kernels;
use crate::nn::{Mlp, Network, Stack, initial_parameters};
use crate::random::{Address, Stream};
use crate::scalar::Scalar;
use crate::scenario::{self, Blueprint, Data, Extent, Game, Loaded, Scenario, blueprints};
use candle_core::Device;

/// The GAN of a scenario, its batches drawn from the scenario's data.
pub fn gan_of<T: Scalar>(loaded: &Loaded, options: &RunOptions) -> Result<Gan<T>, RunError> {
    let scenario = &loaded.scenario;
    let (Game::Gan(spec), Some(source)) = (&scenario.game, &scenario.data) else {
        return Err(RunError::Refused(format!("scenario {} is a game on paper, no GAN", scenario.name)));
    };
    let refuse = |e: &dyn std::fmt::Display| RunError::Refused(e.to_string());
    let data = RealData::new(source).map_err(|e| refuse(&e))?;
    let dim = data.as_ref().map_or(loaded.estimate.dim, RealData::dim);
    let terms = spec.regularizer.iter().map(|r| Term::new(r, scenario.train.steps)).collect();
    let losses = losses_of(&spec.objective).map_err(|e| refuse(&e))?;
    let image = data.as_ref().and_then(RealData::image);
    let extent = image.unwrap_or(Extent::vector(dim));
    let [discriminator, generator] = networks(spec, extent)?;
    let mut gan = Gan::new(discriminator, generator, losses, terms);
    gan.pack = spec.pack;
    gan.prior = spec.generator.latent_prior;
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
    let notes = notes(&gan.source);
    Ok(Stage { game: gan, start, layouts, kernels, watch, notes })
}

/// The files that data had to leave out.
fn notes<T>(source: &Source<T>) -> Vec<String> {
    let Source::Data(data) = source else { return Vec::new() };
    let skipped = data.images().map_or(&[][..], Images::skipped);
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

/// Both networks, sized to samples of an extent.
fn networks(spec: &scenario::Gan, extent: Extent) -> Result<[Network; 2], RunError> {
    let sized = blueprints(spec, extent).map_err(|(_, message)| RunError::Refused(message))?;
    let (d, g) = (&spec.discriminator, &spec.generator);
    let scales =
        [(d.activation, d.input_scale, d.output_scale), (g.activation, g.input_scale, g.output_scale)];
    let mut networks =
        sized.into_iter().zip(scales).map(|(size, (activation, input_scale, output_scale))| match size {
            Blueprint::Widths(sizes) => Network::Mlp(Mlp { sizes, activation, input_scale, output_scale }),
            Blueprint::Layers(plan) => Network::Stack(Stack { plan, input_scale, output_scale }),
        });
    match (networks.next(), networks.next()) {
        (Some(d), Some(g)) => Ok([d, g]),
        _ => Err(RunError::Refused("a GAN has two networks".into())),
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
