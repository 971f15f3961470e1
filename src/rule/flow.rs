//! The continuous limit: `theta' = v(theta)`, by the embedded Runge-Kutta pair of Dormand & Prince, with steps as long as
//! a tolerance allows.
//!
//! A round follows the flow for a time h, the step size. Needs the field, at one batch a round. Keeps nothing.
//! Multipliers: e^(h lambda), those of the flow itself, which the integrator meets to its tolerance. Dormand & Prince
//! 1980; error and step control as in Hairer, Norsett & Wanner, *Solving Ordinary Differential Equations I*, II.4.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{Op, THETA};
use super::{Halt, Rule};
use crate::game::{Draw, Game, Joint, Player};
use crate::scalar::Scalar;

/// Nodes are not needed: within a round the field does not depend on time.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];

/// Fifth-order weights minus fourth-order ones.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

/// Steps within one stretch after which the field is held to be too stiff to follow.
const MOST_STEPS: usize = 100_000;

/// How accurate a step must be: its estimated error is below absolute + relative |theta|, in the root of the mean square
/// over the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// For numbers near zero.
    pub absolute: f64,
    /// As a share of each number.
    pub relative: f64,
}

/// How far an integration came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reached {
    /// The end.
    End,
    /// This time only: beyond it the field is not finite, or changes faster than steps can be.
    Short(f64),
}

/// A field as a function of the point.
pub type Field<'a, T, E> = dyn FnMut(&Joint<T>) -> Result<Joint<T>, E> + 'a;

/// Follows `theta' = field(theta)` from `at` for a time `duration`, which may be negative. Where it cannot go on, `at`
/// is the last point that was reached.
pub fn advance<T: Scalar, E>(
    field: &mut Field<T, E>,
    at: &mut Joint<T>,
    duration: f64,
    tolerance: Tolerance,
) -> Result<Reached, E> {
    let mut time = 0.0;
    let mut first = field(at)?;
    let mut step = duration * first_share(at, &first, duration, tolerance);
    for _ in 0..MOST_STEPS {
        let left = duration - time;
        if left == 0.0 {
            return Ok(Reached::End);
        }
        let last = step.abs() >= left.abs();
        let h = if last { left } else { step };
        if time + h == time || !first.norm_squared().is_finite() {
            return Ok(Reached::Short(time));
        }
        let mut slopes = vec![first.clone()];
        let mut to = at.clone();
        for weights in STAGES {
            to = moved(at, h, weights, &slopes);
            slopes.push(field(&to)?);
        }
        let error = size_of_error(at, &to, h, &slopes, tolerance);
        if error <= 1.0 {
            // The last stage is the field at the new point.
            first = slopes.swap_remove(6);
            *at = to;
            time = if last { duration } else { time + h };
        }
        let growth = if error == 0.0 { 5.0 } else { 0.9 * libm::pow(error, -0.2) };
        // A step into numbers that are not finite is tried again, much shorter.
        let growth = if growth.is_finite() { growth.clamp(0.2, 5.0) } else { 0.1 };
        step = h * growth;
    }
    Ok(Reached::Short(time))
}

/// The share of the whole stretch that is tried first: as long as the field alone would move by a hundredth of what it is
/// measured against.
fn first_share<T: Scalar>(at: &Joint<T>, v: &Joint<T>, duration: f64, tolerance: Tolerance) -> f64 {
    let scale = tolerance.absolute / tolerance.relative.max(f64::MIN_POSITIVE);
    let reach = 0.01 * (at.norm() + scale);
    let speed = v.norm();
    if speed * duration.abs() <= reach { 1.0 } else { (reach / (speed * duration.abs())).max(1e-6) }
}

fn moved<T: Scalar>(at: &Joint<T>, h: f64, weights: &[f64], slopes: &[Joint<T>]) -> Joint<T> {
    let mut out = at.clone();
    for (weight, slope) in weights.iter().zip(slopes).filter(|(weight, _)| **weight != 0.0) {
        out.add_scaled(h * weight, slope);
    }
    out
}

/// The root mean square of the error over what is allowed.
fn size_of_error<T: Scalar>(
    from: &Joint<T>,
    to: &Joint<T>,
    h: f64,
    slopes: &[Joint<T>],
    tolerance: Tolerance,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for player in Player::BOTH {
        for k in 0..from[player].len() {
            let error: f64 = ERROR.iter().zip(slopes).map(|(e, s)| e * s[player][k].f64()).sum();
            let size = from[player][k].f64().abs().max(to[player][k].f64().abs());
            let share = h * error / (tolerance.absolute + tolerance.relative * size);
            sum += share * share;
            count += 1;
        }
    }
    (sum / count.max(1) as f64).sqrt()
}

/// The points of a flow at increasing times from 0, the start first, up to where it cannot be followed.
pub fn points<G: Game<f64>>(
    game: &G,
    from: &Joint<f64>,
    batch: &G::Batch,
    times: &[f64],
    tolerance: Tolerance,
) -> Result<Vec<Joint<f64>>, G::Error> {
    let (mut at, mut time) = (from.clone(), 0.0);
    let mut out = Vec::with_capacity(times.len());
    for to in times {
        let mut field = |at: &Joint<f64>| game.field(at, batch);
        if let Reached::Short(_) = advance(&mut field, &mut at, to - time, tolerance)? {
            break;
        }
        time = *to;
        out.push(at.clone());
    }
    Ok(out)
}

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Plain descents; their step size is the time of a round.
    pub round: Round,
    /// Of each step of the integrator.
    pub tolerance: f64,
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Flow {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(&self, game: &G, at: &mut Joint<T>, _: &mut State<T>, step: u64) -> Result<(), Halt<G::Error>> {
        let batch = game.draw(Draw { step, draw: 0 });
        let times = self.round.lrs(step);
        // Players of unequal step sizes: time runs at its own pace for each.
        let mut field = |at: &Joint<T>| {
            let mut v = game.field(at, &batch)?;
            Player::BOTH.iter().for_each(|p| v.scale_of(*p, times[*p as usize]));
            Ok(v)
        };
        let tolerance = Tolerance { absolute: self.tolerance, relative: self.tolerance };
        let before = at.clone();
        match advance(&mut field, at, 1.0, tolerance).map_err(Halt::Failed)? {
            Reached::End => self.round.settle(game, at),
            Reached::Short(share) => {
                *at = before;
                let what = format!("the flow could be followed for {share:.3} of the round only");
                Err(Halt::Diverged { player: Player::Discriminator, what })
            }
        }
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        lines.push(Op::Flow { to: THETA });
        Ok(lines.finish())
    }
}
