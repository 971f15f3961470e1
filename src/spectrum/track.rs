//! One eigenpair of a rule's map, followed along real training.
//!
//! Near an equilibrium theta* a round is `w+ = M w + O(‖w‖^2)` with w the deviation of parameters and momenta, and M the
//! rule's linearised round. With `M u = mu u` and `y* M = mu y*`, a training that starts at `theta* + epsilon Re u` has
//!
//! ```text
//! y* w(t) = mu^t y* w(0)
//! ```
//!
//! whatever else moves: y* is blind to every other eigenvector. So |y* w(t)| is compared with |mu|^t, over rounds enough
//! for a factor of e^3. A random perturbation would show the flat directions and the slowest ones only.

use super::dense::dense;
use super::eigen::{EigenPair, NoEigenvalues, eigenpairs};
use super::multipliers::{is_flat, reach};
use crate::game::{Draw, Game, Joint, Player};
use crate::rule::{Halt, LinearRound, NotLinear, Rule, State};
use crate::scalar::norm;
use nalgebra::Complex;
use serde::{Deserialize, Serialize};

/// Which eigenpair is followed, among those that are not flat, are well conditioned, and change enough within the
/// rounds that are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The one that grows fastest.
    Growing,
    /// The one that shrinks most slowly.
    Slowest,
    /// The one that shrinks fastest.
    Fastest,
    /// The one whose multiplier is nearest to this.
    Nearest(Complex<f64>),
}

/// How an eigenpair is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tracking {
    /// Which one.
    pub mode: Mode,
    /// ‖w(0)‖, as a share of max(1, ‖theta*‖): small, so that what is quadratic in w stays below the tolerance.
    pub radius: f64,
    /// Factor e^this is waited for.
    pub foldings: f64,
    /// Most rounds.
    pub rounds: u64,
    /// Largest condition number of a multiplier that can be followed.
    pub condition: f64,
    /// Multipliers within this share of the largest |mu - 1| from 1 are flat.
    pub flat: f64,
}

impl Default for Tracking {
    fn default() -> Self {
        let (mode, condition) = (Mode::Slowest, 1e3);
        Tracking { mode, radius: 1e-7, foldings: 3.0, rounds: 20_000, condition, flat: 1e-7 }
    }
}

/// An eigenpair along a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The multiplier mu, `[re, im]`.
    pub multiplier: [f64; 2],
    /// Its condition number.
    pub condition: f64,
    /// The predicted factor of one round, |mu|.
    pub predicted: f64,
    /// The measured one: e to the slope of the line through log |y* w(t)|.
    pub measured: f64,
    /// |log measured / log predicted - 1|: how far the rate is off. (The factors themselves are both near 1.)
    pub rate_error: f64,
    /// The largest | |y* w(t)| / (|mu|^t |y* w(0)|) - 1 | over the rounds.
    pub worst: f64,
    /// |y* w(t)|, t = 0, 1, ...; what |mu|^t |y* w(0)| is to be drawn against.
    pub amplitude: Vec<f64>,
    /// ‖w(t)‖.
    pub distance: Vec<f64>,
}

impl Track {
    /// |mu|^t |y* w(0)|, round by round.
    pub fn prediction(&self) -> Vec<f64> {
        let first = self.amplitude.first().copied().unwrap_or(0.0);
        (0..self.amplitude.len()).map(|t| first * libm::pow(self.predicted, t as f64)).collect()
    }
}

/// Why an eigenpair could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError<E: std::error::Error + 'static> {
    /// The game could not be computed.
    #[error(transparent)]
    Game(E),
    /// The rule has no linearisation.
    #[error(transparent)]
    NotLinear(#[from] NotLinear),
    /// No eigenvalues.
    #[error(transparent)]
    NoEigenvalues(#[from] NoEigenvalues),
    /// No eigenpair qualifies.
    #[error(
        "none of {n} multipliers can be followed: {flat} are flat, {defective} have a condition number above the limit, \
         and the others do not change by the factor e^{foldings} in the way that was asked for within {rounds} rounds, or \
         before something else outgrows them"
    )]
    NoMode {
        /// Multipliers.
        n: usize,
        /// Flat ones.
        flat: usize,
        /// Ill-conditioned ones.
        defective: usize,
        /// The exponent that was asked for.
        foldings: f64,
        /// The rounds allowed.
        rounds: u64,
    },
    /// The training left the finite numbers.
    #[error("the training diverged in round {round}: the {}: {what}", player.name())]
    Diverged {
        /// The round.
        round: u64,
        /// Whose parameters.
        player: Player,
        /// What was seen.
        what: String,
    },
}

/// Follows one eigenpair of a rule's map at an equilibrium. The batch must be the same in every round: take
/// `game::Frozen`, or a game that is exact.
pub fn track<G: Game<f64>>(
    game: &G,
    rule: &dyn Rule<f64, G>,
    at: &Joint<f64>,
    tracking: &Tracking,
) -> Result<Track, TrackError<G::Error>> {
    let sizes = game.sizes();
    let mut state = rule.start(sizes);
    let round = rule.linearize(game, &state, 0)?;
    let batch = game.draw(Draw { step: 0, draw: 0 });
    let linearized = game.linearize(at, &batch).map_err(TrackError::Game)?;
    let jacobian = dense(linearized.as_ref()).map_err(TrackError::Game)?;
    let pair = choose(eigenpairs(&round.matrix(&jacobian))?, tracking)?;
    let rounds = rounds_of(&pair, tracking.foldings);
    let length = tracking.radius * norm(&at.flat()).max(1.0);
    // u is known up to a phase; this one makes its real part longest.
    let turn = -pair.right.iter().map(|u| u * u).sum::<Complex<f64>>().arg() / 2.0;
    let real: Vec<f64> = pair.right.iter().map(|u| (u * Complex::from_polar(1.0, turn)).re).collect();
    let by = length / norm(&real);
    let first: Vec<f64> = real.iter().map(|u| by * u).collect();
    let mut theta = at.clone();
    let n = sizes[0] + sizes[1];
    theta.add_scaled(1.0, &Joint::from_flat(&first[..n], sizes[0]));
    set_kept(&mut state, &round, &first[n..]);
    let (mut amplitude, mut distance) = (Vec::new(), Vec::new());
    let mut look = |theta: &Joint<f64>, state: &State<f64>| {
        let mut off = theta.clone();
        off.add_scaled(-1.0, at);
        let w = [off.flat(), kept(state, &round)].concat();
        amplitude.push(pair.part(&w).norm());
        distance.push(norm(&w));
    };
    look(&theta, &state);
    for step in 0..rounds {
        rule.round(game, &mut theta, &mut state, step).map_err(|halt| match halt {
            Halt::Failed(error) => TrackError::Game(error),
            Halt::Diverged { player, what } => TrackError::Diverged { round: step, player, what },
        })?;
        look(&theta, &state);
    }
    let predicted = pair.value.norm();
    let measured = libm::exp(slope(&amplitude));
    let rate_error = (libm::log(measured) / libm::log(predicted) - 1.0).abs();
    let multiplier = [pair.value.re, pair.value.im];
    let condition = pair.condition;
    let mut out =
        Track { multiplier, condition, predicted, measured, rate_error, worst: 0.0, amplitude, distance };
    let off = out.amplitude.iter().zip(out.prediction()).map(|(a, p)| (a / p - 1.0).abs());
    out.worst = off.fold(0.0, f64::max);
    Ok(out)
}

/// Rounds until a pair's amplitude has changed by e^foldings.
fn rounds_of(pair: &EigenPair, foldings: f64) -> u64 {
    let rate = libm::log(pair.value.norm()).abs();
    // A multiplier of 0 is gone after one round; two are needed for a slope.
    (foldings / rate).ceil().max(2.0) as u64
}

/// Largest power of e by which any deviation may grow meanwhile. y* is blind to the others only while they are small:
/// from the rounding of theta they would otherwise grow to where the map is no longer linear.
const OVERGROWN: f64 = 12.0;

fn choose<E: std::error::Error>(
    pairs: Vec<EigenPair>,
    tracking: &Tracking,
) -> Result<EigenPair, TrackError<E>> {
    let n = pairs.len();
    let reach = reach(pairs.iter().map(|p| p.value));
    let (flat, moving): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|p| is_flat(p.value, tracking.flat, reach));
    let (good, bad): (Vec<_>, Vec<_>) = moving.into_iter().partition(|p| p.condition <= tracking.condition);
    let size = |p: &EigenPair| p.value.norm();
    let fastest = good.iter().chain(&bad).map(|p| libm::log(size(p))).fold(0.0, f64::max);
    // An amplitude that falls by more than e^foldings in a round or two leaves nothing to measure.
    let slow_enough = |p: &EigenPair| size(p) > libm::exp(-tracking.foldings / 3.0);
    let candidates = good.into_iter().filter(|p| {
        let rounds = rounds_of(p, tracking.foldings);
        let in_time = rounds <= tracking.rounds && rounds as f64 * fastest <= OVERGROWN && slow_enough(p);
        in_time
            && match tracking.mode {
                Mode::Growing => size(p) > 1.0,
                Mode::Slowest | Mode::Fastest => size(p) < 1.0,
                Mode::Nearest(_) => true,
            }
    });
    let key = |p: &EigenPair| match tracking.mode {
        Mode::Growing | Mode::Slowest => -size(p),
        Mode::Fastest => size(p),
        Mode::Nearest(mu) => (p.value - mu).norm(),
    };
    let chosen = candidates.min_by(|a, b| key(a).total_cmp(&key(b)));
    chosen.ok_or(TrackError::NoMode {
        n,
        flat: flat.len(),
        defective: bad.len(),
        foldings: tracking.foldings,
        rounds: tracking.rounds,
    })
}

/// What a rule keeps, as the linearised round has it.
fn kept(state: &State<f64>, round: &LinearRound) -> Vec<f64> {
    let mut out = Vec::new();
    for kept in &round.program.kept {
        for (player, name) in state.players.iter().zip(kept.names) {
            out.extend(name.into_iter().flat_map(|name| player.vector(name)).map(|x| kept.sign * x));
        }
    }
    out
}

fn set_kept(state: &mut State<f64>, round: &LinearRound, values: &[f64]) {
    let mut from = values.iter();
    for kept in &round.program.kept {
        for (player, name) in state.players.iter_mut().zip(kept.names) {
            let Some(name) = name else { continue };
            player.vector_mut(name).iter_mut().zip(from.by_ref()).for_each(|(to, x)| *to = kept.sign * x);
        }
    }
}

/// The slope of the line of least squares through log(values).
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let (mut top, mut bottom) = (0.0, 0.0);
    for (t, value) in values.iter().enumerate() {
        let off = t as f64 - middle;
        top += off * libm::log(*value);
        bottom += off * off;
    }
    top / bottom
}
