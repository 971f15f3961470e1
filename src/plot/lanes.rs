//! Curves over the steps of training, in panels one above the other that share the step axis.

use super::canvas::{Drawn, Key, Mark, Rect, Sheet, legend};
use super::panel::{At, Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use super::scale::{bounds, curve_range, log_range, step_text, usable};
use super::table::Csv;
use crate::run::folder::RunData;
use plotters::style::RGBColor;

/// Largest number of points that a curve keeps; beyond it each stretch keeps its smallest and largest.
const POINTS: usize = 900;

/// One curve.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name of the column.
    pub column: String,
    /// Values over steps.
    pub points: Vec<At>,
    /// What the legend calls it; empty for no entry.
    pub label: String,
    /// Its colour.
    pub color: RGBColor,
    /// Width in pixels.
    pub width: f64,
    /// How it is drawn.
    pub form: Form,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Straight from point to point.
    Line,
    /// Dashed: a reference.
    Dashed,
    /// Level until the next record.
    Steps,
}

/// One panel of curves.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// What the y axis is.
    pub label: String,
    /// Whether the y axis is logarithmic; values that are not positive are then left out.
    pub log: bool,
    /// Whether the y axis has whole numbers only.
    pub whole: bool,
    /// The range of the y axis where it is known beforehand.
    pub range: Option<(f64, f64)>,
    /// The curves.
    pub series: Vec<Series>,
    /// Height of the frame in pixels.
    pub height: f64,
}

/// Room above a lane's frame for its legend.
pub const HEAD: f64 = 26.0;

impl Series {
    /// The curve of a column, if the table has it with any value at all.
    pub fn of(run: &RunData, column: &str, label: &str, color: RGBColor) -> Option<Self> {
        let steps = run.table.column("step")?;
        let values = run.table.column(column)?;
        let points: Vec<At> = steps.into_iter().zip(values).filter(|p| p.0.is_finite()).collect();
        let any = points.iter().any(|p| usable(p.1));
        let (column, label) = (column.to_string(), label.to_string());
        any.then_some(Series { column, points, label, color, width: 1.5, form: Form::Line })
    }
    /// The same in another form.
    pub fn form(self, form: Form) -> Self {
        let width = if form == Form::Dashed { 1.1 } else { self.width };
        Series { form, width, ..self }
    }
    /// A level line over a range of steps.
    pub fn level(value: f64, steps: (f64, f64), label: &str, color: RGBColor) -> Self {
        let points = vec![(steps.0, value), (steps.1, value)];
        let (column, label) = (String::new(), label.to_string());
        Series { column, points, label, color, width: 1.1, form: Form::Dashed }
    }
    /// An entry of the legend alone.
    pub fn remark(label: &str, color: RGBColor) -> Self {
        let (column, label) = (String::new(), label.to_string());
        Series { column, points: Vec::new(), label, color, width: 1.1, form: Form::Dashed }
    }
    fn key(&self) -> Key {
        let mark = if self.form == Form::Dashed { Mark::Dashed } else { Mark::Line };
        Key::new(&self.label, self.color, mark)
    }
}

impl Lane {
    /// Draws the lane; the frame's texts go to the left of and, where wanted, below it.
    pub fn draw<'a>(
        &self,
        sheet: &Sheet<'a>,
        frame: Rect,
        steps: (f64, f64),
        below: bool,
    ) -> Drawn<Panel<'a>> {
        let keys: Vec<Key> = self.series.iter().filter(|s| !s.label.is_empty()).map(Series::key).collect();
        legend(sheet, &keys, (frame.x, frame.y - 12.0), frame.x + frame.w)?;
        let y = self.axis();
        let x = step_axis(steps, frame.w).room(if below { ROOM_BELOW } else { 0.0 });
        let mut panel = Panel::new(sheet, frame, &x, &y, true)?;
        // References first, so that the curves lie over them.
        let (back, front): (Vec<_>, Vec<_>) = self.series.iter().partition(|s| s.form == Form::Dashed);
        for series in back.into_iter().chain(front) {
            self.one(&mut panel, series)?;
        }
        Ok(panel)
    }

    fn one(&self, panel: &mut Panel, series: &Series) -> Drawn {
        let points: Vec<At> = series.points.iter().map(|p| (p.0, self.height_of(p.1))).collect();
        panel.dots(&lone(&points), series.color, 2.0)?;
        match series.form {
            Form::Line => panel.curve(&thinned(&points, POINTS), series.color, series.width),
            Form::Dashed => panel.dashed(&thinned(&points, POINTS / 3), series.color, series.width),
            Form::Steps => panel.curve(&stairs(&thinned(&points, POINTS / 2)), series.color, series.width),
        }
    }

    fn height_of(&self, value: f64) -> f64 {
        match self.log {
            true if value > 0.0 => value.log10(),
            true => f64::NAN,
            false => value,
        }
    }

    fn axis(&self) -> Axis {
        let values: Vec<f64> =
            self.series.iter().flat_map(|s| &s.points).map(|p| self.height_of(p.1)).collect();
        let range = match self.range {
            Some(range) => range,
            None if self.log => log_range(&values),
            None => curve_range(&values),
        };
        let count = (self.height / 32.0).round().max(2.0) as usize;
        match (self.log, self.whole) {
            (true, _) => Axis::log(range, count, self.label.as_str()),
            (_, true) => Axis::whole(range, count, self.label.as_str()),
            _ => Axis::linear(range, count, self.label.as_str()),
        }
    }
}

/// The step axis for a frame of a width.
pub fn step_axis(steps: (f64, f64), width: f64) -> Axis {
    Axis::whole(steps, (width / 110.0).round().max(2.0) as usize, "training step")
}

/// First and last recorded step of some runs; never an empty range.
pub fn step_range(runs: &[&RunData]) -> (f64, f64) {
    let recorded = runs.iter().filter_map(|run| run.table.column("step")).flatten();
    let broken = runs.iter().filter_map(|run| run.info.divergence.as_ref()).map(|d| d.step as f64);
    // A little more than was recorded, so that the mark of a divergence stands clear of the frame.
    let broken = broken.map(|step| 1.02 * step);
    match bounds(recorded.chain(broken)) {
        Some((low, high)) if high > low => (low, high),
        Some((low, _)) => (low, low + 1.0),
        None => (0.0, 1.0),
    }
}

/// Draws lanes one above the other from `top` down, the divergence marked in each; returns nothing below the last.
pub fn stack(sheet: &Sheet, run: &RunData, lanes: &[Lane], top: f64, right: f64) -> Drawn {
    let steps = step_range(&[run]);
    let mut y = top;
    for (k, lane) in lanes.iter().enumerate() {
        let x = ROOM_LEFT + 12.0;
        let frame = Rect { x, y: y + HEAD, w: super::theme::WIDTH - x - right, h: lane.height };
        let mut panel = lane.draw(sheet, frame, steps, k + 1 == lanes.len())?;
        divergence(sheet, run, &mut panel, k == 0)?;
        panel.close(sheet)?;
        y += HEAD + lane.height + 8.0;
    }
    Ok(())
}

/// Marks the moment of divergence, if there was one; the words only where wanted.
pub fn divergence(sheet: &Sheet, run: &RunData, panel: &mut Panel, words: bool) -> Drawn {
    let Some(d) = &run.info.divergence else { return Ok(()) };
    let label = format!("diverged at step {} ({}: {})", step_text(d.step), d.player, d.what);
    panel.moment(sheet, d.step as f64, if words { &label } else { "" })
}

/// Height of a stack of lanes with the texts below it.
pub fn stack_height(lanes: &[Lane]) -> f64 {
    lanes.iter().map(|lane| HEAD + lane.height + 8.0).sum::<f64>() + ROOM_BELOW
}

/// The values of the curves as CSV.
pub fn csv(run: &RunData, lanes: &[Lane]) -> Option<Vec<u8>> {
    let columns: Vec<&Series> =
        lanes.iter().flat_map(|l| &l.series).filter(|s| !s.column.is_empty()).collect();
    let names: Vec<&str> = columns.iter().map(|s| s.column.as_str()).collect();
    let mut csv = Csv::new(&[&["step"], names.as_slice()].concat());
    let steps = run.table.column("step")?;
    for (row, step) in steps.iter().filter(|s| s.is_finite()).enumerate() {
        let values = columns.iter().map(|s| s.points.get(row).map_or(f64::NAN, |p| p.1));
        csv.row(&[], &[*step].into_iter().chain(values).collect::<Vec<_>>());
    }
    csv.finish()
}

/// A curve with at most about `count` points that looks the same: of each stretch its smallest and largest value.
fn thinned(points: &[At], count: usize) -> Vec<At> {
    if points.len() <= count {
        return points.to_vec();
    }
    let stretch = (2 * points.len()).div_ceil(count.max(2));
    let mut kept = Vec::new();
    for chunk in points.chunks(stretch) {
        let usable_at = |p: &&(usize, &At)| usable(p.1.1);
        let ordered: Vec<(usize, &At)> = chunk.iter().enumerate().collect();
        let low = ordered.iter().filter(usable_at).min_by(|a, b| a.1.1.total_cmp(&b.1.1));
        let high = ordered.iter().filter(usable_at).max_by(|a, b| a.1.1.total_cmp(&b.1.1));
        let mut ends: Vec<&(usize, &At)> = low.into_iter().chain(high).collect();
        ends.sort_by_key(|p| p.0);
        ends.dedup_by_key(|p| p.0);
        match ends.is_empty() {
            true => kept.push((chunk[0].0, f64::NAN)),
            false => kept.extend(ends.into_iter().map(|p| *p.1)),
        }
    }
    kept
}

/// Points without a neighbour to draw a line to.
fn lone(points: &[At]) -> Vec<At> {
    let there = |i: Option<usize>| i.and_then(|i| points.get(i)).is_some_and(|p| usable(p.1));
    let alone = |i: &usize| usable(points[*i].1) && !there(i.checked_sub(1)) && !there(Some(i + 1));
    (0..points.len()).filter(alone).map(|i| points[i]).collect()
}

fn stairs(points: &[At]) -> Vec<At> {
    let next = points.iter().skip(1).chain(points.last());
    points.iter().zip(next).flat_map(|(a, b)| [*a, (b.0, a.1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes_in_order() {
        let mut points: Vec<At> = (0..10_000).map(|i| (f64::from(i), f64::from(i % 7))).collect();
        points[4321].1 = 99.0;
        points[77].1 = f64::NAN;
        let few = thinned(&points, 500);
        assert!(few.len() <= 502 && few.iter().any(|p| p.1 == 99.0));
        assert!(few.windows(2).all(|p| p[0].0 < p[1].0));
    }

    #[test]
    fn stairs_stay_level_until_the_next_record() {
        assert_eq!(stairs(&[(0.0, 1.0), (2.0, 3.0)]), [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (2.0, 3.0)]);
        assert!(stairs(&[]).is_empty());
    }
}
