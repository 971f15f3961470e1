//! Fast passes through a multilayer perceptron on the processor.
//!
//! A batch is cut into chunks of rows, each small enough that its activations stay in the cache; a chunk's pass
//! touches nothing outside itself, so chunks run on any number of threads and their sums, taken in the chunks'
//! order, are the same bits. Buffers are allocated once and used again.
//!
//! `dense` has the products of a layer with what follows them, `layer` those products of one layer, `pass` the passes through
//! all of them, `shallow` those through one hidden layer on points, which is never written, `jet` the same in jet arithmetic for
//! Jacobians; `columns` has the sums for biases, and `gemm` the products of jets and of layers over images.

mod columns;
mod dense;
mod gemm;
pub mod jet;
mod layer;
mod pass;
mod shallow;

pub use gemm::{Form, Into, Kernels};
pub use layer::Prepared;
pub use pass::{Cotangents, Pass};
pub use shallow::Shallow;

use crate::scalar::Scalar;

/// The first n numbers of a buffer that never shrinks: what a product writes over is not cleared before.
fn room<T: Scalar>(buffer: &mut Vec<T>, n: usize) -> &mut [T] {
    if buffer.len() < n {
        buffer.resize(n, T::ZERO);
    }
    &mut buffer[..n]
}

/// x times a factor.
fn scale<T: Scalar>(x: &mut [T], by: f64) {
    if by != 1.0 {
        let by = T::of(by);
        x.iter_mut().for_each(|x| *x *= by);
    }
}

/// Writes a factor times `from`.
fn scaled<T: Scalar>(from: &[T], by: f64, to: &mut Vec<T>) {
    to.clear();
    to.extend_from_slice(from);
    scale(to, by);
}
