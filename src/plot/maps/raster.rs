//! Maps of many cells as pixels.

use crate::plot::Picture;
use crate::plot::canvas::Rect;
use crate::plot::raster::{self, Raster};
use crate::plot::render::encoded;
use plotters::style::RGBColor;

/// Puts a map of `columns` cells a row, the lowest row first, behind everything of a picture but its paper, into a
/// rectangle in pixels. A map that cannot be encoded is left out.
pub fn behind(picture: Picture, frame: Rect, columns: usize, cells: &[RGBColor]) -> Picture {
    let rows = cells.len() / columns.max(1);
    let pixels: Vec<[u8; 3]> =
        cells.chunks(columns.max(1)).rev().flatten().map(|color| [color.0, color.1, color.2]).collect();
    match encoded(&pixels, columns as u32, rows as u32) {
        Ok(png) => raster::behind(picture, &[Raster { frame, png, crisp: true }]),
        Err(_) => picture,
    }
}
