//! What must hold of a `[sweep]` table by itself. Whether its keys and values fit the scenario shows where they are put
//! into it.

use super::Checker;
use crate::scenario::{Draws, Range, Scale, Sweep, Values};

/// Most settings that are drawn.
const MOST_DRAWS: usize = 1_000_000;

impl Checker {
    pub(super) fn sweep(&mut self, sweep: &Sweep) {
        if let Some(what) = sweep.seeds.as_ref().and_then(|seeds| seeds.all().err()) {
            self.found.push(("sweep.seeds".into(), format!("`sweep.seeds`: {what}")));
        }
        for (key, values) in &sweep.grid.0 {
            let path = format!("sweep.grid.{key}");
            if let Values::Range(range) = values {
                let message = "needs a `count` of 2 to 10000 values";
                self.hold(range.count.is_some_and(|count| (2..=10_000).contains(&count)), &path, message);
            }
            self.values(values, &path);
        }
        for (k, entry) in sweep.list.iter().enumerate() {
            self.hold(!entry.0.is_empty(), &format!("sweep.list.{k}"), "sets no key");
        }
        let draws = [("sweep.random", &sweep.random), ("sweep.quasi_random", &sweep.quasi_random)];
        draws.into_iter().for_each(|(path, draws)| draws.iter().for_each(|draws| self.draws(draws, path)));
        self.bounds(&sweep.reached, "sweep.reached");
        for key in sweep.reached.keys().filter(|key| key.starts_with("median.")) {
            let path = format!("sweep.reached.{key}");
            self.hold(false, &path, "is about all seeds together; a goal is of one run");
        }
    }

    fn draws(&mut self, draws: &Draws, path: &str) {
        let message = format!("must be from 1 to {MOST_DRAWS}, not {}", draws.draws);
        self.hold((1..=MOST_DRAWS).contains(&draws.draws), &format!("{path}.draws"), &message);
        self.hold(!draws.keys.0.is_empty(), &format!("{path}.keys"), "names no key to draw");
        for (key, values) in &draws.keys.0 {
            let path = format!("{path}.keys.{key}");
            if let Values::Range(Range { count: Some(_), .. }) = values {
                self.hold(false, &path, "has a `count`, which is for a grid; `draws` says how many");
            }
            self.values(values, &path);
        }
    }

    fn values(&mut self, values: &Values, path: &str) {
        match values {
            Values::List(list) => {
                self.hold(!list.is_empty(), path, "has no value; give at least one, or leave it out");
            }
            Values::Range(range) => {
                let Range { from, to, scale, .. } = *range;
                let message = format!("must run from a number to a larger one, not from {from} to {to}");
                self.hold(from < to && (to - from).is_finite(), path, &message);
                self.hold(scale == Scale::Linear || from > 0.0, path, "at equal ratios must begin above 0");
            }
        }
    }
}
