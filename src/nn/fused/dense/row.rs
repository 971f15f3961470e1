//! A panel's row in registers, and what is done with it.

use super::Then;
use super::right::PANEL;
use crate::scalar::Scalar;
use pulp::Simd;

/// What becomes of sums; `by` are the numbers that gate or scale them, or they themselves.
#[inline(always)]
pub(super) fn followed<S: Simd, T: Scalar>(
    simd: S,
    then: Then<T>,
    sums: [T::Vector<S>; PANEL],
    by: [T::Vector<S>; PANEL],
) -> [T::Vector<S>; PANEL] {
    match then {
        Then::Keep => sums,
        Then::Rectify(left) | Then::Gate(_, left) => gate(simd, by, sums, left),
        Then::Times(_) => [T::times(simd, sums[0], by[0]), T::times(simd, sums[1], by[1])],
    }
}

/// a + b.
#[inline(always)]
pub(super) fn sum_of<S: Simd, T: Scalar>(
    simd: S,
    a: [T::Vector<S>; PANEL],
    b: [T::Vector<S>; PANEL],
) -> [T::Vector<S>; PANEL] {
    [T::plus(simd, a[0], b[0]), T::plus(simd, a[1], b[1])]
}

/// Writes a panel's row.
#[inline(always)]
pub(super) fn write<S: Simd, T: Scalar>(done: [T::Vector<S>; PANEL], row: &mut [T]) {
    let row = T::vectors_mut::<S>(row).0;
    row[0] = done[0];
    row[1] = done[1];
}

/// A panel's row.
#[inline(always)]
pub(super) fn vectors<S: Simd, T: Scalar>(row: &[T]) -> [T::Vector<S>; PANEL] {
    let row = T::vectors::<S>(row).0;
    [row[0], row[1]]
}

/// x, times `left` where `by` is not positive.
#[inline(always)]
fn gate<S: Simd, T: Scalar>(
    simd: S,
    by: [T::Vector<S>; PANEL],
    x: [T::Vector<S>; PANEL],
    left: T,
) -> [T::Vector<S>; PANEL] {
    let left = T::splat(simd, left);
    [
        T::where_positive(simd, by[0], x[0], T::times(simd, x[0], left)),
        T::where_positive(simd, by[1], x[1], T::times(simd, x[1], left)),
    ]
}

/// The sums and a times b.
#[inline(always)]
pub(super) fn add_term<S: Simd, T: Scalar, const FUSED: bool>(
    simd: S,
    a: T,
    b: [T::Vector<S>; PANEL],
    sums: [T::Vector<S>; PANEL],
) -> [T::Vector<S>; PANEL] {
    let a = T::splat(simd, a);
    match FUSED {
        true => [T::times_plus(simd, a, b[0], sums[0]), T::times_plus(simd, a, b[1], sums[1])],
        false => {
            [T::plus(simd, sums[0], T::times(simd, a, b[0])), T::plus(simd, sums[1], T::times(simd, a, b[1]))]
        }
    }
}
