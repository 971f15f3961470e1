//! The page of several runs side by side.

use super::Shown;
use super::cite::{Citation, bibliography};
use super::compare::{Comparison, compare_table};
use super::html::{Section, folded, listing, page, sentences, table};
use super::measures::MEASURES;
use super::number::number;
use super::words::{story, summary};
use crate::inspect::forecast::forecast;
use crate::run::folder::RunData;
use maud::{Markup, html};

/// The page of several runs: what happened in each, the settings in which they differ, pictures, last measures.
pub fn compare_page(runs: &[RunData], labels: &[String], pictures: &[Shown]) -> String {
    let compared = compare_table(runs, labels);
    let mut sections = vec![
        Section::new("story", "What happened", told(runs, &compared)),
        Section::new("differences", "What differs", differing(&compared)),
    ];
    if !pictures.is_empty() {
        sections.push(Section::new("pictures", "Pictures", super::html::pictures(pictures)));
    }
    sections.push(Section::new("measures", "Measures", measures(&compared)));
    sections.push(Section::new("scenarios", "Each run", scenarios(runs, &compared)));
    sections.push(Section::new("papers", "Papers", super::page::papers(&papers(runs))));
    let title = match compared.labels.as_slice() {
        [one, other] => format!("{one} and {other}"),
        labels => format!("{} runs compared", labels.len()),
    };
    let program = runs.first().map_or("ganscope", |run| &run.info.program);
    let lead = html! { @if compared.labels.len() > 2 { p class="lead" { (compared.labels.join(", ")) } } };
    page(&title, lead, &sections, program)
}

fn told(runs: &[RunData], compared: &Comparison) -> Markup {
    let mut told: Vec<String> =
        runs.iter().zip(&compared.labels).map(|(run, label)| format!("{label}: {}", summary(run))).collect();
    told.extend(extremes(compared));
    html! {
        (sentences(&told))
        // Games on paper have nothing random in them.
        @if runs.iter().any(|run| run.scenario.game.on_paper().is_none()) {
            p class="hint" {
                "Each is a single run with its seed: differences between two runs of the same scenario with other \
                 seeds may be as large."
            }
        }
    }
}

/// Which run has the most and which the least, for the measures that settle most arguments.
fn extremes(compared: &Comparison) -> Vec<String> {
    ["modes_covered", "high_quality", "sliced_w2", "distance_equilibrium"]
        .iter()
        .filter_map(|column| extreme(compared, column))
        .collect()
}

fn extreme(compared: &Comparison, column: &str) -> Option<String> {
    let values = &compared.rows.iter().find(|row| row.0 == column)?.1;
    let mut found: Vec<(f64, &String)> = values.iter().copied().zip(&compared.labels).collect();
    found.retain(|f| f.0.is_finite());
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, high) = (found.first()?, found.last()?);
    let name = MEASURES.iter().find(|m| m.column == column).map_or(column, |m| m.name);
    (low.0 < high.0).then(|| {
        let (most, least) = (number(high.0), number(low.0));
        format!(
            "At the last record, {name} is highest in {} ({most}) and lowest in {} ({least}).",
            high.1, low.1
        )
    })
}

fn differing(compared: &Comparison) -> Markup {
    if compared.differences.is_empty() {
        return html! { p { "Nothing but names and descriptions: the scenarios are the same." } };
    }
    let head: Vec<String> =
        std::iter::once("setting".to_string()).chain(compared.labels.iter().cloned()).collect();
    let row = |d: &super::Difference| {
        let values = d.values.iter().map(|v| v.clone().unwrap_or_else(|| "–".into()));
        (html! { code { (d.key) } }, values.collect())
    };
    let rows: Vec<(Markup, Vec<String>)> = compared.differences.iter().map(row).collect();
    table("Settings that are not the same in all; a dash where one is not set", &head, &rows)
}

fn measures(compared: &Comparison) -> Markup {
    let head: Vec<String> =
        std::iter::once("measure".to_string()).chain(compared.labels.iter().cloned()).collect();
    let mut rows: Vec<(Markup, Vec<String>)> = vec![(html! { "status" }, compared.status.clone())];
    for (column, cells) in compared.cells() {
        let name = MEASURES.iter().find(|m| m.column == column).map(|m| m.name);
        rows.push((html! { @if let Some(name) = name { (name) br; } code { (column) } }, cells));
    }
    let real = compared.rows.iter().any(|row| row.0.starts_with("real_"));
    let beside = if real { "; in brackets those of as many real samples" } else { "" };
    table(&format!("Measures at the last record{beside}"), &head, &rows)
}

fn scenarios(runs: &[RunData], compared: &Comparison) -> Markup {
    html! {
        @for (run, label) in runs.iter().zip(&compared.labels) {
            (folded(label, html! {
                p { (run.scenario.description) }
                (sentences(&story(run, None, forecast(run).as_ref())))
                (listing(label, &run.scenario.to_toml().unwrap_or_default()))
            }))
        }
    }
}

/// The papers of all runs, each once.
fn papers(runs: &[RunData]) -> Vec<Citation> {
    let mut all: Vec<Citation> = Vec::new();
    for cited in runs.iter().flat_map(|run| bibliography(&run.scenario)) {
        match all.iter_mut().find(|c| c.key == cited.key) {
            Some(known) if cited.part.len() > known.part.len() => *known = cited,
            Some(_) => {}
            None => all.push(cited),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    #[test]
    fn the_page_says_what_differs_and_who_leads() {
        let runs = [ring(Fate::Reaches), ring(Fate::Hops)];
        let page = compare_page(&runs, &["with".into(), "without".into()], &[]);
        assert!(page.contains("game.regularizer[0].eta"));
        assert!(page.contains("modes covered is highest in with (8) and lowest in without (1)"));
        assert!(!page.contains(" src=\"http"));
    }

    #[test]
    fn few_and_odd_runs_have_a_page_too() {
        assert!(compare_page(&[], &[], &[]).contains("0 runs compared"));
        let mut run = ring(Fate::Diverges);
        run.table.rows.clear();
        run.scenario.name = "<script>".into();
        let page = compare_page(&[run], &[], &[]);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    }
}
