//! The run as a looping GIF: samples over the discriminator's landscape, with the step.

use super::canvas::{Drawn, Letters, Rect, Sheet, document, sheet, text};
use super::cloud::{CLOUD, plane, window};
use super::contours::Levels;
use super::histogram::{Bins, density_axis};
use super::landscape::{ground, levels};
use super::panel::Panel;
use super::render::pixels;
use super::scale::step_text;
use super::theme::{GENERATOR, INK, MUTED, PAPER, REAL, mix};
use crate::run::folder::RunData;
use crate::run::record::Frame;
use plotters::style::RGBColor;
use std::borrow::Cow;
use std::collections::HashMap;

const SIDE: f64 = 360.0;
const HEAD: f64 = 24.0;
/// Hundredths of a second that a frame stays, and the last one.
const STAY: u16 = 12;
const STAY_LAST: u16 = 250;

/// The animation of a run's frames; None where there is nothing that moves.
pub fn animation(run: &RunData) -> Option<Vec<u8>> {
    let scene = Scene::new(run)?;
    let palette = Palette::new(scene.levels.as_ref());
    let (width, height) = (SIDE as u16, (SIDE + HEAD) as u16);
    let frames = run.frames.iter().map(|frame| scene.svg(frame));
    film(frames, run.frames.len(), (width, height), &palette)
}

/// A looping GIF of `count` pictures of one size; the last one stays longer.
pub fn film(
    frames: impl Iterator<Item = String>,
    count: usize,
    (width, height): (u16, u16),
    palette: &Palette,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette.flat()).ok()?;
    encoder.set_repeat(gif::Repeat::Infinite).ok()?;
    let mut nearest = HashMap::new();
    for (k, svg) in frames.enumerate() {
        let picture = pixels(&svg, 1.0).ok()?;
        let colors = picture.pixels().iter().map(|p| [p.red(), p.green(), p.blue()]);
        let indices: Vec<u8> =
            colors.map(|c| *nearest.entry(c).or_insert_with(|| palette.nearest(c))).collect();
        let delay = if k + 1 == count { STAY_LAST } else { STAY };
        let image = gif::Frame { width, height, delay, buffer: Cow::Owned(indices), ..gif::Frame::default() };
        encoder.write_frame(&image).ok()?;
    }
    drop(encoder);
    Some(bytes)
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

    /// A palette of some colours, the first 256 of them.
    pub fn of(mut colors: Vec<RGBColor>) -> Self {
        colors.truncate(256);
        Palette { colors }
    }

    fn flat(&self) -> Vec<u8> {
        self.colors.iter().flat_map(|c| [c.0, c.1, c.2]).collect()
    }

    fn nearest(&self, [r, g, b]: [u8; 3]) -> u8 {
        let apart = |x: u8, y: u8| i32::from(x.abs_diff(y)).pow(2);
        let distance = |c: &RGBColor| 2 * apart(c.0, r) + 4 * apart(c.1, g) + 3 * apart(c.2, b);
        let best = self.colors.iter().enumerate().min_by_key(|(_, c)| distance(c));
        best.map_or(0, |(k, _)| k as u8)
    }
}
