//! Length and precision of training, and what is written down along the way.

use super::Start;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long and with what the game is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Train {
    /// Rounds of updates.
    pub steps: u64,
    /// Samples in a batch.
    pub batch: usize,
    /// Floating-point type of parameters and activations.
    pub precision: Precision,
    /// An average of the parameters along the way, measured beside the last ones (columns `average_...`): of networks the
    /// averaged generator, of a game on paper the averaged point. None when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<Average>,
    /// The run counts as diverged when a parameter exceeds this in absolute value, besides NaN and infinity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence_bound: Option<f64>,
}

impl Default for Train {
    fn default() -> Self {
        Train { steps: 25_000, batch: 512, precision: Precision::F32, average: None, divergence_bound: None }
    }
}

/// An average of the parameters over the steps. It never changes the motion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Average {
    /// The mean of the points of all steps so far.
    Uniform {},
    /// The exponential moving average: decay times the last one, plus the rest times the new point.
    Exponential {
        /// Share of the last average that is kept, above 0 and below 1.
        decay: f64,
    },
}

impl Average {
    /// Share of the new point in the average after `step` steps: the start counts as the first point.
    pub fn share(self, step: u64) -> f64 {
        match self {
            Average::Uniform {} => 1.0 / (step as f64 + 1.0),
            Average::Exponential { decay } => 1.0 - decay,
        }
    }
}

/// Floating-point type of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

/// What is measured and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// Steps between two records (rows of the metrics table). Step 0 and the last step are always recorded.
    pub every: u64,
    /// Generated samples (and as many real ones) that a record is measured on.
    pub samples: usize,
    /// Generated samples that a frame keeps for pictures; no more than `samples`.
    pub keep: usize,
    /// Largest number of frames kept (samples, landscape, warped latent grid): evenly spaced records.
    pub frames: usize,
    /// Steps between two checkpoints; a tenth of the training when left out. The last step always has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
    /// When a mode counts as covered.
    pub criteria: Criteria,
    /// Whether labelled images are looked at through a classifier of their own: modes covered, distances of features.
    pub classifier: bool,
    /// Spectra taken along the training; none when left out (`ganscope spectrum` takes them afterwards).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spectrum: Option<SpectrumRecord>,
    /// Further starts of a game on paper, whose paths are drawn beside that of the run (at most 32).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<Start>,
    /// Factors on the step sizes of a game on paper at which its multipliers are drawn (at most 64); an eighth to
    /// eight times in doublings when left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<f64>,
}

/// Spectra taken along the training, on a fixed batch of their own, in double precision. They do not change the
/// motion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpectrumRecord {
    /// Steps between two spectra; the last step always has one.
    pub every: u64,
    /// All eigenvalues or the outermost; by the size of the game when left out (dense up to 4,000 parameters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<SpectrumMethod>,
    /// Eigenvalues of largest magnitude, and as many of largest real part, where the method is krylov.
    #[serde(default = "twenty")]
    pub count: usize,
    /// Batches over which the figures' spread is taken.
    #[serde(default = "one_batch")]
    pub batches: u64,
}

/// How a spectrum is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpectrumMethod {
    /// All eigenvalues, from the whole Jacobian.
    Dense,
    /// The outermost eigenvalues, from products with vectors.
    Krylov,
}

fn twenty() -> usize {
    20
}
fn one_batch() -> u64 {
    1
}

impl Default for Record {
    fn default() -> Self {
        Record {
            every: 100,
            samples: 2500,
            keep: 500,
            frames: 50,
            checkpoint_every: None,
            criteria: Criteria::default(),
            classifier: true,
            spectrum: None,
            starts: Vec::new(),
            ladder: Vec::new(),
        }
    }
}

/// When a sample is good and a mode covered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// A sample is of high quality when it lies within this many standard deviations (Mahalanobis distance) of a
    /// mode's centre.
    pub sigmas: f64,
    /// High-quality samples that a mode needs to count as covered (`modes_covered`).
    pub covered: usize,
    /// A mode has spread when it is covered and its generated covariance's trace and smallest eigenvalue are at
    /// least this share of the truth's (`modes_with_spread`).
    pub spread: f64,
}

impl Default for Criteria {
    fn default() -> Self {
        Criteria { sigmas: 3.0, covered: 20, spread: 0.25 }
    }
}

impl Record {
    /// Steps between two checkpoints in a training of `steps` steps, never 0.
    pub fn checkpoint_every(&self, steps: u64) -> u64 {
        self.checkpoint_every.unwrap_or(steps.div_ceil(10)).max(1)
    }

    /// Whether `step` of a training of `steps` steps is recorded.
    pub fn is_record(&self, step: u64, steps: u64) -> bool {
        step == steps || step.is_multiple_of(self.every)
    }

    /// Whether a spectrum is taken at `step` of a training of `steps` steps.
    pub fn is_spectrum(&self, step: u64, steps: u64) -> bool {
        self.spectrum.as_ref().is_some_and(|s| step == steps || step.is_multiple_of(s.every.max(1)))
    }

    /// Whether the record at `step` keeps a frame: the first, the last, and evenly spaced ones between them.
    pub fn is_frame(&self, step: u64, steps: u64) -> bool {
        let records = steps.div_ceil(self.every);
        let stride = records.div_ceil(self.frames.max(2) as u64 - 1).max(1);
        self.frames > 0
            && self.is_record(step, steps)
            && (step == steps || (step / self.every).is_multiple_of(stride))
    }
}
