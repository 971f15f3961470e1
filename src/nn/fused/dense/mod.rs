//! The products of a dense layer, fused with what follows them: bias, activation, the activation's slope.
//!
//! A product is cut into tiles (`tile`) of a few rows by two vectors, whose sums stay in registers from the first term to
//! the last. The right factor is read in panels (`right`) as wide as a tile, so that a tile reads it from front to back.
//! Products that leave a tile without work go another way (`thin`).

mod right;
mod row;
#[cfg(test)]
mod tests;
mod thin;
mod tile;

pub use right::{Panels, Right};

use super::gemm::{Form, Into, Kernels, native, transpose};
use crate::scalar::Scalar;
use pulp::{Simd, WithSimd};
use right::{PANEL, Strided};
use thin::thin;
use tile::tiles;

/// The left factor of a product, `[m, k]`.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a, T> {
    /// Row by row.
    Rows(&'a [T]),
    /// Column by column: `[k, m]` row by row.
    Columns(&'a [T]),
}

/// What becomes of a number when its sum is done, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a, T> {
    /// Added to each row, `[n]`.
    pub bias: Option<&'a [T]>,
    /// What follows.
    pub then: Then<'a, T>,
}

/// What follows a sum and its bias.
#[derive(Clone, Copy, Debug)]
pub enum Then<'a, T> {
    /// Nothing.
    Keep,
    /// Where it is not positive, times this slope.
    Rectify(T),
    /// Where these numbers, `[m, n]`, are not positive, times this slope.
    Gate(&'a [T], T),
    /// Times these numbers, `[m, n]`.
    Times(&'a [T]),
}

impl<T> Finish<'_, T> {
    /// The plain product.
    pub const PLAIN: Self = Finish { bias: None, then: Then::Keep };
}

/// A product `out[m, n] (+)= a[m, k] b[k, n]` and what follows it.
pub struct Product<'a, T> {
    /// m, k, n.
    pub shape: [usize; 3],
    /// a.
    pub left: Left<'a, T>,
    /// b.
    pub right: Right<'a, T>,
    /// Whether the sums go on from what `out` holds.
    pub into: Into,
    /// What follows.
    pub finish: Finish<'a, T>,
}

/// Up to how many columns a tile would be mostly empty; `gemm` takes dot products along k there.
pub const FEW: usize = 4;

impl<T: Scalar> Product<'_, T> {
    /// Computes it. `scratch` is free space.
    pub fn run(self, kernels: Kernels, scratch: &mut Vec<T>, out: &mut [T]) {
        let [m, k, n] = self.shape;
        let (Left::Rows(a) | Left::Columns(a)) = self.left;
        assert!(a.len() == m * k && out.len() == m * n && self.right.holds(k, n), "shapes of a product");
        if m == 0 || n == 0 {
            return;
        }
        let arch = pulp::Arch::new();
        match kernels {
            Kernels::Native => arch.dispatch(Job::<T, true> { product: self, scratch, out }),
            Kernels::Portable => arch.dispatch(Job::<T, false> { product: self, scratch, out }),
        }
    }
}

/// A product under way. `FUSED`: each term is added with one rounding, and sums may be split over lanes; else every
/// number is its terms in their order, one rounding each, on every machine.
struct Job<'a, T, const FUSED: bool> {
    product: Product<'a, T>,
    scratch: &'a mut Vec<T>,
    out: &'a mut [T],
}

impl<T: Scalar, const FUSED: bool> WithSimd for Job<'_, T, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Job { product, scratch, out } = self;
        let [m, k, n] = product.shape;
        match (product.left, product.right) {
            (Left::Rows(a), Right::Columns(b)) if FUSED && n <= FEW => {
                native(Form::RightTransposed, product.shape, a, b, product.into, out);
                product.finish.apply(n, out);
            }
            (Left::Rows(a), Right::Rows(b)) if FUSED && n <= FEW => {
                scratch.resize(k * n, T::ZERO);
                transpose(b, k, n, scratch);
                native(Form::RightTransposed, product.shape, a, scratch, product.into, out);
                product.finish.apply(n, out);
            }
            // The transposed product has full rows.
            (Left::Columns(a), Right::Rows(b)) if FUSED && product.turns(PANEL * T::lanes::<S>()) => {
                scratch.resize(m * n, T::ZERO);
                transpose(out, m, n, scratch);
                let right = Strided { values: a, row: m, panel: PANEL * T::lanes::<S>() };
                let turned =
                    Product { shape: [n, k, m], left: Left::Columns(b), right: Right::Rows(a), ..product };
                sums::<S, T, FUSED, true>(simd, &turned, b, right, scratch);
                transpose(scratch, n, m, out);
            }
            (left, right) => {
                let right = right.strided::<S>(k, n, scratch);
                match left {
                    Left::Rows(a) => sums::<S, T, FUSED, false>(simd, &product, a, right, out),
                    Left::Columns(a) => sums::<S, T, FUSED, true>(simd, &product, a, right, out),
                }
            }
        }
    }
}

/// The product of a left factor and panels.
#[inline(always)]
fn sums<S: Simd, T: Scalar, const FUSED: bool, const COLUMNS: bool>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    right: Strided<T>,
    out: &mut [T],
) {
    if !thin::<S, T, FUSED, COLUMNS>(simd, product, left, right, out) {
        tiles::<S, T, FUSED, COLUMNS>(simd, product, left, right, out);
    }
}

impl<T: Scalar> Product<'_, T> {
    /// Whether it is better made of its transpose, whose columns fill panels of this width.
    fn turns(&self, width: usize) -> bool {
        let [m, _, n] = self.shape;
        let plain = matches!(self.finish, Finish { bias: None, then: Then::Keep });
        n <= FEW && m.is_multiple_of(width) && plain
    }
}

impl<T: Scalar> Finish<'_, T> {
    /// What becomes of sums that were written down, `[.., n]`.
    fn apply(&self, n: usize, out: &mut [T]) {
        for (row, out) in out.chunks_exact_mut(n).enumerate() {
            for (column, sum) in out.iter_mut().enumerate() {
                let place = row * n + column;
                let biased = self.bias.map_or(*sum, |bias| *sum + bias[column]);
                let gate = |by: T, left: T| if by > T::ZERO { biased } else { biased * left };
                *sum = match self.then {
                    Then::Keep => biased,
                    Then::Rectify(left) => gate(biased, left),
                    Then::Gate(by, left) => gate(by[place], left),
                    Then::Times(by) => biased * by[place],
                };
            }
        }
    }
}
