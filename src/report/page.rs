//! The page of one run.

use super::Shown;
use super::cite::{Citation, bibliography, bibtex};
use super::frames::player_data;
use super::headline::headline;
use super::html::{Section, anchor, embedded, folded, glance, listing, page, sentences, table};
use super::lab::lab;
use super::measures::{MEASURES, final_value, has, thinned};
use super::number::{cell, count, duration, moment, number, whole};
use super::words::{Row, rows, story};
use crate::data::Mode;
use crate::inspect::forecast::{Forecast, forecast};
use crate::run::folder::RunData;
use crate::run::record::Table;
use crate::scenario::Scenario;
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

/// Most rows of the metrics table that a page shows.
const MOST_ROWS: usize = 60;

/// The page of a run: one HTML document that loads nothing.
///
/// `modes` are the modes of the data, drawn as circles in the player; `pictures` are shown in their order.
pub fn run_page(run: &RunData, modes: Option<&[Mode]>, pictures: &[Shown]) -> String {
    let cited = bibliography(&run.scenario);
    let forecast = forecast(run);
    let mut sections =
        vec![Section::new("story", "What happened", told(run, modes.map(<[Mode]>::len), forecast.as_ref()))];
    if let Some(body) = forecast.as_ref().and_then(theory) {
        sections.push(Section::new("theory", "Theory and measurement", body));
    }
    if let Some(body) = player(run, modes, pictures) {
        sections.push(Section::new("player", "Step by step", body));
    }
    if let Some(body) = lab(run) {
        sections.push(Section::new("lab", "Move the game", body));
    }
    if !pictures.is_empty() {
        sections.push(Section::new("pictures", "Pictures", super::html::pictures(pictures)));
    }
    sections.push(Section::new("measures", "Measures", measures(run)));
    sections.push(Section::new("scenario", "Scenario", scenario(&run.scenario)));
    sections.push(Section::new("again", "Make it again", again(run)));
    sections.push(Section::new("papers", "Papers", papers(&cited)));
    let description = run.scenario.description.trim();
    let lead = html! {
        @if !description.is_empty() { p class="lead" { (description) } }
        p class="question" { (run.scenario.question.sentence()) }
    };
    page(&run.scenario.name, lead, &sections, &run.info.program)
}

fn told(run: &RunData, modes: Option<usize>, forecast: Option<&Forecast>) -> Markup {
    html! {
        (glance(&headline(run, modes)))
        (sentences(&story(run, modes, forecast)))
    }
}

/// What theory predicts beside what was measured; None where it gives no numbers.
fn theory(forecast: &Forecast) -> Option<Markup> {
    let rows = rows(forecast);
    let head = ["", "predicted", "measured", "off by"].map(String::from);
    let cells = |row: &Row| {
        (html! { (row.what) }, vec![row.predicted.clone(), row.measured.clone(), row.off.clone()])
    };
    let rows: Vec<(Markup, Vec<String>)> = rows.iter().map(cells).collect();
    let caption = "Predicted by the linear part at the equilibrium, measured on the run";
    (!rows.is_empty()).then(|| html! { div class="theory" { (table(caption, &head, &rows)) } })
}

fn player(run: &RunData, modes: Option<&[Mode]>, pictures: &[Shown]) -> Option<Markup> {
    if let Some(info) = &run.images {
        return super::image_frames::player(run, info);
    }
    let data = player_data(run, modes)?;
    let dim = run.frames.first()?.samples.dim;
    let frames = data["frames"].as_array().map_or(0, Vec::len);
    let landscape = data["frames"].as_array()?.iter().any(|f| !f["landscape"].is_null());
    let script = PreEscaped(concat!(include_str!("steps.js"), include_str!("player.js")));
    Some(html! {
        noscript {
            p {
                "Moving through the steps needs JavaScript, which is off. "
                @if let Some(samples) = pictures.iter().find(|p| p.name.starts_with("samples")) {
                    a href={ "#" (anchor(&samples.name)) } { "The picture of the samples at chosen steps" }
                    " shows the same without it."
                }
            }
        }
        div class="player" id="stage" hidden {
            div class="card" {
                canvas id="canvas" role="img" aria-label="Samples at the chosen step" {}
                div class="legend" aria-hidden="true" {
                    span { i class=(if dim == 1 { "dot bar" } else { "dot real" }) {} " data" }
                    span { i class="dot made" {} " generated" }
                    @if landscape {
                        span { "logit of D " span id="low" {} i class="ramp" {} span id="high" {} }
                    }
                }
            }
            div class="controls" {
                button type="button" id="play" { "Play" }
                label for="step" { "Recorded step" }
                input type="range" id="step" min="0" max=(frames.saturating_sub(1)) step="1" value="0";
                output id="note" for="step" {}
                @if landscape {
                    label class="check" { input type="checkbox" id="fixed"; " same colours at every step" }
                }
                p class="hint" { (explain(dim, landscape, frames)) }
            }
        }
        (embedded("frames", &data))
        script { (script) }
    })
}

fn explain(dim: usize, landscape: bool, frames: usize) -> String {
    let shown = match dim {
        1 => "The histogram of the generated samples over that of the data".to_string(),
        2 => "Generated samples over the data".to_string(),
        _ => format!("The first two of {dim} coordinates of the generated samples over those of the data"),
    };
    let behind = if landscape {
        "; behind them the discriminator's logit: green where it sees data, purple where it sees fakes"
    } else {
        ""
    };
    format!(
        "{shown}{behind}. {}; the arrow keys move from one to the next.",
        count(frames as u64, "recorded step")
    )
}

fn measures(run: &RunData) -> Markup {
    if run.table.rows.is_empty() {
        return html! { p { "Nothing was measured." } };
    }
    html! {
        (final_table(run))
        @if !run.info.measures.is_empty() {
            h3 { "How they were measured" }
            dl {
                @for (name, value) in &run.info.measures {
                    div { dt { code { (name) } } dd { (setting(value)) } }
                }
            }
        }
        (folded("All measures over the steps", metrics_table(&run.table)))
    }
}

/// A setting of a measure as text: numbers in few digits, words without quotes.
fn setting(value: &Value) -> String {
    match value {
        Value::Number(n) => n.as_f64().map_or_else(|| n.to_string(), number),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn final_table(run: &RunData) -> Markup {
    let metrics = &run.table;
    let own = if run.scenario.game.on_paper().is_some() { "value" } else { "generator" };
    let with = |prefix: &str| MEASURES.iter().any(|m| has(metrics, &format!("{prefix}{}", m.column)));
    let sources: Vec<(&str, &str)> =
        [("", own), ("average_", "its average over the steps"), ("real_", "real samples (best attainable)")]
            .into_iter()
            .filter(|(prefix, _)| prefix.is_empty() || with(prefix))
            .collect();
    let mut head = vec!["measure".to_string()];
    head.extend(sources.iter().map(|s| s.1.to_string()));
    head.push("what it says".into());
    let rows: Vec<(Markup, Vec<String>)> = MEASURES
        .iter()
        .filter(|m| metrics.names.iter().any(|name| name == m.column))
        .map(|m| {
            let value = |s: &(&str, &str)| cell(final_value(metrics, &format!("{}{}", s.0, m.column)));
            let mut cells: Vec<String> = sources.iter().map(value).collect();
            cells.push(m.meaning.into());
            (html! { (m.name) br; code { (m.column) } }, cells)
        })
        .collect();
    let step = super::series::steps(metrics).last().copied().unwrap_or(0);
    html! { div class="final" { (table(&format!("Measures at the last record, step {}", whole(step)), &head, &rows)) } }
}

fn metrics_table(metrics: &Table) -> Markup {
    let kept = thinned(metrics.rows.len(), MOST_ROWS);
    let rows: Vec<(Markup, Vec<String>)> = kept
        .iter()
        .map(|&i| &metrics.rows[i])
        .map(|row| {
            let mut cells = row.iter().map(|v| cell(*v));
            (html! { (cells.next().unwrap_or_default()) }, cells.collect())
        })
        .collect();
    let caption = if kept.len() < metrics.rows.len() {
        let (shown, all) = (whole(kept.len() as u64), whole(metrics.rows.len() as u64));
        format!("{shown} of {all} records, evenly chosen; metrics.csv has them all")
    } else {
        "Every record, as in metrics.csv".to_string()
    };
    table(&caption, &metrics.names, &rows)
}

fn scenario(scenario: &Scenario) -> Markup {
    let resolved = scenario
        .to_toml()
        .or_else(|_| serde_json::to_string_pretty(scenario))
        .unwrap_or_else(|e| format!("cannot be written: {e}"));
    folded("The scenario with every default filled in", listing("The resolved scenario", &resolved))
}

fn again(run: &RunData) -> Markup {
    let info = &run.info;
    let name = run.folder.path.file_name().and_then(|n| n.to_str()).unwrap_or(&info.scenario);
    let (old, new) = (format!("runs/{name}"), format!("runs/{name}-again"));
    let portable = if info.kernels == "portable" { " --kernels portable" } else { "" };
    let device =
        if info.device == "cpu" { String::new() } else { format!(" --device {}", quoted(&info.device)) };
    let commands = format!(
        "ganscope run {} --out {}{portable}{device}\ncmp {} {}\n",
        quoted(&format!("{old}/scenario.toml")),
        quoted(&new),
        quoted(&format!("{old}/metrics.csv")),
        quoted(&format!("{new}/metrics.csv"))
    );
    let facts = [
        ("Program", info.program.clone()),
        ("Seed", info.seed.to_string()),
        ("Kernels", info.kernels.clone()),
        ("Device", info.device.clone()),
        ("Threads", whole(info.threads as u64)),
        ("System", info.host.system.clone()),
        ("Processor", format!("{}, {}", info.host.cpu, count(info.host.cores as u64, "core"))),
        ("Memory", format!("{} MiB", whole(info.host.memory_mib))),
        ("Parameters of the discriminator", whole(info.parameters[0] as u64)),
        ("Parameters of the generator", whole(info.parameters[1] as u64)),
        ("Started", moment(info.started_unix_s)),
        ("Trained for", duration(info.train_s)),
    ];
    html! {
        (listing("Commands", &commands))
        p {
            "The second command says nothing when the numbers are the same to the last bit. They are, with this \
             version of the program, on machines that use the same kernels; others round differently. The number of \
             threads changes nothing."
        }
        dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
    }
}

/// A word of a command line, quoted for a shell where it must be.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if word.chars().all(plain) { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The papers, as text with the part that each gave, and as BibTeX.
pub(super) fn papers(cited: &[Citation]) -> Markup {
    html! {
        ul class="papers" {
            @for c in cited {
                li {
                    @match &c.link { Some(link) => a href=(link) rel="noreferrer" { (c.text) }, None => (c.text) }
                    span class="part" { " For: " (c.part) "." }
                }
            }
        }
        (folded("BibTeX", listing("BibTeX entries", &bibtex(cited))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Fate, ring};
    use super::*;
    use crate::data::Points;

    fn shown() -> Vec<Shown> {
        vec![Shown {
            name: "samples".into(),
            title: "Samples & steps".into(),
            svg: "<svg width=\"900\" height=\"200\" xmlns=\"http://www.w3.org/2000/svg\"></svg>".into(),
            alt: "8 \"modes\"".into(),
        }]
    }

    /// Addresses that a browser would load: src, the href of link and image elements, url() of styles.
    fn loaded(page: &str) -> Vec<String> {
        let mut found = Vec::new();
        for piece in page.split(" src=\"").skip(1) {
            found.push(piece.split('"').next().unwrap_or("").to_string());
        }
        for piece in page.split("<link ").skip(1) {
            found.push(
                piece.split("href=\"").nth(1).and_then(|p| p.split('"').next()).unwrap_or("").to_string(),
            );
        }
        found.extend(page.split("url(").skip(1).map(|p| p.split(')').next().unwrap_or("").to_string()));
        found
    }

    #[test]
    fn the_page_loads_nothing_and_is_small() {
        let run = ring(Fate::Reaches);
        let page = run_page(&run, Some(&sample::modes()), &shown());
        assert!(page.len() < 1_500_000, "{}", page.len());
        let addresses = loaded(&page);
        assert!(addresses.len() >= 2, "{addresses:?}");
        assert!(addresses.iter().all(|a| a.starts_with("data:")), "{addresses:?}");
        assert!(!page.contains("@import") && !page.contains("fetch(") && !page.contains("srcset"));
        for heading in ["What happened", "Step by step", "Measures", "Make it again", "Papers"] {
            assert!(page.contains(heading), "{heading}");
        }
        assert!(page.contains("ganscope run runs/ring8-regularized/scenario.toml"));
    }

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let mut run = ring(Fate::Diverges);
        let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
        run.scenario.name = evil.into();
        run.scenario.description = evil.into();
        run.info.program = evil.into();
        run.info.host.cpu = evil.into();
        run.info.reason = evil.into();
        run.table.names[3] = evil.into();
        let bad = Shown { name: evil.into(), title: evil.into(), svg: evil.into(), alt: evil.into() };
        let page = run_page(&run, None, &[bad]);
        assert!(!page.contains("alert(1)</script>"));
        assert!(!page.contains("<img src=x"));
        assert_eq!(page.matches("<script").count(), 2);
    }

    #[test]
    fn every_odd_run_has_a_page() {
        for fate in [Fate::Hops, Fate::Diverges, Fate::NoModes] {
            assert!(run_page(&ring(fate), None, &[]).contains("What happened"));
        }
        let mut run = ring(Fate::Reaches);
        run.frames.truncate(1);
        run.table.rows.truncate(1);
        assert!(run_page(&run, None, &[]).contains("It was measured once"));
        run.frames.clear();
        run.real = Points::new(2, vec![]);
        run.table = Table::default();
        let page = run_page(&run, Some(&[]), &[]);
        assert!(page.contains("Nothing was measured") && !page.contains("Step by step"));
        run.table = ring(Fate::Reaches).table;
        run.table.rows.iter_mut().flatten().for_each(|v| *v = f64::NAN);
        assert!(!run_page(&run, None, &[]).is_empty());
        run.table.rows.iter_mut().flatten().for_each(|v| *v = f64::INFINITY);
        assert!(!run_page(&run, None, &[]).is_empty());
    }

    /// Pages to look at in a browser: `GANSCOPE_PAGES=folder cargo test --lib report:: -- --ignored`.
    #[test]
    #[ignore = "writes files for a person to look at"]
    fn pages_to_look_at() {
        let Ok(folder) = std::env::var("GANSCOPE_PAGES") else { return };
        let write = |name: &str, page: String| std::fs::write(format!("{folder}/{name}.html"), page).unwrap();
        write("run", run_page(&ring(Fate::Reaches), Some(&sample::modes()), &shown()));
        write("diverged", run_page(&ring(Fate::Diverges), Some(&sample::modes()), &[]));
        let mut line = ring(Fate::NoModes);
        line.real = Points::new(1, line.real.values.clone());
        for frame in &mut line.frames {
            frame.samples = Points::new(1, frame.samples.values.clone());
            frame.landscape = None;
        }
        write("line", run_page(&line, None, &[]));
        let runs = [ring(Fate::Reaches), ring(Fate::Hops)];
        write("compare", super::super::compare_page(&runs, &[], &shown()));
    }

    #[test]
    fn odd_names_are_quoted_for_the_shell() {
        assert_eq!(quoted("runs/a-b_1.x"), "runs/a-b_1.x");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }
}
