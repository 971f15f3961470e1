//! The part of a run on which a linear prediction can be measured, and what is measured there.
//!
//! A record counts while the linear part makes up most of the field, ‖v - J x‖ <= t ‖J x‖ with x the deviation, and the
//! distance is above rounding. The longest unbroken stretch of such records is taken, for the smallest of a few t that
//! leaves enough of them, and its beginning is left out until what dies away faster has died away.
//!
//! Far along such a stretch the deviation obeys x(k + n) = |mu|^n x(k) wherever n steps are a whole number of half turns,
//! whatever the shape of the spiral. So the factor is read off distances such a lag apart; a line fitted to the distances
//! would be bent by their swing within each turn.

use super::rest::points;
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::run::folder::RunData;
use crate::spectrum::dense_jacobian;
use nalgebra::{Complex, DVector};
use std::f64::consts::{PI, TAU};

/// Distances below this are rounding.
pub const ROUNDING: f64 = 1e-11;
/// Shares of the field that may be other than linear, the strictest first.
const SHARES: [f64; 3] = [1e-3, 1e-2, 1e-1];
/// Fewest records that are measured.
const FEWEST: usize = 12;
/// What is left of faster directions where measuring begins.
const LEFT: f64 = 1e-3;

/// Why something was not measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too few records in a row are near enough.
    #[error("no {FEWEST} records in a row lie near enough to the equilibrium and above rounding")]
    NeverNear,
    /// Faster directions have not died away where the stretch ends.
    #[error("other directions die away too slowly beside the slowest to be told from it on this run")]
    Crowded,
    /// A setting changes along the run.
    #[error("{0} changes over the run, so no one factor holds")]
    Changing(&'static str),
    /// Records are too far apart to count turns.
    #[error("records are half a turn apart or more; record more often")]
    Coarse,
    /// What is conserved differs from its value at the equilibrium by rounding alone.
    #[error("it lies within rounding of its value at the equilibrium")]
    Rounded,
    /// There are more parameters than are recorded.
    #[error("the game has more parameters than a run records")]
    NotRecorded,
    /// Turns are counted in a plane.
    #[error("turns are counted only with one parameter a player")]
    NotPlane,
}

/// A stretch of a run near its equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The first step of it.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// The largest share of the field that is other than linear; None where parameters were not recorded.
    pub share: Option<f64>,
    /// Whether what is other than linear is too small to matter for the factor: at most a tenth of what |mu| is off from
    /// 1, where the linear part moves by |mu - 1|.
    pub clean: bool,
    /// The factor on the distance a step.
    pub factor: f64,
    /// Steps a turn.
    pub turn: Result<f64, Refusal>,
    /// The factor a step on what the unregularised flow conserves.
    pub energy: Result<f64, Refusal>,
}

/// The recorded parameters, or only the distances where there are too many parameters to record.
pub struct Path {
    steps: Vec<u64>,
    points: Option<Vec<Joint<f64>>>,
    distances: Vec<f64>,
}

impl Path {
    /// The path of a run.
    pub fn of(run: &RunData, sizes: [usize; 2]) -> Self {
        let steps = run.table.column("step").unwrap_or_default();
        Path {
            points: points(run, sizes),
            distances: run.table.column("distance_equilibrium").unwrap_or_default(),
            steps: steps.into_iter().map(|step| step as u64).collect(),
        }
    }
}

/// A run as deviations from one equilibrium.
pub struct Motion {
    steps: Vec<u64>,
    /// Distance from the equilibrium, record by record.
    pub distances: Vec<f64>,
    /// Share of the field that is other than linear, record by record.
    shares: Option<Vec<f64>>,
    /// Angle of the deviation in the plane, for games of two parameters.
    angles: Option<Vec<f64>>,
    /// What the unregularised flow conserves, above its value at the equilibrium.
    energies: Option<Vec<f64>>,
    floor: f64,
}

impl Motion {
    /// The deviations of a path from an equilibrium.
    pub fn of(path: &Path, game: &Analytic, at: &Joint<f64>, step: u64) -> Self {
        let center = at.flat();
        let deviations: Option<Vec<DVector<f64>>> = path.points.as_ref().map(|points| {
            points.iter().map(|p| DVector::from_vec(p.flat()) - DVector::from_column_slice(&center)).collect()
        });
        let distances = match &deviations {
            Some(all) => all.iter().map(|x| x.norm()).collect(),
            None => path.distances.clone(),
        };
        let batch = game.draw(Draw { step, draw: 0 });
        let jacobian = dense_jacobian(game, at, &batch).ok();
        let share = |x: &DVector<f64>| {
            let here: Vec<f64> = x.iter().zip(&center).map(|(x, c)| x + c).collect();
            let v = game.field(&Joint::from_flat(&here, at.d.len()), &batch).ok()?;
            let linear = jacobian.as_ref()? * x;
            Some((DVector::from_vec(v.flat()) - &linear).norm() / linear.norm())
        };
        let shares =
            deviations.as_ref().map(|all| all.iter().map(|x| share(x).unwrap_or(f64::INFINITY)).collect());
        let energies = game.conserved().zip(path.points.as_ref()).map(|(energy, points)| {
            let rest = (energy.at)(&center);
            points.iter().map(|point| (energy.at)(&point.flat()) - rest).collect()
        });
        let angles = deviations
            .filter(|_| center.len() == 2)
            .map(|all| all.iter().map(|x| x[1].atan2(x[0])).collect());
        let scale = center.iter().fold(1.0f64, |most, c| most.max(c.abs()));
        Motion { steps: path.steps.clone(), distances, shares, angles, energies, floor: ROUNDING * scale }
    }

    /// The stretch for a leading multiplier; `ratio` is by how much everything else shrinks beside it a step.
    pub fn stretch(&self, mu: Complex<f64>, ratio: f64) -> Result<Stretch, Refusal> {
        let mut why = Refusal::NeverNear;
        for share in SHARES {
            match self.within(share, mu, ratio) {
                Ok(found) => return Ok(found),
                Err(refusal) => why = refusal,
            }
        }
        Err(why)
    }

    fn within(&self, share: f64, mu: Complex<f64>, ratio: f64) -> Result<Stretch, Refusal> {
        let near = |k: usize| self.shares.as_ref().is_none_or(|shares| shares[k] <= share);
        let fine = |k: usize| self.distances[k].is_finite() && self.distances[k] > self.floor && near(k);
        let (start, end) =
            longest(self.distances.len().min(self.steps.len()), fine).ok_or(Refusal::NeverNear)?;
        if end - start < FEWEST {
            return Err(Refusal::NeverNear);
        }
        let wait = if ratio > 0.0 { LEFT.ln() / ratio.ln() } else { 0.0 };
        let first = (start..end).find(|k| (self.steps[*k] - self.steps[start]) as f64 >= wait);
        let first = first.filter(|first| end - first >= FEWEST).ok_or(Refusal::Crowded)?;
        let count = end - first;
        let spacing = (self.steps[end - 1] - self.steps[first]) as f64 / (count - 1) as f64;
        let lag = lag(count, mu.arg().abs() * spacing).ok_or(Refusal::NeverNear)?;
        let pairs = || (first..end - lag).map(|k| (k, k + lag));
        let passed = |(a, b): (usize, usize)| (self.steps[b] - self.steps[a]) as f64;
        let rates = pairs().map(|(a, b)| (self.distances[b] / self.distances[a]).ln() / passed((a, b)));
        let used = self.shares.as_ref().map(|s| s[first..end].iter().copied().fold(0.0, f64::max));
        Ok(Stretch {
            clean: used.is_none_or(|share| share * (mu - 1.0).norm() <= 0.1 * (mu.norm() - 1.0).abs()),
            from: self.steps[first],
            to: self.steps[end - 1],
            share: used,
            factor: mean(rates).exp(),
            turn: self.turn(first, end, lag, mu.arg().abs() * spacing),
            energy: self.energy(first, end, lag),
        })
    }

    /// The factor a step on the conserved quantity, from values the lag apart.
    fn energy(&self, first: usize, end: usize, lag: usize) -> Result<f64, Refusal> {
        let energies = self.energies.as_ref().ok_or(Refusal::NotRecorded)?;
        let pairs = (first..end - lag).map(|k| (k, k + lag));
        let clear: Vec<(usize, usize)> =
            pairs.filter(|(a, b)| energies[*a].min(energies[*b]) > ENERGY_ROUNDING).collect();
        if clear.len() < FEWEST / 2 {
            return Err(Refusal::Rounded);
        }
        let rate = |(a, b): (usize, usize)| {
            (energies[b] / energies[a]).ln() / (self.steps[b] - self.steps[a]) as f64
        };
        Ok(mean(clear.into_iter().map(rate)).exp())
    }

    /// Steps a turn, from the angle that passes over the lag.
    fn turn(&self, first: usize, end: usize, lag: usize, angle: f64) -> Result<f64, Refusal> {
        let angles = self.angles.as_ref().ok_or(Refusal::NotPlane)?;
        if angle >= 0.9 * PI {
            return Err(Refusal::Coarse);
        }
        let mut turned = vec![0.0];
        for k in first + 1..end {
            // The small way round from one record to the next.
            let step = (angles[k] - angles[k - 1] + PI).rem_euclid(TAU) - PI;
            turned.push(turned[turned.len() - 1] + step);
        }
        let speeds = (0..end - first - lag).map(|k| {
            (turned[k + lag] - turned[k]).abs() / (self.steps[first + k + lag] - self.steps[first + k]) as f64
        });
        Ok(TAU / mean(speeds))
    }
}

/// Values of what is conserved below this above the equilibrium's are rounding.
const ENERGY_ROUNDING: f64 = 1e-12;

/// The longest run of indices that are all fine, as a half-open range.
fn longest(count: usize, fine: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let (mut best, mut start) = (None, 0);
    for k in 0..=count {
        if k < count && fine(k) {
            continue;
        }
        if best.is_none_or(|(a, b)| b - a < k - start) && k > start {
            best = Some((start, k));
        }
        start = k + 1;
    }
    best
}

/// Records between two distances that are compared: from a third to two thirds of all, nearest to a whole number of half
/// turns at this angle a record.
fn lag(count: usize, angle: f64) -> Option<usize> {
    let off = |lag: &usize| {
        let halves = angle * *lag as f64 / PI;
        (halves - halves.round()).abs()
    };
    (count / 3..=2 * count / 3).filter(|lag| *lag > 0).min_by(|a, b| off(a).total_cmp(&off(b)))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), x| (sum + x, count + 1));
    sum / count as f64
}
