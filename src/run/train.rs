//! Training a scenario into a run folder.

use super::folder::FolderError;
use super::info::Status;
use super::options::RunOptions;
use super::progress::Progress;
use crate::scenario::Loaded;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// How a run ended and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The run folder.
    pub folder: PathBuf,
    /// How it ended.
    pub status: Status,
    /// Why, as a sentence.
    pub reason: String,
    /// Last completed step.
    pub step: u64,
}

/// What keeps a run from being made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The user asked for something that cannot be; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The run folder cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// Trains a scenario. `stop` is looked at between steps; once set, a checkpoint is written and the run is left
/// resumable.
pub fn train(
    _loaded: &Loaded,
    _options: &RunOptions,
    _progress: &mut dyn Progress,
    _stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    Err(RunError::Failed("not built yet".into()))
}
