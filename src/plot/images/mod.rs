//! Pictures of runs whose samples are images: grids of them over the steps, real ones beside them, which classes are
//! reached, nearest training images, near duplicates, and lines through the latent space.

mod classes;
mod curves;
mod duplicates;
mod film;
mod finale;
mod interpolations;
mod modes;
mod neighbours;
mod panels;
mod pixels;
mod steps;

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod tests;

pub use film::film;
pub use steps::compared;

use super::Picture;
use super::render::{RenderError, exact};
use crate::data::Points;
use crate::run::folder::RunData;
use crate::run::image_look::ImageInfo;
use crate::scenario::Extent;

/// PNG of the first images of some, row by row in a grid of columns and rows, a pixel of paper between them.
pub fn image_grid(shape: Extent, images: &Points, places: (usize, usize)) -> Result<Vec<u8>, RenderError> {
    let grid = pixels::mosaic(shape, images, places, 1);
    exact(&grid.rgb, grid.width as u32, grid.height as u32)
}

/// All pictures of a run of images but its losses and its path.
pub fn pictures(run: &RunData, info: &ImageInfo) -> Vec<Picture> {
    let name = &run.scenario.name;
    let look = run.look.as_ref();
    let all = [
        steps::steps(run, info.shape),
        finale::finale(run, info.shape),
        curves::curves(run, info),
        classes::classes(run, info),
        look.and_then(|look| modes::modes(look.modes.as_ref()?, look.step, info, name)),
        look.and_then(|look| neighbours::neighbours(look.neighbours.as_ref()?, look.step, info.shape, name)),
        look.and_then(|look| duplicates::duplicates(look.duplicates.as_ref()?, look.step, info.shape, name)),
        look.and_then(|look| {
            interpolations::interpolations(look.interpolations.as_ref()?, look.step, info.shape, name)
        }),
    ];
    all.into_iter().flatten().collect()
}
