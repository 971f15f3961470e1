//! Normalisation: within each group of numbers y = gamma (x - m) / sqrt(v + epsilon) + beta, m and v the group's mean and
//! variance, gamma and beta a channel's.
//!
//! ```text
//! h = (x - m) i,  i = 1 / sqrt(v + epsilon)
//! backward   gamma~ = sum y~ h,  beta~ = sum y~,  x~ = i (gamma y~ - mean(gamma y~) - h mean(gamma y~ h))
//! ```
//!
//! Tangents, and the derivatives of the backward pass along them, are the same formulas in dual numbers.

use super::layout::{BLOCK, Level, part};
use super::node::Setting;
use super::number::{Moving, Number, Read};
use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use crate::scenario::{Extent, NormGroup, Op, Operation};
use rayon::prelude::*;
use std::ops::Range;

/// Mean and inverse deviation of each channel: what normalisation over a batch uses on samples that are not a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Of each channel.
    pub mean: Vec<f64>,
    /// 1 / sqrt(variance + epsilon) of each channel.
    pub inverse: Vec<f64>,
}

/// The operation.
pub struct Norm {
    over: NormGroup,
    epsilon: f64,
    extent: Extent,
    weight: Range<usize>,
    bias: Range<usize>,
    /// Its number among the normalisations over the batch.
    number: usize,
    /// Of each group, values and tangents from the last passes.
    mean: Vec<Moving>,
    inverse: Vec<Moving>,
}

impl Norm {
    pub fn new(op: &Op) -> Self {
        let (over, epsilon) = match op.operation {
            Operation::Norm { over, epsilon } => (over, epsilon),
            _ => (NormGroup::Layer {}, 0.0),
        };
        let (weight, bias) = (op.weight.clone(), op.bias.clone());
        Norm {
            over,
            epsilon,
            extent: op.input,
            weight,
            bias,
            number: 0,
            mean: Vec::new(),
            inverse: Vec::new(),
        }
    }

    pub fn number(&mut self, next: &mut usize) {
        if self.over.couples() {
            self.number = *next;
            *next += 1;
        }
    }

    /// The statistics of the last batch, where they are the batch's; of ghost batches their means.
    pub fn statistics(&self) -> Option<Statistics> {
        let channels = self.extent.channels;
        let average = |of: &[Moving]| -> Vec<f64> {
            let groups = (of.len() / channels).max(1) as f64;
            (0..channels)
                .map(|c| of.iter().skip(c).step_by(channels).map(|x| x.value()).sum::<f64>() / groups)
                .collect()
        };
        self.over.couples().then(|| Statistics { mean: average(&self.mean), inverse: average(&self.inverse) })
    }

    /// The group that a sample's channel belongs to.
    fn group(&self, row: usize, channel: usize) -> usize {
        let channels = self.extent.channels;
        match self.over {
            NormGroup::Batch {} => channel,
            NormGroup::GhostBatch { size } => row / size * channels + channel,
            NormGroup::Layer {} => row,
            NormGroup::Instance {} => row * channels + channel,
            NormGroup::Group { groups } => row * groups + channel * groups / channels,
        }
    }

    /// Sums over each group of what `sums` holds for each sample's channel, divided by the group's size.
    fn means<N: Number>(&self, rows: usize, sums: impl Fn(usize, usize) -> N) -> Vec<N> {
        let channels = self.extent.channels;
        let groups = if rows == 0 { 0 } else { self.group(rows - 1, channels - 1) + 1 };
        let (mut out, mut sizes) = (vec![N::default(); groups], vec![0.0; groups]);
        for row in 0..rows {
            for channel in 0..channels {
                let group = self.group(row, channel);
                out[group] = out[group] + sums(row, channel);
                sizes[group] += self.extent.pixels() as f64;
            }
        }
        out.into_iter().zip(sizes).map(|(sum, size)| sum.times(1.0 / size)).collect()
    }

    /// For each sample's channel, `[rows, channels]`, the sum of `f(number, sample, channel)` over its numbers.
    fn sums<N: Number>(&self, rows: usize, f: impl Fn(usize, usize, usize) -> N + Sync) -> Vec<N> {
        let (channels, pixels) = (self.extent.channels, self.extent.pixels());
        let mut out = vec![N::default(); rows * channels];
        out.par_chunks_mut(BLOCK * channels).enumerate().for_each(|(b, out)| {
            let (first, size) = (b * BLOCK, out.len() / channels);
            for channel in 0..channels {
                let mut sums = [N::default(); BLOCK];
                for pixel in 0..pixels {
                    let start = first * self.extent.numbers() + (channel * pixels + pixel) * size;
                    for (row, sum) in sums[..size].iter_mut().enumerate() {
                        *sum = *sum + f(start + row, first + row, channel);
                    }
                }
                sums[..size].iter().enumerate().for_each(|(row, sum)| out[row * channels + channel] = *sum);
            }
        });
        out
    }

    /// Writes `f(number, sample, channel)` for every number of the batch.
    fn write<T: Scalar>(&self, to: &mut [T], f: impl Fn(usize, usize, usize) -> f64 + Sync) {
        let (n, pixels) = (self.extent.numbers(), self.extent.pixels());
        to.par_chunks_mut(BLOCK * n).enumerate().for_each(|(b, to)| {
            let size = to.len() / n;
            for (number, to) in to.chunks_exact_mut(size).enumerate() {
                let (channel, first) = (number / pixels, b * BLOCK);
                let start = first * n + number * size;
                to.iter_mut()
                    .enumerate()
                    .for_each(|(row, to)| *to = T::of(f(start + row, first + row, channel)));
            }
        });
    }

    pub fn forward<T: Scalar>(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        match level {
            Level::Value => self.forward_in::<T, f64>(at, level, x, y),
            Level::Tangent => self.forward_in::<T, Moving>(at, level, x, y),
        }
    }

    fn forward_in<T: Scalar, N: Number>(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y: &mut Dual<T>,
    ) {
        let x = Read::of(x);
        let fixed = at.statistics.and_then(|all| all.get(self.number)).filter(|_| self.over.couples());
        if let Some(Statistics { mean, inverse }) = fixed {
            let still = |of: &[f64]| of.iter().map(|x| Moving::new(*x, 0.0)).collect();
            (self.mean, self.inverse) = (still(mean), still(inverse));
        } else {
            let channels = self.extent.channels;
            let sums: Vec<N> = self.sums(at.rows, |i, _, _| x.at(i));
            let mean = self.means(at.rows, |row, channel| sums[row * channels + channel]);
            let squares: Vec<N> = self.sums(at.rows, |i, row, channel| {
                let off = x.at::<N>(i) - mean[self.group(row, channel)];
                off * off
            });
            let variance = self.means(at.rows, |row, channel| squares[row * channels + channel]);
            let inverse = variance.iter().map(|v| (*v + N::new(self.epsilon, 0.0)).inverse_root());
            self.inverse = inverse.map(moving).collect();
            self.mean = mean.into_iter().map(moving).collect();
        }
        if level == Level::Value {
            y.inner.clear();
        }
        let to = part(level, y).overwrite(at.rows * self.extent.numbers());
        let fixed = fixed.is_some();
        self.write(to, |i, row, channel| {
            let [scale, shift] = [&self.weight, &self.bias].map(|r| at.parameter::<N>(r.start + channel));
            let out = self.hat::<T, N>(x, i, if fixed { channel } else { self.group(row, channel) }) * scale
                + shift;
            if level == Level::Value { out.value() } else { out.dot() }
        });
    }

    /// h = (x - m) i.
    #[inline(always)]
    fn hat<T: Scalar, N: Number>(&self, x: Read<T>, i: usize, group: usize) -> N {
        let (mean, inverse) = (self.mean[group], self.inverse[group]);
        (x.at::<N>(i) - N::new(mean.value(), mean.dot())) * N::new(inverse.value(), inverse.dot())
    }

    pub fn backward<T: Scalar>(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        match level {
            Level::Value => self.backward_in::<T, f64>(at, level, x, y_bar, grads, x_bar),
            Level::Tangent => self.backward_in::<T, Moving>(at, level, x, y_bar, grads, x_bar),
        }
    }

    fn backward_in<T: Scalar, N: Number>(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        let (x, bar) = (Read::of(x), Read::of(y_bar));
        let (rows, channels) = (at.rows, self.extent.channels);
        let this = &*self;
        let plain: Vec<N> = this.sums(rows, |i, _, _| bar.at(i));
        let hatted: Vec<N> = this
            .sums(rows, |i, row, channel| bar.at::<N>(i) * this.hat::<T, N>(x, i, this.group(row, channel)));
        let wanted = |n: N| if level == Level::Value { n.value() } else { n.dot() };
        if let Some(grads) = grads {
            for (range, sums) in [(&this.weight, &hatted), (&this.bias, &plain)] {
                for (channel, to) in grads[range.clone()].iter_mut().enumerate() {
                    let sum = (0..rows).map(|row| sums[row * channels + channel]);
                    *to += T::of(wanted(sum.fold(N::default(), |sum, x| sum + x)));
                }
            }
        }
        let Some(x_bar) = x_bar else { return };
        let scale = |channel: usize| at.parameter::<N>(this.weight.start + channel);
        let means =
            |sums: &[N]| this.means(rows, |row, channel| sums[row * channels + channel] * scale(channel));
        let (plain, hatted) = (means(&plain), means(&hatted));
        let pulled = |i: usize, row: usize, channel: usize| {
            let group = this.group(row, channel);
            let inverse = N::new(this.inverse[group].value(), this.inverse[group].dot());
            let along = this.hat::<T, N>(x, i, group) * hatted[group];
            inverse * (scale(channel) * bar.at(i) - plain[group] - along)
        };
        let len = rows * this.extent.numbers();
        this.write(x_bar.value.overwrite(len), |i, row, channel| pulled(i, row, channel).value());
        if level == Level::Tangent {
            this.write(x_bar.inner.overwrite(len), |i, row, channel| pulled(i, row, channel).dot());
        }
    }
}

fn moving<N: Number>(n: N) -> Moving {
    Moving::new(n.value(), n.dot())
}
