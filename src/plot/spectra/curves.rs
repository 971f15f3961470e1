//! Two plain pictures: how a perturbation decays, and from how far starts return.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Mark, Rect, Sheet, legend, stroke};
use super::super::panel::{At, Axis, Panel};
use super::super::scale::{bounds, log_range, padded, step_text};
use super::super::table::Csv;
use super::super::theme::{DISCRIMINATOR, GENERATOR, PAPER, RUNS, WIDTH, run_color};
use super::caption::{Words, captioned, plain};
use crate::spectrum::BasinPoint;

const TOP: f64 = 74.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const HEIGHT: f64 = 300.0;

fn frame() -> Rect {
    Rect { x: LEFT, y: TOP, w: WIDTH - LEFT - RIGHT, h: HEIGHT }
}

/// The amplitude of a perturbation along an eigenpair, round by round from round 0, against its prediction |mu|^t.
pub fn decay(title: &str, measured: &[f64], predicted: &[f64]) -> Picture {
    let words = Words {
        name: "decay",
        title,
        right: String::new(),
        caption: decay_caption(measured, predicted),
        csv: decay_csv(measured, predicted),
    };
    let log = |values: &[f64]| -> Vec<At> {
        let height = |v: &f64| if *v > 0.0 && v.is_finite() { v.log10() } else { f64::NAN };
        values.iter().enumerate().map(|(k, v)| (k as f64, height(v))).collect()
    };
    let (measured, predicted) = (log(measured), log(predicted));
    captioned(words, TOP + HEIGHT + 50.0, |sheet: &Sheet| -> Drawn {
        let keys = [
            Key::new("measured along the path", DISCRIMINATOR, Mark::Dot),
            Key::new("predicted: |μ| to the power of the round", GENERATOR, Mark::Line),
        ];
        legend(sheet, &keys, (LEFT, 44.0), WIDTH - RIGHT)?;
        let all: Vec<f64> =
            measured.iter().chain(&predicted).map(|p| p.1).filter(|v| v.is_finite()).collect();
        let last = measured.len().max(predicted.len()).saturating_sub(1).max(1) as f64;
        let mut x = Axis::whole((-0.015 * last, 1.015 * last), 8, "round").room(38.0);
        x.ticks.retain(|t| t.0 >= 0.0);
        let y = Axis::log(log_range(&all), 7, "amplitude").room(72.0);
        let mut panel = Panel::new(sheet, frame(), &x, &y, true)?;
        let stride = measured.len().div_ceil(150).max(1);
        let few: Vec<At> = measured.iter().copied().step_by(stride).collect();
        let few_predicted: Vec<At> =
            predicted.iter().copied().step_by(predicted.len().div_ceil(600).max(1)).collect();
        panel.dots(&few, DISCRIMINATOR, if few.len() <= 60 { 3.0 } else { 2.0 })?;
        panel.curve(&few_predicted, GENERATOR, 1.5)?;
        if all.is_empty() {
            panel.note(sheet, "no positive amplitude")?;
        }
        panel.close(sheet)
    })
}

fn decay_caption(measured: &[f64], predicted: &[f64]) -> String {
    let rate = |values: &[f64]| {
        let (first, last) = (values.first()?, values.last()?);
        let rounds = values.len().checked_sub(1).filter(|n| *n > 0)? as f64;
        Some((last / first).powf(1.0 / rounds)).filter(|r| r.is_finite() && *r > 0.0)
    };
    match (rate(measured), rate(predicted)) {
        (Some(m), Some(p)) => format!(
            "Over {} rounds the amplitude changes by a factor of {} a round; {} is predicted.",
            step_text(measured.len() as u64 - 1),
            plain(m, 6),
            plain(p, 6)
        ),
        _ => "The amplitude of a perturbation over the rounds and what is predicted of it.".into(),
    }
}

fn decay_csv(measured: &[f64], predicted: &[f64]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["round", "measured", "predicted"]);
    let of = |values: &[f64], k: usize| values.get(k).copied().unwrap_or(f64::NAN);
    for k in 0..measured.len().max(predicted.len()) {
        csv.row(&[], &[k as f64, of(measured, k), of(predicted, k)]);
    }
    csv.finish()
}

/// The share of perturbed starts that return against how far they were perturbed, one line for each variant, with its
/// 95 % intervals.
pub fn basin(variants: &[(String, Vec<BasinPoint>)]) -> Picture {
    let words = Words {
        name: "basin",
        title: "Region of attraction",
        right: String::new(),
        caption: basin_caption(variants),
        csv: basin_csv(variants),
    };
    captioned(words, TOP + HEIGHT + 50.0, |sheet: &Sheet| -> Drawn {
        let mark = |k: usize| if (k / RUNS.len()).is_multiple_of(2) { Mark::Line } else { Mark::Dashed };
        let keys: Vec<Key> =
            variants.iter().enumerate().map(|(k, v)| Key::new(&v.0, run_color(k), mark(k))).collect();
        legend(sheet, &keys, (LEFT, 44.0), WIDTH - RIGHT)?;
        let radii = || variants.iter().flat_map(|v| v.1.iter().map(|p| p.radius)).filter(|r| r.is_finite());
        let (low, high) = bounds(radii()).unwrap_or((0.0, 1.0));
        let log = low > 0.0 && high > 30.0 * low;
        let to = |r: f64| if log { r.log10() } else { r };
        let range = padded(to(low), to(high), 0.04 + 0.005 * variants.len() as f64);
        let x = match log {
            true => Axis::log(range, 8, "distance of the start from the equilibrium"),
            false => Axis::linear(range, 8, "distance of the start from the equilibrium"),
        };
        let y = Axis::linear((-0.04, 1.04), 6, "share that returns").room(72.0);
        let mut panel = Panel::new(sheet, frame(), &x.room(38.0), &y, true)?;
        // Side by side, so that intervals at one radius do not hide each other.
        let apart = 7.0 * (range.1 - range.0) / panel.frame.w;
        for (k, (_, points)) in variants.iter().enumerate() {
            let shift = (k as f64 - 0.5 * (variants.len() - 1) as f64) * apart;
            let at = |p: &BasinPoint| to(p.radius) + shift;
            let color = run_color(k);
            for p in points {
                let cap = 0.4 * apart;
                let bar = [(at(p), p.low), (at(p), p.high)];
                panel.path(&bar, stroke(color, 1.3))?;
                for end in [p.low, p.high] {
                    panel.path(&[(at(p) - cap, end), (at(p) + cap, end)], stroke(color, 1.3))?;
                }
            }
            let mut line: Vec<At> = points.iter().map(|p| (at(p), p.share())).collect();
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
            match mark(k) {
                Mark::Dashed => panel.dashed(&line, color, 1.3)?,
                _ => panel.curve(&line, color, 1.3)?,
            }
            panel.dots(&line, PAPER, 3.8)?;
            panel.dots(&line, color, 3.0)?;
        }
        if radii().next().is_none() {
            panel.note(sheet, "nothing was tried")?;
        }
        panel.close(sheet)
    })
}

fn basin_caption(variants: &[(String, Vec<BasinPoint>)]) -> String {
    let tried: Vec<u64> = variants.iter().flat_map(|v| v.1.iter().map(|p| p.tried)).collect();
    let tries = match (tried.iter().min(), tried.iter().max()) {
        (Some(low), Some(high)) if low == high => format!("{} starts at each distance", step_text(*low)),
        (Some(low), Some(high)) => {
            format!("{} to {} starts at each distance", step_text(*low), step_text(*high))
        }
        _ => "no starts".into(),
    };
    let all = |points: &[BasinPoint]| {
        let home = points.iter().filter(|p| p.tried > 0 && p.returned == p.tried);
        home.map(|p| p.radius).filter(|r| r.is_finite()).reduce(f64::max)
    };
    let each = variants.iter().map(|(name, points)| match all(points) {
        Some(radius) => format!(" {name}: all return from as far as {}.", plain(radius, 3)),
        None => format!(" {name}: at no distance do all return."),
    });
    format!(
        "{tries}, each in a random direction; bars are 95 % intervals (Wilson).{}",
        each.collect::<String>()
    )
}

fn basin_csv(variants: &[(String, Vec<BasinPoint>)]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["variant", "radius", "returned", "tried", "low", "high"]);
    for (name, points) in variants {
        for p in points {
            csv.row(&[name], &[p.radius, p.returned as f64, p.tried as f64, p.low, p.high]);
        }
    }
    csv.finish()
}
