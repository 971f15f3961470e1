//! To what the distance of a state is measured.

use crate::game::{Analytic, AnalyticError, Copies, Draw, Game, Joint};

/// To what distances are measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// The nearest of these equilibria.
    Points(Vec<Joint<f64>>),
    /// The nearest equilibrium, where equilibria are no single points.
    Manifold,
    /// No equilibrium is known: the norm of the field stands for a distance.
    Field,
}

impl Goal {
    /// What is known of a game's equilibria as it is at a step; `at` is any point that is none.
    pub fn of(game: &Analytic, at: &Joint<f64>, step: u64) -> Self {
        let points = game.equilibria(step);
        match game.nearest_equilibrium(at, step) {
            Some(nearest) if points.contains(&nearest) => Goal::Points(points),
            Some(_) => Goal::Manifold,
            None => Goal::Field,
        }
    }

    /// Whether distances are to an equilibrium.
    pub fn is_known(&self) -> bool {
        *self != Goal::Field
    }

    /// The distance of a state after so many rounds.
    pub fn distance(&self, game: &Analytic, at: &Joint<f64>, round: u64) -> Result<f64, AnalyticError> {
        Ok(match self {
            Goal::Points(points) => nearest(at, points, 1)[0],
            Goal::Manifold => to_manifold(game, at, round),
            Goal::Field => game.field(at, &Draw { step: round, draw: 0 })?.norm(),
        })
    }

    /// The distances of all copies.
    pub fn distances(&self, copies: &Copies, at: &Joint<f64>, round: u64) -> Result<Vec<f64>, AnalyticError> {
        let count = copies.count();
        Ok(match self {
            Goal::Points(points) => nearest(at, points, count),
            Goal::Manifold => {
                (0..count).map(|k| to_manifold(copies.game(), &copies.copy(at, k), round)).collect()
            }
            Goal::Field => norms(&copies.field(at, &Draw { step: round, draw: 0 })?, count),
        })
    }
}

fn to_manifold(game: &Analytic, at: &Joint<f64>, round: u64) -> f64 {
    game.nearest_equilibrium(at, round).map_or(f64::NAN, |nearest| at.distance(&nearest))
}

/// The distance of each of `count` states to the nearest of some points.
fn nearest(at: &Joint<f64>, points: &[Joint<f64>], count: usize) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; count];
    let mut squares = vec![0.0; count];
    for point in points {
        squares.fill(0.0);
        for (coordinate, to) in coordinates(at, count).zip(point.d.iter().chain(&point.g)) {
            squares.iter_mut().zip(coordinate).for_each(|(sum, x)| *sum += (x - to) * (x - to));
        }
        best.iter_mut().zip(&squares).for_each(|(best, square)| *best = best.min(*square));
    }
    best.into_iter().map(f64::sqrt).collect()
}

/// The norm of each state's part of a vector.
fn norms(v: &Joint<f64>, count: usize) -> Vec<f64> {
    let mut squares = vec![0.0; count];
    for coordinate in coordinates(v, count) {
        squares.iter_mut().zip(coordinate).for_each(|(sum, x)| *sum += x * x);
    }
    squares.into_iter().map(f64::sqrt).collect()
}

/// Every coordinate in turn, a number for each of `count` states.
fn coordinates(at: &Joint<f64>, count: usize) -> impl Iterator<Item = &[f64]> {
    at.d.chunks(count).chain(at.g.chunks(count))
}
