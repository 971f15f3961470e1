//! `plot` and `compare`: pictures and pages of runs that were made.

use super::exit::{Failure, say};
use super::in_pool;
use super::sweep::show;
use ganscope::plot::{self, Files, Picture};
use ganscope::report::{self, Shown};
use ganscope::run::folder::{Folder, RunData, write_whole};
use ganscope::run::{Outcome, modes_of, read_spectra};
use ganscope::sweep::SweepFolder;
use std::path::{Path, PathBuf};

/// Draw the pictures and the report of runs again, without training.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope plot runs/ring8-regularized --width-mm 84")]
pub struct PlotArgs {
    /// Folders of runs, or of sweeps.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Width of the pictures in millimetres, for a column of a paper.
    #[arg(long, value_name = "W", value_parser = width)]
    width_mm: Option<f64>,
    #[command(flatten)]
    pixels: Pixels,
}

/// Set runs side by side: curves, a table, one page.
#[derive(clap::Args)]
#[command(
    after_help = "Example: ganscope compare runs/ring8-regularized runs/ring8-unregularized --out runs/ring8"
)]
pub struct CompareArgs {
    /// Two or more folders of runs, or of sweeps.
    #[arg(required = true, num_args = 1.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The folder for the page and its pictures.
    #[arg(long, value_name = "DIR", default_value = "runs/comparison")]
    out: PathBuf,
    /// For sweeps: show every method at its own best value of this key, under an equal budget; may be repeated.
    #[arg(long, value_name = "KEY")]
    tune: Vec<String>,
    #[command(flatten)]
    pixels: Pixels,
}

/// How large the PNGs are.
#[derive(clap::Args)]
struct Pixels {
    /// Pixels of the PNGs for each of the SVG's 900 across.
    #[arg(long, value_name = "S", default_value_t = 2.0, value_parser = scale)]
    png_scale: f32,
}

fn scale(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(scale) if (0.25..=8.0).contains(&scale) => Ok(scale),
        _ => Err("expected a number from 0.25 to 8".into()),
    }
}

fn width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(mm) if (20.0..=1000.0).contains(&mm) => Ok(mm),
        _ => Err("expected a width from 20 to 1000 millimetres".into()),
    }
}

/// Draws runs again.
pub fn plot(args: &PlotArgs) -> Result<(), Failure> {
    let (sweeps, runs): (Vec<&PathBuf>, Vec<&PathBuf>) = args.runs.iter().partition(|path| is_sweep(path));
    let folders: Vec<Folder> = runs.into_iter().map(|r| folder(r)).collect::<Result<_, _>>()?;
    let files = files(args.width_mm, args.pixels.png_scale);
    for folder in folders {
        draw(&folder, files)?;
        say(&format!("{}\n", folder.report().display()))?;
    }
    for path in sweeps {
        show::again(path, files)?;
        say(&format!("{}\n", SweepFolder::new(path).report().display()))?;
    }
    Ok(())
}

/// Sets runs side by side.
pub fn compare(args: &CompareArgs) -> Result<(), Failure> {
    let sweeps = args.runs.iter().filter(|path| is_sweep(path)).count();
    if sweeps == args.runs.len() {
        let summary = show::compare(&args.runs, &args.tune, &args.out, files(None, args.pixels.png_scale))?;
        return say(&format!("{summary}\nopen {}\n", args.out.join("comparison.html").display()));
    }
    if !args.tune.is_empty() {
        return Err(Failure::input(
            "--tune is for sweeps, which have several settings of a method; name their folders",
        ));
    }
    if args.runs.len() < 2 {
        return Err(Failure::input("one run is no comparison; name two or more"));
    }
    if let Some(sweep) = args.runs.iter().find(|path| is_sweep(path)) {
        let text = format!(
            "{} is a sweep and others are runs; compare sweeps with sweeps, or runs with the runs in {}",
            sweep.display(),
            SweepFolder::new(sweep).runs().display()
        );
        return Err(Failure::input(text));
    }
    let runs: Vec<RunData> =
        args.runs.iter().map(|r| Ok(folder(r)?.load()?)).collect::<Result<_, Failure>>()?;
    draw_comparison(&runs, &args.out, files(None, args.pixels.png_scale))?;
    say(&format!("open {}\n", args.out.join("comparison.html").display()))
}

fn is_sweep(path: &Path) -> bool {
    SweepFolder::new(path).is_sweep()
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

/// Draws the pictures and the report of a run that has ended, no more than two pictures at a time: many would need more
/// memory than the training.
pub fn draw_after(outcome: &Outcome, threads: Option<usize>) -> Result<(), Failure> {
    let threads = threads.unwrap_or_else(ganscope::run::cores).min(2);
    in_pool(Some(threads), || draw(&Folder::new(&outcome.folder), Files::default()))
}

/// Draws the pictures and the report of one run.
pub fn draw(folder: &Folder, files: Files) -> Result<(), Failure> {
    let mut run = folder.load()?;
    plot::center_critic(&mut run);
    let modes = modes_of(&run.scenario);
    let mut pictures = plot::draw_all(&run, modes.as_deref());
    pictures.extend(spectral(folder)?);
    let film = || match plot::animation(&run) {
        Some(gif) => write_whole(&folder.plots().join("training.gif"), &gif),
        None => Ok(()),
    };
    let (written, filmed) = rayon::join(|| plot::write_all(&pictures, &folder.plots(), files), film);
    written?;
    filmed?;
    let page = report::run_page(&run, modes.as_deref(), &shown(pictures));
    Ok(write_whole(&folder.report(), page.as_bytes())?)
}

/// The pictures of a run's spectra: how they changed, and the last one.
fn spectral(folder: &Folder) -> Result<Vec<Picture>, Failure> {
    let spectra = read_spectra(folder)?;
    let last = spectra.last().map(|last| (plot::spectrum_plane(last), plot::multiplier_plane(last)));
    let many = if spectra.len() > 1 { plot::spectrum_over_steps(&spectra) } else { None };
    let last = last.into_iter().flat_map(|(plane, multipliers)| [Some(plane), multipliers]).flatten();
    Ok(many.into_iter().chain(last).collect())
}

/// Draws the comparison of several runs into a folder.
fn draw_comparison(runs: &[RunData], out: &Path, files: Files) -> Result<(), Failure> {
    let labels = report::labels(runs);
    let labelled: Vec<(&str, &RunData)> = labels.iter().map(String::as_str).zip(runs).collect();
    let pictures: Vec<Picture> =
        [plot::samples_labelled(&labelled), plot::compare_curves(&labelled)].into_iter().flatten().collect();
    plot::write_all(&pictures, &out.join("plots"), files)?;
    let table = report::compare_table(runs, &labels);
    write_whole(&out.join("comparison.csv"), table.csv().as_bytes())?;
    let page = report::compare_page(runs, &labels, &shown(pictures));
    write_whole(&out.join("comparison.html"), page.as_bytes())?;
    say(&table.text())
}

fn files(width_mm: Option<f64>, png_scale: f32) -> Files {
    let pdf_width_mm = width_mm.map(|mm| mm as f32).or(Files::default().pdf_width_mm);
    Files { pdf_width_mm, png_scale: Some(png_scale), ..Files::default() }
}

/// Pictures as a page shows them.
pub fn shown(pictures: Vec<Picture>) -> Vec<Shown> {
    let show = |p: Picture| Shown { name: p.name, title: p.title, svg: p.svg, alt: p.alt };
    pictures.into_iter().map(show).collect()
}
