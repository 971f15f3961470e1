//! What became of a run: a row of the sweep's table.

use super::folder::SweepFolder;
use crate::run::folder::{Folder, FolderError, read_text};
use crate::run::info::{RunInfo, Status};
use crate::run::judge;
use crate::run::record::Table;
use crate::scenario::{Expect, Scenario};
use std::sync::Arc;

/// How a run of a sweep stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// It was not begun.
    Waiting,
    /// It was begun and has not ended.
    Unfinished,
    /// All steps were done.
    Finished,
    /// It diverged.
    Diverged,
    /// It could not be made.
    Failed,
}

impl RowStatus {
    /// The status as a word.
    pub fn word(self) -> &'static str {
        match self {
            RowStatus::Waiting => "waiting",
            RowStatus::Unfinished => "unfinished",
            RowStatus::Finished => "finished",
            RowStatus::Diverged => "diverged",
            RowStatus::Failed => "failed",
        }
    }

    /// Whether the run came to its own end, so that nothing of it is missing.
    pub fn ended(self) -> bool {
        matches!(self, RowStatus::Finished | RowStatus::Diverged)
    }
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number of the run.
    pub run: usize,
    /// How it stands.
    pub status: RowStatus,
    /// Whether it reached the goal; None where there is no goal or no end.
    pub reached: Option<bool>,
    /// Names of the measures, shared by the rows that have the same.
    pub names: Arc<[String]>,
    /// Their values at the last record, NaN where there is none.
    pub values: Vec<f64>,
    /// Last completed step.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// How it ended, as a sentence.
    pub reason: String,
}

impl Row {
    /// A run of which nothing is known but how it stands.
    pub fn bare(run: usize, status: RowStatus, reason: impl Into<String>) -> Self {
        let names: Arc<[String]> = Arc::new([]);
        Row {
            run,
            status,
            reached: None,
            names,
            values: Vec::new(),
            steps: 0,
            seconds: 0.0,
            reason: reason.into(),
        }
    }

    /// A measure at the last record; NaN where there is none.
    pub fn value(&self, name: &str) -> f64 {
        let place = self.names.iter().position(|n| n == name);
        place.and_then(|k| self.values.get(k).copied()).unwrap_or(f64::NAN)
    }

    /// The row of a run that was trained, from its folder; `goal` is what it had to reach.
    pub fn of(run: usize, folder: &Folder, goal: Option<&Expect>) -> Result<Self, FolderError> {
        let info = folder.read_info()?;
        let table = folder.read_table()?;
        let damaged = |what: String| {
            Err(FolderError::Damaged { path: folder.metrics_csv(), what, remedy: "resume the sweep" })
        };
        match table.last("step") {
            // The rows behind the last checkpoint of a run that goes on are made again.
            _ if info.status != Status::Finished => {}
            Some(step) if step as u64 == info.step => {}
            Some(step) => {
                return damaged(format!("its last row is of step {step}, the run's of {}", info.step));
            }
            None => return damaged("it has no row".into()),
        }
        Ok(Row::from(run, &info, &table, goal))
    }

    fn from(run: usize, info: &RunInfo, table: &Table, goal: Option<&Expect>) -> Self {
        let status = match info.status {
            Status::Finished => RowStatus::Finished,
            Status::Diverged => RowStatus::Diverged,
            Status::Running | Status::Stopped => RowStatus::Unfinished,
        };
        let reached = goal.filter(|_| status.ended());
        let measures = info.last.iter().filter(|(name, _)| *name != "step");
        let (names, values): (Vec<String>, Vec<f64>) =
            measures.map(|(name, value)| (name.clone(), value.as_f64().unwrap_or(f64::NAN))).unzip();
        Row {
            run,
            status,
            reached: reached.map(|goal| judge(goal, &[(info.seed, info.status, table)]).passed),
            names: names.into(),
            values,
            steps: info.step,
            seconds: info.train_s,
            reason: info.reason.clone(),
        }
    }
}

/// How a run stands by what lies in a sweep's folder. A folder that cannot be read is an error that says why.
pub fn found(run: usize, name: &str, folder: &SweepFolder, goal: &Goal) -> Result<Row, FolderError> {
    let failure = folder.failure(name);
    if failure.is_file() {
        return Ok(Row::bare(run, RowStatus::Failed, read_text(&failure)?.trim()));
    }
    let of_run = folder.run(name);
    if !of_run.scenario().is_file() && !of_run.info().is_file() {
        return Ok(Row::bare(run, RowStatus::Waiting, ""));
    }
    match of_run.read_info() {
        Ok(info) if matches!(info.status, Status::Finished | Status::Diverged) => {
            let text = read_text(&of_run.scenario())?;
            let scenario: Scenario = toml::from_str(&text).map_err(|e| FolderError::Damaged {
                path: of_run.scenario(),
                what: e.message().to_string(),
                remedy: "resume the sweep",
            })?;
            Row::of(run, &of_run, goal(&scenario).as_ref())
        }
        Ok(info) => {
            let recorded = of_run.read_table().ok().and_then(|table| table.last("step")).unwrap_or(0.0);
            let steps = info.step.max(recorded as u64);
            let row = Row::bare(run, RowStatus::Unfinished, info.reason);
            Ok(Row { steps, seconds: info.train_s, ..row })
        }
        // Killed before it wrote what it is.
        Err(FolderError::Read { .. }) => Ok(Row::bare(run, RowStatus::Unfinished, "")),
        Err(error) => Err(error),
    }
}

/// What the runs of a scenario have to reach.
pub type Goal<'a> = dyn Fn(&Scenario) -> Option<Expect> + Sync + 'a;

/// Makes rows with the same measures share their names.
pub fn share(rows: &mut [Row]) {
    let mut known: Vec<Arc<[String]>> = Vec::new();
    for row in rows {
        match known.iter().find(|names| **names == row.names) {
            Some(names) => row.names = names.clone(),
            None => known.push(row.names.clone()),
        }
    }
}
