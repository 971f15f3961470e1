//! Many states of one game on their way, and what becomes of each.
//!
//! Where the rule treats every parameter by itself, the states are copies of the game that move as one (`Copies`),
//! so many at a time that they stay in the cache; else each moves alone. Either way chunks of states run on all
//! threads, and as a chunk's size does not depend on their number, neither do the results.

use super::goal::Goal;
use crate::game::{Analytic, AnalyticError, Copies, Game, Joint, Player, Programs};
use crate::rule::{Halt, Rule, State, rule_of};
use crate::scenario::{Dynamics, Scenario};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Parameters of states that move as one, and the fewest states.
const CHUNK: usize = 2048;
const FEWEST: usize = 64;

/// The bound of a scenario that names none.
const FAR: f64 = 1e6;
/// A bound beyond this is none: from there fields overflow.
const FARTHEST: f64 = 1e100;

/// The largest absolute value of a parameter that does not count as divergence.
pub fn bound(scenario: &Scenario) -> f64 {
    scenario.train.divergence_bound.unwrap_or(FAR).min(FARTHEST)
}

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
    /// To what distances are measured.
    pub goal: &'a Goal,
    /// Distance within which a state has arrived.
    pub within: f64,
    /// Largest absolute value of a parameter that does not count as divergence.
    pub bound: f64,
}

/// What became of a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    /// Distance at the end, as the goal measures it. NaN where it left every bound.
    pub distance: f64,
    /// The first look from which on it was within reach, as a number of rounds.
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
    /// What becomes of the states `point(0)`, `point(1)`, ..., `point(count - 1)`. `tick` is called with the number
    /// of states that are done.
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
        let size = (CHUNK / self.game.sizes().iter().sum::<usize>().max(1)).max(FEWEST);
        let chunk = |number: usize| {
            let from = number * size;
            let points: Vec<Joint<f64>> = (from..count.min(from + size)).map(point).collect();
            let as_one = match together.elementwise() {
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
            (0..count.div_ceil(size)).into_par_iter().map(chunk).collect::<Result<_, AnalyticError>>()?;
        Ok(chunks.concat())
    }

    /// Moves states as one; None where the rule halts for one of them, so that each must go alone.
    fn as_one<'p>(
        &self,
        programs: &'p Programs<'p>,
        rule: &dyn Rule<f64, Copies<'p>>,
        points: &[Joint<f64>],
    ) -> Result<Option<Vec<Fate>>, AnalyticError> {
        let mut copies = Copies::new(programs, points.len());
        let mut at = copies.gather(points);
        let mut state = rule.start(copies.sizes());
        let mut fates = vec![Fate::BEGINNING; points.len()];
        for round in 0..=self.rounds {
            if self.is_look(round) {
                self.look(&mut copies, &mut at, round, &mut fates)?;
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
        copies: &mut Copies,
        at: &mut Joint<f64>,
        round: u64,
        fates: &mut [Fate],
    ) -> Result<(), AnalyticError> {
        let distances = self.goal.distances(copies, at, round)?;
        let count = fates.len();
        let inside = inside(at, count, self.bound);
        for (index, fate) in fates.iter_mut().enumerate() {
            if fate.left.is_some() {
                continue;
            } else if inside[index] {
                fate.look(distances[index], self.within, counted(round));
            } else {
                fate.leave(counted(round));
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
    fn alone(&self, rule: &dyn Rule<f64, Analytic>, at: Joint<f64>) -> Result<Fate, AnalyticError> {
        let mut fate = Fate::BEGINNING;
        let course =
            self.course(rule, at, &mut |round, distance| fate.look(distance, self.within, counted(round)))?;
        if let Some(round) = course.left {
            fate.leave(counted(round));
        }
        Ok(fate)
    }

    /// Moves one state by the rule; `look` is told the number of rounds and the distance at every look.
    pub fn course(
        &self,
        rule: &dyn Rule<f64, Analytic>,
        mut at: Joint<f64>,
        look: &mut dyn FnMut(u64, f64),
    ) -> Result<Course, AnalyticError> {
        let mut state = rule.start(at.sizes());
        for round in 0..=self.rounds {
            if self.is_look(round) {
                look(round, self.goal.distance(self.game, &at, round)?);
            }
            if round < self.rounds {
                match rule.round(self.game, &mut at, &mut state, round) {
                    Ok(()) => {}
                    Err(Halt::Diverged { .. }) => return Ok(Course { at, state, left: Some(round + 1) }),
                    Err(Halt::Failed(error)) => return Err(error),
                }
            }
        }
        Ok(Course { at, state, left: None })
    }
}

/// Where a state's way ended.
#[derive(Clone, Debug)]
pub struct Course {
    /// The last point.
    pub at: Joint<f64>,
    /// The rule's state there.
    pub state: State<f64>,
    /// The round in which it left every bound.
    pub left: Option<u64>,
}

fn counted(round: u64) -> u32 {
    u32::try_from(round).unwrap_or(u32::MAX)
}

/// Whether all of a state's parameters are within the bound.
fn inside(at: &Joint<f64>, count: usize, bound: f64) -> Vec<bool> {
    let mut inside = vec![true; count];
    for coordinate in at.d.chunks(count).chain(at.g.chunks(count)) {
        inside.iter_mut().zip(coordinate).for_each(|(inside, x)| *inside &= x.abs() <= bound);
    }
    inside
}
