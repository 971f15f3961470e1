//! What theory predicts of a run of a game on paper, beside what was measured on it: both must meet where they apply, and
//! say why where they do not.

use ganscope::inspect::forecast::{Compared, Ending, Forecast, forecast};
use ganscope::report::story;
use ganscope::run::folder::{Folder, RunData};
use ganscope::run::{RunOptions, Silent, train};
use ganscope::scenario::{Source, parse};
use std::sync::atomic::AtomicBool;

const DIRAC: &str = "kind = \"dirac\"\nobjective = \"minimax\"\nstart = { d = [0.0], g = [0.2] }";
const UNIFORM: &str = "kind = \"uniform\"\nobjective = \"wasserstein\"\nstart = { d = [0.3], g = [0.8] }";
const BILINEAR: &str = "kind = \"bilinear\"\nmatrix = [[1.5]]";
const NK17: &str = "[[game.regularizer]]\nkind = \"gradient_norm\"\neta = 1.0";
const R1: &str = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 0.5";

fn sgd(lr: f64) -> String {
    format!("optimizer = {{ kind = \"sgd\", lr = {lr} }}")
}

fn run(game: &str, regularizer: &str, dynamics: &str, steps: u64) -> (tempfile::TempDir, RunData) {
    let text = format!(
        "name = \"x\"\n[game]\n{game}\n{regularizer}\n[dynamics]\n{dynamics}\n[train]\nsteps = {steps}\n[record]\nevery = 2\n"
    );
    let loaded = parse(&text, Source::Text, &[]).unwrap_or_else(|problems| panic!("{text}\n{problems}"));
    let place = tempfile::TempDir::new().unwrap();
    let options = RunOptions::new(place.path().join("run"));
    train(&loaded, &options, &mut Silent, &AtomicBool::new(false)).unwrap();
    let data = Folder::new(place.path().join("run")).load().unwrap();
    (place, data)
}

fn of(game: &str, regularizer: &str, dynamics: &str, steps: u64) -> Forecast {
    let (_place, data) = run(game, regularizer, dynamics, steps);
    let found = forecast(&data).unwrap();
    let told = story(&data, None, Some(&found)).join("\n");
    assert!(!told.contains("NaN"), "{told}");
    found
}

#[track_caller]
fn meets(compared: &Option<Compared>, predicted: f64, tolerance: f64) {
    let compared = compared.as_ref().expect("a prediction");
    let measured = compared.measured.clone().expect("a measurement");
    assert!((compared.predicted - predicted).abs() < 1e-9, "{} instead of {predicted}", compared.predicted);
    assert!((measured - predicted).abs() < tolerance, "measured {measured} instead of {predicted}");
}

#[test]
fn a_spiral_shrinks_and_turns_as_its_multipliers_say() {
    // mu = 1 + h lambda with lambda^2 + gamma lambda + 1/4 = 0, so |mu|^2 = 1 - h gamma + h^2 / 4.
    let found = of(DIRAC, R1, &format!("rule = \"simultaneous\"\n{}", sgd(0.1)), 900);
    let square: f64 = 1.0 - 0.05 + 0.0025;
    meets(&found.factor, square.sqrt(), 1e-5);
    meets(&found.turn, std::f64::consts::TAU / (0.1 * 0.1875f64.sqrt()).atan2(1.0 - 0.025), 0.05);
    assert_eq!(found.ending, Some(Ending::Converged));
    assert!(found.closed_form_off().unwrap() < 1e-14);
    // NK17's game: lambda^2 + 8/9 lambda + 4/9 = 0.
    let found = of(UNIFORM, NK17, &format!("rule = \"simultaneous\"\n{}", sgd(0.02)), 2000);
    meets(&found.factor, (1.0 - 0.02 * 8.0 / 9.0 + 0.0004 * 4.0 / 9.0f64).sqrt(), 1e-5);
    assert!(found.closed_form_off().unwrap() < 1e-12);
}

#[test]
fn simultaneous_steps_drift_out_and_alternating_ones_stay() {
    // A plane of singular value s: |mu|^2 = 1 + h^2 s^2, and the distance is what the flow conserves.
    let found = of(BILINEAR, "", &format!("rule = \"simultaneous\"\n{}", sgd(0.1)), 400);
    meets(&found.factor, 1.0225f64.sqrt(), 1e-12);
    meets(&found.energy, 1.0225, 1e-12);
    assert_eq!(found.ending, Some(Ending::Left));
    let found = of(BILINEAR, "", &format!("rule = \"alternating\"\n{}", sgd(0.1)), 400);
    meets(&found.factor, 1.0, 2e-5);
    assert_eq!(found.ending, Some(Ending::Kept));
    let extra = of(BILINEAR, "", &format!("rule = \"extragradient\"\n{}", sgd(0.1)), 400);
    meets(&extra.factor, (1.0 - 0.0225 + 0.0225f64 * 0.0225).sqrt(), 1e-9);
}

#[test]
fn a_run_that_leaves_every_bound_is_still_measured() {
    let (_place, data) = run(BILINEAR, "", &format!("rule = \"simultaneous\"\n{}", sgd(2.0)), 9000);
    let found = forecast(&data).unwrap();
    assert_eq!(found.ending, Some(Ending::Left));
    meets(&found.factor, 10f64.sqrt(), 1e-9);
    assert!(story(&data, None, Some(&found)).join(" ").contains("The run agrees"));
}

#[test]
fn where_theory_has_no_number_there_is_a_reason() {
    let simultaneous = format!("rule = \"simultaneous\"\n{}", sgd(0.1));
    let kinked = "[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 0.5\ncenter = 1.0";
    let found = of("kind = \"dirac\"\nobjective = \"wasserstein\"", kinked, &simultaneous, 100);
    assert!(found.spectrum.is_err() && found.factor.is_none());
    assert!(found.closed_form.is_some_and(|known| known.remark.is_some()));
    // Least squares with its usual targets: zero is an eigenvalue more often than it has directions.
    let found = of("kind = \"dirac\"\nobjective = \"least_squares\"", "", &simultaneous, 100);
    assert!(found.spectrum.is_ok() && found.factor.is_none());
    // The monkey saddle: J is 0 at the equilibrium.
    let found = of("kind = \"saddle_monkey\"", "", &simultaneous, 50);
    assert!(found.factor.is_none());
    let falling = "rule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = { shape = \"linear\", start = 0.1, end = 0.05 } }";
    let measured = of(DIRAC, R1, falling, 200).factor.unwrap().measured;
    assert!(measured.unwrap_err().to_string().contains("the step size changes"));
    // Far from the equilibrium nothing is linear.
    let far = DIRAC.replace("0.2", "40.0");
    assert!(of(&far, "", &simultaneous, 60).factor.unwrap().measured.is_err());
}
