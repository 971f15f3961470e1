//! Sums over the rows, for a vector of hidden units at a time: the parameters' cotangents.

use super::units::{Units, delta, delta_of_both, value, value_dot};
use crate::scalar::Scalar;
use pulp::{Simd, WithSimd};

/// Adds the parameters' cotangents to `to`, from the output's.
pub(super) struct Gradient<'a, T> {
    pub at: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    pub bar: &'a [T],
    pub to: &'a mut Units<T>,
}

impl<T: Scalar> WithSimd for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gradient { at, left, x, bar, to } = self;
        let units = at.vectors::<S>();
        let sums = to.vectors_mut::<S>();
        let zero = T::splat(simd, T::ZERO);
        for p in 0..units.len() {
            let unit = units.unit(p);
            let (mut weight_0, mut weight_1, mut bias, mut out) = (zero, zero, sums.bias[p], zero);
            for (x, bar) in x.iter().zip(bar) {
                let h = value::<S, T>(simd, unit, *x, left);
                let d = delta::<S, T>(simd, unit, *bar, h, left);
                weight_0 = T::times_plus(simd, T::splat(simd, x[0]), d, weight_0);
                weight_1 = T::times_plus(simd, T::splat(simd, x[1]), d, weight_1);
                bias = T::plus(simd, bias, d);
                out = T::times_plus(simd, T::splat(simd, *bar), h, out);
            }
            sums.weight[0][p] = T::plus(simd, weight_0, sums.weight[0][p]);
            sums.weight[1][p] = T::plus(simd, weight_1, sums.weight[1][p]);
            sums.bias[p] = bias;
            sums.out[p] = T::plus(simd, out, sums.out[p]);
        }
        bar.iter().for_each(|bar| to.out_bias += *bar);
    }
}

/// The same from the cotangents of the output and of its tangent.
pub(super) struct GradientOfBoth<'a, T> {
    pub at: &'a Units<T>,
    pub along: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    pub x_dot: &'a [[T; 2]],
    /// Of the output and of its tangent.
    pub bars: [&'a [T]; 2],
    pub to: &'a mut Units<T>,
}

impl<T: Scalar> WithSimd for GradientOfBoth<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let GradientOfBoth { at, along, left, x, x_dot, bars, to } = self;
        let (units, dots) = (at.vectors::<S>(), along.vectors::<S>());
        let sums = to.vectors_mut::<S>();
        let zero = T::splat(simd, T::ZERO);
        for p in 0..units.len() {
            let both = [units.unit(p), dots.unit(p)];
            let (mut weight_0, mut weight_1, mut bias, mut out) = (zero, zero, sums.bias[p], zero);
            let (mut dot_0, mut dot_1, mut out_dot) = (zero, zero, zero);
            let rows = x.iter().zip(x_dot).zip(bars[0].iter().zip(bars[1]));
            for ((x, x_dot), (bar, bar_dot)) in rows {
                let h = value::<S, T>(simd, both[0], *x, left);
                let h_dot = value_dot::<S, T>(simd, both, [*x, *x_dot], h, left);
                let d = delta_of_both::<S, T>(simd, both, [*bar, *bar_dot], h, left);
                let e = delta::<S, T>(simd, both[0], *bar_dot, h, left);
                weight_0 = T::times_plus(simd, T::splat(simd, x[0]), d, weight_0);
                weight_1 = T::times_plus(simd, T::splat(simd, x[1]), d, weight_1);
                dot_0 = T::times_plus(simd, T::splat(simd, x_dot[0]), e, dot_0);
                dot_1 = T::times_plus(simd, T::splat(simd, x_dot[1]), e, dot_1);
                bias = T::plus(simd, bias, d);
                out = T::times_plus(simd, T::splat(simd, *bar), h, out);
                out_dot = T::times_plus(simd, T::splat(simd, *bar_dot), h_dot, out_dot);
            }
            // What is there comes first, as where one product is added after the other.
            sums.weight[0][p] = T::plus(simd, dot_0, T::plus(simd, weight_0, sums.weight[0][p]));
            sums.weight[1][p] = T::plus(simd, dot_1, T::plus(simd, weight_1, sums.weight[1][p]));
            sums.bias[p] = bias;
            sums.out[p] = T::plus(simd, out_dot, T::plus(simd, out, sums.out[p]));
        }
        bars[0].iter().for_each(|bar| to.out_bias += *bar);
    }
}
