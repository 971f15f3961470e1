//! Many generated images of the last step beside as many real ones.

use super::panels::{panels, room};
use super::pixels::Grid;
use super::steps::{broken, fits, real, side};
use crate::plot::Picture;
use crate::plot::canvas::About;
use crate::plot::scale::step_text;
use crate::run::folder::RunData;
use crate::scenario::Extent;

/// Most images along a side.
const MOST: usize = 14;

/// The generated images of the last frame, and real ones.
pub fn finale(run: &RunData, shape: Extent) -> Option<Picture> {
    let frame = run.frames.iter().rfind(|frame| fits(frame, shape))?;
    let mut all: Vec<_> = real(run, shape).into_iter().collect();
    let title = format!("generated, step {}", step_text(frame.step));
    all.push(super::panels::Panel { title, images: &frame.samples, real: false });
    let fewest = all.iter().map(|panel| panel.images.len()).min()?;
    let grid = Grid::square(shape, room(2), side(fewest, MOST));
    let alt = format!(
        "{} real images in the frame, and beside them as many generated ones of step {}.{}",
        grid.places(),
        step_text(frame.step),
        broken([&frame.samples])
    );
    let title = "Real and generated images";
    let about = About { name: "images-final", title, run: &run.scenario.name, alt, csv: None };
    Some(panels(about, &grid, 2, &all))
}
