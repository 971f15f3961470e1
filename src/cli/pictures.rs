//! `plot` and `compare`: pictures and pages of runs that were made.

use super::exit::{FAILED, Failure, say};
use ganscope::run::folder::{Folder, RunData};
use std::path::{Path, PathBuf};

/// Draw the pictures and the report of runs again, without training.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope plot runs/ring8-regularized --width-mm 84")]
pub struct PlotArgs {
    /// Run folders.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Width of the pictures in millimetres, for a column of a paper.
    #[arg(long, value_name = "W", value_parser = width)]
    width_mm: Option<f64>,
}

/// Set runs side by side: curves, a table, one page.
#[derive(clap::Args)]
#[command(
    after_help = "Example: ganscope compare runs/ring8-regularized runs/ring8-unregularized --out runs/ring8"
)]
pub struct CompareArgs {
    /// Two or more run folders.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The folder for the page and its pictures.
    #[arg(long, value_name = "DIR", default_value = "runs/comparison")]
    out: PathBuf,
}

fn width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(mm) if (20.0..=1000.0).contains(&mm) => Ok(mm),
        _ => Err("expected a width from 20 to 1000 millimetres".into()),
    }
}

/// Draws runs again.
pub fn plot(args: &PlotArgs) -> Result<(), Failure> {
    let folders: Vec<Folder> = args.runs.iter().map(|r| folder(r)).collect::<Result<_, _>>()?;
    for folder in folders {
        draw(&folder, args.width_mm)?;
        say(&format!("{}\n", folder.report().display()))?;
    }
    Ok(())
}

/// Sets runs side by side.
pub fn compare(args: &CompareArgs) -> Result<(), Failure> {
    let runs: Vec<RunData> =
        args.runs.iter().map(|r| Ok(folder(r)?.load()?)).collect::<Result<_, Failure>>()?;
    draw_comparison(&runs, &args.out)?;
    say(&format!("{}\n", args.out.display()))
}

/// A folder in which a run lies.
pub fn folder(path: &Path) -> Result<Folder, Failure> {
    let folder = Folder::new(path);
    match folder.info().is_file() {
        true => Ok(folder),
        false => {
            let message =
                format!("{}: no run folder (it has no run.json); `ganscope run` makes one", path.display());
            Err(Failure::input(message))
        }
    }
}

/// Draws the pictures and the report of one run.
pub fn draw(folder: &Folder, _width_mm: Option<f64>) -> Result<(), Failure> {
    let _run = folder.load()?;
    Err(Failure { code: FAILED, message: "pictures: not built yet".into() })
}

/// Draws the comparison of several runs into a folder.
fn draw_comparison(_runs: &[RunData], _out: &Path) -> Result<(), Failure> {
    Err(Failure { code: FAILED, message: "comparisons: not built yet".into() })
}
