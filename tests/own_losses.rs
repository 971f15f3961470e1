//! Games whose losses a user writes as formulas.

mod paper;

use ganscope::game::{Analytic, Expression, Game, Hopf, Joint, Paper};
use ganscope::run::folder::Folder;
use ganscope::run::{RunError, RunOptions, Silent, paper_of, train};
use ganscope::scenario::{Override, PlayerName, Regularizer, load};
use ganscope::spectrum::{Hunt, equilibrium};
use paper::*;
use std::sync::atomic::AtomicBool;

fn of(paper: Paper, regularizers: &[Regularizer]) -> Analytic {
    Analytic::new(paper, terms(regularizers))
}

#[test]
fn a_game_of_formulas_is_the_game_that_they_write() {
    let potential = "(mu * (x^2 + y^2) / 2 + a * (x^2 + y^2)^2 / 4 + c * (x^2 + y^2)^3 / 6)";
    let losses = [format!("w * x * y - {potential}"), format!("-w*x*y - {potential}")];
    let constants = [("mu", 0.3), ("w", 1.3), ("a", -0.8), ("c", 0.1)];
    let names = [["x".to_string()], ["y".to_string()]];
    let written = Expression::new([&losses[0], &losses[1]], [&names[0], &names[1]], &constants).unwrap();
    let some = [nk17(0.4), decay(0.2, PlayerName::Discriminator), consensus(0.3)];
    let written = of(Paper::Expression(written), &some);
    let built_in = of(Paper::Hopf(Hopf { mu: 0.3, frequency: 1.3, cubic: -0.8, quintic: 0.1 }), &some);
    for seed in 0..10 {
        let here = somewhere(&built_in, seed);
        let v = [&written, &built_in].map(|game| game.field(&here, &HERE).unwrap());
        let j = [&written, &built_in].map(|game| jacobian(game, &here));
        assert!(v[0].distance(&v[1]) < 1e-12 && (&j[0] - &j[1]).amax() < 1e-11, "{v:?} {j:?}");
    }
}

#[test]
fn the_equilibrium_of_formulas_is_found() {
    // cosh x = 2 and y = e^-z: quotients, functions and powers with an exponent that moves.
    let names = [vec!["x".to_string()], vec!["y".to_string(), "z".to_string()]];
    let losses = ["(cosh(x) - 2)^2 / (1 + y^2)", "(y - exp(-z))^2 + (2^z - 8)^2 + y * 0 * x"];
    let game = Expression::new(losses, [&names[0], &names[1]], &[]).unwrap();
    let game = of(Paper::Expression(game), &[]);
    assert!(game.equilibria(0).is_empty() && game.prediction(0).is_none());
    let start = Joint { d: vec![1.0], g: vec![0.3, 2.5] };
    let found = equilibrium(&game, &start, &HERE, &Hunt::default(), &|_, _| ()).unwrap();
    assert!(found.report.equilibrium, "{:?}", found.report);
    let wanted = Joint { d: vec![2f64.acosh()], g: vec![(-3f64).exp(), 3.0] };
    assert!(found.at.distance(&wanted) < 1e-9, "{:?}", found.at);
}

#[test]
fn the_distance_from_an_equilibrium_that_is_given_is_recorded() {
    let scenario = load("own-losses", &[], None).unwrap();
    let place = tempfile::tempdir().unwrap();
    let options = RunOptions::new(place.path().join("run"));
    train(&scenario, &options, &mut Silent, &AtomicBool::new(false)).unwrap();
    let run = Folder::new(&options.out).load().unwrap();
    let column = |name: &str| run.table.column(name).unwrap();
    let (x, y, distance) = (column("d0"), column("g0"), column("distance_equilibrium"));
    for ((x, y), distance) in x.iter().zip(y).zip(distance) {
        assert!((distance - x.hypot(y - 1.0)).abs() < 1e-15);
    }
    // A point where the field is tanh(x), and not 0, is refused.
    let set = Override::parse("game.equilibrium={ d = [0.5], g = [1.0] }").unwrap();
    let wrong = load("own-losses", &[set], None).unwrap();
    let refused = paper_of(&wrong.scenario).unwrap_err();
    assert!(matches!(&refused, RunError::Refused(text) if text.contains("game.equilibrium")), "{refused}");
}
