//! Sweeps that run: the bytes of single runs, rows for what goes wrong, and going on after a kill.

mod desk;

use desk::{Desk, TINY};
use std::collections::BTreeMap;

const DIRAC: &str = r#"
name = "mine"
game = { kind = "dirac", objective = "minimax", regularizer = [{ kind = "r1", gamma = 0.5 }] }
dynamics = { rule = "simultaneous", optimizer = { kind = "sgd", lr = 0.1 } }
train = { steps = 40 }
record = { every = 10 }
"#;

/// The rows of `sweep.csv` by the names of their runs, each by the names of its columns.
fn rows(desk: &Desk, folder: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = desk.text(&format!("{folder}/sweep.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| -> BTreeMap<String, String> {
        names.iter().map(String::from).zip(record.iter().map(String::from)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).map(|row| (row["run"].clone(), row)).collect()
}

/// The bytes that a run's motion decides: its table and its checkpoints.
fn moved(desk: &Desk, run: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = desk.files(run);
    files.retain(|name, _| {
        name.starts_with("checkpoints") || name.starts_with("metrics") || name == "scenario.toml"
    });
    assert!(files.len() > 3, "{:?}", files.keys());
    files
}

#[test]
fn a_run_of_a_sweep_has_the_bytes_of_a_run_by_itself() {
    let desk = Desk::new();
    let games: [(&str, &str, &[&str], &str); 2] = [
        ("dirac.toml", DIRAC, &["--vary", "game.regularizer.0.gamma=0,0.5"], "gamma=0.5_seed=2"),
        ("ring.toml", TINY, &["--vary", "dynamics.optimizer.lr=1e-3,1e-2"], "lr=0.01_seed=2"),
    ];
    for (file, text, vary, name) in games {
        desk.put(file, text);
        let out = ["--seeds", "1..2", "-j", "2", "--out", "s", "--force"];
        let said = desk.run(&[&["sweep", file], vary, &out[..]].concat()).ends(0);
        assert!(said.out.contains("All 4 runs of 2 settings ended"), "{}", said.out);
        let run = format!("s/runs/{name}");
        desk.train(&format!("{run}/scenario.toml"), "alone", &["--force"]);
        assert!(moved(&desk, &run) == moved(&desk, "alone"), "{file}");
        let row = &rows(&desk, "s")[name];
        assert_eq!(row["status"], "finished");
        assert_eq!(
            (row["seed"].as_str(), row["steps"].as_str()),
            ("2", desk.info("alone")["step"].to_string().as_str())
        );
        let last = desk.info("alone")["final"]["loss_d"].as_f64().unwrap();
        assert_eq!(row["loss_d"].parse::<f64>().unwrap(), last);
        assert!(desk.path("s/sweep.parquet").is_file());
        // No pictures, and no frames for them.
        assert!(
            !desk.files("s/runs").keys().any(|name| name.contains("plots") || name.contains("samples/step"))
        );
    }
}

#[test]
fn a_run_on_cores_that_others_left_has_the_bytes_of_one_thread() {
    let desk = Desk::new();
    desk.put("ring.toml", TINY);
    // Several chunks of rows a batch, so that more threads have something to do; the last run takes all that there are.
    let out = ["--seeds", "1..3", "--set", "train.batch=600", "-j", "4", "--out", "s"];
    desk.run(&[&["sweep", "ring.toml"], &out[..]].concat()).ends(0);
    for seed in 1..=3 {
        let run = format!("s/runs/seed={seed}");
        desk.train(&format!("{run}/scenario.toml"), "alone", &["--force", "--threads", "1"]);
        assert!(moved(&desk, &run) == moved(&desk, "alone"), "{seed}");
    }
}

#[test]
fn a_run_that_diverges_is_a_row() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let vary = ["--vary", "dynamics.optimizer.lr=0.1,1e6", "--set", "train.divergence_bound=100"];
    let goal = ["--reached", "final.distance_equilibrium<=10", "--out", "s"];
    let said = desk.run(&[&["sweep", "mine.toml"], &vary[..], &goal[..]].concat()).ends(0);
    assert!(
        said.out.contains("All 2 runs of 2 settings ended")
            && said.out.contains("diverged with lr 1000000 (1 of 1)"),
        "{}",
        said.out
    );
    let rows = rows(&desk, "s");
    let (good, bad) = (&rows["lr=0.1_seed=1"], &rows["lr=1000000_seed=1"]);
    assert_eq!((good["status"].as_str(), good["reached"].as_str()), ("finished", "1"));
    assert_eq!((bad["status"].as_str(), bad["reached"].as_str()), ("diverged", "0"));
    assert!(bad["reason"].contains("diverged in step"), "{}", bad["reason"]);
}

#[test]
fn a_run_that_cannot_be_made_is_a_row_and_is_tried_again() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = ["sweep", "mine.toml", "--vary", "game.regularizer.0.gamma=0,0.5", "--out", "s"];
    desk.run(&sweep).ends(0);
    // A folder that is no run's stands in the way of one run.
    std::fs::remove_dir_all(desk.path("s/runs/gamma=0_seed=1")).unwrap();
    desk.put("s/runs/gamma=0_seed=1", "a file");
    let resume = [&sweep[..], &["--resume"]].concat();
    let said = desk.run(&resume);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let row = &rows(&desk, "s")["gamma=0_seed=1"];
    assert_eq!(row["status"], "failed");
    assert!(row["reason"].contains("is a file"), "{}", row["reason"]);
    let said = desk.run(&["sweep", "--status", "s"]).ends(0);
    assert!(
        said.out.contains("1 of 2 runs done, not at work") && said.out.contains("is a file"),
        "{}",
        said.out
    );
    std::fs::remove_file(desk.path("s/runs/gamma=0_seed=1")).unwrap();
    desk.run(&resume).ends(0);
    assert_eq!(rows(&desk, "s")["gamma=0_seed=1"]["status"], "finished");
}

#[test]
fn what_was_killed_goes_on_and_makes_only_what_is_missing() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = ["sweep", "mine.toml", "--vary", "game.regularizer.0.gamma=0,0.5", "--seeds", "1..2"];
    let set = [
        "--set",
        "train.steps=200000",
        "--set",
        "record.every=20000",
        "--set",
        "record.checkpoint_every=20000",
    ];
    let into = |out: &'static str| [&sweep[..], &set[..], &["-j", "1", "--out", out]].concat();
    desk.run(&into("whole")).ends(0);
    let first = "s/runs/gamma=0_seed=1/run.json";
    let second = "s/runs/gamma=0_seed=2/checkpoints";
    let running = desk.start(&into("s")).until(|| desk.path(second).is_dir() && desk.path(first).is_file());
    #[cfg(unix)]
    running.signal(nix::sys::signal::Signal::SIGKILL);
    #[cfg(not(unix))]
    drop(running);
    let before = std::fs::read(desk.path(first)).unwrap();
    desk.run(&[&into("s")[..], &["--resume"]].concat()).ends(0);
    // The run that had ended was left alone, and all have the bytes of a sweep that nobody killed.
    assert!(before == std::fs::read(desk.path(first)).unwrap());
    for name in rows(&desk, "whole").keys() {
        assert!(
            moved(&desk, &format!("s/runs/{name}")) == moved(&desk, &format!("whole/runs/{name}")),
            "{name}"
        );
    }
    let said = desk.run(&["sweep", "--status", "s"]).ends(0);
    assert!(said.out.contains("4 of 4 runs done, the sweep is complete"), "{}", said.out);
}

#[test]
fn more_seeds_can_be_added() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = |seeds: &str, out: &[&str]| {
        let axis = ["--vary", "game.regularizer.0.gamma=0,0.5", "--seeds", seeds, "--out"];
        desk.run(&[&["sweep", "mine.toml"], &axis[..], out].concat()).ends(0);
    };
    sweep("2,4", &["s"]);
    let before =
        std::fs::metadata(desk.path("s/runs/gamma=0.5_seed=4/run.json")).unwrap().modified().unwrap();
    sweep("1..11", &["s", "--resume"]);
    sweep("1..11", &["whole"]);
    // Seeds have two digits now; what was there moved and was not made again.
    let after =
        std::fs::metadata(desk.path("s/runs/gamma=0.5_seed=04/run.json")).unwrap().modified().unwrap();
    assert_eq!(before, after);
    assert!(!desk.path("s/runs/gamma=0.5_seed=4").exists());
    let (grown, whole) = (rows(&desk, "s"), rows(&desk, "whole"));
    assert_eq!(grown.len(), 22);
    assert!(grown.keys().eq(whole.keys()));
    for (name, row) in &grown {
        assert_eq!(row["loss_d"], whole[name]["loss_d"]);
        assert!(
            moved(&desk, &format!("s/runs/{name}")) == moved(&desk, &format!("whole/runs/{name}")),
            "{name}"
        );
    }
}

#[test]
fn what_a_crash_damaged_is_made_again() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = ["sweep", "mine.toml", "--vary", "game.regularizer.0.gamma=0,0.25,0.5", "--out", "s"];
    desk.run(&sweep).ends(0);
    let run = |gamma: &str, file: &str| format!("s/runs/gamma={gamma}_seed=1/{file}");
    let whole: Vec<_> = ["0", "0.25", "0.5"].map(|gamma| moved(&desk, &run(gamma, ""))).into();
    let table = desk.text(&run("0", "metrics.csv"));
    desk.put(&run("0", "metrics.csv"), &table[..table.len() / 2]);
    desk.put(&run("0.25", "run.json"), "{ \"format\": 1, \"prog");
    desk.put(&run("0.5", "scenario.toml"), "name = ");
    desk.put("s/sweep.csv", "run,se");
    let said = desk.run(&[&sweep[..], &["--resume"]].concat()).ends(0);
    said.complains(&["gamma=0_seed=1 is made again", "gamma=0.25_seed=1", "gamma=0.5_seed=1 is made again"]);
    for (gamma, before) in ["0", "0.25", "0.5"].iter().zip(&whole) {
        assert!(moved(&desk, &run(gamma, "")) == *before, "{gamma}");
    }
    assert_eq!(rows(&desk, "s").len(), 3);
}

#[test]
fn folders_of_others_are_left_alone() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC).put("file", "mine");
    std::fs::create_dir(desk.path("foreign")).unwrap();
    desk.put("foreign/thesis.tex", "mine");
    let sweep = |more: &[&str]| {
        desk.run(&[&["sweep", "mine.toml", "--vary", "game.regularizer.0.gamma=0,0.5"], more].concat())
    };
    sweep(&["--out", "s"]).ends(0);
    let before = desk.files("");
    sweep(&["--out", "s"]).ends(2).complains(&["s holds a sweep already", "--resume", "--force", "--out"]);
    sweep(&["--out", "foreign"]).ends(2).complains(&["foreign holds files that are no sweep"]);
    sweep(&["--out", "foreign", "--force"]).ends(2).complains(&["foreign holds files that are no sweep"]);
    sweep(&["--out", "file"]).ends(2).complains(&["file is a file"]);
    let resume = ["--out", "s", "--resume"];
    let other = |more: &[&str]| sweep(&[&resume, more].concat()).ends(2);
    other(&["--seeds", "2..3"]).complains(&["another sweep: its seeds are 1", "more seeds may be added"]);
    other(&["--vary", "train.steps=1,2"])
        .complains(&["its axes are over game.regularizer.0.gamma, with 2 settings"]);
    other(&["--set", "dynamics.optimizer.lr=0.2"]).complains(&["they differ in `dynamics.optimizer.lr`"]);
    desk.run(&["sweep", "--status", "foreign"]).ends(2).complains(&["no sweep (it has no sweep.json)"]);
    assert!(before == desk.files(""));
}

#[cfg(unix)]
#[test]
fn status_tells_of_a_sweep_at_work_and_an_interrupt_leaves_it_resumable() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    // So long that it does not end by itself.
    let set = ["--set", "train.steps=100000000000", "--set", "record.every=1000000", "--seeds", "1..3"];
    let sweep = [&["sweep", "mine.toml", "-j", "2", "--out", "s"], &set[..]].concat();
    let both = || ["1", "2"].iter().all(|seed| desk.path(&format!("s/runs/seed={seed}/run.json")).is_file());
    let running = desk.start(&sweep).until(both);
    let said = desk.run(&["sweep", "--status", "s"]).ends(0);
    assert!(said.out.contains("0 of 3 runs done, at work"), "{}", said.out);
    assert!(said.out.contains("unfinished  2") && said.out.contains("waiting     1"), "{}", said.out);
    desk.run(&[&sweep[..], &["--resume"]].concat()).ends(2).complains(&["another run is at work in s"]);
    let said = running.signal(nix::sys::signal::Signal::SIGINT).ends(130);
    said.complains(&["0 of 3 runs are done and kept", "--resume"]);
    let said = desk.run(&["sweep", "--status", "s"]).ends(0);
    assert!(
        said.out.contains("not at work; go on") && said.out.contains("interrupted after step"),
        "{}",
        said.out
    );
}

#[test]
fn every_setting_is_held_to_what_is_expected_of_it() {
    let desk = Desk::new();
    let sweep = |also: &str| {
        format!(
            "{DIRAC}[expect]\nshare_of_seeds = 0.5\n[sweep]\nseeds = \"1..2\"\n\
             [[sweep.list]]\n\"dynamics.optimizer.lr\" = 0.1\n\
             [[sweep.list]]\n\"dynamics.optimizer.lr\" = 1e6\n\"train.divergence_bound\" = 100.0\n{also}"
        )
    };
    desk.put("good.toml", sweep("\"expect.status\" = \"diverged\"\n")).put("bad.toml", sweep(""));
    let said = desk.run(&["sweep", "good.toml", "--out", "s"]).ends(0);
    assert!(said.out.contains("2 of 2 settings are as expected"), "{}", said.out);
    let said = desk.run(&["sweep", "bad.toml", "--out", "t"]).ends(4);
    assert!(said.out.contains("1 of 2 settings are as expected"), "{}", said.out);
    said.complains(&[
        "lr 1000000",
        "seed 1: expected the run to be finished, it was diverged",
        "0 of 2 seeds passed",
    ]);
}

#[test]
fn what_was_found_is_said_shown_and_compared() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = |lr: &str, out: &str| {
        let vary = ["--vary", "game.regularizer.0.gamma=0,0.5", "--seeds", "1..3", "--out", out];
        let goal = ["--reached", "final.distance_equilibrium<=0.1", "--set", "train.steps=400", "--set", lr];
        desk.run(&[&["sweep", "mine.toml"], &vary[..], &goal[..]].concat()).ends(0).out
    };
    let said = sweep("dynamics.optimizer.lr=0.1", "s");
    assert!(said.contains("gamma 0.5 against gamma 0: 3 of 3 against 0 of 3 reached the goal."), "{said}");
    // A game on paper has nothing random in it, and no test pretends otherwise.
    assert!(said.contains("The seeds change nothing"), "{said}");
    assert!(said.contains("| gamma 0.5 | 3 of 3 (0.44 to 1.00) | 0 of 3 (0.00 to 0.56) |"), "{said}");
    for file in ["report.html", "summary.md", "plots/settings.svg", "plots/curves.csv", "tables/settings.tex"]
    {
        assert!(desk.path(&format!("s/{file}")).is_file(), "{file}");
    }
    let page = desk.text("s/report.html");
    assert!(page.contains("3 of 3 against 0 of 3") && !page.contains(" src=\"http"));
    sweep("dynamics.optimizer.lr=0.2", "t");
    let said = desk.run(&["compare", "s", "t", "--out", "c"]).ends(0);
    assert!(said.out.contains("s: gamma 0.5 against t: gamma 0: 3 of 3 against 0 of 3"), "{}", said.out);
    let said = desk.run(&["compare", "s", "t", "--tune", "game.regularizer.0.gamma", "--out", "c"]).ends(0);
    assert!(said.out.contains("from 2 settings by 1 seed of 400 steps (2 runs each)"), "{}", said.out);
    assert!(said.out.contains("s at 0.5") && said.out.contains("t at 0.5"), "{}", said.out);
    desk.run(&["compare", "s", "s/runs/gamma=0_seed=1"]).ends(2).complains(&["compare sweeps with sweeps"]);
}

/// A limit on the size of files is to the program what a full disk is.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_keeps_what_is_done() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let sweep = ["sweep", "mine.toml", "--vary", "train.steps=20,40,30000", "--out", "s"];
    desk.run(&sweep).ends(0);
    let before = [moved(&desk, "s/runs/steps=20_seed=1"), moved(&desk, "s/runs/steps=40_seed=1")];
    std::fs::remove_dir_all(desk.path("s/runs/steps=30000_seed=1")).unwrap();
    let program = env!("CARGO_BIN_EXE_ganscope");
    let limited = format!("ulimit -f 64; exec {program} {} --resume", sweep.join(" "));
    let mut shell = std::process::Command::new("sh");
    let done = shell.current_dir(desk.root()).args(["-c", &limited]).output().unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2), "{err}");
    let words = ["cannot write", "s: 2 of 3 runs are done and kept", "--resume"];
    assert!(words.iter().all(|word| err.contains(word)), "{err}");
    desk.run(&[&sweep[..], &["--resume"]].concat()).ends(0);
    assert!(rows(&desk, "s").values().all(|row| row["status"] == "finished"));
    assert!(before == [moved(&desk, "s/runs/steps=20_seed=1"), moved(&desk, "s/runs/steps=40_seed=1")]);
}
