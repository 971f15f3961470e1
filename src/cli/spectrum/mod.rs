//! `spectrum`: the Jacobian's eigenvalues and the rule's multipliers at a point of a run, or of networks that were
//! trained elsewhere.

mod how;
mod more;
mod near;
pub mod pictures;
mod words;

use super::check::Overrides;
use super::exit::{DONE, Ending, Failure, note, say};
use super::pictures::folder;
use super::place::Where;
use super::stop::{self, Guard};
use super::working::Working;
use ganscope::inspect::{Vary, foreign};
use ganscope::run::folder::{Folder, json, write_whole};
use ganscope::run::{Playable, SpectrumFiles, Subject, read_batch, read_spectrum, write_spectrum};
use ganscope::spectrum::{Mode, Spectrum};
use how::How;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  ganscope spectrum runs/dirac-r1
  ganscope spectrum runs/ring8-regularized --step 25000 --batches 8
  ganscope spectrum runs/ring8-regularized --step all --json -
  ganscope spectrum --weights model.safetensors --scenario mine.toml --batch xz.safetensors --out spectra";

/// Take the spectrum of a run at a step: eigenvalues of the Jacobian, multipliers of the rule, verdicts.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "RUN", required_unless_present = "weights", conflicts_with = "weights")]
    run: Option<PathBuf>,
    /// Steps with a checkpoint, or `all`; may be repeated [default: the last].
    #[arg(long = "step", value_name = "N|all", conflicts_with = "weights")]
    steps: Vec<String>,
    #[command(flatten)]
    at: Where,
    /// Vary one value of the scenario at the point: KEY=FROM..TO:COUNT, with :log behind it for equal ratios, or
    /// KEY=A,B,C; crossings are located.
    #[arg(long, value_name = "KEY=VALUES", value_parser = Vary::parse, conflicts_with = "weights")]
    vary: Option<Vary>,
    /// Show the field along the line from this step's checkpoint to the point.
    #[arg(long, value_name = "STEP", conflicts_with = "weights")]
    along: Option<u64>,
    /// Also hold the Jacobian to the theory of Nagarajan & Kolter (2017): blocks, and the theorem's conditions.
    #[arg(long)]
    theory: bool,
    /// Also leave the equilibrium along an eigenpair of the rule and follow it: slowest, fastest or growing.
    #[arg(long, value_name = "WHICH", value_parser = near::mode)]
    follow: Option<Mode>,
    #[command(flatten)]
    networks: Networks,
    #[command(flatten)]
    how: How,
    /// The folder for the spectra [default: RUN/spectrum].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace spectra that were taken before.
    #[arg(long)]
    force: bool,
    /// Write the JSON here as well; `-` prints it. With several steps: one object a line.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the spectrum beside one that was taken before, its JSON file.
    #[arg(long, value_name = "JSON", conflicts_with = "no_plots")]
    beside: Option<PathBuf>,
    /// Make no pictures.
    #[arg(long)]
    no_plots: bool,
}

/// Networks that were trained elsewhere.
#[derive(clap::Args)]
struct Networks {
    /// Weights in safetensors, named as PyTorch's Sequential does: generator.0.weight, discriminator.0.weight, ...
    #[arg(long, value_name = "FILE", requires = "scenario")]
    weights: Option<PathBuf>,
    /// The scenario that describes the networks and the losses of --weights.
    #[arg(long, value_name = "FILE|NAME", requires = "weights")]
    scenario: Option<String>,
    /// Take the spectrum on this batch: safetensors with x [rows, data] and z [rows, latent].
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

/// Takes the spectra that are asked for.
pub fn spectrum(args: &Args) -> Ending {
    let guard = stop::at_once();
    super::in_pool(args.how.threads, || match (&args.run, &args.networks.weights) {
        (Some(run), _) => of_run(args, run, &guard),
        (None, Some(weights)) => of_weights(args, weights, &guard),
        (None, None) => Ok(DONE),
    })
}

fn of_run(args: &Args, run: &Path, guard: &Guard) -> Ending {
    let folder = folder(run)?;
    let out = args.out.clone().unwrap_or_else(|| folder.spectra());
    let steps = wanted(&args.steps, &folder)?;
    let mut spectra = Vec::new();
    for step in steps {
        let subject = args.at.subject(Subject::of_run(&folder, step)?)?;
        if let Some(values) = &args.vary {
            more::vary(args, &subject, &folder, values, &out, guard)?;
        } else if let Some(from) = args.along {
            more::along(args, &subject, &folder, from, &out, guard)?;
        } else {
            spectra.push(one(args, &subject, &out, guard)?);
        }
    }
    finish(args, &spectra, &out, guard)
}

fn of_weights(args: &Args, weights: &Path, guard: &Guard) -> Ending {
    let name = args.networks.scenario.as_deref().unwrap_or_default();
    let subject = foreign(args.networks.overrides.load(name)?, weights)?;
    let Some(out) = &args.out else {
        return Err(Failure::input("name a folder for the spectrum with --out DIR"));
    };
    let spectra = [one(args, &subject, out, guard)?];
    finish(args, &spectra, out, guard)
}

/// The steps that are asked for; None is the last.
fn wanted(asked: &[String], folder: &Folder) -> Result<Vec<Option<u64>>, Failure> {
    if asked.is_empty() {
        return Ok(vec![None]);
    }
    let mut steps = Vec::new();
    for text in asked {
        if text == "all" {
            steps.extend(folder.steps_in(&folder.checkpoints())?.into_iter().map(|(step, _)| Some(step)));
        } else {
            let step = text.parse().map_err(|_| {
                Failure::input(format!(
                    "--step {text}: expected the number of a step with a checkpoint, or `all`"
                ))
            })?;
            steps.push(Some(step));
        }
    }
    Ok(steps)
}

fn one(args: &Args, subject: &Subject, out: &Path, guard: &Guard) -> Result<Spectrum, Failure> {
    let files = SpectrumFiles::new(out, subject.step);
    if files.json.exists() && !args.force {
        let text = format!(
            "{} is there already; take it again with --force, or choose another folder with --out",
            files.json.display()
        );
        return Err(Failure::input(text));
    }
    // What can be wrong with the input is found before the work.
    let beside =
        args.beside.as_ref().map(|path| Ok::<_, Failure>((path, read_spectrum(path)?))).transpose()?;
    let mut batches = args.how.batches(subject)?;
    if let Some(path) = &args.networks.batch {
        let Playable::Gan(gan) = &subject.game else {
            return Err(Failure::input("--batch: a game on paper has no batches"));
        };
        batches = vec![read_batch(path, gan, subject.step)?];
    }
    let working = Working::new(&format!("step {}", subject.step));
    let request = args.how.request(subject.loaded.scenario.seed);
    let mut spectrum = subject.spectrum(&batches, &request, &|what| working.tell(what))?;
    drop(working);
    {
        let _writing = guard.writing();
        write_spectrum(subject, &mut spectrum, batches.first(), &files)?;
    }
    if !args.no_plots {
        let mut drawn = pictures::of_spectrum(&spectrum, subject, batches.first())?;
        if let Some((path, before)) = &beside {
            drawn.extend(pictures::beside(path, before, &spectrum));
        }
        let _writing = guard.writing();
        pictures::write(&drawn, out)?;
    }
    let text = words::summary(&spectrum, &files);
    tell(args, &text)?;
    if args.theory {
        near::theory(args, subject, batches.first(), &spectrum, out, guard)?;
    }
    if let Some(mode) = args.follow {
        near::follow(args, subject, batches.first(), mode, out, guard)?;
    }
    Ok(spectrum)
}

/// Prints for people, where the standard output is not wanted for JSON.
fn tell(args: &Args, text: &str) -> Result<(), Failure> {
    match args.json.as_deref() == Some(Path::new("-")) {
        true => {
            note(text.trim_end());
            Ok(())
        }
        false => say(text),
    }
}

fn finish(args: &Args, spectra: &[Spectrum], out: &Path, guard: &Guard) -> Ending {
    if !args.no_plots {
        let _writing = guard.writing();
        pictures::over_steps(spectra, out)?;
    }
    if let Some(path) = args.json.as_ref().filter(|_| !spectra.is_empty()) {
        let text = match spectra {
            [one] => json(one),
            many => many.iter().map(|s| serde_json::to_string(s).unwrap_or_default() + "\n").collect(),
        };
        if path == Path::new("-") {
            say(&text)?;
        } else {
            let _writing = guard.writing();
            write_whole(path, text.as_bytes())?;
        }
    }
    Ok(DONE)
}
