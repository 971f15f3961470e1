//! A run that diverges stops, says where, and keeps its last finite step.

mod desk;

use desk::{Desk, TINY};
use safetensors::SafeTensors;

/// Steps of gradient descent so long that the players shoot out of the finite numbers within a dozen of them.
fn wild() -> String {
    format!("{TINY}\n[dynamics]\noptimizer = {{ kind = \"sgd\", lr = 1e3 }}\n")
}

/// All numbers of a checkpoint.
fn numbers(desk: &Desk, file: &str) -> Vec<f32> {
    let bytes = std::fs::read(desk.path(file)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let views = file.tensors();
    let words = views.iter().flat_map(|(_, view)| view.data().as_chunks::<4>().0);
    words.map(|word| f32::from_le_bytes(*word)).collect()
}

#[test]
fn the_step_and_the_player_are_named_and_the_last_finite_step_is_kept() {
    let desk = Desk::new();
    desk.put("s.toml", wild());
    let said = desk.run(&["run", "s.toml", "--out", "r"]).ends(3);
    let info = desk.info("r");
    let step = info["divergence"]["step"].as_u64().unwrap();
    let player = info["divergence"]["player"].as_str().unwrap();
    assert_eq!(info["status"], "diverged");
    assert_eq!(info["step"], step - 1);
    assert!((2..30).contains(&step), "{step}");
    let sentence = format!("the {player} diverged in step {step}: ");
    assert!(said.out.contains(&sentence), "{}", said.out);
    assert!(info["reason"].as_str().unwrap().starts_with(&sentence), "{info}");
    let table = desk.text("r/metrics.csv");
    assert!(table.lines().last().unwrap().starts_with(&format!("{},", step - 1)), "{table}");
    assert_eq!(info["final"]["step"], (step - 1) as f64);
    let kept = format!("r/checkpoints/step-{:08}.safetensors", step - 1);
    assert!(numbers(&desk, &kept).iter().all(|x| x.is_finite()));
    for drawn in ["r/report.html", "r/plots/losses.svg", "r/plots/samples.png", "r/metrics.parquet"] {
        assert!(desk.path(drawn).exists(), "{drawn}");
    }
    let report = desk.text("r/report.html");
    assert!(report.contains("diverged"));
    let quiet =
        desk.run(&["run", "s.toml", "--out", "q", "--quiet", "--no-plots"]).ends(3).complains(&[&sentence]);
    assert_eq!(quiet.out, "");
}

/// The step that diverges is taken back whole: the checkpoint is that of a run which ends just before.
#[test]
fn nothing_of_the_diverging_step_remains() {
    let desk = Desk::new();
    let more = "\n[[game.regularizer]]\nkind = \"r1\"\ngamma = 1.0\n";
    let calm = TINY.to_string() + more + "[dynamics]\nrule = \"alternating\"\nfirst = \"generator\"\n";
    for optimizer in ["{ kind = \"sgd\", lr = 30.0, momentum = 0.5 }", "{ kind = \"adam\", lr = 1e4 }"] {
        // Adam's steps have about its length, whatever the gradient.
        let bound = ["--set", "train.divergence_bound=35000"];
        desk.put("s.toml", format!("{calm}optimizer = {optimizer}\n"));
        desk.run(&[&["run", "s.toml", "--out", "r", "--no-plots", "--force"], &bound[..]].concat()).ends(3);
        let info = desk.info("r");
        let step = info["step"].as_u64().unwrap();
        let [steps, every] = [format!("train.steps={step}"), "record.checkpoint_every=1".to_string()];
        desk.train("s.toml", "short", &["--set", &steps, "--set", &every, "--force"]);
        let name = format!("checkpoints/step-{step:08}.safetensors");
        assert!(desk.files("r")[&name] == desk.files("short")[&name], "{optimizer}: {info}");
    }
}

#[test]
fn a_bound_counts_as_divergence() {
    let desk = Desk::new();
    desk.put("s.toml", TINY);
    let set = ["--set", "train.divergence_bound=0.001", "--no-plots"];
    let said = desk.run(&[&["run", "s.toml", "--out", "r"], &set[..]].concat()).ends(3);
    assert!(said.out.contains("diverged in step 1: a parameter exceeds the bound 0.001"), "{}", said.out);
    let info = desk.info("r");
    assert_eq!((&info["step"], &info["divergence"]["step"]), (&0.into(), &1.into()));
    desk.train("s.toml", "calm", &["--set", "train.divergence_bound=1000"]);
}

#[test]
fn divergence_that_is_expected_is_a_success() {
    let desk = Desk::new();
    desk.put("s.toml", wild() + "[expect]\nstatus = \"diverged\"\n");
    desk.run(&["run", "s.toml", "--out", "r", "--no-plots"]).ends(0);
    assert_eq!(desk.info("r")["status"], "diverged");
    desk.run(&["test", "s.toml", "--quiet"]).ends(0);
    // The other way round: a run that should diverge and does not.
    desk.put("calm.toml", format!("{TINY}[expect]\nstatus = \"diverged\"\n"));
    let said = desk.run(&["test", "calm.toml", "--quiet"]).ends(4);
    assert!(said.out.contains("expected the run to be diverged, it was finished"), "{}", said.out);
}

#[test]
fn a_diverged_run_has_no_way_on() {
    let desk = Desk::new();
    desk.put("s.toml", wild());
    desk.run(&["run", "s.toml", "--out", "r", "--no-plots"]).ends(3);
    let before = desk.files("r");
    let resumed = desk.run(&["run", "s.toml", "--out", "r", "--resume"]).ends(2);
    resumed.complains(&["has no way on", "diverged in step", "--force"]);
    assert!(desk.files("r") == before);
    desk.run(&["run", "s.toml", "--out", "r", "--no-plots", "--force"]).ends(3);
}
