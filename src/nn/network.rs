//! A network of either kind, and passes through it.

use super::fused::{Cotangents, Kernels, Pass};
use super::mlp::{LayerSlots, Mlp};
use super::stack::{Stack, StackPass, Statistics};
use crate::scalar::Scalar;
use crate::scenario::Operation;
use std::ops::Range;

/// A network's shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// A multilayer perceptron.
    Mlp(Mlp),
    /// Layers over images.
    Stack(Stack),
}

/// One tensor of a network's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterSlot {
    /// Its name within a PyTorch `Sequential` of the network's layers: `2.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Where its numbers lie in the network's flat vector.
    pub range: Range<usize>,
    /// What it is.
    pub role: Role,
}

/// What a tensor of parameters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A weight, drawn at the start.
    Weight,
    /// A normalisation's scale, which starts at one.
    Scale,
    /// A bias or a shift, which starts at zero.
    Shift,
}

impl From<Mlp> for Network {
    fn from(mlp: Mlp) -> Self {
        Network::Mlp(mlp)
    }
}

impl Network {
    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        match self {
            Network::Mlp(mlp) => mlp.parameters(),
            Network::Stack(stack) => stack.plan.parameters,
        }
    }

    /// Numbers that a sample of the input has.
    pub fn inputs(&self) -> usize {
        match self {
            Network::Mlp(mlp) => mlp.inputs(),
            Network::Stack(stack) => stack.plan.input.numbers(),
        }
    }

    /// Numbers that a sample of the output has.
    pub fn outputs(&self) -> usize {
        match self {
            Network::Mlp(mlp) => mlp.outputs(),
            Network::Stack(stack) => stack.plan.output.numbers(),
        }
    }

    /// The multilayer perceptron that it is.
    pub fn mlp(&self) -> Option<&Mlp> {
        match self {
            Network::Mlp(mlp) => Some(mlp),
            Network::Stack(_) => None,
        }
    }

    /// Whether a sample's output depends on the other samples of its batch.
    pub fn couples(&self) -> bool {
        matches!(self, Network::Stack(stack) if stack.plan.couples())
    }

    /// The tensors of the parameters, in their order.
    pub fn slots(&self) -> Vec<ParameterSlot> {
        match self {
            Network::Mlp(mlp) => mlp.layers().into_iter().enumerate().flat_map(dense_slots).collect(),
            Network::Stack(stack) => stack.plan.flat().into_iter().flat_map(op_slots).collect(),
        }
    }
}

fn dense_slots((k, layer): (usize, LayerSlots)) -> [ParameterSlot; 2] {
    // In a `Sequential` an activation stands between two layers.
    let name = |part: &str| format!("{}.{part}", 2 * k);
    let (weight, bias) = (vec![layer.outputs, layer.inputs], vec![layer.outputs]);
    [
        ParameterSlot { name: name("weight"), shape: weight, range: layer.weight, role: Role::Weight },
        ParameterSlot { name: name("bias"), shape: bias, range: layer.bias, role: Role::Shift },
    ]
}

fn op_slots(op: &crate::scenario::Op) -> Vec<ParameterSlot> {
    if op.weight.is_empty() {
        return Vec::new();
    }
    let role = if matches!(op.operation, Operation::Norm { .. }) { Role::Scale } else { Role::Weight };
    let slot = |part: &str, shape: Vec<usize>, range: &Range<usize>, role| ParameterSlot {
        name: format!("{}.{part}", op.name),
        shape,
        range: range.clone(),
        role,
    };
    vec![
        slot("weight", op.shape.clone(), &op.weight, role),
        slot("bias", vec![op.bias.len()], &op.bias, Role::Shift),
    ]
}

/// Buffers for passes through a network.
pub enum NetworkPass<T> {
    /// Through a multilayer perceptron.
    Mlp(Box<Pass<T>>),
    /// Through layers over images.
    Stack(Box<StackPass<T>>),
}

impl<T: Scalar> NetworkPass<T> {
    /// Buffers for a network; they grow to the largest batch they see.
    pub fn new(network: &Network, kernels: Kernels) -> Self {
        match network {
            Network::Mlp(mlp) => NetworkPass::Mlp(Box::new(Pass::new(mlp, kernels))),
            Network::Stack(stack) => NetworkPass::Stack(Box::new(StackPass::new(stack, kernels))),
        }
    }

    /// The output of the last forward pass, `[rows, outputs]`.
    pub fn output(&self) -> &[T] {
        match self {
            NetworkPass::Mlp(pass) => pass.output(),
            NetworkPass::Stack(pass) => pass.output(),
        }
    }

    /// The output's tangent from the last tangent pass, `[rows, outputs]`.
    pub fn output_dot(&self) -> &[T] {
        match self {
            NetworkPass::Mlp(pass) => pass.output_dot(),
            NetworkPass::Stack(pass) => pass.output_dot(),
        }
    }

    /// The statistics that the last forward pass normalised its batch with.
    pub fn statistics(&self) -> Vec<Statistics> {
        match self {
            NetworkPass::Mlp(_) => Vec::new(),
            NetworkPass::Stack(pass) => pass.statistics(),
        }
    }

    /// Runs `x`, `[rows, inputs]`, through the network; keeps what the other passes need.
    pub fn forward(&mut self, theta: &[T], x: &[T]) {
        self.forward_with(theta, x, None);
    }

    /// The same with statistics in place of the batch's own, where the network normalises over the batch.
    pub fn forward_with(&mut self, theta: &[T], x: &[T], statistics: Option<&[Statistics]>) {
        match self {
            NetworkPass::Mlp(pass) => pass.forward(theta, x),
            NetworkPass::Stack(pass) => pass.forward(theta, x, statistics),
        }
    }

    /// Adds the parameters' cotangents to `grads` and writes the input's to `x_bar`, given the output's.
    pub fn backward(&mut self, theta: &[T], y_bar: &[T], grads: Option<&mut [T]>, x_bar: Option<&mut [T]>) {
        match self {
            NetworkPass::Mlp(pass) => pass.backward(theta, y_bar, grads, x_bar),
            NetworkPass::Stack(pass) => pass.backward(theta, y_bar, grads, x_bar),
        }
    }

    /// Pushes a direction, given on the parameters, the input or both, through the network at the point of the last
    /// forward pass.
    pub fn tangent(&mut self, theta: &[T], theta_dot: Option<&[T]>, x_dot: Option<&[T]>) {
        match self {
            NetworkPass::Mlp(pass) => pass.tangent(theta, theta_dot, x_dot),
            NetworkPass::Stack(pass) => pass.tangent(theta, theta_dot, x_dot),
        }
    }

    /// The backward pass of the forward and the tangent pass together: adds the parameters' cotangents to `grads`, and
    /// writes the cotangents of the input and of its tangent to `x_bar`.
    pub fn backward_tangent(
        &mut self,
        theta: &[T],
        theta_dot: Option<&[T]>,
        y_bar: Cotangents<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<(&mut [T], &mut [T])>,
    ) {
        match self {
            NetworkPass::Mlp(pass) => pass.backward_tangent(theta, theta_dot, y_bar, grads, x_bar),
            NetworkPass::Stack(pass) => pass.backward_tangent(theta, theta_dot, y_bar, grads, x_bar),
        }
    }
}
