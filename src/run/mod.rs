//! Training as a run.
pub mod folder;
pub mod info;
pub mod judge;
pub mod options;
pub mod progress;
pub mod record;
mod train;

pub use judge::{SeedRun, Verdict, judge};
pub use options::{DeviceChoice, KernelChoice, RunOptions};
pub use progress::{Progress, Silent};
pub use train::{Outcome, RunError, train};
