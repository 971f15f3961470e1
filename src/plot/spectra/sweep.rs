//! How eigenvalues move with a parameter, and where they cross the margin.

use super::super::Picture;
use super::super::canvas::{Drawn, Letters, Rect, Sheet, fill, stroke, text, text_width};
use super::super::colorbar::ColorBar;
use super::super::panel::{At, Axis, Panel};
use super::super::scale::{bounds, log_ticks, padded, ticks};
use super::super::table::Csv;
use super::super::theme::{ALARM, DISCRIMINATOR, GRID, INK, PAPER, WIDTH, mix, ordered};
use super::caption::{Words, captioned, plain};
use super::matching::matched;
use super::symlog::Scale;
use super::view::{Cloud, View};
use crate::spectrum::{Crossed, Sweep, SweepPoint};
use plotters::style::RGBColor;

const TOP: f64 = 56.0;
const LEFT: f64 = 68.0;
const SIDE: f64 = 350.0;
const RIGHT: f64 = 22.0;
/// Up to this many eigenvalues each is followed by a line.
const FOLLOWED: usize = 80;

/// Eigenvalues over the values of a parameter: in the plane, and the largest of them against the parameter.
pub fn sweep(sweep: &Sweep) -> Picture {
    let words = Words {
        name: "sweep",
        title: &format!("Eigenvalues over {}", sweep.parameter),
        right: String::new(),
        caption: caption(sweep),
        csv: csv(sweep),
    };
    let parameter = Parameter::of(sweep);
    captioned(words, TOP + SIDE + 50.0, |sheet: &Sheet| -> Drawn {
        plane(sheet, Rect { x: LEFT, y: TOP, w: SIDE, h: SIDE }, sweep, &parameter)?;
        let bar = Rect { x: LEFT + SIDE + 14.0, y: TOP, w: 13.0, h: SIDE };
        parameter.bar(&sweep.parameter).draw(sheet, bar, 54.0)?;
        let x = LEFT + SIDE + 190.0;
        let lanes = lanes(sweep);
        let gap = 18.0;
        let height = (SIDE - gap * (lanes.len().max(1) - 1) as f64) / lanes.len().max(1) as f64;
        for (k, lane) in lanes.iter().enumerate() {
            let y = TOP + k as f64 * (height + gap);
            let frame = Rect { x, y, w: WIDTH - RIGHT - x, h: height };
            lane.draw(sheet, frame, sweep, &parameter, k + 1 == lanes.len())?;
        }
        Ok(())
    })
}

/// The parameter as an axis and as a colour.
struct Parameter {
    log: bool,
    range: (f64, f64),
}

impl Parameter {
    fn of(sweep: &Sweep) -> Self {
        let values: Vec<f64> = sweep.points.iter().map(|p| p.value).collect();
        let (low, high) = bounds(values.iter().copied()).unwrap_or((0.0, 1.0));
        let log = low > 0.0 && high > 30.0 * low;
        let range = if log { (low.log10(), high.log10()) } else { (low, high) };
        Parameter { log, range: if range.1 > range.0 { range } else { padded(range.0, range.1, 0.1) } }
    }

    fn at(&self, value: f64) -> f64 {
        if self.log { value.max(1e-99).log10() } else { value }
    }

    fn color(&self, value: f64) -> RGBColor {
        ordered((self.at(value) - self.range.0) / (self.range.1 - self.range.0))
    }

    fn ticks(&self, (low, high): (f64, f64), count: usize) -> Vec<(f64, String)> {
        if self.log { log_ticks(low, high, count) } else { ticks(low, high, count) }
    }

    fn bar(&self, label: &str) -> ColorBar {
        let (low, high) = self.range;
        let share = |v: f64| (v - low) / (high - low);
        let ticks = self.ticks((low, high), 7).into_iter().map(|(v, t)| (share(v), t)).collect();
        let colors = (0..64).map(|k| ordered(f64::from(k) / 63.0)).collect();
        ColorBar { colors, ticks, label: label.into() }
    }

    fn axis(&self, width: f64, label: &str) -> Axis {
        let range = padded(self.range.0, self.range.1, 0.03);
        let ticks = self.ticks(range, (width / 62.0) as usize);
        Axis { range, ticks, label: label.into(), room: 38.0 }
    }
}

fn plane(sheet: &Sheet, frame: Rect, sweep: &Sweep, parameter: &Parameter) -> Drawn {
    let points = |p: &SweepPoint| -> Vec<At> {
        p.eigenvalues.iter().map(|e| (e[0], e[1])).filter(|p| p.0.is_finite() && p.1.is_finite()).collect()
    };
    let all: Vec<Vec<At>> = sweep.points.iter().map(points).collect();
    let cloud = Cloud { others: all.concat(), ..Cloud::default() };
    let view = View::auto(std::slice::from_ref(&cloud));
    let mut panel = view.ground(sheet, frame, 0.0, (true, true))?;
    let at = |p: &At| (view.scale.at(p.0), view.scale.at(p.1));
    for (k, pair) in all.windows(2).enumerate() {
        if pair[0].len() != pair[1].len() || pair[0].len() > FOLLOWED {
            continue;
        }
        let middle = 0.5 * (parameter.at(sweep.points[k].value) + parameter.at(sweep.points[k + 1].value));
        let share = (middle - parameter.range.0) / (parameter.range.1 - parameter.range.0);
        for (from, to) in pair[0].iter().zip(matched(&pair[0], &pair[1])) {
            panel.path(&[at(from), at(&pair[1][to])], stroke(ordered(share), 1.2))?;
        }
    }
    let most = all.iter().map(Vec::len).max().unwrap_or(0);
    for (point, list) in sweep.points.iter().zip(&all) {
        let list: Vec<At> = list.iter().map(at).collect();
        panel.dots(&list, parameter.color(point.value), if most <= 20 { 2.4 } else { 1.6 })?;
    }
    panel.close(sheet)?;
    if cloud.others.is_empty() {
        panel.corner(sheet, "no eigenvalue is known", &[])?;
    }
    panel.title(sheet, "eigenvalues; the growing side is shaded")
}

/// A largest number against the parameter.
struct Lane {
    what: Crossed,
    label: &'static str,
    points: Vec<At>,
    margin: f64,
}

fn lanes(sweep: &Sweep) -> Vec<Lane> {
    let lane = |what, label, margin, of: &dyn Fn(&SweepPoint) -> Option<f64>| {
        let value = |p: &SweepPoint| of(p).filter(|v| v.is_finite()).unwrap_or(f64::NAN);
        let points: Vec<At> = sweep.points.iter().map(|p| (p.value, value(p))).collect();
        points.iter().any(|p| p.1.is_finite()).then_some(Lane { what, label, points, margin })
    };
    let real = lane(Crossed::LargestReal, "largest Re λ", 0.0, &|p| p.largest_real);
    let multiplier = lane(Crossed::LargestMultiplier, "largest |μ|", 1.0, &|p| p.largest_multiplier);
    real.into_iter().chain(multiplier).collect()
}

impl Lane {
    fn draw(&self, sheet: &Sheet, frame: Rect, sweep: &Sweep, parameter: &Parameter, below: bool) -> Drawn {
        let off: Vec<f64> = self.points.iter().map(|p| p.1 - self.margin).collect();
        let scale = Scale::auto(&off);
        let around = if scale == Scale::Linear { 0.0 } else { self.margin };
        let label = if around != 0.0 { format!("{} − 1", self.label) } else { self.label.to_string() };
        let values: Vec<f64> =
            self.points.iter().map(|p| p.1).chain([self.margin]).map(|v| v - around).collect();
        let y = scale.axis_of(&values, (frame.h / 34.0) as usize, label).room(78.0);
        let x = parameter.axis(frame.w, &sweep.parameter);
        let x = if below { x } else { x.bare() };
        let mut panel = Panel::new(sheet, frame, &x, &y, true)?;
        let level = scale.at(self.margin - around);
        panel.path(&[(panel.x.0, level), (panel.x.1, level)], stroke(mix(GRID, INK, 0.6), 1.0))?;
        let points: Vec<At> =
            self.points.iter().map(|p| (parameter.at(p.0), scale.at(p.1 - around))).collect();
        panel.curve(&points, DISCRIMINATOR, 1.6)?;
        if points.len() <= 60 {
            panel.dots(&points, DISCRIMINATOR, 2.2)?;
        }
        let own = sweep.crossings.iter().filter(|c| c.what == self.what);
        for (k, crossing) in own.enumerate() {
            let at = parameter.at(crossing.value);
            panel.dashed(&[(at, panel.y.0), (at, panel.y.1)], ALARM, 1.2)?;
            panel.rings(&[(at, level)], ALARM, 4.5)?;
            if k < 4 {
                words(sheet, &panel, (at, k), &plain(crossing.value, 4))?;
            }
        }
        panel.close(sheet)
    }
}

/// Writes the value of a crossing at its line, each on a row of its own, from the bottom or the top as it is free.
fn words(sheet: &Sheet, panel: &Panel, (at, row): (f64, usize), word: &str) -> Drawn {
    let letters = Letters::small().color(ALARM);
    let width = text_width(word, letters) + 6.0;
    let (x, y) = panel.place((at, panel.y.1));
    let fits = x + 4.0 + width < panel.frame.x + panel.frame.w - 2.0;
    let left = if fits { x + 4.0 } else { x - 4.0 - width };
    let top = y + 4.0 + 17.0 * row as f64;
    fill(sheet, Rect { x: left, y: top, w: width, h: 15.0 }, PAPER)?;
    text(sheet, word, (left + 3.0, top + 7.5), letters)
}

fn caption(sweep: &Sweep) -> String {
    let mut words: Vec<String> = sweep
        .crossings
        .iter()
        .take(6)
        .map(|c| {
            let how = if c.grows_beyond { "upwards" } else { "downwards" };
            let margin = if c.what == Crossed::LargestReal { "0" } else { "1" };
            let value = plain(c.value, 6);
            format!("The {} crosses {margin} {how} at {} = {value}.", c.what.name(), sweep.parameter)
        })
        .collect();
    if words.is_empty() {
        words.push("Nothing crosses its margin between the values.".into());
    }
    if let (Some(first), Some(last)) = (sweep.points.first(), sweep.points.last()) {
        let ends = (plain(first.value, 3), plain(last.value, 3));
        words.push(match sweep.points.len() {
            1 => format!("One value of {}, {}.", sweep.parameter, ends.0),
            count => format!("{count} values of {} from {} to {}.", sweep.parameter, ends.0, ends.1),
        });
    }
    words.join(" ")
}

fn csv(sweep: &Sweep) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["kind", "value", "re", "im"]);
    for p in &sweep.points {
        p.eigenvalues.iter().for_each(|[re, im]| csv.row(&["eigenvalue"], &[p.value, *re, *im]));
        csv.row(&["largest_real"], &[p.value, p.largest_real.unwrap_or(f64::NAN)]);
        csv.row(&["largest_multiplier"], &[p.value, p.largest_multiplier.unwrap_or(f64::NAN)]);
    }
    for c in &sweep.crossings {
        csv.row(&[c.what.name()], &[c.value]);
    }
    csv.finish()
}
