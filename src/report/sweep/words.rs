//! What a sweep found, in sentences.

use super::tables::{counted, pairs_table, settings_table};
use crate::report::number::{count, duration, number, whole};
use crate::sweep::{By, Pair, Results, RowStatus};

/// Settings compared in sentences, at most: those that differ most.
const SENTENCES: usize = 6;
/// Rows of a table in a summary.
const ROWS: usize = 40;

/// What a sweep found, in sentences.
pub fn sweep_story(results: &Results) -> Vec<String> {
    let mut told = vec![size(results)];
    told.extend(goal(results));
    told.extend(diverged(results));
    if results.alike {
        told.push("The seeds change nothing: the runs of each setting came to the same, so no test is made over them.".into());
    }
    let mut pairs: Vec<&Pair> = results.pairs.iter().filter(|pair| telling(results, pair)).collect();
    pairs.sort_by(|a, b| a.corrected.total_cmp(&b.corrected));
    told.extend(pairs.into_iter().take(SENTENCES).map(|pair| against(results, pair)));
    told
}

/// The summary of a sweep in Markdown.
pub fn sweep_markdown(results: &Results) -> String {
    let mut text = format!("# {}\n\n", results.name);
    for sentence in sweep_story(results) {
        text += &format!("- {sentence}\n");
    }
    for (heading, grid) in [("Settings", settings_table(results)), ("Compared", pairs_table(results))] {
        if grid.rows.is_empty() {
            continue;
        }
        let (grid, more) = grid.cut(ROWS);
        text += &format!("\n## {heading}\n\n{}.\n\n{}", grid.caption, grid.markdown());
        if more > 0 {
            text += &format!("\n{more} more rows are in the files.\n");
        }
    }
    text
}

fn size(results: &Results) -> String {
    let rows = || results.settings.iter().flat_map(|setting| &setting.rows).map(|(_, row)| row);
    let ended = rows().filter(|row| row.status.ended()).count() as u64;
    let failed = rows().filter(|row| row.status == RowStatus::Failed).count() as u64;
    let seconds: f64 = rows().map(|row| row.seconds).sum();
    let steps: u64 = rows().map(|row| row.steps).sum();
    let more =
        if failed > 0 { format!("; {} could not be made", count(failed, "run")) } else { String::new() };
    let all = results.runs() as u64;
    let which = match ended == all {
        true => format!("All {}", count(all, "run")),
        false => format!("{} of {}", whole(ended), count(all, "run")),
    };
    format!(
        "{which} of {} ended, {} and {} of training in all{more}.",
        count(results.settings.len() as u64, "setting"),
        count(steps, "step"),
        duration(seconds)
    )
}

/// The settings that reached the goal most and least often.
fn goal(results: &Results) -> Option<String> {
    let goal = results.goal.as_ref()?;
    let mut judged: Vec<(&str, crate::sweep::Share)> =
        results.settings.iter().filter_map(|s| Some((s.label.as_str(), s.reached?))).collect();
    judged.sort_by(|a, b| b.1.value().total_cmp(&a.1.value()));
    let (most, least) = (judged.first()?, judged.last()?);
    Some(match judged.len() {
        1 => format!("{} runs reached the goal ({goal}).", counted(Some(most.1))),
        _ if most.1.value() == least.1.value() => {
            format!("Every setting reached the goal ({goal}) equally often: {} each.", counted(Some(most.1)))
        }
        _ => {
            let with = |share: crate::sweep::Share| {
                let equal = judged.iter().filter(|(_, other)| other.value() == share.value());
                either(&equal.map(|(label, _)| *label).collect::<Vec<_>>())
            };
            format!(
                "The goal ({goal}) was reached most often with {}, in {} runs{}, and least often with {}, in {}{}.",
                with(most.1).0,
                counted(Some(most.1)),
                with(most.1).1,
                with(least.1).0,
                counted(Some(least.1)),
                with(least.1).1
            )
        }
    })
}

/// Settings that are equally good, by their names or by their number, and what is said behind their count.
fn either(labels: &[&str]) -> (String, &'static str) {
    match labels {
        [one] => (one.to_string(), ""),
        [first, rest @ ..] if rest.len() < 4 => (
            format!(
                "{} and {}",
                [&[*first], &rest[..rest.len() - 1]].concat().join(", "),
                rest[rest.len() - 1]
            ),
            " each",
        ),
        all => (format!("{} of the settings", all.len()), " each"),
    }
}

fn diverged(results: &Results) -> Option<String> {
    let some: Vec<String> = results
        .settings
        .iter()
        .filter(|setting| setting.diverged.count > 0)
        .map(|setting| format!("{} ({})", setting.label, counted(Some(setting.diverged))))
        .collect();
    match some.len() {
        0 => None,
        1..=6 => Some(format!("Runs diverged with {}.", some.join(", "))),
        n => Some(format!("Runs diverged with {n} of the settings.")),
    }
}

/// Whether a comparison is worth a sentence: goals always are, measures where no goal tells the two apart.
fn telling(results: &Results, pair: &Pair) -> bool {
    let same_goal = |other: &&Pair| other.of == pair.of && other.by == By::Goal;
    match pair.by {
        By::Goal => pair.test.difference != 0.0,
        By::Measure(_) => results.pairs.iter().find(same_goal).is_none_or(|goal| goal.test.difference == 0.0),
    }
}

/// A comparison as a sentence: "eta 0.5 against eta 0: 16 of 16 against 0 of 16".
fn against(results: &Results, pair: &Pair) -> String {
    let test = &pair.test;
    // The larger first: "16 of 16 against 0 of 16".
    let turned = test.difference < 0.0;
    let [first, second] = if turned { [1, 0] } else { [0, 1] };
    let [a, b] = [first, second].map(|k| &results.settings[pair.of[k]]);
    let how = if test.exact { "exact" } else { "random signs" };
    let corrected = if pair.corrected > test.p {
        format!(", {} after Holm's correction", number(pair.corrected))
    } else {
        String::new()
    };
    let seeds = count(test.pairs as u64, "seed");
    // Without a test: the seeds changed nothing.
    let p = match test.p.is_nan() {
        true => String::new(),
        false => format!("; paired over {seeds}, p = {}{corrected} ({how})", number(test.p)),
    };
    match &pair.by {
        By::Goal => format!(
            "{} against {}: {} against {} reached the goal{p}.",
            a.label,
            b.label,
            counted(a.reached),
            counted(b.reached)
        ),
        By::Measure(name) => {
            let effect = test.effect.map_or_else(String::new, |d| format!(", d_z = {}", number(d.abs())));
            format!(
                "{} against {}: {name} is larger in {} of {} seeds, by {} on average{effect}{p}.",
                a.label,
                b.label,
                test.larger[first],
                test.pairs,
                number(test.difference.abs())
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_tie_are_named_together() {
        assert_eq!(either(&["eta 0"]), ("eta 0".into(), ""));
        assert_eq!(either(&["eta 0", "eta 1"]).0, "eta 0 and eta 1");
        assert_eq!(either(&["a", "b", "c"]).0, "a, b and c");
        assert_eq!(either(&["a"; 9]).0, "9 of the settings");
    }
}
