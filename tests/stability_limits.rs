//! Multipliers of the rules against the books: stability polynomials, and the step sizes up to which a bilinear game is
//! known to contract.

use ganscope::game::{Analytic, Draw, Joint, Linear, Paper};
use ganscope::rule::{Rule, rule_of};
use ganscope::scenario::Dynamics;
use ganscope::spectrum::{dense_jacobian, eigenvalues};
use nalgebra::{Complex, DMatrix};

const LR: f64 = 0.13;

fn rule(table: &str) -> Box<dyn Rule<f64, Analytic>> {
    let dynamics: Dynamics = toml::from_str(table).unwrap_or_else(|e| panic!("{table}: {e}"));
    rule_of(&dynamics, 1, None)
}

/// The multipliers of a rule with step size LR on an eigenvalue of J.
fn multipliers(rule: &str, lambda: Complex<f64>) -> Vec<Complex<f64>> {
    let table = format!("rule = {rule}\noptimizer = {{ kind = 'sgd', lr = {LR} }}");
    let game = Analytic::new(Paper::Linear(Linear::new(DMatrix::zeros(2, 2), 1)), Vec::new());
    let rule = self::rule(&table);
    let round = rule.linearize(&game, &rule.start([1, 1]), 0).expect("a linear rule");
    round.multipliers_of(lambda * LR)
}

#[test]
fn stability_polynomials_are_those_of_the_books() {
    for lambda in [Complex::new(-0.7, 1.3), Complex::new(0.0, 2.0), Complex::new(-3.0, 0.0)] {
        let z = lambda * LR;
        let one = Complex::new(1.0, 0.0);
        let closed = [
            ("'simultaneous'", one + z),
            ("'extragradient'", one + z + z * z),
            ("{ kind = 'runge_kutta', method = 'euler' }", one + z),
            ("{ kind = 'runge_kutta', method = 'heun' }", one + z + z * z / 2.0),
            ("'runge_kutta'", one + z + z * z / 2.0 + z * z * z / 6.0 + z * z * z * z / 24.0),
            ("'flow'", z.exp()),
        ];
        for (rule, want) in closed {
            let found = multipliers(rule, lambda);
            assert!(found.len() == 1 && (found[0] - want).norm() < 1e-15, "{rule}: {found:?} {want}");
        }
        for rule in ["'optimistic'", "'extrapolation_from_past'"] {
            let found = multipliers(rule, lambda);
            for mu in &found {
                assert!((mu * mu - (one + 2.0 * z) * mu + z).norm() < 1e-14, "{rule}");
            }
            assert!((found[0] + found[1] - (one + 2.0 * z)).norm() < 1e-14, "{rule}");
        }
    }
}

/// One singular plane of a bilinear game: where each rule stands to the unit circle, with its limits.
#[test]
fn on_a_bilinear_game_each_rule_has_its_published_limit() {
    let largest = |rule: &str, hs: f64| {
        let all = multipliers(rule, Complex::new(0.0, hs / LR));
        all.iter().map(|mu| mu.norm()).fold(0.0, f64::max)
    };
    for hs in [0.01, 0.3, 0.9, 1.5] {
        assert!((largest("'simultaneous'", hs) - (1.0 + hs * hs).sqrt()).abs() < 1e-15);
        let extra = 1.0 - hs * hs + hs.powi(4);
        assert!((largest("'extragradient'", hs) - extra.sqrt()).abs() < 1e-15);
    }
    let limit = 1.0 / 3f64.sqrt();
    assert!(largest("'optimistic'", limit * 0.999) < 1.0 && largest("'optimistic'", limit * 1.001) > 1.0);
    let limit = 8f64.sqrt();
    assert!(largest("'runge_kutta'", limit * 0.999) < 1.0 && largest("'runge_kutta'", limit * 1.001) > 1.0);
    // The flow turns for ever; Heun's steps grow at every length, by h^4 s^4 / 8.
    assert!((largest("'flow'", 0.7) - 1.0).abs() < 1e-15);
    let heun = largest("{ kind = 'runge_kutta', method = 'heun' }", 0.1);
    assert!((heun * heun - (1.0 + 0.1f64.powi(4) / 4.0)).abs() < 1e-15);
}

/// The largest multiplier of a rule on the bilinear game V = s d g.
fn on_bilinear(table: &str, s: f64) -> f64 {
    let game = Analytic::new(Paper::Linear(Linear::bilinear(&DMatrix::from_element(1, 1, s))), Vec::new());
    let rule = rule(table);
    let round = rule.linearize(&game, &rule.start([1, 1]), 0).expect("a linear rule");
    let jacobian =
        dense_jacobian(&game, &Joint::zeros([1, 1]), &Draw { step: 0, draw: 0 }).expect("a Jacobian");
    let all = eigenvalues(&round.matrix(&jacobian)).expect("multipliers");
    all.iter().map(|mu| mu.norm()).fold(0.0, f64::max)
}

/// Alternating heavy ball contracts exactly for -1 < beta < 0 and h s < 2 (1 + beta); competitive descent is the implicit
/// Euler step of a bilinear game.
#[test]
fn negative_momentum_and_competition_contract_where_they_are_known_to() {
    for beta in [-0.9, -0.5, -0.1] {
        let table = format!("optimizer = {{ kind = 'sgd', lr = 1.0, momentum = {beta} }}");
        let limit = 2.0 * (1.0 + beta);
        for share in [0.02, 0.5, 0.98] {
            assert!(on_bilinear(&table, share * limit) < 1.0, "{beta} {share}");
        }
        assert!(on_bilinear(&table, 1.02 * limit) > 1.0, "{beta}");
    }
    for beta in [0.1, 0.5] {
        let table = format!("optimizer = {{ kind = 'sgd', lr = 1.0, momentum = {beta} }}");
        for s in [0.01, 0.5, 1.5] {
            assert!(on_bilinear(&table, s) > 1.0, "{beta} {s}");
        }
    }
    // Alternating descent stays on the circle up to h s = 2.
    let plain = "optimizer = { kind = 'sgd', lr = 1.0 }";
    assert!((on_bilinear(plain, 1.99) - 1.0).abs() < 1e-12 && on_bilinear(plain, 2.01) > 1.01);
    let competitive = "rule = 'competitive'\noptimizer = { kind = 'sgd', lr = 1.0 }";
    for s in [0.1, 1.0, 30.0] {
        assert!((on_bilinear(competitive, s) - 1.0 / (1.0 + s * s).sqrt()).abs() < 1e-14, "{s}");
    }
}
