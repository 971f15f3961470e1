//! A network of either kind, and passes through it.

use super::fused::{Cotangents, Kernels, Pass, Prepared, Shallow};
use super::mlp::{LayerSlots, Mlp};
use super::stack::{Stack, StackPass, Statistics};
use crate::random::Chance;
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

    /// Numbers that a sample of the input has; the last of them is its label where the network knows labels.
    pub fn inputs(&self) -> usize {
        match self {
            Network::Mlp(mlp) => mlp.inputs(),
            Network::Stack(stack) => stack.plan.input.numbers() + usize::from(stack.plan.classes.is_some()),
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

    /// Classes of the labels that the network knows; None where it knows none.
    pub fn classes(&self) -> Option<usize> {
        match self {
            Network::Mlp(_) => None,
            Network::Stack(stack) => stack.plan.classes,
        }
    }

    /// Whether its passes in training leave something to chance.
    pub fn draws(&self) -> bool {
        matches!(self, Network::Stack(stack) if stack.plan.draws())
    }

    /// Passes through the network.
    pub fn pass<T: Scalar>(&self, kernels: Kernels) -> Box<dyn NetworkPass<T>> {
        match self {
            Network::Mlp(mlp) => match Shallow::new(mlp, kernels) {
                Some(shallow) => Box::new(shallow),
                None => Box::new(Pass::new(mlp, kernels)),
            },
            Network::Stack(stack) => Box::new(StackPass::new(stack, kernels)),
        }
    }

    /// Prepares what the forward passes at these parameters share.
    pub fn prepare<T: Scalar>(&self, theta: &[T], to: &mut Prepared<T>) {
        if let Network::Mlp(mlp) = self {
            to.of(mlp, theta);
        }
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
    let mut slots = vec![slot("weight", op.shape.clone(), &op.weight, role)];
    if !op.bias.is_empty() {
        slots.push(slot("bias", vec![op.bias.len()], &op.bias, Role::Shift));
    }
    slots
}

/// What a forward pass depends on besides parameters and input. By default a normalisation over the batch uses that of
/// the batch, and nothing is left to chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// Statistics in place of the batch's own, where the network normalises over the batch.
    pub statistics: Option<&'a [Statistics]>,
    /// What dropout draws from; None where it rests.
    pub chance: Option<Chance>,
}

/// Passes through one network, with buffers that grow to the largest batch they see.
pub trait NetworkPass<T: Scalar>: Send {
    /// The output of the last forward pass, `[rows, outputs]`.
    fn output(&self) -> &[T];

    /// The output's tangent from the last tangent pass, `[rows, outputs]`.
    fn output_dot(&self) -> &[T];

    /// The statistics that the last forward pass normalised its batch with.
    fn statistics(&self) -> Vec<Statistics> {
        Vec::new()
    }

    /// Runs `x`, `[rows, inputs]`, through the network; keeps what the other passes need.
    fn forward(&mut self, theta: &[T], x: &[T]) {
        self.forward_with(theta, x, Conditions::default());
    }

    /// The same under other conditions.
    fn forward_with(&mut self, theta: &[T], x: &[T], on: Conditions);

    /// The same with what `Network::prepare` made of these parameters.
    fn forward_prepared(&mut self, theta: &[T], _: &Prepared<T>, x: &[T], on: Conditions) {
        self.forward_with(theta, x, on);
    }

    /// The same without a copy of the input: of the other passes, only `backward_of` may follow.
    fn apply_prepared(&mut self, theta: &[T], prepared: &Prepared<T>, x: &[T], on: Conditions) {
        self.forward_prepared(theta, prepared, x, on);
    }

    /// Adds the parameters' cotangents to `grads` and writes the input's to `x_bar`, given the output's.
    fn backward(&mut self, theta: &[T], y_bar: &[T], grads: Option<&mut [T]>, x_bar: Option<&mut [T]>);

    /// The backward pass to the parameters alone, whose cotangents it writes in place of what `grads` holds; `x` is the input of
    /// the last forward pass.
    fn backward_of(&mut self, theta: &[T], _: &[T], y_bar: &[T], grads: &mut [T]) {
        grads.fill(T::ZERO);
        self.backward(theta, y_bar, Some(grads), None);
    }

    /// Pushes a direction, given on the parameters, the input or both, through the network at the point of the last
    /// forward pass.
    fn tangent(&mut self, theta: &[T], theta_dot: Option<&[T]>, x_dot: Option<&[T]>);

    /// The backward pass of the forward and the tangent pass together: adds the parameters' cotangents to `grads`, and
    /// writes the cotangents of the input and of its tangent to `x_bar`.
    fn backward_tangent(
        &mut self,
        theta: &[T],
        theta_dot: Option<&[T]>,
        y_bar: Cotangents<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<(&mut [T], &mut [T])>,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Stream, fill_normal};
    use crate::scenario::Activation;

    #[test]
    fn a_pass_that_is_given_its_input_again_has_the_gradient_of_one_that_kept_it() {
        let normal = |draw: u64, n: usize| {
            let mut out = vec![0.0f32; n];
            fill_normal(Address::new(5, Stream::Analysis, draw), &mut out);
            out
        };
        for (sizes, input_scale) in [([7, 20, 3], 1.0), ([7, 20, 3], 0.5), ([2, 32, 1], 0.5)] {
            let mlp =
                Mlp { sizes: sizes.into(), activation: Activation::Relu, input_scale, output_scale: 1.0 };
            let network = Network::from(mlp);
            let (rows, n) = (9, network.parameters());
            let (theta, x) = (normal(0, n), normal(1, rows * network.inputs()));
            let y_bar = normal(2, rows * network.outputs());
            let mut pass = network.pass::<f32>(Kernels::Native);
            let (mut kept, mut given) = (vec![0.0; n], normal(3, n));
            pass.forward(&theta, &x);
            pass.backward(&theta, &y_bar, Some(&mut kept), None);
            let mut prepared = Prepared::default();
            network.prepare(&theta, &mut prepared);
            pass.apply_prepared(&theta, &prepared, &x, Conditions::default());
            pass.backward_of(&theta, &x, &y_bar, &mut given);
            assert_eq!(given, kept);
        }
    }
}
