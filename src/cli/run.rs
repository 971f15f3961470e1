//! `run`: trains a scenario into a run folder.

use super::check::Overrides;
use super::exit::{DIVERGED, DONE, Ending, Failure, INTERRUPTED, note, say};
use super::{pictures, progress, shelf, stop};
use ganscope::run::folder::{Folder, FolderError};
use ganscope::run::info::Status;
use ganscope::run::{DeviceChoice, KernelChoice, Outcome, RunError, RunOptions, train};
use ganscope::scenario::{Ending as Expected, Loaded};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

const EXAMPLES: &str = "\
Examples:
  ganscope run quickstart
  ganscope run ring8-regularized --set game.regularizer.0.eta=0.1 --out runs/eta-0.1
  ganscope run mine.toml --seed 7 --threads 1
  ganscope run mine.toml --resume";

/// Train a scenario into a run folder. Without a name: list the shipped scenarios.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of a shipped scenario, or a scenario file.
    #[arg(value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// The run folder [default: runs/<name of the scenario>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    engine: Engine,
    /// Go on with the run that is in the folder.
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Replace the run that is in the folder.
    #[arg(long)]
    force: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Make no pictures and no report; `ganscope plot` makes them later.
    #[arg(long)]
    no_plots: bool,
}

/// On what a run computes.
#[derive(clap::Args)]
pub struct Engine {
    /// Worker threads; the results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = super::threads)]
    pub threads: Option<usize>,
    /// Where to compute: cpu, cuda, cuda:NUMBER or metal.
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// Native kernels are fast; portable ones give the same bytes on every machine.
    #[arg(long, default_value = "native", value_parser = kernels)]
    pub kernels: KernelChoice,
}

impl Engine {
    /// Options of a fresh run into a folder.
    pub fn options(&self, out: PathBuf) -> RunOptions {
        RunOptions {
            threads: self.threads,
            device: self.device,
            kernels: self.kernels,
            ..RunOptions::new(out)
        }
    }
}

/// Parses a choice of kernels.
pub fn kernels(text: &str) -> Result<KernelChoice, String> {
    match text {
        "native" => Ok(KernelChoice::Native),
        "portable" => Ok(KernelChoice::Portable),
        _ => Err("expected native or portable".into()),
    }
}

/// Trains, draws, and says how it went.
pub fn run(args: &Args) -> Ending {
    let Some(name) = &args.scenario else {
        return say(&shelf::listing()).map(|()| DONE);
    };
    let loaded = args.overrides.load(name)?;
    if loaded.sweep.is_some() && !args.quiet {
        note(
            "the file has a [sweep] table: this is one run of its scenario; `ganscope sweep` makes them all",
        );
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(&loaded.scenario.name));
    let options = RunOptions { resume: args.resume, force: args.force, ..args.engine.options(out) };
    let mut watcher = progress::watcher(args.quiet);
    let stop = stop::on_interrupt();
    let outcome = train(&loaded, &options, watcher.as_mut(), &stop);
    watcher.finish();
    let outcome = outcome.map_err(|error| failure(error, &options))?;
    // The run is safe on the disk: from here on Ctrl-C has nothing to wait for.
    stop.store(true, Ordering::SeqCst);
    if !args.no_plots && outcome.status != Status::Stopped {
        pictures::draw_after(&outcome, args.engine.threads)?;
    }
    if !args.quiet {
        say(&summary(&outcome, !args.no_plots))?;
    }
    ending(&loaded, &outcome, args.quiet)
}

/// A run that could not go on, with the way to take it up again.
fn failure(error: RunError, options: &RunOptions) -> Failure {
    let begun = matches!(error, RunError::Folder(FolderError::Write { .. }))
        && Folder::new(&options.out).scenario().exists();
    let mut failure = Failure::from(error);
    if begun {
        failure.message += "; what is done is kept: go on with the same command and --resume";
    }
    failure
}

fn summary(outcome: &Outcome, drawn: bool) -> String {
    let folder = outcome.folder.display();
    let mut text = format!("{folder}: {}\n", outcome.reason);
    match outcome.status {
        Status::Stopped => text += "  go on with the same command and --resume\n",
        _ if drawn => text += &format!("  open {}\n", Folder::new(&outcome.folder).report().display()),
        _ => text += &format!("  draw it with: ganscope plot {folder}\n"),
    }
    text
}

/// The exit code of a run. Divergence is a result; whether it is a good one, the scenario says.
fn ending(loaded: &Loaded, outcome: &Outcome, quiet: bool) -> Ending {
    let expected = loaded.scenario.expect.as_ref().map(|e| e.status);
    match outcome.status {
        Status::Finished => Ok(DONE),
        Status::Diverged if expected == Some(Expected::Diverged) => Ok(DONE),
        Status::Diverged => {
            // Without `quiet` the summary has said it.
            if quiet {
                note(&outcome.reason);
            }
            Err(Failure::told(DIVERGED))
        }
        Status::Stopped | Status::Running => Err(Failure::told(INTERRUPTED)),
    }
}
