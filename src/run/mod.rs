//! Training as a run.
mod build;
mod checkpoint;
mod error;
pub mod folder;
mod host;
pub mod info;
pub mod judge;
mod lock;
pub mod options;
mod parquet;
mod prepare;
pub mod progress;
pub mod record;
mod recorder;
mod table_file;
mod train;
mod undo;

pub use build::{columns_of, gan_of, modes_of};
pub use checkpoint::{Carried, Origin};
pub use error::RunError;
pub use host::{available_memory_bytes, cores, peak_rss_mib};
pub use judge::{SeedRun, Verdict, judge, unknown_measures};
pub use options::{DeviceChoice, KernelChoice, RunOptions};
pub use progress::{Progress, Silent};
pub use train::{Outcome, train};
