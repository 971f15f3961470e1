//! The left factor of a product, as a tile reads it.

use super::tile::each_tile;
use crate::nn::fused::room;
use crate::scalar::Scalar;
use pulp::Simd;

/// The left factor of a product, `[m, k]`.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a, T> {
    /// Row by row.
    Rows(&'a [T]),
    /// Column by column: `[k, m]` row by row.
    Columns(&'a [T]),
}

/// Packs columns, `[k, m]` row by row, tile by tile: for each tile its k columns, one behind the other. In `columns` they lie
/// apart by a row's length, which for lengths like 128 lets them drive each other out of the cache.
#[inline(always)]
pub(super) fn tiled<'a, S: Simd, T: Scalar>(
    columns: &[T],
    [m, k]: [usize; 2],
    to: &'a mut Vec<T>,
) -> &'a [T] {
    let to = room(to, m * k);
    each_tile!(S, m, row, ROWS => {
        let (tile, _) = to[row * k..][..ROWS * k].as_chunks_mut::<ROWS>();
        for (tile, columns) in tile.iter_mut().zip(columns.chunks_exact(m)) {
            if let Some(column) = columns[row..].first_chunk::<ROWS>() {
                *tile = *column;
            }
        }
    });
    to
}
