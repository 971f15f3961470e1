//! `basin`: how many perturbed starts find their equilibrium again.

use super::exit::{DONE, Ending, Failure, note, say};
use super::maps::{self, GridArgs};
use super::pictures;
use super::place::Place;
use super::spectrum::pictures as drawn;
use super::stop;
use super::working::Working;
use ganscope::inspect::{Basin, basin};
use ganscope::run::Subject;
use ganscope::run::folder::{Folder, json, write_whole};
use ganscope::scenario::Override;
use ganscope::spectrum::Trials;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  ganscope basin runs/dirac-r1 --radius 0.1,0.5,1,2,4
  ganscope basin runs/dirac-r1 --grid 512 --window -2,2,-2,2 --steps 1000
  ganscope basin runs/teacher-student --at equilibrium --rounds 3000
  ganscope basin runs/teacher-student --variant game.regularizer.0.eta=0 --variant game.regularizer.0.eta=1";

/// Measure a region of attraction: leave the equilibrium in random directions, train on, count who returns; or map where
/// the starts over a grid end.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Distances from the equilibrium.
    #[arg(long, value_name = "R,...", value_delimiter = ',', default_values_t = [0.01, 0.03, 0.1, 0.3, 1.0], value_parser = radius)]
    radius: Vec<f64>,
    /// Random directions at each distance.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    directions: u64,
    /// Rounds of training for each start.
    #[arg(long, value_name = "T", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// A start has returned when the field has shrunk to this share by half of the rounds and stays so.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    within: f64,
    /// Another variant of the game, by the value that it sets; may be repeated. The default is the game without its
    /// regularisers.
    #[arg(long, value_name = "KEY=VALUE")]
    variant: Vec<String>,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N", value_parser = super::threads)]
    threads: Option<usize>,
    /// The folder for the result [default: RUN/basin].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a result that is there.
    #[arg(long)]
    force: bool,
    /// Print the result as JSON instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    grid: GridArgs,
}

fn radius(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(r) if r > 0.0 && r.is_finite() => Ok(r),
        _ => Err("expected a number above 0".into()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(r) if r > 0.0 && r < 1.0 => Ok(r),
        _ => Err("expected a number above 0 and below 1".into()),
    }
}

/// Tries all starts.
pub fn run(args: &Args) -> Ending {
    let guard = stop::at_once();
    super::in_pool(args.threads, || {
        let folder = pictures::folder(&args.run)?;
        let out = args.out.clone().unwrap_or_else(|| folder.basin());
        if args.grid.asked() {
            return maps::grid(&args.grid, &folder, &out, args.force, args.json, &guard);
        }
        let subject = args.place.subject(&folder)?;
        let stem = out.join(format!("step-{:08}", subject.step));
        let file = stem.with_extension("json");
        if file.exists() && !args.force {
            let text = format!("{} is there already; measure again with --force", file.display());
            return Err(Failure::input(text));
        }
        let found = measure(args, &folder, &subject)?;
        let text = json(&found);
        {
            let _writing = guard.writing();
            write_whole(&stem.with_extension("csv"), csv(&found).as_bytes())?;
            write_whole(&file, text.as_bytes())?;
            drawn::write(&[drawn::of_basin(&found)], &out)?;
        }
        say(&if args.json { text } else { table(&found, &file) })?;
        Ok(DONE)
    })
}

fn measure(args: &Args, folder: &Folder, subject: &Subject) -> Result<Basin, Failure> {
    let (batch, still) = at_rest(subject)?;
    if !still {
        note("warning: the point is no equilibrium; `--at equilibrium` moves to one first");
    }
    let trials = Trials {
        radii: args.radius.clone(),
        directions: args.directions,
        rounds: args.rounds,
        within: args.within,
        seed: subject.loaded.scenario.seed,
    };
    let variants = variants(args, subject)?;
    let working = Working::new("basin");
    let all = args.directions * args.radius.len() as u64;
    let tick = |name: &str, done: u64| {
        if done.is_multiple_of((all / 20).max(1)) {
            working.tell(&format!("{name}: {done} of {all} starts"));
        }
    };
    Ok(basin(subject, folder, batch.as_ref(), &variants, &trials, &tick)?)
}

/// The batch on which the field is measured, and whether the field vanishes there.
fn at_rest(subject: &Subject) -> Result<(Option<ganscope::game::GanBatch<f64>>, bool), Failure> {
    let batch = subject.batches(1, None).into_iter().next();
    let still = subject.is_equilibrium(batch.as_ref())?;
    Ok((batch, still))
}

fn variants(args: &Args, subject: &Subject) -> Result<Vec<(String, Vec<Override>)>, Failure> {
    let mut out = vec![("as it is".to_string(), Vec::new())];
    for text in &args.variant {
        out.push((text.clone(), vec![Override::parse(text).map_err(Failure::input)?]));
    }
    let regularised = !subject.loaded.scenario.game.regularizers().is_empty();
    if args.variant.is_empty() && regularised {
        let none = Override::parse("game.regularizer=[]").map_err(Failure::input)?;
        out.push(("without regularisers".to_string(), vec![none]));
    }
    Ok(out)
}

fn csv(basin: &Basin) -> String {
    let mut out = String::from("variant,radius,returned,tried,share,low,high\n");
    for variant in &basin.variants {
        for p in &variant.points {
            let name = variant.name.replace('"', "'");
            out += &format!(
                "\"{name}\",{},{},{},{},{},{}\n",
                p.radius,
                p.returned,
                p.tried,
                p.share(),
                p.low,
                p.high
            );
        }
    }
    out
}

fn table(basin: &Basin, file: &Path) -> String {
    let mut out = format!("returned within {} rounds, share with its 95 % interval\n", basin.rounds);
    for variant in &basin.variants {
        out += &format!("  {}\n", variant.name);
        for p in &variant.points {
            out += &format!(
                "    radius {:<8} {:>5} of {:<5} {:.3} ({:.3} to {:.3})\n",
                p.radius,
                p.returned,
                p.tried,
                p.share(),
                p.low,
                p.high
            );
        }
    }
    out + &format!("  files {}\n", file.display())
}
