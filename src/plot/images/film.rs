//! The images of one set of latent vectors over the training, as a looping GIF.

use super::pixels::Grid;
use super::steps::{fits, side};
use crate::plot::Picture;
use crate::plot::animation::{self, Palette};
use crate::plot::canvas::{Letters, document, fitted, sheet, text};
use crate::plot::cloud::chosen;
use crate::plot::raster::behind;
use crate::plot::scale::step_text;
use crate::plot::theme::{ALARM, INK, MUTED, PAPER};
use crate::run::folder::RunData;
use crate::run::image_look::ImageInfo;
use crate::run::record::Frame;
use plotters::style::RGBColor;

const MARGIN: f64 = 4.0;
const HEAD: f64 = 24.0;
const WIDTH: f64 = 360.0;
const MOST: usize = 8;
/// Most frames.
const FRAMES: usize = 60;

/// The animation of a run's images; None with fewer than two frames.
pub fn film(run: &RunData, info: &ImageInfo) -> Option<Vec<u8>> {
    let frames = chosen(run, FRAMES, |frame| fits(frame, info.shape));
    let fewest = frames.iter().map(|frame| frame.samples.len()).min().filter(|_| frames.len() > 1)?;
    let grid = Grid::square(info.shape, WIDTH - 2.0 * MARGIN, side(fewest, MOST));
    let size = (WIDTH as u16, (HEAD + grid.height() + MARGIN).ceil() as u16);
    let palette = palette(info.shape.channels);
    let pictures = frames.iter().map(|frame| svg(run, frame, &grid));
    animation::film(pictures, frames.len(), size, &palette)
}

fn svg(run: &RunData, frame: &Frame, grid: &Grid) -> String {
    let height = (HEAD + grid.height() + MARGIN).ceil();
    let (body, _) = sheet(WIDTH, height, |sheet| {
        let letters = Letters::small().size(12.0);
        text(sheet, &format!("step {}", step_text(frame.step)), (6.0, HEAD / 2.0), letters)?;
        let name = fitted(&run.scenario.name, WIDTH - 140.0, letters);
        text(sheet, &name, (WIDTH - 6.0, HEAD / 2.0), letters.color(MUTED).ending())
    });
    let svg = document(WIDTH, height, "", "", &body);
    let blank = Picture {
        name: String::new(),
        title: String::new(),
        svg,
        width: 0,
        height: 0,
        csv: None,
        alt: String::new(),
    };
    let left = (WIDTH - grid.width()) / 2.0;
    let images: Vec<_> = grid.raster(&frame.samples, (left, HEAD)).into_iter().collect();
    behind(blank, &images).svg
}

/// Even steps of grey, or of red, green and blue, and the colours of the words.
fn palette(channels: usize) -> Palette {
    let level = |k: usize, of: usize| (255 * k / (of - 1)) as u8;
    let mut colors = vec![PAPER, INK, MUTED, ALARM];
    match channels {
        1 => colors.extend((0..128).map(|k| level(k, 128)).map(|v| RGBColor(v, v, v))),
        // The eye tells most apart in green.
        _ => colors
            .extend((0..6 * 6 * 6).map(|k| RGBColor(level(k / 36, 6), level(k / 6 % 6, 6), level(k % 6, 6)))),
    }
    colors.extend((1..16).map(|k| crate::plot::theme::mix(INK, PAPER, f64::from(k) / 16.0)));
    Palette::of(colors)
}
