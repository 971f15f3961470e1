//! Same seed, same bytes: on any number of threads, after any death and resumption, from the resolved scenario.

mod desk;

use desk::{Desk, Running, TINY};
use std::collections::BTreeMap;

/// The parts of a run that must not differ: the table, the checkpoints, the frames, the scenario.
fn made(desk: &Desk, run: &str) -> BTreeMap<String, Vec<u8>> {
    let files = desk.files(run).into_iter();
    files.filter(|(name, _)| name != "run.json" && !name.starts_with("plots")).collect()
}

#[track_caller]
fn same(desk: &Desk, a: &str, b: &str) {
    let (ours, theirs) = (made(desk, a), made(desk, b));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    let differ: Vec<&String> = ours.iter().filter(|(k, v)| theirs[*k] != **v).map(|(k, _)| k).collect();
    assert!(differ.is_empty(), "{a} and {b} differ in {differ:?}");
}

/// Scenarios that use every part of the engine that carries something from step to step or sums over a batch.
fn varied() -> Vec<(&'static str, String)> {
    // Three chunks of rows and a rest; checkpoints between records.
    let wide = TINY.replace("batch = 32", "batch = 402");
    let wide = wide.replace("every = 10", "every = 10\ncheckpoint_every = 7");
    let with = |more: &str| format!("{wide}\n{more}");
    let set = |from: &str, to: &str| wide.replace(from, to);
    vec![
        ("plain", wide.clone()),
        (
            "norm",
            with("[[game.regularizer]]\nkind = \"gradient_norm\"\neta = 0.5\nevery = 3\n")
                + "[[game.regularizer]]\nkind = \"r1\"\ngamma = 0.1\nevery = 4\n",
        ),
        (
            "penalty",
            with("[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 10.0\n")
                .replace("non_saturating", "wasserstein"),
        ),
        ("consensus", with("[[game.regularizer]]\nkind = \"consensus\"\ngamma = 0.3\n")),
        (
            "double",
            set(
                "batch = 402",
                "batch = 402\nprecision = \"f64\"\naverage = { kind = \"exponential\", decay = 0.9 }",
            ),
        ),
        ("pack", set("kind = \"gan\"", "kind = \"gan\"\npack = 2")),
        (
            "twice",
            with("[dynamics]\nrule = \"simultaneous\"\ndiscriminator_steps = 2\nbatches = \"fresh\"\n")
                + "optimizer = { kind = \"sgd\", lr = 0.1, momentum = 0.5 }\n",
        ),
        ("teacher", set("kind = \"ring\", std = 0.1", "kind = \"teacher\", paired = true")),
    ]
}

#[test]
fn threads_change_nothing() {
    let desk = Desk::new();
    for (name, text) in varied() {
        desk.put("s.toml", text);
        let [one, two] = ["1", "2"].map(|threads| {
            let out = format!("{name}-{threads}");
            desk.train("s.toml", &out, &["--threads", threads]);
            out
        });
        same(&desk, &one, &two);
        assert!(made(&desk, &one).contains_key("checkpoints/step-00000060.safetensors"));
    }
}

#[test]
fn portable_kernels_count_no_threads_and_differ_from_native_ones() {
    for (_, text) in varied().into_iter().filter(|(name, _)| ["norm", "consensus"].contains(name)) {
        let desk = Desk::new();
        desk.put("s.toml", text);
        for (out, threads, kernels) in [("a", "1", "portable"), ("b", "2", "portable"), ("c", "2", "native")]
        {
            desk.train("s.toml", out, &["--threads", threads, "--kernels", kernels]);
        }
        same(&desk, "a", "b");
        assert_eq!(desk.info("a")["kernels"], "portable");
        let native = desk.info("c")["kernels"].as_str().unwrap().to_string();
        assert!(native.starts_with("native "), "{native}");
    }
}

#[test]
fn the_resolved_scenario_runs_again() {
    let desk = Desk::new();
    for (name, text) in varied() {
        desk.put("s.toml", text);
        let again = format!("{name}-again");
        desk.train("s.toml", name, &["--seed", "5", "--set", "train.steps=21"]);
        desk.train(&format!("{name}/scenario.toml"), &again, &[]);
        same(&desk, name, &again);
        assert_eq!(desk.info(&again)["seed"], 5);
    }
}

#[test]
fn seeds_differ() {
    let desk = Desk::new();
    desk.put("s.toml", TINY);
    desk.train("s.toml", "a", &["--seed", "1"]);
    desk.train("s.toml", "b", &["--seed", "2"]);
    assert_ne!(desk.text("a/metrics.csv"), desk.text("b/metrics.csv"));
}

/// Runs that are made in one go and in pieces, compared as far as both came. They are so long that none of them ends
/// by itself: every moment below is waited for, none is met by luck.
#[cfg(unix)]
mod deaths {
    use super::*;
    use nix::sys::signal::Signal;

    const LONG: &str = "train.steps=100000000";

    struct Long {
        desk: Desk,
        every: &'static str,
    }

    impl Long {
        fn new(text: &str, every: &'static str) -> Self {
            let desk = Desk::new();
            desk.put("s.toml", text);
            Long { desk, every }
        }

        fn start(&self, out: &str, more: &[&str]) -> Running {
            let args = ["run", "s.toml", "--quiet", "--out", out, "--set", LONG, "--set", self.every];
            self.desk.start(&[&args, more].concat())
        }

        fn rows(&self, run: &str) -> Vec<String> {
            let text = std::fs::read_to_string(self.desk.path(run).join("metrics.csv")).unwrap_or_default();
            let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            whole.map(str::to_string).collect()
        }

        fn has(&self, run: &str, step: u64) -> bool {
            self.desk.path(&format!("{run}/checkpoints/step-{step:08}.safetensors")).exists()
        }

        /// Both runs, as far as both came, are the same, which is at least so many rows and to this checkpoint.
        #[track_caller]
        fn same(&self, a: &str, b: &str, rows: usize, step: Option<u64>) {
            let (ours, theirs) = (self.rows(a), self.rows(b));
            let both = ours.len().min(theirs.len());
            assert!(both > rows, "{both} rows");
            assert!(ours[..both] == theirs[..both], "{a} and {b} differ in their tables");
            let (ours, theirs) = (self.desk.files(a), self.desk.files(b));
            let kept = |name: &str| name.starts_with("checkpoints/step");
            let common: Vec<&String> = ours.keys().filter(|k| kept(k) && theirs.contains_key(*k)).collect();
            for name in &common {
                assert!(ours[*name] == theirs[*name], "{a} and {b} differ in {name}");
            }
            if let Some(step) = step {
                let last = format!("checkpoints/step-{step:08}.safetensors");
                assert!(common.contains(&&last), "{common:?}");
            }
        }
    }

    #[test]
    fn killed_around_checkpoints() {
        for (_, text) in varied().into_iter().filter(|(name, _)| ["norm", "double"].contains(name)) {
            let long = Long::new(&text, "record.checkpoint_every=25");
            long.start("whole", &[]).until(|| long.has("whole", 150)).signal(Signal::SIGKILL);
            // Right after a checkpoint, then between two: a record has come since.
            long.start("cut", &[]).until(|| long.has("cut", 25)).signal(Signal::SIGKILL);
            let before = long.rows("cut").len();
            let run = long.start("cut", &["--resume"]);
            let run = run.until(|| long.has("cut", 75) && long.rows("cut").len() > before + 6);
            run.signal(Signal::SIGKILL);
            long.start("cut", &["--resume"]).until(|| long.has("cut", 150)).signal(Signal::SIGKILL);
            long.same("whole", "cut", 15, Some(150));
        }
    }

    #[test]
    fn killed_before_the_first_checkpoint() {
        let long = Long::new(TINY, "record.checkpoint_every=100000000");
        long.start("whole", &[]).until(|| long.rows("whole").len() > 20).signal(Signal::SIGKILL);
        for rows in [0, 1, 5] {
            let run = long.start("cut", &["--resume"]);
            run.until(|| long.desk.path("cut").exists() && long.rows("cut").len() >= rows)
                .signal(Signal::SIGKILL);
        }
        assert!(!long.desk.path("cut/checkpoints").exists());
        long.start("cut", &["--resume"]).until(|| long.rows("cut").len() > 20).signal(Signal::SIGKILL);
        long.same("whole", "cut", 20, None);
    }

    #[test]
    fn interrupted() {
        let long = Long::new(&varied()[0].1, "record.checkpoint_every=35");
        long.start("whole", &[]).until(|| long.has("whole", 140)).signal(Signal::SIGKILL);
        let said = long.start("cut", &[]).until(|| long.has("cut", 35)).signal(Signal::SIGINT).ends(130);
        assert_eq!(said.out, "");
        let info = long.desk.info("cut");
        assert_eq!(info["status"], "stopped");
        let step = info["step"].as_u64().unwrap();
        assert!(long.has("cut", step), "no checkpoint of the last step, {step}");
        assert_eq!(info["reason"], format!("interrupted after step {step}"));
        // It may have come beyond where the whole run was killed, but not beyond what the last one makes.
        let further = (step / 35 + 2) * 35;
        let run = long.start("cut", &["--resume"]).until(|| long.has("cut", further));
        run.signal(Signal::SIGTERM).ends(130);
        long.start("more", &[]).until(|| long.has("more", further)).signal(Signal::SIGKILL);
        long.same("more", "cut", 3, Some(further));
        long.same("whole", "cut", 3, Some(35));
    }
}
