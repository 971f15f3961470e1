//! Products in which a tile would have hardly anything to do: of one or two terms, and of one row.
//!
//! What happens to a number, and in which order, is what happens in a tile.

use super::right::{PANEL, Strided};
use super::row::{add_term, followed, sum_of, vectors, write};
use super::{Product, Then};
use crate::nn::fused::Into;
use crate::scalar::Scalar;
use pulp::Simd;

/// Panels whose sums are in registers at once.
const GROUP: usize = 4;

/// Computes a product whose columns fill their panels, if it is of one or two terms, its left factor row by row, or of one
/// row. Returns whether it did.
#[inline(always)]
pub(super) fn thin<S: Simd, T: Scalar, const FUSED: bool, const COLUMNS: bool>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    right: Strided<T>,
    out: &mut [T],
) -> bool {
    let width = PANEL * T::lanes::<S>();
    match product.shape {
        [_, _, n] if !n.is_multiple_of(width) => return false,
        [_, 1, _] if !COLUMNS => few_terms::<S, T, FUSED, 1>(simd, product, left, right, out),
        [_, 2, _] if !COLUMNS => few_terms::<S, T, FUSED, 2>(simd, product, left, right, out),
        [1, _, n] if n.is_multiple_of(GROUP * width) => {
            one_row::<S, T, FUSED>(simd, product, left, right, out)
        }
        _ => return false,
    }
    true
}

/// K terms: their panel stays in registers from the first row of the product to the last.
#[inline(always)]
fn few_terms<S: Simd, T: Scalar, const FUSED: bool, const K: usize>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    right: Strided<T>,
    out: &mut [T],
) {
    let n = product.shape[2];
    let width = PANEL * T::lanes::<S>();
    let zero = [T::splat(simd, T::ZERO); PANEL];
    let add = product.into == Into::Add;
    for (panel, first) in (0..n).step_by(width).enumerate() {
        let mut terms = [zero; K];
        for (p, terms) in terms.iter_mut().enumerate() {
            *terms = vectors::<S, T>(&right.values[panel * right.panel + p * right.row..][..width]);
        }
        let bias = product.finish.bias.map(|bias| vectors::<S, T>(&bias[first..][..width]));
        for (row, (a, out)) in left.chunks_exact(K).zip(out.chunks_exact_mut(n)).enumerate() {
            let out = &mut out[first..][..width];
            let old = if add { vectors::<S, T>(out) } else { zero };
            let mut sums = if FUSED { zero } else { old };
            for p in 0..K {
                sums = add_term::<S, T, FUSED>(simd, a[p], terms[p], sums);
            }
            if FUSED && add {
                sums = sum_of::<S, T>(simd, sums, old);
            }
            finish(simd, product.finish.then, bias, row * n + first, sums, out);
        }
    }
}

/// One row: several panels at once, whose sums need not wait for each other.
#[inline(always)]
fn one_row<S: Simd, T: Scalar, const FUSED: bool>(
    simd: S,
    product: &Product<T>,
    left: &[T],
    right: Strided<T>,
    out: &mut [T],
) {
    let width = PANEL * T::lanes::<S>();
    let zero = [T::splat(simd, T::ZERO); PANEL];
    let add = product.into == Into::Add;
    for (group, out) in out.chunks_exact_mut(GROUP * width).enumerate() {
        let panels = &right.values[group * GROUP * right.panel..];
        let [old0, old1, old2, old3] = match add {
            true => [0, 1, 2, 3].map(|g| vectors::<S, T>(&out[g * width..][..width])),
            false => [zero; GROUP],
        };
        let [mut s0, mut s1, mut s2, mut s3] = if FUSED { [zero; GROUP] } else { [old0, old1, old2, old3] };
        for (p, a) in left.iter().enumerate() {
            let row = |g: usize| vectors::<S, T>(&panels[g * right.panel + p * right.row..][..width]);
            s0 = add_term::<S, T, FUSED>(simd, *a, row(0), s0);
            s1 = add_term::<S, T, FUSED>(simd, *a, row(1), s1);
            s2 = add_term::<S, T, FUSED>(simd, *a, row(2), s2);
            s3 = add_term::<S, T, FUSED>(simd, *a, row(3), s3);
        }
        for (g, (sums, old)) in [(s0, old0), (s1, old1), (s2, old2), (s3, old3)].into_iter().enumerate() {
            let sums = if FUSED && add { sum_of::<S, T>(simd, sums, old) } else { sums };
            let first = (group * GROUP + g) * width;
            let bias = product.finish.bias.map(|bias| vectors::<S, T>(&bias[first..][..width]));
            finish(simd, product.finish.then, bias, first, sums, &mut out[g * width..][..width]);
        }
    }
}

/// Writes sums, `bias` added, with what follows them; they begin at this place of `[m, n]`.
#[inline(always)]
fn finish<S: Simd, T: Scalar>(
    simd: S,
    then: Then<T>,
    bias: Option<[T::Vector<S>; PANEL]>,
    place: usize,
    sums: [T::Vector<S>; PANEL],
    out: &mut [T],
) {
    let sums = match bias {
        Some(bias) => sum_of::<S, T>(simd, sums, bias),
        None => sums,
    };
    let by = match then {
        Then::Gate(by, _) | Then::Times(by) => vectors::<S, T>(&by[place..][..out.len()]),
        Then::Keep | Then::Rectify(_) => sums,
    };
    write::<S, T>(followed(simd, then, sums, by), out);
}
