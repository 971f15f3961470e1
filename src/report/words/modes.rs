//! What a run says about modes: covered when, dominated by one, hopping, spread.

use super::super::number::{count, number, percent, whole};
use super::super::series::{Series, mode_shares, steps};
use crate::run::folder::RunData;
use crate::run::record::Table;

/// Share of samples set aside from which on a count of the others is said to be one.
const MANY: f64 = 0.05;

/// The number of modes that the table has columns for.
pub fn mode_count(table: &Table) -> Option<usize> {
    Some(mode_shares(table).len()).filter(|k| *k > 0)
}

/// How many classes the generated images cover, and how they overlap with the real ones.
pub fn classes(run: &RunData) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(covered) = Series::of(&run.table, "classes_covered") {
        let all = run.images.as_ref().map_or(0, |info| info.classes.len() as u64);
        let of = if all > 0 { format!(" of {}", whole(all)) } else { String::new() };
        let (last, most) = (covered.last(), covered.max());
        let mut sentence = format!(
            "At step {} the classifier saw {}{of} classes covered by the generated images",
            whole(last.step),
            number(last.value)
        );
        if most.value > last.value {
            sentence +=
                &format!("; at most {} were at any record (step {})", number(most.value), whole(most.step));
        }
        told.push(sentence + ".");
    }
    let at_end = |column: &str| Series::of(&run.table, column).map(|s| s.last().value);
    if let (Some(modes), Some(low), Some(high)) = (at_end("modes"), at_end("modes_low"), at_end("modes_high"))
    {
        let count =
            format!("{} modes (95\u{a0}% interval: {} to {})", number(modes), number(low), number(high));
        told.push(match at_end("unsure_share") {
            // What was set aside is part of what the classifier saw above, so the two counts are not of the same samples.
            Some(unsure) if unsure > MANY => format!(
                "It was sure of every image in {} of these samples only; they hold {count} without its errors, and the others \
                 may hold more.",
                percent(1.0 - unsure)
            ),
            _ => format!("Without the classifier's errors the last count is {count}."),
        });
    }
    let last = |column: &'static str| Some((column, Series::of(&run.table, column)?.last()));
    let overlaps: Vec<_> =
        ["precision", "recall", "density", "coverage"].into_iter().filter_map(last).collect();
    if let Some((_, at)) = overlaps.last() {
        let parts: Vec<String> =
            overlaps.iter().map(|(name, at)| format!("{name} {}", number(at.value))).collect();
        told.push(format!(
            "At step {}, real and generated images overlap with {}.",
            whole(at.step),
            parts.join(", ")
        ));
    }
    told
}

/// Which modes were covered when, and how that is counted.
pub fn coverage(run: &RunData, known: Option<u64>) -> Vec<String> {
    let Some(covered) = Series::of(&run.table, "modes_covered") else { return Vec::new() };
    let criteria = &run.scenario.record.criteria;
    let mut told = vec![match known {
        Some(k) => covered_of(&covered, k),
        None => {
            let (most, last) = (covered.max(), covered.last());
            let most = format!("At most {} were covered at once", count(most.value as u64, "mode"));
            format!("{most}; {} at step {}.", number(last.value), whole(last.step))
        }
    }];
    told.push(format!(
        "A mode counts as covered when at least {} lie within {} standard deviations of its centre.",
        count(criteria.covered as u64, "sample"),
        number(criteria.sigmas)
    ));
    if let Some(any) = Series::of(&run.table, "modes_any").map(|s| s.last())
        && any.value != covered.last().value
    {
        told.push(format!(
            "Counted as VEEGAN and PacGAN do, where one such sample is enough, it was {} at step {}.",
            count(any.value as u64, "mode"),
            whole(any.step)
        ));
    }
    told
}

fn covered_of(covered: &Series, k: u64) -> String {
    let all = if k == 1 { "The one mode was".into() } else { format!("All {} modes were", whole(k)) };
    let (most, last) = (covered.max(), covered.last());
    let (end, ending) = (whole(last.step), number(last.value));
    let first = covered.first_reaching(k as f64);
    let lasting = covered.lasting_from(k as f64);
    match (first, lasting) {
        (Some(first), Some(_)) if first.step == last.step => {
            format!("{all} covered for the first time at the last record, step {end}.")
        }
        (Some(first), Some(from)) if first.step == from.step => {
            format!("{all} covered at every record from step {} to the last, step {end}.", whole(from.step))
        }
        (Some(first), Some(from)) if from.step == last.step => format!(
            "{all} covered for the first time at step {}, not at all records since, and again at the last, step {end}.",
            whole(first.step)
        ),
        (Some(first), Some(from)) => format!(
            "{all} covered for the first time at step {}, and at every record from step {} to the last, step {end}.",
            whole(first.step),
            whole(from.step)
        ),
        (Some(first), None) => format!(
            "{all} covered for the first time at step {}, but not lastingly: at the last record, step {end}, it was \
             {ending}.",
            whole(first.step)
        ),
        (None, _) if most.value <= 0.0 => {
            format!("None of the {} was covered at any record.", count(k, "mode"))
        }
        (None, _) => format!(
            "The {} were never covered all at once: at most {}, first at step {}; at the last record, step {end}, it \
             was {ending}.",
            count(k, "mode"),
            number(most.value),
            whole(most.step)
        ),
    }
}

/// The records at which one mode held more than half of all that was counted: step and mode.
fn dominated(table: &Table) -> Vec<(u64, usize)> {
    let shares = mode_shares(table);
    if shares.len() < 2 {
        return Vec::new();
    }
    let steps = steps(table);
    let leader = |row: usize| {
        let at: Vec<f64> = shares.iter().map(|s| if s[row].is_finite() { s[row] } else { 0.0 }).collect();
        let total: f64 = at.iter().sum();
        at.iter().position(|s| total > 0.0 && *s > 0.5 * total)
    };
    steps.iter().enumerate().filter_map(|(row, step)| Some((*step, leader(row)?))).collect()
}

/// Whether one mode was dominant, and whether that changed from one to another.
pub fn hopping(table: &Table) -> Option<String> {
    let led = dominated(table);
    let (first, last) = (led.first()?, led.last()?);
    let changes = led.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    if led.len() < 3 {
        return None;
    }
    let mut leaders: Vec<usize> = led.iter().map(|l| l.1).collect();
    leaders.sort_unstable();
    leaders.dedup();
    let held = format!(
        "at {} of {} records, between steps {} and {}, one mode held more than half of the samples counted to modes",
        whole(led.len() as u64),
        whole(table.rows.len() as u64),
        whole(first.0),
        whole(last.0)
    );
    let mostly = 10 * led.len() >= 9 * table.rows.len();
    Some(match changes {
        0 if mostly => format!("The generator kept to one mode: {held}, and it was always mode {}.", first.1),
        0 => format!("For a time one mode was dominant: {held}, and it was always mode {}.", first.1),
        _ if changes >= 3 && 10 * changes >= led.len() => format!(
            "The generator hopped between modes: {held}, and which one it was changed {} times, among {}.",
            whole(changes as u64),
            count(leaders.len() as u64, "mode")
        ),
        _ => format!(
            "For a time one mode was dominant: {held}; which one it was changed {}.",
            if changes == 1 { "once".into() } else { format!("{} times", whole(changes as u64)) }
        ),
    })
}

/// How wide the generated modes are.
pub fn spread(run: &RunData, known: Option<u64>) -> Option<String> {
    let spread = Series::of(&run.table, "modes_with_spread")?.last();
    let all = known.map_or(String::new(), |k| format!(" of {}", whole(k)));
    let mut told = format!(
        "At step {}, {}{all} modes had spread: a covariance whose trace and smallest eigenvalue reach {} % of the \
         truth's",
        whole(spread.step),
        number(spread.value),
        number(100.0 * run.scenario.record.criteria.spread)
    );
    let at_end = |name: &str| Some(Series::of(&run.table, name)?.last().value);
    if let (Some(median), Some(worst)) = (at_end("spread_trace_median"), at_end("spread_trace_worst")) {
        told += &format!(
            " (the trace is {} times the truth's in the median mode, {} times in the worst)",
            number(median),
            number(worst)
        );
    }
    Some(told + ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_told_as_it_went() {
        let of = |values: &[f64]| {
            let rows = values.iter().enumerate().map(|(i, v)| vec![100.0 * i as f64, *v]).collect();
            let table = Table { names: vec!["step".into(), "modes_covered".into()], rows };
            covered_of(&Series::of(&table, "modes_covered").unwrap(), 8)
        };
        assert!(of(&[0.0, 8.0, 8.0]).contains("at every record from step 100 to the last, step 200"));
        assert!(of(&[0.0, 7.0, 8.0]).contains("for the first time at the last record, step 200"));
        assert!(of(&[0.0, 8.0, 7.0]).contains("but not lastingly: at the last record, step 200, it was 7"));
        assert!(of(&[8.0, 7.0, 8.0]).contains("not at all records since, and again at the last"));
        assert!(of(&[0.0, 0.0]).contains("None of the 8 modes was covered"));
    }
}
