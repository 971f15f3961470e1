//! The equilibrium that a game's run is measured against: where it is, its Jacobian, and the rule's round there.

use super::super::phase::walk;
use super::super::scale::usable;
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::rule::{LinearRound, NotLinear, rule_of};
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::scenario::Scenario;
use crate::spectrum::{Hunt, Request, Spectrum, analyse, dense_jacobian, equilibrium};
use nalgebra::DMatrix;

/// An equilibrium of a run's game with what is linear about it.
pub struct Rest {
    /// Where.
    pub at: Joint<f64>,
    /// Whether the game knows it; else it was found beside the run's last point.
    pub known: bool,
    /// The Jacobian with the rule's round, or why there is none.
    pub linear: Result<Linear, String>,
}

/// What is linear about an equilibrium.
pub struct Linear {
    /// The Jacobian, `[n, n]`.
    pub jacobian: DMatrix<f64>,
    /// Its spectrum, and the rule's.
    pub spectrum: Spectrum,
    /// The last round of the run's rule, linearised there, or why it is not.
    pub round: Result<LinearRound, NotLinear>,
}

/// Up to this share of the largest, an eigenvalue is flat.
pub const FLAT: f64 = 1e-7;
/// A run that ended within this of an equilibrium, in units of its size (at least 1), has come to rest there.
const NEAR: f64 = 1e-3;

impl Rest {
    /// The equilibrium of a run's game; None where none is known and the run did not come to rest.
    pub fn of(run: &RunData) -> Option<Self> {
        let game = paper_of(&run.scenario).ok()?;
        let (at, known) = equilibrium_of(run, &game)?;
        let linear = linearized(run, &game, &at);
        Some(Rest { at, known, linear })
    }
}

/// The known equilibrium nearest to where a run ended, else the one where it ended, if it came to rest; and whether it is
/// a known one.
pub fn equilibrium_of(run: &RunData, game: &Analytic) -> Option<(Joint<f64>, bool)> {
    let step = run.info.step;
    let last = points(run, game.sizes()).and_then(|all| all.last().cloned());
    let near = last.clone().unwrap_or_else(|| Joint::zeros(game.sizes()));
    if let Some(at) = game.nearest_equilibrium(&near, step) {
        return Some((at, true));
    }
    let draw = game.draw(Draw { step, draw: 0 });
    let found = equilibrium(game, &last?, &draw, &Hunt::default(), &|_, _| {}).ok()?;
    let near = found.report.distance <= NEAR * found.at.norm().max(1.0);
    (found.report.equilibrium && near).then_some((found.at, false))
}

fn linearized(run: &RunData, game: &Analytic, at: &Joint<f64>) -> Result<Linear, String> {
    let draw = game.draw(Draw { step: run.info.step, draw: 0 });
    let jacobian = dense_jacobian(game, at, &draw).map_err(|e| e.to_string())?;
    let round = last_round(&run.scenario, game, run.info.step);
    let request = Request { flat: FLAT, ..Request::default() };
    let spectrum = analyse(game, at, &[draw], round.clone(), &request, &|_| {}).map_err(|e| e.to_string())?;
    Ok(Linear { jacobian, spectrum, round })
}

/// The last round of a run, linearised. A rule that can only be linearised in a state that it has come to is followed
/// from the run's start once more.
fn last_round(scenario: &Scenario, game: &Analytic, steps: u64) -> Result<LinearRound, NotLinear> {
    let rule =
        rule_of::<f64, Analytic>(&scenario.dynamics, scenario.train.steps, scenario.train.divergence_bound);
    let last = steps.saturating_sub(1);
    let fresh = rule.linearize(game, &rule.start(game.sizes()), last);
    if fresh.is_ok() {
        return fresh;
    }
    let start = scenario.game.on_paper().and_then(|paper| paper.start);
    let start =
        start.map_or_else(|| Joint::zeros(game.sizes()), |at| Joint { d: at.d.clone(), g: at.g.clone() });
    rule.linearize(game, &walk(scenario, game, &start, steps).state, last)
}

/// The points of a run's records; None where not every parameter has a column.
pub fn points(run: &RunData, [d, g]: [usize; 2]) -> Option<Vec<Joint<f64>>> {
    let columns = |player: &str, n: usize| -> Option<Vec<Vec<f64>>> {
        (0..n).map(|k| run.table.column(&format!("{player}{k}"))).collect()
    };
    let (d, g) = (columns("d", d)?, columns("g", g)?);
    let of = |columns: &[Vec<f64>], row: usize| columns.iter().map(|c| c[row]).collect::<Vec<f64>>();
    let all = (0..run.table.rows.len()).map(|row| Joint { d: of(&d, row), g: of(&g, row) });
    Some(all.take_while(|p| p.flat().iter().all(|x| usable(*x))).collect())
}
