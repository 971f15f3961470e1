//! Pictures of many cells as pixels within the SVG, where a rectangle each would take megabytes.

use crate::plot::Picture;
use crate::plot::canvas::{Rect, units};
use crate::plot::render::encoded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::style::RGBColor;

/// Puts a map of `columns` cells a row, the lowest row first, behind everything of a picture but its paper, into a
/// rectangle in pixels. A map that cannot be encoded is left out.
pub fn behind(picture: Picture, frame: Rect, columns: usize, cells: &[RGBColor]) -> Picture {
    let rows = cells.len() / columns.max(1);
    let pixels: Vec<[u8; 3]> =
        cells.chunks(columns.max(1)).rev().flatten().map(|color| [color.0, color.1, color.2]).collect();
    let Ok(png) = encoded(&pixels, columns as u32, rows as u32) else { return picture };
    let (x, y) = (units(frame.x), units(frame.y));
    let (w, h) = (units(frame.w), units(frame.h));
    let image = format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        STANDARD.encode(png)
    );
    let at = behind_what(&picture.svg);
    let svg = [&picture.svg[..at], &image, &picture.svg[at..]].concat();
    Picture { svg, ..picture }
}

/// Where the drawing on the paper begins: behind the first element after the description.
fn behind_what(svg: &str) -> usize {
    let body = svg.find("</desc>").map_or(0, |at| at + "</desc>".len());
    let group = svg[body..].trim_start().starts_with("<g");
    let end = if group { "</g>" } else { "/>" };
    svg[body..].find(end).map_or(svg.len(), |at| body + at + end.len())
}
