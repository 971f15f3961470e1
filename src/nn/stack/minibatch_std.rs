//! The standard deviation over groups of samples, averaged over a sample's numbers, as one more channel (Karras et al.
//! 2018): s = mean_f sqrt(var_f + 1e-8), var_f the variance of number f over the group.
//!
//! Backward with s~ the sum of the new channel's cotangents over the group: x~ = y~ + s~ (x - m) / (F n sqrt(var + 1e-8)),
//! F numbers a sample, n samples a group. Tangents are the same in dual numbers.

use super::layout::{Level, made, part, place};
use super::number::{Moving, Number, Read};
use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use crate::scenario::{Extent, Op};

/// Keeps the root's derivative finite where all samples of a group agree.
pub const STD_EPSILON: f64 = 1e-8;

/// The operation.
pub struct MinibatchStd {
    input: Extent,
    output: Extent,
    group: usize,
}

impl MinibatchStd {
    pub fn new(op: &Op, group: usize) -> Self {
        MinibatchStd { input: op.input, output: op.output, group }
    }

    pub fn forward<T: Scalar>(&self, rows: usize, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        let (n, pixels) = (self.input.numbers(), self.input.pixels());
        let read = Read::of(x);
        let from = if level == Level::Value { made(&x.value) } else { x.inner.get().unwrap_or_default() };
        if level == Level::Value {
            y.inner.clear();
        }
        let to = part(level, y).overwrite(rows * self.output.numbers());
        to.fill(T::ZERO);
        for first in (0..rows).step_by(self.group) {
            let members = first..(first + self.group).min(rows);
            let std: Moving = (0..n)
                .map(|f| {
                    let (_, variance) =
                        moments(members.clone().map(|row| read.at(place(self.input, rows, row, f))));
                    variance * variance.inverse_root()
                })
                .fold(Moving::default(), |sum, x| sum + x)
                .times(1.0 / n as f64);
            let added = T::of(if level == Level::Value { std.value() } else { std.dot() });
            for row in members {
                for f in 0..n {
                    if let Some(x) = from.get(place(self.input, rows, row, f)) {
                        to[place(self.output, rows, row, f)] = *x;
                    }
                }
                (n..n + pixels).for_each(|f| to[place(self.output, rows, row, f)] = added);
            }
        }
    }

    pub fn backward<T: Scalar>(
        &self,
        rows: usize,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        x_bar: &mut Dual<T>,
    ) {
        let (n, pixels) = (self.input.numbers(), self.input.pixels());
        let (x, y_bar) = (Read::of(x), Read::of(y_bar));
        let mut out = [0, 1].map(|_| vec![T::ZERO; rows * n]);
        for first in (0..rows).step_by(self.group) {
            let members = first..(first + self.group).min(rows);
            let size = members.len() as f64;
            let mut s_bar = Moving::default();
            for row in members.clone() {
                for f in n..n + pixels {
                    s_bar = s_bar + y_bar.at::<Moving>(place(self.output, rows, row, f));
                }
            }
            for f in 0..n {
                let numbers = members.clone().map(|row| x.at(place(self.input, rows, row, f)));
                let (mean, variance) = moments(numbers);
                let by = (s_bar * variance.inverse_root()).times(1.0 / (n as f64 * size));
                for row in members.clone() {
                    let i = place(self.input, rows, row, f);
                    let bar = y_bar.at::<Moving>(place(self.output, rows, row, f));
                    let pulled = bar + by * (x.at::<Moving>(i) - mean);
                    out[0][i] = T::of(pulled.value());
                    out[1][i] = T::of(pulled.dot());
                }
            }
        }
        let [value, inner] = out;
        x_bar.value.overwrite(rows * n).copy_from_slice(&value);
        if level == Level::Tangent {
            x_bar.inner.overwrite(rows * n).copy_from_slice(&inner);
        }
    }
}

/// Mean and variance (divided by the number, plus epsilon).
fn moments(numbers: impl Iterator<Item = Moving> + Clone) -> (Moving, Moving) {
    let size = 1.0 / numbers.clone().count() as f64;
    let mean = numbers.clone().fold(Moving::default(), |sum, x| sum + x).times(size);
    let variance = numbers.map(|x| (x - mean) * (x - mean)).fold(Moving::default(), |sum, x| sum + x);
    (mean, variance.times(size) + Moving::new(STD_EPSILON, 0.0))
}
