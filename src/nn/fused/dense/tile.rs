//! A tile of a product: a few rows by two vectors of sums, kept in registers.

use super::left::tiled;
use super::right::{PANEL, Strided};
use super::row::{add_term, followed, sum_of, vectors, write};
use super::{Product, Then};
use crate::nn::fused::{Into, room};
use crate::scalar::Scalar;
use pulp::Simd;

/// Runs the body for r = 0, 1, ... below `$rows`, at most 8, with r known to the compiler: an array of sums that is indexed
/// in a loop would be kept in memory, not in registers, wherever the loop is not unrolled soon enough.
macro_rules! each_row {
    ($rows:expr, $r:ident => $body:expr) => {
        each_row!($rows, $r => $body; 0 1 2 3 4 5 6 7)
    };
    ($rows:expr, $r:ident => $body:expr; $($number:literal)*) => {
        $(if $rows > $number {
            let $r: usize = $number;
            $body
        })*
    };
}

/// Runs the body for each tile of `$m` rows: its first row, and its rows as a constant. The sums of a tile, a row of the right
/// factor and one number of the left fit in the registers.
macro_rules! each_tile {
    ($unit:ident, $m:expr, $row:ident, $rows:ident => $body:block) => {
        let mut $row = 0;
        each_tile!($m, $row, $rows => $body; 8 if $unit::REGISTER_COUNT >= 32);
        each_tile!($m, $row, $rows => $body; 6 if $unit::REGISTER_COUNT < 32);
        each_tile!($m, $row, $rows => $body; 4 if true);
        each_tile!($m, $row, $rows => $body; 2 if true);
        each_tile!($m, $row, $rows => $body; 1 if true);
    };
    ($m:expr, $row:ident, $rows:ident => $body:block; $number:literal if $fits:expr) => {
        while $fits && $m - $row >= $number {
            const $rows: usize = $number;
            $body
            $row += $number;
        }
    };
}

pub(in crate::nn::fused) use each_row;
pub(super) use each_tile;

/// From how many rows on a panel is copied whose rows lie apart. Tiles of sixteen registers or more of sums have so much to
/// do with each row of a panel that the next ones arrive from the second cache in time.
const fn worth_a_copy<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { usize::MAX } else { 16 }
}

/// All tiles of a product; `space` is for a panel and for the left factor.
#[inline(always)]
pub(super) fn tiles<S: Simd, T: Scalar, const FUSED: bool, const COLUMNS: bool>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    right: Strided<T>,
    [panel_space, left_space]: [&mut Vec<T>; 2],
    out: &mut [T],
) {
    let [m, k, n] = product.shape;
    let width = PANEL * T::lanes::<S>();
    let left = if COLUMNS { tiled::<S, T>(left, [m, k], left_space) } else { left };
    for (panel, first) in (0..n).step_by(width).enumerate() {
        let (right, stride) = match right.panel(panel) {
            (rows, stride) if stride > width && m >= worth_a_copy::<S>() => {
                let copy = room(panel_space, k * width);
                for (p, row) in copy.chunks_exact_mut(width).enumerate() {
                    write::<S, T>(vectors::<S, T>(&rows[p * stride..][..width]), row);
                }
                (&*copy, width)
            }
            found => found,
        };
        each_tile!(S, m, row, ROWS => {
            let tile = Tile { product, left, right, stride, first, row };
            tile.run::<S, ROWS, FUSED, COLUMNS>(simd, out);
        });
    }
}

/// A tile's place and what it reads.
struct Tile<'a, T> {
    product: &'a Product<'a, T>,
    left: &'a [T],
    /// The panel, and how far its rows lie apart.
    right: &'a [T],
    stride: usize,
    /// First column.
    first: usize,
    /// First row.
    row: usize,
}

impl<T: Scalar> Tile<'_, T> {
    /// Computes a tile of R rows.
    #[inline(always)]
    fn run<S: Simd, const R: usize, const FUSED: bool, const COLUMNS: bool>(&self, simd: S, out: &mut [T]) {
        let mut sums = [[T::splat(simd, T::ZERO); PANEL]; R];
        // With one rounding a term, the order of the terms is fixed: what is there comes first.
        let add = self.product.into == Into::Add;
        if add && !FUSED {
            each_row!(R, r => sums[r] = self.row_of(simd, out, self.row + r));
        }
        let mut sums = self.add_terms::<S, R, FUSED, COLUMNS>(simd, sums);
        if add && FUSED {
            each_row!(R, r => {
                let old = self.row_of(simd, out, self.row + r);
                sums[r] = sum_of::<S, T>(simd, sums[r], old);
            });
        }
        self.finish::<S, R>(simd, sums, out);
    }

    /// The sums with all their terms. They go in and come out as values: an array that others index as well would be kept
    /// in memory all the while.
    #[inline(always)]
    fn add_terms<S: Simd, const R: usize, const FUSED: bool, const COLUMNS: bool>(
        &self,
        simd: S,
        from: [[T::Vector<S>; PANEL]; R],
    ) -> [[T::Vector<S>; PANEL]; R] {
        let k = self.product.shape[1];
        let width = PANEL * T::lanes::<S>();
        let (right, stride) = (self.right, self.stride);
        let mut sums = from;
        if COLUMNS {
            let (columns, _) = self.left[self.row * k..][..R * k].as_chunks::<R>();
            for (p, a) in columns.iter().enumerate() {
                let b = vectors::<S, T>(&right[p * stride..][..width]);
                each_row!(R, r => sums[r] = add_term::<S, T, FUSED>(simd, a[r], b, sums[r]));
            }
        } else {
            let mut rows: [&[T]; R] = [&[]; R];
            each_row!(R, r => rows[r] = &self.left[(self.row + r) * k..][..k]);
            for p in 0..k {
                let b = vectors::<S, T>(&right[p * stride..][..width]);
                each_row!(R, r => sums[r] = add_term::<S, T, FUSED>(simd, rows[r][p], b, sums[r]));
            }
        }
        sums
    }

    /// Writes a tile's sums with what follows them.
    #[inline(always)]
    fn finish<S: Simd, const R: usize>(&self, simd: S, mut sums: [[T::Vector<S>; PANEL]; R], out: &mut [T]) {
        if let Some(bias) = self.product.finish.bias {
            let bias = self.row_of(simd, bias, 0);
            each_row!(R, r => sums[r] = sum_of::<S, T>(simd, sums[r], bias));
        }
        // No closures: one that is not inlined is compiled for the narrowest vectors, and so is every operation in it.
        let then = self.product.finish.then;
        match then {
            Then::Keep => (),
            Then::Rectify(_) => {
                each_row!(R, r => sums[r] = followed(simd, then, sums[r], sums[r]));
            }
            Then::Gate(by, _) | Then::Times(by) => {
                each_row!(R, r => {
                    let by = self.row_of(simd, by, self.row + r);
                    sums[r] = followed(simd, then, sums[r], by);
                });
            }
        }
        each_row!(R, r => self.put(simd, sums[r], self.row + r, out));
    }

    /// Where the tile's part of a row of numbers `[.., n]` begins, and whether it has the tile's whole width.
    #[inline(always)]
    fn place<S: Simd>(&self, row: usize) -> (usize, bool) {
        let n = self.product.shape[2];
        (row * n + self.first, self.first + PANEL * T::lanes::<S>() <= n)
    }

    /// The tile's part of a row of numbers `[.., n]`, zeros behind their end.
    #[inline(always)]
    fn row_of<S: Simd>(&self, simd: S, x: &[T], row: usize) -> [T::Vector<S>; PANEL] {
        let lanes = T::lanes::<S>();
        match self.place::<S>(row) {
            (place, true) => vectors::<S, T>(&x[place..][..PANEL * lanes]),
            (place, false) => {
                let x = &x[place..][..self.product.shape[2] - self.first];
                let (first, second) = x.split_at(x.len().min(lanes));
                [T::load(simd, first), T::load(simd, second)]
            }
        }
    }

    /// Writes the tile's part of a row, as far as the row goes.
    #[inline(always)]
    fn put<S: Simd>(&self, simd: S, done: [T::Vector<S>; PANEL], row: usize, out: &mut [T]) {
        let lanes = T::lanes::<S>();
        match self.place::<S>(row) {
            (place, true) => {
                write::<S, T>(done, &mut out[place..][..PANEL * lanes]);
            }
            (place, false) => {
                let to = &mut out[place..][..self.product.shape[2] - self.first];
                let (first, second) = to.split_at_mut(to.len().min(lanes));
                T::store(simd, done[0], first);
                T::store(simd, done[1], second);
            }
        }
    }
}
