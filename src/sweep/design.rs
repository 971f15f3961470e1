//! What is run: every combination of the axes' points with every seed, and what settings and runs are called.

use super::axes::{Axis, Choice};
use serde::{Deserialize, Serialize};

/// Axes and seeds. Settings are numbered with the last axis running fastest, runs with the seed running fastest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// The axes; without any there is one setting, the scenario as it is.
    pub axes: Vec<Axis>,
    /// The seeds.
    pub seeds: Vec<u64>,
}

/// Longest part of a run's name that one point makes, in characters.
const LONGEST: usize = 60;

impl Design {
    /// Number of settings; None where it does not fit.
    pub fn settings(&self) -> Option<usize> {
        self.axes.iter().try_fold(1usize, |count, axis| count.checked_mul(axis.points.len()))
    }

    /// Number of runs; None where it does not fit.
    pub fn runs(&self) -> Option<usize> {
        self.settings()?.checked_mul(self.seeds.len())
    }

    /// The setting and the seed of a run.
    pub fn run(&self, run: usize) -> (usize, u64) {
        let seeds = self.seeds.len().max(1);
        (run / seeds, self.seeds.get(run % seeds).copied().unwrap_or(0))
    }

    /// Which point of each axis a setting is.
    pub fn points(&self, setting: usize) -> Vec<usize> {
        let mut rest = setting;
        let mut points: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.points.len().max(1);
                let point = rest % count;
                rest /= count;
                point
            })
            .collect();
        points.reverse();
        points
    }

    /// The values of a setting.
    pub fn choices(&self, setting: usize) -> Vec<&Choice> {
        self.axes.iter().zip(self.points(setting)).flat_map(|(axis, point)| &axis.points[point]).collect()
    }

    /// The keys of all axes that say something about the experiment: what is expected of it does not.
    pub fn keys(&self) -> Vec<&str> {
        self.axes.iter().flat_map(Axis::keys).filter(|key| !key.starts_with("expect.")).collect()
    }

    /// What a key is called among the keys: as few of its last parts as tell it apart from the others.
    pub fn short(&self, key: &str) -> String {
        short_name(key, &self.keys())
    }

    /// What a setting is called in tables and pictures: `eta 0.5, lr 0.001`.
    pub fn label(&self, setting: usize) -> String {
        let words: Vec<String> =
            self.shown(setting).map(|c| format!("{} {}", self.short(&c.key), c.words())).collect();
        if words.is_empty() { "as it is".into() } else { words.join(", ") }
    }

    /// The choices of a setting that its names tell of.
    fn shown(&self, setting: usize) -> impl Iterator<Item = &Choice> {
        self.choices(setting).into_iter().filter(|choice| !choice.key.starts_with("expect."))
    }

    /// What a run's folder is called: `eta=0.5_seed=03`. Different for all runs.
    pub fn run_name(&self, run: usize) -> String {
        let (setting, seed) = self.run(run);
        let width = self.seeds.iter().max().map_or(1, |most| most.to_string().len());
        let seed = format!("seed={seed:0width$}");
        let points = self.axes.iter().zip(self.points(setting)).enumerate();
        let parts = points.map(|(k, (axis, point))| self.part(k, axis, point)).chain([seed]);
        parts.collect::<Vec<_>>().join("_")
    }

    /// The part of a run's name that a point of an axis makes: its values where they can be read, else its number.
    fn part(&self, number: usize, axis: &Axis, point: usize) -> String {
        let readable = |point: usize| {
            let shown = axis.points[point].iter().filter(|c| !c.key.starts_with("expect."));
            shown
                .map(|c| format!("{}={}", self.short(&c.key), plain(&c.text())))
                .collect::<Vec<_>>()
                .join("_")
        };
        let name = readable(point);
        let fine = |name: &str| !name.is_empty() && name.len() <= LONGEST;
        // With very many points the numbers are shorter, and looking for equal names would take long.
        let few = axis.points.len() <= 1000;
        if few && fine(&name) && (0..axis.points.len()).all(|k| k == point || readable(k) != name) {
            return name;
        }
        let word = match axis.keys()[..] {
            [key] => self.short(key),
            _ => format!("axis{}", number + 1),
        };
        format!("{word}-{point:0width$}", width = axis.points.len().to_string().len())
    }
}

/// As few of a key's last parts as tell it apart from the others of `keys`.
pub fn short_name(key: &str, keys: &[&str]) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let tail = |count: usize| parts[parts.len() - count..].join(".");
    let alone = |tail: &String| {
        let ends = |other: &&&str| **other == tail.as_str() || other.ends_with(&format!(".{tail}"));
        keys.iter().filter(ends).count() <= 1
    };
    (1..=parts.len()).map(tail).find(alone).unwrap_or_else(|| key.to_string())
}

/// A text in the letters that file names may have everywhere.
fn plain(text: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+') { c } else { '-' };
    let mut name: String = text.chars().map(fine).collect();
    while name.contains("--") {
        name = name.replace("--", "-");
    }
    let name = name.trim_end_matches('-');
    // A sign is no bracket that became a dash.
    if text.starts_with('-') { name.to_string() } else { name.trim_start_matches('-').to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn design(axes: &[&str], seeds: &[u64]) -> Design {
        Design { axes: axes.iter().map(|text| Axis::parse(text).unwrap()).collect(), seeds: seeds.to_vec() }
    }

    #[test]
    fn names_say_what_a_run_is() {
        let all = design(&["game.regularizer.0.eta=0,0.5", "dynamics.optimizer.lr=1e-3,1e-2"], &[1, 16]);
        assert_eq!(all.runs(), Some(8));
        assert_eq!(all.run_name(0), "eta=0_lr=0.001_seed=01");
        assert_eq!(all.run_name(7), "eta=0.5_lr=0.01_seed=16");
        assert_eq!(all.label(1), "eta 0, lr 0.01");
        let two = design(&["dynamics.generator.lr=1,2", "dynamics.discriminator.lr=1,2"], &[1]);
        assert_eq!(two.label(0), "generator.lr 1, discriminator.lr 1");
        assert_eq!(design(&[], &[7]).run_name(0), "seed=7");
        assert_eq!(design(&[], &[7]).label(0), "as it is");
        assert_eq!(design(&["x=-1,1"], &[1]).run_name(0), "x=-1_seed=1");
    }

    proptest! {
        /// Every run has a name of its own that is one folder, whatever the values are.
        #[test]
        fn names_are_different(words in prop::collection::hash_set("[a-zA-Z0-9 /._-]{0,80}", 1..12), seeds in 1..4u64) {
            let point = |(key, word): (&str, &String)| vec![Choice { key: key.into(), value: word.as_str().into(), place: None }];
            let axis = |key: &'static str| Axis { points: words.iter().map(|w| point((key, w))).collect() };
            let all = Design { axes: vec![axis("a.x"), axis("b.x")], seeds: (1..=seeds).collect() };
            let count = all.runs().unwrap();
            let names: HashSet<String> = (0..count).map(|run| all.run_name(run)).collect();
            prop_assert_eq!(names.len(), count);
            prop_assert!(names.iter().all(|name| !name.contains('/') && !name.starts_with('.') && name.len() < 255));
            let pairs: HashSet<Vec<String>> = (0..all.settings().unwrap())
                .map(|s| all.choices(s).iter().map(|c| c.text()).collect())
                .collect();
            prop_assert_eq!(pairs.len(), words.len() * words.len());
        }
    }
}
