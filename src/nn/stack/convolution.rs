//! Convolution of a block by one matrix product: the kernel's places become columns, `[channels * kernel^2, places * rows]`.
//!
//! With C the columns of x: y = W C;  W~ = y~ C';  C~ = W' y~, of which each number goes back to its pixel. A transposed
//! convolution is the same three with x and y exchanged. Columns are read from, and added to, an image with its padding
//! around it, so that every line of places is read alike.

use super::layout::BLOCK;
use super::scratch::Scratch;
use crate::nn::fused::{Form, Into, Kernels};
use crate::scalar::Scalar;
use crate::scenario::{Extent, Window};

/// The sizes of a convolution from an image to the kernel's places on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// The image.
    pub image: Extent,
    /// The places: their number, and the channels that each puts out.
    pub places: Extent,
    /// The kernel.
    pub window: Window,
}

impl Convolution {
    /// Rows of the columns: numbers under the kernel.
    fn under(&self) -> usize {
        self.image.channels * self.window.kernel * self.window.kernel
    }

    /// y (+)= W C for a block.
    pub fn apply<T: Scalar>(
        &self,
        kernels: Kernels,
        (x, w): (&[T], &[T]),
        into: Into,
        y: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let n = self.gather(x, scratch);
        let shape = [self.places.channels, self.under(), n];
        kernels.product(Form::Plain, shape, (w, &scratch.columns), into, y);
    }

    /// x~ (+)= the pixels' sums of W' y~.
    pub fn pull<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, w): (&[T], &[T]),
        into: Into,
        x_bar: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let n = y_bar.len() / self.places.channels;
        scratch.columns.resize(self.under() * n, T::ZERO);
        let shape = [self.under(), self.places.channels, n];
        kernels.product(Form::LeftTransposed, shape, (w, y_bar), Into::Set, &mut scratch.columns);
        if into == Into::Set {
            x_bar.fill(T::ZERO);
        }
        self.scatter(scratch, x_bar);
    }

    /// W~ += y~ C'.
    pub fn weigh<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, x): (&[T], &[T]),
        w_bar: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let n = self.gather(x, scratch);
        let shape = [self.places.channels, n, self.under()];
        kernels.product(Form::RightTransposed, shape, (y_bar, &scratch.columns), Into::Add, w_bar);
    }

    /// Writes the columns of a block and returns their number.
    fn gather<T: Scalar>(&self, x: &[T], scratch: &mut Scratch<T>) -> usize {
        let rows = x.len() / self.image.numbers();
        let n = rows * self.places.pixels();
        let Scratch { columns, padded, .. } = scratch;
        padded.clear();
        padded.resize(self.padded_numbers(rows), T::ZERO);
        self.interior(rows, |at, from, len| padded[at..at + len].copy_from_slice(&x[from..from + len]));
        columns.resize(self.under() * n, T::ZERO);
        let line = self.places.width * rows;
        let step = self.window.stride * rows;
        if self.window.stride == 1 {
            self.lines(rows, |to, from| columns[to..to + line].copy_from_slice(&padded[from..from + line]));
        } else if rows == BLOCK {
            self.lines(rows, |to, from| {
                let (to, _) = columns[to..to + line].as_chunks_mut::<BLOCK>();
                to.iter_mut()
                    .zip(padded[from..].chunks(step))
                    .for_each(|(to, from)| to.copy_from_slice(&from[..BLOCK]));
            });
        } else {
            self.lines(rows, |to, from| {
                let to = columns[to..to + line].chunks_exact_mut(rows);
                to.zip(padded[from..].chunks(step)).for_each(|(to, from)| to.copy_from_slice(&from[..rows]));
            });
        }
        n
    }

    /// Adds the columns of a block to the pixels that they came from.
    fn scatter<T: Scalar>(&self, scratch: &mut Scratch<T>, x: &mut [T]) {
        let rows = x.len() / self.image.numbers();
        let Scratch { columns, padded, .. } = scratch;
        padded.clear();
        padded.resize(self.padded_numbers(rows), T::ZERO);
        let line = self.places.width * rows;
        let step = self.window.stride * rows;
        if self.window.stride == 1 {
            self.lines(rows, |from, to| add(&columns[from..from + line], &mut padded[to..to + line]));
        } else if rows == BLOCK {
            self.lines(rows, |from, to| {
                let (from, _) = columns[from..from + line].as_chunks::<BLOCK>();
                from.iter()
                    .zip(padded[to..].chunks_mut(step))
                    .for_each(|(from, to)| add(from, &mut to[..BLOCK]));
            });
        } else {
            self.lines(rows, |from, to| {
                let from = columns[from..from + line].chunks_exact(rows);
                from.zip(padded[to..].chunks_mut(step)).for_each(|(from, to)| add(from, &mut to[..rows]));
            });
        }
        self.interior(rows, |at, to, len| add(&padded[at..at + len], &mut x[to..to + len]));
    }

    /// Height and width with the padding.
    fn padded(&self) -> [usize; 2] {
        [self.image.height, self.image.width].map(|n| n + 2 * self.window.padding)
    }

    fn padded_numbers(&self, rows: usize) -> usize {
        let [height, width] = self.padded();
        self.image.channels * rows * height * width
    }

    /// Every line of pixels of a block: where it begins with the padding and without, and its length.
    #[inline(always)]
    fn interior(&self, rows: usize, mut line: impl FnMut(usize, usize, usize)) {
        let ([high, wide], Extent { channels, height, width }) = (self.padded(), self.image);
        let padding = self.window.padding;
        for channel in 0..channels {
            for y in 0..height {
                let at = ((channel * high + y + padding) * wide + padding) * rows;
                line(at, (channel * height + y) * width * rows, width * rows);
            }
        }
    }

    /// Every line of places under one number of the kernel: where it begins among the columns, and in the padded image.
    #[inline(always)]
    fn lines(&self, rows: usize, mut line: impl FnMut(usize, usize)) {
        let Window { kernel, stride, .. } = self.window;
        let ([high, wide], places) = (self.padded(), self.places);
        let mut at = 0;
        for channel in 0..self.image.channels {
            for (ky, kx) in (0..kernel).flat_map(|ky| (0..kernel).map(move |kx| (ky, kx))) {
                let corner = (channel * high + ky) * wide + kx;
                for oy in 0..places.height {
                    line(at, (corner + oy * stride * wide) * rows);
                    at += places.width * rows;
                }
            }
        }
    }
}

/// to += from.
#[inline(always)]
fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}
