//! `run.json`: what a run was, on which machine, and how it ended.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The contents of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of this file's form.
    pub format: u32,
    /// Name and version of the program.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// "running" while it runs, then how it ended.
    pub status: Status,
    /// Why it ended, as a sentence; empty while it runs.
    pub reason: String,
    /// Last completed step.
    pub step: u64,
    /// For a diverged run: the step that diverged and whose loss or parameters did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Divergence>,
    /// Device of the field's computation.
    pub device: String,
    /// Kernels of the matrix products; results are equal bit for bit only under equal kernels.
    pub kernels: String,
    /// Worker threads.
    pub threads: usize,
    /// Facts about the machine.
    pub host: Host,
    /// Parameters of each player: discriminator, generator.
    pub parameters: [usize; 2],
    /// Start of the run in seconds since 1970.
    pub started_unix_s: u64,
    /// Seconds spent training, records and checkpoints included, over all resumptions.
    pub train_s: f64,
    /// Milliseconds a training step, records and checkpoints excluded; of the last session that trained.
    pub ms_per_step: Quantiles,
    /// Peak resident memory of the process in MiB, over all sessions.
    pub peak_rss_mib: f64,
    /// Settings of the measures, for instance the kernel bandwidth of MMD.
    pub measures: Map<String, Value>,
    /// The last record's measures by column name.
    #[serde(rename = "final")]
    pub last: Map<String, Value>,
    /// What the spectra along the training warned of, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It runs, or was killed while it ran.
    Running,
    /// All steps were done.
    Finished,
    /// A loss or a parameter became NaN, infinite, or larger than the bound.
    Diverged,
    /// It was interrupted and can be resumed.
    Stopped,
}

/// Where a run diverged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The step that could not be completed.
    pub step: u64,
    /// "discriminator" or "generator".
    pub player: String,
    /// What was seen, for instance "loss is NaN".
    pub what: String,
}

/// The machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Operating system and architecture.
    pub system: String,
    /// Processor.
    pub cpu: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
}

/// Quantiles of a timing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// A tenth of the steps were faster.
    pub p10: f64,
    /// Half of the steps were faster.
    pub median: f64,
    /// Nine tenths of the steps were faster.
    pub p90: f64,
}

impl Quantiles {
    /// The quantiles of some times; zero where there are none.
    pub fn of(times: &[f32]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_by(f32::total_cmp);
        let at = |share: f64| {
            let index = (share * sorted.len() as f64) as usize;
            sorted.get(index.min(sorted.len().saturating_sub(1))).map_or(0.0, |t| f64::from(*t))
        };
        Quantiles { p10: at(0.1), median: at(0.5), p90: at(0.9) }
    }
}
