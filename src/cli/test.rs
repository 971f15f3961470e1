//! `test`: runs scenarios over their seeds and holds them to their `[expect]` tables.

use super::check::{Overrides, buildable};
use super::exit::{DONE, Ending, FAILED, Failure, INTERRUPTED, UNEXPECTED, note, say};
use super::run::Engine;
use super::{progress, stop};
use ganscope::run::folder::{Folder, write_whole};
use ganscope::run::info::Status;
use ganscope::run::record::Table;
use ganscope::run::{SeedRun, Verdict, judge, train};
use ganscope::scenario::{Expect, Loaded};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Run scenarios over their seeds and hold them to their [expect] tables.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope test ring8-regularized mine.toml --junit results.xml")]
pub struct Args {
    /// Scenario files, or names of shipped ones.
    #[arg(required = true, value_name = "FILE|NAME")]
    scenarios: Vec<String>,
    /// Write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Keep the run folders here; they are removed otherwise.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    engine: Engine,
    /// Print the verdicts only.
    #[arg(long, short)]
    quiet: bool,
}

/// The runs of one scenario over its seeds.
struct Tested {
    name: String,
    runs: Vec<(u64, Status, Table, f64)>,
    verdict: Verdict,
}

/// Runs and judges all scenarios.
pub fn test(args: &Args) -> Ending {
    // All that can be wrong with the input is found before the first, possibly long, training.
    let all: Vec<(Loaded, Expect)> =
        args.scenarios.iter().map(|name| expecting(args, name)).collect::<Result<_, _>>()?;
    same_name(&all)?;
    args.junit.iter().try_for_each(|file| probe(file))?;
    let temporary = tempfile::tempdir()
        .map_err(|e| Failure::input(format!("cannot make a temporary folder: {e}; name one with --out")))?;
    let out = args.out.as_deref().unwrap_or(temporary.path());
    let stop = stop::on_interrupt();
    let mut tested = Vec::new();
    for (loaded, expect) in &all {
        let one = run_seeds(args, loaded, expect, out, &stop)?;
        say(&report(&one))?;
        tested.push(one);
    }
    if let Some(file) = &args.junit {
        write_whole(file, junit(&tested)?.as_bytes())?;
    }
    Ok(if tested.iter().all(|t| t.verdict.passed) { DONE } else { UNEXPECTED })
}

/// Loads a scenario that has an `[expect]` table.
fn expecting(args: &Args, name: &str) -> Result<(Loaded, Expect), Failure> {
    let loaded = args.overrides.load(name)?;
    buildable(name, &loaded)?;
    match loaded.scenario.expect.clone() {
        Some(expect) => Ok((loaded, expect)),
        None => {
            let example = "add one, for instance [expect] with \"final.modes_covered\" = \">= 8\"";
            Err(Failure::input(format!("{name}: has no [expect] table to hold it to; {example}")))
        }
    }
}

/// Refuses scenarios that share a name: their run folders and results could not be told apart.
fn same_name(all: &[(Loaded, Expect)]) -> Result<(), Failure> {
    let names: Vec<&str> = all.iter().map(|(loaded, _)| loaded.scenario.name.as_str()).collect();
    match names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
        Some((_, name)) => {
            Err(Failure::input(format!("two scenarios are named `{name}`; test them one at a time")))
        }
        None => Ok(()),
    }
}

/// Whether a file can be written; leaves it as it is.
fn probe(file: &Path) -> Result<(), Failure> {
    let new = !file.exists();
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
    opened.map_err(|e| Failure::input(format!("cannot write {}: {e}", file.display())))?;
    if new {
        let _ = std::fs::remove_file(file);
    }
    Ok(())
}

fn run_seeds(
    args: &Args,
    loaded: &Loaded,
    expect: &Expect,
    out: &Path,
    stop: &AtomicBool,
) -> Result<Tested, Failure> {
    let name = loaded.scenario.name.clone();
    let mut runs = Vec::new();
    for seed in (0..expect.seeds).map(|k| loaded.scenario.seed + k) {
        let mut loaded = loaded.clone();
        loaded.scenario.seed = seed;
        let options = args.engine.options(out.join(&name).join(format!("seed-{seed}")));
        if !args.quiet {
            note(&format!("{name}: seed {seed}"));
        }
        let start = Instant::now();
        let mut watcher = progress::watcher(args.quiet);
        let outcome = train(&loaded, &options, watcher.as_mut(), stop);
        watcher.finish();
        let outcome = outcome?;
        if outcome.status == Status::Stopped {
            return Err(Failure { code: INTERRUPTED, message: "interrupted; nothing was judged".into() });
        }
        let table = Folder::new(&outcome.folder).read_table()?;
        runs.push((seed, outcome.status, table, start.elapsed().as_secs_f64()));
    }
    let views: Vec<SeedRun> = runs.iter().map(|(seed, status, table, _)| (*seed, *status, table)).collect();
    let verdict = judge(expect, &views);
    Ok(Tested { name, runs, verdict })
}

fn report(tested: &Tested) -> String {
    let Tested { name, runs, verdict } = tested;
    let word = if verdict.passed { "passed" } else { "FAILED" };
    let seeds = if runs.len() == 1 { "1 seed".to_string() } else { format!("{} seeds", runs.len()) };
    let mut text = format!("{name}: {word} ({seeds})\n");
    for failure in &verdict.failures {
        text += &format!("  {}\n", failure.sentence);
    }
    text
}

/// The results as JUnit XML: a suite a scenario, a case a seed, and one case for all seeds together. Failures that a
/// share of the seeds may have do not fail the suite.
fn junit(tested: &[Tested]) -> Result<String, Failure> {
    let mut report = Report::new("ganscope");
    for one in tested {
        let mut suite = TestSuite::new(&one.name);
        let case = |name: &str, seed: Option<u64>, seconds: f64| {
            let found = one.verdict.failures.iter().filter(|f| f.seed == seed);
            let sentences: Vec<&str> = found.map(|f| f.sentence.as_str()).collect();
            let mut status = TestCaseStatus::success();
            if !sentences.is_empty() && !one.verdict.passed {
                status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(sentences.join("\n"));
            }
            let mut case = TestCase::new(name, status);
            case.set_time(std::time::Duration::from_secs_f64(seconds));
            case
        };
        for (seed, _, _, seconds) in &one.runs {
            suite.add_test_case(case(&format!("seed {seed}"), Some(*seed), *seconds));
        }
        suite.add_test_case(case("all seeds", None, 0.0));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|e| Failure { code: FAILED, message: e.to_string() })
}
