//! One program at a time in a run folder.

use super::error::RunError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// A claim to a folder that ends with the program, however it ends.
pub struct Lock(
    #[expect(dead_code, reason = "the system lets go of the lock where the file is closed")] File,
);

impl Lock {
    /// Claims a folder; none where it is missing or the file system has no locks.
    pub fn claim(folder: &Path) -> Result<Option<Self>, RunError> {
        let Ok(handle) = File::open(folder) else { return Ok(None) };
        match handle.try_lock() {
            Ok(()) => Ok(Some(Lock(handle))),
            Err(TryLockError::Error(_)) => Ok(None),
            Err(TryLockError::WouldBlock) => Err(RunError::Refused(format!(
                "another run is at work in {}; wait for its end, or choose another folder with --out",
                folder.display()
            ))),
        }
    }
}
