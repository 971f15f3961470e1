//! The distance that a rule's multipliers predict of a run: an exponential, or where step sizes or strengths change along
//! the run, the sum of ln |mu| over its steps.

use super::super::panel::At;
use super::ladder::Rung;
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::rule::rule_of;
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::spectrum::dense_jacobian;

/// Steps at which the largest multiplier is computed.
const COUNT: u64 = 128;
/// Parameters up to which that takes next to no time.
const MOST: usize = 40;

/// ln of the distance over a run's steps up to a constant: the largest multiplier's logarithm, summed. The rule's own state
/// must not shape its multipliers, as preconditioners do. None where a round has no multipliers.
pub fn summed(run: &RunData, at: &Joint<f64>) -> Option<Vec<At>> {
    let game = paper_of(&run.scenario).ok()?;
    if game.sizes().iter().sum::<usize>() > MOST {
        return None;
    }
    let last = run.info.step;
    let mut steps: Vec<u64> = (0..=COUNT).map(|k| last * k / COUNT).collect();
    steps.dedup();
    let rates: Option<Vec<f64>> = steps.iter().map(|step| rate(run, &game, at, *step)).collect();
    let mut out = vec![(0.0, 0.0)];
    for (pair, rate) in steps.windows(2).zip(rates?.windows(2)) {
        let before = out[out.len() - 1].1;
        out.push((pair[1] as f64, before + 0.5 * (rate[0] + rate[1]) * (pair[1] - pair[0]) as f64));
    }
    Some(out)
}

/// ln |mu| of a step's largest multiplier.
fn rate(run: &RunData, game: &Analytic, at: &Joint<f64>, step: u64) -> Option<f64> {
    let rule = rule_of::<f64, Analytic>(&run.scenario.dynamics, run.scenario.train.steps, None);
    let round = rule.linearize(game, &rule.start(game.sizes()), step).ok()?;
    let jacobian = dense_jacobian(game, at, &game.draw(Draw { step, draw: 0 })).ok()?;
    let rung = Rung::of(&round, &jacobian, 1.0)?;
    // Where the step size is 0 nothing moves.
    let rate = rung.sizes.into_iter().reduce(f64::max).map_or(0.0, f64::ln);
    rate.is_finite().then_some(rate)
}

/// A curve of ln distances, as distances, moved so that it passes through a record.
pub fn through(curve: &[At], record: At) -> Vec<At> {
    let off = record.1.ln() - between(curve, record.0);
    curve.iter().map(|p| (p.0, (p.1 + off).exp())).collect()
}

/// The value at a step, straight between the points beside it.
fn between(curve: &[At], step: f64) -> f64 {
    let above = curve.partition_point(|p| p.0 < step).min(curve.len() - 1);
    let ((a, u), (b, v)) = (curve[above.saturating_sub(1)], curve[above]);
    if b > a { u + (v - u) * (step - a) / (b - a) } else { v }
}
