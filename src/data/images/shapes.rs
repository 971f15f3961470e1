//! Generated images whose distribution is known exactly: uniform over a number of distinct images.
//!
//! An image is one shape in one shade on black. The whole grid is the ten kinds of shape, at the radii from 2 to a
//! quarter of the side, at each position that holds the shape, in four shades; all of its images differ, for every shape
//! fills the width or the height of its own square and no two kinds agree there. A smaller support takes images at even
//! distances from the list of all, so that the kinds have equal shares up to one.

use super::files::{Labels, RawImages};
use crate::data::DataError;
use crate::data::error::setting;
use crate::scenario::Extent;
use std::ops::RangeInclusive;

/// Numbers of a pixel inside a shape.
const SHADES: [u8; 4] = [255, 191, 128, 64];
const NAMES: [&str; 10] = [
    "square",
    "disk",
    "diamond",
    "plus",
    "cross",
    "frame",
    "ring",
    "triangle",
    "horizontal bar",
    "vertical bar",
];
/// The smallest side that holds a shape.
pub const LEAST_SIZE: usize = 5;

/// Shape of the images of a side.
pub fn shape(size: usize) -> Extent {
    Extent { channels: 1, height: size, width: size }
}

/// Generates `support` distinct images, labelled by their kind.
pub fn read(size: usize, support: usize) -> Result<RawImages, DataError> {
    let most = available(size);
    if support == 0 || support > most {
        let what = format!("`support` is {support}, and images of side {size} allow 1 to {most}");
        return Err(setting(what, "change `support`, or give a larger `size`"));
    }
    let mut pixels = vec![0; support * size * size];
    let mut kinds = Vec::with_capacity(support);
    for (index, image) in pixels.chunks_exact_mut(size * size).enumerate() {
        // Below 2^127 whatever the sizes.
        let choice = Choice::new(size, (index as u128 * most as u128 / support as u128) as usize);
        choice.draw(size, image);
        kinds.push(choice.kind);
    }
    let labels = Some(Labels::numbered(&kinds, |kind| NAMES[kind as usize].to_string()));
    Ok(RawImages { shape: shape(size), pixels: pixels.into(), white: u8::MAX, labels, apart: 0 })
}

/// Distinct images of a side.
pub fn available(size: usize) -> usize {
    NAMES.len() * of_one_kind(size)
}

fn radii(size: usize) -> RangeInclusive<usize> {
    // An image that is too small has no room for any.
    let largest = if size < LEAST_SIZE { 1 } else { (size / 4).max(2) };
    2..=largest
}

/// Places of the centre along one axis.
fn places(size: usize, radius: usize) -> usize {
    size - 2 * radius
}

fn of_one_kind(size: usize) -> usize {
    SHADES.len() * radii(size).map(|radius| places(size, radius).pow(2)).sum::<usize>()
}

/// One image of the grid.
struct Choice {
    kind: u8,
    radius: usize,
    x: usize,
    y: usize,
    shade: u8,
}

impl Choice {
    /// The image of a number below `available`.
    fn new(size: usize, number: usize) -> Self {
        let (kind, rest) = (number / of_one_kind(size), number % of_one_kind(size));
        let (mut place, shade) = (rest / SHADES.len(), SHADES[rest % SHADES.len()]);
        let mut radius = 2;
        while place >= places(size, radius).pow(2) {
            place -= places(size, radius).pow(2);
            radius += 1;
        }
        let side = places(size, radius);
        Choice { kind: kind as u8, radius, x: radius + place % side, y: radius + place / side, shade }
    }

    fn draw(&self, size: usize, image: &mut [u8]) {
        let radius = self.radius as i64;
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                if inside(self.kind, radius, dx, dy) {
                    let (x, y) = (self.x as i64 + dx, self.y as i64 + dy);
                    image[y as usize * size + x as usize] = self.shade;
                }
            }
        }
    }
}

/// Whether a point at most `r` away along each axis from the centre belongs to a shape.
fn inside(kind: u8, r: i64, x: i64, y: i64) -> bool {
    let (ax, ay, stroke) = (x.abs(), y.abs(), r / 3);
    let disk = |r: i64| x * x + y * y <= r * r + r;
    match kind {
        0 => true,
        1 => disk(r),
        2 => ax + ay <= r,
        3 => ax.min(ay) <= stroke,
        4 => (ax - ay).abs() <= stroke,
        5 => ax.max(ay) >= r - stroke,
        6 => disk(r) && !disk(r - 1 - stroke),
        7 => 2 * ax <= y + r,
        8 => ay <= stroke,
        _ => ax <= stroke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn distinct(size: usize, support: usize) -> usize {
        let images = read(size, support).unwrap();
        images.pixels.chunks_exact(size * size).collect::<HashSet<_>>().len()
    }

    #[test]
    fn the_support_is_exact() {
        for size in [5, 8, 13, 16] {
            assert_eq!(distinct(size, available(size)), available(size), "side {size}");
        }
        for support in [1, 7, 100, 1000, 10_000] {
            assert_eq!(distinct(16, support), support);
        }
    }

    #[test]
    fn kinds_have_equal_shares() {
        let labels = read(28, 1003).unwrap().labels.unwrap();
        let count = |label| labels.of.iter().filter(|l| **l == label).count();
        assert!((0..10).all(|label| (100..=101).contains(&count(label))));
        assert_eq!(labels.names, NAMES);
    }

    #[test]
    fn more_images_than_there_are_is_refused() {
        for (size, support) in [(8, 641), (8, 0), (4, 1)] {
            let text = read(size, support).unwrap_err().to_string();
            assert!(text.contains(&format!("allow 1 to {}", available(size))), "{text}");
        }
    }
}
