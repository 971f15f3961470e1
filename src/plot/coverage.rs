//! Which modes of the data the generator reaches, how well, and how it moves between them.

use super::Picture;
use super::canvas::{About, Drawn, Letters, Rect, Sheet, picture, stroke, text};
use super::lanes::{Form, HEAD, Lane, Series, divergence, stack, stack_height, step_axis, step_range};
use super::panel::{Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use super::scale::step_text;
use super::shares::{SHADES, Shades, color};
use super::table::Csv;
use super::theme::{GENERATOR, MUTED, PAPER, THIRD, WIDTH};
use crate::data::Mode;
use crate::run::folder::RunData;
use std::ops::Range;

const TOP: f64 = 30.0;
const RIGHT: f64 = 98.0;
/// Most rows and columns of the map of shares.
const ROWS: usize = 64;
const COLUMNS: usize = 260;
/// Most cells of the map, so that its file stays small.
const CELLS: usize = 4500;

/// Modes covered, the share of good samples, and each mode's share over the steps; None for data without modes.
pub fn coverage(run: &RunData, modes: Option<&[Mode]>) -> Option<Picture> {
    let shares = run.table.numbered("mode_share_");
    let count = modes.map_or(shares.len(), <[Mode]>::len);
    let lanes: Vec<Lane> = [covered(run, count), quality(run)].into_iter().flatten().collect();
    if lanes.is_empty() || count == 0 {
        return None;
    }
    let map = (!shares.is_empty()).then(|| Map::new(run, &shares));
    let below = map.as_ref().map_or(0.0, |m| HEAD + m.height);
    let height = TOP + stack_height(&lanes) + below;
    let about = About {
        name: "coverage",
        title: "Which modes the generator reaches",
        run: &run.scenario.name,
        alt: alt(run, count),
        csv: csv(run, &shares),
    };
    Some(picture(about, height, |sheet| {
        let Some(map) = &map else { return stack(sheet, run, &lanes, TOP, RIGHT) };
        upper(sheet, run, &lanes)?;
        map.draw(sheet, run, TOP + stack_height(&lanes) - ROOM_BELOW + HEAD)
    }))
}

/// The curves, without the texts of their step axis: the map below has them.
fn upper(sheet: &Sheet, run: &RunData, lanes: &[Lane]) -> Drawn {
    let mut y = TOP;
    for (k, lane) in lanes.iter().enumerate() {
        let panel = &mut lane.draw(sheet, frame(y + HEAD, lane.height), step_range(&[run]), false)?;
        divergence(sheet, run, panel, k == 0)?;
        panel.close(sheet)?;
        y += HEAD + lane.height + 8.0;
    }
    Ok(())
}

fn frame(y: f64, h: f64) -> Rect {
    let x = ROOM_LEFT + 12.0;
    Rect { x, y, w: WIDTH - x - RIGHT, h }
}

fn covered(run: &RunData, count: usize) -> Option<Lane> {
    let steps = |s: Series| s.form(Form::Steps);
    let all = [
        Series::of(run, "modes_covered", "covered", GENERATOR).map(steps),
        Series::of(run, "modes_with_spread", "covered with spread", THIRD).map(steps),
        Series::of(run, "average_modes_covered", "covered by the averaged generator", super::theme::RUNS[3])
            .map(steps),
    ];
    let mut series: Vec<Series> = all.into_iter().flatten().collect();
    if series.is_empty() {
        return None;
    }
    let label = format!("all {count} modes");
    series.push(Series::level(count as f64, step_range(&[run]), &label, MUTED));
    let top = count.max(1) as f64;
    let range = Some((-0.04 * top, 1.08 * top));
    Some(Lane { label: "modes".into(), whole: true, range, series, height: 120.0, ..Lane::default() })
}

fn quality(run: &RunData) -> Option<Lane> {
    let best = Series::of(run, "real_high_quality", "real samples", MUTED).map(|s| s.form(Form::Dashed));
    let own = Series::of(run, "high_quality", "high-quality samples", GENERATOR)?;
    let averaged =
        Series::of(run, "average_high_quality", "by the averaged generator", super::theme::RUNS[3]);
    let series = [Some(own), averaged, best].into_iter().flatten().collect();
    let range = Some((-0.04, 1.06));
    Some(Lane { label: "share".into(), range, series, height: 100.0, ..Lane::default() })
}

/// Each mode's share by step, as colours.
struct Map {
    /// Steps at which the columns start, and the end of the last one.
    edges: Vec<f64>,
    /// Shares, row by row.
    rows: Vec<Vec<f64>>,
    /// Modes that a row stands for.
    merged: usize,
    shades: Shades,
    height: f64,
}

impl Map {
    fn new(run: &RunData, shares: &[Vec<f64>]) -> Self {
        let steps = run.table.column("step").unwrap_or_default();
        let merged = shares.len().div_ceil(ROWS).max(1);
        let columns = (CELLS / shares.len().div_ceil(merged)).min(COLUMNS);
        let columns = steps.len().min(columns);
        // A column stands for the mean of its records.
        let bins: Vec<_> =
            (0..columns).map(|k| k * steps.len() / columns..(k + 1) * steps.len() / columns).collect();
        let mut edges: Vec<f64> = bins.iter().map(|bin| steps[bin.start]).collect();
        edges.push(last_edge(run, &steps));
        let mean = |group: &[Vec<f64>], bin: &Range<usize>| {
            let all = group.iter().flat_map(|row| &row[bin.clone()]);
            all.sum::<f64>() / (group.len() * bin.len()) as f64
        };
        let row = |group: &[Vec<f64>]| bins.iter().map(|bin| mean(group, bin)).collect::<Vec<f64>>();
        let rows: Vec<Vec<f64>> = shares.chunks(merged).map(row).collect();
        let shades = Shades::new(rows.iter().flatten().copied(), shares.len());
        let height = (rows.len() as f64 * 20.0).clamp(90.0, 260.0);
        Map { edges, rows, merged, shades, height }
    }

    fn draw(&self, sheet: &Sheet, run: &RunData, y: f64) -> Drawn {
        let r = frame(y, self.height);
        let x = step_axis(step_range(&[run]), r.w).room(ROOM_BELOW);
        let mut panel = Panel::new(sheet, r, &x, &self.axis(), false)?;
        for shade in 0..SHADES {
            let color = color(shade);
            self.runs_of(shade).try_for_each(|(a, b)| panel.cell(a, b, color))?;
        }
        let ends = (self.edges[0], self.edges[self.edges.len() - 1]);
        for row in 1..self.rows.len() {
            panel.path(&[(ends.0, row as f64), (ends.1, row as f64)], stroke(PAPER, 0.8))?;
        }
        divergence(sheet, run, &mut panel, false)?;
        panel.close(sheet)?;
        text(sheet, "share of the samples in each mode", (r.x, y - 12.0), Letters::small())?;
        let bar = Rect { x: r.x + r.w + 12.0, y, w: 14.0, h: self.height };
        self.shades.bar().draw(sheet, bar, 60.0)
    }

    /// The rectangles of one shade: neighbouring columns of one shade in one.
    fn runs_of(&self, shade: usize) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
        let row_runs = move |(k, row): (usize, &'_ Vec<f64>)| {
            let mut found = Vec::new();
            let mut from = None;
            for column in 0..=row.len() {
                let here = column < row.len() && self.shades.shade(row[column]) == Some(shade);
                match (here, from) {
                    (true, None) => from = Some(column),
                    (false, Some(start)) => {
                        let (top, bottom) = (k as f64, (k + 1) as f64);
                        found.push(((self.edges[start], top), (self.edges[column], bottom)));
                        from = None;
                    }
                    _ => {}
                }
            }
            found
        };
        self.rows.iter().enumerate().flat_map(row_runs)
    }

    fn axis(&self) -> Axis {
        let rows = self.rows.len();
        let stride = rows.div_ceil((self.height / 18.0) as usize).max(1);
        let ticks = (0..rows).step_by(stride).map(|k| (k as f64 + 0.5, (k * self.merged).to_string()));
        let label = if self.merged > 1 { "mode (neighbours averaged)" } else { "mode" };
        Axis { range: (0.0, rows as f64), ticks: ticks.collect(), label: label.into(), room: ROOM_LEFT }
    }
}

/// Where the last record's column ends: at the divergence, or as wide as the others.
fn last_edge(run: &RunData, steps: &[f64]) -> f64 {
    let end = step_range(&[run]).1;
    match &run.info.divergence {
        Some(d) => (d.step as f64).min(end),
        None => steps.last().map_or(end, |last| end.max(*last)),
    }
}

fn alt(run: &RunData, count: usize) -> String {
    let last = |name: &str| run.table.last(name).filter(|v| v.is_finite());
    let covered = last("modes_covered").map_or("?".to_string(), |v| format!("{v:.0}"));
    let quality = last("high_quality").map_or("?".to_string(), |v| format!("{:.0} %", 100.0 * v));
    let (_, end) = step_range(&[run]);
    format!(
        "Modes covered, share of high-quality samples and each mode's share of the samples over {} training steps; \
         at the end {covered} of {count} modes are covered and {quality} of the samples are of high quality.",
        step_text(end as u64)
    )
}

fn csv(run: &RunData, shares: &[Vec<f64>]) -> Option<Vec<u8>> {
    let wanted = ["modes_covered", "modes_with_spread", "high_quality", "real_high_quality"];
    let columns: Vec<(String, Vec<f64>)> =
        wanted.iter().filter_map(|name| Some((name.to_string(), run.table.column(name)?))).collect();
    let named = shares.iter().enumerate().map(|(k, s)| (format!("mode_share_{k}"), s.clone()));
    let columns: Vec<(String, Vec<f64>)> = columns.into_iter().chain(named).collect();
    let header: Vec<&str> = ["step"].into_iter().chain(columns.iter().map(|c| c.0.as_str())).collect();
    let mut csv = Csv::new(&header);
    for (row, step) in run.table.column("step")?.into_iter().enumerate() {
        let values: Vec<f64> = [step].into_iter().chain(columns.iter().map(|c| c.1[row])).collect();
        csv.row(&[], &values);
    }
    csv.finish()
}
