//! The search for an equilibrium: it comes back to the one it was pushed from, and calls nothing one that is none.

use ganscope::game::{Draw, Explicit, Game, Gan, Joint, Linearized, Player};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{Override, load};
use ganscope::spectrum::{Ended, Found, Hunt, HuntError, equilibrium, kinks};
use nalgebra::DMatrix;
use std::convert::Infallible;
use std::error::Error;

/// A game on paper with one number a player: its field and its Jacobian row by row.
struct Paper(fn(f64, f64) -> ([f64; 2], [f64; 4]));

impl Game<f64> for Paper {
    type Batch = ();
    type Error = Infallible;

    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn draw(&self, _: Draw) {}

    fn losses(&self, _: &Joint<f64>, (): &()) -> Result<[f64; 2], Infallible> {
        Ok([0.0; 2])
    }

    fn velocity(&self, player: Player, at: &Joint<f64>, (): &(), out: &mut [f64]) -> Result<(), Infallible> {
        out[0] = self.0(at.d[0], at.g[0]).0[player as usize];
        Ok(())
    }

    fn gradient(&self, _: Player, _: &Joint<f64>, (): &()) -> Result<Joint<f64>, Infallible> {
        Ok(Joint::zeros([1, 1]))
    }

    fn linearize<'a>(
        &'a self,
        at: &'a Joint<f64>,
        (): &'a (),
    ) -> Result<Box<dyn Linearized<f64, Infallible> + 'a>, Infallible> {
        let matrix = DMatrix::from_row_slice(2, 2, &self.0(at.d[0], at.g[0]).1);
        Ok(Box::new(Explicit { matrix, sizes: [1, 1] }))
    }
}

fn search(game: &Paper, d: f64, g: f64, hunt: &Hunt) -> Result<Found, HuntError<Infallible>> {
    equilibrium(game, &Joint { d: vec![d], g: vec![g] }, &(), hunt, &|_, _| ())
}

#[test]
fn a_bilinear_game_takes_one_gauss_newton_step() -> Result<(), Box<dyn Error>> {
    let game = Paper(|d, g| ([1.7 * g, -1.7 * d], [0.0, 1.7, -1.7, 0.0]));
    let found = search(&game, 0.8, -0.3, &Hunt { damping: 0.0, ..Hunt::default() })?;
    assert_eq!((found.report.iterations, found.report.ended), (1, Ended::Residual), "{:?}", found.report);
    assert!(found.report.equilibrium && found.report.field_after < 1e-14);
    assert!((found.report.distance - 0.73f64.sqrt()).abs() < 1e-14, "{:?}", found.report);
    assert!((found.report.distances[1] - 0.3).abs() < 1e-14);
    // Damped, it takes some more.
    assert!(search(&game, 0.8, -0.3, &Hunt::default())?.report.equilibrium);
    Ok(())
}

/// v = (1 + d^2, -g): ‖v‖ has a minimum at the origin, and there is no equilibrium anywhere.
#[test]
fn a_minimum_of_the_field_that_is_no_equilibrium_is_refused() -> Result<(), Box<dyn Error>> {
    let game = Paper(|d, g| ([1.0 + d * d, -g], [2.0 * d, 0.0, 0.0, -1.0]));
    let report = search(&game, 0.9, 0.4, &Hunt::default())?.report;
    assert!(!report.equilibrium, "{report:?}");
    assert!((report.field_after - 1.0).abs() < 1e-9 && report.gradient < 1e-6, "{report:?}");
    assert!(matches!(report.ended, Ended::Stationary | Ended::NoDecrease), "{report:?}");
    assert!(report.sentence().starts_with("no equilibrium"), "{}", report.sentence());
    // The saddle of ‖v‖ between the two equilibria of (d^2 - 1, -g).
    let game = Paper(|d, g| ([d * d - 1.0, -g], [2.0 * d, 0.0, 0.0, -1.0]));
    let report = search(&game, 0.0, 0.0, &Hunt::default())?.report;
    assert!(!report.equilibrium && report.ended == Ended::Stationary, "{report:?}");
    Ok(())
}

/// A line of equilibria, d + g = 1, where J is singular everywhere; and a point where J alone vanishes.
#[test]
fn a_singular_jacobian_is_damped() -> Result<(), Box<dyn Error>> {
    let line = Paper(|d, g| ([1.0 - d - g, 1.0 - d - g], [-1.0; 4]));
    for damping in [0.0, 1e-3] {
        let found = search(&line, 3.0, 1.0, &Hunt { damping, ..Hunt::default() })?;
        assert!(found.report.equilibrium && found.report.field_after < 1e-12, "{:?}", found.report);
        // The nearest of them: (1.5, -0.5).
        assert!((found.at.d[0] - 1.5).abs() < 1e-9 && (found.at.g[0] + 0.5).abs() < 1e-9);
    }
    let double = Paper(|d, g| ([-d * d, -g], [-2.0 * d, 0.0, 0.0, -1.0]));
    let report = search(&double, 1.0, 1.0, &Hunt::default())?.report;
    assert!(report.equilibrium && report.field_after < 1e-6, "{report:?}");
    Ok(())
}

#[test]
fn what_is_not_a_number_is_refused() {
    let game = Paper(|d, g| ([d.sqrt(), -g], [0.5 / d.sqrt(), 0.0, 0.0, -1.0]));
    assert!(matches!(search(&game, -1.0, 0.0, &Hunt::default()), Err(HuntError::NotFinite)));
    let game = Paper(|_, g| ([1.0, -g], [f64::NAN, 0.0, 0.0, -1.0]));
    assert!(matches!(search(&game, 1.0, 0.0, &Hunt::default()), Err(HuntError::Singular { .. })));
    let limited = Hunt { iterations: 1, ..Hunt::default() };
    let game = Paper(|d, g| ([d.exp(), -g], [d.exp(), 0.0, 0.0, -1.0]));
    let report = search(&game, 1.0, 0.5, &limited);
    assert!(
        matches!(report, Ok(Found { report, .. }) if report.ended == Ended::Iterations && !report.equilibrium)
    );
}

fn teacher(activation: &str) -> Result<Gan<f64>, Box<dyn Error>> {
    let set = [
        &format!("game.generator.activation=\"{activation}\""),
        &format!("game.discriminator.activation=\"{activation}\""),
        "game.generator.hidden=[4]",
        "game.discriminator.hidden=[8]",
        "train.batch=32",
    ];
    let set = set.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(gan_of::<f64>(&load("teacher-student", &set, None)?, &RunOptions::new("unused"))?)
}

fn pushed(at: &Joint<f64>, by: f64) -> Joint<f64> {
    let mut out = at.clone();
    let noise = |k: usize| by * libm::sin(12.9898 * (k + 1) as f64 * (k + 3) as f64);
    out.d.iter_mut().chain(&mut out.g).enumerate().for_each(|(k, x)| *x += noise(k));
    out
}

#[test]
fn a_pushed_teacher_comes_back_to_an_equilibrium() -> Result<(), Box<dyn Error>> {
    let gan = teacher("tanh")?;
    let solution = gan.solution().ok_or("a teacher has a solution")?;
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let found = equilibrium(&gan, &pushed(&solution, 1e-2), &batch, &Hunt::default(), &|_, _| ())?;
    assert!(found.report.equilibrium && found.report.field_after < 1e-10, "{:?}", found.report);
    assert!(found.report.distance < 0.1, "{:?}", found.report);
    assert_eq!(kinks(&gan, &solution, &found.at, &batch).seen, 0, "tanh has no kinks");
    Ok(())
}

#[test]
fn kinks_between_two_points_are_counted() -> Result<(), Box<dyn Error>> {
    let gan = teacher("leaky_relu")?;
    let solution = gan.solution().ok_or("a teacher has a solution")?;
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let none = kinks(&gan, &solution, &solution, &batch);
    assert_eq!((none.seen, none.crossed, none.at_kink), (32 * (4 + 8 + 8), 0, 0));
    let counts = [1e-6, 1e-2, 1.0].map(|by| kinks(&gan, &solution, &pushed(&solution, by), &batch).crossed);
    assert!(counts[0] == 0 && 0 < counts[1] && counts[1] < counts[2], "{counts:?}");
    // Biases start at 0: a unit without weights sits at its kink on every row.
    let mut dead = solution.clone();
    dead.g[..2].fill(0.0);
    assert_eq!(kinks(&gan, &solution, &dead, &batch).at_kink, 32);
    Ok(())
}
