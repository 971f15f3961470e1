//! `spectrum`: the Jacobian's eigenvalues and the rule's multipliers at a point of a run, or of networks that were
//! trained elsewhere.

use super::check::Overrides;
use super::exit::{DONE, Ending, Failure, note, say};
use super::pictures;
use super::stop::{self, Guard};
use super::working::Working;
use ganscope::game::GanBatch;
use ganscope::inspect::{SpectrumFiles, Subject, foreign, json, read_batch, write_spectrum};
use ganscope::run::folder::{Folder, write_whole};
use ganscope::run::{Playable, available_memory_bytes};
use ganscope::spectrum::{Extreme, Interval, Method, Request, Search, Spectrum};
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

/// How a spectrum is taken.
#[derive(clap::Args)]
pub struct How {
    /// dense: all eigenvalues; krylov: the outermost, by products with vectors [default: dense up to 4000 parameters].
    #[arg(long, value_parser = method)]
    method: Option<Method>,
    /// Eigenvalues of each extreme, where the method is krylov.
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    count: u32,
    /// Which extremes: magnitude, real, imaginary.
    #[arg(long, value_delimiter = ',', default_values = ["magnitude", "real"], value_parser = extreme)]
    extremes: Vec<Extreme>,
    /// Relative residual at which an eigenvalue counts as converged (krylov).
    #[arg(long, value_name = "T", default_value_t = 1e-8, value_parser = small)]
    tolerance: f64,
    /// Restarts of the iteration before it gives up (krylov).
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    restarts: u32,
    /// Skip condition numbers, which take the search a second time (krylov).
    #[arg(long)]
    no_conditions: bool,
    /// Eigenvalues up to this share of the largest magnitude are flat directions.
    #[arg(long, value_name = "T", default_value_t = 1e-7, value_parser = small)]
    flat: f64,
    /// Batches over which the figures' spread is taken; the first one is kept.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=1000))]
    batches: u64,
    /// Samples in a batch [default: as in training].
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_size: Option<u32>,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N", value_parser = super::threads)]
    pub threads: Option<usize>,
}

fn method(text: &str) -> Result<Method, String> {
    match text {
        "dense" => Ok(Method::Dense),
        "krylov" => Ok(Method::Krylov),
        _ => Err("expected dense or krylov".into()),
    }
}

fn extreme(text: &str) -> Result<Extreme, String> {
    match text {
        "magnitude" => Ok(Extreme::Magnitude),
        "real" => Ok(Extreme::Real),
        "imaginary" => Ok(Extreme::Imaginary),
        _ => Err("expected magnitude, real or imaginary".into()),
    }
}

fn small(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x < 0.1 => Ok(x),
        _ => Err("expected a number above 0 and below 0.1".into()),
    }
}

impl How {
    /// The request, given the seed of the run.
    pub fn request(&self, seed: u64) -> Request {
        Request {
            method: self.method,
            search: Search {
                extreme: Extreme::Magnitude,
                count: self.count as usize,
                tolerance: self.tolerance,
                restarts: self.restarts as usize,
                conditions: !self.no_conditions,
                seed,
            },
            extremes: self.extremes.clone(),
            flat: self.flat,
            memory_bytes: available_memory_bytes(),
            ..Request::default()
        }
    }

    /// The batches of a subject, each of whole packs.
    pub fn batches(&self, subject: &Subject) -> Result<Vec<GanBatch<f64>>, Failure> {
        let rows = self.batch_size.map(|rows| rows as usize);
        if let (Playable::Gan(gan), Some(rows)) = (&subject.game, rows)
            && !rows.is_multiple_of(gan.pack)
        {
            let text = format!("--batch-size {rows}: the discriminator judges packs of {}", gan.pack);
            return Err(Failure::input(text));
        }
        Ok(subject.batches(self.batches, rows))
    }
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
    let folder = pictures::folder(run)?;
    let out = args.out.clone().unwrap_or_else(|| folder.spectra());
    let steps = wanted(&args.steps, &folder)?;
    let mut spectra = Vec::new();
    for step in steps {
        let subject = Subject::of_run(&folder, step)?;
        spectra.push(one(args, &subject, &out, guard)?);
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
    let text = summary(&spectrum, &files);
    if args.json.as_deref() == Some(Path::new("-")) {
        note(text.trim_end())
    } else {
        say(&text)?
    }
    Ok(spectrum)
}

fn finish(args: &Args, spectra: &[Spectrum], _out: &Path, guard: &Guard) -> Ending {
    if let Some(path) = &args.json {
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

fn summary(s: &Spectrum, files: &SpectrumFiles) -> String {
    let spread = |i: Option<&Interval>| match i {
        Some(i) => format!(
            " (mean {:.4e}, 95 % from {:.4e} to {:.4e}, {} batches)",
            i.mean,
            i.low,
            i.high,
            i.values.len()
        ),
        None => String::new(),
    };
    let over = s.over_batches.as_ref();
    let what = match s.method {
        Method::Dense => "all eigenvalues",
        Method::Krylov => "the outermost eigenvalues",
    };
    let mut text = format!("step {}: {} parameters, {what}\n", s.step, s.n);
    text += &format!("  verdict       {}: {}\n", s.judgement.verdict.name(), s.judgement.reason);
    let place = if s.equilibrium { "an equilibrium" } else { "no equilibrium" };
    text += &format!("  field         ‖v‖ = {:.3e}: {place}\n", s.field_norm);
    text += &format!("  largest real  {:.6e}{}\n", s.largest_real, spread(over.map(|o| &o.largest_real)));
    text += &format!(
        "  rotation      {:.4} of the eigenvalues{}",
        s.rotation_share,
        spread(over.map(|o| &o.rotation_share))
    );
    if let Some(share) = s.hamiltonian_share {
        text += &format!("; {share:.4} of ‖J‖^2 is antisymmetric");
    }
    text.push('\n');
    if let Some(flat) = s.flat.eigenvalues {
        let null =
            s.flat.null_space.map_or(String::new(), |null| format!(", null space of dimension {null}"));
        text += &format!("  flat          {flat} of {} eigenvalues{null}\n", s.n);
    }
    match (&s.rule.refused, &s.rule.judgement) {
        (Some(why), _) => text += &format!("  rule          {why}\n"),
        (None, Some(judgement)) => {
            let largest = s.rule.largest.map_or("none".into(), |mu| format!("{mu:.8}"));
            let spread = spread(over.and_then(|o| o.largest_multiplier.as_ref()));
            text += &format!("  multiplier    largest {largest}{spread}\n");
            text += &format!("  rule          {}: {}\n", judgement.verdict.name(), judgement.reason);
        }
        _ => {}
    }
    if let Some(limits) = &s.rule.limits {
        let factor = |f: Option<f64>| f.map_or("no factor up to 1e6".into(), |f| format!("{f:.6} times"));
        text += &format!(
            "  step sizes    stable below {} the run's, sign flips from {} on\n",
            factor(limits.stable),
            factor(limits.flips)
        );
    }
    text += &format!("  files         {}\n", files.json.display());
    text
}
