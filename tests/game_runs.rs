//! Games on paper as runs: scenario, checks, run folder, resume, reading a point back.

mod desk;

use desk::Desk;
use ganscope::game::{Draw, Game};
use ganscope::run::folder::Folder;
use ganscope::run::{Playable, RunOptions, game_of, load_point};
use ganscope::scenario::{Loaded, Precision, Problems, Source, load, parse};
use ganscope::spectrum::{dense_jacobian, eigenvalues};

const DIRAC: &str = r#"name = "dirac"

[game]
kind = "dirac"
objective = "non_saturating"

[dynamics]
rule = "simultaneous"
optimizer = { kind = "adam", lr = 0.01 }

[train]
steps = 200

[record]
every = 10
checkpoint_every = 50
"#;

fn text(text: &str) -> Result<Loaded, Problems> {
    parse(text, Source::Text, &[])
}

#[track_caller]
fn refused(scenario: &str, parts: &[&str]) {
    let message = text(scenario).map(|l| l.scenario).expect_err("this must be refused").to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn a_scenario_of_a_game_is_complete_without_data() {
    let loaded = text(DIRAC).unwrap();
    assert_eq!(loaded.scenario.train.precision, Precision::F64);
    assert_eq!(loaded.estimate.parameters, [1, 1]);
    let resolved = loaded.to_toml().unwrap();
    for absent in ["[data]", "batch", "samples", "criteria"] {
        assert!(!resolved.contains(absent), "{absent} in {resolved}");
    }
    assert!(resolved.contains("[game.start]"));
    let again = text(&resolved).unwrap();
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.to_toml().unwrap(), resolved);
}

#[test]
fn what_has_no_place_in_a_game_is_refused_where_it_stands() {
    refused(
        &DIRAC.replace("steps = 200", "steps = 200\nbatch = 64"),
        &["scenario:13:1: `train.batch` has no place"],
    );
    let data = format!("{DIRAC}[data]\nkind = \"ring\"\n");
    refused(&data, &["scenario:17:2: `data` has no place in a game of kind `dirac`", "leave it out"]);
    refused(&DIRAC.replace("every = 10", "every = 10\nkeep = 3"), &["`record.keep`"]);
    refused(&DIRAC.replace("steps = 200", "precision = \"f32\""), &["scenario:12:13:", "\"f64\""]);
    refused(
        &DIRAC.replace("\"dirac\"\nobj", "\"dirak\"\nobj"),
        &["unknown kind `dirak`", "did you mean `dirac`?"],
    );
    refused(
        &DIRAC.replace("objective", "start = { d = [1, 2], g = [1] }\nobjective"),
        &[":5:15:", "has 2 numbers"],
    );
    refused(&DIRAC.replace("objective", "noise = -1\nobjective"), &["scenario:5:9: `game.noise`"]);
    refused("name = \"x\"\n[game]\nkind = \"gan\"\n", &["missing key `data`"]);
}

#[test]
fn matrices_and_regularisers_are_held_to_their_games() {
    let quadratic = |matrix: &str, d: usize, more: &str| {
        format!("name = \"q\"\n[game]\nkind = \"quadratic\"\nmatrix = {matrix}\ndiscriminator = {d}\n{more}")
    };
    assert!(text(&quadratic("[[0, -1], [1, 0]]", 1, "")).is_ok());
    refused(&quadratic("[[0, -1], [1]]", 1, ""), &["scenario:4:20:", "has 1 numbers; each row must have 2"]);
    refused(&quadratic("[[0, -1], [1, 0]]", 2, ""), &["`game.discriminator` must leave each player"]);
    refused(&quadratic("[]", 1, ""), &["at least one row"]);
    let r1 = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 1\n";
    refused(&quadratic("[[0, -1], [1, 0]]", 1, r1), &["scenario:6:", "take gradient_norm, consensus"]);
    let uniform = "name = \"u\"\n[game]\nkind = \"uniform\"\nobjective = \"wasserstein\"\n";
    let penalty = "[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 1\n";
    refused(&format!("{uniform}{penalty}"), &["must be 0 in the uniform game"]);
    assert!(text(&format!("{uniform}{penalty}center = 0\n")).is_ok());
    let huge = format!("[{}]", vec!["[0]"; 201].join(","));
    refused(&format!("name = \"b\"\n[game]\nkind = \"bilinear\"\nmatrix = {huge}\n"), &["at most 200"]);
}

#[test]
fn a_game_runs_and_resumes_to_the_same_bytes() {
    let desk = Desk::new();
    desk.put("s.toml", DIRAC);
    desk.run(&["check", "s.toml"]).ends(0);
    desk.run(&["run", "s.toml", "--out", "whole", "--quiet"]).ends(0);
    let files = desk.files("whole");
    for name in ["plots/phase.png", "plots/losses.svg", "report.html", "metrics.parquet"] {
        assert!(files.contains_key(name), "{name}");
    }
    // A run that was cut off behind its second checkpoint.
    desk.train("s.toml", "cut", &[]);
    for step in [150, 200] {
        std::fs::remove_file(desk.path(&format!("cut/checkpoints/step-{step:08}.safetensors"))).unwrap();
    }
    desk.train("s.toml", "cut", &["--resume"]);
    let resumed = desk.files("cut");
    for name in ["metrics.csv", "scenario.toml", "checkpoints/step-00000200.safetensors"] {
        assert!(files[name] == resumed[name], "{name} differs");
    }
}

#[test]
fn a_linear_game_that_grows_ends_as_diverged() {
    let desk = Desk::new();
    let more = "[dynamics]\nrule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = 1 }\n[train]\nsteps = 9000\n";
    let game = "name = \"j\"\n[game]\nkind = \"quadratic\"\nmatrix = [[1, 1], [0, 1]]\ndiscriminator = 1\n";
    desk.put("s.toml", format!("{game}{more}"));
    desk.run(&["run", "s.toml", "--out", "run", "--quiet"]).ends(3);
    assert_eq!(desk.info("run")["status"], "diverged");
    assert!(desk.path("run/plots/phase.png").exists());
}

#[test]
fn a_point_of_a_run_is_read_back_in_double_precision() {
    let desk = Desk::new();
    desk.put("s.toml", DIRAC);
    desk.put("tiny.toml", desk::TINY);
    for (file, run) in [("s.toml", "paper"), ("tiny.toml", "networks")] {
        desk.train(file, run, &[]);
        let folder = Folder::new(desk.path(run));
        let loaded = load(folder.scenario().to_str().unwrap(), &[], None).unwrap();
        let game = game_of(&loaded, &RunOptions::new("")).unwrap();
        let last = load_point(&loaded, &game, &folder, None).unwrap();
        assert_eq!(last.step, loaded.scenario.train.steps);
        assert_eq!(last.at.sizes(), game.sizes());
        assert_eq!(last.state.players[0].vectors.len(), 2);
        assert!(last.state.players.iter().all(|p| p.count == last.step));
        let missing = load_point(&loaded, &game, &folder, Some(last.step - 1)).unwrap_err().to_string();
        assert!(missing.contains("the nearest are of step"), "{missing}");
        if let Playable::Paper(game) = game {
            let csv = desk.text("paper/metrics.csv");
            let end = csv.lines().last().unwrap();
            assert!(end.ends_with(&format!("{},{}", last.at.d[0], last.at.g[0])), "{end} {last:?}");
            let jacobian = dense_jacobian(&game, &last.at, &game.draw(Draw { step: 0, draw: 0 })).unwrap();
            assert_eq!(eigenvalues(&jacobian).unwrap().len(), 2);
        }
    }
}
