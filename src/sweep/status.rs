//! How a sweep stands, by what lies in its folder; it may be at work meanwhile.

use super::folder::{Manifest, SweepFolder};
use super::plan::goal;
use super::row::{Row, RowStatus, found, share};
use crate::run::folder::FolderError;
use crate::run::{Lock, RunError};

/// A sweep as it lies in its folder.
#[derive(Debug)]
pub struct Standing {
    /// What the sweep is.
    pub manifest: Manifest,
    /// A row for each run.
    pub rows: Vec<Row>,
    /// Whether a program is at work in it.
    pub at_work: bool,
}

impl Standing {
    /// Looks at a folder. A run whose files cannot be read is a row that says so.
    pub fn of(folder: &SweepFolder) -> Result<Self, RunError> {
        if !folder.is_sweep() {
            let text = format!(
                "{}: no sweep (it has no sweep.json); `ganscope sweep` makes one",
                folder.path.display()
            );
            return Err(RunError::Refused(text));
        }
        let manifest = folder.read()?;
        let at_work = matches!(Lock::claim(&folder.path), Err(RunError::Refused(_)));
        let runs = manifest.design.runs().unwrap_or(0);
        let row = |run: usize| {
            let name = manifest.design.run_name(run);
            let row = found(run, &name, folder, &|scenario| goal(&manifest.reached, scenario));
            row.unwrap_or_else(|error: FolderError| Row::bare(run, RowStatus::Failed, error.to_string()))
        };
        let mut rows: Vec<Row> = (0..runs).map(row).collect();
        share(&mut rows);
        Ok(Standing { manifest, rows, at_work })
    }

    /// Number of runs that stand so.
    pub fn count(&self, status: RowStatus) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }
}
