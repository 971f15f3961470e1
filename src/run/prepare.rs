//! The run folder before training: a fresh one, one to go on with, or one to leave alone.

use super::checkpoint::{self, Carried, Origin};
use super::error::RunError;
use super::folder::{Folder, FolderError, read_text, write_whole};
use super::info::{RunInfo, Status};
use super::options::RunOptions;
use crate::nn::Mlp;
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
    let empty =
        !options.out.exists() || std::fs::read_dir(&options.out).is_ok_and(|mut d| d.next().is_none());
    if options.resume && has_run {
        return resume(loaded, &folder);
    }
    if has_run && !options.force {
        return Err(refused(format!(
            "{shown} holds a run already; go on with it by --resume, replace it by --force, or choose another \
             folder with --out"
        )));
    }
    if !has_run && !empty {
        return Err(refused(format!(
            "{shown} holds files that are no run of ganscope; choose another folder with --out"
        )));
    }
    if has_run {
        clear(&folder)?;
    }
    let text = loaded.to_toml().map_err(|e| RunError::Failed(e.to_string()))?;
    write_whole(&folder.scenario(), text.as_bytes())?;
    Ok(Preparation::Fresh)
}

fn resume(loaded: &Loaded, folder: &Folder) -> Result<Preparation, RunError> {
    let shown = folder.path.display();
    let text = read_text(&folder.scenario())?;
    let other: Option<Scenario> = toml::from_str(&text).ok();
    if other.as_ref() != Some(&loaded.scenario) {
        let key = other.map_or_else(String::new, |other| first_difference(&loaded.scenario, &other));
        return Err(refused(format!(
            "{shown} holds a run of another scenario{key}; resume it with its own \
             (`ganscope run {shown}/scenario.toml --out {shown} --resume`), or choose another folder with --out"
        )));
    }
    let info = if folder.info().exists() { Some(Box::new(folder.read_info()?)) } else { None };
    if let Some(info) = &info
        && info.status == Status::Diverged
    {
        return Err(refused(format!(
            "the run in {shown} diverged at step {} and has no way on; make it again with --force",
            info.step
        )));
    }
    remove_leftovers(&folder.path)?;
    for inner in [folder.checkpoints(), folder.frames()] {
        remove_leftovers(&inner)?;
    }
    Ok(Preparation::Resumed(info))
}

/// The first key in which two scenarios differ, as text to put behind a sentence.
fn first_difference(a: &Scenario, b: &Scenario) -> String {
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

/// Removes what a run of ganscope makes, and nothing else.
fn clear(folder: &Folder) -> Result<(), FolderError> {
    let files =
        [folder.metrics_csv(), folder.metrics_parquet(), folder.report(), folder.info(), folder.scenario()];
    for dir in [folder.checkpoints(), folder.frames(), folder.plots()] {
        ignore_missing(&dir, std::fs::remove_dir_all(&dir))?;
    }
    for file in files {
        ignore_missing(&file, std::fs::remove_file(&file))?;
    }
    remove_leftovers(&folder.path)
}

/// Removes half-written files that a killed run left behind.
fn remove_leftovers(folder: &Path) -> Result<(), FolderError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if name.starts_with(".writing-") {
            ignore_missing(&path, std::fs::remove_file(&path))?;
        }
    }
    Ok(())
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
/// are removed, to be made again.
pub fn restore<T: Scalar>(
    folder: &Folder,
    mlps: [&Mlp; 2],
    blank: Carried<T>,
    seed: u64,
) -> Result<(Carried<T>, Option<Origin>), RunError> {
    let checkpoints = folder.steps_in(&folder.checkpoints())?;
    let (carried, origin) = match checkpoints.last() {
        None => (blank, None),
        Some((step, path)) => {
            let (carried, origin) = checkpoint::read(path, mlps, &blank)?;
            if origin.seed != seed || carried.step != *step {
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
    cut_rows(folder, kept)?;
    for (step, path) in folder.steps_in(&folder.frames())? {
        if kept.is_none_or(|kept| step > kept) {
            ignore_missing(&path, std::fs::remove_file(&path))?;
        }
    }
    Ok((carried, origin))
}

/// Keeps the rows up to a step, byte for byte; without a step the table is removed.
fn cut_rows(folder: &Folder, kept: Option<u64>) -> Result<(), RunError> {
    let path = folder.metrics_csv();
    let Some(kept) = kept else { return Ok(ignore_missing(&path, std::fs::remove_file(&path))?) };
    let text = read_text(&path)?;
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let step = line.split(',').next().and_then(|cell| cell.parse::<u64>().ok());
        if line.ends_with('\n') && (index == 0 || step.is_some_and(|step| step <= kept)) {
            out.push_str(line);
        }
    }
    Ok(write_whole(&path, out.as_bytes())?)
}

fn refused(text: String) -> RunError {
    RunError::Refused(text)
}
