//! Several runs in one picture: how many modes, how good, how far from the data, at which losses.

use super::Picture;
use super::canvas::{About, Drawn, Key, Letters, Mark, Rect, Sheet, legend, picture, text_width};
use super::lanes::{Form, HEAD, Lane, Series, step_range};
use super::panel::{ROOM_BELOW, ROOM_LEFT};
use super::scale::step_text;
use super::table::Csv;
use super::theme::{RUNS, WIDTH, run_color};
use crate::run::folder::RunData;

/// What is compared: column, axis label, whether logarithmic, whether a count.
const MEASURES: [(&str, &str, bool, bool); 6] = [
    ("modes_covered", "modes covered", false, true),
    ("high_quality", "high-quality share", false, false),
    ("sliced_w2", "sliced W₂ to the data", true, false),
    ("distance_equilibrium", "distance from the equilibrium", true, false),
    ("loss_d", "discriminator loss", false, false),
    ("loss_g", "generator loss", false, false),
];
const HEIGHT: f64 = 165.0;
const RIGHT: f64 = 32.0;

/// Curves of several runs with their labels; None where there is nothing to compare.
pub fn compare_curves(runs: &[(&str, &RunData)]) -> Option<Picture> {
    let lanes: Vec<Lane> = MEASURES.iter().filter_map(|m| lane(runs, *m)).collect();
    if lanes.is_empty() {
        return None;
    }
    let keys: Vec<Key> =
        runs.iter().enumerate().map(|(k, r)| Key::new(named(r.0, r.1), run_color(k), form_mark(k))).collect();
    let top = 36.0 + 18.0 * legend_rows(&keys) as f64;
    let rows = lanes.len().div_ceil(2) as f64;
    let names: Vec<&str> = runs.iter().map(|r| r.0).collect();
    let about = About {
        name: "compare",
        title: "Runs compared",
        run: "",
        alt: format!("Measures over training steps of {} runs: {}.", runs.len(), names.join(", ")),
        csv: csv(runs),
    };
    Some(picture(about, top + rows * (HEIGHT + HEAD) + ROOM_BELOW, |sheet| {
        legend(sheet, &keys, (LEFT, 44.0), WIDTH - 14.0)?;
        let steps = step_range(&runs.iter().map(|r| r.1).collect::<Vec<_>>());
        lanes.iter().enumerate().try_for_each(|(k, lane)| one(sheet, lane, k, lanes.len(), top, steps))
    }))
}

const LEFT: f64 = ROOM_LEFT + 12.0;

fn one(sheet: &Sheet, lane: &Lane, k: usize, count: usize, top: f64, steps: (f64, f64)) -> Drawn {
    let w = (WIDTH - RIGHT - 2.0 * LEFT) / 2.0;
    let x = LEFT + (k % 2) as f64 * (w + LEFT);
    let frame = Rect { x, y: top + (k / 2) as f64 * (HEIGHT + HEAD), w, h: HEIGHT };
    let panel = lane.draw(sheet, frame, steps, k + 2 >= count)?;
    panel.close(sheet)
}

fn lane(runs: &[(&str, &RunData)], (column, label, log, whole): (&str, &str, bool, bool)) -> Option<Lane> {
    let form = |k: usize, s: Series| match (whole, form_mark(k)) {
        (_, Mark::Dashed) => s.form(Form::Dashed),
        (true, _) => s.form(Form::Steps),
        _ => s,
    };
    let of = |(k, r): (usize, &(&str, &RunData))| Some(form(k, Series::of(r.1, column, "", run_color(k))?));
    let series: Vec<Series> = runs.iter().enumerate().filter_map(of).collect();
    let range = match column {
        "high_quality" => Some((-0.03, 1.05)),
        _ => None,
    };
    let lane = Lane { label: label.into(), log, whole, range, series, height: HEIGHT };
    (!lane.series.is_empty()).then_some(lane)
}

/// A run's label, and how it ended where it ended badly.
fn named(label: &str, run: &RunData) -> String {
    match &run.info.divergence {
        Some(d) => format!("{label} (diverged at step {})", step_text(d.step)),
        None => label.into(),
    }
}

/// Beyond the colours there are, runs are told apart by dashes.
fn form_mark(k: usize) -> Mark {
    if (k / RUNS.len()).is_multiple_of(2) { Mark::Line } else { Mark::Dashed }
}

fn legend_rows(keys: &[Key]) -> usize {
    let width = |key: &Key| (42.0 + text_width(&key.label, Letters::small())).min(WIDTH);
    (keys.iter().map(width).sum::<f64>() / (WIDTH - LEFT - 120.0)).ceil().max(1.0) as usize
}

fn csv(runs: &[(&str, &RunData)]) -> Option<Vec<u8>> {
    let names: Vec<&str> = MEASURES.iter().map(|m| m.0).collect();
    let mut csv = Csv::new(&[&["run", "step"], names.as_slice()].concat());
    for (label, run) in runs {
        let columns: Vec<Option<Vec<f64>>> = names.iter().map(|n| run.table.column(n)).collect();
        for (row, step) in run.table.column("step").unwrap_or_default().into_iter().enumerate() {
            let values = columns.iter().map(|c| c.as_ref().map_or(f64::NAN, |c| c[row]));
            csv.row(&[label], &[step].into_iter().chain(values).collect::<Vec<_>>());
        }
    }
    csv.finish()
}
