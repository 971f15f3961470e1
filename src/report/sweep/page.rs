//! The page of a sweep.

use super::tables::{Grid, pairs_table, settings_table};
use super::words::sweep_story;
use crate::report::Shown;
use crate::report::html::{Section, folded, listing, page, pictures as figures, sentences, table};
use crate::report::number::{cell, whole};
use crate::sweep::{Results, Row};
use maud::{Markup, html};

/// Runs that the page lists.
const MOST_RUNS: usize = 400;

/// The page of a sweep: one HTML document that loads nothing. `scenario` is the base as TOML.
pub fn sweep_page(
    results: &Results,
    pictures: &[Shown],
    lead: &str,
    scenario: &str,
    program: &str,
) -> String {
    let mut sections = vec![Section::new("story", "What was found", sentences(&sweep_story(results)))];
    if !pictures.is_empty() {
        sections.push(Section::new("pictures", "Pictures", figures(pictures)));
    }
    sections.push(Section::new("settings", "Settings", grid(&settings_table(results))));
    let pairs = pairs_table(results);
    if !pairs.rows.is_empty() {
        sections.push(Section::new("compared", "Settings compared", grid(&pairs)));
    }
    sections.push(Section::new("runs", "Runs", folded("Every run", runs(results))));
    if !scenario.is_empty() {
        let body = html! {
            p class="hint" { "Every run's own scenario, with its setting and its seed, is in its folder." }
            (listing("scenario", scenario))
        };
        sections.push(Section::new("scenario", "Scenario", body));
    }
    let lead = html! { @if !lead.trim().is_empty() { p class="lead" { (lead.trim()) } } };
    page(&results.name, lead, &sections, program)
}

fn grid(grid: &Grid) -> Markup {
    let rows: Vec<(Markup, Vec<String>)> = grid
        .rows
        .iter()
        .map(|row| {
            (html! { (row.first().map_or("", String::as_str)) }, row.iter().skip(1).cloned().collect())
        })
        .collect();
    table(&grid.caption, &grid.head, &rows)
}

fn runs(results: &Results) -> Markup {
    let mut head: Vec<String> = ["setting", "seed", "status", "goal"].map(String::from).to_vec();
    head.extend(results.measures.iter().cloned());
    head.extend(["steps", "seconds"].map(String::from));
    let all = results.settings.iter().flat_map(|setting| setting.rows.iter().map(move |row| (setting, row)));
    let cells = |seed: u64, row: &Row| {
        let reached = row.reached.map_or("–", |reached| if reached { "reached" } else { "missed" });
        let mut cells = vec![seed.to_string(), row.status.word().to_string(), reached.to_string()];
        cells.extend(results.measures.iter().map(|name| cell(row.value(name))));
        cells.extend([whole(row.steps), cell(row.seconds)]);
        cells
    };
    let rows: Vec<(Markup, Vec<String>)> = all
        .take(MOST_RUNS)
        .map(|(setting, (seed, row))| (html! { (setting.label) }, cells(*seed, row)))
        .collect();
    let more = results.runs().saturating_sub(rows.len());
    html! {
        (table("Every run at its last record", &head, &rows))
        @if more > 0 { p class="hint" { (more) " more are in sweep.csv." } }
    }
}
