//! Forward, backward and tangent passes of a network of layers over a batch.
//!
//! The gradient of a directional derivative is the directional derivative of the gradient. So an operation knows its
//! forward and its backward pass in dual numbers x + e x., e^2 = 0, and nothing else: the value of a backward pass is the
//! gradient, the part behind e its derivative along the tangent.

use super::Stack;
use super::layout::{Level, from_blocks, made, to_blocks};
use super::node::{Chain, Setting};
use super::norm::Statistics;
use crate::nn::fused::jet::Dual;
use crate::nn::fused::{Cotangents, Kernels};
use crate::nn::label::{labels_of, without_labels};
use crate::nn::{Conditions, NetworkPass};
use crate::scalar::Scalar;
use crate::scenario::Extent;
use std::borrow::Cow;

/// One network's buffers for a batch.
pub struct StackPass<T> {
    chain: Chain<T>,
    ends: [Extent; 2],
    scales: [f64; 2],
    /// Classes of the labels that end the input's rows.
    classes: Option<usize>,
    kernels: Kernels,
    rows: usize,
    input: Dual<T>,
    output: Vec<T>,
    output_dot: Vec<T>,
    y_bar: Dual<T>,
    /// The output's cotangents that were last pulled to the input at this point; empty where none were.
    pulled: Vec<T>,
}

impl<T: Scalar> StackPass<T> {
    /// Buffers for a network; they grow to the largest batch they see.
    pub fn new(stack: &Stack, kernels: Kernels) -> Self {
        let mut chain = Chain::new(&stack.plan.ops);
        chain.number(&mut 0);
        StackPass {
            chain,
            ends: [stack.plan.input, stack.plan.output],
            scales: [stack.input_scale, stack.output_scale],
            classes: stack.plan.classes,
            kernels,
            rows: 0,
            input: Dual::default(),
            output: Vec::new(),
            output_dot: Vec::new(),
            y_bar: Dual::default(),
            pulled: Vec::new(),
        }
    }

    fn setting<'a>(&self, theta: &'a [T], theta_dot: Option<&'a [T]>) -> Setting<'a, T> {
        Setting {
            theta,
            theta_dot,
            kernels: self.kernels,
            rows: self.rows,
            statistics: None,
            pulled: false,
            chance: None,
            labels: &[],
        }
    }

    /// Numbers of the input's rows.
    fn width(&self) -> usize {
        self.ends[0].numbers() + usize::from(self.classes.is_some())
    }

    /// The input's rows, or their tangents, without labels.
    fn bare<'a>(&self, x: &'a [T]) -> Cow<'a, [T]> {
        match self.classes {
            Some(_) => Cow::Owned(without_labels(x, self.width())),
            None => Cow::Borrowed(x),
        }
    }

    /// The labels of the input's rows.
    fn labels(&self, x: &[T]) -> Vec<usize> {
        let Some(classes) = self.classes else { return Vec::new() };
        labels_of(x, self.width()).map(|label| (label.f64() as usize).min(classes - 1)).collect()
    }

    /// Writes cotangents of the input; no label has any.
    fn put(&self, from: &[T], to: &mut [T]) {
        let n = self.ends[0].numbers();
        if self.classes.is_none() {
            return from_blocks(from, self.ends[0], self.scales[0], to);
        }
        let mut bare = vec![T::ZERO; from.len()];
        from_blocks(from, self.ends[0], self.scales[0], &mut bare);
        for (to, from) in to.chunks_exact_mut(self.width()).zip(bare.chunks_exact(n)) {
            to[..n].copy_from_slice(from);
            to[n] = T::ZERO;
        }
    }
}

impl<T: Scalar> NetworkPass<T> for StackPass<T> {
    fn output(&self) -> &[T] {
        &self.output
    }

    fn output_dot(&self) -> &[T] {
        &self.output_dot
    }

    fn statistics(&self) -> Vec<Statistics> {
        let mut out = Vec::new();
        self.chain.statistics(&mut out);
        out
    }

    fn forward_with(&mut self, theta: &[T], x: &[T], on: Conditions) {
        self.rows = x.len() / self.width();
        let (labels, x) = (self.labels(x), self.bare(x));
        to_blocks(&x, self.ends[0], self.scales[0], self.input.value.overwrite(x.len()));
        self.input.inner.clear();
        self.pulled.clear();
        let at = Setting {
            statistics: on.statistics,
            chance: on.chance,
            labels: &labels,
            ..self.setting(theta, None)
        };
        self.chain.forward(&at, Level::Value, &self.input);
        self.output.resize(self.rows * self.ends[1].numbers(), T::ZERO);
        let out = made(&self.chain.output(&self.input).value);
        from_blocks(out, self.ends[1], self.scales[1], &mut self.output);
    }

    fn backward(&mut self, theta: &[T], y_bar: &[T], grads: Option<&mut [T]>, x_bar: Option<&mut [T]>) {
        self.y_bar.inner.clear();
        to_blocks(y_bar, self.ends[1], self.scales[1], self.y_bar.value.overwrite(y_bar.len()));
        let at = self.setting(theta, None);
        let wanted = x_bar.is_some();
        self.pulled.clear();
        self.pulled.extend_from_slice(if wanted { y_bar } else { &[] });
        self.chain.backward(&at, Level::Value, &self.input, &self.y_bar, grads, wanted);
        if let Some(x_bar) = x_bar {
            self.put(made(&self.chain.bars(&self.y_bar).value), x_bar);
        }
    }

    fn tangent(&mut self, theta: &[T], theta_dot: Option<&[T]>, x_dot: Option<&[T]>) {
        match x_dot {
            Some(x_dot) => {
                let x_dot = self.bare(x_dot);
                to_blocks(&x_dot, self.ends[0], self.scales[0], self.input.inner.overwrite(x_dot.len()))
            }
            None => self.input.inner.clear(),
        }
        let at = self.setting(theta, theta_dot);
        self.chain.forward(&at, Level::Tangent, &self.input);
        self.output_dot.clear();
        self.output_dot.resize(self.output.len(), T::ZERO);
        if let Some(dot) = self.chain.output(&self.input).inner.get() {
            from_blocks(dot, self.ends[1], self.scales[1], &mut self.output_dot);
        }
    }

    fn backward_tangent(
        &mut self,
        theta: &[T],
        theta_dot: Option<&[T]>,
        y_bar: Cotangents<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<(&mut [T], &mut [T])>,
    ) {
        // The cotangent of the tangent is the gradient's value, that of the value its part behind e.
        let n = y_bar.value.len();
        to_blocks(y_bar.dot, self.ends[1], self.scales[1], self.y_bar.value.overwrite(n));
        if y_bar.value.iter().all(|bar| *bar == T::ZERO) {
            // Missing costs nothing: a penalty on a slope starts so.
            self.y_bar.inner.clear();
        } else {
            to_blocks(y_bar.value, self.ends[1], self.scales[1], self.y_bar.inner.overwrite(n));
        }
        let pulled = !self.pulled.is_empty() && self.pulled == y_bar.dot;
        if !pulled {
            self.pulled.clear();
        }
        let at = Setting { pulled, ..self.setting(theta, theta_dot) };
        let wanted = x_bar.is_some();
        self.chain.backward(&at, Level::Tangent, &self.input, &self.y_bar, grads, wanted);
        if let Some((x_bar, x_dot_bar)) = x_bar {
            x_bar.fill(T::ZERO);
            x_dot_bar.fill(T::ZERO);
            let bars = self.chain.bars(&self.y_bar);
            for (from, to) in [(&bars.inner, x_bar), (&bars.value, x_dot_bar)] {
                if let Some(from) = from.get() {
                    self.put(from, to);
                }
            }
        }
    }
}
