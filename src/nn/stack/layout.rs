//! How a batch lies in memory: blocks of rows, within a block `[channels, rows, pixels]`.

use crate::nn::fused::jet::{Dual, Part};
use crate::scalar::Scalar;
use crate::scenario::Extent;

/// Rows of a block.
pub const BLOCK: usize = 8;

/// Where number `f` of a sample lies in a batch of `rows`.
pub fn place(extent: Extent, rows: usize, row: usize, f: usize) -> usize {
    let (first, pixels) = (row / BLOCK * BLOCK, extent.pixels());
    let size = BLOCK.min(rows - first);
    first * extent.numbers() + (f / pixels * size + row - first) * pixels + f % pixels
}

/// Sample by sample, `[rows, channels, pixels]`, to blocks.
pub fn to_blocks<T: Scalar>(from: &[T], extent: Extent, by: f64, to: &mut [T]) {
    let (pixels, by) = (extent.pixels(), T::of(by));
    channels(from.len(), extent, |block, sample| {
        let (to, from) = (&mut to[block..block + pixels], &from[sample..sample + pixels]);
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * by);
    });
}

/// Blocks to sample by sample.
pub fn from_blocks<T: Scalar>(from: &[T], extent: Extent, by: f64, to: &mut [T]) {
    let (pixels, by) = (extent.pixels(), T::of(by));
    channels(from.len(), extent, |block, sample| {
        let (to, from) = (&mut to[sample..sample + pixels], &from[block..block + pixels]);
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * by);
    });
}

/// Every sample's channels in a batch of `len` numbers: where each begins in its block, and sample by sample.
#[inline(always)]
fn channels(len: usize, extent: Extent, mut channel: impl FnMut(usize, usize)) {
    let pixels = extent.pixels();
    let rows = len / extent.numbers();
    for (row, c) in (0..rows).flat_map(|row| (0..extent.channels).map(move |c| (row, c))) {
        channel(place(extent, rows, row, c * pixels), (row * extent.channels + c) * pixels);
    }
}

/// One block of one extent as the same numbers of another: each sample keeps the order of its numbers.
pub fn reshape<T: Scalar>(rows: usize, from: (&[T], Extent), to: (&mut [T], Extent)) {
    let (p, q) = (from.1.pixels(), to.1.pixels());
    for row in 0..rows {
        // Where the sample's next number lies, and how many of its channel are left.
        let (mut source, mut left) = (row * p, p);
        let (mut target, mut room) = (row * q, q);
        for _ in 0..from.1.numbers() {
            to.0[target] = from.0[source];
            (source, left) =
                if left == 1 { (source + 1 + (rows - 1) * p, p) } else { (source + 1, left - 1) };
            (target, room) =
                if room == 1 { (target + 1 + (rows - 1) * q, q) } else { (target + 1, room - 1) };
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
