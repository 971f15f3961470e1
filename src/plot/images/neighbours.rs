//! Generated images, each with its nearest training images: whether they are copies.

use super::pixels::{scale, tile};
use super::steps::broken;
use crate::plot::Picture;
use crate::plot::canvas::{About, Letters, Rect, outline, picture, stroke, text};
use crate::plot::raster::{Raster, behind};
use crate::plot::scale::{quantile, short, step_text};
use crate::plot::table::Csv;
use crate::plot::theme::{GENERATOR, MUTED, WIDTH};
use crate::run::image_look::Neighbours;
use crate::scenario::Extent;

const MARGIN: f64 = 18.0;
const TOP: f64 = 64.0;
/// Columns of generated images, and most of them in one.
const COLUMNS: usize = 2;
const ROWS: usize = 8;
/// Most nearest images shown.
const NEAREST: usize = 6;
/// Between two images, between a generated one and its nearest, and between two columns: so much that seven images of MNIST's 28
/// pixels go twice as large into a column.
const GAP: f64 = 3.0;
const BESIDE: f64 = 12.0;
const APART: f64 = 14.0;
/// Most pixels of a side.
const SIDE: f64 = 64.0;
/// Room for the distances below a row of images.
const WORDS: f64 = 20.0;

/// Where everything stands.
struct Plan {
    shape: Extent,
    scale: f64,
    /// Nearest images of each generated one that are there, and that are shown.
    all: usize,
    shown: usize,
    /// Generated images a column.
    rows: usize,
    count: usize,
}

/// The picture of a look's nearest neighbours; None where there are none.
pub fn neighbours(found: &Neighbours, step: u64, shape: Extent, run: &str) -> Option<Picture> {
    let plan = Plan::new(found, shape)?;
    let about = About {
        name: "neighbours",
        title: "Generated images and their nearest training images",
        run,
        alt: alt(found, step, &plan),
        csv: csv(found, plan.all),
    };
    let height = TOP + plan.rows as f64 * plan.tall() + 6.0;
    let drawn = picture(about, height, |sheet| {
        for column in 0..plan.count.div_ceil(plan.rows) {
            let x = plan.corner(column * plan.rows).0;
            let words =
                |x: f64, words: &str| text(sheet, words, (x, TOP - 16.0), Letters::small().color(MUTED));
            words(x, "generated")?;
            words((x + plan.wide(1) + BESIDE).max(x + 70.0), "nearest training images, distance below")?;
        }
        for k in 0..plan.count {
            let (x, y) = plan.corner(k);
            let (w, h) = plan.size();
            outline(sheet, Rect { x: x - 2.0, y: y - 2.0, w: w + 4.0, h: h + 4.0 }, stroke(GENERATOR, 1.6))?;
            for near in 0..plan.shown {
                let (x, y) = plan.near(k, near);
                let distance = short(found.distances[k * plan.all + near], 3);
                let letters = Letters::small().size(9.5).color(MUTED).centered();
                text(sheet, &distance, (x + w / 2.0, y + h + 9.0), letters)?;
            }
        }
        Ok(())
    });
    Some(behind(drawn, &plan.rasters(found)))
}

impl Plan {
    fn new(found: &Neighbours, shape: Extent) -> Option<Self> {
        let fits = found.generated.dim == shape.numbers() && found.near.dim == shape.numbers();
        let all = found.near.len().checked_div(found.generated.len())?;
        if !fits || all == 0 || found.distances.len() < all * found.generated.len() {
            return None;
        }
        let count = found.generated.len().min(COLUMNS * ROWS);
        let shown = all.min(NEAREST);
        let column = (WIDTH - 2.0 * MARGIN - APART) / COLUMNS as f64;
        let room = (column - BESIDE) / (shown + 1) as f64 - GAP;
        let scale = scale(shape.width, room.min(SIDE));
        Some(Plan { shape, scale, all, shown, rows: count.div_ceil(COLUMNS), count })
    }

    fn size(&self) -> (f64, f64) {
        (self.scale * self.shape.width as f64, self.scale * self.shape.height as f64)
    }

    /// Width of some images with what is between them and the next.
    fn wide(&self, images: usize) -> f64 {
        images as f64 * (self.size().0 + GAP)
    }

    fn tall(&self) -> f64 {
        self.size().1 + WORDS
    }

    /// The upper left corner of a generated image.
    fn corner(&self, k: usize) -> (f64, f64) {
        let column = (WIDTH - 2.0 * MARGIN - APART) / COLUMNS as f64 + APART;
        let (x, y) = ((k / self.rows) as f64 * column, (k % self.rows) as f64 * self.tall());
        ((MARGIN + x).round(), (TOP + y).round())
    }

    /// The upper left corner of one of its nearest images.
    fn near(&self, k: usize, near: usize) -> (f64, f64) {
        let (x, y) = self.corner(k);
        (x + BESIDE + self.wide(near + 1), y)
    }

    fn rasters(&self, found: &Neighbours) -> Vec<Raster> {
        let mut all = Vec::new();
        for k in 0..self.count {
            all.extend(tile(self.shape, found.generated.row(k), self.corner(k), self.scale));
            let image = |near: usize| found.near.row(k * self.all + near);
            all.extend(
                (0..self.shown).filter_map(|n| tile(self.shape, image(n), self.near(k, n), self.scale)),
            );
        }
        all
    }
}

fn alt(found: &Neighbours, step: u64, plan: &Plan) -> String {
    let nearest: Vec<f64> = found.distances.chunks(plan.all).map(|near| near[0]).collect();
    let middle = quantile(&nearest, 0.5).map_or("?".into(), |v| short(v, 3));
    let held_out = match found.held_out.is_finite() {
        true => format!("; for held-out real images the median is {}", short(found.held_out, 3)),
        false => String::new(),
    };
    format!(
        "{} generated images of step {} (in frames), each with its {} nearest training images and their Euclidean \
         distances. The median distance to the nearest is {middle}{held_out}.{}",
        plan.count,
        step_text(step),
        plan.shown,
        broken([&found.generated])
    )
}

fn csv(found: &Neighbours, all: usize) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["generated", "rank", "distance"]);
    for (k, distance) in found.distances.iter().enumerate() {
        csv.row(&[], &[(k / all) as f64, (k % all + 1) as f64, *distance]);
    }
    csv.finish()
}
