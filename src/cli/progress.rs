//! Progress on the terminal, or line by line where there is none.

use super::exit::note;
use ganscope::run::{Progress, Silent};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Measures worth a glance while a run goes on, with the short names that they are shown by.
const SHOWN: [(&str, &str); 4] =
    [("loss_d", "loss D"), ("loss_g", "G"), ("modes_covered", "modes"), ("high_quality", "quality")];
/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// Who watches: nobody, a bar on a terminal, or lines.
pub fn watcher(quiet: bool) -> Box<dyn Progress> {
    match quiet {
        true => Box::new(Silent),
        false if std::io::stderr().is_terminal() => Box::new(Bar::new()),
        false => Box::new(Lines::new()),
    }
}

/// The measures worth a glance, on one line.
fn brief(names: &[String], row: &[f64]) -> String {
    let value = |name: &str| names.iter().position(|n| n == name).and_then(|i| row.get(i));
    let shown = |(name, short): &(&str, &str)| {
        let value = value(name).filter(|v| v.is_finite())?;
        Some(if value.fract() == 0.0 { format!("{short} {value}") } else { format!("{short} {value:.3}") })
    };
    SHOWN.iter().filter_map(shown).collect::<Vec<_>>().join(", ")
}

struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        Bar { bar }
    }
}

impl Progress for Bar {
    fn note(&mut self, text: &str) {
        self.bar.suspend(|| note(text));
    }

    fn start(&mut self, total: u64, done: u64) {
        let form = "{wide_bar} step {pos} of {len}, {speed}, {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(form) {
            let speed = |state: &ProgressState, to: &mut dyn Write| {
                let _ = write!(to, "{:.0}/s", state.per_sec());
            };
            self.bar.set_style(style.with_key("speed", speed));
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        // Steps that a resumed run did before are no part of its speed.
        self.bar.reset_eta();
    }

    fn step(&mut self, step: u64) {
        self.bar.set_position(step);
    }

    fn record(&mut self, _: u64, names: &[String], row: &[f64]) {
        self.bar.set_message(brief(names, row));
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
    }
}

struct Lines {
    total: u64,
    first: u64,
    now: u64,
    start: Instant,
    last: Instant,
    brief: String,
}

impl Lines {
    fn new() -> Self {
        let now = Instant::now();
        Lines { total: 0, first: 0, now: 0, start: now, last: now, brief: String::new() }
    }

    fn line(&self) -> String {
        let elapsed = self.start.elapsed().as_secs_f64().max(1e-9);
        let speed = self.now.saturating_sub(self.first) as f64 / elapsed;
        let left = self.total.saturating_sub(self.now) as f64 / speed.max(1e-9);
        let comma = if self.brief.is_empty() { "" } else { ", " };
        format!("step {} of {}, {speed:.0}/s, {left:.0} s left{comma}{}", self.now, self.total, self.brief)
    }
}

impl Progress for Lines {
    fn note(&mut self, text: &str) {
        note(text);
    }

    fn start(&mut self, total: u64, done: u64) {
        (self.total, self.first, self.now) = (total, done, done);
        self.start = Instant::now();
        self.last = self.start;
    }

    fn step(&mut self, step: u64) {
        self.now = step;
        // Asking for the time costs little, but a step of the smallest games costs not much more.
        if step.is_multiple_of(16) && self.last.elapsed() >= PAUSE {
            self.last = Instant::now();
            note(&self.line());
        }
    }

    fn record(&mut self, _: u64, names: &[String], row: &[f64]) {
        self.brief = brief(names, row);
    }

    fn finish(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measures_that_are_there_are_shown() {
        let names: Vec<String> = ["step", "loss_d", "modes_covered"].map(String::from).into();
        assert_eq!(brief(&names, &[1.0, 0.70049, 8.0]), "loss D 0.700, modes 8");
        assert_eq!(brief(&names, &[1.0, f64::NAN]), "");
    }
}
