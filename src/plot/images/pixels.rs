//! Images as pixels: how large they are shown, and grids of them.

use crate::data::Points;
use crate::plot::canvas::Rect;
use crate::plot::raster::Raster;
use crate::plot::render::exact;
use crate::plot::theme::{ALARM, PAPER};
use crate::scenario::Extent;

/// Pixels of the sheet between two images, at least.
const GAP: f64 = 2.0;
/// Pixels of the sheet below which the side of an image is hard to make out.
const LEGIBLE: f64 = 28.0;
/// Share of the width that a grid should fill.
const FILLED: f64 = 0.8;
/// How many times an image is magnified at most, and made smaller.
const LARGEST: u32 = 16;
const SMALLEST: u32 = 64;

/// Pixels row by row from above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green and blue of each.
    pub rgb: Vec<[u8; 3]>,
}

/// The colour of a pixel: -1 is black and 1 is white, in each channel; numbers beyond are cut off. Two channels are red
/// and green, and of more than three the first three count. A number that is not finite gives the colour of an alarm.
pub fn color(shape: Extent, image: &[f64], pixel: usize) -> [u8; 3] {
    let plane = shape.height * shape.width;
    let channel = |k: usize| image.get(k * plane + pixel).copied().unwrap_or(f64::NAN);
    let values = match shape.channels {
        1 => [channel(0); 3],
        2 => [channel(0), channel(1), -1.0],
        _ => [channel(0), channel(1), channel(2)],
    };
    if values.iter().any(|v| !v.is_finite()) {
        return [ALARM.0, ALARM.1, ALARM.2];
    }
    values.map(|v| ((v.clamp(-1.0, 1.0) + 1.0) / 2.0 * 255.0).round() as u8)
}

/// The first images of some, row by row in a grid, with `gap` pixels of paper between them; fewer than there are places
/// leave the last ones empty.
pub fn mosaic(shape: Extent, images: &Points, (columns, rows): (usize, usize), gap: usize) -> Pixels {
    let (w, h) = (shape.width + gap, shape.height + gap);
    let (width, height) = ((columns * w).saturating_sub(gap), (rows * h).saturating_sub(gap));
    let mut rgb = vec![[PAPER.0, PAPER.1, PAPER.2]; width * height];
    for (k, image) in images.rows().take(columns * rows).enumerate() {
        let corner = (k / columns * h) * width + k % columns * w;
        for pixel in 0..shape.height * shape.width {
            rgb[corner + pixel / shape.width * width + pixel % shape.width] = color(shape, image, pixel);
        }
    }
    Pixels { width, height, rgb }
}

/// Pixels of the sheet for each of an image, the largest first: whole numbers, then parts of one.
fn scales() -> impl Iterator<Item = f64> {
    let whole = (1..=LARGEST).rev().map(f64::from);
    whole.chain((2..=SMALLEST).map(|k| 1.0 / f64::from(k)))
}

/// Pixels of the sheet for each of an image: the most with which it is at most `room` wide.
pub fn scale(width: usize, room: f64) -> f64 {
    scales().find(|s| s * width as f64 <= room).unwrap_or(room / width.max(1) as f64)
}

/// A grid of images on the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Shape of each image.
    pub shape: Extent,
    /// Images a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Pixels of the sheet for each of an image.
    pub scale: f64,
}

impl Grid {
    /// The grid of as many columns as rows, from 1 to `most`, that shows the most images which can be made out and leaves
    /// little of a width in pixels empty; where there is none, the widest.
    pub fn square(shape: Extent, room: f64, most: usize) -> Self {
        let grids = || (1..=most.max(1)).rev().map(|side| Grid::across(shape, side, side, room));
        let clear = |grid: &Grid| grid.scale * shape.width as f64 >= LEGIBLE;
        let good = grids().find(|grid| clear(grid) && grid.width() >= FILLED * room);
        let widest = || grids().filter(clear).max_by(|a, b| a.width().total_cmp(&b.width()));
        good.or_else(widest).unwrap_or_else(|| Grid::across(shape, 1, 1, room))
    }

    /// A grid of some columns and rows, as large as a width in pixels allows.
    pub fn across(shape: Extent, columns: usize, rows: usize, room: f64) -> Self {
        let of = |scale| Grid { shape, columns, rows, scale };
        scales().map(of).find(|grid| grid.width() <= room).unwrap_or(of(1.0 / f64::from(SMALLEST)))
    }

    /// Pixels of an image between two.
    pub fn gap(&self) -> usize {
        (GAP / self.scale).ceil() as usize
    }

    /// Width in pixels of the sheet.
    pub fn width(&self) -> f64 {
        self.scale * (self.columns * (self.shape.width + self.gap()) - self.gap()) as f64
    }

    /// Height in pixels of the sheet.
    pub fn height(&self) -> f64 {
        self.scale * (self.rows * (self.shape.height + self.gap()) - self.gap()) as f64
    }

    /// Images that have a place.
    pub fn places(&self) -> usize {
        self.columns * self.rows
    }

    /// The first images of some with their upper left corner at a place, in pixels.
    pub fn raster(&self, images: &Points, at: (f64, f64)) -> Option<Raster> {
        raster(&mosaic(self.shape, images, (self.columns, self.rows), self.gap()), at, self.scale)
    }
}

/// One image with its upper left corner at a place, in pixels.
pub fn tile(shape: Extent, image: &[f64], at: (f64, f64), scale: f64) -> Option<Raster> {
    let rgb = (0..shape.height * shape.width).map(|pixel| color(shape, image, pixel)).collect();
    raster(&Pixels { width: shape.width, height: shape.height, rgb }, at, scale)
}

fn raster(pixels: &Pixels, (x, y): (f64, f64), scale: f64) -> Option<Raster> {
    let png = exact(&pixels.rgb, pixels.width as u32, pixels.height as u32).ok()?;
    let (w, h) = (pixels.width as f64 * scale, pixels.height as f64 * scale);
    // On whole pixels, so that those of the images meet those of a screen.
    Some(Raster { frame: Rect { x: x.round(), y: y.round(), w, h }, png, crisp: scale >= 1.0 })
}
