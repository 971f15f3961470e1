//! Basins over a grid of starts: two coordinates vary, the others rest where the game's equilibrium or its start is.

use super::goal::Goal;
use super::march::{Fate, March, bound};
use crate::game::{Game, Joint};
use crate::run::{RunError, paper_of, paper_start};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// Starts along one side of a grid, at most: the whole takes some gigabytes then.
pub const LARGEST: usize = 2000;
/// Rounds of all starts together, at most: days of work.
const MOST_ROUNDS: f64 = 1e13;
/// Looks at every start, about.
const LOOKS: u64 = 250;

/// One side of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The parameter that varies: d0, d1, ..., g0, g1, ...
    pub name: String,
    /// Its lowest value.
    pub low: f64,
    /// Its highest value.
    pub high: f64,
}

impl Side {
    /// The value at a place of `count` from the lowest to the highest.
    pub fn at(&self, place: usize, count: usize) -> f64 {
        self.low + (self.high - self.low) * place as f64 / (count.max(2) - 1) as f64
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct GridRequest {
    /// Parameters across and up.
    pub over: [String; 2],
    /// Lowest and highest value across, then up; chosen around what is known of the game when None.
    pub window: Option<[f64; 4]>,
    /// Starts along each side.
    pub count: usize,
    /// Rounds of training for each.
    pub rounds: u64,
    /// Distance within which a start has arrived.
    pub within: f64,
}

/// What became of the starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Version of this format.
    pub version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The parameter across.
    pub across: Side,
    /// The parameter up.
    pub up: Side,
    /// Starts along each side.
    pub count: usize,
    /// Rounds of training for each.
    pub rounds: u64,
    /// Rounds between two looks.
    pub stride: u64,
    /// Distance within which a start has arrived.
    pub within: f64,
    /// Whether distances are to the nearest equilibrium; else they are norms of the field, as no equilibrium is
    /// known.
    pub equilibrium_known: bool,
    /// The known equilibria, across and up.
    pub equilibria: Vec<[f64; 2]>,
    /// How many starts had arrived at the end.
    pub arrived: u64,
    /// How many left every bound.
    pub left: u64,
    /// What became of each start, row by row from below.
    #[serde(skip)]
    pub fates: Vec<Fate>,
}

/// Moves every start of a grid by the scenario's rule. `tick` is called with the number of starts that are done.
pub fn grid(
    scenario: &Scenario,
    request: &GridRequest,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Grid, RunError> {
    let game = paper_of(scenario)?;
    let start = paper_start(scenario, game.sizes());
    affordable(request)?;
    let goal = Goal::of(&game, &start, scenario.train.steps);
    let rest = game.nearest_equilibrium(&start, scenario.train.steps).unwrap_or_else(|| start.clone());
    let coordinates = coordinates(&request.over, game.sizes())?;
    let spots: Vec<[f64; 2]> = match &goal {
        Goal::Points(points) => points.iter().map(|at| coordinates.map(|k| at.flat()[k])).collect(),
        _ => Vec::new(),
    };
    let beginning = coordinates.map(|k| start.flat()[k]);
    let window = request.window.unwrap_or_else(|| around(&spots, beginning));
    let [across, up] = sides(&request.over, window)?;
    let count = request.count;
    let point = |index: usize| {
        let mut flat = rest.flat();
        flat[coordinates[0]] = across.at(index % count, count);
        flat[coordinates[1]] = up.at(index / count, count);
        Joint::from_flat(&flat, rest.d.len())
    };
    let march = March {
        game: &game,
        dynamics: &scenario.dynamics,
        steps: scenario.train.steps,
        rounds: request.rounds,
        stride: (request.rounds / LOOKS).max(1),
        goal: &goal,
        within: request.within,
        bound: bound(scenario),
    };
    let fates =
        march.fates(count * count, &point, tick).map_err(|error| RunError::Failed(error.to_string()))?;
    let many = |has: fn(&Fate) -> bool| fates.iter().filter(|fate| has(fate)).count() as u64;
    Ok(Grid {
        version: 1,
        scenario: scenario.name.clone(),
        across,
        up,
        count,
        rounds: request.rounds,
        stride: march.stride,
        within: request.within,
        equilibrium_known: goal.is_known(),
        equilibria: spots,
        arrived: many(|fate| fate.settled.is_some()),
        left: many(|fate| fate.left.is_some()),
        fates,
    })
}

fn affordable(request: &GridRequest) -> Result<(), RunError> {
    let count = request.count;
    if !(2..=LARGEST).contains(&count) {
        let text = format!("a grid of {count} by {count} starts: give a side from 2 to {LARGEST}");
        return Err(RunError::Refused(text));
    }
    let all = (count * count) as f64 * request.rounds as f64;
    if all > MOST_ROUNDS {
        let text = format!(
            "{count} by {count} starts by {} rounds would take days; make the grid or the number of rounds smaller",
            request.rounds
        );
        return Err(RunError::Refused(text));
    }
    Ok(())
}

/// The places of two parameters among all, from their names.
fn coordinates(over: &[String; 2], [d, g]: [usize; 2]) -> Result<[usize; 2], RunError> {
    let of = |name: &String| {
        let place = match name.split_at_checked(1) {
            Some(("d", number)) => number.parse().ok().filter(|k| *k < d),
            Some(("g", number)) => number.parse().ok().filter(|k| *k < g).map(|k: usize| d + k),
            _ => None,
        };
        place.ok_or_else(|| {
            RunError::Refused(format!(
                "no parameter `{name}`: the discriminator's are d0 to d{}, the generator's g0 to g{}",
                d - 1,
                g - 1
            ))
        })
    };
    let found = [of(&over[0])?, of(&over[1])?];
    if found[0] == found[1] {
        return Err(RunError::Refused(format!("`{}` twice: a grid needs two different parameters", over[0])));
    }
    Ok(found)
}

fn sides(over: &[String; 2], [x0, x1, y0, y1]: [f64; 4]) -> Result<[Side; 2], RunError> {
    let side = |name: &String, low: f64, high: f64| {
        let fine = low < high && (high - low).is_finite();
        let text = || {
            format!("the window of {name} from {low} to {high} is empty; give a lower and a higher number")
        };
        fine.then(|| Side { name: name.clone(), low, high }).ok_or_else(|| RunError::Refused(text()))
    };
    Ok([side(&over[0], x0, x1)?, side(&over[1], y0, y1)?])
}

/// A window around the middle of the equilibria that shows them and the scenario's start well inside.
fn around(spots: &[[f64; 2]], start: [f64; 2]) -> [f64; 4] {
    let of = |k: usize| {
        let all = || spots.iter().chain([&start]).map(move |spot| spot[k]);
        let middle = match spots.len() {
            0 => start[k],
            n => spots.iter().map(|spot| spot[k]).sum::<f64>() / n as f64,
        };
        let reach = all().map(|x| 1.25 * (x - middle).abs()).fold(2.0, f64::max);
        [middle - reach, middle + reach]
    };
    let ([x0, x1], [y0, y1]) = (of(0), of(1));
    [x0, x1, y0, y1]
}
