//! A dense layer on several blocks of rows by one matrix product: with eight columns a product is mostly waiting.
//!
//! The blocks are laid side by side, `[numbers, rows]`. With X and Y of that shape: Y = W X;  X~ = W' Y~;  W~ = Y~ X'.

use super::layout::BLOCK;
use super::scratch::Scratch;
use crate::nn::fused::{Form, Into, Kernels};
use crate::scalar::Scalar;
use rayon::prelude::*;

/// Rows that are multiplied at once. It decides in which order sums over rows are taken, so it is not that of the threads.
pub const STRIP: usize = 4 * BLOCK;

/// Outputs whose weights' gradients one product gives; like `STRIP` not a number of threads.
const OUTPUTS: usize = 64;

/// The sizes of a dense layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Numbers of an input.
    pub inputs: usize,
    /// Numbers of an output.
    pub outputs: usize,
}

impl Dense {
    /// y (+)= W x for a strip.
    pub fn apply<T: Scalar>(
        &self,
        kernels: Kernels,
        (x, w): (&[T], &[T]),
        into: Into,
        y: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        product(kernels, Form::Plain, [self.outputs, self.inputs], (w, x), into, y, scratch);
    }

    /// x~ (+)= W' y~.
    pub fn pull<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, w): (&[T], &[T]),
        into: Into,
        x_bar: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        product(kernels, Form::LeftTransposed, [self.inputs, self.outputs], (w, y_bar), into, x_bar, scratch);
    }

    /// w += y~ x' over all rows of a batch, piece by piece of the weight.
    pub fn weigh<T: Scalar>(
        &self,
        kernels: Kernels,
        (y_bar, x): (&[T], &[T]),
        w: &mut [T],
        Scratch { columns, strip, .. }: &mut Scratch<T>,
    ) {
        let rows = y_bar.len() / self.outputs;
        let (y_bar, x) = (together(y_bar, self.outputs, columns), together(x, self.inputs, strip));
        let pieces = w.par_chunks_mut(OUTPUTS * self.inputs).zip(y_bar.par_chunks(OUTPUTS * rows));
        pieces.for_each(|(w, y_bar)| {
            let shape = [y_bar.len() / rows, rows, self.inputs];
            kernels.product(Form::RightTransposed, shape, (y_bar, x), Into::Add, w);
        });
    }
}

/// A weight, or its transpose, times a strip of `m` numbers a row is one of `n`.
fn product<T: Scalar>(
    kernels: Kernels,
    form: Form,
    [n, m]: [usize; 2],
    (w, from): (&[T], &[T]),
    into: Into,
    to: &mut [T],
    Scratch { columns, strip, .. }: &mut Scratch<T>,
) {
    let rows = from.len() / m;
    let factors = (w, together(from, m, columns));
    if rows <= BLOCK {
        return kernels.product(form, [n, m, rows], factors, into, to);
    }
    if into == Into::Add {
        together(to, n, strip);
    }
    strip.resize(to.len(), T::ZERO);
    kernels.product(form, [n, m, rows], factors, into, strip);
    for (b, block) in to.chunks_mut(BLOCK * n).enumerate() {
        let size = block.len() / n;
        for (to, from) in block.chunks_exact_mut(size).zip(strip.chunks_exact(rows)) {
            to.copy_from_slice(&from[b * BLOCK..][..size]);
        }
    }
}

/// Blocks side by side, `[n, rows]`; a single one lies so already.
fn together<'a, T: Scalar>(strip: &'a [T], n: usize, buffer: &'a mut Vec<T>) -> &'a [T] {
    let rows = strip.len() / n;
    if rows <= BLOCK {
        return strip;
    }
    buffer.resize(strip.len(), T::ZERO);
    for (b, block) in strip.chunks(BLOCK * n).enumerate() {
        let size = block.len() / n;
        for (to, from) in buffer.chunks_exact_mut(rows).zip(block.chunks_exact(size)) {
            to[b * BLOCK..][..size].copy_from_slice(from);
        }
    }
    buffer
}

#[cfg(test)]
mod tests {
    use super::super::layout::place;
    use super::*;
    use crate::scenario::Extent;

    /// Numbers of a batch in blocks, by sample and number.
    fn batch(rows: usize, n: usize, of: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let mut out = vec![0.0; rows * n];
        for row in 0..rows {
            (0..n).for_each(|f| out[place(Extent::vector(n), rows, row, f)] = of(row, f));
        }
        out
    }

    #[test]
    fn a_strip_of_any_size_is_what_its_samples_are_one_by_one() {
        // A weight of one piece, and one of two.
        for outputs in [3, OUTPUTS + 6] {
            strips_are_their_samples(Dense { inputs: 5, outputs });
        }
    }

    fn strips_are_their_samples(dense: Dense) {
        let m = dense.outputs;
        let (x, y) = (|row, f| libm::sin((row * 5 + f) as f64), |row, f| libm::cos((row * m + f) as f64));
        let w: Vec<f64> = (0..5 * m).map(|k| libm::sin(1.3 * k as f64)).collect();
        let near = |got: &[f64], want: Vec<f64>| {
            assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?} {want:?}");
        };
        for kernels in [Kernels::Native, Kernels::Portable] {
            // One scratch for all sizes: what a longer strip left there must not show.
            let mut scratch = Scratch::default();
            for rows in [STRIP, 1, 8, 9, 23, 31] {
                let (xs, ys) = (batch(rows, 5, x), batch(rows, m, y));
                let mut out = batch(rows, m, |_, _| 1.0);
                let forward = |row, o| (0..5).map(|i| w[o * 5 + i] * x(row, i)).sum::<f64>();
                dense.apply(kernels, (&xs, &w), Into::Add, &mut out, &mut scratch);
                near(&out, batch(rows, m, |row, o| 1.0 + forward(row, o)));
                dense.apply(kernels, (&xs, &w), Into::Set, &mut out, &mut scratch);
                near(&out, batch(rows, m, forward));
                let mut out = batch(rows, 5, |_, _| 1.0);
                dense.pull(kernels, (&ys, &w), Into::Add, &mut out, &mut scratch);
                let back = |row, i| 1.0 + (0..m).map(|o| w[o * 5 + i] * y(row, o)).sum::<f64>();
                near(&out, batch(rows, 5, back));
                let mut grads = vec![1.0; 5 * m];
                dense.weigh(kernels, (&ys, &xs), &mut grads, &mut scratch);
                let grad = |k: usize| 1.0 + (0..rows).map(|row| y(row, k / 5) * x(row, k % 5)).sum::<f64>();
                near(&grads, (0..5 * m).map(grad).collect());
            }
        }
    }
}
