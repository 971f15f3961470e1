//! What runs that stand side by side are called: their scenarios' names, and of several runs of one scenario the settings
//! in which they differ.

use super::differences::{Difference, differences};
use crate::run::folder::RunData;
use std::collections::HashSet;

/// A label for each run, all different: `grid16-odegan (method heun)`. Of the settings in which runs of one scenario
/// differ it names as few as tell them apart, in the order of the format with the seed last; where none do, the folder.
pub fn labels(runs: &[RunData]) -> Vec<String> {
    let named = |name: &str| runs.iter().filter(|run| run.scenario.name == name).collect::<Vec<_>>();
    let label = |run: &RunData| {
        let name = &run.scenario.name;
        let alike = named(name);
        if alike.len() == 1 {
            return name.clone();
        }
        let place = alike.iter().position(|other| std::ptr::eq(*other, run));
        match place.and_then(|place| settings(&alike)?.into_iter().nth(place)) {
            Some(settings) => format!("{name} ({settings})"),
            None => run.folder.path.display().to_string(),
        }
    };
    runs.iter().map(label).collect()
}

/// For runs of one scenario, the fewest settings in words that are different for all; None where they are not enough.
fn settings(runs: &[&RunData]) -> Option<Vec<String>> {
    let scenarios: Vec<_> = runs.iter().map(|run| &run.scenario).collect();
    let mut differing = differences(&scenarios);
    differing.sort_by_key(|difference| difference.key == "seed");
    let words = |count: usize| -> Vec<String> {
        let of = |run: usize| differing[..count].iter().map(|d| setting(d, run)).collect::<Vec<_>>();
        (0..runs.len()).map(|run| of(run).join(", ")).collect()
    };
    let distinct = |all: &Vec<String>| all.iter().collect::<HashSet<_>>().len() == all.len();
    (1..=differing.len()).map(words).find(distinct)
}

/// A setting of one run: the last part of its path, and its value.
fn setting(difference: &Difference, run: usize) -> String {
    let mut parts = difference.key.rsplit('.');
    let name = parts.next().unwrap_or(&difference.key);
    match &difference.values[run] {
        Some(value) => format!("{name} {}", value.trim_matches('"')),
        // What is not there is a whole table as a rule: game.regularizer[0].
        None => format!("no {}", parts.next().unwrap_or(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;
    use crate::scenario::{Override, Source, parse};

    fn variants(sets: &[&[&str]]) -> Vec<RunData> {
        let variant = |(k, set): (usize, &&[&str])| {
            let mut run = ring(Fate::Reaches);
            let set: Vec<Override> = set.iter().map(|text| Override::parse(text).unwrap()).collect();
            run.scenario = parse(super::super::sample::scenario_text(), Source::Text, &set).unwrap().scenario;
            run.folder.path = format!("runs/{k}").into();
            run
        };
        sets.iter().enumerate().map(variant).collect()
    }

    #[test]
    fn what_differs_is_told() {
        let eta = |value: &'static str| [value];
        let etas = [eta("game.regularizer.0.eta=0.1"), eta("game.regularizer.0.eta=1.0")];
        let found = labels(&variants(&[&etas[0], &etas[1]]));
        assert_eq!(found, ["ring8-regularized (eta 0.1)", "ring8-regularized (eta 1.0)"]);
        // One setting is not enough, and the seed comes last.
        let found = labels(&variants(&[
            &["seed=2", "dynamics.first='generator'"],
            &["seed=3", "dynamics.first='generator'"],
            &["seed=3"],
        ]));
        assert_eq!(found[0], "ring8-regularized (first generator, seed 2)");
        assert_eq!(found[2], "ring8-regularized (first discriminator, seed 3)");
        let without = labels(&variants(&[&[], &["game.regularizer=[]"]]));
        assert_eq!(without[1], "ring8-regularized (no regularizer[0])");
    }

    #[test]
    fn names_that_differ_stand_alone_and_equal_runs_go_by_their_folders() {
        assert_eq!(
            labels(&[ring(Fate::Reaches), ring(Fate::Hops)]),
            ["ring8-regularized", "ring8-unregularized"]
        );
        assert_eq!(labels(&variants(&[&[], &[]])), ["runs/0", "runs/1"]);
        assert!(labels(&[]).is_empty());
    }
}
