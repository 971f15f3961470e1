//! Regions over two values of a scenario: for each pair the game is trained, its motion measured, and set beside
//! what the rule's linearised round says of the equilibrium.

use super::goal::Goal;
use super::growth::{Class, growth};
use super::march::{Course, March, bound};
use crate::game::{Analytic, Draw, Game, Joint, Term};
use crate::inspect::Vary;
use crate::rule::{Rule, rule_of};
use crate::run::{RunError, paper_of, paper_start};
use crate::scenario::{Override, Scenario, load};
use crate::spectrum::{Hunt, dense_jacobian, equilibrium, multiplier_values};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// Cells of a region, at most.
pub const LARGEST: usize = 250_000;
/// Rounds of all cells together, at most: days of work.
const MOST_ROUNDS: f64 = 1e11;
/// Looks at every motion, about.
const LOOKS: u64 = 500;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct RegionRequest<'a> {
    /// A shipped scenario by its name, or a file.
    pub scenario: &'a str,
    /// Values that replace the scenario's own in every cell.
    pub set: &'a [Override],
    /// The keys that vary, across and up.
    pub vary: [&'a Vary; 2],
    /// Rounds of training; those of the scenario when None.
    pub rounds: Option<u64>,
    /// Distance of the start from the equilibrium; the scenario's own start when None.
    pub near: Option<f64>,
}

/// Many pairs of values and what the game does under each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Version of this format.
    pub version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The key across and its values.
    pub across: Values,
    /// The key up and its values.
    pub up: Values,
    /// Distance of the start from the equilibrium; None for the scenario's own start.
    pub near: Option<f64>,
    /// What was measured and predicted, row by row from below.
    pub cells: Vec<Cell>,
}

/// A key and its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// The key.
    pub key: String,
    /// The values.
    pub values: Vec<f64>,
}

/// One pair of values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What the game did.
    pub class: Class,
    /// Measured factor of the distance a round.
    pub rate: Option<f64>,
    /// The largest magnitude of a multiplier at the equilibrium; None where there is none to be had.
    pub radius: Option<f64>,
}

impl Cell {
    /// Whether the equilibrium attracts by its multipliers, as it was seen to do or not to do. None where theory
    /// says nothing.
    pub fn agrees(&self) -> Option<bool> {
        self.radius.map(|radius| (radius < 1.0) == (self.class == Class::Converges))
    }
}

/// Trains the game under every pair of values. `tick` is called with the number of cells that are done.
pub fn region(request: &RegionRequest, tick: &(dyn Fn(u64) + Sync)) -> Result<Region, RunError> {
    let [across, up] = request.vary;
    let (columns, rows) = (across.values.len(), up.values.len());
    if across.key == up.key {
        return Err(RunError::Refused(format!("`{}` twice: a region needs two different keys", up.key)));
    }
    if columns.saturating_mul(rows) > LARGEST {
        let text = format!("{columns} by {rows} cells: a region has at most {LARGEST}; take fewer values");
        return Err(RunError::Refused(text));
    }
    let pair = |k: usize| [across.values[k % columns], up.values[k / columns]];
    // What is wrong with a key or with the ends of a range shows before the work.
    let corners = [0, columns - 1, columns * (rows - 1), columns * rows - 1].map(pair);
    let scenarios =
        corners.into_iter().map(|values| scenario_at(request, values)).collect::<Result<Vec<_>, _>>()?;
    for scenario in &scenarios {
        paper_of(scenario)?;
        let rounds = request.rounds.unwrap_or(scenario.train.steps);
        if (columns * rows) as f64 * rounds as f64 > MOST_ROUNDS {
            let text =
                format!("{columns} by {rows} cells by {rounds} rounds would take days; take fewer of either");
            return Err(RunError::Refused(text));
        }
    }
    let done = AtomicU64::new(0);
    let cells = (0..columns * rows).into_par_iter().map(|k| {
        let found = cell(&scenario_at(request, pair(k))?, request);
        tick(done.fetch_add(1, Ordering::Relaxed) + 1);
        found
    });
    let of = |vary: &Vary| Values { key: vary.key.clone(), values: vary.values.clone() };
    Ok(Region {
        version: 1,
        scenario: scenarios[0].name.clone(),
        across: of(across),
        up: of(up),
        near: request.near,
        cells: cells.collect::<Result<_, _>>()?,
    })
}

/// The scenario under a pair of values, checked as `--set` would check it.
fn scenario_at(request: &RegionRequest, values: [f64; 2]) -> Result<Scenario, RunError> {
    let mut set = request.set.to_vec();
    for (vary, value) in request.vary.into_iter().zip(values) {
        set.push(Override::parse(&format!("{}={value:?}", vary.key)).map_err(RunError::Refused)?);
    }
    let loaded =
        load(request.scenario, &set, None).map_err(|problems| RunError::Refused(problems.to_string()))?;
    Ok(loaded.scenario)
}

fn cell(scenario: &Scenario, request: &RegionRequest) -> Result<Cell, RunError> {
    let game = paper_of(scenario)?;
    let rounds = request.rounds.unwrap_or(scenario.train.steps);
    let steps = scenario.train.steps;
    let own = paper_start(scenario, game.sizes());
    let rest = resting(&game, &own, rounds);
    let start = match (request.near, &rest) {
        (Some(distance), Some(rest)) => beside(rest, distance),
        _ => own,
    };
    let goal = Goal::of(&game, &start, rounds);
    let march = March {
        game: &game,
        dynamics: &scenario.dynamics,
        steps,
        rounds,
        stride: (rounds / LOOKS).max(1),
        goal: &goal,
        within: 0.0,
        bound: bound(scenario),
    };
    let rule = rule_of::<f64, Analytic>(&scenario.dynamics, steps, Some(march.bound));
    let mut looks = Vec::new();
    let course = march
        .course(rule.as_ref(), start, &mut |round, distance| looks.push((round, distance)))
        .map_err(|error| RunError::Failed(error.to_string()))?;
    let measured = growth(&looks, course.left.is_some());
    // The equilibrium that the motion ended beside, where it stayed.
    let rest = match course.left {
        None => game.nearest_equilibrium(&course.at, rounds).or(rest),
        Some(_) => rest,
    };
    let radius = rest.and_then(|rest| radius(&game, rule.as_ref(), &course, &rest, rounds));
    Ok(Cell { class: measured.class, rate: measured.rate, radius })
}

/// An equilibrium: the nearest that the game knows, else one that is found from the start.
fn resting(game: &Analytic, start: &Joint<f64>, step: u64) -> Option<Joint<f64>> {
    game.nearest_equilibrium(start, step).or_else(|| {
        let found = equilibrium(game, start, &Draw { step, draw: 0 }, &Hunt::default(), &|_, _| ()).ok()?;
        found.report.equilibrium.then_some(found.at)
    })
}

/// A point at a distance from another, off it by the same in every coordinate.
fn beside(at: &Joint<f64>, distance: f64) -> Joint<f64> {
    let n = (at.d.len() + at.g.len()) as f64;
    let off = |x: &f64| x + distance / n.sqrt();
    Joint { d: at.d.iter().map(off).collect(), g: at.g.iter().map(off).collect() }
}

/// The largest magnitude of a multiplier of the rule at an equilibrium, from the optimiser's state at the end of
/// the course (preconditioners are held there). Lazy regularisers count at their mean strength.
fn radius(
    game: &Analytic,
    rule: &dyn Rule<f64, Analytic>,
    course: &Course,
    rest: &Joint<f64>,
    step: u64,
) -> Option<f64> {
    let mut steady = game.clone();
    steady.terms.iter_mut().for_each(Term::apply_always);
    let jacobian = dense_jacobian(&steady, rest, &Draw { step, draw: 0 }).ok()?;
    let round = rule.linearize(&steady, &course.state, step).ok()?;
    let multipliers = multiplier_values(&round, &jacobian).ok()?;
    multipliers.iter().map(|mu| mu.norm()).reduce(f64::max)
}
