//! Which frames a picture shows, which window of the plane, and how many points.

use super::panel::{At, Axis};
use super::scale::{padded, quantile, usable};
use crate::data::{Mode, Points};
use crate::run::folder::RunData;
use crate::run::record::Frame;

/// Largest number of points of one cloud in one panel.
pub const CLOUD: usize = 500;

/// A square window of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Horizontal ends.
    pub x: (f64, f64),
    /// Vertical ends.
    pub y: (f64, f64),
}

impl Window {
    /// The axes of a panel that shows the window; texts at the left and below only where wanted.
    pub fn axes(&self, dim: usize, left: bool, below: bool) -> (Axis, Axis) {
        let name = |n: usize| match dim {
            2 => format!("x{}", ["₁", "₂"][n - 1]),
            _ => format!("coordinate {n} of {dim}"),
        };
        let room = |axis: Axis, wanted: bool, room: f64| if wanted { axis.room(room) } else { axis.bare() };
        let x = Axis::linear(self.x, 3, name(1));
        let y = Axis::linear(self.y, 3, name(2));
        (room(x, below, 36.0), room(y, left, 54.0))
    }
}

/// The square window that holds nearly all of the real samples' first two coordinates, with a margin.
pub fn window(real: &Points) -> Window {
    let column = |k: usize| real.rows().filter_map(|r| r.get(k).copied()).collect::<Vec<f64>>();
    let span = |values: &[f64]| match (quantile(values, 0.005), quantile(values, 0.995)) {
        (Some(low), Some(high)) => padded(low, high, 0.22),
        _ => (-1.0, 1.0),
    };
    let (x, y) = (span(&column(0)), span(&column(1)));
    let half = 0.5 * (x.1 - x.0).max(y.1 - y.0);
    let around = |(low, high): (f64, f64)| (0.5 * (low + high) - half, 0.5 * (low + high) + half);
    Window { x: around(x), y: around(y) }
}

/// At most `count` points in the plane, evenly picked; points with an unusable coordinate are left out.
pub fn plane(points: &Points, count: usize) -> Vec<At> {
    let all: Vec<At> = points
        .rows()
        .map(|row| (row[0], row.get(1).copied().unwrap_or(0.0)))
        .filter(|p| usable(p.0) && usable(p.1))
        .collect();
    picked(&all, count)
}

/// At most `count` of the items, evenly picked.
pub fn picked<T: Copy>(items: &[T], count: usize) -> Vec<T> {
    let kept = items.len().min(count);
    (0..kept).map(|k| items[k * items.len() / kept]).collect()
}

/// The centres of the modes in the plane.
pub fn centers(modes: Option<&[Mode]>) -> Vec<At> {
    let all = modes.unwrap_or_default().iter();
    all.filter(|m| m.center.len() == 2).map(|m| (m.center[0], m.center[1])).collect()
}

/// At most `count` of the frames that `fit`, evenly spread over the steps, the first and the last among them.
pub fn chosen(run: &RunData, count: usize, fit: impl Fn(&Frame) -> bool) -> Vec<&Frame> {
    let frames: Vec<&Frame> = run.frames.iter().filter(|f| fit(f)).collect();
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return Vec::new() };
    let (from, to) = (first.step as f64, last.step as f64);
    let mut kept: Vec<&Frame> = Vec::new();
    for k in 0..count {
        let wanted = from + (to - from) * k as f64 / (count.max(2) - 1) as f64;
        let distance = |f: &&&Frame| (f.step as f64 - wanted).abs();
        let nearest = frames.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(frame) = nearest.filter(|f| kept.last().is_none_or(|l| l.step < f.step)) {
            kept.push(frame);
        }
    }
    kept
}

/// The share of points that lie outside the window or have an unusable coordinate.
pub fn outside(points: &Points, window: &Window) -> f64 {
    let inside = |row: &&[f64]| {
        super::clip::inside((row[0], row.get(1).copied().unwrap_or(window.y.0)), window.x, window.y)
    };
    1.0 - points.rows().filter(inside).count() as f64 / points.len().max(1) as f64
}

/// The share outside as a note; nothing where it is none.
pub fn outside_note(share: f64) -> String {
    match share {
        s if s <= 0.0 => String::new(),
        s if s < 0.01 => "<1 % outside".into(),
        s => format!("{:.0} % outside", 100.0 * s),
    }
}
