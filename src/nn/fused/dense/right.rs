//! The right factor of a product, as a tile reads it: in panels of columns.

use crate::scalar::{SIDE, Scalar};
use pulp::{Simd, WithSimd};

/// Width of a panel in vectors.
pub const PANEL: usize = 2;

/// The right factor of a product, `[k, n]`.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a, T> {
    /// Row by row.
    Rows(&'a [T]),
    /// Column by column: `[n, k]` row by row.
    Columns(&'a [T]),
    /// In panels.
    Packed(&'a Panels<T>),
}

/// A right factor `[k, n]` in panels: for each panel of columns its k rows, one behind the other, the last panel filled up
/// with zeros.
#[derive(Clone, Debug, Default)]
pub struct Panels<T> {
    values: Vec<T>,
    shape: [usize; 2],
}

impl<T: Scalar> Panels<T> {
    /// The right factor that they hold; None before the first packing.
    pub fn right(&self) -> Option<Right<'_, T>> {
        (!self.values.is_empty()).then_some(Right::Packed(self))
    }

    /// Packs the transpose of `columns`, `[n, k]`.
    pub fn pack_columns(&mut self, columns: &[T], k: usize, n: usize) {
        pulp::Arch::new().dispatch(Pack { columns, shape: [k, n], to: self });
    }
}

/// A packing under way. A closure would not be told the vector unit; this is.
pub(super) struct Pack<'a, T> {
    pub columns: &'a [T],
    pub shape: [usize; 2],
    pub to: &'a mut Panels<T>,
}

impl<T: Scalar> WithSimd for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.to.shape = self.shape;
        pack_columns(self.columns, self.shape, PANEL * T::lanes::<S>(), &mut self.to.values);
    }
}

/// A right factor of which each panel's rows are found at even distances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strided<'a, T> {
    pub values: &'a [T],
    /// From a row to the next.
    pub row: usize,
    /// From a panel to the next.
    pub panel: usize,
}

impl<'a, T> Strided<'a, T> {
    /// A panel, and how far its rows lie apart.
    pub(super) fn panel(self, number: usize) -> (&'a [T], usize) {
        (&self.values[number * self.panel..], self.row)
    }
}

impl<'a, T: Scalar> Right<'a, T> {
    /// Whether it has k rows and n columns.
    pub(super) fn holds(self, k: usize, n: usize) -> bool {
        match self {
            Right::Rows(b) | Right::Columns(b) => b.len() == k * n,
            Right::Packed(panels) => panels.shape == [k, n],
        }
    }

    /// The panels: where they are, if the columns fill them, or packed into `scratch`.
    #[inline(always)]
    pub(super) fn strided<'b, S: Simd>(self, k: usize, n: usize, scratch: &'b mut Vec<T>) -> Strided<'b, T>
    where
        'a: 'b,
    {
        let width = PANEL * T::lanes::<S>();
        let packed = |values: &'b [T]| Strided { values, row: width, panel: k * width };
        match self {
            Right::Packed(panels) => packed(&panels.values),
            Right::Rows(b) if n.is_multiple_of(width) => Strided { values: b, row: n, panel: width },
            Right::Rows(b) => {
                pack_rows(b, [k, n], width, scratch);
                packed(scratch)
            }
            Right::Columns(b) => {
                pack_columns(b, [k, n], width, scratch);
                packed(scratch)
            }
        }
    }
}

fn pack_rows<T: Scalar>(b: &[T], [k, n]: [usize; 2], width: usize, to: &mut Vec<T>) {
    to.resize(k * n.next_multiple_of(width), T::ZERO);
    for (panel, first) in to.chunks_exact_mut(k * width).zip((0..n).step_by(width)) {
        let columns = first..n.min(first + width);
        for (row, b) in panel.chunks_exact_mut(width).zip(b.chunks_exact(n)) {
            let (head, tail) = row.split_at_mut(columns.len());
            head.copy_from_slice(&b[columns.clone()]);
            tail.fill(T::ZERO);
        }
    }
}

#[inline(always)]
fn pack_columns<T: Scalar>(b: &[T], [k, n]: [usize; 2], width: usize, to: &mut Vec<T>) {
    to.resize(k * n.next_multiple_of(width), T::ZERO);
    for (panel, first) in to.chunks_exact_mut(k * width).zip((0..n).step_by(width)) {
        let columns = n.min(first + width) - first;
        let b = &b[first * k..][..columns * k];
        let square = [k, columns].map(|length| length - length % SIDE);
        for p in (0..square[0]).step_by(SIDE) {
            for c in (0..square[1]).step_by(SIDE) {
                turn_square(&b[c * k + p..], k, &mut panel[p * width + c..], width);
            }
        }
        for (p, row) in panel.chunks_exact_mut(width).enumerate() {
            let done = if p < square[0] { square[1] } else { 0 };
            for (c, to) in row.iter_mut().enumerate().skip(done) {
                *to = if c < columns { b[c * k + p] } else { T::ZERO };
            }
        }
    }
}

/// Transposes a square whose rows are so far apart.
#[inline(always)]
fn turn_square<T: Scalar>(from: &[T], from_row: usize, to: &mut [T], to_row: usize) {
    let mut square = [[T::ZERO; SIDE]; SIDE];
    for (c, row) in square.iter_mut().enumerate() {
        row.copy_from_slice(&from[c * from_row..][..SIDE]);
    }
    for (p, row) in T::transposed(square).iter().enumerate() {
        to[p * to_row..][..SIDE].copy_from_slice(row);
    }
}
