//! Measures over the training: the median of each setting's runs, with a band that half of them are in.

use crate::plot::Picture;
use crate::plot::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, legend, text_width};
use crate::plot::lanes::step_axis;
use crate::plot::panel::{At, Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use crate::plot::scale::{curve_range, log_range, many_sizes};
use crate::plot::spectra::caption::{Words, captioned};
use crate::plot::table::Csv;
use crate::plot::theme::{WIDTH, ordered, run_color};
use crate::sweep::{CurvePoint, Results};
use plotters::style::RGBColor;

/// Settings with a curve, at most.
const MOST: usize = 12;
/// Settings with colours of their own; more of them are coloured by their order.
const FEW: usize = 5;
const LEFT: f64 = ROOM_LEFT + 12.0;
const RIGHT: f64 = 24.0;
const HEIGHT: f64 = 190.0;
const GAP: f64 = 20.0;
/// How much of its colour a band has.
const PALE: f64 = 0.16;

/// Curves with bands; `curves` has the shown measures of each setting. None where nothing was recorded.
pub fn sweep_curves(results: &Results, curves: &[Vec<Vec<CurvePoint>>]) -> Option<Picture> {
    let drawn: Vec<usize> = chosen(results.settings.len());
    let filled = |m: &usize| {
        drawn.iter().any(|s| curves.get(*s).is_some_and(|c| c.get(*m).is_some_and(|c| c.len() > 1)))
    };
    let measures: Vec<usize> = (0..results.measures.len()).filter(filled).collect();
    if measures.is_empty() {
        return None;
    }
    let color = |k: usize| match drawn.len() {
        n if n <= FEW => run_color(k),
        n => ordered(k as f64 / (n - 1) as f64),
    };
    let keys: Vec<Key> = drawn
        .iter()
        .enumerate()
        .map(|(k, s)| Key::new(&results.settings[*s].label, color(k), Mark::Line))
        .collect();
    let top = 40.0 + 18.0 * rows(&keys);
    let words = Words {
        name: "curves",
        title: "Over the training",
        right: results.name.clone(),
        caption: caption(results, drawn.len()),
        csv: csv(results, curves),
    };
    let height = top + measures.len() as f64 * (HEIGHT + GAP) - GAP + ROOM_BELOW + 14.0;
    Some(captioned(words, height, |sheet| {
        legend(sheet, &keys, (LEFT, 44.0), WIDTH - 14.0)?;
        measures.iter().enumerate().try_for_each(|(k, m)| {
            let frame =
                Rect { x: LEFT, y: top + k as f64 * (HEIGHT + GAP), w: WIDTH - LEFT - RIGHT, h: HEIGHT };
            let some: Vec<(&[CurvePoint], RGBColor)> =
                drawn.iter().enumerate().map(|(k, s)| (&curves[*s][*m][..], color(k))).collect();
            lane(sheet, frame, &results.measures[*m], &some, k + 1 == measures.len())
        })
    }))
}

/// The settings that are drawn: all, or some evenly among them.
fn chosen(count: usize) -> Vec<usize> {
    match count {
        0..=MOST => (0..count).collect(),
        _ => (0..MOST).map(|k| k * (count - 1) / (MOST - 1)).collect(),
    }
}

/// Rows that a legend of these keys takes, each filled as far as it goes.
fn rows(keys: &[Key]) -> f64 {
    let room = WIDTH - 14.0 - LEFT;
    let (mut rows, mut x) = (1.0, 0.0);
    for key in keys {
        let width = 24.0 + text_width(&key.label, Letters::small()).min(room - 30.0);
        if x > 0.0 && x + width > room {
            (rows, x) = (rows + 1.0, 0.0);
        }
        x += width + 18.0;
    }
    rows
}

fn lane(sheet: &Sheet, frame: Rect, label: &str, some: &[(&[CurvePoint], RGBColor)], last: bool) -> Drawn {
    let all: Vec<f64> =
        some.iter().flat_map(|(c, _)| c.iter()).flat_map(|p| [p.low, p.median, p.high]).collect();
    let log = all.iter().all(|v| *v > 0.0) && many_sizes(all.iter().copied());
    let to = |v: f64| if log { v.log10() } else { v };
    let shown: Vec<f64> = all.into_iter().map(to).collect();
    let y = match log {
        true => Axis::log(log_range(&shown), 5, label),
        false => Axis::linear(curve_range(&shown), 5, label),
    };
    let steps: Vec<f64> = some.iter().flat_map(|(c, _)| c.iter()).map(|p| p.step as f64).collect();
    let far = steps.iter().copied().fold(1.0, f64::max);
    let x = step_axis((0.0, far), frame.w).room(if last { ROOM_BELOW } else { 0.0 });
    let mut panel = Panel::new(sheet, frame, &x, &y, true)?;
    for (curve, color) in some {
        let ends = |of: fn(&CurvePoint) -> f64| -> Vec<At> {
            curve.iter().map(|p| (p.step as f64, to(of(p)))).filter(|p| p.1.is_finite()).collect()
        };
        let ring: Vec<At> = ends(|p| p.low).into_iter().chain(ends(|p| p.high).into_iter().rev()).collect();
        panel.shade(&ring, *color, PALE)?;
    }
    for (curve, color) in some {
        let middle: Vec<At> = curve.iter().map(|p| (p.step as f64, to(p.median))).collect();
        panel.curve(&middle, *color, 1.8)?;
    }
    panel.close(sheet)
}

fn caption(results: &Results, drawn: usize) -> String {
    let all = results.settings.len();
    let which =
        if drawn < all { format!("{drawn} of {all} settings, evenly chosen. ") } else { String::new() };
    format!("{which}Lines are medians over the seeds; half of the runs lie within the bands.")
}

fn csv(results: &Results, curves: &[Vec<Vec<CurvePoint>>]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["setting", "measure", "step", "quarter", "median", "three_quarters"]);
    for (setting, of) in results.settings.iter().zip(curves) {
        for (measure, curve) in results.measures.iter().zip(of) {
            for p in curve {
                csv.row(&[&setting.label, measure], &[p.step as f64, p.low, p.median, p.high]);
            }
        }
    }
    csv.finish()
}
