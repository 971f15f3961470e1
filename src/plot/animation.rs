//! The run as a looping GIF: samples over the discriminator's landscape, with the step.

use super::canvas::{Drawn, Letters, Rect, Sheet, document, sheet, text};
use super::cloud::{CLOUD, plane, window};
use super::contours::Levels;
use super::histogram::{Bins, density_axis};
use super::indexed::run_by_run;
use super::landscape::{ground, levels};
use super::panel::Panel;
use super::render::pixels;
use super::scale::step_text;
use super::theme::{GENERATOR, INK, MUTED, PAPER, REAL, mix};
use crate::run::folder::RunData;
use crate::run::record::Frame;
use plotters::style::RGBColor;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

const SIDE: f64 = 360.0;
const HEAD: f64 = 24.0;
/// Hundredths of a second that a frame stays, and the last one.
const STAY: u16 = 12;
const STAY_LAST: u16 = 250;

/// The animation of a run's frames, of its images, or of its path through the plane of a game on paper; None where there is nothing that
/// moves.
pub fn animation(run: &RunData) -> Option<Vec<u8>> {
    if run.scenario.game.on_paper().is_some() {
        return super::phase::film(run);
    }
    if let Some(info) = &run.images {
        return super::images::film(run, info);
    }
    let scene = Scene::new(run)?;
    let palette = Palette::new(scene.levels.as_ref());
    let (width, height) = (SIDE as u16, (SIDE + HEAD) as u16);
    let frames = run.frames.iter().map(|frame| scene.svg(frame));
    film(frames, run.frames.len(), (width, height), &palette)
}

/// A looping GIF of `count` pictures of one size; the last one stays longer. Each frame holds only what changed.
pub fn film(
    frames: impl Iterator<Item = String>,
    count: usize,
    (width, height): (u16, u16),
    palette: &Palette,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette.flat()).ok()?;
    encoder.set_repeat(gif::Repeat::Infinite).ok()?;
    let mut nearest = FxHashMap::default();
    let mut shown: Option<Vec<u8>> = None;
    for (k, svg) in frames.enumerate() {
        let picture = pixels(&svg, 1.0).ok()?;
        let indices = run_by_run(picture.pixels(), |pixel| {
            let color = [pixel.red(), pixel.green(), pixel.blue()];
            *nearest.entry(color).or_insert_with(|| palette.nearest(color))
        });
        let delay = if k + 1 == count { STAY_LAST } else { STAY };
        let image = match &shown {
            None => {
                gif::Frame { width, height, buffer: Cow::Owned(indices.clone()), ..gif::Frame::default() }
            }
            Some(before) => changed(before, &indices, usize::from(width), palette.transparent()),
        };
        encoder.write_frame(&gif::Frame { delay, ..image }).ok()?;
        shown = Some(indices);
    }
    drop(encoder);
    Some(bytes)
}

/// The frame that makes one picture into the next: the smallest rectangle with all pixels that differ, the others in it
/// transparent.
fn changed(before: &[u8], after: &[u8], width: usize, transparent: u8) -> gif::Frame<'static> {
    let differ = |i: &usize| before[*i] != after[*i];
    let (mut x, mut y) = ((width, 0), (usize::MAX, 0));
    for (row, (was, is)) in before.chunks_exact(width).zip(after.chunks_exact(width)).enumerate() {
        // Most rows stay as they are, which is seen at once.
        if was == is {
            continue;
        }
        y = (y.0.min(row), row);
        for column in (0..width).filter(|column| was[*column] != is[*column]) {
            x = (x.0.min(column), x.1.max(column));
        }
    }
    if y.0 > y.1 {
        // Nothing moved; a frame must have a pixel.
        (x, y) = ((0, 0), (0, 0));
    }
    let inside = (y.0..=y.1).flat_map(|row| (x.0..=x.1).map(move |column| row * width + column));
    let buffer: Vec<u8> = inside.map(|i| if differ(&i) { after[i] } else { transparent }).collect();
    gif::Frame {
        left: x.0 as u16,
        top: y.0 as u16,
        width: (x.1 - x.0 + 1) as u16,
        height: (y.1 - y.0 + 1) as u16,
        transparent: Some(transparent),
        buffer: Cow::Owned(buffer),
        ..gif::Frame::default()
    }
}

/// What all frames share.
struct Scene<'a> {
    run: &'a RunData,
    levels: Option<Levels>,
    window: super::cloud::Window,
    bins: Option<Bins>,
}

impl<'a> Scene<'a> {
    fn new(run: &'a RunData) -> Option<Self> {
        let frames: Vec<&Frame> = run.frames.iter().collect();
        let levels = levels(&frames);
        let mut window = window(&run.real);
        if let Some(l) =
            frames.iter().find_map(|f| f.landscape.as_ref()).filter(|l| l.window[1] > l.window[0])
        {
            window.x = (l.window[0], l.window[1]);
            window.y = (l.window[2], l.window[3]);
        }
        let bins =
            (run.real.dim == 1).then(|| Bins::new(&run.real, window.x, frames.iter().map(|f| &f.samples)));
        (frames.len() > 1).then_some(Scene { run, levels, window, bins })
    }

    fn svg(&self, frame: &Frame) -> String {
        let (body, _) = sheet(SIDE, SIDE + HEAD, |sheet| self.draw(sheet, frame));
        document(SIDE, SIDE + HEAD, "", "", &body)
    }

    fn draw(&self, sheet: &Sheet, frame: &Frame) -> Drawn {
        let r = Rect { x: 4.0, y: HEAD, w: SIDE - 8.0, h: SIDE - 4.0 };
        let (x, y) = match &self.bins {
            Some(bins) => density_axis(self.window, bins, false, false),
            None => self.window.axes(2, false, false),
        };
        let mut panel = Panel::new(sheet, r, &x, &y, false)?;
        if let (Some(landscape), Some(levels)) = (&frame.landscape, &self.levels) {
            ground(&mut panel, landscape, levels)?;
        }
        match &self.bins {
            Some(bins) => bins.draw(&mut panel, &frame.samples)?,
            None => {
                let real = if self.levels.is_some() { mix(INK, REAL, 0.4) } else { REAL };
                panel.dots(&plane(&self.run.real, CLOUD / 2), real, 2.2)?;
                panel.dots(&plane(&frame.samples, CLOUD), GENERATOR, 1.4)?;
            }
        }
        panel.close(sheet)?;
        let letters = Letters::small().size(12.0);
        text(sheet, &format!("step {}", step_text(frame.step)), (6.0, HEAD / 2.0), letters)?;
        let name = super::canvas::fitted(&self.run.scenario.name, SIDE - 140.0, letters);
        text(sheet, &name, (SIDE - 6.0, HEAD / 2.0), letters.color(MUTED).ending())
    }
}

/// The colours of the animation: those of the picture, and what lies between them along edges.
pub struct Palette {
    colors: Vec<RGBColor>,
}

impl Palette {
    fn new(levels: Option<&Levels>) -> Self {
        let bands = levels.map_or_else(|| vec![PAPER], Levels::colors);
        let mut colors = vec![PAPER, INK, REAL, GENERATOR, MUTED];
        colors.extend(bands.iter().copied());
        colors.extend((1..16).map(|k| mix(INK, PAPER, f64::from(k) / 16.0)));
        for band in &bands {
            let blends = [0.33, 0.67].map(|share| [GENERATOR, REAL, INK].map(|c| mix(*band, c, share)));
            colors.extend(blends.into_iter().flatten());
        }
        colors.extend([0.25, 0.5, 0.75].map(|share| mix(GENERATOR, REAL, share)));
        Palette::of(colors)
    }

    /// A palette of some colours, the first 255 of them: one place is kept for what does not change.
    pub fn of(mut colors: Vec<RGBColor>) -> Self {
        colors.truncate(255);
        Palette { colors }
    }

    /// The index that stands for no colour.
    fn transparent(&self) -> u8 {
        self.colors.len() as u8
    }

    fn flat(&self) -> Vec<u8> {
        self.colors.iter().chain([&PAPER]).flat_map(|c| [c.0, c.1, c.2]).collect()
    }

    fn nearest(&self, [r, g, b]: [u8; 3]) -> u8 {
        let apart = |x: u8, y: u8| i32::from(x.abs_diff(y)).pow(2);
        let distance = |c: &RGBColor| 2 * apart(c.0, r) + 4 * apart(c.1, g) + 3 * apart(c.2, b);
        let best = self.colors.iter().enumerate().min_by_key(|(_, c)| distance(c));
        best.map_or(0, |(k, _)| k as u8)
    }
}
