//! How a batch lies in memory: blocks of rows, within a block `[channels, pixels, rows]`. The same number of all rows of a block
//! lies together, so that whatever picks pixels moves vectors.

use crate::nn::fused::jet::{Dual, Part};
use crate::scalar::Scalar;
use crate::scenario::Extent;

/// Rows of a block.
pub const BLOCK: usize = 8;

/// Where number `f` of a sample lies in a batch of `rows`.
pub fn place(extent: Extent, rows: usize, row: usize, f: usize) -> usize {
    let first = row / BLOCK * BLOCK;
    let size = BLOCK.min(rows - first);
    first * extent.numbers() + f * size + row - first
}

/// Sample by sample, `[rows, numbers]`, to blocks.
pub fn to_blocks<T: Scalar>(from: &[T], extent: Extent, by: f64, to: &mut [T]) {
    let (n, by) = (extent.numbers(), T::of(by));
    for (to, from) in to.chunks_mut(BLOCK * n).zip(from.chunks(BLOCK * n)) {
        let size = from.len() / n;
        for (f, to) in to.chunks_exact_mut(size).enumerate() {
            to.iter_mut().zip(from[f..].iter().step_by(n)).for_each(|(to, from)| *to = *from * by);
        }
    }
}

/// Blocks to sample by sample.
pub fn from_blocks<T: Scalar>(from: &[T], extent: Extent, by: f64, to: &mut [T]) {
    let (n, by) = (extent.numbers(), T::of(by));
    for (to, from) in to.chunks_mut(BLOCK * n).zip(from.chunks(BLOCK * n)) {
        let size = from.len() / n;
        for (f, from) in from.chunks_exact(size).enumerate() {
            to[f..].iter_mut().step_by(n).zip(from).for_each(|(to, from)| *to = *from * by);
        }
    }
}

/// Which numbers a pass computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Values, or their cotangents.
    Value,
    /// Tangents beside values that are there already, or cotangents of both.
    Tangent,
}

/// The part of a dual number that a level adds.
pub fn part<T>(level: Level, of: &mut Dual<T>) -> &mut Part<T> {
    match level {
        Level::Value => &mut of.value,
        Level::Tangent => &mut of.inner,
    }
}

/// The numbers of a part, which a pass before this one has made.
pub fn made<T: Scalar>(part: &Part<T>) -> &[T] {
    part.get().unwrap_or_default()
}
