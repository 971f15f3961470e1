//! What a long computation is doing: a spinner on a terminal, lines elsewhere.

use super::exit::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(2);

/// Shows what is being done until it is dropped.
pub struct Working {
    name: String,
    bar: Option<ProgressBar>,
    /// When a line was last written.
    last: Mutex<Option<Instant>>,
}

impl Working {
    /// Begins; `name` stands before every message.
    pub fn new(name: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Working { name: name.to_string(), bar, last: Mutex::new(None) }
    }

    /// Says what is being done now.
    pub fn tell(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{}: {what}", self.name)),
            None => self.line(what),
        }
    }

    /// A line now and then.
    fn line(&self, what: &str) {
        let mut last = self.last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if last.is_none_or(|last| last.elapsed() >= PAUSE) {
            note(&format!("{}: {what}", self.name));
            *last = Some(Instant::now());
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
