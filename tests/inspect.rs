//! Spectra, basins, paths and sweeps from the command line, as their users ask for them.

mod desk;

use desk::{Desk, TINY};
use serde_json::Value;

/// A Dirac-GAN that R1 damps: eigenvalues -1/4 ± i sqrt(3)/4, stable for steps below 2.
fn dirac(desk: &Desk) {
    desk.train("dirac-r1", "dirac", &[]).ends(0);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[track_caller]
fn near(value: &Value, want: f64, tolerance: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - want).abs() < tolerance, "{value}, not {want}");
}

#[test]
fn a_closed_form_through_the_whole_path() {
    let desk = Desk::new();
    dirac(&desk);
    let said = desk.run(&["spectrum", "dirac", "--json", "-"]).ends(0);
    let spectrum = json(&said.out);
    for key in ["n", "step", "method", "residuals", "multipliers", "batch", "condition_numbers"] {
        assert!(spectrum.get(key).is_some(), "{key} is missing in {spectrum}");
    }
    assert_eq!(
        (&spectrum["n"], &spectrum["step"], &spectrum["verdict"]),
        (&2.into(), &1000.into(), &"stable".into())
    );
    near(&spectrum["eigenvalues"][1][0], -0.25, 1e-9);
    near(&spectrum["eigenvalues"][1][1], 0.75f64.sqrt() / 2.0, 1e-9);
    near(&spectrum["largest_real"], -0.25, 1e-9);
    // mu = 1 + h lambda; stable below h = -2 Re / |lambda|^2 = 2, twenty times the run's step.
    near(&spectrum["multipliers"][1][0], 1.0 - 0.025, 1e-9);
    near(&spectrum["step_limits"]["stable"], 20.0, 1e-6);
    near(&spectrum["step_limits"]["flips"], 40.0, 1e-6);
    assert_eq!(json(&desk.text("dirac/spectrum/step-00001000.json")), spectrum);
    let table = desk.text("dirac/spectrum/step-00001000.csv");
    assert_eq!(table.lines().count(), 5, "{table}");
    for picture in ["plane", "multipliers"] {
        assert!(desk.path(&format!("dirac/spectrum/step-00001000-{picture}.svg")).is_file(), "{picture}");
    }
    // What was taken is not lost.
    desk.run(&["spectrum", "dirac"]).ends(2).complains(&["there already", "--force"]);
    desk.run(&["spectrum", "dirac", "--force"]).ends(0);
    assert_eq!(json(&desk.text("dirac/spectrum/step-00001000.json")), spectrum);
}

#[test]
fn the_step_at_which_a_rule_becomes_unstable_is_located() {
    let desk = Desk::new();
    dirac(&desk);
    let vary = ["spectrum", "dirac", "--vary", "dynamics.optimizer.lr=0.5..3:6", "--json", "-"];
    let sweep = json(&desk.run(&vary).ends(0).out);
    let crossings = sweep["crossings"].as_array().unwrap();
    assert_eq!(crossings.len(), 1, "{crossings:?}");
    assert_eq!(crossings[0]["what"], "largest_multiplier");
    near(&crossings[0]["value"], 2.0, 1e-5);
    // Without the penalty the flow only circles: it contracts as soon as gamma is above 0.
    let vary = ["spectrum", "dirac", "--vary", "game.regularizer.0.gamma=0,0.5,1", "--json", "-"];
    let sweep = json(&desk.run(&vary).ends(0).out);
    let flow: Vec<&Value> =
        sweep["crossings"].as_array().unwrap().iter().filter(|c| c["what"] == "largest_real").collect();
    assert_eq!(flow.len(), 1, "{sweep}");
    near(&flow[0]["value"], 0.0, 1e-5);
    for (bad, words) in [
        ("dynamics.optimizer.lr=1", "at least two"),
        ("dynamics.optimizer.lr=a..b", "no number"),
        ("game.no_such_key=0,1", "no_such_key"),
        ("dynamics.optimizer.lr=-1,1", "lr"),
    ] {
        desk.run(&["spectrum", "dirac", "--vary", bad]).ends(2).complains(&[words]);
    }
}

#[test]
fn a_basin_with_and_without_the_regulariser() {
    let desk = Desk::new();
    dirac(&desk);
    let asked =
        ["basin", "dirac", "--at", "equilibrium", "--radius", "0.1,0.5", "--directions", "12", "--json"];
    let basin = json(&desk.run(&[&asked[..], &["--rounds", "400"]].concat()).ends(0).out);
    for (variant, share) in [(0, 1.0), (1, 0.0)] {
        for point in basin["variants"][variant]["points"].as_array().unwrap() {
            let found = point["returned"].as_f64().unwrap() / point["tried"].as_f64().unwrap();
            assert!((found - share).abs() < 1e-12, "{basin}");
            assert!(point["low"].as_f64().unwrap() <= found && found <= point["high"].as_f64().unwrap());
        }
    }
    assert!(desk.path("dirac/basin/step-00001000.svg").is_file());
    desk.run(&asked).ends(2).complains(&["there already"]);
    // The starts do not depend on the threads.
    let one = [&asked[..], &["--rounds", "400", "--threads", "1", "--force"]].concat();
    assert_eq!(json(&desk.run(&one).ends(0).out), basin);
}

#[test]
fn the_field_on_the_way_between_two_checkpoints() {
    let desk = Desk::new();
    dirac(&desk);
    let path = json(&desk.run(&["spectrum", "dirac", "--along", "100", "--json", "-"]).ends(0).out);
    assert_eq!(path["alphas"].as_array().unwrap().len(), path["both"]["norms"].as_array().unwrap().len());
    assert!(desk.path("dirac/spectrum/path-00000100-to-00001000.svg").is_file());
    desk.run(&["spectrum", "dirac", "--along", "101"]).ends(2).complains(&["101", "nearest", "100", "200"]);
}

const SMALL_GAN: &[&str] =
    &["--set", "game.generator.activation=tanh", "--set", "game.discriminator.activation=tanh"];

#[test]
fn a_gan_s_spectrum_can_be_taken_again_from_its_files() {
    let desk = Desk::new();
    desk.put("tiny.toml", TINY).train("tiny.toml", "run", SMALL_GAN).ends(0);
    let first = json(&desk.run(&["spectrum", "run", "--batches", "3", "--json", "-"]).ends(0).out);
    assert_eq!(first["batch"], "step-00000060.safetensors");
    assert_eq!(first["over_batches"]["largest_real"]["values"].as_array().unwrap().len(), 3);
    let multipliers = first["multipliers"].as_array().unwrap().len();
    assert!(multipliers > first["n"].as_u64().unwrap() as usize, "Adam's momentum is part of the map");
    // As a PyTorch model that was trained elsewhere: weights, scenario, batch.
    let foreign = [
        "spectrum",
        "--weights",
        "run/checkpoints/step-00000060.safetensors",
        "--scenario",
        "run/scenario.toml",
        "--batch",
        "run/spectrum/step-00000060.safetensors",
        "--out",
        "foreign",
        "--json",
        "-",
    ];
    let again = json(&desk.run(&foreign).ends(0).out);
    assert_eq!(again["eigenvalues"], first["eigenvalues"]);
    assert!(again["rule_refused"].as_str().unwrap().contains("second moments"), "Adam's state is not known");
    // By products alone: the same outermost ones.
    let krylov = [
        "spectrum",
        "run",
        "--method",
        "krylov",
        "--count",
        "4",
        "--extremes",
        "magnitude,real,imaginary",
        "--out",
        "krylov",
        "--batches",
        "1",
        "--json",
        "-",
    ];
    let outer = json(&desk.run(&krylov).ends(0).out);
    let all: Vec<(f64, f64)> = first["eigenvalues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e[0].as_f64().unwrap(), e[1].as_f64().unwrap()))
        .collect();
    let radius = first["radius"].as_f64().unwrap();
    for e in outer["eigenvalues"].as_array().unwrap() {
        let (re, im) = (e[0].as_f64().unwrap(), e[1].as_f64().unwrap());
        let off = all.iter().map(|(a, b)| (a - re).hypot(b - im)).fold(f64::INFINITY, f64::min);
        assert!(off < 1e-6 * radius, "{re} {im} is off by {off}");
    }
    near(&outer["largest_real"], first["largest_real"].as_f64().unwrap(), 1e-6 * radius);
    near(&outer["hamiltonian_share"], first["hamiltonian_share"].as_f64().unwrap(), 0.2);
}

#[test]
fn what_cannot_be_looked_at_is_refused_and_nothing_is_written() {
    let desk = Desk::new();
    desk.put("tiny.toml", TINY).train("tiny.toml", "run", &[]).ends(0);
    desk.run(&["spectrum", "run", "--step", "7"]).ends(2).complains(&["step 7", "nearest", "6", "12"]);
    desk.run(&["spectrum", "nowhere"]).ends(2).complains(&["no run folder"]);
    desk.run(&["spectrum", "run", "--step", "soon"]).ends(2).complains(&["--step soon"]);
    let checkpoint = "run/checkpoints/step-00000060.safetensors";
    let whole = std::fs::read(desk.path(checkpoint)).unwrap();
    // A NaN among the weights, which lie at the end of the file.
    let mut spoiled = whole.clone();
    let end = spoiled.len();
    spoiled[end - 400..].fill(0xff);
    desk.put(checkpoint, &spoiled);
    desk.run(&["spectrum", "run"]).ends(2).complains(&["NaN", "step-00000060"]);
    desk.put(checkpoint, &whole[..end / 2]);
    desk.run(&["spectrum", "run"]).ends(2).complains(&["step-00000060", "damaged"]);
    desk.put(checkpoint, &whole);
    // Networks that the scenario does not describe.
    let other = TINY.replace("hidden = [8]", "hidden = [9]");
    desk.put("other.toml", other);
    let foreign = ["spectrum", "--weights", checkpoint, "--scenario", "other.toml", "--out", "foreign"];
    desk.run(&foreign).ends(2).complains(&["discriminator.0.weight", "[9, 2]"]);
    assert!(!desk.path("run/spectrum").exists() && !desk.path("foreign").exists());
}

#[test]
fn a_matrix_that_does_not_fit_is_refused_with_the_way_that_does() {
    let desk = Desk::new();
    let wide = TINY.replace("hidden = [8]", "hidden = [700, 700]").replace("steps = 60", "steps = 1");
    desk.put("wide.toml", wide).train("wide.toml", "run", &[]).ends(0);
    desk.run(&["spectrum", "run", "--method", "dense"]).ends(2).complains(&["MiB", "--method krylov"]);
}

#[test]
fn spectra_along_a_training_change_nothing_else() {
    let desk = Desk::new();
    let looked = TINY.to_string() + "\n[record.spectrum]\nevery = 20\n";
    desk.put("plain.toml", TINY).put("looked.toml", looked);
    desk.train("plain.toml", "plain", &[]).ends(0);
    desk.train("looked.toml", "looked", &["--threads", "2"]).ends(0);
    desk.train("looked.toml", "again", &["--threads", "1"]).ends(0);
    let bytes = |name: &str| std::fs::read(desk.path(name)).unwrap();
    assert_eq!(bytes("plain/metrics.csv"), bytes("looked/metrics.csv"));
    assert_eq!(
        bytes("plain/checkpoints/step-00000060.safetensors"),
        bytes("looked/checkpoints/step-00000060.safetensors")
    );
    for step in [20, 40, 60] {
        let file = format!("spectrum/step-{step:08}.safetensors");
        assert_eq!(bytes(&format!("looked/{file}")), bytes(&format!("again/{file}")));
        let spectrum = json(&desk.text(&format!("looked/spectrum/step-{step:08}.json")));
        assert_eq!(spectrum["step"], step);
    }
    desk.run(&["plot", "looked"]).ends(0);
    assert!(desk.text("looked/report.html").contains("eigenvalue"));
    // A folder that is made again holds no spectra of another run.
    desk.train("plain.toml", "looked", &["--force"]).ends(0);
    assert!(!desk.path("looked/spectrum").exists());
}
