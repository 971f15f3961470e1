//! What keeps a run from being made.

use super::folder::FolderError;

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
