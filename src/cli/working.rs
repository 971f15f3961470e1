//! What a long computation is doing: a spinner on a terminal, lines elsewhere.

use super::exit::note;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Shows what is being done until it is dropped.
pub struct Working {
    name: String,
    bar: Option<ProgressBar>,
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
        Working { name: name.to_string(), bar }
    }

    /// Says what is being done now.
    pub fn tell(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{}: {what}", self.name)),
            None => note(&format!("{}: {what}", self.name)),
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
