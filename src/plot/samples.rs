//! Generated samples over the data at a few steps, one row for each run: the picture of figure 2 in Nagarajan & Kolter
//! (2017). In one dimension densities instead of points; beyond two the first two coordinates.

use super::Picture;
use super::canvas::{
    About, Drawn, Key, Letters, Mark, Rect, Sheet, fitted, legend, picture, text, text_width,
};
use super::cloud::{CLOUD, Window, chosen, outside, outside_note, plane, window};
use super::histogram::{Bins, density_axis};
use super::panel::{At, Panel};
use super::scale::step_text;
use super::table::Csv;
use super::theme::{GENERATOR, MEDIUM, PAPER, REAL, WIDTH, mix};
use crate::data::Points;
use crate::run::folder::RunData;
use crate::run::record::Frame;

/// Panels in a row.
const PANELS: usize = 6;
const LEFT: f64 = 58.0;
const GAP: f64 = 9.0;
/// Width of a line of a row's label, which is written upwards.
const LINE: f64 = 20.0;

/// Generated samples over the data at six steps of a run.
pub fn samples(run: &RunData) -> Option<Picture> {
    compared(&[(&run.scenario.name, run)], "samples", "Generated samples over the data", &run.scenario.name)
}

/// The same for several runs, one row each, with their labels.
pub fn samples_labelled(runs: &[(&str, &RunData)]) -> Option<Picture> {
    // The first coordinates of images say nothing.
    if runs.iter().any(|(_, run)| run.images.is_some()) {
        return super::images::compared(runs);
    }
    compared(runs, "samples-compared", "Generated samples over the data, by setting", "")
}

fn compared(runs: &[(&str, &RunData)], name: &str, title: &str, right: &str) -> Option<Picture> {
    let steps = steps_shown(runs)?;
    let rows: Vec<Row> = runs
        .iter()
        .map(|(label, run)| Row::new(label, run, &steps, CLOUD / runs.len().clamp(1, 5)))
        .collect();
    let letters = Letters::small().size(MEDIUM).centered().upwards();
    let side = |left: f64| (WIDTH - left - 14.0 - GAP * (PANELS - 1) as f64) / PANELS as f64;
    let names = |left: f64| -> Vec<Vec<String>> {
        rows.iter().filter(|_| runs.len() > 1).map(|row| lines(row.label, side(left), letters)).collect()
    };
    // A long label takes two lines in all rows' margin.
    let most = names(LEFT + LINE).iter().map(Vec::len).max().unwrap_or(0);
    let left = LEFT + LINE * most as f64;
    let (names, side) = (names(left), side(left));
    let height = 78.0 + rows.len() as f64 * (side + GAP) + 34.0;
    let about = About { name, title, run: right, alt: alt(&rows, &steps), csv: csv(&rows) };
    Some(picture(about, height, |sheet| {
        legend(sheet, &keys(), (left, 42.0), WIDTH)?;
        for (k, row) in rows.iter().enumerate() {
            let frame = Rect { x: left, y: 78.0 + k as f64 * (side + GAP), w: side, h: side };
            row.draw(sheet, frame, k == 0, k + 1 == rows.len())?;
            for (line, name) in names.get(k).into_iter().flatten().enumerate() {
                text(sheet, name, (12.0 + LINE * line as f64, frame.y + side / 2.0), letters)?;
            }
        }
        Ok(())
    }))
}

/// A label as one line, or where that is too long as two: what is in brackets on the second.
fn lines(label: &str, side: f64, letters: Letters) -> Vec<String> {
    let fit = |text: &str| fitted(text, side, letters);
    match label.split_once(" (") {
        Some((name, rest)) if text_width(label, letters) > side => vec![fit(name), fit(&format!("({rest}"))],
        _ => vec![fit(label)],
    }
}

fn keys() -> [Key; 2] {
    [Key::new("real", REAL, Mark::Dot), Key::new("generated", GENERATOR, Mark::Dot)]
}

/// The steps of the panels: those of the run that went furthest.
fn steps_shown(runs: &[(&str, &RunData)]) -> Option<Vec<u64>> {
    let longest = runs.iter().map(|r| r.1).max_by_key(|run| run.frames.last().map(|f| f.step))?;
    let steps: Vec<u64> = chosen(longest, PANELS, |_| true).iter().map(|f| f.step).collect();
    (!steps.is_empty()).then_some(steps)
}

struct Row<'a> {
    label: &'a str,
    run: &'a RunData,
    /// For each step shown the frame that is nearest to it, none where the run had ended.
    cells: Vec<(u64, Option<&'a Frame>)>,
    window: Window,
    bins: Option<Bins>,
    /// Points of each cloud in a panel: fewer where there are many panels, so that files stay small.
    points: usize,
}

impl<'a> Row<'a> {
    fn new(label: &'a str, run: &'a RunData, steps: &[u64], points: usize) -> Self {
        let last = run.frames.last().map_or(0, |f| f.step);
        let every = run.frames.windows(2).map(|p| p[1].step - p[0].step).max().unwrap_or(0);
        let frame_at = |step: u64| {
            let nearest = run.frames.iter().min_by_key(|f| f.step.abs_diff(step));
            nearest.filter(|_| step <= last + every / 2)
        };
        let cells: Vec<_> = steps.iter().map(|s| (*s, frame_at(*s))).collect();
        let window = window(&run.real);
        let shown = cells.iter().filter_map(|c| c.1).map(|f| &f.samples);
        let bins = (run.real.dim == 1).then(|| Bins::new(&run.real, window.x, shown));
        Row { label, run, cells, window, bins, points }
    }

    fn draw(&self, sheet: &Sheet, first: Rect, top: bool, bottom: bool) -> Drawn {
        for (k, (step, frame)) in self.cells.iter().enumerate() {
            let r = Rect { x: first.x + k as f64 * (first.w + GAP), ..first };
            let mut panel = self.panel(sheet, r, k == 0, bottom)?;
            match frame {
                Some(frame) => self.fill(sheet, &mut panel, &frame.samples)?,
                None => panel.note(sheet, self.ended().as_str())?,
            }
            panel.close(sheet)?;
            let shown = frame.map_or(*step, |f| f.step);
            if top || frame.is_some_and(|f| f.step != *step) {
                panel.title(sheet, &format!("step {}", step_text(shown)))?;
            }
        }
        Ok(())
    }

    fn panel<'s>(&self, sheet: &Sheet<'s>, r: Rect, left: bool, below: bool) -> Drawn<Panel<'s>> {
        let (x, y) = match &self.bins {
            Some(bins) => density_axis(self.window, bins, left, below),
            None => self.window.axes(self.run.real.dim, left, below),
        };
        Panel::new(sheet, r, &x, &y, false)
    }

    fn fill(&self, sheet: &Sheet, panel: &mut Panel, samples: &Points) -> Drawn {
        match &self.bins {
            Some(bins) => bins.draw(panel, samples)?,
            None => {
                panel.dots(&self.real(), mix(REAL, PAPER, 0.2), 2.4)?;
                panel.dots(&self.generated(samples), GENERATOR, 1.1)?;
            }
        }
        let shown = if self.bins.is_some() { Vec::new() } else { self.generated(samples) };
        panel.corner(sheet, &outside_note(outside(samples, &self.window)), &shown)
    }

    fn real(&self) -> Vec<At> {
        plane(&self.run.real, self.points)
    }

    fn generated(&self, samples: &Points) -> Vec<At> {
        plane(samples, self.points)
    }

    fn ended(&self) -> String {
        match &self.run.info.divergence {
            Some(d) => format!("diverged at {}", step_text(d.step)),
            None => "not reached".into(),
        }
    }
}

fn alt(rows: &[Row], steps: &[u64]) -> String {
    let names: Vec<&str> = rows.iter().map(|r| r.label).collect();
    let (first, last) = (steps.first().copied().unwrap_or(0), steps.last().copied().unwrap_or(0));
    let what = match rows.first().map_or(2, |r| r.run.real.dim) {
        1 => "Densities of generated samples (orange) and of the data (grey)",
        2 => "Generated samples (orange) over the data (grey)",
        _ => "First two coordinates of generated samples (orange) over the data (grey)",
    };
    format!("{what} at steps {} to {}: {}.", step_text(first), step_text(last), names.join(", "))
}

fn csv(rows: &[Row]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["run", "kind", "step", "x1", "x2"]);
    for row in rows {
        let name = row.label;
        let one = row.run.real.dim == 1;
        let mut add = |kind: &str, step: f64, points: Vec<At>| {
            for (x, y) in points {
                csv.row(&[name, kind], &[step, x, if one { f64::NAN } else { y }]);
            }
        };
        add("real", f64::NAN, row.real());
        for frame in row.cells.iter().filter_map(|c| c.1) {
            add("generated", frame.step as f64, row.generated(&frame.samples));
        }
    }
    csv.finish()
}
