//! `region`: where a game converges, cycles and diverges over two values of its scenario.

use super::{counting, draw, vacant};
use crate::cli::check::Overrides;
use crate::cli::exit::{DONE, Ending, Failure, say};
use crate::cli::stop;
use crate::cli::working::Working;
use ganscope::inspect::Vary;
use ganscope::maps::{self, Cell, Class, Region, RegionRequest};
use ganscope::plot::region_map;
use ganscope::run::folder::{json, write_whole};
use ganscope::scenario::Override;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  ganscope region dirac-r1 --vary dynamics.optimizer.lr=0.02..3:80 --vary game.regularizer.0.gamma=0..2.5:80 --near 1e-3
  ganscope region mine.toml --vary dynamics.optimizer.lr=1e-3..1:60:log --vary game.regularizer.0.eta=1e-2..10:60:log";

/// Map where a game on paper converges, cycles and diverges over two values of its scenario, with theory's border.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of a shipped scenario, or a scenario file.
    #[arg(value_name = "NAME|FILE")]
    scenario: String,
    /// A key and its values, twice: first across, then up. KEY=FROM..TO:COUNT, with :log behind it for equal
    /// ratios, or KEY=A,B,C.
    #[arg(long, value_name = "KEY=VALUES", value_parser = Vary::parse, required = true)]
    vary: Vec<Vary>,
    #[command(flatten)]
    overrides: Overrides,
    /// Steps of training in each cell [default: those of the scenario].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(16..))]
    steps: Option<u64>,
    /// Start at this distance from the equilibrium, where theory speaks of the motion [default: the scenario's
    /// start].
    #[arg(long, value_name = "R", value_parser = distance)]
    near: Option<f64>,
    /// Worker threads; the results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = crate::cli::threads)]
    threads: Option<usize>,
    /// The folder for the result [default: runs/<name of the scenario>-region].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a result that is there.
    #[arg(long)]
    force: bool,
    /// Print the result as JSON instead of a summary.
    #[arg(long)]
    json: bool,
}

fn distance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(r) if r > 0.0 && r.is_finite() => Ok(r),
        _ => Err("expected a number above 0".into()),
    }
}

/// Maps a region.
pub fn region(args: &Args) -> Ending {
    let guard = stop::at_once();
    crate::cli::in_pool(args.threads, || {
        let [across, up] = &args.vary[..] else {
            return Err(Failure::input("a region needs two keys: give --vary twice, first across, then up"));
        };
        let mut set = args.overrides.set.clone();
        set.extend(args.overrides.seed.map(Override::seed));
        let name = args.overrides.load(&args.scenario)?.scenario.name;
        let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("{name}-region")));
        let stem =
            [across, up].map(|vary| vary.key.replace(|c: char| !c.is_ascii_alphanumeric(), "-")).join("-by-");
        let file = out.join(format!("{stem}.json"));
        vacant(&file, args.force)?;
        let request = RegionRequest {
            scenario: &args.scenario,
            set: &set,
            vary: [across, up],
            rounds: args.steps,
            near: args.near,
        };
        let working = Working::new("region");
        let found =
            maps::region(&request, &counting(&working, across.values.len() * up.values.len(), "cells"))?;
        drop(working);
        let text = json(&found);
        let picture = region_map(&found);
        {
            let _writing = guard.writing();
            write_whole(&file.with_extension("csv"), csv(&found).as_bytes())?;
            draw(vec![picture], &stem, &out)?;
            write_whole(&file, text.as_bytes())?;
        }
        say(&if args.json { text } else { words(&found, &file) })?;
        Ok(DONE)
    })
}

fn name(class: Class) -> &'static str {
    match class {
        Class::Converges => "converges",
        Class::Cycles => "cycles",
        Class::Diverges => "diverges",
    }
}

/// A row for each cell; empty where nothing is to be had.
fn csv(region: &Region) -> String {
    let mut out = format!("\"{}\",\"{}\",class,rate,largest_multiplier\n", region.across.key, region.up.key);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:?}"));
    let columns = region.across.values.len();
    for (k, cell) in region.cells.iter().enumerate() {
        let (x, y) = (region.across.values[k % columns], region.up.values[k / columns]);
        out += &format!("{x:?},{y:?},{},{},{}\n", name(cell.class), number(cell.rate), number(cell.radius));
    }
    out
}

fn words(region: &Region, file: &Path) -> String {
    let cells = &region.cells;
    let mut out = format!("{} cells over {} and {}\n", cells.len(), region.across.key, region.up.key);
    for class in [Class::Converges, Class::Cycles, Class::Diverges] {
        let count = cells.iter().filter(|cell| cell.class == class).count();
        out += &format!("  {:<10} {count}\n", name(class));
    }
    let judged: Vec<bool> = cells.iter().filter_map(Cell::agrees).collect();
    out += &match judged.len() {
        0 => "  no multipliers of the rule at an equilibrium are to be had here\n".to_string(),
        n => {
            let agree = judged.iter().filter(|agrees| **agrees).count();
            format!("  theory agrees on whether it converges in {agree} of {n}\n")
        }
    };
    out + &format!("  files {}\n", file.display())
}
