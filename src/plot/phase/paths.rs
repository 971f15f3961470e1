//! Paths through a game: by the scenario's rule, step by step, and by the continuous flow from the same start.

use super::super::panel::At;
use super::super::scale::usable;
use super::plane::{Plane, Window};
use crate::game::{Analytic, Game as _, Joint};
use crate::rule::{Halt, State, rule_of};
use crate::scenario::{PlayerName, Scenario};

/// The most steps that a path of a picture is followed; a run may be longer.
pub const STEPS: u64 = 20_000;
/// The most points that are kept of a path.
const POINTS: u64 = 4_000;

/// A path by the scenario's rule.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The steps at which points were kept, and the points; the start is the first.
    pub points: Vec<(u64, Joint<f64>)>,
    /// The rule's state at the last point.
    pub state: State<f64>,
}

/// Follows a scenario's rule from a start for some steps, or up to where it leaves every bound.
pub fn walk(scenario: &Scenario, game: &Analytic, start: &Joint<f64>, steps: u64) -> Walk {
    let rule =
        rule_of::<f64, Analytic>(&scenario.dynamics, scenario.train.steps, scenario.train.divergence_bound);
    let steps = steps.min(STEPS);
    let every = steps.div_ceil(POINTS).max(1);
    let (mut at, mut state) = (start.clone(), rule.start(game.sizes()));
    let mut points = vec![(0, at.clone())];
    for step in 0..steps {
        let before = (at.clone(), state.clone());
        match rule.round(game, &mut at, &mut state, step) {
            Ok(()) if step + 1 == steps || (step + 1).is_multiple_of(every) => {
                points.push((step + 1, at.clone()))
            }
            Ok(()) => {}
            Err(Halt::Diverged { .. } | Halt::Failed(_)) => {
                points.push((step, before.0));
                return Walk { points, state: before.1 };
            }
        }
    }
    Walk { points, state }
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

/// Share of the window that the flow may be off in one step.
const TOLERANCE: f64 = 1e-7;
/// The most steps of the flow.
const FLOW: usize = 40_000;

/// Share of the window within which an orbit that comes back to its start is drawn as closed.
const ROUND: f64 = 0.006;

/// The flow theta' = v(theta) from a place for some time, up to where it leaves the window's surroundings, comes to
/// rest or has gone round a closed orbit. Bogacki & Shampine's pair of orders 3 and 2 (1989), in steps of at most a hundredth of the window.
pub fn flow(plane: &Plane, start: At, time: f64, window: Window) -> Vec<At> {
    let size = window.width().max(window.height());
    let step = |p: At, by: f64, k: &[(f64, At)]| {
        k.iter().fold(p, |p, (share, k)| (p.0 + by * share * k.0, p.1 + by * share * k.1))
    };
    let (mut at, mut left) = (start, time);
    let mut path = vec![start];
    let Some(mut a) = plane.field(at) else { return path };
    let (mut h, mut farthest) = (f64::INFINITY, 0.0f64);
    for _ in 0..FLOW {
        let speed = a.0.hypot(a.1);
        if !(left > 0.0 && speed * left > 1e-6 * size) {
            break;
        }
        h = h.min(left).min(0.01 * size / speed);
        let Some(b) = plane.field(step(at, h, &[(0.5, a)])) else { break };
        let Some(c) = plane.field(step(at, h, &[(0.75, b)])) else { break };
        let next = step(at, h, &[(2.0 / 9.0, a), (1.0 / 3.0, b), (4.0 / 9.0, c)]);
        let Some(d) = plane.field(next) else { break };
        let off = step((0.0, 0.0), h, &[(-5.0 / 72.0, a), (1.0 / 12.0, b), (1.0 / 9.0, c), (-0.125, d)]);
        let ratio = off.0.hypot(off.1) / (TOLERANCE * size);
        if ratio <= 1.0 {
            (at, a, left) = (next, d, left - h);
            path.push(at);
            let (u, v) = window.shares(at);
            if !usable(u) || !usable(v) || u.abs().max(v.abs()) > 3.0 {
                break;
            }
            // Round and round on one closed orbit, dashes would become a line.
            let away = (at.0 - start.0).hypot(at.1 - start.1) / size;
            farthest = farthest.max(away);
            if farthest > 10.0 * ROUND && away < ROUND {
                path.push(start);
                break;
            }
        }
        h *= (0.9 * ratio.max(1e-9).powf(-1.0 / 3.0)).clamp(0.2, 4.0);
        if h <= 1e-12 * time {
            break;
        }
    }
    path
}

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
        assert!((end.0 - exact.0).hypot(end.1 - exact.1) < 1e-4, "{end:?} {exact:?}");
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
