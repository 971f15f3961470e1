//! Games on paper and their regularisers, for tests.
#![allow(dead_code)] // Each test uses its part.

use ganscope::game::{Analytic, Dirac, Draw, Game, Joint, LqWgan, Paper, Term, Uniform, losses_of};
use ganscope::scenario::{Objective, ObjectiveKind, PlayerName, Regularizer, Schedule};
use ganscope::spectrum::dense_jacobian;
use nalgebra::{DMatrix, DVector};

pub const HERE: Draw = Draw { step: 0, draw: 0 };
pub const ALL: [ObjectiveKind; 6] = [
    ObjectiveKind::Minimax,
    ObjectiveKind::NonSaturating,
    ObjectiveKind::Wasserstein,
    ObjectiveKind::LeastSquares,
    ObjectiveKind::Hinge,
    ObjectiveKind::Relativistic,
];

pub fn named(kind: ObjectiveKind) -> Objective {
    Objective::Named(kind)
}

pub fn terms(regularizers: &[Regularizer]) -> Vec<Term> {
    regularizers.iter().map(|r| Term::new(r, 100)).collect()
}

pub fn dirac(objective: &Objective, noise: f64, regularizers: &[Regularizer]) -> Analytic {
    Analytic::new(Paper::Dirac(Dirac::new(losses_of(objective).unwrap(), noise)), terms(regularizers))
}

pub fn uniform(objective: &Objective, regularizers: &[Regularizer]) -> Analytic {
    Analytic::new(Paper::Uniform(Uniform::new(losses_of(objective).unwrap())), terms(regularizers))
}

pub fn at(d: f64, g: f64) -> Joint<f64> {
    Joint { d: vec![d], g: vec![g] }
}

pub fn constant(x: f64) -> Schedule {
    Schedule::Constant(x)
}

pub fn nk17(eta: f64) -> Regularizer {
    let (of, paid_by) = (PlayerName::Discriminator, PlayerName::Generator);
    Regularizer::GradientNorm { eta: constant(eta), of, paid_by, every: 1 }
}

pub fn r1(gamma: f64) -> Regularizer {
    Regularizer::R1 { gamma: constant(gamma), every: 1 }
}

pub fn r2(gamma: f64) -> Regularizer {
    Regularizer::R2 { gamma: constant(gamma), every: 1 }
}

/// The reverse of NK17's: the generator's gradient, paid by the discriminator (ODE-GAN).
pub fn ode_gan(eta: f64) -> Regularizer {
    let (of, paid_by) = (PlayerName::Generator, PlayerName::Discriminator);
    Regularizer::GradientNorm { eta: constant(eta), of, paid_by, every: 1 }
}

pub fn decay(strength: f64, player: PlayerName) -> Regularizer {
    Regularizer::WeightDecay { strength: constant(strength), player }
}

pub fn consensus(gamma: f64) -> Regularizer {
    Regularizer::Consensus { gamma: constant(gamma), every: 1 }
}

pub fn penalty(lambda: f64, center: f64, one_sided: bool) -> Regularizer {
    Regularizer::GradientPenalty { lambda: constant(lambda), center, one_sided, every: 1 }
}

pub fn jacobian(game: &Analytic, at: &Joint<f64>) -> DMatrix<f64> {
    dense_jacobian(game, at, &HERE).unwrap()
}

/// Data of n dimensions, correlated, of mean `mean` everywhere.
pub fn lq_wgan(n: usize, mean: f64, regularizers: &[Regularizer]) -> Analytic {
    let entry = |i: usize, j: usize| if i == j { 1.0 + 0.4 * i as f64 } else { 0.3 / (1 + i + j) as f64 };
    let game = LqWgan::new(DVector::from_element(n, mean), DMatrix::from_fn(n, n, entry));
    Analytic::new(Paper::LqWgan(game), terms(regularizers))
}

/// A point with numbers of size 1 that follow no pattern of the game's.
pub fn somewhere(game: &Analytic, seed: u64) -> Joint<f64> {
    let number = |k: usize| libm::sin(1.7 * k as f64 + 0.9 * seed as f64 + 0.3);
    let [d, g] = game.sizes();
    Joint::from_flat(&(0..d + g).map(number).collect::<Vec<_>>(), d)
}

/// The flow of a game for a time, by Runge-Kutta steps of order 4.
pub fn flow(game: &Analytic, start: &Joint<f64>, time: f64, step: f64) -> Joint<f64> {
    let mut at = start.clone();
    for _ in 0..(time / step).round() as u64 {
        let v = |by: f64, along: &Joint<f64>| {
            let mut there = at.clone();
            there.add_scaled(by, along);
            game.field(&there, &HERE).unwrap()
        };
        let first = game.field(&at, &HERE).unwrap();
        let second = v(step / 2.0, &first);
        let third = v(step / 2.0, &second);
        let fourth = v(step, &third);
        for (stage, weight) in [(first, 1.0), (second, 2.0), (third, 2.0), (fourth, 1.0)] {
            at.add_scaled(step * weight / 6.0, &stage);
        }
    }
    at
}
