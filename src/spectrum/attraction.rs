//! The region of attraction by trial: an equilibrium is left in a random direction and trained on, and either it is
//! found again or not.
//!
//! A start *returns* when the field at a fixed batch has shrunk to a share of what it was at the start by half of the
//! rounds, stays so to the end, and the point ends no farther from the equilibrium than twice the radius. An
//! over-parametrised equilibrium is a manifold, so the way back may end at another point of it: distance alone would not
//! do. Nor would one look at the end: a path that only turns passes places where the field is small.

use super::basin::BasinPoint;
use crate::game::{Game, Joint};
use crate::random::{Address, Stream, fill_normal};
use crate::rule::{Halt, Rule};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of the draw of directions within the analysis stream.
const DIRECTIONS: u64 = u64::MAX - 2;

/// Looks at the field in the second half of the rounds.
const LOOKS: u64 = 50;

/// What is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials {
    /// Distances from the equilibrium.
    pub radii: Vec<f64>,
    /// Directions at each distance; the same ones at each.
    pub directions: u64,
    /// Rounds of training for each.
    pub rounds: u64,
    /// Share of its first value below which the field must be in the second half of the rounds.
    pub within: f64,
    /// Seed of the directions.
    pub seed: u64,
}

/// Tries all starts around `center`; `tick` is called behind each trial. A start that diverges does not return.
pub fn attraction<G: Game<f64>>(
    game: &G,
    rule: &dyn Rule<f64, G>,
    center: &Joint<f64>,
    batch: &G::Batch,
    trials: &Trials,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Vec<BasinPoint>, G::Error> {
    let done = AtomicU64::new(0);
    let mut out = Vec::with_capacity(trials.radii.len());
    for radius in &trials.radii {
        let one = |k: u64| {
            let back = returns(game, rule, center, batch, trials, *radius, k);
            tick(done.fetch_add(1, Ordering::Relaxed) + 1);
            back
        };
        let found: Vec<bool> =
            (0..trials.directions).into_par_iter().map(one).collect::<Result<_, G::Error>>()?;
        let returned = found.iter().filter(|back| **back).count() as u64;
        out.push(BasinPoint::of(*radius, returned, trials.directions));
    }
    Ok(out)
}

fn returns<G: Game<f64>>(
    game: &G,
    rule: &dyn Rule<f64, G>,
    center: &Joint<f64>,
    batch: &G::Batch,
    trials: &Trials,
    radius: f64,
    k: u64,
) -> Result<bool, G::Error> {
    let mut at = center.clone();
    at.add_scaled(radius, &direction(center.sizes(), trials.seed, k));
    let before = norm(&game.field(&at, batch)?);
    let mut state = rule.start(at.sizes());
    let half = trials.rounds / 2;
    let stride = ((trials.rounds - half) / LOOKS).max(1);
    for step in 0..trials.rounds {
        match rule.round(game, &mut at, &mut state, step) {
            Ok(()) => {}
            Err(Halt::Diverged { .. }) => return Ok(false),
            Err(Halt::Failed(error)) => return Err(error),
        }
        let looked_at = step >= half && (trials.rounds - 1 - step).is_multiple_of(stride);
        // A number that is none is no small one.
        if looked_at && !(norm(&game.field(&at, batch)?) <= trials.within * before) {
            return Ok(false);
        }
    }
    at.add_scaled(-1.0, center);
    Ok(norm(&at) <= 2.0 * radius)
}

/// A random direction of length 1.
fn direction(sizes: [usize; 2], seed: u64, k: u64) -> Joint<f64> {
    let mut flat = vec![0.0; sizes[0] + sizes[1]];
    fill_normal(Address::new(seed, Stream::Analysis, DIRECTIONS).with_draw(k), &mut flat);
    let mut out = Joint::from_flat(&flat, sizes[0]);
    out.scale(1.0 / norm(&out).max(f64::MIN_POSITIVE));
    out
}

fn norm(v: &Joint<f64>) -> f64 {
    v.d.iter().chain(&v.g).map(|x| x * x).sum::<f64>().sqrt()
}
