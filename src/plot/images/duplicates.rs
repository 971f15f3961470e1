//! The closest pairs among generated images, side by side: whether the birthday test's duplicates are what they are
//! taken for.

use super::pixels::{scale, tile};
use super::steps::broken;
use crate::plot::Picture;
use crate::plot::canvas::{About, Key, Letters, Mark, Rect, legend, outline, picture, stroke, text};
use crate::plot::raster::{Raster, behind};
use crate::plot::scale::{short, step_text};
use crate::plot::table::Csv;
use crate::plot::theme::{GENERATOR, MUTED, WIDTH};
use crate::run::image_look::Duplicates;
use crate::scenario::Extent;

const MARGIN: f64 = 18.0;
const TOP: f64 = 62.0;
/// Most pixels of a side.
const SIDE: f64 = 64.0;
/// Between the two of a pair, and between two pairs.
const GAP: f64 = 2.0;
const APART: f64 = 22.0;
const WORDS: f64 = 26.0;
/// Most pairs shown.
const PAIRS: usize = 24;

/// The picture of a look's closest pairs; None where there are none.
pub fn duplicates(found: &Duplicates, step: u64, shape: Extent, run: &str) -> Option<Picture> {
    let fits = [&found.first, &found.second].iter().all(|p| p.dim == shape.numbers() && !p.is_empty());
    let count = found.first.len().min(found.second.len()).min(found.distances.len()).min(PAIRS);
    if !fits || count == 0 {
        return None;
    }
    let scale = scale(shape.width, SIDE);
    let (w, h) = (scale * shape.width as f64, scale * shape.height as f64);
    let pair = 2.0 * w + GAP;
    let across = (((WIDTH - 2.0 * MARGIN + APART) / (pair + APART)) as usize).max(1);
    let corner = |k: usize| {
        let (column, row) = ((k % across) as f64, (k / across) as f64);
        ((MARGIN + column * (pair + APART)).round(), (TOP + row * (h + WORDS)).round())
    };
    let about = About {
        name: "duplicates",
        title: "The closest pairs of generated images",
        run,
        alt: alt(found, step, count),
        csv: csv(found),
    };
    let height = TOP + count.div_ceil(across) as f64 * (h + WORDS) + 4.0;
    let drawn = picture(about, height, |sheet| {
        let words = format!("counted as duplicates: distance at most {}", short(found.threshold, 3));
        legend(sheet, &[Key::new(words, GENERATOR, Mark::Line)], (MARGIN, 42.0), WIDTH)?;
        for (k, distance) in found.distances.iter().take(count).enumerate() {
            let (x, y) = corner(k);
            let same = *distance <= found.threshold;
            if same {
                let r = Rect { x: x - 3.0, y: y - 3.0, w: pair + 6.0, h: h + 6.0 };
                outline(sheet, r, stroke(GENERATOR, 1.6))?;
            }
            let letters = Letters::small().size(9.5).color(if same { GENERATOR } else { MUTED }).centered();
            text(sheet, &short(*distance, 3), (x + pair / 2.0, y + h + 11.0), letters)?;
        }
        Ok(())
    });
    let tiles = |k: usize| {
        let (x, y) = corner(k);
        let both = [(found.first.row(k), x), (found.second.row(k), x + w + GAP)];
        both.into_iter().filter_map(move |(image, x)| tile(shape, image, (x, y), scale))
    };
    Some(behind(drawn, &(0..count).flat_map(tiles).collect::<Vec<Raster>>()))
}

fn alt(found: &Duplicates, step: u64, count: usize) -> String {
    let same = found.distances.iter().take(count).filter(|d| **d <= found.threshold).count();
    let [estimate, low, high] = found.support;
    let whole = |v: f64| if v.is_finite() { step_text(v.round().max(0.0) as u64) } else { "no bound".into() };
    let support = match (low.is_finite(), estimate.is_finite()) {
        (_, true) => format!(
            " The birthday test on batches of {} puts the support at {} images ({} to {}).",
            step_text(found.batch as u64),
            whole(estimate),
            whole(low),
            whole(high)
        ),
        (true, false) => format!(
            " The birthday test on batches of {} found no duplicates: the support has at least {} images.",
            step_text(found.batch as u64),
            whole(low)
        ),
        _ => String::new(),
    };
    format!(
        "The {count} closest pairs of generated images of step {}, the closest first, with the Euclidean distance \
         between the two; {same} of them are at most {} apart and count as duplicates.{support}{}",
        step_text(step),
        short(found.threshold, 3),
        broken([&found.first, &found.second])
    )
}

fn csv(found: &Duplicates) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["pair", "distance", "duplicate"]);
    for (k, distance) in found.distances.iter().enumerate() {
        csv.row(&[], &[(k + 1) as f64, *distance, f64::from(u8::from(*distance <= found.threshold))]);
    }
    csv.finish()
}
