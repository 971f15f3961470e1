//! Paths through a game: by the scenario's rule, step by step, and by the continuous flow from the same start.

use super::super::panel::At;
use super::super::scale::usable;
use super::plane::{Plane, Window, place, point};
use crate::game::{Analytic, Game as _, Joint};
use crate::rule::flow::{Reached, Tolerance, advance};
use crate::rule::{Halt, rule_of};
use crate::run::folder::RunData;
use crate::scenario::{PlayerName, Scenario};

/// The most steps that a path of a picture is followed; a run may be longer.
pub const STEPS: u64 = 20_000;
/// The most points that are kept of a path.
const POINTS: u64 = 8_000;
/// The most parameters of a game whose paths are followed again.
pub const FOLLOWED: usize = 40;

/// Follows a scenario's rule from a start for some steps, or up to where it leaves every bound: the steps at which points
/// were kept, and the points; the start is the first.
pub fn walk(scenario: &Scenario, game: &Analytic, start: &Joint<f64>, steps: u64) -> Vec<(u64, Joint<f64>)> {
    let rule =
        rule_of::<f64, Analytic>(&scenario.dynamics, scenario.train.steps, scenario.train.divergence_bound);
    let steps = steps.min(STEPS);
    let every = steps.div_ceil(POINTS).max(1);
    let (mut at, mut state) = (start.clone(), rule.start(game.sizes()));
    let mut points = vec![(0, at.clone())];
    for step in 0..steps {
        let before = at.clone();
        match rule.round(game, &mut at, &mut state, step) {
            Ok(()) if step + 1 == steps || (step + 1).is_multiple_of(every) => {
                points.push((step + 1, at.clone()))
            }
            Ok(()) => {}
            Err(Halt::Diverged { .. } | Halt::Failed(_)) => {
                points.push((step, before));
                return points;
            }
        }
    }
    points
}

/// The points of a run between its records too: its rule followed once more from its first record, where that ends where
/// the run did; else the records (step, point) themselves.
pub fn replayed(run: &RunData, game: &Analytic, records: Vec<(u64, Joint<f64>)>) -> Vec<(u64, Joint<f64>)> {
    let Some((last, end)) = records.last() else { return records };
    let n: usize = game.sizes().iter().sum();
    if run.scenario.record.every == 1 || *last > STEPS || n > FOLLOWED {
        return records;
    }
    let walked = walk(&run.scenario, game, &records[0].1, *last);
    let same = walked
        .last()
        .is_some_and(|(step, at)| step == last && at.distance(end) <= 1e-9 * end.norm().max(1.0));
    if same { walked } else { records }
}

/// The time that a flow takes for what the rule does in some steps: the sum of its step sizes, the discriminator's and
/// the generator's in the mean.
pub fn time_of(scenario: &Scenario, steps: u64) -> f64 {
    let dynamics = &scenario.dynamics;
    let players = [
        (PlayerName::Discriminator, dynamics.discriminator_steps),
        (PlayerName::Generator, dynamics.generator_steps),
    ];
    let each = players.map(|(player, updates)| {
        let lr = dynamics.optimizer_of(player).lr();
        let sum: f64 = (0..steps.min(STEPS)).map(|step| lr.at(step, scenario.train.steps)).sum();
        sum * updates as f64
    });
    0.5 * (each[0] + each[1])
}

/// Error of the flow, as a share of the window, that a step may have.
const TOLERANCE: f64 = 1e-8;
/// Share of the window that the flow moves from one point of its path to the next, about.
const STRETCH: f64 = 0.01;
/// The most points of a flow.
const FLOW: usize = 20_000;
/// Share of the window within which an orbit that comes back to its start is drawn as closed.
const ROUND: f64 = 0.006;

/// The flow theta' = v(theta) from a place for some time, up to where it leaves the window's surroundings, comes to rest
/// or has gone round a closed orbit.
pub fn flow(plane: &Plane, start: At, time: f64, window: Window) -> Vec<At> {
    let size = window.width().max(window.height());
    let tolerance = Tolerance { absolute: TOLERANCE * size, relative: TOLERANCE };
    let mut field = |at: &Joint<f64>| plane.field(place(at)).map(point).ok_or(NoField);
    let (mut at, mut left, mut farthest) = (point(start), time, 0.0f64);
    let mut path = vec![start];
    for _ in 0..FLOW {
        let Ok(v) = field(&at) else { break };
        let speed = v.norm();
        if !(left > 0.0 && speed * left > 1e-6 * size) {
            break;
        }
        let stretch = left.min(STRETCH * size / speed);
        let reached = advance(&mut field, &mut at, stretch, tolerance);
        path.push(place(&at));
        if !matches!(reached, Ok(Reached::End)) {
            break;
        }
        left -= stretch;
        let (u, v) = window.shares(place(&at));
        let farthest_out = u.abs().max(v.abs());
        if farthest_out.is_nan() || farthest_out > 3.0 {
            break;
        }
        // Round and round on one closed orbit, dashes would become a line.
        let away = at.distance(&point(start)) / size;
        farthest = farthest.max(away);
        if farthest > 10.0 * ROUND && away < ROUND {
            path.push(start);
            break;
        }
    }
    path
}

/// The field at a place cannot be had.
struct NoField;

/// Where a path leaves a window for good: its index there and the first place outside; None where it ends inside.
pub fn leaves(path: &[At], window: Window) -> Option<(usize, At)> {
    let inside = |p: &At| usable(p.0) && usable(p.1) && window.holds(*p);
    let last = path.iter().rposition(inside)?;
    path.get(last + 1).map(|at| (last + 1, *at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{Linear, Paper};
    use nalgebra::DMatrix;

    fn plane(m: [f64; 4]) -> Plane {
        let game =
            Analytic::new(Paper::Linear(Linear::new(DMatrix::from_row_slice(2, 2, &m), 1)), Vec::new());
        Plane::of(game, 0).unwrap()
    }

    /// theta(t) = e^(-t/4) times a rotation by t.
    #[test]
    fn the_flow_of_a_spiral_is_its_exponential() {
        let window = Window { x: (-1.0, 1.0), y: (-1.0, 1.0) };
        let path = flow(&plane([-0.25, -1.0, 1.0, -0.25]), (0.8, 0.0), 3.0, window);
        let size = 0.8 * libm::exp(-0.75);
        // d' = -g, g' = d: across g = r cos t and up d = -r sin t.
        let exact = (size * libm::cos(3.0), -size * libm::sin(3.0));
        let end = path[path.len() - 1];
        assert!((end.0 - exact.0).hypot(end.1 - exact.1) < 1e-6, "{end:?} {exact:?}");
    }

    #[test]
    fn a_flow_that_runs_away_ends_and_says_where() {
        let window = Window { x: (-1.0, 1.0), y: (-1.0, 1.0) };
        let path = flow(&plane([1.0, 0.0, 0.0, 1.0]), (0.5, 0.0), 1e6, window);
        let (index, at) = leaves(&path, window).unwrap();
        assert!(at.0 > 1.0 && path[index - 1].0 <= 1.0 && at.1 == 0.0);
        assert!(path.len() < 1000);
        assert_eq!(leaves(&path[..index], window), None);
    }
}
