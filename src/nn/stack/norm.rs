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

    /// The group that a sample's channel belongs to: the first group of the sample and the channel's place behind it.
    fn group(&self, row: usize, channel: usize) -> usize {
        self.first_group(row) + self.behind(channel)
    }

    fn first_group(&self, row: usize) -> usize {
        match self.over {
            NormGroup::Batch {} => 0,
            NormGroup::GhostBatch { size } => row / size * self.extent.channels,
            NormGroup::Layer {} => row,
            NormGroup::Instance {} => row * self.extent.channels,
            NormGroup::Group { groups } => row * groups,
        }
    }

    fn behind(&self, channel: usize) -> usize {
        match self.over {
            NormGroup::Layer {} => 0,
            NormGroup::Group { groups } => channel * groups / self.extent.channels,
            _ => channel,
        }
    }

    /// Sums over each group of `sums`, `[rows, channels]`, each times a channel's factor, divided by the group's size.
    fn means<N: Number>(&self, rows: usize, sums: &[N], by: impl Fn(usize) -> N) -> Vec<N> {
        let channels = self.extent.channels;
        let groups = if rows == 0 { 0 } else { self.group(rows - 1, channels - 1) + 1 };
        let (mut out, mut sizes) = (vec![N::default(); groups], vec![0.0; groups]);
        let places: Vec<(usize, N)> = (0..channels).map(|c| (self.behind(c), by(c))).collect();
        for (row, sums) in sums.chunks_exact(channels).enumerate() {
            let first = self.first_group(row);
            for (sum, (behind, by)) in sums.iter().zip(&places) {
                let group = first + behind;
                out[group] = out[group] + *sum * *by;
                sizes[group] += self.extent.pixels() as f64;
            }
        }
        out.into_iter().zip(sizes).map(|(sum, size)| sum.times(1.0 / size)).collect()
    }

    /// What is a group's, for each row of a run.
    #[inline(always)]
    fn of_rows<N: Number>(&self, run: Run, of: impl Fn(usize) -> N) -> [N; BLOCK] {
        let [own, last] = [0, run.rows - 1].map(|k| self.group(run.row + k, run.channel));
        // The rows of a group lie together.
        if own == last {
            return [of(own); BLOCK];
        }
        let group = |k: usize| self.group(run.row + k.min(run.rows - 1), run.channel);
        std::array::from_fn(|k| of(group(k)))
    }

    /// For each sample's channel, `[rows, channels]`, what `f` adds up over its numbers, run by run.
    fn sums<N: Number>(&self, rows: usize, f: impl Fn(Run, &mut [N]) + Sync) -> Vec<N> {
        let (channels, pixels) = (self.extent.channels, self.extent.pixels());
        let mut out = vec![N::default(); rows * channels];
        out.par_chunks_mut(BLOCK * channels).enumerate().for_each(|(b, out)| {
            let (first, size) = (b * BLOCK, out.len() / channels);
            for channel in 0..channels {
                let mut sums = [N::default(); BLOCK];
                for pixel in 0..pixels {
                    let start = first * self.extent.numbers() + (channel * pixels + pixel) * size;
                    f(Run { start, channel, row: first, rows: size }, &mut sums[..size]);
                }
                sums[..size].iter().enumerate().for_each(|(row, sum)| out[row * channels + channel] = *sum);
            }
        });
        out
    }

    /// Has `f` write every number of the batch, run by run.
    fn write<T: Scalar>(&self, to: &mut [T], f: impl Fn(Run, &mut [T]) + Sync) {
        let (n, pixels) = (self.extent.numbers(), self.extent.pixels());
        to.par_chunks_mut(BLOCK * n).enumerate().for_each(|(b, to)| {
            let (first, size) = (b * BLOCK, to.len() / n);
            for (number, to) in to.chunks_exact_mut(size).enumerate() {
                f(
                    Run {
                        start: first * n + number * size,
                        channel: number / pixels,
                        row: first,
                        rows: size,
                    },
                    to,
                );
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
            let one = |_| N::new(1.0, 0.0);
            let sums: Vec<N> = self.sums(at.rows, |run, sums| {
                let x = run.of(x);
                sums.iter_mut().enumerate().for_each(|(k, sum)| *sum = *sum + x.at(k));
            });
            let mean = self.means(at.rows, &sums, one);
            let squares: Vec<N> = self.sums(at.rows, |run, sums| {
                let (x, mean) = (run.of(x), self.of_rows(run, |group| mean[group]));
                for ((k, sum), mean) in sums.iter_mut().enumerate().zip(mean) {
                    let off = x.at::<N>(k) - mean;
                    *sum = *sum + off * off;
                }
            });
            let variance = self.means(at.rows, &squares, one);
            let inverse = variance.iter().map(|v| (*v + N::new(self.epsilon, 0.0)).inverse_root());
            self.inverse = inverse.map(moving).collect();
            self.mean = mean.into_iter().map(moving).collect();
        }
        if level == Level::Value {
            y.inner.clear();
        }
        let to = part(level, y).overwrite(at.rows * self.extent.numbers());
        let fixed = fixed.is_some();
        self.write(to, |run, to| {
            let [scale, shift] = [&self.weight, &self.bias].map(|r| at.parameter::<N>(r.start + run.channel));
            let hat = match fixed {
                true => self.hat_by(|of| [number(&of[run.channel]); BLOCK]),
                false => self.hat::<N>(run),
            };
            let x = run.of(x);
            for (k, to) in to.iter_mut().enumerate().take(BLOCK) {
                let out = hat.of(k, x.at(k)) * scale + shift;
                *to = T::of(if level == Level::Value { out.value() } else { out.dot() });
            }
        });
    }

    /// The way from x to h in the rows of a run.
    #[inline(always)]
    fn hat<N: Number>(&self, run: Run) -> Hat<N> {
        self.hat_by(|of| self.of_rows(run, |group| number(&of[group])))
    }

    #[inline(always)]
    fn hat_by<N: Number>(&self, rows: impl Fn(&[Moving]) -> [N; BLOCK]) -> Hat<N> {
        Hat { mean: rows(&self.mean), inverse: rows(&self.inverse) }
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
        let plain: Vec<N> = this.sums(rows, |run, sums| {
            let bar = run.of(bar);
            sums.iter_mut().enumerate().for_each(|(k, sum)| *sum = *sum + bar.at(k));
        });
        let hatted: Vec<N> = this.sums(rows, |run, sums| {
            let ([x, bar], hat) = ([x, bar].map(|of| run.of(of)), this.hat::<N>(run));
            sums.iter_mut()
                .enumerate()
                .take(BLOCK)
                .for_each(|(k, sum)| *sum = *sum + bar.at::<N>(k) * hat.of(k, x.at(k)));
        });
        let wanted = |n: N| if level == Level::Value { n.value() } else { n.dot() };
        if let Some(grads) = grads {
            for (range, sums) in [(&this.weight, &hatted), (&this.bias, &plain)] {
                let mut all = vec![N::default(); channels];
                for sums in sums.chunks_exact(channels) {
                    all.iter_mut().zip(sums).for_each(|(all, sum)| *all = *all + *sum);
                }
                grads[range.clone()].iter_mut().zip(all).for_each(|(to, sum)| *to += T::of(wanted(sum)));
            }
        }
        let Some(x_bar) = x_bar else { return };
        let scale = |channel: usize| at.parameter::<N>(this.weight.start + channel);
        let [plain, hatted] = [plain, hatted].map(|sums| this.means(rows, &sums, scale));
        let pull = |run: Run, to: &mut [T], value: bool| {
            let ([x, bar], hat, scale) =
                ([x, bar].map(|of| run.of(of)), this.hat::<N>(run), scale(run.channel));
            let [plain, hatted] = [&plain, &hatted].map(|of| this.of_rows(run, |group| of[group]));
            for (k, to) in to.iter_mut().enumerate().take(BLOCK) {
                let along = hat.of(k, x.at(k)) * hatted[k];
                let pulled = hat.inverse[k] * (scale * bar.at(k) - plain[k] - along);
                *to = T::of(if value { pulled.value() } else { pulled.dot() });
            }
        };
        let len = rows * this.extent.numbers();
        this.write(x_bar.value.overwrite(len), |run, to| pull(run, to, true));
        if level == Level::Tangent {
            this.write(x_bar.inner.overwrite(len), |run, to| pull(run, to, false));
        }
    }
}

/// A block's numbers of one channel and pixel. Loops over them `take` no more than a block has rows: the compiler then sees
/// that no index leaves the arrays of what is each row's.
#[derive(Clone, Copy)]
struct Run {
    /// The place of the first.
    start: usize,
    channel: usize,
    /// The row of the first.
    row: usize,
    /// Rows, at least one.
    rows: usize,
}

impl Run {
    /// Its numbers in a batch.
    #[inline(always)]
    fn of<T: Scalar>(self, batch: Read<T>) -> Read<T> {
        batch.run(self.start, self.rows)
    }
}

/// h = (x - m) i, row by row of a run.
struct Hat<N> {
    mean: [N; BLOCK],
    inverse: [N; BLOCK],
}

impl<N: Number> Hat<N> {
    #[inline(always)]
    fn of(&self, k: usize, x: N) -> N {
        (x - self.mean[k]) * self.inverse[k]
    }
}

/// A number of what was kept with its tangent.
#[inline(always)]
fn number<N: Number>(of: &Moving) -> N {
    N::new(of.value(), of.dot())
}

/// A number as it is kept, with its tangent.
fn moving<N: Number>(n: N) -> Moving {
    Moving::new(n.value(), n.dot())
}
