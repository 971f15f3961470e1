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
    for (panel, first) in (0..n).step_by(width).enumerate() {
        let mut terms = [[T::splat(simd, T::ZERO); PANEL]; K];
        for (p, terms) in terms.iter_mut().enumerate() {
            *terms = vectors::<S, T>(&right.values[panel * right.panel + p * right.row..][..width]);
        }
        let bias = product.finish.bias.map(|bias| vectors::<S, T>(&bias[first..][..width]));
        for (row, (a, out)) in left.chunks_exact(K).zip(out.chunks_exact_mut(n)).enumerate() {
            let out = &mut out[first..][..width];
            let mut sums = start::<S, T, FUSED>(simd, product, out);
            for p in 0..K {
                sums = add_term::<S, T, FUSED>(simd, a[p], terms[p], sums);
            }
            finish::<S, T, FUSED>(simd, product, sums, bias, row * n + first, out);
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
    for (group, out) in out.chunks_exact_mut(GROUP * width).enumerate() {
        let panels = &right.values[group * GROUP * right.panel..];
        let mut sums = [[T::splat(simd, T::ZERO); PANEL]; GROUP];
        for (sums, out) in sums.iter_mut().zip(out.chunks_exact(width)) {
            *sums = start::<S, T, FUSED>(simd, product, out);
        }
        let [mut s0, mut s1, mut s2, mut s3] = sums;
        for (p, a) in left.iter().enumerate() {
            let row = |g: usize| vectors::<S, T>(&panels[g * right.panel + p * right.row..][..width]);
            s0 = add_term::<S, T, FUSED>(simd, *a, row(0), s0);
            s1 = add_term::<S, T, FUSED>(simd, *a, row(1), s1);
            s2 = add_term::<S, T, FUSED>(simd, *a, row(2), s2);
            s3 = add_term::<S, T, FUSED>(simd, *a, row(3), s3);
        }
        for (g, (sums, out)) in [s0, s1, s2, s3].into_iter().zip(out.chunks_exact_mut(width)).enumerate() {
            let first = (group * GROUP + g) * width;
            let bias = product.finish.bias.map(|bias| vectors::<S, T>(&bias[first..][..width]));
            finish::<S, T, FUSED>(simd, product, sums, bias, first, out);
        }
    }
}

/// What sums begin with. With one rounding a term, the order of the terms is fixed: what is there comes first.
#[inline(always)]
fn start<S: Simd, T: Scalar, const FUSED: bool>(
    simd: S,
    product: &Product<T>,
    out: &[T],
) -> [T::Vector<S>; PANEL] {
    match product.into {
        Into::Add if !FUSED => vectors::<S, T>(out),
        _ => [T::splat(simd, T::ZERO); PANEL],
    }
}

/// Writes sums with what follows them; they begin at this place of `[m, n]`.
#[inline(always)]
fn finish<S: Simd, T: Scalar, const FUSED: bool>(
    simd: S,
    product: &Product<T>,
    mut sums: [T::Vector<S>; PANEL],
    bias: Option<[T::Vector<S>; PANEL]>,
    place: usize,
    out: &mut [T],
) {
    if FUSED && product.into == Into::Add {
        sums = sum_of::<S, T>(simd, sums, vectors::<S, T>(out));
    }
    if let Some(bias) = bias {
        sums = sum_of::<S, T>(simd, sums, bias);
    }
    let then = product.finish.then;
    let by = match then {
        Then::Gate(by, _) | Then::Times(by) => vectors::<S, T>(&by[place..][..out.len()]),
        Then::Keep | Then::Rectify(_) => sums,
    };
    write::<S, T>(followed(simd, then, sums, by), out);
}
