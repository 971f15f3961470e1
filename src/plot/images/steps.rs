//! Generated images at some steps, from the same latent vectors at each, with real ones at the end; and the last images
//! of several runs.

use super::panels::{Panel, panels, room};
use super::pixels::Grid;
use crate::data::Points;
use crate::plot::Picture;
use crate::plot::canvas::About;
use crate::plot::cloud::chosen;
use crate::plot::scale::step_text;
use crate::run::folder::RunData;
use crate::run::record::Frame;
use crate::scenario::Extent;

/// Steps shown.
const STEPS: usize = 7;
/// Panels in a row.
const ACROSS: usize = 4;
/// Most images along a side of a panel.
const MOST: usize = 8;

/// Whether a frame holds images of a shape.
pub fn fits(frame: &Frame, shape: Extent) -> bool {
    frame.samples.dim == shape.numbers() && !frame.samples.is_empty()
}

/// The largest number along the side of a square of at most that many images.
pub fn side(images: usize, most: usize) -> usize {
    images.isqrt().clamp(1, most)
}

/// What is said where images hold numbers that are none.
pub fn broken<'a>(shown: impl IntoIterator<Item = &'a Points>) -> &'static str {
    let odd = |images: &Points| images.values.iter().any(|v| !v.is_finite());
    if shown.into_iter().any(odd) { " Pixels in crimson are not finite." } else { "" }
}

/// Generated images at seven steps, and real ones.
pub fn steps(run: &RunData, shape: Extent) -> Option<Picture> {
    let frames = chosen(run, STEPS, |frame| fits(frame, shape));
    let fewest = frames.iter().map(|frame| frame.samples.len()).min()?;
    let mut all: Vec<Panel> = frames.iter().map(|frame| at_step(frame)).collect();
    all.extend(real(run, shape));
    let across = all.len().min(ACROSS);
    let grid = Grid::square(shape, room(ACROSS), side(fewest, MOST));
    let told: Vec<String> = frames.iter().map(|frame| step_text(frame.step)).collect();
    let alt = format!(
        "{} generated images at each of the steps {}, from the same latent vectors everywhere: a place in the grid is \
         one vector.{}{}",
        grid.places(),
        told.join("; "),
        if all.len() > frames.len() { " In the frame at the end as many real images." } else { "" },
        broken(frames.iter().map(|frame| &frame.samples))
    );
    let title = "Generated images over the training";
    let about = About { name: "images", title, run: &run.scenario.name, alt, csv: None };
    Some(panels(about, &grid, across, &all))
}

fn at_step(frame: &Frame) -> Panel<'_> {
    Panel { title: format!("step {}", step_text(frame.step)), images: &frame.samples, real: false }
}

/// The panel of real images, where there are any.
pub fn real(run: &RunData, shape: Extent) -> Option<Panel<'_>> {
    let there = run.real.dim == shape.numbers() && !run.real.is_empty();
    there.then(|| Panel { title: "real images".into(), images: &run.real, real: true })
}

/// The last images of several runs, and the real ones of the first. None unless all have images of one shape.
pub fn compared(runs: &[(&str, &RunData)]) -> Option<Picture> {
    let shape = runs.first()?.1.images.as_ref()?.shape;
    let mut all = Vec::new();
    for (label, run) in runs {
        let last = run.frames.last().filter(|_| run.images.as_ref().is_some_and(|info| info.shape == shape));
        let frame = last.filter(|frame| fits(frame, shape))?;
        let title = format!("{label}, step {}", step_text(frame.step));
        all.push(Panel { title, images: &frame.samples, real: false });
    }
    let fewest = all.iter().map(|panel| panel.images.len()).min()?;
    all.extend(real(runs[0].1, shape));
    let across = all.len().min(ACROSS - 1);
    let grid = Grid::square(shape, room(across), side(fewest, MOST));
    let names: Vec<&str> = runs.iter().map(|run| run.0).collect();
    let alt = format!(
        "The last generated images of {} runs: {}.{}",
        runs.len(),
        names.join(", "),
        broken(all.iter().map(|panel| panel.images))
    );
    let title = "Generated images, by setting";
    Some(panels(About { name: "samples-compared", title, run: "", alt, csv: None }, &grid, across, &all))
}
