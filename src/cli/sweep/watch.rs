//! One progress display for all runs: a bar on a terminal, nothing elsewhere.

use crate::cli::exit::note;
use ganscope::sweep::{Row, RowStatus, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;

/// Marks of the bar that a run is worth.
const MARKS: f64 = 1000.0;

/// A bar, or nobody; notes are printed unless all shall be quiet.
pub struct Display {
    bar: Option<ProgressBar>,
    quiet: bool,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    done: usize,
    diverged: usize,
    failed: usize,
    /// Runs' worth of steps, the part of a mark included that does not show yet.
    moved: f64,
}

impl Display {
    /// A display for the terminal, where there is one.
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}, {eta} left") {
                bar.set_style(style);
            }
            bar
        });
        Display { bar, quiet, counts: Mutex::default() }
    }

    /// Takes the display away.
    pub fn close(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, counts: &Counts) {
        let Some(bar) = &self.bar else { return };
        let some =
            |count: usize, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
        let more = some(counts.diverged, "diverged") + &some(counts.failed, "failed");
        bar.set_message(format!("{} of {} runs{more}", counts.done, counts.all));
        bar.set_position((counts.moved * MARKS) as u64);
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        change(&mut counts);
        self.show(&counts);
    }
}

impl Watch for Display {
    fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None if !self.quiet => note(text),
            None => {}
        }
    }

    fn start(&self, done: usize, all: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length((all as f64 * MARKS) as u64);
        }
        self.change(|counts| (counts.all, counts.done, counts.moved) = (all, done, done as f64));
        // Runs that were there are no part of the speed.
        if let Some(bar) = &self.bar {
            bar.reset_eta();
        }
    }

    fn moved(&self, share: f64) {
        self.change(|counts| counts.moved += share);
    }

    fn ended(&self, row: &Row) {
        self.change(|counts| {
            counts.done += usize::from(row.status.ended());
            counts.diverged += usize::from(row.status == RowStatus::Diverged);
            counts.failed += usize::from(row.status == RowStatus::Failed);
        });
    }
}
