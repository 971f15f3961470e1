//! What theory says of a rule's errors, on games whose motion is known exactly.

use ganscope::game::{Analytic, Draw, Game, Joint, Linear, Paper, Uniform, losses_of};
use ganscope::rule::flow::{Tolerance, points};
use ganscope::rule::rule_of;
use ganscope::scenario::{Dynamics, Objective, ObjectiveKind};
use nalgebra::{DMatrix, DVector};

const HERE: Draw = Draw { step: 0, draw: 0 };

fn dynamics(table: &str) -> Dynamics {
    toml::from_str(table).unwrap_or_else(|e| panic!("{table}: {e}"))
}

fn linear(rows: &[f64]) -> Analytic {
    let n = (rows.len() as f64).sqrt() as usize;
    Analytic::new(Paper::Linear(Linear::new(DMatrix::from_row_slice(n, n, rows), 1)), Vec::new())
}

/// Where a rule leads from (0.3, 1) in so many rounds.
fn end(game: &Analytic, table: &str, rounds: u64) -> Joint<f64> {
    let rule = rule_of::<f64, Analytic>(&dynamics(table), rounds, None);
    let (mut at, mut state) = (Joint { d: vec![0.3], g: vec![1.0] }, rule.start([1, 1]));
    for step in 0..rounds {
        assert!(rule.round(game, &mut at, &mut state, step).is_ok());
    }
    at
}

/// d^2 + g^2 is the energy of V = d g. Over a fixed time a method of order p lets it drift by O(h^p), where its stability
/// polynomial says |R(i h)|^2 = 1 + c h^(p + 1) + ...: simultaneous steps 1 + h^2, Heun 1 + h^4 / 4, order four
/// 1 - h^6 / 72, extragradient 1 - h^2 + h^4, alternating steps none on average.
#[test]
fn energy_drifts_by_the_order_of_the_rule() {
    let game = linear(&[0.0, 1.0, -1.0, 0.0]);
    let drift = |rule: &str, h: f64| {
        let rounds = (8.0 / h).round() as u64;
        let at = end(&game, &format!("rule = {rule}\noptimizer = {{ kind = 'sgd', lr = {h} }}"), rounds);
        (at.norm_squared() / 1.09 - 1.0, rounds as f64)
    };
    for h in [0.04f64, 0.02, 0.01] {
        // Exactly: (|R(i h)|^2)^rounds.
        for (rule, square) in [
            ("'simultaneous'", 1.0 + h * h),
            ("'extragradient'", 1.0 - h * h + h.powi(4)),
            ("{ kind = 'runge_kutta', method = 'heun' }", 1.0 + h.powi(4) / 4.0),
            ("'runge_kutta'", 1.0 - h.powi(6) / 72.0 + h.powi(8) / 576.0),
            ("'competitive'", 1.0 / (1.0 + h * h)),
        ] {
            // The competitive step solves its system to a tolerance of 1e-6 only.
            let within = if rule == "'competitive'" { 1e-5 } else { 1e-12 };
            let (found, rounds) = drift(rule, h);
            let want = libm::pow(square, rounds) - 1.0;
            assert!((found - want).abs() < within, "{rule} {h}: {found:e} {want:e}");
        }
    }
}

/// Halving h divides the error at a fixed time by 2^p.
#[test]
fn runge_kutta_methods_converge_at_their_orders() {
    let matrix = [-0.3, 1.0, -1.4, 0.1];
    let game = linear(&matrix);
    let exact = (DMatrix::from_row_slice(2, 2, &matrix) * 2.0).exp() * DVector::from_vec(vec![0.3, 1.0]);
    let error = |method: &str, h: f64| {
        let table = format!(
            "rule = {{ kind = 'runge_kutta', method = '{method}' }}\noptimizer = {{ kind = 'sgd', lr = {h} }}"
        );
        (DVector::from_vec(end(&game, &table, (2.0 / h).round() as u64).flat()) - &exact).norm()
    };
    for (method, order) in [("euler", 1.0), ("heun", 2.0), ("rk4", 4.0)] {
        let found = (error(method, 0.02) / error(method, 0.01)).log2();
        assert!((found - order).abs() < 0.06, "{method}: {found}");
    }
}

/// The global error of the adaptive flow falls in proportion to its tolerance.
#[test]
fn the_flow_keeps_its_tolerance() {
    let losses = losses_of(&Objective::Named(ObjectiveKind::Wasserstein)).expect("losses");
    let game = Analytic::new(Paper::Uniform(Uniform::new(losses)), Vec::new());
    let start = Joint { d: vec![0.5], g: vec![0.5] };
    let to = |tolerance: f64| {
        let tolerance = Tolerance { absolute: tolerance, relative: tolerance };
        let all = points(&game, &start, &HERE, &[0.0, 20.0], tolerance).expect("a field");
        all.last().expect("an end").clone()
    };
    let exact = to(1e-13);
    let errors = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8].map(|tolerance| to(tolerance).distance(&exact) / tolerance);
    let (least, most) = errors.iter().fold((f64::INFINITY, 0.0f64), |(a, b), e| (a.min(*e), b.max(*e)));
    assert!(most < 100.0 && least > 0.01 && most / least < 30.0, "{errors:?}");
    // And its invariant w^2 - ln a + a^2 / 2 with it.
    let energy = |at: &Joint<f64>| at.d[0] * at.d[0] - at.g[0].ln() + at.g[0] * at.g[0] / 2.0;
    assert!((energy(&exact) - energy(&start)).abs() < 1e-10);
}

/// A round of the rule `flow` is the flow for a time of one step size, also where it reaches in a few steps only.
#[test]
fn rounds_of_the_flow_are_exponentials() {
    let matrix = [-0.3, 1.0, -1.4, 0.1];
    let at = end(
        &linear(&matrix),
        "rule = { kind = 'flow', tolerance = 1e-12 }\noptimizer = { kind = 'sgd', lr = 0.7 }",
        5,
    );
    let exact = (DMatrix::from_row_slice(2, 2, &matrix) * 3.5).exp() * DVector::from_vec(vec![0.3, 1.0]);
    assert!((DVector::from_vec(at.flat()) - exact).norm() < 1e-10);
}

/// A field that blows up is followed up to where it does, and the rule says so.
#[test]
fn a_flow_that_blows_up_ends_there() {
    use ganscope::game::SaddleMonkey;
    let game = Analytic::new(Paper::SaddleMonkey(SaddleMonkey), Vec::new());
    // On the axis d' = -3 d^2: from d = -1 it is infinite at t = 1/3.
    let start = Joint { d: vec![-1.0], g: vec![0.0] };
    let times: Vec<f64> = (0..=40).map(|k| 0.01 * k as f64).collect();
    let tolerance = Tolerance { absolute: 1e-9, relative: 1e-9 };
    let reached = points(&game, &start, &HERE, &times, tolerance).expect("a field");
    assert!((33..=34).contains(&reached.len()), "{}", reached.len());
    for (at, t) in reached.iter().zip(&times) {
        let exact = -1.0 / (1.0 - 3.0 * t);
        assert!((at.d[0] / exact - 1.0).abs() < 1e-5, "{} {exact}", at.d[0]);
    }
}

/// The uniform average of alternating iterates on a bilinear game converges as 1 / t while the iterates go round.
#[test]
fn averages_of_alternating_iterates_converge_as_one_over_t() {
    let game = linear(&[0.0, 1.0, -1.0, 0.0]);
    let rule = rule_of::<f64, Analytic>(&dynamics("optimizer = { kind = 'sgd', lr = 0.3 }"), 1, None);
    let (mut at, mut state) = (Joint { d: vec![0.3], g: vec![1.0] }, rule.start([1, 1]));
    let mut sum = at.clone();
    let mut bound = 0.0f64;
    for t in 1..20_000u64 {
        assert!(rule.round(&game, &mut at, &mut state, t).is_ok());
        sum.add_scaled(1.0, &at);
        assert!(at.norm() > 0.8);
        if t > 100 {
            bound = bound.max(sum.norm());
        }
    }
    // t times the average stays bounded: at most the orbit's diameter over h, and no less than a tenth of it.
    assert!(bound < 2.0 * 1.3 / 0.3 && bound > 0.4, "{bound}");
}

/// The field of a game is what its flow follows: a step of length 0 is none.
#[test]
fn no_time_is_no_motion() {
    let game = linear(&[0.0, 1.0, -1.0, 0.0]);
    let start = Joint { d: vec![0.3], g: vec![1.0] };
    let tolerance = Tolerance { absolute: 1e-9, relative: 1e-9 };
    assert_eq!(
        points(&game, &start, &HERE, &[0.0, 0.0], tolerance).expect("a field"),
        [start.clone(), start.clone()]
    );
    assert_eq!(game.field(&start, &HERE).expect("a field"), Joint { d: vec![1.0], g: vec![-0.3] });
}
