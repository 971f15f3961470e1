//! The recorded frames, small enough to be part of a page: coordinates as 16-bit and logits as 8-bit numbers in base64.
//!
//! `player.js` draws them. A frame's window is cut into 65,535 steps a coordinate; the value 65,535 itself stands for a
//! point outside it. Logits are scaled so that the byte 0 is -bound, 127 is 0 and 254 is +bound, with the bound of the
//! frame beside them; 255 stands for a logit that is not finite.

use super::number::{number, percent, whole};
use super::series::{steps, values};
use crate::data::{Mode, Points};
use crate::run::folder::RunData;
use crate::run::record::{Frame, Landscape, Table};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Most frames, points over all frames and logits over all frames that a page holds.
const MOST_FRAMES: usize = 120;
const MOST_POINTS: usize = 60_000;
const MOST_LOGITS: usize = 250_000;

/// A square window of the plane: `[x0, x1, y0, y1]`.
type Window = [f64; 4];

/// The frames of a run for the page's player; None where there is nothing to draw.
pub fn player_data(run: &RunData, modes: Option<&[Mode]>) -> Option<Value> {
    let dim = run.frames.first()?.samples.dim;
    let window = window(run)?;
    let kept = super::measures::thinned(run.frames.len(), MOST_FRAMES);
    let points = (MOST_POINTS / kept.len()).max(100);
    let side = ((MOST_LOGITS / kept.len()) as f64).sqrt() as usize;
    let frames: Vec<Value> = kept
        .iter()
        .map(|&i| frame_data(&run.frames[i], &window, points, side.clamp(8, 64), &run.table))
        .collect();
    Some(json!({
        "dim": dim,
        "window": window,
        "real": coordinates(&run.real, &window, points),
        "modes": ellipses(modes.unwrap_or_default(), run.scenario.record.criteria.sigmas),
        "frames": frames,
    }))
}

fn frame_data(frame: &Frame, window: &Window, points: usize, side: usize, table: &Table) -> Value {
    let landscape = frame.landscape.as_ref().and_then(|l| landscape_data(l, side));
    json!({
        "step": frame.step,
        "note": note(frame, table),
        "samples": coordinates(&frame.samples, window, points),
        "landscape": landscape,
    })
}

/// What was measured at a frame's step, in a few words.
pub fn note(frame: &Frame, table: &Table) -> String {
    let row = steps(table).iter().position(|s| *s == frame.step);
    let at = |name: &str| Some(values(table, name)?[row?]).filter(|v| v.is_finite());
    let total = super::words::mode_count(table).map_or(String::new(), |k| format!(" of {}", whole(k as u64)));
    let parts = [
        at("modes_covered").map(|m| format!("{}{total} modes covered", number(m))),
        at("classes_covered").map(|c| format!("{} classes covered", number(c))),
        at("high_quality").map(|q| format!("{} high quality", percent(q))),
        at("sliced_w2").map(|w| format!("sliced Wasserstein-2 {}", number(w))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The window that holds the landscapes, or else the real data with a margin.
fn window(run: &RunData) -> Option<Window> {
    let seen = run.frames.iter().filter_map(|f| Some(f.landscape.as_ref()?.window));
    let mut seen = seen.filter(|w| w.iter().all(|v| v.is_finite()) && w[0] < w[1] && w[2] < w[3]);
    if let Some(window) = seen.next() {
        return Some(window);
    }
    let source = if run.real.is_empty() { &run.frames.last()?.samples } else { &run.real };
    let (x0, x1) = reach(source, 0)?;
    let (y0, y1) = if source.dim > 1 { reach(source, 1)? } else { (0.0, 0.0) };
    let half = (0.65 * (x1 - x0).max(y1 - y0)).max(1e-6);
    let (x, y) = (0.5 * (x0 + x1), 0.5 * (y0 + y1));
    Some([x - half, x + half, y - half, y + half])
}

fn reach(points: &Points, axis: usize) -> Option<(f64, f64)> {
    let finite = points.rows().map(|row| row[axis]).filter(|v| v.is_finite() && v.abs() < 1e100);
    finite.fold(None, |seen: Option<(f64, f64)>, v| {
        Some(seen.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
    })
}

/// The first two coordinates of at most `most` points.
fn coordinates(points: &Points, window: &Window, most: usize) -> String {
    let axes = points.dim.min(2);
    let kept = super::measures::thinned(points.len(), most);
    let mut bytes = Vec::with_capacity(4 * kept.len());
    for row in kept.iter().map(|&i| points.row(i)) {
        let inside = (0..axes).map(|a| fraction(row[a], window[2 * a], window[2 * a + 1]));
        let whole: Option<Vec<f64>> = inside.collect();
        for axis in 0..2 {
            let step = match &whole {
                Some(at) => (at.get(axis).copied().unwrap_or(0.5) * 65_534.0).round() as u16,
                None => u16::MAX,
            };
            bytes.extend(step.to_le_bytes());
        }
    }
    STANDARD.encode(bytes)
}

/// Where `v` lies between `low` and `high`, from 0 to 1; None outside.
fn fraction(v: f64, low: f64, high: f64) -> Option<f64> {
    let at = (v - low) / (high - low);
    (0.0..=1.0).contains(&at).then_some(at)
}

fn landscape_data(landscape: &Landscape, most: usize) -> Option<Value> {
    let full = landscape.side;
    if full < 2 || landscape.logits.len() != full * full || !landscape.window.iter().all(|v| v.is_finite()) {
        return None;
    }
    let kept = super::measures::thinned(full, most);
    let logits: Vec<f32> =
        kept.iter().flat_map(|y| kept.iter().map(move |x| landscape.logits[y * full + x])).collect();
    let bound = logits.iter().filter(|v| v.is_finite()).fold(0.0_f32, |most, v| most.max(v.abs()));
    let scale = if bound > 0.0 { 127.0 / f64::from(bound) } else { 0.0 };
    let byte = |v: &f32| match v {
        v if v.is_finite() => (127.0 + f64::from(*v) * scale).round().clamp(0.0, 254.0) as u8,
        _ => u8::MAX,
    };
    Some(json!({
        "window": landscape.window,
        "side": kept.len(),
        "bound": bound,
        "logits": STANDARD.encode(logits.iter().map(byte).collect::<Vec<u8>>()),
    }))
}

/// Each mode as an ellipse of `sigmas` standard deviations: centre, half axes, angle. Two dimensions only.
fn ellipses(modes: &[Mode], sigmas: f64) -> Vec<[f64; 5]> {
    let ellipse = |mode: &Mode| {
        let (center, c) = (&mode.center, &mode.covariance);
        if center.len() != 2 || c.len() != 4 {
            return None;
        }
        let (mean, half) = (0.5 * (c[0] + c[3]), 0.5 * (c[0] - c[3]));
        let root = half.hypot(c[1]);
        let axes = [mean + root, (mean - root).max(0.0)].map(|v| sigmas * v.sqrt());
        let all = [center[0], center[1], axes[0], axes[1], 0.5 * (2.0 * c[1]).atan2(2.0 * half)];
        all.iter().all(|v| v.is_finite()).then_some(all)
    };
    modes.iter().filter_map(ellipse).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Fate, ring};
    use super::*;

    #[test]
    fn points_come_back_within_the_rounding() {
        let window = [-2.5, 2.5, -2.5, 2.5];
        let points = Points::new(2, vec![1.25, -2.0, 9.0, 0.0, f64::NAN, 1.0]);
        let bytes = STANDARD.decode(coordinates(&points, &window, 100)).unwrap();
        let read: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        let x = -2.5 + 5.0 * f64::from(read[0]) / 65_534.0;
        assert!((x - 1.25).abs() < 1e-4);
        assert_eq!(read[2..], [u16::MAX; 4]);
    }

    #[test]
    fn fifty_frames_stay_small() {
        let run = ring(Fate::Reaches);
        let data = player_data(&run, Some(&sample::modes())).unwrap();
        assert_eq!(data["frames"].as_array().unwrap().len(), 50);
        assert_eq!(data["modes"].as_array().unwrap().len(), 8);
        assert!(data.to_string().len() < 500_000, "{}", data.to_string().len());
    }

    #[test]
    fn odd_frames_are_drawn_or_left_out_but_never_panic() {
        let mut run = ring(Fate::Reaches);
        for frame in &mut run.frames {
            frame.samples = Points::new(1, vec![f64::NAN, f64::INFINITY, 1.0]);
            if let Some(l) = &mut frame.landscape {
                l.window[0] = f64::NAN;
                l.logits.fill(f32::NAN);
            }
        }
        run.real = Points::new(1, vec![0.0; 3]);
        assert!(player_data(&run, None).is_some());
        run.real = Points::new(3, vec![f64::NAN; 3]);
        assert!(player_data(&run, None).is_none());
        run.frames.clear();
        assert!(player_data(&run, None).is_none());
    }
}
