//! `basin --grid`: what becomes of the starts over a grid.

use super::{counting, draw, vacant};
use crate::cli::exit::{DONE, Ending, Failure, say};
use crate::cli::stop::Guard;
use crate::cli::working::Working;
use ganscope::maps::{self, Grid, GridRequest};
use ganscope::plot::{arrival_map, distance_map};
use ganscope::run::folder::{Folder, json, write_whole};
use ganscope::scenario::load;
use std::path::Path;

/// What is asked of starts in random directions only.
const AROUND: [&str; 7] = ["radius", "directions", "rounds", "within", "variant", "step", "at"];

/// A grid of starts in place of random directions, for games on paper.
#[derive(clap::Args)]
#[command(next_help_heading = "A grid of starts, for games on paper")]
pub struct GridArgs {
    /// Start from N x N points of a plane of two parameters and map where each ends.
    #[arg(long, value_name = "N", conflicts_with_all = AROUND)]
    grid: Option<usize>,
    /// The plane's window: lowest and highest value up, then across [default: around the equilibria].
    #[arg(
        long,
        value_name = "D0,D1,G0,G1",
        value_delimiter = ',',
        num_args = 1,
        requires = "grid",
        allow_hyphen_values = true
    )]
    window: Vec<f64>,
    /// The parameters that vary, across and up; the others rest at the equilibrium.
    #[arg(
        long,
        value_name = "NAME,NAME",
        value_delimiter = ',',
        num_args = 1,
        requires = "grid",
        default_value = "g0,d0"
    )]
    over: Vec<String>,
    /// Steps of training for each start [default: as many as the run has].
    #[arg(long, value_name = "T", requires = "grid", value_parser = clap::value_parser!(u64).range(1..=4_000_000_000))]
    steps: Option<u64>,
    /// A start has arrived when it stays within this distance of an equilibrium.
    #[arg(long, value_name = "R", requires = "grid", default_value_t = 1e-3)]
    reach: f64,
}

impl GridArgs {
    /// Whether a grid is asked for.
    pub fn asked(&self) -> bool {
        self.grid.is_some()
    }

    fn request(&self, steps: u64) -> Result<GridRequest, Failure> {
        let over = <[String; 2]>::try_from(self.over.clone());
        let over = over.map_err(|_| Failure::input("--over takes two parameters, as in --over g0,d0"))?;
        let window = match self.window[..] {
            [] => None,
            [d0, d1, g0, g1] => Some([g0, g1, d0, d1]),
            _ => return Err(Failure::input("--window takes four numbers, as in --window -2,2,-2,2")),
        };
        if !(self.reach > 0.0 && self.reach.is_finite()) {
            return Err(Failure::input(format!("--reach {}: expected a number above 0", self.reach)));
        }
        let rounds = self.steps.unwrap_or(steps);
        Ok(GridRequest { over, window, count: self.grid.unwrap_or(0), rounds, within: self.reach })
    }
}

/// Maps the starts of a run's game into `out`.
pub fn grid(
    args: &GridArgs,
    folder: &Folder,
    out: &Path,
    force: bool,
    as_json: bool,
    guard: &Guard,
) -> Ending {
    let loaded = load(&folder.scenario().display().to_string(), &[], None)?;
    let scenario = &loaded.scenario;
    let request = args.request(scenario.train.steps)?;
    let stem = format!("grid-{}-{}", request.over[0], request.over[1]);
    let file = out.join(format!("{stem}.json"));
    vacant(&file, force)?;
    let working = Working::new("basin");
    let found = maps::grid(scenario, &request, &counting(&working, request.count * request.count, "starts"))?;
    drop(working);
    let text = json(&found);
    let pictures = [Some(distance_map(&found, &scenario.game)), arrival_map(&found, &scenario.game)];
    {
        let _writing = guard.writing();
        write_whole(&file.with_extension("csv"), csv(&found).as_bytes())?;
        draw(pictures.into_iter().flatten().collect(), &stem, out)?;
        write_whole(&file, text.as_bytes())?;
    }
    say(&if as_json { text } else { words(&found, &file) })?;
    Ok(DONE)
}

/// A row for each start; empty cells for what never came.
fn csv(grid: &Grid) -> String {
    let measured = if grid.equilibrium_known { "distance" } else { "field_norm" };
    let mut out = format!("{},{},{measured},arrived_step,left_step\n", grid.across.name, grid.up.name);
    let cell = |value: Option<u32>| value.map_or_else(String::new, |value| value.to_string());
    for (index, fate) in grid.fates.iter().enumerate() {
        let (x, y) =
            (grid.across.at(index % grid.count, grid.count), grid.up.at(index / grid.count, grid.count));
        let distance = if fate.distance.is_nan() { String::new() } else { format!("{:?}", fate.distance) };
        out += &format!("{x:?},{y:?},{distance},{},{}\n", cell(fate.settled), cell(fate.left));
    }
    out
}

fn words(grid: &Grid, file: &Path) -> String {
    let all = grid.fates.len();
    let first =
        format!("{all} starts over {} and {}, {} steps each\n", grid.across.name, grid.up.name, grid.rounds);
    let arrived = match grid.equilibrium_known {
        true => format!("  {} end within {} of an equilibrium\n", grid.arrived, grid.within),
        false => "  no equilibrium of this game is known: the norm of the field stands for a distance\n"
            .to_string(),
    };
    format!("{first}{arrived}  {} left every bound\n  files {}\n", grid.left, file.display())
}
