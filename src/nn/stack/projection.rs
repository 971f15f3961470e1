//! Projection (Miyato & Koyama 2018): one logit (w + e_y)' h + b of the vector h of a sample with label y, where w is row 0
//! of its matrix and e_y row 1 + y.
//!
//! With spectral normalisation w is divided by its length and the matrix E of the e_y by its largest singular value, each by
//! itself, as in the authors' network: w maps h to a number, E is read as an embedding.

use super::layout::{Level, part, place};
use super::node::Setting;
use super::number::{Moving, Number, Read};
use super::spectral::Spectral;
use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use crate::scenario::{Extent, Op, Operation};
use std::ops::Range;

/// The projection; its labels are those of the last forward pass.
pub struct Projection<T> {
    input: Extent,
    weight: Range<usize>,
    bias: Range<usize>,
    labels: Vec<usize>,
    /// The normalisations of w and of E.
    spectral: Option<[Spectral<T>; 2]>,
}

impl<T: Scalar> Projection<T> {
    pub fn new(op: &Op) -> Self {
        let (weight, bias) = (op.weight.clone(), op.bias.clone());
        let classes = weight.len() / op.input.numbers() - 1;
        let spectral = matches!(op.operation, Operation::Projection { spectral: true })
            .then(|| [1, classes].map(Spectral::new));
        Projection { input: op.input, weight, bias, labels: Vec::new(), spectral }
    }

    /// Where a number's weight lies in the matrix: that for all samples, and that of a sample's label.
    fn slots(&self, row: usize, k: usize) -> [usize; 2] {
        [k, (1 + self.labels[row]) * self.input.numbers() + k]
    }

    /// Where w and E lie in the matrix.
    fn parts(&self) -> [Range<usize>; 2] {
        let n = self.input.numbers();
        [0..n, n..self.weight.len()]
    }

    /// The number that h_k of a sample is multiplied by.
    fn weight<N: Number>(&self, at: &Setting<T>, row: usize, k: usize) -> N {
        let [all, own] = self.slots(row, k);
        let Some(spectral) = &self.spectral else {
            return at.parameter::<N>(self.weight.start + all) + at.parameter(self.weight.start + own);
        };
        let read = |of: &Spectral<T>, slot: usize| {
            let (value, dot) = of.weights();
            N::new(value[slot].f64(), dot.map_or(0.0, |dot| dot[slot].f64()))
        };
        read(&spectral[0], all) + read(&spectral[1], own - self.input.numbers())
    }

    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        if level == Level::Value {
            y.inner.clear();
            self.labels.clear();
            self.labels.extend_from_slice(at.labels);
        }
        self.normalise(at, level);
        let x = Read::of(x);
        let to = part(level, y).overwrite(at.rows);
        for (row, to) in to.iter_mut().enumerate() {
            *to = T::of(match level {
                Level::Value => self.logit::<f64>(at, x, row),
                Level::Tangent => self.logit::<Moving>(at, x, row).dot(),
            });
        }
    }

    fn normalise(&mut self, at: &Setting<T>, level: Level) {
        let parts = self.parts();
        let own = &at.theta[self.weight.clone()];
        let own_dot = at.theta_dot.map(|dot| &dot[self.weight.clone()]);
        for (spectral, part) in self.spectral.iter_mut().flatten().zip(parts) {
            match level {
                Level::Value => spectral.normalise(at.kernels, &own[part]),
                Level::Tangent => spectral.tangent(&own[part.clone()], own_dot.map(|dot| &dot[part])),
            }
        }
    }

    fn logit<N: Number>(&self, at: &Setting<T>, x: Read<T>, row: usize) -> N {
        let product = |k| self.weight::<N>(at, row, k) * x.at(place(self.input, at.rows, row, k));
        (0..self.input.numbers()).fold(at.parameter(self.bias.start), |sum, k| sum + product(k))
    }

    pub fn backward(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        let (x, bars) = (Read::of(x), Read::of(y_bar));
        if let Some(grads) = grads {
            self.add_gradient(at, level, x, bars, grads);
        }
        let Some(x_bar) = x_bar else { return };
        let numbers = || (0..at.rows).flat_map(|row| (0..self.input.numbers()).map(move |k| (row, k)));
        let at_place = |row, k| place(self.input, at.rows, row, k);
        let len = at.rows * self.input.numbers();
        let pulled = |row, k| bars.at::<Moving>(row) * self.weight::<Moving>(at, row, k);
        let value = x_bar.value.overwrite(len);
        numbers().for_each(|(row, k)| value[at_place(row, k)] = T::of(pulled(row, k).value()));
        if level == Level::Tangent {
            let inner = x_bar.inner.overwrite(len);
            numbers().for_each(|(row, k)| inner[at_place(row, k)] = T::of(pulled(row, k).dot()));
        }
    }

    fn add_gradient(&mut self, at: &Setting<T>, level: Level, x: Read<T>, bars: Read<T>, grads: &mut [T]) {
        let wanted = |n: Moving| T::of(if level == Level::Value { n.value() } else { n.dot() });
        let n = self.input.numbers();
        let numbers = || (0..at.rows).flat_map(|row| (0..n).map(move |k| (row, k)));
        let bar = |row, k| bars.at::<Moving>(row) * x.at(place(self.input, at.rows, row, k));
        let to = &mut grads[self.weight.start..self.bias.end];
        (0..at.rows).for_each(|row| to[self.weight.len()] += wanted(bars.at(row)));
        if self.spectral.is_none() {
            for (row, k) in numbers() {
                let by = wanted(bar(row, k));
                self.slots(row, k).into_iter().for_each(|slot| to[slot] += by);
            }
            return;
        }
        // The cotangents of the normalised matrix, and their derivatives.
        let [mut value, mut dot] = [0, 1].map(|_| vec![T::ZERO; self.weight.len()]);
        for (row, k) in numbers() {
            let by = bar(row, k);
            for slot in self.slots(row, k) {
                value[slot] += T::of(by.value());
                dot[slot] += T::of(by.dot());
            }
        }
        let own = &at.theta[self.weight.clone()];
        let parts = self.parts();
        for (spectral, part) in self.spectral.iter_mut().flatten().zip(parts) {
            let moved = if level == Level::Tangent { &dot[part.clone()] } else { &[] };
            spectral.pull([&value[part.clone()], moved], &own[part.clone()], &mut to[part]);
        }
    }
}
