//! Each method at its own best setting, under an equal budget.
//!
//! A method is what is left of a setting without the tuned keys. Its best setting is chosen on the first half of the seeds
//! and shown on the other half: what is best of many by chance does not stay best.

use super::results::{Results, Setting, higher_is_better};
use super::statistics::middle;

/// Methods at their best.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// A setting for each method, with the seeds that did not choose it.
    pub results: Results,
    /// What each method was given, in a sentence.
    pub budget: String,
}

/// What a method was given to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Budget {
    settings: usize,
    seeds: usize,
    steps: u64,
}

/// The best setting over some keys of every method of some sweeps. The error says why there is none.
pub fn tuned(sweeps: &[(String, Results)], keys: &[String]) -> Result<Tuned, String> {
    let all = Results::side_by_side(sweeps)?;
    if let Some(key) = keys.iter().find(|key| all.settings.iter().all(|s| s.value(key).is_none())) {
        return Err(format!("no sweep varies `{key}`; name a key of their axes"));
    }
    let methods = methods(&all.settings, keys);
    let budgets: Vec<(String, Budget)> = methods
        .iter()
        .map(|(name, settings)| Ok((name.clone(), budget(name, settings)?)))
        .collect::<Result<_, String>>()?;
    let same = budgets.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let words = |b: &Budget| {
        format!("{} by {} of {} steps", some(b.settings, "setting"), some(b.seeds, "seed"), b.steps)
    };
    if !same {
        let each: Vec<String> = budgets.iter().map(|(name, b)| format!("{name} has {}", words(b))).collect();
        return Err(format!("the budgets are not equal: {}; give every method as many", each.join("; ")));
    }
    let best: Vec<Setting> =
        methods.iter().map(|(name, settings)| best(&all, name, settings, keys)).collect::<Result<_, _>>()?;
    let given = budgets.first().map(|(_, b)| words(b)).unwrap_or_default();
    let budget = format!(
        "Every method chose its best {} from {given} ({} runs each); what is shown are the seeds that did not choose.",
        keys.join(" and "),
        budgets.first().map_or(0, |(_, b)| b.settings * b.seeds)
    );
    let name = "Methods at their own best".to_string();
    Ok(Tuned { results: Results::joined(name, all.goal, all.measures, best), budget })
}

/// A count and its noun.
fn some(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The settings of each method under its name.
fn methods<'a>(settings: &'a [Setting], keys: &[String]) -> Vec<(String, Vec<&'a Setting>)> {
    let mut methods: Vec<(String, Vec<&Setting>)> = Vec::new();
    for setting in settings {
        let sweep = setting.label.split(": ").next().unwrap_or_default();
        let fixed: Vec<String> = setting
            .choices
            .iter()
            .filter(|choice| !keys.contains(&choice.key) && !choice.key.starts_with("expect."))
            .map(|choice| {
                format!("{} {}", choice.key.rsplit('.').next().unwrap_or(&choice.key), choice.words())
            })
            .collect();
        let name =
            if fixed.is_empty() { sweep.to_string() } else { format!("{sweep}: {}", fixed.join(", ")) };
        match methods.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(setting),
            None => methods.push((name, vec![setting])),
        }
    }
    methods
}

/// The seeds that choose and those that are shown.
fn halves(setting: &Setting) -> (Vec<u64>, Vec<u64>) {
    let mut seeds: Vec<u64> = setting.rows.iter().map(|(seed, _)| *seed).collect();
    seeds.sort_unstable();
    let shown = seeds.split_off(seeds.len() / 2);
    (seeds, shown)
}

fn budget(name: &str, settings: &[&Setting]) -> Result<Budget, String> {
    let seeds = settings.iter().map(|s| halves(s).0.len()).min().unwrap_or(0);
    if seeds == 0 {
        return Err(format!("{name} has one seed; tuning takes two or more, half of them to choose by"));
    }
    let steps = settings.iter().flat_map(|s| &s.rows).map(|(_, row)| row.steps).max().unwrap_or(0);
    Ok(Budget { settings: settings.len(), seeds, steps })
}

/// The best setting of a method, with the seeds that did not choose it.
fn best(all: &Results, name: &str, settings: &[&Setting], keys: &[String]) -> Result<Setting, String> {
    let mut scored: Vec<([f64; 2], &Setting)> =
        settings.iter().map(|setting| Ok((score(all, setting)?, *setting))).collect::<Result<_, String>>()?;
    // Stable, so that of equals the first stays.
    scored.sort_by(|(a, _), (b, _)| b[0].total_cmp(&a[0]).then(b[1].total_cmp(&a[1])));
    let (_, best) = scored.first().ok_or_else(|| format!("{name} has no setting"))?;
    let at: Vec<String> =
        keys.iter().filter_map(|key| best.value(key)).map(super::axes::Choice::text).collect();
    let (_, shown) = halves(best);
    let mut kept = best.only(&shown);
    kept.label = format!("{name} at {}", at.join(", "));
    Ok(kept)
}

/// How good a setting is on the seeds that choose: the share that reached the goal, then the foremost measure.
fn score(all: &Results, setting: &Setting) -> Result<[f64; 2], String> {
    let (choosing, _) = halves(setting);
    let rows: Vec<&super::Row> = setting
        .rows
        .iter()
        .filter(|(seed, row)| choosing.contains(seed) && row.status.ended())
        .map(|(_, row)| row)
        .collect();
    let reached =
        rows.iter().filter(|row| row.reached == Some(true)).count() as f64 / choosing.len().max(1) as f64;
    let Some(measure) = all.measures.first() else { return Ok([reached, 0.0]) };
    let values: Vec<f64> = rows.iter().map(|row| row.value(measure)).collect();
    let median = middle(&values, 0).map(|m| m.median);
    match (higher_is_better(measure), all.goal.is_some()) {
        (Some(true), _) => Ok([reached, median.unwrap_or(f64::NEG_INFINITY)]),
        (Some(false), _) => Ok([reached, -median.unwrap_or(f64::INFINITY)]),
        (None, true) => Ok([reached, 0.0]),
        (None, false) => {
            Err(format!("whether more of `{measure}` is better is not known; sweep with a goal (--reached)"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{Choice, Row, RowStatus};

    fn row(value: f64) -> Row {
        let names = vec!["sliced_w2".to_string()].into();
        Row { names, values: vec![value], steps: 100, ..Row::bare(0, RowStatus::Finished, "") }
    }

    /// A sweep over learning rates with a value for each of four seeds.
    fn sweep(name: &str, settings: &[(f64, [f64; 4])]) -> (String, Results) {
        let of = |(lr, values): &(f64, [f64; 4])| {
            let choice = Choice { key: "dynamics.optimizer.lr".into(), value: (*lr).into(), place: None };
            let mut setting = Setting::new(format!("lr {lr}"), vec![choice]);
            setting.rows = (1..).zip(values.iter().map(|v| row(*v))).collect();
            setting
        };
        let measures = vec!["sliced_w2".to_string()];
        (name.into(), Results::joined(name.into(), None, measures, settings.iter().map(of).collect()))
    }

    #[test]
    fn the_best_is_chosen_by_one_half_and_shown_by_the_other() {
        let a = sweep("runs/a", &[(0.1, [5.0, 5.0, 1.0, 1.0]), (0.01, [2.0, 2.0, 7.0, 9.0])]);
        let b = sweep("runs/b", &[(0.1, [1.0, 1.0, 3.0, 3.0]), (0.01, [4.0, 4.0, 4.0, 4.0])]);
        let found = tuned(&[a.clone(), b], &["dynamics.optimizer.lr".into()]).unwrap();
        let labels: Vec<&str> = found.results.settings.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(labels, ["a at 0.01", "b at 0.1"]);
        // Less is better of a distance; the seeds that chose are not shown.
        assert_eq!(found.results.settings[0].medians[0].unwrap().median, 8.0);
        assert_eq!(found.results.pairs[0].test.pairs, 2);
        assert!(
            found.budget.contains("2 settings by 2 seeds of 100 steps (4 runs each)"),
            "{}",
            found.budget
        );
        let small = sweep("runs/c", &[(0.1, [1.0; 4])]);
        let refused = tuned(&[a.clone(), small], &["dynamics.optimizer.lr".into()]).unwrap_err();
        assert!(refused.contains("not equal") && refused.contains("c has 1 setting by"), "{refused}");
        assert!(tuned(&[a], &["train.batch".into()]).unwrap_err().contains("no sweep varies"));
    }
}
