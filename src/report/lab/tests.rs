//! The page's scripts, run by an engine of their language, against the program.

use super::*;
use crate::game::Player;
use crate::rule::rule_of;
use crate::scenario::{Source, parse};
use crate::spectrum::{eigenvalues, multiplier_values};
use rquickjs::{Context, Runtime};

const OBJECTIVES: [&str; 8] = [
    "\"minimax\"",
    "\"non_saturating\"",
    "\"wasserstein\"",
    "\"least_squares\"",
    "\"hinge\"",
    "\"relativistic\"",
    "{ kind = \"wasserstein\", clip = 0.3 }",
    "{ kind = \"formula\", d_real = \"log(1 + exp(-t)) + t^4 / 50\", d_fake = \"softplus(t) * cos(t)\", g = \"tanh(-t) + abs(t - 9)\" }",
];
const REGULARIZERS: [&str; 9] = [
    "",
    "kind = \"gradient_norm\"\neta = 0.4",
    "kind = \"gradient_norm\"\neta = 0.4\nof = \"generator\"\npaid_by = \"discriminator\"",
    "kind = \"r1\"\ngamma = 0.7",
    "kind = \"r2\"\ngamma = 0.7",
    "kind = \"gradient_penalty\"\nlambda = 0.6\ncenter = 0",
    "kind = \"consensus\"\ngamma = 0.3",
    "kind = \"weight_decay\"\nstrength = 0.2\nplayer = \"generator\"",
    "kind = \"weight_decay\"\nstrength = 0.2\nplayer = \"discriminator\"",
];

fn scenario(game: &str, regularizer: &str, dynamics: &str) -> Scenario {
    let term =
        if regularizer.is_empty() { String::new() } else { format!("[[game.regularizer]]\n{regularizer}\n") };
    let text = format!("name = \"x\"\n[game]\n{game}\n{term}[dynamics]\n{dynamics}\n[train]\nsteps = 40\n");
    parse(&text, Source::Text, &[]).unwrap_or_else(|problems| panic!("{text}\n{problems}")).scenario
}

/// What an expression of the page's scripts gives for a game, as numbers.
fn computed(scenario: &Scenario, expression: &str) -> Vec<f64> {
    let game = paper_of(scenario).unwrap();
    let knobs = knobs(scenario, &game);
    let penalties: Vec<_> = knobs.iter().filter_map(Knob::penalty).collect();
    let data = data(scenario, &game, &knobs, &game.written(&penalties));
    let script = format!(
        "{}; const data = {data}; const game = lab.game(data); JSON.stringify([{expression}].flat(9))",
        SCRIPTS[..4].join("\n")
    );
    let context = Context::full(&Runtime::new().unwrap()).unwrap();
    let text: String = context.with(|js| js.eval(script)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[track_caller]
fn agrees(game: &str, regularizer: &str) {
    let found = computed(&scenario(game, regularizer, ""), "data.check.length, game.check()");
    assert!(found[0] >= 6.0, "{game} {regularizer}: {} points", found[0]);
    assert!(found[1] < 1e-11, "{game} {regularizer}: off by {:e}", found[1]);
}

#[test]
fn the_page_has_the_same_field_and_jacobian() {
    // Among the points of every check is the game with all sliders up.
    for objective in OBJECTIVES {
        agrees(&format!("kind = \"dirac\"\nobjective = {objective}"), "");
        agrees(&format!("kind = \"uniform\"\nobjective = {objective}"), REGULARIZERS[2]);
    }
    for regularizer in REGULARIZERS {
        agrees("kind = \"dirac\"\nobjective = \"non_saturating\"", regularizer);
    }
    let penalty = |rest: &str| format!("kind = \"gradient_penalty\"\nlambda = 0.6\ncenter = 0.4\n{rest}");
    agrees("kind = \"dirac\"\nobjective = \"wasserstein\"", &penalty(""));
    agrees("kind = \"dirac\"\nobjective = \"wasserstein\"", &penalty("one_sided = true"));
    agrees("kind = \"dirac\"\nobjective = \"minimax\"\nnoise = 0.7", REGULARIZERS[1]);
    for game in [
        "kind = \"quadratic\"\nmatrix = [[-0.2, 1.5], [-1, 0.3]]\ndiscriminator = 1",
        "kind = \"bilinear\"\nmatrix = [[1.7]]",
        "kind = \"hopf\"\nmu = 0.2\nquintic = -0.1",
        "kind = \"saddle_monkey\"",
        "kind = \"expression\"\nloss_d = \"-x * y + a * x^4 / (1 + y^2)\"\nloss_g = \"x * sin(y) + sqrt(2 + x)^y\"\n\
         constants = { a = 0.3 }\nparameters = { d = [\"x\"], g = [\"y\"] }",
    ] {
        for regularizer in [REGULARIZERS[0], REGULARIZERS[1], REGULARIZERS[6], REGULARIZERS[7]] {
            agrees(game, regularizer);
        }
    }
}

/// A wrong field is told from the right one: the page warns.
#[test]
fn the_page_notices_another_game() {
    let scenario = scenario("kind = \"dirac\"\nobjective = \"minimax\"", REGULARIZERS[1], "");
    let off = computed(&scenario, "(data.check[0].v[1] += 1e-8, game.check())");
    assert!(off[0] > 1e-9, "{off:?}");
}

const GAME: &str = "kind = \"dirac\"\nobjective = \"minimax\"\nstart = { d = [0.3], g = [-0.6] }";

/// Rules and optimisers that the page and the program have in common.
fn dynamics() -> Vec<String> {
    let others = ["extragradient", "extrapolation_from_past", "optimistic", "runge_kutta"]
        .map(|rule| format!("rule = \"{rule}\"\noptimizer = {{ kind = \"sgd\", lr = 0.2 }}"));
    let heun =
        "rule = { kind = \"runge_kutta\", method = \"heun\" }\noptimizer = { kind = \"sgd\", lr = 0.2 }";
    let sgd = |rest: &str| format!("optimizer = {{ kind = \"sgd\", lr = 0.2{rest} }}");
    let optimizers = [
        sgd(""),
        sgd(", momentum = -0.4"),
        sgd(", momentum = 0.6, nesterov = true"),
        "optimizer = { kind = \"adam\", lr = 0.05, beta1 = 0.3 }".to_string(),
        "discriminator_optimizer = { kind = \"sgd\", lr = 0.3 }\ngenerator_optimizer = { kind = \"sgd\", lr = 0.1 }"
            .to_string(),
    ];
    let orders = [
        "rule = \"simultaneous\"",
        "rule = \"alternating\"",
        "rule = \"alternating\"\nfirst = \"generator\"",
    ];
    let pairs = orders.iter().flat_map(|order| optimizers.iter().map(move |o| format!("{order}\n{o}")));
    pairs.chain(others).chain([heun.to_string()]).collect()
}

#[test]
fn the_page_moves_as_the_program_does() {
    for dynamics in dynamics() {
        let scenario = scenario(GAME, REGULARIZERS[3], &dynamics);
        let game = paper_of(&scenario).unwrap();
        let rule = rule_of::<f64, Analytic>(&scenario.dynamics, 40, None);
        let (mut at, mut state) = (Joint { d: vec![0.3], g: vec![-0.6] }, rule.start([1, 1]));
        for step in 0..40 {
            assert!(rule.round(&game, &mut at, &mut state, step).is_ok());
        }
        let script = "[lab.motion(data, game)({ ...data.given, strengths: data.terms.map(t => t.strength) })]
            .map(c => [c.points[40], c.eigen, c.mu ? c.mu.map(m => Math.hypot(...m)) : []])";
        let found = computed(&scenario, script);
        for player in Player::BOTH {
            let (mine, wanted) = (found[player as usize], at[player][0]);
            assert!((mine - wanted).abs() < 1e-12, "{dynamics}: {mine} instead of {wanted}");
        }
        let jacobian = dense_jacobian(&game, &Joint::zeros([1, 1]), &Draw { step: 0, draw: 0 }).unwrap();
        let exact = eigenvalues(&jacobian).unwrap();
        let near = |pair: &[f64]| exact.iter().any(|z| (z.re - pair[0]).hypot(z.im - pair[1]) < 1e-12);
        assert!(found[2..6].chunks(2).all(near), "{found:?} instead of {exact:?}");
        if dynamics.contains("adam") {
            assert_eq!(found.len(), 6);
            continue;
        }
        let round = rule.linearize(&game, &state, 40).unwrap();
        let sorted = |mut sizes: Vec<f64>| {
            sizes.sort_by(f64::total_cmp);
            sizes
        };
        let wanted =
            sorted(multiplier_values(&round, &jacobian).unwrap().iter().map(|mu| mu.norm()).collect());
        let found = sorted(found[6..].to_vec());
        let off = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(found.len() == wanted.len() && off < 1e-9, "{dynamics}: {found:?} instead of {wanted:?}");
    }
}

#[test]
fn the_scripts_are_light() {
    assert!(SCRIPTS.iter().map(|script| script.len()).sum::<usize>() < 60_000);
}
