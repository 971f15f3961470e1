//! Parallel coordinates (Inselberg 1985): an upright line for each key, a path through them for each setting, coloured by
//! what it came to.

use super::quantity::Quantity;
use crate::plot::Picture;
use crate::plot::canvas::{
    Drawn, Letters, Rect, Sheet, fill, fitted, segment, stroke, text, text_width, units,
};
use crate::plot::scale::{bounds, many_sizes, short};
use crate::plot::spectra::caption::{Words, captioned, plain};
use crate::plot::theme::{INK, MEDIUM, PAPER, WIDTH, ordered};
use crate::sweep::{Results, Setting, short_name};
use plotters::element::PathElement;

const TOP: f64 = 84.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 96.0;
/// Keys from which on the picture is worth drawing.
const MANY: usize = 3;

/// An upright line: where its values stand, from 0 below to 1 above, and what is written there.
struct Upright {
    name: String,
    ticks: Vec<(f64, String)>,
    /// The place of each setting; None where it has no value.
    places: Vec<Option<f64>>,
}

/// Settings as paths through their values; None for fewer than three keys.
pub fn sweep_parallel(results: &Results) -> Option<Picture> {
    let quantity = Quantity::all(results).into_iter().next()?;
    let mut keys: Vec<&str> = Vec::new();
    for choice in results.settings.iter().flat_map(|s| &s.choices) {
        if !keys.contains(&choice.key.as_str()) && !choice.key.starts_with("expect.") {
            keys.push(&choice.key);
        }
    }
    if keys.len() < MANY {
        return None;
    }
    let outcome = numeric(
        quantity.label(results),
        results.settings.iter().map(|s| quantity.of(s).map(|spread| spread.value)).collect(),
        Marks::Even,
    );
    let mut lines: Vec<Upright> =
        keys.iter().map(|key| of_key(results, key, short_name(key, &keys))).collect();
    let colors = outcome.places.clone();
    lines.push(outcome);
    let words = Words {
        name: "parallel",
        title: "Settings and what they came to",
        right: results.name.clone(),
        caption: format!(
            "Each path is a setting; its colour, and its place on the last line, are the {} over its seeds.",
            quantity.label(results)
        ),
        csv: None,
    };
    Some(captioned(words, TOP + HEIGHT + 30.0, |sheet| {
        let mut order: Vec<usize> = (0..results.settings.len()).filter(|k| colors[*k].is_some()).collect();
        // The highest last, so that they lie on top.
        order.sort_by(|a, b| colors[*a].partial_cmp(&colors[*b]).unwrap_or(std::cmp::Ordering::Equal));
        for k in order {
            path(sheet, &lines, k, colors[k].unwrap_or(0.0))?;
        }
        lines.iter().enumerate().try_for_each(|(k, line)| upright(sheet, line, across(k, lines.len())))
    }))
}

fn across(k: usize, count: usize) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * k as f64 / (count - 1).max(1) as f64
}

fn path(sheet: &Sheet, lines: &[Upright], setting: usize, color: f64) -> Drawn {
    let at = |(k, line): (usize, &Upright)| {
        let share = line.places[setting]?;
        Some((units(across(k, lines.len())), units(TOP + HEIGHT * (1.0 - share))))
    };
    let places: Vec<(i32, i32)> = lines.iter().enumerate().filter_map(at).collect();
    sheet.draw(&PathElement::new(places, stroke(ordered(1.0 - color), 1.4)))
}

fn upright(sheet: &Sheet, line: &Upright, x: f64) -> Drawn {
    segment(sheet, (x, TOP), (x, TOP + HEIGHT), stroke(INK, 1.0))?;
    let name = fitted(&line.name, 170.0, Letters::small().size(MEDIUM));
    text(sheet, &name, (x, TOP - 26.0), Letters::small().size(MEDIUM).centered())?;
    for (share, label) in &line.ticks {
        let y = TOP + HEIGHT * (1.0 - share);
        segment(sheet, (x - 3.0, y), (x + 3.0, y), stroke(INK, 1.0))?;
        let label = fitted(label, 110.0, Letters::small());
        let w = text_width(&label, Letters::small()) + 4.0;
        fill(sheet, Rect { x: x + 4.0, y: y - 15.0, w, h: 14.0 }, PAPER)?;
        text(sheet, &label, (x + 6.0, y - 8.0), Letters::small())?;
    }
    Ok(())
}

/// The line of a key: a scale for numbers, a place for each word.
fn of_key(results: &Results, key: &str, name: String) -> Upright {
    let choice = |s: &Setting| s.value(key).cloned();
    let numbers: Vec<Option<f64>> =
        results.settings.iter().map(|s| choice(s).and_then(|c| c.value.as_f64())).collect();
    if results.settings.iter().filter_map(choice).all(|c| c.value.is_number()) {
        return numeric(name, numbers, Marks::Values);
    }
    let mut words: Vec<String> = Vec::new();
    for choice in results.settings.iter().filter_map(choice) {
        if !words.contains(&choice.words()) {
            words.push(choice.words());
        }
    }
    let last = words.len().saturating_sub(1).max(1) as f64;
    let place = |word: &String| words.iter().position(|w| w == word).map(|k| k as f64 / last);
    let line = Upright {
        name,
        places: results.settings.iter().map(|s| choice(s).and_then(|c| place(&c.words()))).collect(),
        ticks: words.iter().enumerate().map(|(k, word)| (k as f64 / last, word.clone())).collect(),
    };
    line.spread()
}

impl Upright {
    /// Lays paths through one place side by side.
    fn spread(mut self) -> Self {
        for (k, place) in self.places.iter_mut().enumerate() {
            *place = place.map(|at| at + 0.06 * ((k as f64 * 0.618).fract() - at));
        }
        self
    }
}

/// What the ticks of a line of numbers are.
#[derive(Clone, Copy, PartialEq)]
enum Marks {
    /// The values that occur, where they are few and apart; else as `Even`.
    Values,
    /// Evenly spaced.
    Even,
}

/// Values up to which each is a tick, and how far apart they must lie as a share of the line.
const FEW: usize = 8;
const APART: f64 = 0.05;

/// A line of numbers, by their logarithms where they are of many sizes.
fn numeric(name: String, values: Vec<Option<f64>>, marks: Marks) -> Upright {
    let there = || values.iter().flatten().copied();
    let log = there().all(|v| v > 0.0) && many_sizes(there());
    let to = |v: f64| if log { v.ln() } else { v };
    let (low, high) = bounds(there().map(to)).unwrap_or((0.0, 1.0));
    let place = |v: f64| if high > low { (to(v) - low) / (high - low) } else { 0.5 };
    let mut own: Vec<f64> = there().collect();
    own.sort_by(f64::total_cmp);
    own.dedup();
    let clear = own.windows(2).all(|pair| place(pair[1]) - place(pair[0]) >= APART);
    let places = values.iter().map(|v| v.map(place)).collect();
    if marks == Marks::Values && own.len() <= FEW && clear {
        let ticks = own.iter().map(|value| (place(*value), plain(*value, 3))).collect();
        return Upright { name, places, ticks }.spread();
    }
    let shares: &[f64] = if high > low { &[0.0, 0.25, 0.5, 0.75, 1.0] } else { &[0.5] };
    let tick = |share: f64| {
        let at = low + (high - low) * share;
        (share, if log { short(at.exp(), 2) } else { plain(at, 3) })
    };
    Upright { name, places, ticks: shares.iter().map(|share| tick(*share)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_a_key_are_the_values_that_were_run_unless_they_are_too_many_or_too_close() {
        let ticks = |values: &[f64]| {
            let line = numeric("eta".into(), values.iter().copied().map(Some).collect(), Marks::Values);
            line.ticks.into_iter().map(|(share, label)| format!("{share}: {label}")).collect::<Vec<_>>()
        };
        assert_eq!(ticks(&[0.5, 0.0, 2.0, 0.5]), ["0: 0", "0.25: 0.5", "1: 2"]);
        assert_eq!(ticks(&[3.0, 3.0]), ["0.5: 3"]);
        let even = ["0: 0", "0.25: 1", "0.5: 2", "0.75: 3", "1: 4"];
        assert_eq!(ticks(&[0.0, 0.1, 4.0]), even);
        assert_eq!(ticks(&(0..=16).map(|k| f64::from(k) / 4.0).collect::<Vec<_>>()), even);
    }
}
