//! The products of a dense layer, fused with what follows them: bias, activation, the activation's slope.
//!
//! A product is cut into tiles (`tile`) of a few rows by two vectors, whose sums stay in registers from the first term to
//! the last. The right factor is read in panels (`right`) as wide as a tile, the left one row by row or packed for each tile
//! (`left`), so that a tile reads both from front to back.
//! Products that leave a tile without work go other ways (`thin`, `few`).

mod few;
mod left;
mod right;
mod row;
#[cfg(test)]
mod tests;
mod thin;
mod tile;

pub use few::FEW;
pub use left::Left;
pub use right::{Panels, Right};

use super::gemm::{Into, Kernels, transpose};
use super::room;
use crate::scalar::Scalar;
use few::few_columns;
use pulp::{Simd, WithSimd};
use right::{PANEL, Strided};
use thin::thin;
pub(super) use tile::each_row;
use tile::tiles;

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

/// Free space for products, which grows to what they need.
#[derive(Clone, Debug, Default)]
pub struct Scratch<T> {
    /// A right factor in panels, or a product that is made of its transpose.
    right: Vec<T>,
    /// One panel of a right factor.
    panel: Vec<T>,
    /// A left factor, tile by tile.
    left: Vec<T>,
}

impl<T: Scalar> Product<'_, T> {
    /// Computes it.
    pub fn run(self, kernels: Kernels, scratch: &mut Scratch<T>, out: &mut [T]) {
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
    scratch: &'a mut Scratch<T>,
    out: &'a mut [T],
}

impl<T: Scalar, const FUSED: bool> WithSimd for Job<'_, T, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Job { product, scratch, out } = self;
        let Scratch { right: space, panel, left: tiles } = scratch;
        let [m, k, n] = product.shape;
        match (product.left, product.right) {
            (Left::Rows(a), Right::Columns(b)) if FUSED && n <= FEW => {
                few_columns(simd, &product, a, b, out);
            }
            (Left::Rows(a), Right::Rows(b)) if FUSED && n <= FEW => {
                let columns = room(space, k * n);
                transpose(b, k, n, columns);
                few_columns(simd, &product, a, columns, out);
            }
            // The transposed product has full rows.
            (Left::Columns(a), Right::Rows(b)) if FUSED && product.turns(PANEL * T::lanes::<S>()) => {
                let turned_out = room(space, m * n);
                transpose(out, m, n, turned_out);
                let right = Strided { values: a, row: m, panel: PANEL * T::lanes::<S>() };
                let turned =
                    Product { shape: [n, k, m], left: Left::Columns(b), right: Right::Rows(a), ..product };
                sums::<S, T, FUSED, true>(simd, &turned, b, right, [panel, tiles], turned_out);
                transpose(turned_out, n, m, out);
            }
            (left, right) => {
                let right = right.strided::<S>(k, n, space);
                let space = [panel, tiles];
                match left {
                    Left::Rows(a) => sums::<S, T, FUSED, false>(simd, &product, a, right, space, out),
                    Left::Columns(a) => sums::<S, T, FUSED, true>(simd, &product, a, right, space, out),
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
    space: [&mut Vec<T>; 2],
    out: &mut [T],
) {
    if !thin::<S, T, FUSED, COLUMNS>(simd, product, left, right, out) {
        tiles::<S, T, FUSED, COLUMNS>(simd, product, left, right, space, out);
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
