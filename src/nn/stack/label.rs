//! Layers that read a sample's label y.
//!
//! `embed` puts row y of a learned matrix E beside the sample, as further channels of equal pixels. `projection` (Miyato &
//! Koyama 2018) makes one logit of a vector h: (w + e_y)' h + b, where w is row 0 of its matrix and e_y row 1 + y.

use super::layout::{BLOCK, Level, part, place};
use super::node::Setting;
use super::number::{Moving, Number, Read};
use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use crate::scenario::{Extent, Op};
use std::ops::Range;

/// The embedding; its labels are those of the last forward pass.
pub struct Embed {
    input: Extent,
    output: Extent,
    weight: Range<usize>,
    labels: Vec<usize>,
}

impl Embed {
    pub fn new(op: &Op) -> Self {
        Embed { input: op.input, output: op.output, weight: op.weight.clone(), labels: Vec::new() }
    }

    /// Where the number of a sample's further channel lies among the parameters.
    fn slot(&self, row: usize, channel: usize) -> usize {
        self.weight.start + self.labels[row] * (self.output.channels - self.input.channels) + channel
    }

    pub fn forward<T: Scalar>(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        let (from, theta) = match level {
            Level::Value => (x.value.get(), Some(at.theta)),
            Level::Tangent => (x.inner.get(), at.theta_dot),
        };
        if level == Level::Value {
            y.inner.clear();
            self.labels.clear();
            self.labels.extend_from_slice(at.labels);
        }
        if from.is_none() && theta.is_none() {
            return part(level, y).clear();
        }
        let (n, m, pixels) = (self.input.numbers(), self.output.numbers(), self.output.pixels());
        let to = part(level, y).overwrite(at.rows * m);
        for (b, to) in to.chunks_mut(BLOCK * m).enumerate() {
            let rows = to.len() / m;
            let (own, further) = to.split_at_mut(rows * n);
            match from {
                Some(from) => own.copy_from_slice(&from[b * BLOCK * n..][..rows * n]),
                None => own.fill(T::ZERO),
            }
            for (k, to) in further.iter_mut().enumerate() {
                let slot = self.slot(b * BLOCK + k % rows, k / rows / pixels);
                *to = theta.map_or(T::ZERO, |theta| theta[slot]);
            }
        }
    }

    pub fn backward<T: Scalar>(
        &self,
        rows: usize,
        level: Level,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        let (n, m, pixels) = (self.input.numbers(), self.output.numbers(), self.output.pixels());
        let wanted = if level == Level::Value { &y_bar.value } else { &y_bar.inner };
        if let (Some(grads), Some(bars)) = (grads, wanted.get()) {
            for (b, block) in bars.chunks(BLOCK * m).enumerate() {
                let rows = block.len() / m;
                for (k, bar) in block[rows * n..].iter().enumerate() {
                    grads[self.slot(b * BLOCK + k % rows, k / rows / pixels)] += *bar;
                }
            }
        }
        let Some(x_bar) = x_bar else { return };
        for (from, to) in [(&y_bar.value, &mut x_bar.value), (&y_bar.inner, &mut x_bar.inner)] {
            let Some(from) = from.get() else {
                to.clear();
                continue;
            };
            let to = to.overwrite(rows * n);
            for (to, from) in to.chunks_mut(BLOCK * n).zip(from.chunks(BLOCK * m)) {
                to.copy_from_slice(&from[..to.len()]);
            }
        }
    }
}

/// The projection; its labels are those of the last forward pass.
pub struct Projection {
    input: Extent,
    weight: Range<usize>,
    bias: Range<usize>,
    labels: Vec<usize>,
}

impl Projection {
    pub fn new(op: &Op) -> Self {
        let (weight, bias) = (op.weight.clone(), op.bias.clone());
        Projection { input: op.input, weight, bias, labels: Vec::new() }
    }

    /// Where a number's weight lies among the parameters: that for all samples, and that of a sample's label.
    fn slots(&self, row: usize, k: usize) -> [usize; 2] {
        let n = self.input.numbers();
        [self.weight.start + k, self.weight.start + (1 + self.labels[row]) * n + k]
    }

    fn weight<T: Scalar, N: Number>(&self, at: &Setting<T>, row: usize, k: usize) -> N {
        let [all, own] = self.slots(row, k);
        at.parameter::<N>(all) + at.parameter(own)
    }

    pub fn forward<T: Scalar>(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        if level == Level::Value {
            y.inner.clear();
            self.labels.clear();
            self.labels.extend_from_slice(at.labels);
        }
        let x = Read::of(x);
        let to = part(level, y).overwrite(at.rows);
        for (row, to) in to.iter_mut().enumerate() {
            *to = T::of(match level {
                Level::Value => self.logit::<T, f64>(at, x, row),
                Level::Tangent => self.logit::<T, Moving>(at, x, row).dot(),
            });
        }
    }

    fn logit<T: Scalar, N: Number>(&self, at: &Setting<T>, x: Read<T>, row: usize) -> N {
        let product = |k| self.weight::<T, N>(at, row, k) * x.at(place(self.input, at.rows, row, k));
        (0..self.input.numbers()).fold(at.parameter(self.bias.start), |sum, k| sum + product(k))
    }

    pub fn backward<T: Scalar>(
        &self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        let (x, bars) = (Read::of(x), Read::of(y_bar));
        let numbers = || (0..at.rows).flat_map(|row| (0..self.input.numbers()).map(move |k| (row, k)));
        let at_place = |row, k| place(self.input, at.rows, row, k);
        if let Some(grads) = grads {
            let wanted = |n: Moving| T::of(if level == Level::Value { n.value() } else { n.dot() });
            for (row, k) in numbers() {
                let by = wanted(bars.at::<Moving>(row) * x.at(at_place(row, k)));
                self.slots(row, k).into_iter().for_each(|slot| grads[slot] += by);
            }
            (0..at.rows).for_each(|row| grads[self.bias.start] += wanted(bars.at(row)));
        }
        let Some(x_bar) = x_bar else { return };
        let len = at.rows * self.input.numbers();
        let pulled = |row, k| bars.at::<Moving>(row) * self.weight::<T, Moving>(at, row, k);
        let value = x_bar.value.overwrite(len);
        numbers().for_each(|(row, k)| value[at_place(row, k)] = T::of(pulled(row, k).value()));
        if level == Level::Tangent {
            let inner = x_bar.inner.overwrite(len);
            numbers().for_each(|(row, k)| inner[at_place(row, k)] = T::of(pulled(row, k).dot()));
        }
    }
}
