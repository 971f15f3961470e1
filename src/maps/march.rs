//! Many states of one game on their way, and what becomes of each.
//!
//! Where the rule treats every parameter by itself, the states are copies of the game that move as one (`Copies`), so many at a
//! time that they stay in the cache; else each moves alone. Either way chunks of states run on all threads, and as a
//! chunk's size does not depend on their number, neither do the results.

use crate::game::{Analytic, AnalyticError, Copies, Draw, Game, Joint, Player, Programs};
use crate::rule::{Halt, Rule, rule_of};
use crate::scenario::Dynamics;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// States that move as one.
const CHUNK: usize = 1024;

/// How states move, and how they are looked at.
#[derive(Clone, Debug)]
pub struct March<'a> {
    /// The game.
    pub game: &'a Analytic,
    /// The rule.
    pub dynamics: &'a Dynamics,
    /// Length of the training that schedules refer to.
    pub steps: u64,
    /// Rounds that are made.
    pub rounds: u64,
    /// Rounds between two looks.
    pub stride: u64,
    /// Where a state may arrive; none where no equilibrium is known.
    pub targets: &'a [Joint<f64>],
    /// Distance within which it has arrived.
    pub within: f64,
    /// Largest absolute value of a parameter that does not count as divergence.
    pub bound: f64,
}

/// What became of a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    /// Distance to the nearest target at the end; where there is no target the norm of the field there. NaN where it left
    /// every bound.
    pub distance: f64,
    /// The first look from which on it was within reach of a target, as a number of rounds.
    pub settled: Option<u32>,
    /// The look at which it was seen to have left every bound, as a number of rounds.
    pub left: Option<u32>,
}

impl Fate {
    const BEGINNING: Fate = Fate { distance: f64::NAN, settled: None, left: None };

    /// Takes note of a look.
    fn look(&mut self, distance: f64, within: f64, round: u32) {
        self.distance = distance;
        self.settled = (distance <= within).then(|| self.settled.unwrap_or(round));
    }

    /// Takes note that the state has left.
    fn leave(&mut self, round: u32) {
        *self = Fate { left: self.left.or(Some(round)), ..Fate::BEGINNING };
    }
}

impl March<'_> {
    /// What becomes of the states `point(0)`, `point(1)`, ..., `point(count - 1)`. `tick` is called with the number of states
    /// that are done.
    pub fn fates(
        &self,
        count: usize,
        point: &(dyn Fn(usize) -> Joint<f64> + Sync),
        tick: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Fate>, AnalyticError> {
        let programs = Programs::new(self.game);
        let together = rule_of::<f64, Copies>(self.dynamics, self.steps, None);
        let alone = rule_of::<f64, Analytic>(self.dynamics, self.steps, Some(self.bound));
        let done = AtomicU64::new(0);
        let chunk = |number: usize| {
            let from = number * CHUNK;
            let points: Vec<Joint<f64>> = (from..count.min(from + CHUNK)).map(point).collect();
            let as_one = match elementwise(self.dynamics) {
                true => self.as_one(&programs, together.as_ref(), &points)?,
                false => None,
            };
            let fates = match as_one {
                Some(fates) => fates,
                None => points
                    .iter()
                    .map(|at| self.alone(alone.as_ref(), at.clone()))
                    .collect::<Result<_, _>>()?,
            };
            tick(done.fetch_add(points.len() as u64, Ordering::Relaxed) + points.len() as u64);
            Ok(fates)
        };
        let chunks: Vec<Vec<Fate>> =
            (0..count.div_ceil(CHUNK)).into_par_iter().map(chunk).collect::<Result<_, AnalyticError>>()?;
        Ok(chunks.concat())
    }

    /// Moves states as one; None where the rule halts for one of them, so that each must go alone.
    fn as_one<'p>(
        &self,
        programs: &'p Programs<'p>,
        rule: &dyn Rule<f64, Copies<'p>>,
        points: &[Joint<f64>],
    ) -> Result<Option<Vec<Fate>>, AnalyticError> {
        let copies = Copies::new(programs, points.len());
        let mut at = copies.gather(points);
        let mut state = rule.start(copies.sizes());
        let mut fates = vec![Fate::BEGINNING; points.len()];
        for round in 0..=self.rounds {
            if self.is_look(round) {
                self.look(&copies, &mut at, round, &mut fates)?;
                if fates.iter().all(|fate| fate.left.is_some()) {
                    break;
                }
            }
            if round < self.rounds {
                match rule.round(&copies, &mut at, &mut state, round) {
                    Ok(()) => {}
                    Err(Halt::Diverged { .. }) => return Ok(None),
                    Err(Halt::Failed(error)) => return Err(error),
                }
            }
        }
        Ok(Some(fates))
    }

    /// Whether the states are looked at after so many rounds.
    fn is_look(&self, round: u64) -> bool {
        round == self.rounds || round.is_multiple_of(self.stride.max(1))
    }

    fn look(
        &self,
        copies: &Copies,
        at: &mut Joint<f64>,
        round: u64,
        fates: &mut [Fate],
    ) -> Result<(), AnalyticError> {
        let count = fates.len();
        let distances = match self.targets.is_empty() {
            true => norms(&copies.field(at, &Draw { step: round, draw: 0 })?, count),
            false => nearest(at, self.targets, count),
        };
        let largest = largest(at, count);
        let round = u32::try_from(round).unwrap_or(u32::MAX);
        for (index, fate) in fates.iter_mut().enumerate() {
            if largest[index] <= self.bound && !copies.has_stopped(index) {
                fate.look(distances[index], self.within, round);
            } else if fate.left.is_none() {
                fate.leave(round);
                copies.stop(index);
                // Momentum may still move it: from a place where nothing overflows.
                for player in Player::BOTH {
                    at[player].iter_mut().skip(index).step_by(count).for_each(|x| *x = 0.0);
                }
            }
        }
        Ok(())
    }

    /// Moves one state.
    fn alone(&self, rule: &dyn Rule<f64, Analytic>, mut at: Joint<f64>) -> Result<Fate, AnalyticError> {
        let mut state = rule.start(at.sizes());
        let mut fate = Fate::BEGINNING;
        for round in 0..=self.rounds {
            let number = u32::try_from(round).unwrap_or(u32::MAX);
            if self.is_look(round) {
                let distance = match self.targets.is_empty() {
                    true => self.game.field(&at, &Draw { step: round, draw: 0 })?.norm(),
                    false => nearest(&at, self.targets, 1)[0],
                };
                fate.look(distance, self.within, number);
            }
            if round < self.rounds {
                match rule.round(self.game, &mut at, &mut state, round) {
                    Ok(()) => {}
                    Err(Halt::Diverged { .. }) => {
                        fate.leave(number + 1);
                        break;
                    }
                    Err(Halt::Failed(error)) => return Err(error),
                }
            }
        }
        Ok(fate)
    }
}

/// Whether the rule treats every parameter by itself.
fn elementwise(dynamics: &Dynamics) -> bool {
    dynamics.clip_norm.is_none()
}

/// Every coordinate of `count` states in turn, with the number that it has in a point.
fn coordinates(at: &Joint<f64>, count: usize) -> impl Iterator<Item = &[f64]> {
    at.d.chunks(count).chain(at.g.chunks(count))
}

/// The distance of each state to the nearest target.
fn nearest(at: &Joint<f64>, targets: &[Joint<f64>], count: usize) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; count];
    let mut squares = vec![0.0; count];
    for target in targets {
        squares.fill(0.0);
        for (coordinate, to) in coordinates(at, count).zip(target.d.iter().chain(&target.g)) {
            squares.iter_mut().zip(coordinate).for_each(|(sum, x)| *sum += (x - to) * (x - to));
        }
        best.iter_mut().zip(&squares).for_each(|(best, square)| *best = best.min(*square));
    }
    best.iter_mut().for_each(|square| *square = square.sqrt());
    best
}

/// The norm of each state's part of a vector.
fn norms(v: &Joint<f64>, count: usize) -> Vec<f64> {
    let mut squares = vec![0.0; count];
    for coordinate in coordinates(v, count) {
        squares.iter_mut().zip(coordinate).for_each(|(sum, x)| *sum += x * x);
    }
    squares.iter().map(|square: &f64| square.sqrt()).collect()
}

/// The largest absolute value among each state's parameters; NaN where one is NaN.
fn largest(at: &Joint<f64>, count: usize) -> Vec<f64> {
    let mut largest = vec![0.0f64; count];
    for coordinate in coordinates(at, count) {
        for (largest, x) in largest.iter_mut().zip(coordinate) {
            // Written so that NaN stays.
            *largest = if *largest > x.abs() { *largest } else { x.abs() };
        }
    }
    largest
}
