//! Sums over the hidden units, for a few rows at once: what a pass gives for each row.

use super::units::{Units, delta, delta_of_both, value, value_dot};
use crate::nn::fused::dense::each_row;
use crate::scalar::Scalar;
use pulp::{Simd, WithSimd};

/// Rows whose sums are in registers at once.
const ROWS: usize = 4;

/// What is computed for each row of a chunk by itself.
trait EachRow {
    /// Computes the R rows from `first` on.
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize);
}

/// All rows, several at once.
#[inline(always)]
fn all<S: Simd>(simd: S, rows: usize, mut of: impl EachRow) {
    // No closures: one that is not inlined is compiled for the narrowest vectors.
    let whole = rows - rows % ROWS;
    for first in (0..whole).step_by(ROWS) {
        of.rows::<S, ROWS>(simd, first);
    }
    for first in whole..rows {
        of.rows::<S, 1>(simd, first);
    }
}

/// The output.
pub(super) struct Forward<'a, T> {
    pub at: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    pub y: &'a mut [T],
}

impl<T: Scalar> EachRow for Forward<'_, T> {
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize) {
        let Some(x) = self.x[first..].first_chunk::<R>() else { return };
        let units = self.at.vectors::<S>();
        let mut sums = [T::splat(simd, T::ZERO); R];
        for p in 0..units.len() {
            let unit = units.unit(p);
            each_row!(R, r => {
                let h = value::<S, T>(simd, unit, x[r], self.left);
                sums[r] = T::times_plus(simd, h, unit.out, sums[r]);
            });
        }
        each_row!(R, r => self.y[first + r] = T::sum_lanes(simd, sums[r]) + self.at.out_bias);
    }
}

/// The output's tangent.
pub(super) struct Tangent<'a, T> {
    pub at: &'a Units<T>,
    pub along: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    pub x_dot: &'a [[T; 2]],
    pub y_dot: &'a mut [T],
}

impl<T: Scalar> EachRow for Tangent<'_, T> {
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize) {
        let Some(x) = self.x[first..].first_chunk::<R>() else { return };
        let Some(x_dot) = self.x_dot[first..].first_chunk::<R>() else { return };
        let (units, dots) = (self.at.vectors::<S>(), self.along.vectors::<S>());
        let mut by_units = [T::splat(simd, T::ZERO); R];
        let mut by_theta = by_units;
        for p in 0..units.len() {
            let (unit, dot) = (units.unit(p), dots.unit(p));
            each_row!(R, r => {
                let h = value::<S, T>(simd, unit, x[r], self.left);
                let h_dot = value_dot::<S, T>(simd, [unit, dot], [x[r], x_dot[r]], h, self.left);
                by_units[r] = T::times_plus(simd, h_dot, unit.out, by_units[r]);
                by_theta[r] = T::times_plus(simd, h, dot.out, by_theta[r]);
            });
        }
        each_row!(R, r => {
            let both = T::sum_lanes(simd, by_theta[r]) + T::sum_lanes(simd, by_units[r]);
            self.y_dot[first + r] = both + self.along.out_bias;
        });
    }
}

/// The cotangent of the input from that of the output.
pub(super) struct ToInput<'a, T> {
    pub at: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    pub bar: &'a [T],
    pub x_bar: &'a mut [[T; 2]],
}

impl<T: Scalar> EachRow for ToInput<'_, T> {
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize) {
        let Some(x) = self.x[first..].first_chunk::<R>() else { return };
        let Some(bar) = self.bar[first..].first_chunk::<R>() else { return };
        let units = self.at.vectors::<S>();
        let (mut sums_0, mut sums_1) = ([T::splat(simd, T::ZERO); R], [T::splat(simd, T::ZERO); R]);
        for p in 0..units.len() {
            let unit = units.unit(p);
            each_row!(R, r => {
                let h = value::<S, T>(simd, unit, x[r], self.left);
                let d = delta::<S, T>(simd, unit, bar[r], h, self.left);
                sums_0[r] = T::times_plus(simd, d, unit.weight[0], sums_0[r]);
                sums_1[r] = T::times_plus(simd, d, unit.weight[1], sums_1[r]);
            });
        }
        each_row!(R, r => {
            self.x_bar[first + r] = [T::sum_lanes(simd, sums_0[r]), T::sum_lanes(simd, sums_1[r])];
        });
    }
}

/// The cotangents of the input and of its tangent from those of the output and of its tangent.
pub(super) struct BothToInput<'a, T> {
    pub at: &'a Units<T>,
    pub along: &'a Units<T>,
    pub left: T,
    pub x: &'a [[T; 2]],
    /// Of the output and of its tangent.
    pub bars: [&'a [T]; 2],
    pub x_bar: &'a mut [[T; 2]],
    pub x_dot_bar: &'a mut [[T; 2]],
}

impl<T: Scalar> EachRow for BothToInput<'_, T> {
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize) {
        let (units, dots) = (self.at.vectors::<S>(), self.along.vectors::<S>());
        // Six sums a row fill the registers: one row after the other.
        for row in first..first + R {
            let (x, bars) = (self.x[row], self.bars.map(|bars| bars[row]));
            let mut by_units = [T::splat(simd, T::ZERO); 2];
            let mut by_theta = by_units;
            let mut of_dot = by_units;
            for p in 0..units.len() {
                let (unit, dot) = (units.unit(p), dots.unit(p));
                let h = value::<S, T>(simd, unit, x, self.left);
                let d = delta_of_both::<S, T>(simd, [unit, dot], bars, h, self.left);
                let e = delta::<S, T>(simd, unit, bars[1], h, self.left);
                each_row!(2, k => {
                    by_units[k] = T::times_plus(simd, d, unit.weight[k], by_units[k]);
                    by_theta[k] = T::times_plus(simd, e, dot.weight[k], by_theta[k]);
                    of_dot[k] = T::times_plus(simd, e, unit.weight[k], of_dot[k]);
                });
            }
            each_row!(2, k => {
                self.x_bar[row][k] = T::sum_lanes(simd, by_theta[k]) + T::sum_lanes(simd, by_units[k]);
                self.x_dot_bar[row][k] = T::sum_lanes(simd, of_dot[k]);
            });
        }
    }
}

macro_rules! job {
    ($($name:ident)*) => {
        $(impl<T: Scalar> WithSimd for $name<'_, T> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                all(simd, self.x.len(), self);
            }
        })*
    };
}

job!(Forward Tangent ToInput BothToInput);
