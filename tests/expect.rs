//! `ganscope test`: scenarios held to their `[expect]` tables.

mod desk;

use desk::{Desk, TINY};

fn expecting(table: &str) -> String {
    format!("{TINY}\n[expect]\n{table}\n")
}

#[test]
fn what_holds_passes_and_leaves_nothing_behind() {
    let desk = Desk::new();
    desk.put("s.toml", expecting("seeds = 2\n\"final.step\" = \"== 60\"\n\"every.loss_d\" = \"> 0\""));
    let said = desk.run(&["test", "s.toml", "--quiet"]).ends(0);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("tiny: passed (2 seeds)\n", ""));
    assert_eq!(desk.files("").keys().collect::<Vec<_>>(), ["s.toml"]);
}

#[test]
fn each_failure_has_its_sentence_and_its_case() {
    let desk = Desk::new();
    let table = "seeds = 2\n\"final.step\" = \"< 60\"\n\"max.loss_d\" = \"<= 1e9\"\n\
                 \"median.final.step\" = \">= 61\"\n\"every.step\" = \">= 10\"";
    desk.put("s.toml", expecting(table))
        .put("good.toml", expecting("\"final.step\" = \"== 60\"").replace("tiny", "good"));
    let args = ["test", "good.toml", "s.toml", "--seed", "5", "--junit", "r.xml", "--out", "kept", "--quiet"];
    let said = desk.run(&args).ends(4);
    let wanted = "good: passed (1 seed)\n\
                  tiny: FAILED (2 seeds)\n  \
                  seed 5: expected every.step >= 10, found 0 at step 0 (1 of 7 records fail)\n  \
                  seed 5: expected final.step < 60, found 60\n  \
                  seed 6: expected every.step >= 10, found 0 at step 0 (1 of 7 records fail)\n  \
                  seed 6: expected final.step < 60, found 60\n  \
                  expected median.final.step >= 61, found 60 over the seeds (60, 60)\n";
    assert_eq!(said.out, wanted);
    assert_eq!(desk.info("kept/tiny/seed-6")["seed"], 6);

    let report = quick_junit::Report::deserialize_from_str(&desk.text("r.xml")).unwrap();
    let suites: Vec<&str> = report.test_suites.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(suites, ["good", "tiny"]);
    assert_eq!((report.tests, report.failures, report.errors), (5, 3, 0));
    let suite = &report.test_suites[1];
    let cases: Vec<&str> = suite.test_cases.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(cases, ["seed 5", "seed 6", "all seeds"]);
    let quick_junit::TestCaseStatus::NonSuccess { message, .. } = &suite.test_cases[0].status else {
        panic!("seed 5 passed");
    };
    let message = message.as_ref().unwrap().as_str();
    assert!(message.contains("expected final.step < 60, found 60"), "{message}");
}

/// The seeds' final losses differ, so a bound between the second and the third of three is met by a share.
#[test]
fn a_share_of_the_seeds_may_be_enough() {
    let desk = Desk::new();
    desk.put("s.toml", TINY);
    let mut losses: Vec<f64> = ["1", "2", "3"]
        .map(|seed| {
            desk.train("s.toml", "r", &["--seed", seed, "--force"]);
            desk.info("r")["final"]["loss_d"].as_f64().unwrap()
        })
        .to_vec();
    losses.sort_by(f64::total_cmp);
    let between = f64::midpoint(losses[1], losses[2]);
    for (share, code) in [("0.6", 0), ("0.7", 4)] {
        let table = format!("seeds = 3\nshare_of_seeds = {share}\n\"final.loss_d\" = \"<= {between}\"");
        desk.put("share.toml", expecting(&table));
        let said = desk.run(&["test", "share.toml", "--quiet", "--junit", "r.xml"]).ends(code);
        assert_eq!(said.out.matches("expected final.loss_d").count(), 1, "{}", said.out);
        assert_eq!(said.out.contains("2 of 3 seeds passed; 3 had to"), code == 4, "{}", said.out);
        let report = quick_junit::Report::deserialize_from_str(&desk.text("r.xml")).unwrap();
        assert_eq!((report.tests, report.failures == 0), (4, code == 0));
    }
}

#[test]
fn an_unknown_measure_is_named_with_the_nearest_before_anything_is_trained() {
    let desk = Desk::new();
    for key in ["final.mode_covered", "median.final.mode_covered"] {
        desk.put("s.toml", expecting(&format!("\"{key}\" = \">= 8\"")));
        for command in ["test", "check"] {
            let said = desk.run(&[command, "s.toml", "--set", "train.steps=100000000"]).ends(2);
            let words = format!(
                "s.toml: `expect.{key}`: there is no measure `mode_covered`; did you mean `modes_covered`?"
            );
            assert_eq!((said.out.as_str(), said.err.trim()), ("", words.as_str()));
        }
    }
    // Modes are measured only where the data has them, averages only where they are taken.
    desk.put("s.toml", expecting("\"final.modes_covered\" = \">= 8\"").replace("\"ring\"", "\"spiral\""));
    desk.run(&["check", "s.toml"]).ends(2).complains(&["there is no measure `modes_covered`"]);
    desk.put("s.toml", expecting("\"final.average_modes_covered\" = \">= 0\""));
    desk.run(&["check", "s.toml"]).ends(2);
    desk.run(&["check", "s.toml", "--set", "train.average={kind='exponential',decay=0.9}"]).ends(0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_test_judges_nothing() {
    let desk = Desk::new();
    desk.put("s.toml", expecting("seeds = 3\n\"final.step\" = \"> 0\""));
    let args = ["test", "s.toml", "--set", "train.steps=100000000", "--out", "kept", "--junit", "r.xml"];
    let run = desk.start(&args).until(|| desk.path("kept/tiny/seed-1/run.json").exists());
    let said = run.signal(nix::sys::signal::Signal::SIGINT).ends(130).complains(&["nothing was judged"]);
    assert_eq!(said.out, "");
    assert!(!desk.path("r.xml").exists());
}
