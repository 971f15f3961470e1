//! What a scenario will need: parameters, memory, time. Refuses what cannot fit before anything is allocated.

use super::check::Flaw;
use super::image_look;
use super::{
    Activation, Blueprint, Body, Data, Extent, Game, Gan, Method, NormGroup, Operation, Optimizer, Plan,
    PlayerName, Precision, Regularizer, RuleSettings, Scenario, blueprints,
};

/// What a scenario will need.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Dimension of the data; 0 where there is none.
    pub dim: usize,
    /// The networks of a GAN, sized to its data, discriminator first.
    pub networks: Option<[Blueprint; 2]>,
    /// Parameters of each player: discriminator, generator.
    pub parameters: [usize; 2],
    /// Peak memory, to within a factor of two.
    pub memory_mib: f64,
    /// Training time on one core with AVX-512, to within a factor of two; without it about twice as long.
    pub seconds: f64,
}

const MIB: f64 = (1 << 20) as f64;
/// The program itself and its libraries.
const PROGRAM_MIB: f64 = 10.0;
/// Copies of the parameters that live at once: value, gradient, two moments, last finite state, average, and the
/// tangent and second gradient of a regulariser.
const COPIES: f64 = 8.0;
/// Bytes of one sample's hidden units from which on a smaller batch is no remedy.
const LARGE_SAMPLE: f64 = 256.0 * MIB;
/// Samples that pass through a network at once when one looks at it.
const LOOKED_AT: f64 = 128.0;
/// What one core with AVX-512 was measured to do: multiply-adds a second in the small products of such networks, hidden
/// units' values a second, of those whose activation needs an exponential or a sine, normal draws a second.
const PRODUCTS: f64 = 6e10;
const UNITS: f64 = 1.2e9;
const SMOOTH_UNITS: f64 = 6e7;
const DRAWS: f64 = 5e8;

/// Estimates what a scenario needs; the error is a key and why it cannot be.
pub fn estimate(scenario: &Scenario) -> Result<Estimate, Flaw> {
    match (&scenario.game, &scenario.data) {
        (Game::Gan(gan), Some(data)) => network(scenario, gan, data),
        (Game::Gan(_), None) => Err(("data".into(), "a GAN needs data; add a table [data]".into())),
        (game, _) => paper(scenario, game.on_paper().map_or([0, 0], |paper| paper.sizes)),
    }
}

/// A game on paper: next to nothing but its rows.
fn paper(scenario: &Scenario, parameters: [usize; 2]) -> Result<Estimate, Flaw> {
    let rows = scenario.train.steps as f64 / scenario.record.every.max(1) as f64 + 2.0;
    let parts = [("record.every", rows * 8.0 * 64.0)];
    let n = parameters.iter().sum::<usize>() as f64;
    // A pass for each parameter, and another for each of them where a regulariser is differentiated.
    let step = 1e-6 + 1e-8 * n * n * (1.0 + scenario.game.regularizers().len() as f64 * n);
    let updates = (scenario.dynamics.discriminator_steps + scenario.dynamics.generator_steps) as f64;
    let work = work(scenario.dynamics.rule.settings());
    let seconds = scenario.train.steps as f64 * updates * work * step + rows * 1e-5;
    Ok(Estimate { dim: 0, networks: None, parameters, memory_mib: fitting(&parts)?, seconds })
}

fn network(scenario: &Scenario, gan: &Gan, data: &Data) -> Result<Estimate, Flaw> {
    let look = image_look::look(data)?;
    let extent = match look {
        Some(look) => look.shape,
        None => Extent::vector(dimension(data)?),
    };
    let dim = extent.numbers();
    let knows = |body: Option<Body>| body.is_some_and(Body::knows_labels);
    let labelled = knows(gan.discriminator.body()) || knows(gan.generator.body());
    let classes = if labelled { image_look::classes(data)? } else { None };
    let sizes = blueprints(gan, extent, classes)?;
    let parameters = sizes.each_ref().map(Blueprint::parameters);
    whole_batches(scenario, &sizes)?;
    let mut parts = memory(scenario, gan, data, &sizes, parameters, dim);
    parts.extend(look.map(|look| (image_look::key(data), look.bytes)));
    let memory_mib = fitting(&parts)?;
    let seconds = seconds(scenario, gan, dim, &sizes);
    Ok(Estimate { dim, networks: Some(sizes), parameters, memory_mib, seconds })
}

/// The program with parts of these sizes, where that fits into memory.
fn fitting(parts: &[(&'static str, f64)]) -> Result<f64, Flaw> {
    let memory_mib = PROGRAM_MIB + parts.iter().map(|(_, bytes)| bytes / MIB).sum::<f64>();
    if let Some(free_mib) = available_mib()
        && memory_mib > free_mib
    {
        let largest = parts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or("game", |p| p.0);
        let message = format!(
            "needs about {}, and {} are free; most of it is for `{largest}`: make that smaller",
            size(memory_mib),
            size(free_mib)
        );
        return Err((largest.to_string(), message));
    }
    Ok(memory_mib)
}

/// A size in words.
pub fn size(mib: f64) -> String {
    match mib {
        m if m < 1024.0 => format!("{m:.0} MiB"),
        m if m < 1024.0 * 1024.0 => format!("{:.1} GiB", m / 1024.0),
        m => format!("{:.1e} GiB", m / 1024.0),
    }
}

/// Dimension of data that are no images; of points from a file, by its first row.
fn dimension(data: &Data) -> Result<usize, Flaw> {
    match data {
        Data::Line { .. } => Ok(1),
        Data::Mixture { components } => Ok(components.first().map_or(1, |c| c.center.len().max(1))),
        Data::Teacher { dim, .. } => Ok(*dim),
        Data::Points { file, label, .. } => super::points_file::dimension(file, label.as_deref()),
        _ => Ok(2),
    }
}

/// Refuses a batch in which a normalisation over it would see a single sample.
fn whole_batches(scenario: &Scenario, sizes: &[Blueprint; 2]) -> Result<(), Flaw> {
    let batch = scenario.train.batch;
    let sees_one = |plan: &Plan| {
        plan.flat().iter().any(|op| match op.operation {
            Operation::Norm { over: NormGroup::Batch {}, .. } => batch == 1,
            Operation::Norm { over: NormGroup::GhostBatch { size }, .. } => batch % size == 1,
            _ => false,
        })
    };
    if sizes.iter().any(|size| matches!(size, Blueprint::Layers(plan) if sees_one(plan))) {
        let message = format!(
            "`train.batch` is {batch}, and a normalisation over the batch, or over a ghost batch of it, would see a single sample; take another size"
        );
        return Err(("train.batch".into(), message));
    }
    Ok(())
}

/// Bytes by the key that most influences them. In floating point, which cannot overflow.
fn memory(
    s: &Scenario,
    gan: &Gan,
    data: &Data,
    sizes: &[Blueprint; 2],
    parameters: [usize; 2],
    dim: usize,
) -> Vec<(&'static str, f64)> {
    let real = if s.train.precision == Precision::F64 { 8.0 } else { 4.0 };
    let widths = sizes.each_ref().map(Blueprint::units);
    let batch = s.train.batch as f64;
    // Value, derivative, and the tangents of both, in the generator once and in the discriminator on real and
    // generated samples.
    let network_keys = network_keys(gan);
    let of_units = [2.0 * widths[0] / gan.pack.max(1) as f64, widths[1]];
    let of_sample = 4.0 * real * (of_units[0] + of_units[1]);
    let activations_key = match of_sample {
        bytes if bytes < LARGE_SAMPLE => "train.batch",
        _ if of_units[0] > of_units[1] => network_keys[0],
        _ => network_keys[1],
    };
    let (modes, modes_key) = modes(data);
    let modes = modes * (dim as f64).powi(2);
    let rows = s.train.steps as f64 / s.record.every.max(1) as f64 + 2.0;
    let samples = s.record.samples as f64;
    let frames = (s.record.frames as f64).min(rows);
    let landscape = if dim == 2 { 50_000.0 } else { 0.0 };
    vec![
        (network_keys[0], COPIES * real * parameters[0] as f64),
        (network_keys[1], COPIES * real * parameters[1] as f64),
        (activations_key, batch * of_sample),
        (
            "record.samples",
            8.0 * samples * 4.0 * dim as f64 + 4.0 * real * LOOKED_AT * (widths[0] + widths[1]),
        ),
        ("record.every", rows * 8.0 * 64.0),
        (modes_key, modes * 16.0 + rows * 8.0 * modes),
        ("record.frames", frames * (8.0 * s.record.keep as f64 * dim as f64 + 4.0 * landscape)),
    ]
}

/// The keys that set how large the discriminator and the generator are.
fn network_keys(gan: &Gan) -> [&'static str; 2] {
    let d = match gan.discriminator.body() {
        Some(Body::Layers(_)) => "game.discriminator.layers",
        Some(Body::Preset(_)) => "game.discriminator.preset",
        Some(Body::Hidden(_)) | None => "game.discriminator.hidden",
    };
    let g = match gan.generator.body() {
        Some(Body::Layers(_)) => "game.generator.layers",
        Some(Body::Preset(_)) => "game.generator.preset",
        Some(Body::Hidden(_)) | None => "game.generator.hidden",
    };
    [d, g]
}

/// Number of modes and the key that sets it.
fn modes(data: &Data) -> (f64, &'static str) {
    match data {
        Data::Ring { modes, .. } => (*modes as f64, "data.modes"),
        Data::Grid { side, .. } => ((*side as f64).powi(2), "data.side"),
        Data::Mixture { components } => (components.len() as f64, "data.components"),
        Data::Line { centers, .. } => (centers.len() as f64, "data.centers"),
        Data::Circles { .. } | Data::Moons { .. } => (2.0, "data"),
        _ => (0.0, "data"),
    }
}

/// Memory that can still be had, of the machine and of the process's own limits; None where nobody says.
pub fn available_mib() -> Option<f64> {
    let kind = sysinfo::RefreshKind::nothing().with_memory(sysinfo::MemoryRefreshKind::nothing().with_ram());
    let system = sysinfo::System::new_with_specifics(kind);
    let mut free = system.available_memory();
    if let Some(limits) = system.cgroup_limits() {
        free = free.min(limits.free_memory);
    }
    (free > 0).then_some(free as f64 / MIB)
}

fn seconds(s: &Scenario, gan: &Gan, dim: usize, sizes: &[Blueprint; 2]) -> f64 {
    let (d, g) = (sizes[0].products() / gan.pack.max(1) as f64, sizes[1].products());
    let tangents =
        gan.regularizer.iter().filter(|r| !matches!(r, Regularizer::WeightDecay { .. })).count() as f64;
    // A forward pass costs one product a weight, a pass back two; the discriminator sees two batches.
    let of_d = s.dynamics.discriminator_steps as f64 * (g + 6.0 * d + tangents * 6.0 * d);
    let of_g = s.dynamics.generator_steps as f64 * (3.0 * (g + d) + tangents * 6.0 * d);
    let units = 4.0 * sizes[1].units() / rate(gan.generator.activation)
        + 6.0 * sizes[0].units() / rate(gan.discriminator.activation);
    let batches = (s.dynamics.discriminator_steps + s.dynamics.generator_steps) as f64;
    let drawn = batches * (gan.generator.latent + 2 * dim) as f64;
    let passes = s.train.batch as f64 * ((of_d + of_g) / PRODUCTS + units);
    let field = match s.dynamics.rule.settings() {
        // Foreseen steps with the generator held pass through the discriminator alone.
        RuleSettings::Unrolled { steps } if tangents == 0.0 => {
            let units = 12.0 * sizes[0].units() / rate(gan.discriminator.activation);
            passes + (steps * s.train.batch) as f64 * (20.0 * d / PRODUCTS + units)
        }
        rule => work(rule) * passes,
    };
    let step = field + s.train.batch as f64 * drawn / DRAWS + 2e-5 + update(s);
    let rows = s.train.steps as f64 / s.record.every.max(1) as f64;
    let record = 2.0 * s.record.samples as f64 * (s.record.samples as f64 * 2e-9 + g / PRODUCTS);
    s.train.steps as f64 * step + rows * record
}

/// Evaluations of the field that a round's work is worth. A product with J takes about as long as four of them.
fn work(rule: RuleSettings) -> f64 {
    match rule {
        RuleSettings::Alternating {}
        | RuleSettings::Simultaneous {}
        | RuleSettings::ExtrapolationFromPast {}
        | RuleSettings::Optimistic {} => 1.0,
        RuleSettings::Extragradient {} => 2.0,
        RuleSettings::RungeKutta { method: Method::Euler, .. } => 1.0,
        RuleSettings::RungeKutta { method: Method::Heun, .. } => 2.0,
        RuleSettings::RungeKutta { method: Method::Rk4, .. } => 4.0,
        // At least one step of the integrator.
        RuleSettings::Flow { .. } => 7.0,
        RuleSettings::Symplectic { .. } | RuleSettings::Lead { .. } => 9.0,
        // Two products with C, two products with J each, an iteration; few iterations at small steps.
        RuleSettings::Competitive { iterations, .. } => 1.0 + 16.0 * iterations.min(10) as f64,
        RuleSettings::Unrolled { steps } => 1.0 + 5.0 * steps as f64,
    }
}

/// Hidden units' values a second.
fn rate(activation: Activation) -> f64 {
    match activation {
        Activation::Relu | Activation::LeakyRelu => UNITS,
        _ => SMOOTH_UNITS,
    }
}

/// Seconds an Adam-like optimiser needs over what a plain one does; small, but all there is for tiny batches.
fn update(s: &Scenario) -> f64 {
    let heavy = |p| !matches!(s.dynamics.optimizer_of(p), Optimizer::Sgd { .. });
    let players = [PlayerName::Discriminator, PlayerName::Generator];
    players.iter().filter(|p| heavy(**p)).count() as f64 * 2e-5
}
