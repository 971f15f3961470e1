//! Pixels within the SVG, for what would take megabytes as a rectangle each: maps of many cells, and images.

use super::Picture;
use super::canvas::{Rect, units};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Pixels and where they are shown.
pub struct Raster {
    /// Where on the sheet, in pixels.
    pub frame: Rect,
    /// The pixels as PNG.
    pub png: Vec<u8>,
    /// Whether every pixel stays a square; otherwise they are smoothed, for images shown smaller than they are.
    pub crisp: bool,
}

impl Raster {
    fn element(&self) -> String {
        let Rect { x, y, w, h } = self.frame;
        let style = if self.crisp { " style=\"image-rendering:pixelated\"" } else { "" };
        format!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{style} \
             href=\"data:image/png;base64,{}\"/>\n",
            units(x),
            units(y),
            units(w),
            units(h),
            STANDARD.encode(&self.png)
        )
    }
}

/// Puts pixels behind everything of a picture but its paper.
pub fn behind(picture: Picture, rasters: &[Raster]) -> Picture {
    let at = behind_what(&picture.svg);
    let images: String = rasters.iter().map(Raster::element).collect();
    let svg = [&picture.svg[..at], &images, &picture.svg[at..]].concat();
    Picture { svg, ..picture }
}

/// Where the drawing on the paper begins: behind the first element after the description.
fn behind_what(svg: &str) -> usize {
    let body = svg.find("</desc>").map_or(0, |at| at + "</desc>".len());
    let group = svg[body..].trim_start().starts_with("<g");
    let end = if group { "</g>" } else { "/>" };
    svg[body..].find(end).map_or(svg.len(), |at| body + at + end.len())
}
