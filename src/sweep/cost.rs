//! What a sweep will need: time and disk, to within a factor of two.

use crate::scenario::{Game, Loaded, Precision};

/// What a sweep will need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Seconds of one core with AVX-512 for all runs together.
    pub seconds: f64,
    /// Space on the disk in MiB.
    pub disk_mib: f64,
    /// Memory of one run in MiB, the largest that was looked at.
    pub memory_mib: f64,
}

/// Seconds that a run needs besides its training: its folder, its files.
const START_S: f64 = 0.01;
/// Bytes of a run folder besides its table and its checkpoints.
const FOLDER_BYTES: f64 = 30e3;
/// Bytes of a number in the table, as text and in Parquet.
const NUMBER_BYTES: f64 = 19.0 + 8.0;
/// Columns of a table, about.
const COLUMNS: [f64; 2] = [60.0, 20.0];

/// The cost of so many runs that are like some of them on average.
pub fn cost(some: &[Loaded], runs: f64) -> Cost {
    let mean = |of: &dyn Fn(&Loaded) -> f64| some.iter().map(of).sum::<f64>() / some.len().max(1) as f64;
    Cost {
        seconds: runs * mean(&|loaded| loaded.estimate.seconds + START_S),
        disk_mib: runs * mean(&disk_bytes) / f64::from(1 << 20),
        memory_mib: some.iter().map(|loaded| loaded.estimate.memory_mib).fold(0.0, f64::max),
    }
}

fn disk_bytes(loaded: &Loaded) -> f64 {
    let scenario = &loaded.scenario;
    let (record, steps) = (&scenario.record, scenario.train.steps);
    let gan = matches!(scenario.game, Game::Gan(_));
    let rows = (steps / record.every.max(1)) as f64 + 2.0;
    let real = if scenario.train.precision == Precision::F64 { 8.0 } else { 4.0 };
    // The parameters and what an optimiser such as Adam keeps for each.
    let parameters = loaded.estimate.parameters.iter().sum::<usize>() as f64;
    let checkpoints = steps.div_ceil(record.checkpoint_every(steps)) as f64;
    let frames = if gan { (record.frames as f64).min(rows) * (8.0 * record.keep as f64 + 20e3) } else { 0.0 };
    FOLDER_BYTES
        + rows * NUMBER_BYTES * COLUMNS[usize::from(!gan)]
        + checkpoints * 3.0 * real * parameters
        + frames
}
