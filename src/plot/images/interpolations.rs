//! Images along lines between latent vectors: whether the generator goes from one to the other by images, or jumps.

use super::pixels::Grid;
use super::steps::broken;
use crate::data::Points;
use crate::plot::Picture;
use crate::plot::canvas::{About, Letters, picture, text};
use crate::plot::raster::behind;
use crate::plot::scale::step_text;
use crate::plot::table::Csv;
use crate::plot::theme::{MUTED, WIDTH};
use crate::run::image_look::Interpolations;
use crate::scenario::Extent;

const MARGIN: f64 = 18.0;
const TOP: f64 = 60.0;
/// Most pixels of an image's side.
const SIDE: f64 = 68.0;
/// Most lines.
const LINES: usize = 10;

/// The picture of a look's interpolations; None where there are none.
pub fn interpolations(found: &Interpolations, step: u64, shape: Extent, run: &str) -> Option<Picture> {
    let lines = found.images.len().checked_div(found.length)?.min(LINES);
    if lines == 0 || found.images.dim != shape.numbers() {
        return None;
    }
    let room = (SIDE * found.length as f64).min(WIDTH - 2.0 * MARGIN);
    let grid = Grid::across(shape, found.length, lines, room);
    let left = ((WIDTH - grid.width()) / 2.0).round();
    let line = if found.spherical { "great circle" } else { "straight line" };
    let alt = format!(
        "Generated images of step {} along {lines} lines in the latent space, one a row: {} even places on the {line} \
         from one latent vector to another.{}",
        step_text(step),
        found.length,
        broken([&found.images])
    );
    let title = "Lines through the latent space";
    let about = About { name: "interpolations", title, run, alt, csv: csv(found) };
    let drawn = picture(about, TOP + grid.height() + 14.0, |sheet| {
        let letters = Letters::small().color(MUTED);
        let right = left + grid.width();
        text(sheet, "one latent vector", (left, TOP - 16.0), letters)?;
        text(sheet, &format!("along a {line}"), ((left + right) / 2.0, TOP - 16.0), letters.centered())?;
        text(sheet, "another", (right, TOP - 16.0), letters.ending())
    });
    Some(behind(drawn, &grid.raster(&found.images, (left, TOP)).into_iter().collect::<Vec<_>>()))
}

/// How far each image is from the one before it: even where the generator is smooth, large where it jumps.
fn csv(found: &Interpolations) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["line", "place", "distance_from_previous"]);
    let away = |images: &Points, k: usize| {
        let pairs = images.row(k).iter().zip(images.row(k - 1));
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    for k in 0..found.images.len() {
        let place = k % found.length;
        let distance = if place == 0 { f64::NAN } else { away(&found.images, k) };
        csv.row(&[], &[(k / found.length) as f64, place as f64, distance]);
    }
    csv.finish()
}
