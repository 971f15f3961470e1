//! Convolution of a block by one matrix product: the kernel's places become columns, `[channels * kernel^2, rows * places]`.
//!
//! With C the columns of x: y = W C;  W~ = y~ C';  C~ = W' y~, of which each number goes back to its pixel. A transposed
//! convolution is the same three with x and y exchanged.

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

    /// y (+)= W C for `rows` samples; `columns` is scratch.
    pub fn apply<T: Scalar>(
        &self,
        kernels: Kernels,
        (x, w): (&[T], &[T]),
        into: Into,
        y: &mut [T],
        columns: &mut Vec<T>,
    ) {
        let n = self.gather(x, columns);
        kernels.product(Form::Plain, [self.places.channels, self.under(), n], (w, columns), into, y);
    }

    /// x~ (+)= the pixels' sums of W' y~.
    pub fn pull<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, w): (&[T], &[T]),
        into: Into,
        x_bar: &mut [T],
        columns: &mut Vec<T>,
    ) {
        let n = y_bar.len() / self.places.channels;
        columns.resize(self.under() * n, T::ZERO);
        let shape = [self.under(), self.places.channels, n];
        kernels.product(Form::LeftTransposed, shape, (w, y_bar), Into::Set, columns);
        if into == Into::Set {
            x_bar.fill(T::ZERO);
        }
        self.scatter(columns, x_bar);
    }

    /// W~ += y~ C'.
    pub fn weigh<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, x): (&[T], &[T]),
        w_bar: &mut [T],
        columns: &mut Vec<T>,
    ) {
        let n = self.gather(x, columns);
        let shape = [self.places.channels, n, self.under()];
        kernels.product(Form::RightTransposed, shape, (y_bar, columns), Into::Add, w_bar);
    }

    /// Writes the columns of a block and returns their number.
    fn gather<T: Scalar>(&self, x: &[T], columns: &mut Vec<T>) -> usize {
        let rows = x.len() / self.image.numbers();
        let n = rows * self.places.pixels();
        columns.resize(self.under() * n, T::ZERO);
        let stride = self.window.stride;
        self.lines(rows, |line, place, image, inside| {
            let to = &mut columns[line * n + place..][..self.places.width];
            let Some(image) = image else { return to.fill(T::ZERO) };
            to[..inside.start].fill(T::ZERO);
            to[inside.end..].fill(T::ZERO);
            let from = &x[image..];
            let to = &mut to[inside.clone()];
            match stride {
                1 => to.copy_from_slice(&from[..to.len()]),
                2 => to.iter_mut().zip(from.chunks(2)).for_each(|(to, from)| *to = from[0]),
                _ => to.iter_mut().zip(from.chunks(stride)).for_each(|(to, from)| *to = from[0]),
            }
        });
        n
    }

    /// Adds the columns of a block to the pixels that they came from.
    fn scatter<T: Scalar>(&self, columns: &[T], x: &mut [T]) {
        let rows = x.len() / self.image.numbers();
        let n = rows * self.places.pixels();
        let stride = self.window.stride;
        self.lines(rows, |line, place, image, inside| {
            let Some(image) = image else { return };
            let from = &columns[line * n + place..][inside];
            let to = &mut x[image..];
            match stride {
                1 => to.iter_mut().zip(from).for_each(|(to, from)| *to += *from),
                2 => to.chunks_mut(2).zip(from).for_each(|(to, from)| to[0] += *from),
                _ => to.chunks_mut(stride).zip(from).for_each(|(to, from)| to[0] += *from),
            }
        });
    }

    /// Every line of places under one number of the kernel: the line of the columns, its first place, the first pixel
    /// that is inside the image (None where the line is outside), and which places are inside.
    #[inline(always)]
    fn lines(&self, rows: usize, mut line: impl FnMut(usize, usize, Option<usize>, std::ops::Range<usize>)) {
        let Window { kernel, stride, padding } = self.window;
        let (image, places) = (self.image, self.places);
        let across: Vec<(std::ops::Range<usize>, usize)> = (0..kernel)
            .map(|k| {
                let first = padding.saturating_sub(k).div_ceil(stride);
                let end = (image.width + padding).saturating_sub(k).div_ceil(stride).min(places.width);
                let first = first.min(end);
                (first..end, (first * stride + k).saturating_sub(padding))
            })
            .collect();
        for channel in 0..image.channels {
            for ky in 0..kernel {
                for (kx, (inside, left)) in across.iter().enumerate() {
                    let index = (channel * kernel + ky) * kernel + kx;
                    for row in 0..rows {
                        for oy in 0..places.height {
                            let y = (oy * stride + ky).checked_sub(padding);
                            let y = y.filter(|y| *y < image.height && !inside.is_empty());
                            let pixel =
                                y.map(|y| ((channel * rows + row) * image.height + y) * image.width + left);
                            line(index, (row * places.height + oy) * places.width, pixel, inside.clone());
                        }
                    }
                }
            }
        }
    }
}
