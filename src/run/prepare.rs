//! The run folder before training: a fresh one, one to go on with, or one to leave alone.

use super::checkpoint::{self, Carried, Layout, Origin};
use super::error::RunError;
use super::folder::{Folder, FolderError, WRITING, read_text, write_whole};
use super::info::{Divergence, RunInfo};
use super::options::RunOptions;
use super::record::Table;
use crate::scalar::Scalar;
use crate::scenario::{Loaded, Scenario};
use std::path::Path;

/// Whether training starts or goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Preparation {
    /// The folder is empty but for the scenario.
    Fresh,
    /// The folder holds a run of the same scenario; what was known of it, if it came that far.
    Resumed(Option<Box<RunInfo>>),
}

/// Looks at the folder and makes it ready, or refuses; what is refused is left as it was.
pub fn prepare(loaded: &Loaded, options: &RunOptions) -> Result<Preparation, RunError> {
    let folder = Folder::new(&options.out);
    let shown = options.out.display();
    if options.out.exists() && !options.out.is_dir() {
        return Err(refused(format!("{shown} is a file; choose another folder with --out")));
    }
    let has_run = folder.scenario().exists() || folder.info().exists();
    if options.resume && has_run {
        return resume(loaded, &folder);
    }
    if has_run && !options.force {
        return Err(refused(format!(
            "{shown} holds a run already; go on with it by --resume, replace it by --force, or choose another \
             folder with --out"
        )));
    }
    if !has_run && !holds_nothing(&options.out)? {
        return Err(refused(format!(
            "{shown} holds files that are no run of ganscope; choose another folder with --out"
        )));
    }
    let text = loaded.to_toml().map_err(|e| RunError::Failed(e.to_string()))?;
    clear(&folder)?;
    write_whole(&folder.scenario(), text.as_bytes())?;
    Ok(Preparation::Fresh)
}

fn resume(loaded: &Loaded, folder: &Folder) -> Result<Preparation, RunError> {
    let shown = folder.path.display();
    let theirs = read_text(&folder.scenario()).map_err(|e| refused(format!("{e}; {REMAKE}")))?;
    let theirs: Scenario = toml::from_str(&theirs).map_err(|e| {
        damaged(&folder.scenario(), format!("it is no scenario of this program ({})", e.message()))
    })?;
    if theirs != loaded.scenario {
        let key = first_difference(&loaded.scenario, &theirs);
        return Err(refused(format!(
            "{shown} holds a run of another scenario{key}; resume it with its own \
             (`ganscope run {shown}/scenario.toml --out {shown} --resume`), or choose another folder with --out"
        )));
    }
    // Where it cannot be read the run goes on without the times it held.
    let info = folder.read_info().ok().map(Box::new);
    if let Some(Divergence { step, player, .. }) = info.as_ref().and_then(|info| info.divergence.as_ref()) {
        return Err(refused(format!(
            "the run in {shown} has no way on: the {player} diverged in step {step}; make it again with --force"
        )));
    }
    remove_leftovers(&folder.path)?;
    for inner in [folder.checkpoints(), folder.frames()] {
        remove_leftovers(&inner)?;
    }
    Ok(Preparation::Resumed(info))
}

/// The first key in which two scenarios differ, as text to put behind a sentence.
pub fn first_difference(a: &Scenario, b: &Scenario) -> String {
    let tree = |s: &Scenario| toml::Value::try_from(s).ok();
    let (Some(a), Some(b)) = (tree(a), tree(b)) else { return String::new() };
    difference(&a, &b, "").map_or_else(String::new, |key| format!(" (they differ in `{key}`)"))
}

fn difference(a: &toml::Value, b: &toml::Value, path: &str) -> Option<String> {
    match (a, b) {
        (toml::Value::Table(a), toml::Value::Table(b)) => {
            let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(*k)));
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => {
                        if let Some(found) = difference(a, b, &path) {
                            return Some(found);
                        }
                    }
                    _ => return Some(path),
                }
            }
            None
        }
        _ if a == b => None,
        _ => Some(path.to_string()),
    }
}

/// Whether a folder is missing or holds at most what a run that was killed at its very start left behind.
pub fn holds_nothing(folder: &Path) -> Result<bool, RunError> {
    match std::fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().all(|entry| is_leftover(&entry.path()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(e) => {
            Err(refused(format!("cannot use {}: {e}; choose another folder with --out", folder.display())))
        }
    }
}

/// Removes what a run of ganscope makes, and nothing else. The scenario stays until the new one is renamed over it, so
/// that the folder never stops being that of a run.
fn clear(folder: &Folder) -> Result<(), FolderError> {
    let files = [folder.metrics_csv(), folder.metrics_parquet(), folder.report(), folder.info()];
    for dir in [folder.checkpoints(), folder.frames(), folder.plots(), folder.spectra(), folder.basin()] {
        ignore_missing(&dir, std::fs::remove_dir_all(&dir))?;
    }
    for file in files {
        ignore_missing(&file, std::fs::remove_file(&file))?;
    }
    remove_leftovers(&folder.path)
}

/// Removes half-written files that a killed run left behind.
pub fn remove_leftovers(folder: &Path) -> Result<(), FolderError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if is_leftover(&path) {
            ignore_missing(&path, std::fs::remove_file(&path))?;
        }
    }
    Ok(())
}

/// Whether a file was being written when its run was killed.
fn is_leftover(path: &Path) -> bool {
    path.file_name().and_then(|n| n.to_str()).is_some_and(|name| name.starts_with(WRITING))
}

fn ignore_missing(path: &Path, done: std::io::Result<()>) -> Result<(), FolderError> {
    match done {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(FolderError::Write { path: path.into(), source })
        }
        _ => Ok(()),
    }
}

/// The state to go on from: that of the last checkpoint, or `blank` where there is none. Rows and frames behind it
/// are removed, to be made again; first it is made sure that those before it are there.
pub fn restore<T: Scalar>(
    folder: &Folder,
    layouts: &[Layout; 2],
    blank: Carried<T>,
    scenario: &Scenario,
    columns: &[String],
) -> Result<(Carried<T>, Option<Origin>), RunError> {
    let checkpoints = folder.steps_in(&folder.checkpoints())?;
    let (carried, origin) = match checkpoints.last() {
        None => (blank, None),
        Some((step, path)) => {
            let (carried, origin) = checkpoint::read(path, layouts, &blank)?;
            if origin.seed != scenario.seed || carried.step != *step {
                return Err(refused(format!(
                    "{} belongs to another run (seed {}, step {}); delete it to resume from the checkpoint before it",
                    path.display(),
                    origin.seed,
                    carried.step
                )));
            }
            (carried, Some(origin))
        }
    };
    // Before its first checkpoint a run starts over, the record of step 0 included.
    let kept = origin.as_ref().map(|_| carried.step);
    let csv = folder.metrics_csv();
    match kept {
        Some(kept) => write_whole(&csv, rows_up_to(kept, folder, scenario, columns)?.as_bytes())?,
        None => ignore_missing(&csv, std::fs::remove_file(&csv))?,
    }
    for (step, path) in folder.steps_in(&folder.frames())? {
        if kept.is_none_or(|kept| step > kept) {
            ignore_missing(&path, std::fs::remove_file(&path))?;
        }
    }
    Ok((carried, origin))
}

/// The rows of the metrics table up to a step, byte for byte. They must be those of a run that came so far.
fn rows_up_to(
    kept: u64,
    folder: &Folder,
    scenario: &Scenario,
    columns: &[String],
) -> Result<String, RunError> {
    let path = folder.metrics_csv();
    let text = read_text(&path).map_err(|e| refused(format!("{e}; {REMAKE}")))?;
    let behind = |line: &str| {
        let step = line.split(',').next().and_then(|cell| cell.parse::<u64>().ok());
        !line.ends_with('\n') || step.is_some_and(|step| step > kept)
    };
    let text: String = text.split_inclusive('\n').filter(|line| !behind(line)).collect();
    let table = Table::parse(&text).map_err(|what| damaged(&path, what))?;
    if table.names != columns {
        Err(damaged(&path, "its columns are not those of this scenario".into()))?;
    }
    let (record, steps) = (&scenario.record, scenario.train.steps);
    let due: Vec<u64> = (0..=kept).filter(|step| record.is_record(*step, steps)).collect();
    let there: Vec<u64> = table.rows.iter().map(|row| row[0] as u64).collect();
    let wrong = (0..due.len()).find(|&row| there.get(row) != Some(&due[row]));
    if let Some(row) = wrong {
        Err(damaged(&path, format!("row {} is not that of step {}", row + 1, due[row])))?;
    }
    // Where a run diverges, one more row is made.
    if there.len() > due.len() + 1 {
        Err(damaged(&path, "it has more rows than the run has made".into()))?;
    }
    Ok(text)
}

const REMAKE: &str = "restore it, or make the run again with --force";

fn damaged(path: &Path, what: String) -> FolderError {
    FolderError::Damaged { path: path.into(), what, remedy: REMAKE }
}

fn refused(text: String) -> RunError {
    RunError::Refused(text)
}
