//! Holds runs to the `[expect]` table of their scenario.

use super::info::Status;
use super::record::Table;
use crate::scenario::{Bound, Ending, Expect, Reading, Relation, Scope};
use std::collections::BTreeMap;
use std::str::FromStr;

/// One run of a scenario: its seed, how it ended, what it recorded.
pub type SeedRun<'a> = (u64, Status, &'a Table);

/// Whether the expectations hold, and a sentence for each that does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether the expectations hold.
    pub passed: bool,
    /// What failed. Not empty for a verdict that passed where only a share of the seeds had to.
    pub failures: Vec<Failure>,
}

/// An expectation that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The seed; None where it is about all seeds together.
    pub seed: Option<u64>,
    /// What was expected and what was found.
    pub sentence: String,
}

/// Holds the runs of a scenario's seeds to its expectations.
pub fn judge(expect: &Expect, runs: &[SeedRun]) -> Verdict {
    let mut failures = Vec::new();
    let mut good = 0;
    for run in runs {
        let sentences = judge_seed(expect, run);
        good += usize::from(sentences.is_empty());
        let seed = Some(run.0);
        failures.extend(sentences.into_iter().map(|sentence| Failure { seed, sentence }));
    }
    let needed = (expect.share_of_seeds * runs.len() as f64 - 1e-9).ceil().max(0.0) as usize;
    let of_all: Vec<Failure> =
        judge_all(expect, runs).into_iter().map(|sentence| Failure { seed: None, sentence }).collect();
    let passed = !runs.is_empty() && good >= needed && of_all.is_empty();
    failures.extend(of_all);
    if good < needed && expect.share_of_seeds < 1.0 {
        let sentence = format!("{good} of {} seeds passed; {needed} had to", runs.len());
        failures.push(Failure { seed: None, sentence });
    }
    if runs.is_empty() {
        failures.push(Failure { seed: None, sentence: "no run to judge".into() });
    }
    Verdict { passed, failures }
}

/// The bounds of one kind, parsed; what cannot be parsed is returned as a sentence.
fn bounds(expect: &Expect, median: bool) -> Vec<Result<(&str, Reading, Bound), String>> {
    let parse = |(key, value): (&'_ String, &'_ String)| -> Result<(Reading, Bound), String> {
        Ok((Reading::from_str(key)?, Bound::from_str(value)?))
    };
    expect
        .bounds
        .iter()
        .filter(|(key, _)| key.starts_with("median.") == median)
        .map(|entry| {
            parse(entry).map(|(r, b)| (entry.0.as_str(), r, b)).map_err(|e| format!("{}: {e}", entry.0))
        })
        .collect()
}

fn judge_seed(expect: &Expect, run: &SeedRun) -> Vec<String> {
    let (seed, status, table) = run;
    let mut out = Vec::new();
    let as_expected = match expect.status {
        Ending::Finished => *status == Status::Finished,
        Ending::Diverged => *status == Status::Diverged,
    };
    if !as_expected {
        out.push(format!(
            "seed {seed}: expected the run to be {}, it was {}",
            ending(expect.status),
            word(*status)
        ));
    }
    for bound in bounds(expect, false) {
        let sentence = match bound {
            Err(what) => Some(what),
            Ok((key, reading, bound)) => match table.column(&reading.column) {
                None => Some(missing(&reading.column, &table.names)),
                Some(values) if values.is_empty() => Some("there is no record".to_string()),
                Some(values) => fails(reading.scope, &bound, &values, table)
                    .map(|found| format!("expected {key} {bound}, {found}")),
            },
        };
        out.extend(sentence.map(|s| format!("seed {seed}: {s}")));
    }
    out
}

/// What was found in a curve, where that fails the bound.
fn fails(scope: Scope, bound: &Bound, values: &[f64], table: &Table) -> Option<String> {
    let step =
        |index: usize| table.column("step").and_then(|s| s.get(index).copied()).unwrap_or(index as f64);
    match scope {
        Scope::Every => {
            let index = values.iter().position(|v| !bound.holds(*v))?;
            let count = values.iter().filter(|v| !bound.holds(**v)).count();
            Some(format!(
                "found {} at step {} ({count} of {} records fail)",
                values[index],
                step(index),
                values.len()
            ))
        }
        Scope::Any if values.iter().any(|v| bound.holds(*v)) => None,
        Scope::Any => {
            let far = |v: f64| if v.is_nan() { f64::INFINITY } else { (v - bound.value).abs() };
            let (index, value) = values.iter().enumerate().min_by(|a, b| far(*a.1).total_cmp(&far(*b.1)))?;
            Some(format!("no record meets it; the nearest is {value} at step {}", step(index)))
        }
        _ => {
            let value = number(scope, values);
            (!bound.holds(value)).then(|| format!("found {value}"))
        }
    }
}

/// The one number that a scope makes of a curve. NaN anywhere in what it looks at makes it NaN.
fn number(scope: Scope, values: &[f64]) -> f64 {
    let pick = |worse: fn(f64, f64) -> f64| {
        values.iter().copied().reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { worse(a, b) })
    };
    let found = match scope {
        Scope::Last(count) => {
            let tail = &values[values.len().saturating_sub(count)..];
            Some(tail.iter().sum::<f64>() / tail.len() as f64)
        }
        Scope::Max => pick(f64::max),
        Scope::Min => pick(f64::min),
        _ => values.last().copied(),
    };
    found.unwrap_or(f64::NAN)
}

fn judge_all(expect: &Expect, runs: &[SeedRun]) -> Vec<String> {
    let mut out = Vec::new();
    for bound in bounds(expect, true) {
        let (key, reading, bound) = match bound {
            Ok(parts) => parts,
            Err(what) => {
                out.push(what);
                continue;
            }
        };
        if let Some((_, _, table)) = runs.iter().find(|(_, _, table)| table.column(&reading.column).is_none())
        {
            out.push(missing(&reading.column, &table.names));
            continue;
        }
        let of_run = |run: &SeedRun| run.2.column(&reading.column).map(|v| number(reading.scope, &v));
        let values: Vec<f64> = runs.iter().map(|run| of_run(run).unwrap_or(f64::NAN)).collect();
        let middle = median(&values, &bound);
        if !bound.holds(middle) {
            let all: Vec<String> = values.iter().map(f64::to_string).collect();
            out.push(format!("expected {key} {bound}, found {middle} over the seeds ({})", all.join(", ")));
        }
    }
    out
}

/// The median; a seed without a number counts as the worst one the bound could meet.
fn median(values: &[f64], bound: &Bound) -> f64 {
    let worst = match bound.relation {
        Relation::AtMost | Relation::Below => f64::INFINITY,
        _ => f64::NEG_INFINITY,
    };
    let mut sorted: Vec<f64> = values.iter().map(|v| if v.is_nan() { worst } else { *v }).collect();
    sorted.sort_by(f64::total_cmp);
    crate::metric::median(&sorted)
}

fn missing(column: &str, names: &[String]) -> String {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    match crate::scenario::nearest(column, &known) {
        Some(near) => format!("there is no measure `{column}`; did you mean `{near}`?"),
        None => format!("there is no measure `{column}`; there are {}", known.join(", ")),
    }
}

/// A sentence for each bound of a table about a measure that is not among these.
pub fn unknown_measures(table: &str, bounds: &BTreeMap<String, String>, names: &[String]) -> Vec<String> {
    let of = |key: &String| {
        let column = Reading::from_str(key).ok()?.column;
        (!names.contains(&column)).then(|| format!("`{table}.{key}`: {}", missing(&column, names)))
    };
    bounds.keys().filter_map(of).collect()
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Finished => "finished",
        Ending::Diverged => "diverged",
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Running => "cut short",
        Status::Finished => "finished",
        Status::Diverged => "diverged",
        Status::Stopped => "stopped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64]) -> Table {
        let rows = values.iter().enumerate().map(|(i, v)| vec![100.0 * i as f64, *v]).collect();
        Table { names: vec!["step".into(), "quality".into()], rows }
    }

    fn expect(bounds: &[(&str, &str)]) -> Expect {
        let bounds = bounds.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Expect { bounds, ..Expect::default() }
    }

    #[test]
    fn scopes_read_what_they_say() {
        let t = table(&[1.0, 5.0, 3.0]);
        let run = [(1, Status::Finished, &t)];
        let holds = |key: &str, value: &str| judge(&expect(&[(key, value)]), &run).passed;
        assert!(holds("final.quality", "== 3"));
        assert!(holds("last2.quality", "== 4"));
        assert!(holds("last99.quality", "== 3"));
        assert!(holds("max.quality", "<= 5") && holds("min.quality", ">= 1"));
        assert!(holds("any.quality", "> 4.9") && !holds("any.quality", "> 5"));
        assert!(holds("every.quality", ">= 1") && !holds("every.quality", "< 5"));
        assert!(!holds("final.missing", ">= 0"));
    }

    #[test]
    fn a_failing_record_is_named_with_its_step() {
        let t = table(&[1.0, 5.0, 3.0]);
        let verdict = judge(&expect(&[("every.quality", "<= 2")]), &[(7, Status::Finished, &t)]);
        assert_eq!(verdict.failures[0].seed, Some(7));
        assert!(verdict.failures[0].sentence.contains("found 5 at step 100 (2 of 3 records fail)"));
    }

    #[test]
    fn median_and_share_are_over_seeds() {
        let tables = [table(&[0.6]), table(&[0.8]), table(&[f64::NAN])];
        let runs: Vec<SeedRun> = tables.iter().zip(1..).map(|(t, s)| (s, Status::Finished, t)).collect();
        assert!(judge(&expect(&[("median.final.quality", ">= 0.6")]), &runs).passed);
        assert!(!judge(&expect(&[("median.final.quality", ">= 0.61")]), &runs).passed);
        let mut some = expect(&[("final.quality", ">= 0.5")]);
        assert!(!judge(&some, &runs).passed);
        some.share_of_seeds = 0.6;
        assert!(judge(&some, &runs).passed);
    }

    #[test]
    fn the_ending_is_part_of_it() {
        let t = table(&[1.0]);
        assert!(!judge(&Expect::default(), &[(1, Status::Diverged, &t)]).passed);
        let diverged = Expect { status: Ending::Diverged, ..Expect::default() };
        assert!(judge(&diverged, &[(1, Status::Diverged, &t)]).passed);
    }
}
