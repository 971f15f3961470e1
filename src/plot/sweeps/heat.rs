//! A sweep over two keys as maps: a cell for each pair of values.

use super::quantity::Quantity;
use crate::plot::Picture;
use crate::plot::canvas::{Drawn, Letters, Rect, Sheet, fill, fitted, outline, stroke, text, text_width};
use crate::plot::panel::ROOM_BELOW;
use crate::plot::scale::bounds;
use crate::plot::spectra::caption::{Words, captioned, plain};
use crate::plot::theme::{GRID, INK, MEDIUM, MUTED, PAPER, WIDTH, sequential};
use crate::sweep::{Choice, Results, Setting};
use serde_json::Value as Json;

/// Maps in a picture, at most.
const MAPS: usize = 2;
const TOP: f64 = 66.0;
const RIGHT: f64 = 20.0;
/// Widest that the texts of the values up may be.
const NAMES: f64 = 150.0;
/// From a line of values to the next.
const LINE: f64 = 14.0;
/// Smallest cell with a number in it.
const ROOM: f64 = 34.0;

/// Maps over the two keys of a sweep; None where it has not exactly two.
pub fn sweep_heat(results: &Results) -> Option<Picture> {
    let [across, up] = &axes(results)?;
    let quantities: Vec<Quantity> = Quantity::all(results).into_iter().take(MAPS).collect();
    if quantities.is_empty() || across.texts.len() < 2 || up.texts.len() < 2 {
        return None;
    }
    let names = up.texts.iter().map(|t| text_width(t, Letters::small())).fold(0.0, f64::max).min(NAMES);
    let (left, gap) = (names + 44.0, names + 36.0);
    let count = quantities.len() as f64;
    let width = ((WIDTH - RIGHT - left - gap * (count - 1.0)) / count).min(560.0);
    let cell = (width / across.texts.len() as f64).min(480.0 / up.texts.len() as f64).clamp(4.0, 60.0);
    let height = cell * up.texts.len() as f64;
    let words = Words {
        name: "map",
        title: &format!("{} and {}", across.key, up.key),
        right: results.name.clone(),
        caption: caption(results, &quantities),
        csv: None,
    };
    let more = if crowded(across, width) { LINE } else { 0.0 };
    Some(captioned(words, TOP + height + ROOM_BELOW + 18.0 + more, |sheet| {
        quantities.iter().enumerate().try_for_each(|(k, quantity)| {
            let x = left + k as f64 * (width + gap);
            let frame = Rect { x, y: TOP, w: width, h: height };
            map(sheet, frame, results, *quantity, [across, up])
        })
    }))
}

/// Whether the values across are wider than their cells, so that every other one stands a line lower.
fn crowded(across: &Line, width: f64) -> bool {
    let cell = width / across.texts.len() as f64;
    across.texts.iter().any(|t| text_width(t, Letters::small()) > cell - 6.0)
}

/// A key and its values in order.
struct Line {
    key: String,
    values: Vec<Json>,
    texts: Vec<String>,
}

/// The two keys; None where the settings have more or fewer.
fn axes(results: &Results) -> Option<[Line; 2]> {
    let mut lines: Vec<Line> = Vec::new();
    for choice in results.settings.iter().flat_map(|s| &s.choices).filter(|c| !c.key.starts_with("expect.")) {
        let line = match lines.iter().position(|line| line.key == choice.key) {
            Some(k) => &mut lines[k],
            None => {
                lines.push(Line { key: choice.key.clone(), values: Vec::new(), texts: Vec::new() });
                lines.last_mut()?
            }
        };
        if !line.values.contains(&choice.value) {
            line.values.push(choice.value.clone());
        }
    }
    for line in &mut lines {
        if line.values.iter().all(Json::is_number) {
            let size = |v: &Json| v.as_f64().unwrap_or(f64::NAN);
            line.values.sort_by(|a, b| size(a).total_cmp(&size(b)));
        }
        let written = |value: &Json| match value.as_f64() {
            Some(x) => plain(x, 3),
            None => Choice { key: String::new(), value: value.clone(), place: None }.words(),
        };
        line.texts = line.values.iter().map(written).collect();
    }
    <[Line; 2]>::try_from(lines).ok()
}

/// The setting at a pair of values.
fn at<'a>(results: &'a Results, [across, up]: [&Line; 2], i: usize, j: usize) -> Option<&'a Setting> {
    results.settings.iter().find(|s| {
        let has = |line: &Line, k: usize| s.value(&line.key).is_some_and(|c| c.value == line.values[k]);
        has(across, i) && has(up, j)
    })
}

fn map(sheet: &Sheet, frame: Rect, results: &Results, quantity: Quantity, lines: [&Line; 2]) -> Drawn {
    let [across, up] = lines;
    let (columns, rows) = (across.texts.len(), up.texts.len());
    let (w, h) = (frame.w / columns as f64, frame.h / rows as f64);
    let value = |s: &Setting| quantity.of(s).map(|spread| spread.value);
    let range = match quantity.is_share() {
        true => (0.0, 1.0),
        false => bounds(results.settings.iter().filter_map(value)).unwrap_or((0.0, 1.0)),
    };
    for j in 0..rows {
        for i in 0..columns {
            let r = Rect { x: frame.x + i as f64 * w, y: frame.y + (rows - 1 - j) as f64 * h, w, h };
            let Some(value) = at(results, lines, i, j).and_then(value) else {
                fill(sheet, r, GRID)?;
                continue;
            };
            let share = if range.1 > range.0 { (value - range.0) / (range.1 - range.0) } else { 1.0 };
            fill(sheet, r, sequential(share))?;
            if w.min(h * 1.6) >= ROOM {
                let ink = if share > 0.6 { PAPER } else { INK };
                let words = Letters::small().color(ink).centered();
                text(sheet, &plain(value, 2), (r.x + w / 2.0, r.y + h / 2.0), words)?;
            }
        }
    }
    outline(sheet, frame, stroke(MUTED, 0.8))?;
    let title = (frame.x + frame.w / 2.0, frame.y - 12.0);
    text(sheet, &quantity.label(results), title, Letters::small().size(MEDIUM).centered())?;
    let lower = if crowded(across, frame.w) { LINE } else { 0.0 };
    let step = columns.div_ceil((frame.w / 56.0) as usize + 1).max(1);
    for (k, i) in (0..columns).step_by(step).enumerate() {
        let place = (frame.x + (i as f64 + 0.5) * w, frame.y + frame.h + 12.0 + lower * (k % 2) as f64);
        let room = (if lower > 0.0 { 2.0 } else { 1.0 } * step as f64 * w - 6.0).max(40.0);
        text(sheet, &fitted(&across.texts[i], room, Letters::small()), place, Letters::small().centered())?;
    }
    for j in (0..rows).step_by(rows.div_ceil((frame.h / 16.0) as usize + 1).max(1)) {
        let place = (frame.x - 6.0, frame.y + (rows as f64 - 0.5 - j as f64) * h);
        text(sheet, &fitted(&up.texts[j], NAMES, Letters::small()), place, Letters::small().ending())?;
    }
    let below = (frame.x + frame.w / 2.0, frame.y + frame.h + 32.0 + lower);
    text(sheet, &across.key, below, Letters::small().size(MEDIUM).centered())?;
    let names = up.texts.iter().map(|t| text_width(t, Letters::small())).fold(0.0, f64::max).min(NAMES);
    let beside = (frame.x - names - 20.0, frame.y + frame.h / 2.0);
    text(sheet, &up.key, beside, Letters::small().size(MEDIUM).centered().upwards())
}

fn caption(results: &Results, quantities: &[Quantity]) -> String {
    let goal = match (&results.goal, quantities.contains(&Quantity::Reached)) {
        (Some(goal), true) => format!(" The goal is {goal}."),
        _ => String::new(),
    };
    format!("A cell is a setting, over its seeds at the last record; darker is more, grey was not run.{goal}")
}
