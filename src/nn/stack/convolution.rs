//! Convolution of a block by one matrix product: the kernel's places become columns, `[channels * kernel^2, rows * places]`.
//!
//! With C the columns of x: y = W C;  W~ = y~ C';  C~ = W' y~, of which each number goes back to its pixel. A transposed
//! convolution is the same three with x and y exchanged. Columns are read from, and added to, an image with its padding
//! around it, so that every line of places is read alike.

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
        let Scratch { columns, padded } = scratch;
        padded.clear();
        padded.resize(self.padded_numbers(rows), T::ZERO);
        self.interior(|at, from, width| padded[at..at + width].copy_from_slice(&x[from..from + width]), rows);
        columns.resize(self.under() * n, T::ZERO);
        let width = self.places.width;
        match self.window.stride {
            1 => self.lines(rows, |to, from| {
                columns[to..to + width].copy_from_slice(&padded[from..from + width]);
            }),
            2 => self.lines(rows, |to, from| {
                let from = padded[from..].chunks(2);
                columns[to..to + width].iter_mut().zip(from).for_each(|(to, from)| *to = from[0]);
            }),
            stride => self.lines(rows, |to, from| {
                let from = padded[from..].chunks(stride);
                columns[to..to + width].iter_mut().zip(from).for_each(|(to, from)| *to = from[0]);
            }),
        }
        n
    }

    /// Adds the columns of a block to the pixels that they came from.
    fn scatter<T: Scalar>(&self, scratch: &mut Scratch<T>, x: &mut [T]) {
        let rows = x.len() / self.image.numbers();
        let Scratch { columns, padded } = scratch;
        padded.clear();
        padded.resize(self.padded_numbers(rows), T::ZERO);
        let width = self.places.width;
        match self.window.stride {
            1 => self.lines(rows, |from, to| {
                let to = &mut padded[to..to + width];
                to.iter_mut().zip(&columns[from..from + width]).for_each(|(to, from)| *to += *from);
            }),
            2 => self.lines(rows, |from, to| {
                let to = padded[to..].chunks_mut(2);
                to.zip(&columns[from..from + width]).for_each(|(to, from)| to[0] += *from);
            }),
            stride => self.lines(rows, |from, to| {
                let to = padded[to..].chunks_mut(stride);
                to.zip(&columns[from..from + width]).for_each(|(to, from)| to[0] += *from);
            }),
        }
        let add = |at: usize, to: usize, width: usize| {
            x[to..to + width].iter_mut().zip(&padded[at..at + width]).for_each(|(x, p)| *x += *p);
        };
        self.interior(add, rows);
    }

    /// Height and width with the padding.
    fn padded(&self) -> [usize; 2] {
        [self.image.height, self.image.width].map(|n| n + 2 * self.window.padding)
    }

    fn padded_numbers(&self, rows: usize) -> usize {
        let [height, width] = self.padded();
        self.image.channels * rows * height * width
    }

    /// Every line of pixels of a block: where it begins with the padding and without, and its width.
    #[inline(always)]
    fn interior(&self, mut line: impl FnMut(usize, usize, usize), rows: usize) {
        let ([high, wide], Extent { channels, height, width }) = (self.padded(), self.image);
        let padding = self.window.padding;
        for plane in 0..channels * rows {
            for y in 0..height {
                line((plane * high + y + padding) * wide + padding, (plane * height + y) * width, width);
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
                for row in 0..rows {
                    let corner = ((channel * rows + row) * high + ky) * wide + kx;
                    for oy in 0..places.height {
                        line(at, corner + oy * stride * wide);
                        at += places.width;
                    }
                }
            }
        }
    }
}

/// Buffers of a block's products.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    columns: Vec<T>,
    padded: Vec<T>,
}
