//! Every setting in a row of its own: shares and medians with their intervals, and every seed's value behind the median.

use super::quantity::Quantity;
use crate::plot::Picture;
use crate::plot::canvas::{Drawn, Letters, Rect, Sheet, fitted, stroke, text_width};
use crate::plot::panel::{At, Axis, Panel, ROOM_BELOW};
use crate::plot::scale::{bounds, many_sizes, padded};
use crate::plot::spectra::caption::{Words, captioned};
use crate::plot::table::Csv;
use crate::plot::theme::{DISCRIMINATOR, GENERATOR, REAL, WIDTH};
use crate::sweep::{Results, Setting};
use plotters::style::RGBColor;

/// Most settings that a picture has rows for.
const MOST: usize = 40;
/// Most columns.
const COLUMNS: usize = 4;
const TOP: f64 = 46.0;
const GAP: f64 = 22.0;
const RIGHT: f64 = 20.0;
/// Widest that the settings' names may be.
const NAMES: f64 = 260.0;

/// Settings with their shares and medians; None without settings or with too many.
pub fn sweep_dots(results: &Results) -> Option<Picture> {
    let settings = &results.settings;
    let quantities: Vec<Quantity> = Quantity::all(results).into_iter().take(COLUMNS).collect();
    if settings.is_empty() || settings.len() > MOST || quantities.is_empty() {
        return None;
    }
    let row = (420.0 / settings.len() as f64).clamp(16.0, 34.0);
    let height = row * settings.len() as f64 + 10.0;
    let names: Vec<String> = settings.iter().map(|s| fitted(&s.label, NAMES, Letters::small())).collect();
    let room = names.iter().map(|name| text_width(name, Letters::small())).fold(30.0, f64::max) + 16.0;
    let left = room + 10.0;
    let width = (WIDTH - RIGHT - left - GAP * (quantities.len() - 1) as f64) / quantities.len() as f64;
    let words = Words {
        name: "settings",
        title: "Settings over their seeds",
        right: results.name.clone(),
        caption: caption(results, &quantities),
        csv: csv(results, &quantities),
    };
    Some(captioned(words, TOP + height + ROOM_BELOW + 14.0, |sheet| {
        quantities.iter().enumerate().try_for_each(|(k, quantity)| {
            let frame = Rect { x: left + k as f64 * (width + GAP), y: TOP, w: width, h: height };
            let names = if k == 0 { &names[..] } else { &[] };
            column(sheet, frame, results, *quantity, names, room)
        })
    }))
}

/// Whether a quantity is shown by its logarithm.
fn is_log(results: &Results, quantity: Quantity) -> bool {
    let values = || values(results, quantity);
    !quantity.is_share() && values().all(|v| v > 0.0) && many_sizes(values())
}

/// Everything that is shown of a quantity.
fn values(results: &Results, quantity: Quantity) -> impl Iterator<Item = f64> {
    results.settings.iter().flat_map(move |s| {
        let spread = quantity.of(s).into_iter().flat_map(|s| [s.value, s.ends[0], s.ends[1]]);
        spread.chain(seeds(results, s, quantity))
    })
}

/// The values of single runs.
fn seeds(results: &Results, setting: &Setting, quantity: Quantity) -> Vec<f64> {
    let Quantity::Measure(k) = quantity else { return Vec::new() };
    let ended = setting.rows.iter().filter(|(_, row)| row.status.ended());
    ended.map(|(_, row)| row.value(&results.measures[k])).filter(|v| v.is_finite()).collect()
}

fn column(
    sheet: &Sheet,
    frame: Rect,
    results: &Results,
    quantity: Quantity,
    names: &[String],
    room: f64,
) -> Drawn {
    let log = is_log(results, quantity);
    let to = |v: f64| if log { v.log10() } else { v };
    let shown: Vec<f64> = values(results, quantity).map(to).collect();
    let range = match quantity.is_share() {
        true => (-0.04, 1.04),
        false => bounds(shown).map_or((0.0, 1.0), |(low, high)| padded(low, high, 0.06)),
    };
    let count = (frame.w / 75.0).round().max(2.0) as usize;
    let label = quantity.label(results);
    let x = if log { Axis::log(range, count, label) } else { Axis::linear(range, count, label) };
    let rows = results.settings.len() as f64;
    let ticks = names.iter().enumerate().map(|(k, name)| (-(k as f64), name.clone())).collect();
    let y_room = if names.is_empty() { 0.0 } else { room };
    let y = Axis { range: (0.5 - rows, 0.5), ticks, label: String::new(), room: y_room };
    let mut panel = Panel::new(sheet, frame, &x.room(ROOM_BELOW), &y, true)?;
    let color = color(quantity);
    for (k, setting) in results.settings.iter().enumerate() {
        let y = -(k as f64);
        let all = seeds(results, setting, quantity);
        let spread_of = |i: usize| 0.28 * ((i as f64 * 0.618).fract() - 0.5) * 2.0;
        let each: Vec<At> = all.iter().enumerate().map(|(i, v)| (to(*v), y + spread_of(i))).collect();
        panel.dots(&each, REAL, 1.8)?;
        let Some(spread) = quantity.of(setting) else { continue };
        let [low, high] = spread.ends.map(to);
        panel.path(&[(low, y), (high, y)], stroke(color, 2.0))?;
        for end in [low, high] {
            panel.path(&[(end, y - 0.16), (end, y + 0.16)], stroke(color, 1.4))?;
        }
        panel.dots(&[(to(spread.value), y)], color, 3.6)?;
    }
    panel.close(sheet)
}

fn color(quantity: Quantity) -> RGBColor {
    match quantity {
        Quantity::Reached => DISCRIMINATOR,
        Quantity::Diverged => crate::plot::theme::ALARM,
        Quantity::Measure(_) => GENERATOR,
    }
}

fn caption(results: &Results, quantities: &[Quantity]) -> String {
    let goal = match (&results.goal, quantities.contains(&Quantity::Reached)) {
        (Some(goal), true) => format!(" The goal is {goal}."),
        _ => String::new(),
    };
    format!(
        "{} over their seeds, at the last record: dots are shares and medians, bars their 95 % intervals (Wilson, \
         bootstrap), grey dots single runs.{goal}",
        crate::plot::spectra::caption::counted(results.settings.len(), "setting")
    )
}

fn csv(results: &Results, quantities: &[Quantity]) -> Option<Vec<u8>> {
    let names: Vec<String> = quantities
        .iter()
        .flat_map(|quantity| ["", " low", " high"].map(|end| quantity.label(results).replace(',', "") + end))
        .collect();
    let head: Vec<&str> = ["setting"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut csv = Csv::new(&head);
    for setting in &results.settings {
        let values = quantities.iter().flat_map(|quantity| {
            quantity.of(setting).map_or([f64::NAN; 3], |s| [s.value, s.ends[0], s.ends[1]])
        });
        csv.row(&[&setting.label], &values.collect::<Vec<_>>());
    }
    csv.finish()
}
