//! Products with a few columns: dot products along k, several rows at once.

use super::tile::{each_row, each_tile};
use super::{Finish, Product, Then};
use crate::nn::fused::Into;
use crate::scalar::Scalar;
use pulp::Simd;

/// Up to how many columns a tile would be mostly empty.
pub const FEW: usize = 4;

/// A product whose left factor is given row by row and whose right factor column by column. A sum is split over the lanes of
/// a vector; how many rows there are changes no bit.
#[inline(always)]
pub(super) fn few_columns<S: Simd, T: Scalar>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    columns: &[T],
    out: &mut [T],
) {
    let [m, k, n] = product.shape;
    each_tile!(S, m, row, ROWS => {
        for column in 0..n {
            let rows = &left[row * k..][..ROWS * k];
            let sums = dots::<S, T, ROWS>(simd, rows, &columns[column * k..][..k]);
            for (r, sum) in sums.into_iter().enumerate() {
                let place = (row + r) * n + column;
                let sum = if product.into == Into::Add { sum + out[place] } else { sum };
                out[place] = product.finish.of(sum, place, column);
            }
        }
    });
}

/// The dot products of R rows with one column.
#[inline(always)]
fn dots<S: Simd, T: Scalar, const R: usize>(simd: S, rows: &[T], column: &[T]) -> [T; R] {
    let k = column.len();
    let (column, column_end) = T::vectors::<S>(column);
    let mut vectors: [&[T::Vector<S>]; R] = [&[]; R];
    let mut ends: [&[T]; R] = [&[]; R];
    each_row!(R, r => (vectors[r], ends[r]) = T::vectors::<S>(&rows[r * k..][..k]));
    let mut sums = [T::splat(simd, T::ZERO); R];
    for (p, b) in column.iter().enumerate() {
        each_row!(R, r => sums[r] = T::times_plus(simd, vectors[r][p], *b, sums[r]));
    }
    if !column_end.is_empty() {
        let b = T::load(simd, column_end);
        each_row!(R, r => sums[r] = T::times_plus(simd, T::load(simd, ends[r]), b, sums[r]));
    }
    let mut done = [T::ZERO; R];
    each_row!(R, r => done[r] = T::sum_lanes(simd, sums[r]));
    done
}

impl<T: Scalar> Finish<'_, T> {
    /// What becomes of one sum at a place of `[m, n]`.
    #[inline(always)]
    fn of(&self, sum: T, place: usize, column: usize) -> T {
        let biased = self.bias.map_or(sum, |bias| sum + bias[column]);
        let gate = |by: T, left: T| if by > T::ZERO { biased } else { biased * left };
        match self.then {
            Then::Keep => biased,
            Then::Rectify(left) => gate(biased, left),
            Then::Gate(by, left) => gate(by[place], left),
            Then::Times(by) => biased * by[place],
        }
    }
}
