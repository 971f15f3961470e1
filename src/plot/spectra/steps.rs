//! Spectra over training: the slowest or fastest growing direction, the rule's largest multiplier, how much rotates,
//! and the verdicts.

use super::super::Picture;
use super::super::canvas::{
    Drawn, Key, Letters, Mark, Rect, Sheet, fill, legend, outline, stroke, text, text_width,
};
use super::super::lanes::step_axis;
use super::super::panel::{At, Axis, Panel};
use super::super::scale::step_text;
use super::super::table::Csv;
use super::super::theme::{
    ALARM, DISCRIMINATOR, GENERATOR, GRID, INK, MUTED, PAPER, RUNS, THIRD, WIDTH, mix,
};
use super::caption::{Words, captioned, freest, plain};
use super::symlog::Scale;
use crate::spectrum::{Interval, Spectrum, Verdict};
use plotters::style::RGBColor;

const TOP: f64 = 52.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 30.0;
const HEIGHT: f64 = 150.0;
const HEAD: f64 = 34.0;
const STRIP: f64 = 15.0;
/// Turns that are written into the picture.
const TURNS: usize = 4;

/// Spectra over the steps of training; None where there are none.
pub fn spectrum_over_steps(spectra: &[Spectrum]) -> Option<Picture> {
    let mut sorted: Vec<&Spectrum> = spectra.iter().collect();
    // Of several at one step the last counts.
    sorted.reverse();
    sorted.sort_by_key(|s| s.step);
    sorted.dedup_by_key(|s| s.step);
    let (first, last) = (sorted.first()?.step as f64, sorted.last()?.step as f64);
    let pad = if last > first { 0.02 * (last - first) } else { 1.0 };
    let steps = (first - pad, last + pad);
    let turns = turns(&sorted);
    let lanes = [real(&sorted), multiplier(&sorted), shares(&sorted)];
    let lanes: Vec<Curves> = lanes.into_iter().filter(|l| !l.lines.is_empty()).collect();
    let bottom = TOP + lanes.len() as f64 * (HEAD + HEIGHT);
    let words = Words {
        name: "spectrum_steps",
        title: "The spectrum over training",
        right: String::new(),
        caption: caption(&sorted, &turns),
        csv: csv(&sorted),
    };
    Some(captioned(words, bottom + STRIP + 67.0, |sheet: &Sheet| -> Drawn {
        let width = WIDTH - LEFT - RIGHT;
        for (k, lane) in lanes.iter().enumerate() {
            let y = TOP + k as f64 * (HEAD + HEIGHT) + HEAD - 20.0;
            let frame = Rect { x: LEFT, y, w: width, h: HEIGHT };
            let mut panel = lane.draw(sheet, frame, steps)?;
            for (index, turn) in turns.iter().enumerate() {
                panel.dashed(&[(turn.1, panel.y.0), (turn.1, panel.y.1)], ALARM, 1.2)?;
                if k == 0 && index < TURNS {
                    words_at(sheet, &panel, index, turn, &lane.seen())?;
                }
            }
            panel.close(sheet)?;
        }
        verdicts(sheet, &sorted, steps, bottom - 8.0, width)
    }))
}

/// Curves over steps in one panel.
#[derive(Default)]
struct Curves {
    label: &'static str,
    lines: Vec<(&'static str, RGBColor, Vec<At>)>,
    band: Vec<(f64, f64, f64)>,
    level: Option<(f64, &'static str)>,
    range: Option<(f64, f64)>,
    /// What is subtracted before the axis may become symlog: 1 for multipliers.
    around: f64,
}

impl Curves {
    /// How the y axis places numbers, and what is subtracted from them first.
    fn scale(&self) -> (Scale, f64) {
        let drawn = self.lines.iter().flat_map(|l| l.2.iter().map(|p| p.1 - self.around));
        let off: Vec<f64> = drawn.filter(|v| v.is_finite()).collect();
        match if self.range.is_some() { Scale::Linear } else { Scale::auto(&off) } {
            // On linear axes numbers are what they are; only a logarithm needs them around their margin.
            Scale::Linear => (Scale::Linear, 0.0),
            scale => (scale, self.around),
        }
    }

    /// Where the curves run in the panel, places between the records included.
    fn seen(&self) -> Vec<At> {
        let (scale, around) = self.scale();
        let between = |p: &[At]| {
            let (a, b) = ((p[0].0, scale.at(p[0].1 - around)), (p[1].0, scale.at(p[1].1 - around)));
            (0..12).map(move |k| {
                (a.0 + (b.0 - a.0) * f64::from(k) / 12.0, a.1 + (b.1 - a.1) * f64::from(k) / 12.0)
            })
        };
        self.lines.iter().flat_map(|l| l.2.windows(2).flat_map(between).collect::<Vec<_>>()).collect()
    }

    fn draw<'a>(&self, sheet: &Sheet<'a>, frame: Rect, steps: (f64, f64)) -> Drawn<Panel<'a>> {
        let spread = self.band.iter().flat_map(|b| [b.1, b.2]);
        let drawn = self.lines.iter().flat_map(|l| l.2.iter().map(|p| p.1));
        let values: Vec<f64> = drawn.chain(spread).chain(self.level.map(|l| l.0)).collect();
        let (scale, around) = self.scale();
        let to = |v: f64| scale.at(v - around);
        let label = match around != 0.0 {
            true => format!("{} − 1", self.label),
            false => self.label.to_string(),
        };
        let y = match self.range {
            Some(range) => Axis::linear(range, 5, label),
            None => scale.axis_of(&values.iter().map(|v| v - around).collect::<Vec<_>>(), 5, label),
        };
        let x = step_axis(steps, frame.w).room(0.0);
        let mut panel = Panel::new(sheet, frame, &x, &y.room(80.0), true)?;
        if self.band.len() > 1 {
            let upper = self.band.iter().map(|b| (b.0, to(b.2)));
            let lower = self.band.iter().rev().map(|b| (b.0, to(b.1)));
            panel.polygon(&upper.chain(lower).collect::<Vec<_>>(), mix(PAPER, DISCRIMINATOR, 0.22))?;
        }
        if let Some((level, _)) = self.level {
            let ends = [(steps.0, to(level)), (steps.1, to(level))];
            panel.path(&ends, stroke(mix(GRID, INK, 0.6), 1.0))?;
        }
        for (_, color, points) in &self.lines {
            let points: Vec<At> = points.iter().map(|p| (p.0, to(p.1))).collect();
            panel.curve(&points, *color, 1.6)?;
            if points.len() <= 80 {
                panel.dots(&points, *color, 2.4)?;
            }
        }
        legend(sheet, &self.keys(), (frame.x, frame.y - 12.0), frame.x + frame.w)?;
        Ok(panel)
    }

    fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.lines.iter().map(|l| Key::new(l.0, l.1, Mark::Line)).collect();
        if self.band.len() > 1 {
            let color = mix(PAPER, DISCRIMINATOR, 0.22);
            keys.push(Key::new("95 % interval over batches", color, Mark::Patch));
        }
        keys.extend(self.level.map(|l| Key::new(l.1, mix(GRID, INK, 0.6), Mark::Line)));
        keys
    }
}

fn line(
    label: &'static str,
    color: RGBColor,
    spectra: &[&Spectrum],
    value: impl Fn(&Spectrum) -> Option<f64>,
) -> Option<(&'static str, RGBColor, Vec<At>)> {
    let points: Vec<At> = spectra
        .iter()
        .map(|s| (s.step as f64, value(s).filter(|v| v.is_finite()).unwrap_or(f64::NAN)))
        .collect();
    points.iter().any(|p| p.1.is_finite()).then_some((label, color, points))
}

fn band(spectra: &[&Spectrum], of: impl Fn(&Spectrum) -> Option<Interval>) -> Vec<(f64, f64, f64)> {
    let known = spectra.iter().filter_map(|s| of(s).map(|i| (s.step as f64, i.low, i.high)));
    known.filter(|b| b.1.is_finite() && b.2.is_finite()).collect()
}

fn real(spectra: &[&Spectrum]) -> Curves {
    let value = |s: &Spectrum| Some(s.largest_real);
    Curves {
        label: "largest Re λ",
        lines: line("largest real part", DISCRIMINATOR, spectra, value).into_iter().collect(),
        band: band(spectra, |s| s.over_batches.as_ref().map(|o| o.largest_real.clone())),
        level: Some((0.0, "margin: 0")),
        ..Curves::default()
    }
}

fn multiplier(spectra: &[&Spectrum]) -> Curves {
    Curves {
        label: "largest |μ|",
        lines: line("largest multiplier of the rule", DISCRIMINATOR, spectra, |s| s.rule.largest)
            .into_iter()
            .collect(),
        band: band(spectra, |s| s.over_batches.as_ref().and_then(|o| o.largest_multiplier.clone())),
        level: Some((1.0, "margin: 1")),
        around: 1.0,
        ..Curves::default()
    }
}

fn shares(spectra: &[&Spectrum]) -> Curves {
    let lines = [
        line("rotation: Im² of all |λ|²", GENERATOR, spectra, |s| Some(s.rotation_share)),
        line("Hamiltonian: antisymmetric part of ‖J‖²", THIRD, spectra, |s| s.hamiltonian_share),
    ];
    Curves {
        label: "share",
        lines: lines.into_iter().flatten().collect(),
        range: Some((-0.04, 1.04)),
        ..Curves::default()
    }
}

/// Steps at which the verdict turns from the contracting to the growing side, with the words for it; verdicts between
/// the two turn nothing.
fn turns(spectra: &[&Spectrum]) -> Vec<(&'static str, f64)> {
    let mut calm = false;
    let mut out = Vec::new();
    for s in spectra {
        let verdict = s.judgement.verdict;
        if calm && verdict.grows() {
            let unstable = verdict == Verdict::Unstable;
            out.push((if unstable { "turned unstable" } else { "turned to growth" }, s.step as f64));
        }
        calm = verdict.contracts() || calm && !verdict.grows();
    }
    out
}

/// Writes when a turn was, each on a row of its own.
fn words_at(sheet: &Sheet, panel: &Panel, index: usize, (what, step): &(&str, f64), curve: &[At]) -> Drawn {
    let letters = Letters::small().color(ALARM);
    let label = format!("{what} at {}", step_text(*step as u64));
    let width = text_width(&label, letters) + 8.0;
    let (x, y) = panel.place((*step, panel.y.1));
    // Each turn has rows of its own, from the top or from the bottom.
    let down = 5.0 + 17.0 * index as f64;
    let rows = [y + down, y + HEIGHT - down - 16.0].into_iter();
    let places = rows.flat_map(|top| [(x + 4.0, top), (x - 4.0 - width, top)]);
    let Some((left, top)) = freest(panel, places, (width, 16.0), curve) else { return Ok(()) };
    fill(sheet, Rect { x: left, y: top, w: width, h: 16.0 }, PAPER)?;
    text(sheet, &label, (left + 4.0, top + 8.0), letters)
}

/// Colour and letter of a verdict.
fn look(verdict: Verdict) -> (RGBColor, &'static str) {
    match verdict {
        Verdict::Stable => (THIRD, "S"),
        Verdict::LocalContraction => (RUNS[4], "C"),
        Verdict::Marginal => (RUNS[5], "M"),
        Verdict::Unstable => (GENERATOR, "U"),
        Verdict::LocalGrowth => (RUNS[3], "G"),
        Verdict::Undetermined => (GRID, "?"),
    }
}

/// The verdicts as a row of marks, the step axis below it, what they mean below that.
fn verdicts(sheet: &Sheet, spectra: &[&Spectrum], steps: (f64, f64), top: f64, width: f64) -> Drawn {
    let frame = Rect { x: LEFT, y: top, w: width, h: STRIP };
    let bare = Axis { range: (0.0, 1.0), ticks: Vec::new(), label: String::new(), room: 0.0 };
    let panel = Panel::new(sheet, frame, &step_axis(steps, width).room(38.0), &bare, false)?;
    text(sheet, "verdict", (LEFT - 8.0, top + STRIP / 2.0), Letters::small().ending())?;
    let places: Vec<f64> = spectra.iter().map(|s| panel.place((s.step as f64, 0.5)).0).collect();
    let gap = places.windows(2).map(|p| p[1] - p[0]).filter(|g| *g > 0.0).fold(STRIP, f64::min);
    let mut seen: Vec<Verdict> = Vec::new();
    for (s, x) in spectra.iter().zip(&places) {
        let (color, letter) = look(s.judgement.verdict);
        let w = gap.clamp(2.0, 14.0);
        fill(sheet, Rect { x: x - w / 2.0, y: top + 1.0, w, h: STRIP - 2.0 }, color)?;
        if gap >= 11.0 {
            text(sheet, letter, (*x, top + STRIP / 2.0), Letters::small().size(9.5).centered())?;
        }
        if !seen.contains(&s.judgement.verdict) {
            seen.push(s.judgement.verdict);
        }
    }
    outline(sheet, frame, stroke(MUTED, 0.8))?;
    let keys: Vec<Key> = seen
        .into_iter()
        .map(|v| Key::new(format!("{}: {}", look(v).1, v.name()), look(v).0, Mark::Patch))
        .collect();
    legend(sheet, &keys, (LEFT, top + STRIP + 53.0), WIDTH - RIGHT).map(|_| ())
}

fn caption(spectra: &[&Spectrum], turns: &[(&'static str, f64)]) -> String {
    let Some(last) = spectra.last() else { return String::new() };
    let mut words = match turns {
        [] => "No turn from the contracting to the growing side.".to_string(),
        turns => {
            let all = turns.iter().map(|(what, step)| format!("{what} at {}", step_text(*step as u64)));
            let all = all.collect::<Vec<_>>().join(", ");
            format!("{}{}.", all[..1].to_uppercase(), &all[1..])
        }
    };
    let step = step_text(last.step);
    words += &format!(" At step {step}: {} ({})", last.judgement.verdict.name(), last.judgement.reason);
    if last.largest_real.is_finite() {
        words += &format!("; largest real part {}", plain(last.largest_real, 3));
    }
    words + "."
}

fn csv(spectra: &[&Spectrum]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&[
        "verdict",
        "step",
        "largest_real",
        "largest_real_low",
        "largest_real_high",
        "largest_multiplier",
        "rotation_share",
        "hamiltonian_share",
    ]);
    for s in spectra {
        let real = s.over_batches.as_ref().map(|o| (o.largest_real.low, o.largest_real.high));
        let (low, high) = real.unwrap_or((f64::NAN, f64::NAN));
        let or_none = |v: Option<f64>| v.unwrap_or(f64::NAN);
        let largest = if s.largest_real.is_finite() { s.largest_real } else { f64::NAN };
        let numbers = [
            s.step as f64,
            largest,
            low,
            high,
            or_none(s.rule.largest),
            s.rotation_share,
            or_none(s.hamiltonian_share),
        ];
        csv.row(&[s.judgement.verdict.name()], &numbers);
    }
    csv.finish()
}
