//! One operation of a network with what it keeps between passes.

use super::activation::Pointwise;
use super::dropout::Dropout;
use super::embed::Embed;
use super::fixed::Fixed;
use super::layout::Level;
use super::learned::Learned;
use super::minibatch_std::MinibatchStd;
use super::norm::{Norm, Statistics};
use super::number::Number;
use super::projection::Projection;
use super::residual::Residual;
use crate::nn::fused::Kernels;
use crate::nn::fused::jet::Dual;
use crate::random::Chance;
use crate::scalar::Scalar;
use crate::scenario::{Op, Operation};

/// What all operations of a pass see.
#[derive(Clone, Copy)]
pub struct Setting<'a, T> {
    /// The network's parameters.
    pub theta: &'a [T],
    /// The direction in which they move; None where they rest.
    pub theta_dot: Option<&'a [T]>,
    /// Matrix products.
    pub kernels: Kernels,
    /// Samples of the batch.
    pub rows: usize,
    /// What normalisation over the batch uses in place of the batch's own statistics.
    pub statistics: Option<&'a [Statistics]>,
    /// Whether the last backward pass pulled the very cotangents whose values are pulled now: they are still there.
    pub pulled: bool,
    /// What a forward pass draws from; None where it leaves nothing to chance.
    pub chance: Option<Chance>,
    /// The samples' labels in a forward pass, one a row; empty where the network knows none.
    pub labels: &'a [usize],
}

impl<T: Scalar> Setting<'_, T> {
    /// A parameter with its tangent.
    pub fn parameter<N: Number>(&self, slot: usize) -> N {
        N::new(self.theta[slot].f64(), self.theta_dot.map_or(0.0, |dot| dot[slot].f64()))
    }
}

/// An operation.
pub enum Node<T> {
    Learned(Box<Learned<T>>),
    Fixed(Fixed),
    Pointwise(Pointwise),
    Norm(Norm),
    MinibatchStd(MinibatchStd),
    Dropout(Dropout<T>),
    Embed(Embed),
    Projection(Box<Projection<T>>),
    Residual(Residual<T>),
}

impl<T: Scalar> Node<T> {
    pub fn new(op: &Op) -> Self {
        match &op.operation {
            Operation::Dense { .. } | Operation::Conv { .. } | Operation::ConvTransposed { .. } => {
                Node::Learned(Box::new(Learned::new(op)))
            }
            Operation::Upsample(_) | Operation::Pool(..) | Operation::GlobalPool(_) | Operation::Reshape => {
                Node::Fixed(Fixed::new(op))
            }
            Operation::Activation(function) => Node::Pointwise(Pointwise(*function)),
            Operation::Norm { .. } => Node::Norm(Norm::new(op)),
            Operation::MinibatchStd(group) => Node::MinibatchStd(MinibatchStd::new(op, *group)),
            Operation::Dropout { rate, number } => Node::Dropout(Dropout::new(op.input, *rate, *number)),
            Operation::Embed => Node::Embed(Embed::new(op)),
            Operation::Projection { .. } => Node::Projection(Box::new(Projection::new(op))),
            Operation::Residual { body, shortcut } => Node::Residual(Residual::new(body, shortcut)),
        }
    }

    /// Computes a level of the output from the same level of the input; the levels below are there on both sides.
    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        match self {
            Node::Learned(node) => node.forward(at, level, x, y),
            Node::Fixed(node) => node.forward(at.rows, level, x, y),
            Node::Pointwise(node) => node.forward(level, x, y),
            Node::Norm(node) => node.forward(at, level, x, y),
            Node::MinibatchStd(node) => node.forward(at.rows, level, x, y),
            Node::Dropout(node) => node.forward(at, level, x, y),
            Node::Embed(node) => node.forward(at, level, x, y),
            Node::Projection(node) => node.forward(at, level, x, y),
            Node::Residual(node) => node.forward(at, level, x, y),
        }
    }

    /// Turns cotangents of the output into those of the input, where they are wanted, and adds the parameters' to
    /// `grads`: at `Level::Value` the value's; at `Level::Tangent` both of the input, and of the parameters the tangent's.
    pub fn backward(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        match self {
            Node::Learned(node) => node.backward(at, level, x, y_bar, grads, x_bar),
            Node::Norm(node) => node.backward(at, level, x, y_bar, grads, x_bar),
            Node::Embed(node) => node.backward(at.rows, level, y_bar, grads, x_bar),
            Node::Projection(node) => node.backward(at, level, x, y_bar, grads, x_bar),
            Node::Residual(node) => node.backward(at, level, x, y_bar, grads, x_bar),
            Node::Fixed(node) => {
                if let Some(x_bar) = x_bar {
                    node.backward(at.rows, level, x, y_bar, x_bar);
                }
            }
            Node::Pointwise(node) => {
                if let Some(x_bar) = x_bar {
                    node.backward(level, x, y_bar, x_bar);
                }
            }
            Node::Dropout(node) => {
                if let Some(x_bar) = x_bar {
                    node.backward(level, y_bar, x_bar);
                }
            }
            Node::MinibatchStd(node) => {
                if let Some(x_bar) = x_bar {
                    node.backward(at.rows, level, x, y_bar, x_bar);
                }
            }
        }
    }

    /// Whether the operation has parameters.
    pub fn learns(&self) -> bool {
        match self {
            Node::Learned(_) | Node::Norm(_) | Node::Embed(_) | Node::Projection(_) => true,
            Node::Residual(node) => node.learns(),
            _ => false,
        }
    }

    /// Adds the statistics of the last forward pass's normalisations over the batch.
    pub fn statistics(&self, out: &mut Vec<Statistics>) {
        match self {
            Node::Norm(node) => out.extend(node.statistics()),
            Node::Residual(node) => node.statistics(out),
            _ => {}
        }
    }

    /// Numbers the normalisations over the batch, from `next` on.
    pub fn number(&mut self, next: &mut usize) {
        match self {
            Node::Norm(node) => node.number(next),
            Node::Residual(node) => node.number(next),
            _ => {}
        }
    }
}

/// Operations one after the other.
pub struct Chain<T> {
    nodes: Vec<Node<T>>,
    /// What each operation put out in the last passes.
    outputs: Vec<Dual<T>>,
    /// Cotangents of each operation's input in the last backward pass.
    bars: Vec<Dual<T>>,
}

impl<T: Scalar> Chain<T> {
    pub fn new(ops: &[Op]) -> Self {
        let nodes: Vec<Node<T>> = ops.iter().map(Node::new).collect();
        let blank = || nodes.iter().map(|_| Dual::default()).collect();
        let (outputs, bars) = (blank(), blank());
        Chain { nodes, outputs, bars }
    }

    /// What comes out for `x`; an empty chain passes it on.
    pub fn output<'a>(&'a self, x: &'a Dual<T>) -> &'a Dual<T> {
        self.outputs.last().unwrap_or(x)
    }

    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>) {
        for (k, node) in self.nodes.iter_mut().enumerate() {
            let (done, ahead) = self.outputs.split_at_mut(k);
            node.forward(at, level, done.last().unwrap_or(x), &mut ahead[0]);
        }
    }

    /// `y_bar` holds the output's cotangents; leaves the input's in `bars`, where they are `wanted`.
    pub fn backward(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        mut grads: Option<&mut [T]>,
        wanted: bool,
    ) {
        let first = self.nodes.iter().position(Node::learns).unwrap_or(self.nodes.len());
        let last = if wanted { 0 } else { first };
        for k in (last..self.nodes.len()).rev() {
            let x = if k == 0 { x } else { &self.outputs[k - 1] };
            let (below, above) = self.bars.split_at_mut(k + 1);
            let x_bar = &mut below[k];
            if level == Level::Value {
                x_bar.inner.clear();
            }
            let x_bar = (wanted || k > last).then_some(x_bar);
            self.nodes[k].backward(at, level, x, above.first().unwrap_or(y_bar), grads.as_deref_mut(), x_bar);
        }
    }

    /// The input's cotangents that the last backward pass left, given the output's; an empty chain passes them on.
    pub fn bars<'a>(&'a self, y_bar: &'a Dual<T>) -> &'a Dual<T> {
        self.bars.first().unwrap_or(y_bar)
    }

    pub fn learns(&self) -> bool {
        self.nodes.iter().any(Node::learns)
    }

    pub fn statistics(&self, out: &mut Vec<Statistics>) {
        self.nodes.iter().for_each(|node| node.statistics(out));
    }

    pub fn number(&mut self, next: &mut usize) {
        self.nodes.iter_mut().for_each(|node| node.number(next));
    }
}
