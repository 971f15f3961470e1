//! Eigenvalues in the complex plane: what is to be drawn of a spectrum, through which window, and how.

use super::super::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, fill, stroke};
use super::super::panel::{At, Panel};
use super::super::scale::{step_text, usable};
use super::super::theme::{ALARM, GRID, GROWING, INK, MARGINAL, MUTED, PAPER, mix, sequential};
use super::caption::tag;
use super::symlog::Scale;
use crate::spectrum::Spectrum;
use plotters::style::RGBColor;
use std::collections::BTreeMap;

/// From this many eigenvalues on, crowded places are shaded by number.
const MANY: usize = 250;
/// A place is a square of so many pixels, crowded from so many eigenvalues on.
const PLACE: f64 = 6.0;
const CROWD: usize = 4;

/// The eigenvalues of a spectrum, sorted by how they are drawn.
#[derive(Clone, Debug, Default)]
pub struct Cloud {
    /// Found to grow: Re above its uncertainty.
    pub growing: Vec<At>,
    /// The others that converged and are not flat.
    pub others: Vec<At>,
    /// Not converged.
    pub loose: Vec<At>,
    /// How many are flat.
    pub flat: usize,
    /// What lies within this of Re = 0 may be on either side.
    pub margin: f64,
    /// Magnitude up to which an eigenvalue is flat.
    pub floor: f64,
}

impl Cloud {
    /// What is drawn of a spectrum; values that are no numbers are left out.
    pub fn of(spectrum: &Spectrum) -> Self {
        let usable = |v: f64| if v.is_finite() { v } else { 0.0 };
        let radius = spectrum.eigenvalues.iter().map(|[a, b]| a.hypot(*b)).filter(|r| r.is_finite());
        let radius = radius.fold(0.0, f64::max);
        let floor = spectrum.flat.tolerance * radius;
        let mut out = Cloud { floor, margin: floor, ..Cloud::default() };
        for (k, [re, im]) in spectrum.eigenvalues.iter().enumerate() {
            let off = spectrum.uncertainties.get(k).copied().map_or(0.0, usable).min(radius);
            let converged = spectrum.converged.get(k).copied().unwrap_or(true);
            if !(re.is_finite() && im.is_finite()) {
                continue;
            }
            if converged && re.hypot(*im) <= floor {
                out.flat += 1;
                continue;
            }
            if converged && re.abs() <= off {
                out.margin = out.margin.max(off);
            }
            let list = match converged {
                false => &mut out.loose,
                true if *re > off.max(floor) => &mut out.growing,
                true => &mut out.others,
            };
            list.push((*re, *im));
        }
        out
    }

    /// All eigenvalues that are drawn one by one.
    pub fn all(&self) -> impl Iterator<Item = At> + '_ {
        self.others.iter().chain(&self.growing).chain(&self.loose).copied()
    }

    /// How many there are, the flat ones included.
    pub fn len(&self) -> usize {
        self.growing.len() + self.others.len() + self.loose.len() + self.flat
    }

    /// Entries of the legend for what is there.
    pub fn keys(clouds: &[Cloud]) -> Vec<Key> {
        let any = |has: &dyn Fn(&Cloud) -> bool| clouds.iter().any(has);
        let mut keys = Vec::new();
        if any(&|c| !c.others.is_empty()) {
            keys.push(Key::new("does not grow", INK, Mark::Dot));
        }
        if any(&|c| !c.growing.is_empty()) {
            keys.push(Key::new("grows", ALARM, Mark::Dot));
        }
        if any(&|c| !c.loose.is_empty()) {
            keys.push(Key::new("not converged", MUTED, Mark::Ring));
        }
        if any(&|c| c.len() - c.flat >= MANY) {
            keys.push(Key::new("many (darker: more)", sequential(0.7), Mark::Patch));
        }
        keys.push(Key::new("growing side", GROWING, Mark::Patch));
        if any(&|c| c.margin > 0.0) {
            keys.push(Key::new("flat, or sign not known", MARGINAL, Mark::Patch));
        }
        keys
    }
}

/// A window of the plane and how numbers are placed in it.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// How numbers are placed.
    pub scale: Scale,
    re: (f64, f64),
    im: f64,
}

impl View {
    /// The window that holds all clouds, with linear axes.
    pub fn linear(clouds: &[Cloud]) -> Self {
        View::with(Scale::Linear, clouds)
    }

    /// The same with symlog axes that tell apart what is not flat and not on the margin.
    pub fn symlog(clouds: &[Cloud]) -> Self {
        let parts = clouds.iter().flat_map(|c| c.all().flat_map(|(re, im)| [re, im]));
        let floor = clouds.iter().map(|c| c.margin.max(c.floor)).fold(0.0, f64::max);
        View::with(Scale::symlog(&parts.collect::<Vec<_>>(), 0.0, floor), clouds)
    }

    /// Symlog only where magnitudes or parts are spread over decades.
    pub fn auto(clouds: &[Cloud]) -> Self {
        let sizes: Vec<f64> = clouds.iter().flat_map(|c| c.all().map(|(re, im)| re.hypot(im))).collect();
        match Scale::auto(&sizes) {
            Scale::Linear => View::linear(clouds),
            Scale::Symlog(_) => View::symlog(clouds),
        }
    }

    fn with(scale: Scale, clouds: &[Cloud]) -> Self {
        let points = || clouds.iter().flat_map(Cloud::all).filter(|p| usable(p.0) && usable(p.1));
        // Zero is always in sight, with something of either side.
        let (mut low, mut high) = points().fold((0.0, 0.0), |(l, h), p| (p.0.min(l), p.0.max(h)));
        let mut im = points().map(|p| p.1.abs()).fold(0.0, f64::max);
        let width = match high - low {
            // Real parts at rounding are none.
            w if w > 1e-9 * im => w,
            _ if im > 0.0 => im,
            _ => {
                (low, high, im) = (-1.0, 1.0, 1.0);
                2.0
            }
        };
        match scale {
            Scale::Linear => (low, high) = (low.min(-0.08 * width), high.max(0.08 * width)),
            Scale::Symlog(power) => {
                let step = 10f64.powi(power);
                (low, high) = (low.min(-2.0 * step), high.max(2.0 * step));
            }
        }
        // Only real eigenvalues: rounding must not be blown up to the height of the panel.
        if im <= 1e-9 * width {
            im = 0.25 * width;
        }
        View { scale, re: (low, high), im }
    }

    /// Draws a cloud into a frame; texts at the left and below only where wanted.
    pub fn draw<'a>(
        &self,
        sheet: &Sheet<'a>,
        frame: Rect,
        cloud: &Cloud,
        (left, below): (bool, bool),
    ) -> Drawn<Panel<'a>> {
        let mut panel = self.ground(sheet, frame, cloud.margin, (left, below))?;
        let at = |p: &At| (self.scale.at(p.0), self.scale.at(p.1));
        let others: Vec<At> = cloud.others.iter().map(at).collect();
        let growing: Vec<At> = cloud.growing.iter().map(at).collect();
        let loose: Vec<At> = cloud.loose.iter().map(at).collect();
        let scattered = match cloud.len() - cloud.flat {
            n if n >= MANY => self.crowds(sheet, &panel, &others)?,
            _ => others.clone(),
        };
        dots(&mut panel, &scattered, INK)?;
        dots(&mut panel, &growing, ALARM)?;
        panel.rings(&loose, MUTED, 3.0)?;
        if cloud.flat > 0 {
            let (x, y) = panel.place((0.0, 0.0));
            fill(sheet, Rect { x: x - 4.5, y: y - 4.5, w: 9.0, h: 9.0 }, PAPER)?;
            fill(sheet, Rect { x: x - 3.5, y: y - 3.5, w: 7.0, h: 7.0 }, MUTED)?;
            let all = [others, growing, loose].concat();
            let word = format!("{} flat", step_text(cloud.flat as u64));
            tag(sheet, &panel, (0.0, 0.0), &word, Letters::small(), &all)?;
        }
        panel.close(sheet)?;
        Ok(panel)
    }

    /// The panel with its growing side, the marginal band and the two lines through zero.
    pub fn ground<'a>(
        &self,
        sheet: &Sheet<'a>,
        frame: Rect,
        margin: f64,
        (left, below): (bool, bool),
    ) -> Drawn<Panel<'a>> {
        let count = |pixels: f64, each: f64| (pixels / each).round().max(2.0) as usize;
        let label = |what: &str| match self.scale {
            Scale::Linear => what.to_string(),
            _ => self.scale.label(what),
        };
        let room = |wanted: bool, room: f64| if wanted { room } else { 0.0 };
        let x = self.scale.axis(self.re, count(frame.w, 68.0), label("Re λ")).room(room(below, 38.0));
        let y =
            self.scale.axis((-self.im, self.im), count(frame.h, 34.0), label("Im λ")).room(room(left, 66.0));
        let mut panel = Panel::new(sheet, frame, &x, &y, false)?;
        panel.cell((0.0, panel.y.0), (panel.x.1, panel.y.1), GROWING)?;
        if margin > 0.0 {
            // At least a pixel and a half, or nobody would see it.
            let least = 0.75 * (panel.x.1 - panel.x.0) / frame.w;
            let half = self.scale.at(margin).max(least);
            panel.cell((-half, panel.y.0), (half, panel.y.1), MARGINAL)?;
        }
        let line = stroke(mix(GRID, INK, 0.25), 0.7);
        panel.path(&[(0.0, panel.y.0), (0.0, panel.y.1)], line)?;
        panel.path(&[(panel.x.0, 0.0), (panel.x.1, 0.0)], line)?;
        Ok(panel)
    }

    /// Shades the crowded places; returns the points elsewhere.
    fn crowds(&self, sheet: &Sheet, panel: &Panel, points: &[At]) -> Drawn<Vec<At>> {
        // The line of real eigenvalues runs through the middle of its places.
        let zero = panel.place((0.0, 0.0));
        let origin = (zero.0 - PLACE / 2.0, zero.1 - PLACE / 2.0);
        let mut places: BTreeMap<(i64, i64), Vec<At>> = BTreeMap::new();
        for point in points {
            let (x, y) = panel.place(*point);
            let place = |v: f64, from: f64| ((v - from) / PLACE).floor() as i64;
            places.entry((place(x, origin.0), place(y, origin.1))).or_default().push(*point);
        }
        let most = places.values().map(Vec::len).max().unwrap_or(1).max(2) as f64;
        let mut scattered = Vec::new();
        for ((i, j), here) in places {
            if here.len() < CROWD {
                scattered.extend(here);
                continue;
            }
            let share = (here.len() as f64).ln() / most.ln();
            let corner = (origin.0 + i as f64 * PLACE, origin.1 + j as f64 * PLACE);
            let r = Rect { x: corner.0, y: corner.1, w: PLACE, h: PLACE };
            fill(sheet, cut(r, panel.frame), sequential(0.3 + 0.7 * share))?;
        }
        Ok(scattered)
    }
}

/// The part of a rectangle within a frame.
fn cut(r: Rect, frame: Rect) -> Rect {
    let (right, bottom) = ((r.x + r.w).min(frame.x + frame.w), (r.y + r.h).min(frame.y + frame.h));
    let (x, y) = (r.x.max(frame.x), r.y.max(frame.y));
    Rect { x, y, w: (right - x).max(0.0), h: (bottom - y).max(0.0) }
}

/// Dots with a pale edge that keeps neighbours apart, smaller where there are many.
pub fn dots(panel: &mut Panel, points: &[At], color: RGBColor) -> Drawn {
    let radius = match points.len() {
        0..=40 => 3.0,
        41..=150 => 2.3,
        _ => 1.7,
    };
    if points.len() <= 150 {
        panel.dots(points, PAPER, radius + 0.7)?;
    }
    panel.dots(points, color, radius)
}
