//! Operations with a weight and a bias: y = W x + b, where W x stands for a product, a convolution or its adjoint.
//!
//! ```text
//! tangent    y. = W x. + W. x + b.
//! backward   x~ = W' y~,  W~ = y~ x',  b~ = sums of y~;  with tangents, for the derivatives of these along them:
//!            x~. = W' y~. + W.' y~,  W~. = y~. x' + y~ x.',  b~. = sums of y~.
//! ```

use super::convolution::Convolution;
use super::dense::{Dense, STRIP};
use super::layout::{BLOCK, Level, part};
use super::node::Setting;
use super::scratch::Scratch;
use super::spectral::Spectral;
use crate::nn::fused::jet::{Dual, Part};
use crate::nn::fused::{Into, Kernels};
use crate::scalar::Scalar;
use crate::scenario::{Extent, Op, Operation};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Mutex;

/// Sums over blocks that are taken side by side before they are added up; the result depends on this number, so it is
/// not that of the threads.
const SPANS: usize = 4;
/// Numbers of a gradient that one thread adds up at a time.
const PIECE: usize = 1 << 14;

/// An operation with a weight.
pub struct Learned<T> {
    map: Map,
    input: Extent,
    output: Extent,
    weight: Range<usize>,
    bias: Range<usize>,
    spectral: Option<Spectral<T>>,
    /// Gradients of the spans: weight and bias, one span behind the other.
    partial: Vec<T>,
    scratch: Mutex<Vec<Scratch<T>>>,
}

/// What W x stands for.
#[derive(Clone, Copy)]
enum Map {
    Dense(Dense),
    Conv(Convolution),
    Transposed(Convolution),
}

impl Map {
    /// Rows that are worked on at once.
    fn rows(&self) -> usize {
        if matches!(self, Map::Dense(_)) { STRIP } else { BLOCK }
    }

    fn apply<T: Scalar>(
        &self,
        kernels: Kernels,
        xw: (&[T], &[T]),
        into: Into,
        y: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        match self {
            Map::Dense(dense) => dense.apply(kernels, xw, into, y, scratch),
            Map::Conv(conv) => conv.apply(kernels, xw, into, y, scratch),
            Map::Transposed(conv) => conv.pull(kernels, xw, into, y, scratch),
        }
    }

    fn pull<T: Scalar>(
        &self,
        kernels: Kernels,
        yw: (&[T], &[T]),
        into: Into,
        x: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        match self {
            Map::Dense(dense) => dense.pull(kernels, yw, into, x, scratch),
            Map::Conv(conv) => conv.pull(kernels, yw, into, x, scratch),
            Map::Transposed(conv) => conv.apply(kernels, yw, into, x, scratch),
        }
    }

    /// w += y x' over some rows: of a dense layer any number, else a block.
    fn weigh<T: Scalar>(
        &self,
        kernels: Kernels,
        (y, x): (&[T], &[T]),
        w: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        match self {
            Map::Dense(dense) => dense.weigh(kernels, (y, x), w, scratch),
            Map::Conv(conv) => conv.weigh(kernels, (y, x), w, scratch),
            Map::Transposed(conv) => conv.weigh(kernels, (x, y), w, scratch),
        }
    }
}

impl<T: Scalar> Learned<T> {
    pub fn new(op: &Op) -> Self {
        let (input, output) = (op.input, op.output);
        let (map, spectral) = match op.operation {
            Operation::Conv { window, spectral } => {
                (Map::Conv(Convolution { image: input, places: output, window }), spectral)
            }
            Operation::ConvTransposed { window, spectral } => {
                (Map::Transposed(Convolution { image: output, places: input, window }), spectral)
            }
            _ => {
                let spectral = matches!(op.operation, Operation::Dense { spectral: true });
                (Map::Dense(Dense { inputs: input.numbers(), outputs: output.numbers() }), spectral)
            }
        };
        let lines = op.shape.first().copied().unwrap_or(1);
        Learned {
            map,
            // A dense layer reads its input as a vector, channel by channel.
            input,
            output,
            weight: op.weight.clone(),
            bias: op.bias.clone(),
            spectral: spectral.then(|| Spectral::new(lines)),
            partial: Vec::new(),
            scratch: Mutex::default(),
        }
    }

    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        let own = &at.theta[self.weight.clone()];
        let own_dot = at.theta_dot.map(|dot| &dot[self.weight.clone()]);
        if let Some(spectral) = &mut self.spectral {
            match level {
                Level::Value => spectral.normalise(at.kernels, own),
                Level::Tangent => spectral.tangent(own, own_dot),
            }
        }
        let (w, w_dot) = self.weights(at);
        let bias = match level {
            Level::Value => Some(&at.theta[self.bias.clone()]),
            Level::Tangent => at.theta_dot.map(|dot| &dot[self.bias.clone()]),
        };
        let terms: [Option<(&[T], &[T])>; 2] = match level {
            Level::Value => [x.value.get().zip(Some(w)), None],
            Level::Tangent => [x.inner.get().zip(Some(w)), x.value.get().zip(w_dot)],
        };
        if level == Level::Value {
            y.inner.clear();
        }
        let to = part(level, y);
        if terms.iter().all(Option::is_none) && bias.is_none() {
            return to.clear();
        }
        let (n, m, pixels) = (self.input.numbers(), self.output.numbers(), self.output.pixels());
        let to = to.overwrite(at.rows * m);
        let many = self.map.rows();
        to.par_chunks_mut(many * m).enumerate().for_each(|(k, to)| {
            let rows = to.len() / m;
            self.with_scratch(|scratch| {
                let mut into = Into::Set;
                for (x, w) in terms.iter().flatten() {
                    let x = &x[k * many * n..][..rows * n];
                    self.map.apply(at.kernels, (x, w), into, to, scratch);
                    into = Into::Add;
                }
                if into == Into::Set {
                    to.fill(T::ZERO);
                }
            });
            if let Some(bias) = bias {
                for block in to.chunks_mut(BLOCK * m) {
                    let size = block.len() / m * pixels;
                    for (to, bias) in block.chunks_exact_mut(size).zip(bias) {
                        to.iter_mut().for_each(|to| *to += *bias);
                    }
                }
            }
        });
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
        if let Some(grads) = grads {
            self.add_gradient(at, level, x, y_bar, grads);
        }
        let Some(x_bar) = x_bar else { return };
        let (w, w_dot) = self.weights(at);
        let (value, inner) = (y_bar.value.get(), y_bar.inner.get());
        if !at.pulled {
            self.pull(at, [value.zip(Some(w)), None], &mut x_bar.value);
        }
        if level == Level::Tangent {
            self.pull(at, [inner.zip(Some(w)), value.zip(w_dot)], &mut x_bar.inner);
        }
    }

    fn pull(&self, at: &Setting<T>, terms: [Option<(&[T], &[T])>; 2], to: &mut Part<T>) {
        if terms.iter().all(Option::is_none) {
            return to.clear();
        }
        let (n, m) = (self.input.numbers(), self.output.numbers());
        let to = to.overwrite(at.rows * n);
        let many = self.map.rows();
        to.par_chunks_mut(many * n).enumerate().for_each(|(k, to)| {
            let rows = to.len() / n;
            self.with_scratch(|scratch| {
                let mut into = Into::Set;
                for (y, w) in terms.iter().flatten() {
                    let y = &y[k * many * m..][..rows * m];
                    self.map.pull(at.kernels, (y, w), into, to, scratch);
                    into = Into::Add;
                }
            });
        });
    }

    fn add_gradient(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y_bar: &Dual<T>, grads: &mut [T]) {
        let (value, inner) = (y_bar.value.get(), y_bar.inner.get());
        let plain = [value.zip(x.value.get()), None];
        let wanted = match level {
            Level::Value => plain,
            Level::Tangent => [inner.zip(x.value.get()), value.zip(x.inner.get())],
        };
        let biased = if level == Level::Value { value } else { inner };
        let Some(mut spectral) = self.spectral.take() else {
            return self.sum(at, wanted, biased, &mut grads[self.weight.start..self.bias.end]);
        };
        let n = self.weight.len();
        let [mut first, mut second] = [0, 1].map(|_| vec![T::ZERO; n + self.bias.len()]);
        self.sum(at, wanted, biased, &mut first);
        if level == Level::Tangent {
            self.sum(at, plain, None, &mut second);
        }
        let own = &at.theta[self.weight.clone()];
        let to = &mut grads[self.weight.start..self.bias.end];
        match level {
            Level::Value => spectral.pull([&first[..n], &[]], own, &mut to[..n]),
            Level::Tangent => spectral.pull([&second[..n], &first[..n]], own, &mut to[..n]),
        }
        to[n..].iter_mut().zip(&first[n..]).for_each(|(to, from)| *to += *from);
        self.spectral = Some(spectral);
    }

    /// Adds the sums of y x' over all rows, and those of y for the bias, to weight and bias.
    fn sum(&mut self, at: &Setting<T>, terms: [Option<(&[T], &[T])>; 2], biased: Option<&[T]>, to: &mut [T]) {
        // The weight of a dense layer is large beside a block, of which each would pass over it.
        if matches!(self.map, Map::Dense(_)) {
            return self.add_sums(at.kernels, 0..at.rows, terms, biased, to);
        }
        let blocks = at.rows.div_ceil(BLOCK);
        let span = BLOCK * blocks.div_ceil(SPANS);
        let len = to.len();
        let mut partial = std::mem::take(&mut self.partial);
        partial.resize(at.rows.div_ceil(span) * len, T::ZERO);
        partial.par_chunks_mut(len).enumerate().for_each(|(s, sum)| {
            sum.fill(T::ZERO);
            let rows = s * span..at.rows.min((s + 1) * span);
            self.add_sums(at.kernels, rows, terms, biased, sum);
        });
        to.par_chunks_mut(PIECE).enumerate().for_each(|(k, to)| {
            for sum in partial.chunks_exact(len) {
                to.iter_mut().zip(&sum[k * PIECE..]).for_each(|(to, from)| *to += *from);
            }
        });
        self.partial = partial;
    }

    /// The same over some rows.
    fn add_sums(
        &self,
        kernels: Kernels,
        rows: Range<usize>,
        terms: [Option<(&[T], &[T])>; 2],
        biased: Option<&[T]>,
        to: &mut [T],
    ) {
        let (n, m, pixels) = (self.input.numbers(), self.output.numbers(), self.output.pixels());
        let (w_bar, b_bar) = to.split_at_mut(self.weight.len());
        let at_once = if matches!(self.map, Map::Dense(_)) { rows.len().max(1) } else { BLOCK };
        for first in rows.clone().step_by(at_once) {
            let last = rows.end.min(first + at_once);
            let of = |n: usize| first * n..last * n;
            self.with_scratch(|scratch| {
                for (y, x) in terms.iter().flatten() {
                    self.map.weigh(kernels, (&y[of(m)], &x[of(n)]), w_bar, scratch);
                }
            });
            for block in biased.iter().flat_map(|y| y[of(m)].chunks(BLOCK * m)) {
                let size = block.len() / m * pixels;
                for (b_bar, y) in b_bar.iter_mut().zip(block.chunks_exact(size)) {
                    *b_bar += y.iter().copied().sum();
                }
            }
        }
    }

    /// The weight that acts, and its tangent.
    fn weights<'a>(&'a self, at: &Setting<'a, T>) -> (&'a [T], Option<&'a [T]>) {
        match &self.spectral {
            Some(spectral) => spectral.weights(),
            None => (&at.theta[self.weight.clone()], at.theta_dot.map(|dot| &dot[self.weight.clone()])),
        }
    }

    /// Lends a buffer; the lock is held for a moment only.
    fn with_scratch(&self, run: impl FnOnce(&mut Scratch<T>)) {
        let lock = || self.scratch.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let lent = lock().pop();
        let mut scratch = lent.unwrap_or_default();
        run(&mut scratch);
        lock().push(scratch);
    }
}
