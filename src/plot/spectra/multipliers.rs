//! The multipliers of a rule against the unit circle: all of them, those near the critical place, and how far each is
//! from the circle, which no plane shows where steps are small.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, legend, stroke};
use super::super::panel::{At, Axis, Panel};
use super::super::scale::{power_text, short, step_text, ticks};
use super::super::table::Csv;
use super::super::theme::{ALARM, GRID, GROWING, INK, MUTED, WIDTH, mix};
use super::caption::{Words, captioned, counted, tag};
use super::symlog::Scale;
use super::view::dots;
use crate::spectrum::Spectrum;
use plotters::style::RGBColor;
use std::f64::consts::TAU;

const TOP: f64 = 74.0;
const LEFT: f64 = 60.0;
const GAP: f64 = 76.0;
const RIGHT: f64 = 16.0;
/// Multipliers farther out than this are left out of the first panel, or nobody would see the circle.
const FAR: f64 = 3.0;
const CIRCLE: RGBColor = INK;

/// The multipliers of the run's rule; None where it has no linearisation.
pub fn multiplier_plane(spectrum: &Spectrum) -> Option<Picture> {
    let all: Vec<At> = spectrum.rule.multipliers.iter().map(|m| (m[0], m[1])).collect();
    let all: Vec<At> = all.into_iter().filter(|m| m.0.is_finite() && m.1.is_finite()).collect();
    if spectrum.rule.refused.is_some() || all.is_empty() {
        return None;
    }
    let marked = Marked::of(&all, spectrum);
    let side = (WIDTH - LEFT - 2.0 * GAP - RIGHT) / 3.0;
    let words = Words {
        name: "multipliers",
        title: "Multipliers of one round of the rule",
        right: format!("step {}", step_text(spectrum.step)),
        caption: caption(spectrum, &marked),
        csv: csv(&all),
    };
    Some(captioned(words, TOP + side + 50.0, |sheet: &Sheet| -> Drawn {
        legend(sheet, &marked.keys(), (LEFT, 40.0), WIDTH - RIGHT)?;
        let frame = |k: usize| Rect { x: LEFT + k as f64 * (side + GAP), y: TOP, w: side, h: side };
        marked.whole(sheet, frame(0))?;
        marked.close_up(sheet, frame(1))?;
        marked.growth(sheet, frame(2))
    }))
}

/// Multipliers and the one that decides.
struct Marked {
    all: Vec<At>,
    outside: Vec<At>,
    inside: Vec<At>,
    flat: usize,
    largest: Option<At>,
    reach: f64,
    /// What is nearer to 1 than this is flat.
    floor: f64,
}

impl Marked {
    fn of(all: &[At], spectrum: &Spectrum) -> Self {
        let reach = all.iter().map(|m| (m.0 - 1.0).hypot(m.1)).fold(0.0, f64::max);
        let floor = spectrum.flat.tolerance * reach;
        let flat = |m: &At| (m.0 - 1.0).hypot(m.1) <= floor;
        let moving: Vec<At> = all.iter().copied().filter(|m| !flat(m)).collect();
        // Of a pair the upper one is named.
        let rank = |m: &At| (m.0.hypot(m.1), m.1);
        let largest = moving
            .iter()
            .copied()
            .max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal));
        let (outside, inside) = all.iter().copied().partition(|m| growth(m) > 1e-12 && !flat(m));
        let flat = all.len() - moving.len();
        Marked { all: all.to_vec(), flat, outside, inside, largest, reach, floor }
    }

    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Key::new("unit circle", CIRCLE, Mark::Line)];
        if !self.inside.is_empty() {
            keys.push(Key::new("decays or stays", INK, Mark::Dot));
        }
        if !self.outside.is_empty() {
            keys.push(Key::new("grows", ALARM, Mark::Dot));
        }
        keys.push(Key::new("growing side", GROWING, Mark::Patch));
        keys
    }

    fn whole(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let reach = self.all.iter().map(|m| m.0.hypot(m.1)).fold(1.0, f64::max).min(FAR);
        let range = (-1.12 * reach, 1.12 * reach);
        let x = Axis::linear(range, 5, "Re μ").room(38.0);
        let y = Axis::linear(range, 5, "Im μ").room(50.0);
        let panel = self.disc(sheet, frame, &x, &y, |m| m)?;
        let far = self.all.iter().filter(|m| m.0.hypot(m.1) > 1.12 * FAR).count();
        let note = if far > 0 { format!("{far} farther out") } else { String::new() };
        panel.corner(sheet, &note, &self.all)?;
        panel.title(sheet, "all")
    }

    /// What decides: the largest, unless it is so far out that no circle would be seen around it.
    fn critical(&self) -> Option<At> {
        let far = |m: &At| growth(m) > 0.4;
        match self.largest {
            Some(m) if far(&m) => {
                let near = |m: &At| growth(m).abs();
                let moving = self.all.iter().filter(|m| (m.0 - 1.0).hypot(m.1) > self.floor);
                moving.copied().min_by(|a, b| near(a).total_cmp(&near(b))).filter(|m| !far(m))
            }
            other => other,
        }
    }

    /// Around 1 where all multipliers are near it, else around the one that decides.
    fn close_up(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let near_one = self.reach < 0.3;
        let critical = self.critical().unwrap_or((1.0, 0.0));
        let (center, half) = match near_one {
            true => ((1.0, 0.0), if self.reach > 0.0 { 1.2 * self.reach } else { 0.01 }),
            false => (critical, (3.0 * growth(&critical).abs()).clamp(0.05, 1e3)),
        };
        let (unit, x, y) = if near_one {
            let power = half.log10().floor() as i32;
            let unit = 10f64.powi(power);
            let range = (-half / unit, half / unit);
            let axis = |what: &str| Axis::linear(range, 5, format!("{what} / {}", power_text(power)));
            (unit, axis("(Re μ − 1)").room(38.0), axis("Im μ").room(50.0))
        } else {
            let axis = |c: f64, what: &str| Axis::linear((c - half, c + half), 4, what);
            (1.0, axis(center.0, "Re μ").room(38.0), axis(center.1, "Im μ").room(50.0))
        };
        let shift = if near_one { 1.0 } else { 0.0 };
        let panel = self.disc(sheet, frame, &x, &y, |m| ((m.0 - shift) / unit, m.1 / unit))?;
        if near_one {
            return panel.title(sheet, "around μ = 1, enlarged");
        }
        match self.largest == Some(critical) {
            true => panel.title(sheet, "around the largest |μ|"),
            false if critical == (1.0, 0.0) => panel.title(sheet, "around μ = 1"),
            false => panel.title(sheet, "around the one nearest the circle"),
        }
    }

    /// The disc, its outside shaded, and the multipliers, through a map of the plane that keeps shapes.
    fn disc<'a>(
        &self,
        sheet: &Sheet<'a>,
        frame: Rect,
        x: &Axis,
        y: &Axis,
        to: impl Fn(At) -> At,
    ) -> Drawn<Panel<'a>> {
        let mut panel = Panel::new(sheet, frame, x, y, false)?;
        panel.cell((panel.x.0, panel.y.0), (panel.x.1, panel.y.1), GROWING)?;
        // Fine enough for a window that sees a hundred thousandth of the circle: more points where it is seen.
        let arc = |k: i32| {
            let t = f64::from(k) / 1500.0;
            0.5 * TAU * t.signum() * t.abs().powi(5)
        };
        let around = |turn: f64| to((turn.cos(), turn.sin()));
        let centre = self.critical().filter(|_| self.reach >= 0.3).map_or(0.0, |m| m.1.atan2(m.0));
        let circle: Vec<At> = (-1500..=1500).map(|k| around(centre + arc(k))).collect();
        panel.polygon(&circle, super::super::theme::PAPER)?;
        let line = stroke(mix(GRID, INK, 0.25), 0.7);
        panel.path(&[to((-9.0, 0.0)), to((9.0, 0.0))], line)?;
        panel.path(&[to((0.0, -9.0)), to((0.0, 9.0))], line)?;
        panel.path(&circle, stroke(CIRCLE, 1.1))?;
        let seen = |list: &[At]| list.iter().map(|m| to(*m)).collect::<Vec<At>>();
        dots(&mut panel, &seen(&self.inside), INK)?;
        dots(&mut panel, &seen(&self.outside), ALARM)?;
        if let Some(m) = self.largest.map(&to) {
            panel.rings(&[m], MUTED, 5.5)?;
        }
        panel.close(sheet)?;
        Ok(panel)
    }

    /// |mu| - 1 against the turn in one round.
    fn growth(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let place = |m: &At| (m.1.atan2(m.0).abs(), growth(m));
        let flat = |m: &&At| (m.0 - 1.0).hypot(m.1) > self.floor;
        let moving = |list: &[At]| list.iter().filter(flat).copied().collect::<Vec<At>>();
        let (inside, outside) = (moving(&self.inside), moving(&self.outside));
        let places: Vec<At> = inside.iter().chain(&outside).map(place).collect();
        let rates: Vec<f64> = places.iter().map(|p| p.1).collect();
        // What is at rounding is on the circle.
        let scale = Scale::symlog(&rates, 0.0, 1e-12);
        let (low, high) = rates.iter().fold((0.0f64, 0.0f64), |(l, h), r| (l.min(*r), h.max(*r)));
        let Scale::Symlog(power) = scale else { return Ok(()) };
        let least = 2.0 * 10f64.powi(power);
        let y = scale.axis((low.min(-least), high.max(least)), 7, "growth per round |μ| − 1").room(70.0);
        let turns = places.iter().map(|p| p.0).fold(0.0, f64::max);
        let top = if turns > 1e-12 { 1.08 * turns } else { 1.0 };
        let mut x = Axis::linear((-0.04 * top, top), 4, "turn per round |arg μ| (radian)").room(38.0);
        x.ticks = ticks(0.0, top, 4);
        let mut panel = Panel::new(sheet, frame, &x, &y, false)?;
        panel.cell((panel.x.0, 0.0), (panel.x.1, panel.y.1), GROWING)?;
        panel.path(&[(panel.x.0, 0.0), (panel.x.1, 0.0)], stroke(CIRCLE, 1.1))?;
        let seen = |list: &[At]| list.iter().map(|m| (place(m).0, scale.at(growth(m)))).collect::<Vec<At>>();
        let (inside, outside) = (seen(&inside), seen(&outside));
        dots(&mut panel, &inside, INK)?;
        dots(&mut panel, &outside, ALARM)?;
        if let Some(m) = self.largest {
            let at = (place(&m).0, scale.at(growth(&m)));
            panel.rings(&[at], MUTED, 5.5)?;
            let word = format!("|μ| = {}", near_one(m.0.hypot(m.1)));
            tag(sheet, &panel, at, &word, Letters::small(), &[inside.clone(), outside.clone()].concat())?;
        }
        panel.close(sheet)?;
        let note = match self.flat {
            0 => String::new(),
            n => format!("{} flat left out", step_text(n as u64)),
        };
        panel.corner(sheet, &note, &[inside, outside].concat())?;
        panel.title(sheet, "distance from the circle")
    }
}

fn growth(m: &At) -> f64 {
    // |mu|^2 - 1 = (Re mu - 1)(Re mu + 1) + Im^2 keeps digits that |mu| - 1 would lose.
    ((m.0 - 1.0) * (m.0 + 1.0) + m.1 * m.1) / (m.0.hypot(m.1) + 1.0)
}

/// A size near 1 as 1 and what it is off by.
fn near_one(size: f64) -> String {
    match size - 1.0 {
        off if off.abs() <= 1e-13 => "1".into(),
        off if off.abs() < 1e-2 => {
            format!("1 {} {}", if off > 0.0 { "+" } else { "−" }, short(off.abs(), 2))
        }
        _ => short(size, 4),
    }
}

fn caption(spectrum: &Spectrum, marked: &Marked) -> String {
    let rule = &spectrum.rule;
    let what = match rule.complete {
        true => format!("All {}", counted(marked.all.len(), "multiplier")),
        false => format!("The {} of largest size", counted(marked.all.len(), "multiplier")),
    };
    let largest = rule.largest.map_or_else(
        || "; every direction is flat".to_string(),
        |l| format!("; apart from flat directions the largest |μ| is {} (ringed)", near_one(l)),
    );
    let judged = rule.judgement.as_ref().map(|j| format!(" The rule: {} ({}).", j.verdict.name(), j.reason));
    let stable = rule.limits.map(|l| match l.stable {
        Some(f) if f <= 0.0 => " It is stable at no factor on its step sizes,".to_string(),
        Some(f) => format!(" It is stable up to {} times its step sizes,", short(f, 3)),
        None => " It is stable at every factor tried on its step sizes,".into(),
    });
    let flips = rule.limits.map(|l| match l.flips {
        Some(f) if f <= 0.0 => " and a direction flips its sign from round to round at any.".to_string(),
        Some(f) => {
            format!(" and a direction flips its sign from round to round from {} times on.", short(f, 3))
        }
        None => " and at none does a direction flip its sign from round to round.".into(),
    });
    [Some(format!("{what}{largest}.")), judged, stable, flips].into_iter().flatten().collect()
}

fn csv(all: &[At]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["re", "im", "growth", "turn"]);
    for m in all {
        csv.row(&[], &[m.0, m.1, growth(m), m.1.atan2(m.0)]);
    }
    csv.finish()
}
