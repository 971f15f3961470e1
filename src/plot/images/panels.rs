//! Grids of images side by side, each with words above it.

use super::pixels::Grid;
use crate::data::Points;
use crate::plot::Picture;
use crate::plot::canvas::{About, Letters, Rect, fitted, outline, picture, stroke, text};
use crate::plot::raster::behind;
use crate::plot::theme::{INK, MEDIUM, WIDTH};

const MARGIN: f64 = 14.0;
const APART: f64 = 18.0;
const TOP: f64 = 40.0;
const WORDS: f64 = 22.0;

/// A grid of images.
pub struct Panel<'a> {
    /// The words above it.
    pub title: String,
    /// The images.
    pub images: &'a Points,
    /// Whether they are real ones, which get a frame.
    pub real: bool,
}

/// Pixels for each of `count` panels side by side.
pub fn room(count: usize) -> f64 {
    let count = count.max(1) as f64;
    ((WIDTH - 2.0 * MARGIN - APART * (count - 1.0)) / count).floor()
}

/// A picture of panels in rows of `across`.
pub fn panels(about: About, grid: &Grid, across: usize, panels: &[Panel]) -> Picture {
    let (wide, tall) = (room(across) + APART, grid.height() + WORDS + APART);
    // Grids that leave room stand in the middle of theirs.
    let inset = ((room(across) - grid.width()) / 2.0).max(0.0);
    let corner = |k: usize| {
        let (column, row) = ((k % across) as f64, (k / across) as f64);
        ((MARGIN + inset + column * wide).round(), (TOP + WORDS + row * tall).round())
    };
    let height = TOP + panels.len().div_ceil(across) as f64 * tall;
    let drawn = picture(about, height, |sheet| {
        for (k, panel) in panels.iter().enumerate() {
            let (x, y) = corner(k);
            let letters = Letters::small().size(MEDIUM);
            let words = fitted(&panel.title, room(across), letters);
            text(sheet, &words, (x + grid.width() / 2.0, y - 14.0), letters.centered())?;
            if panel.real {
                let (w, h) = (grid.width() + 8.0, grid.height() + 8.0);
                outline(sheet, Rect { x: x - 4.0, y: y - 4.0, w, h }, stroke(INK, 1.2))?;
            }
        }
        Ok(())
    });
    let images = panels.iter().enumerate().filter_map(|(k, panel)| grid.raster(panel.images, corner(k)));
    behind(drawn, &images.collect::<Vec<_>>())
}
