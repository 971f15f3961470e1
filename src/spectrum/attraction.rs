//! The region of attraction by trial: an equilibrium is left in a random direction and trained on, and either it is
//! found again or not.
//!
//! A start *returns* when the field at a fixed batch has shrunk to a share of what it was at the start by half of the
//! rounds and stays so to the end, and the point has come nearer: ‖J (theta - theta*)‖, with J at the equilibrium, has
//! at least halved. An over-parametrised equilibrium is a manifold, and the way back may end at another point of it:
//! plain distance would not do, while J does not see the directions along the manifold. Nor would the field alone do: a
//! path that turns passes places where it is small, and one that leaves may end where losses saturate.

use super::basin::BasinPoint;
use crate::game::{Game, Joint, Linearized};
use crate::random::{Address, Stream, fill_normal};
use crate::rule::{Halt, Rule};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of the draw of directions within the analysis stream.
const DIRECTIONS: u64 = u64::MAX - 2;

/// Looks at the field in the second half of the rounds.
const LOOKS: u64 = 50;

/// Share of its first ‖J (theta - theta*)‖ that a point which has returned is within.
const NEARER: f64 = 0.5;

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
    let jacobian = game.linearize(center, batch)?;
    let place = Place { center, batch, jacobian: jacobian.as_ref() };
    let done = AtomicU64::new(0);
    let mut out = Vec::with_capacity(trials.radii.len());
    for radius in &trials.radii {
        let one = |k: u64| {
            let back = returns(game, rule, &place, trials, *radius, k);
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

/// An equilibrium, and how far a point is from it and its like.
struct Place<'a, B, E> {
    center: &'a Joint<f64>,
    batch: &'a B,
    jacobian: &'a dyn Linearized<f64, E>,
}

impl<B, E> Place<'_, B, E> {
    /// ‖J (at - center)‖.
    fn apart(&self, at: &Joint<f64>) -> Result<f64, E> {
        let mut away = at.clone();
        away.add_scaled(-1.0, self.center);
        Ok(self.jacobian.times(&away)?.norm())
    }
}

fn returns<G: Game<f64>>(
    game: &G,
    rule: &dyn Rule<f64, G>,
    place: &Place<G::Batch, G::Error>,
    trials: &Trials,
    radius: f64,
    k: u64,
) -> Result<bool, G::Error> {
    let mut at = place.center.clone();
    at.add_scaled(radius, &direction(at.sizes(), trials.seed, k));
    let (before, apart) = (game.field(&at, place.batch)?.norm(), place.apart(&at)?);
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
        if looked_at {
            let calm = game.field(&at, place.batch)?.norm() <= trials.within * before;
            if !calm {
                return Ok(false);
            }
        }
    }
    Ok(place.apart(&at)? <= NEARER * apart)
}

/// A random direction of length 1.
fn direction(sizes: [usize; 2], seed: u64, k: u64) -> Joint<f64> {
    let mut flat = vec![0.0; sizes[0] + sizes[1]];
    fill_normal(Address::new(seed, Stream::Analysis, DIRECTIONS).with_draw(k), &mut flat);
    let mut out = Joint::from_flat(&flat, sizes[0]);
    out.scale(1.0 / out.norm().max(f64::MIN_POSITIVE));
    out
}
