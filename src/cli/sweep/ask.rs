//! Asking before a large sweep.

use crate::cli::exit::{Failure, note};
use crate::cli::words::time;
use ganscope::scenario::size as bytes;
use ganscope::sweep::{Cost, Plan};
use std::io::{BufRead, IsTerminal};

/// Runs that nobody is asked about.
const FEW: usize = 1000;
/// Runs of a sweep, at most.
const MOST: usize = 10_000_000;

/// The number of runs, where it can be done at all.
pub fn size(plan: &Plan, scenario: &str) -> Result<usize, Failure> {
    plan.design.runs().filter(|runs| *runs <= MOST).ok_or_else(|| {
        let text = format!(
            "{scenario}: the sweep has more than {MOST} runs; take fewer values, or draw some at random"
        );
        Failure::input(text)
    })
}

/// What a sweep will need, in words.
pub fn needs(cost: &Cost, jobs: usize) -> String {
    format!(
        "about {} with {jobs} at once, {} on the disk, {} of memory each",
        time(cost.seconds / jobs as f64),
        bytes(cost.disk_mib),
        bytes(cost.memory_mib)
    )
}

/// Asks before a large sweep; without a terminal it must have been said.
pub fn confirm(runs: usize, cost: &Cost, jobs: usize, yes: bool) -> Result<(), Failure> {
    if runs <= FEW || yes {
        return Ok(());
    }
    let what = format!("{runs} runs: {}", needs(cost, jobs));
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::input(format!("{what}; say --yes to start them, or take fewer values")));
    }
    note(&format!("{what}. Start them? [y/N]"));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(Failure::input("not started")),
    }
}
