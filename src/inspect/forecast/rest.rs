//! Where a run rests or would rest, and the rule's round there: what predictions and pictures of it start from.

use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::rule::{LinearRound, NotLinear, rule_of};
use crate::run::Subject;
use crate::run::folder::RunData;
use crate::spectrum::{Hunt, equilibrium};

/// A run that ended within this of an equilibrium, in units of its size (at least 1), has come to rest there.
const NEAR: f64 = 1e-2;
/// A parameter beyond this has left every picture.
const FARTHEST: f64 = 1e100;

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

/// The rule's round at an equilibrium, with the state of the last checkpoint; as it starts where there is none.
pub fn round_at(run: &RunData, game: &Analytic, at: &Joint<f64>) -> Result<LinearRound, NotLinear> {
    if let Ok(subject) = Subject::of_run(&run.folder, None) {
        return Subject { at: at.clone(), ..subject }.round();
    }
    let rule = rule_of::<f64, Analytic>(&run.scenario.dynamics, run.scenario.train.steps, None);
    rule.linearize(game, &rule.start(game.sizes()), run.info.step)
}

/// The points of a run's records, up to where they leave every bound; None where not every parameter has a column.
pub fn points(run: &RunData, sizes: [usize; 2]) -> Option<Vec<Joint<f64>>> {
    let [d, g] = ["d", "g"].map(|player| run.table.numbered(player));
    if [d.len(), g.len()] != sizes {
        return None;
    }
    let of = |columns: &[Vec<f64>], row: usize| columns.iter().map(|c| c[row]).collect::<Vec<f64>>();
    let all = (0..run.table.rows.len()).map(|row| Joint { d: of(&d, row), g: of(&g, row) });
    Some(all.take_while(|p| p.flat().iter().all(|x| x.abs() < FARTHEST)).collect())
}
