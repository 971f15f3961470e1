//! Run folders that are in the way, damaged, or cannot be written: one message, nothing lost.

mod desk;

use desk::{Desk, TINY};

/// A folder `r` with a finished tiny run, and the scenario `s.toml` that made it.
fn with_run() -> Desk {
    let desk = Desk::new();
    desk.put("s.toml", TINY).train("s.toml", "r", &[]);
    desk
}

/// The command must end with 2 and these words, in one message, and leave the folder as it is.
#[track_caller]
fn refuses(desk: &Desk, args: &[&str], words: &[&str]) {
    let before = desk.files("");
    let said = desk.run(args).ends(2).complains(words);
    assert_eq!((said.out.as_str(), said.err.trim().lines().count()), ("", 1), "{}", said.err);
    let after = desk.files("");
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before == after);
}

const RESUME: [&str; 6] = ["run", "s.toml", "--out", "r", "--no-plots", "--resume"];

#[test]
fn another_run_is_left_alone_unless_forced() {
    let desk = with_run();
    refuses(&desk, &["run", "s.toml", "--out", "r"], &["r holds a run", "--resume", "--force", "--out"]);
    desk.put("r/notes.txt", "mine").put("r/plots", "mine too");
    desk.run(&["run", "s.toml", "--out", "r", "--force", "--seed", "2", "--no-plots"]).ends(2);
    std::fs::remove_file(desk.path("r/plots")).unwrap();
    desk.train("s.toml", "r", &["--force", "--seed", "2"]);
    assert_eq!(desk.text("r/notes.txt"), "mine");
    desk.train("s.toml", "other", &["--seed", "2"]);
    assert_eq!(desk.text("r/metrics.csv"), desk.text("other/metrics.csv"));
}

#[test]
fn places_that_cannot_hold_a_run() {
    let desk = Desk::new();
    desk.put("s.toml", TINY).put("file", "mine");
    std::fs::create_dir(desk.path("foreign")).unwrap();
    desk.put("foreign/thesis.tex", "mine");
    let out = |out: &'static str| ["run", "s.toml", "--out", out];
    refuses(&desk, &out("foreign"), &["foreign holds files that are no run of ganscope", "--out"]);
    refuses(&desk, &[&out("foreign")[..], &["--force"]].concat(), &["foreign holds files", "--out"]);
    refuses(&desk, &out("file"), &["file is a file", "--out"]);
    refuses(&desk, &out("file/below"), &["file/below", "--out"]);
    #[cfg(target_os = "linux")]
    refuses(&desk, &out("/proc/below"), &["cannot write /proc/below"]);
    // What a run killed at its very start leaves behind is no reason to refuse.
    std::fs::create_dir(desk.path("killed")).unwrap();
    desk.put("killed/.writing-AbCdEf", "half a scen").train("s.toml", "killed", &["--resume"]);
    assert!(!desk.path("killed/.writing-AbCdEf").exists());
}

#[test]
fn a_run_of_another_scenario_is_not_resumed() {
    let desk = with_run();
    let other = |set: &'static str| [&RESUME[..], &["--set", set]].concat();
    refuses(&desk, &other("train.batch=33"), &["another scenario (they differ in `train.batch`)", "--out"]);
    refuses(&desk, &other("seed=2"), &["they differ in `seed`"]);
    refuses(&desk, &other("train.precision=f64"), &["they differ in `train.precision`"]);
    desk.run(&[&RESUME[..], &["--force"]].concat()).ends(2).complains(&["cannot be used with"]);
}

#[test]
fn resuming_what_is_not_there_starts_it_and_resuming_what_is_done_changes_nothing() {
    let desk = with_run();
    let before = desk.files("r");
    desk.run(&RESUME).ends(0);
    let mut after = desk.files("r");
    // Times change.
    after.insert("run.json".into(), before["run.json"].clone());
    assert!(before == after);
    assert!(desk.info("r")["ms_per_step"]["median"].as_f64().unwrap() > 0.0);
    let said = desk.run(&["run", "s.toml", "--out", "new", "--no-plots", "--resume"]).ends(0);
    said.complains(&["new holds no run yet: it starts at step 0"]);
}

#[test]
fn a_checkpoint_that_is_damaged_or_foreign_is_refused_and_may_be_deleted() {
    let desk = with_run();
    let last = "r/checkpoints/step-00000060.safetensors";
    let good = std::fs::read(desk.path(last)).unwrap();
    let table = desk.text("r/metrics.csv");
    let finished = desk.files("r");
    desk.train("s.toml", "seed", &["--seed", "2"]);
    desk.train("s.toml", "wide", &["--set", "game.generator.hidden=[9]"]);
    desk.train("s.toml", "double", &["--set", "train.precision=f64"]);
    let of = |run: &str| std::fs::read(desk.path(run).join("checkpoints/step-00000060.safetensors")).unwrap();
    let earlier = std::fs::read(desk.path("r/checkpoints/step-00000030.safetensors")).unwrap();
    let mut nan = good.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut huge = good.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (good[..good.len() / 2].to_vec(), "is damaged"),
        (good[..5].to_vec(), "is damaged"),
        (Vec::new(), "is damaged"),
        (huge, "is damaged"),
        (b"not a checkpoint at all".to_vec(), "is damaged"),
        (std::fs::read(desk.path("r/samples/data.safetensors")).unwrap(), "was not written by ganscope"),
        (nan, "holds NaN or infinity"),
        (of("seed"), "belongs to another run (seed 2, step 60)"),
        (earlier, "belongs to another run (seed 1, step 30)"),
        (of("wide"), "expected F32 [8, 2]"),
        (of("double"), "is F64"),
    ];
    for (bytes, words) in cases {
        desk.put(last, &bytes);
        refuses(&desk, &RESUME, &[last, words, "delete it"]);
    }
    std::fs::remove_file(desk.path(last)).unwrap();
    desk.run(&RESUME).ends(0);
    assert_eq!(desk.text("r/metrics.csv"), table);
    let mut again = desk.files("r");
    again.insert("run.json".into(), finished["run.json"].clone());
    assert!(again == finished);
}

#[test]
fn a_table_that_lost_rows_is_not_carried_on() {
    let desk = with_run();
    let good = desk.text("r/metrics.csv");
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let without = |row: usize| [&lines[..row], &lines[row + 1..]].concat().concat();
    let mut twice = lines.clone();
    twice.insert(3, lines[3]);
    let remedy = "make the run again with --force";
    for (text, words) in [
        (without(0), "its columns are not those of this scenario"),
        (without(1), "row 1 is not that of step 0"),
        (without(4), "row 4 is not that of step 30"),
        (lines[..7].concat(), "row 7 is not that of step 60"),
        (good[..good.len() - 2].to_string(), "row 7 is not that of step 60"),
        (twice.concat(), "row 4 is not that of step 30"),
        (good.replace("\n30,", "\n30,oops,"), "record 4"),
        (good.replacen(".1", ".x", 1), "invalid float"),
        (String::new(), "its columns"),
        ("\0\u{1}".to_string(), "its columns"),
    ] {
        desk.put("r/metrics.csv", text);
        refuses(&desk, &RESUME, &["r/metrics.csv is damaged", words, remedy]);
    }
    desk.put("r/metrics.csv", [0xff, 0xfe, b'\n']);
    refuses(&desk, &RESUME, &["cannot read r/metrics.csv", remedy]);
    std::fs::remove_file(desk.path("r/metrics.csv")).unwrap();
    refuses(&desk, &RESUME, &["cannot read r/metrics.csv", remedy]);
    // Rows behind the last checkpoint are made again, whatever they are.
    desk.put("r/metrics.csv", format!("{good}70,1,2,3\n80"));
    desk.run(&RESUME).ends(0);
    assert_eq!(desk.text("r/metrics.csv"), good);
}

#[test]
fn damaged_facts_and_scenarios() {
    let desk = with_run();
    let table = desk.text("r/metrics.csv");
    for text in ["", "{", "[]"] {
        desk.put("r/run.json", text);
        refuses(&desk, &["plot", "r"], &["r/run.json is damaged", "resume the run"]);
        desk.run(&RESUME).ends(0);
        assert_eq!(desk.info("r")["status"], "finished");
    }
    assert_eq!(desk.text("r/metrics.csv"), table);
    desk.put("r/scenario.toml", "name = ");
    refuses(&desk, &RESUME, &["r/scenario.toml is damaged", "--force"]);
    refuses(&desk, &["plot", "r"], &["r/scenario.toml is damaged", "--force"]);
    std::fs::remove_file(desk.path("r/scenario.toml")).unwrap();
    refuses(&desk, &RESUME, &["r/scenario.toml", "--force"]);
    desk.train("s.toml", "r", &["--force"]);
    desk.put("r/samples/data.safetensors", "x");
    refuses(&desk, &["plot", "r"], &["r/samples/data.safetensors is damaged", "resume the run"]);
    desk.run(&RESUME).ends(0);
    desk.run(&["plot", "r"]).ends(0);
}

#[test]
fn other_kernels_go_on_with_a_warning() {
    let desk = Desk::new();
    desk.put("s.toml", TINY).train("s.toml", "r", &["--kernels", "portable"]);
    std::fs::remove_file(desk.path("r/checkpoints/step-00000060.safetensors")).unwrap();
    let said =
        desk.run(&RESUME).ends(0).complains(&["warning: this run was made with portable kernels", "native"]);
    assert_eq!(said.err.lines().count(), 1);
    assert!(desk.info("r")["kernels"].as_str().unwrap().starts_with("native"));
    let again = desk.run(&[&RESUME[..], &["--kernels", "native"]].concat()).ends(0);
    assert_eq!(again.err, "");
}

#[test]
fn pairs_that_do_not_go_together() {
    let desk = Desk::new();
    desk.put("s.toml", TINY);
    #[cfg(not(feature = "metal"))]
    for command in ["run", "test"] {
        let said = desk.run(&[command, "s.toml", "--device", "metal"]).ends(2);
        said.complains(&["--features metal"]);
    }
    assert!(!desk.path("runs").exists());
}

#[cfg(unix)]
#[test]
fn two_runs_do_not_share_a_folder() {
    let desk = Desk::new();
    desk.put("s.toml", TINY);
    let args = ["run", "s.toml", "--out", "r", "--quiet", "--set", "train.steps=100000000"];
    let run = desk.start(&args).until(|| desk.path("r/run.json").exists());
    for more in ["--resume", "--force"] {
        let said = desk.run(&[&args[..], &[more]].concat()).ends(2);
        said.complains(&["another run is at work in r", "--out"]);
    }
    run.signal(nix::sys::signal::Signal::SIGKILL);
    desk.train("s.toml", "r", &["--force"]);
}

/// A limit on the size of files is the full disk that a test can have: writing fails at a certain byte.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_the_run_goes_on_when_there_is_room() {
    use nix::sys::resource::{Resource, setrlimit};
    use std::os::unix::process::CommandExt;
    let desk = Desk::new();
    // 2000 real samples of 16 kB, frames of 17 kB, checkpoints of 87 kB.
    let text =
        TINY.replace("hidden = [8]", "hidden = [80, 80]").replace("frames = 3", "checkpoint_every = 25");
    desk.put("s.toml", text).train("s.toml", "whole", &[]);
    let within = |bytes: u64, args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ganscope"));
        // SAFETY: between fork and exec only a system call is made.
        unsafe {
            command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_FSIZE, bytes, bytes)?));
        }
        let done = command.current_dir(desk.root()).args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        desk::Said { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    };
    let args = ["run", "s.toml", "--out", "r", "--no-plots"];
    let resume = [&args[..], &["--resume"]].concat();
    // Not even the scenario; the real samples; the first frame; the first checkpoint.
    let first = within(100, &args).ends(2).complains(&["cannot write r/scenario.toml: ", "make room"]);
    assert!(!first.err.contains(".writing-"), "{}", first.err);
    for (bytes, file) in [(10_000, "data"), (16_500, "step-00000000"), (50_000, "step-00000025")] {
        let said = within(bytes, &resume).ends(2).complains(&[
            "cannot write r/",
            file,
            ": File too large",
            "make room",
            "--resume",
        ]);
        assert_eq!(said.err.lines().filter(|line| line.contains("cannot")).count(), 1, "{}", said.err);
    }
    assert!(!desk.files("r").keys().any(|name| name.contains(".writing-")));
    desk.run(&resume).ends(0);
    let (whole, cut) = (desk.files("whole"), desk.files("r"));
    assert_eq!(whole.keys().collect::<Vec<_>>(), cut.keys().collect::<Vec<_>>());
    for (name, bytes) in whole.iter().filter(|(name, _)| *name != "run.json") {
        assert!(cut[name] == *bytes, "{name}");
    }
    // No room for pictures: the run itself is done.
    within(50_000, &["plot", "r"]).ends(2).complains(&["cannot write r/plots/"]);
    desk.run(&["plot", "r"]).ends(0);
}
