//! A sample's label y as numbers: row y of a learned matrix E beside the sample, as further channels of equal pixels (Mirza &
//! Osindero 2014).

use super::layout::{BLOCK, Level, part};
use super::node::Setting;
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
