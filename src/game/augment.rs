//! Differentiable augmentation (Zhao et al. 2020). Given its random numbers the change of an image is affine, x -> A x + b: so
//! generated images are changed with their gradients, cotangents pulled by A' and tangents pushed by A.
//!
//! In this order: brightness, saturation and contrast, in which b = A beta for a constant beta; a shift; a rectangle of zeros.

use crate::random::{Chance, Stream};
use crate::scalar::Scalar;
use crate::scenario::{self, Extent};
use std::ops::Range;

/// How images are changed, sizes in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// Shape of the images.
    image: Extent,
    /// Largest shift down and to the right.
    shift: [usize; 2],
    /// Height and width of the rectangle; 0 for none.
    hole: [usize; 2],
    color: bool,
}

/// The change of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Added to every number.
    pub(super) brightness: f64,
    /// Factor on the distance from a pixel's mean over channels.
    pub(super) saturation: f64,
    /// Factor on the distance from the image's mean.
    pub(super) contrast: f64,
    /// Pixels down and to the right.
    shift: [isize; 2],
    /// Rows and columns of zeros.
    hole: [Range<usize>; 2],
}

impl Augmentation {
    /// That of a scenario for images of a shape.
    pub fn new(augment: &scenario::Augment, image: Extent) -> Self {
        let sides = [image.height, image.width];
        let part =
            |share: Option<f64>| sides.map(|side| (share.unwrap_or(0.0) * side as f64).round() as usize);
        Augmentation {
            image,
            shift: part(augment.translation),
            hole: part(augment.cutout),
            color: augment.color,
        }
    }

    /// The change of the `sample`-th image of a pass.
    pub fn draw(&self, chance: Chance, sample: usize) -> Change {
        let cells = chance.address(Stream::Augment, 0).cells(sample as u64);
        // A whole number from 0 to n - 1.
        let below = |place: u64, n: usize| ((cells.at(place) * n as f64) as usize).min(n - 1);
        let [brightness, saturation, contrast] = match self.color {
            true => [cells.at(0) - 0.5, 2.0 * cells.at(1), cells.at(2) + 0.5],
            false => [0.0, 1.0, 1.0],
        };
        let shift = |axis: usize| {
            below(3 + axis as u64, 2 * self.shift[axis] + 1) as isize - self.shift[axis] as isize
        };
        let hole = |axis: usize| {
            let (side, size) = ([self.image.height, self.image.width][axis], self.hole[axis]);
            let center = below(5 + axis as u64, side + 1 - size % 2);
            center.saturating_sub(size / 2)..(center + size - size / 2).min(side)
        };
        let hole = if self.hole.contains(&0) { [0..0, 0..0] } else { [hole(0), hole(1)] };
        Change { brightness, saturation, contrast, shift: [shift(0), shift(1)], hole }
    }

    /// A x + b of an image, or A x for a tangent.
    pub fn apply<T: Scalar>(&self, change: &Change, x: &[T], tangent: bool, to: &mut [T]) {
        let constant = if tangent { 0.0 } else { change.brightness };
        let colored = self.colored(change, x.iter().map(|x| x.f64()).collect(), constant);
        for (i, to) in to.iter_mut().enumerate() {
            *to = self.source(change, i).map_or(T::ZERO, |from| T::of(colored[from]));
        }
    }

    /// A' x~ of an image's cotangent.
    pub fn pull<T: Scalar>(&self, change: &Change, bar: &[T], to: &mut [T]) {
        let mut moved = vec![0.0; bar.len()];
        for (i, bar) in bar.iter().enumerate() {
            if let Some(from) = self.source(change, i) {
                moved[from] += bar.f64();
            }
        }
        // Saturation and contrast are symmetric, and commute.
        let colored = self.colored(change, moved, 0.0);
        to.iter_mut().zip(colored).for_each(|(to, from)| *to = T::of(from));
    }

    /// The number that a shift brings to a place; None for a zero.
    pub(super) fn source(&self, change: &Change, i: usize) -> Option<usize> {
        let Extent { height, width, .. } = self.image;
        let (plane, row, column) = (i / self.image.pixels(), i / width % height, i % width);
        if change.hole[0].contains(&row) && change.hole[1].contains(&column) {
            return None;
        }
        let from =
            |at: usize, shift: isize, side: usize| at.checked_add_signed(-shift).filter(|at| *at < side);
        let (row, column) = (from(row, change.shift[0], height)?, from(column, change.shift[1], width)?);
        Some((plane * height + row) * width + column)
    }

    /// Brightness, saturation and contrast.
    fn colored(&self, change: &Change, mut x: Vec<f64>, constant: f64) -> Vec<f64> {
        if !self.color {
            return x;
        }
        let Extent { channels, .. } = self.image;
        let pixels = self.image.pixels();
        for pixel in 0..pixels {
            let mean = (0..channels).map(|c| x[c * pixels + pixel]).sum::<f64>() / channels as f64;
            (0..channels).for_each(|c| {
                let x = &mut x[c * pixels + pixel];
                *x = mean + change.saturation * (*x - mean);
            });
        }
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        x.iter_mut().for_each(|x| *x = mean + change.contrast * (*x - mean) + constant);
        x
    }

    /// Shape of the images.
    pub(super) fn image(&self) -> Extent {
        self.image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Change =
        Change { brightness: 0.0, saturation: 1.0, contrast: 1.0, shift: [0, 0], hole: [0..0, 0..0] };

    fn all(channels: usize, height: usize, width: usize) -> Augmentation {
        let augment = scenario::Augment { translation: Some(0.3), cutout: Some(0.5), color: true };
        Augmentation::new(&augment, Extent { channels, height, width })
    }

    fn applied(augmentation: &Augmentation, change: &Change, x: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; x.len()];
        augmentation.apply(change, x, false, &mut out);
        out
    }

    /// Examples written by hand.
    #[test]
    fn each_change_does_what_it_says() {
        let grey = all(1, 2, 3);
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let with = |change: Change| applied(&grey, &change, &x);
        assert_eq!(with(STILL), x);
        assert_eq!(with(Change { shift: [1, -1], ..STILL }), [0.0, 0.0, 0.0, 2.0, 3.0, 0.0]);
        assert_eq!(with(Change { hole: [1..2, 0..2], ..STILL }), [1.0, 2.0, 3.0, 0.0, 0.0, 6.0]);
        assert_eq!(with(Change { brightness: 0.25, ..STILL }), [1.25, 2.25, 3.25, 4.25, 5.25, 6.25]);
        // The mean is 3.5.
        assert_eq!(with(Change { contrast: 0.5, ..STILL }), [2.25, 2.75, 3.25, 3.75, 4.25, 4.75]);
        // Two channels of one pixel, whose mean is 2; grey images have no saturation.
        let two = all(2, 1, 1);
        assert_eq!(applied(&two, &Change { saturation: 2.0, ..STILL }, &[1.0, 3.0]), [0.0, 4.0]);
        assert_eq!(with(Change { saturation: 2.0, ..STILL }), x);
    }

    #[test]
    fn the_pull_is_the_transpose_of_the_push() {
        let augmentation = all(3, 6, 5);
        let n = 90;
        let numbers = |row: u64| -> Vec<f64> {
            let mut out = vec![0.0; n];
            crate::random::fill_normal(crate::random::Address::new(row, Stream::Picture, 0), &mut out);
            out
        };
        let (u, v) = (numbers(1), numbers(2));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for sample in 0..50 {
            let change = augmentation.draw(Chance::new(8), sample);
            let (mut pushed, mut pulled) = (vec![0.0; n], vec![0.0; n]);
            augmentation.apply(&change, &v, true, &mut pushed);
            augmentation.pull(&change, &u, &mut pulled);
            let (left, right) = (dot(&u, &pushed), dot(&pulled, &v));
            assert!((left - right).abs() < 1e-12 * (1.0 + left.abs()), "{change:?}");
        }
    }

    /// Shifts are uniform, and every pixel may be cut out.
    #[test]
    fn draws_reach_every_change() {
        let augmentation = all(1, 10, 10);
        let (mut shifts, mut cut) = ([0usize; 7], [false; 100]);
        let draws = 7000;
        for sample in 0..draws {
            let change = augmentation.draw(Chance::new(3), sample);
            shifts[(change.shift[0] + 3) as usize] += 1;
            let [rows, columns] = change.hole;
            rows.for_each(|i| columns.clone().for_each(|j| cut[10 * i + j] = true));
            assert!(change.brightness.abs() <= 0.5 && (0.0..=2.0).contains(&change.saturation));
            assert!((0.5..=1.5).contains(&change.contrast));
        }
        let expected = draws as f64 / 7.0;
        assert!(shifts.iter().all(|n| (*n as f64 - expected).abs() < 5.0 * expected.sqrt()), "{shifts:?}");
        assert!(cut.iter().all(|cut| *cut));
    }
}
