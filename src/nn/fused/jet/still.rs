//! The part of a pass that depends on the point alone: forward and backward in dual numbers.

use super::super::columns::add_columns;
use super::super::gemm::{Form, Kernels};
use super::dual::{Dual, Part};
use super::gradients::Wanted;
use crate::nn::mlp::{LayerSlots, Mlp};
use crate::scalar::Scalar;
use crate::scenario::Activation;

/// A network's shape and how its products are taken.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The network.
    pub mlp: Mlp,
    /// Its layers.
    pub layers: Vec<LayerSlots>,
    /// Matrix products.
    pub kernels: Kernels,
}

impl Shape {
    /// The shape of a network.
    pub fn new(mlp: &Mlp, kernels: Kernels) -> Self {
        Shape { mlp: mlp.clone(), layers: mlp.layers(), kernels }
    }
}

/// A network at a point, its parameters moving along an inner direction or not.
#[derive(Clone, Copy, Debug)]
pub struct Net<'a, T> {
    /// The shape.
    pub shape: &'a Shape,
    /// The parameters.
    pub theta: &'a [T],
    /// Their inner direction.
    pub inner: Option<&'a [T]>,
}

impl<'a, T: Scalar> Net<'a, T> {
    /// Both parts of a layer's weight.
    pub(super) fn weight(&self, layer: &LayerSlots) -> [Option<&'a [T]>; 2] {
        [Some(&self.theta[layer.weight.clone()]), self.inner.map(|inner| &inner[layer.weight.clone()])]
    }
}

/// A forward pass over a chunk of rows, kept.
#[derive(Clone, Debug, Default)]
pub struct Still<T> {
    pub(super) rows: usize,
    pub(super) layers: Vec<StillLayer<T>>,
    /// The output, `[rows, outputs]`.
    pub output: Dual<T>,
}

/// A layer's input, and the derivatives of the activation that made it (none in the first layer).
#[derive(Clone, Debug, Default)]
pub(super) struct StillLayer<T> {
    pub(super) input: Dual<T>,
    /// sigma'(a).
    pub(super) slope: Dual<T>,
    /// sigma''(a); missing for piecewise linear activations.
    pub(super) bend: Dual<T>,
}

/// A backward pass over the same rows, kept.
#[derive(Clone, Debug, Default)]
pub struct Back<T> {
    /// Cotangents of each layer's a.
    pub(super) lambda: Vec<Dual<T>>,
    /// h~ sigma''(a) for the activation below each layer; missing for piecewise linear ones.
    pub(super) turn: Vec<Dual<T>>,
    /// The cotangent of the network's input, where it was asked for.
    pub input: Dual<T>,
}

impl<T: Scalar> Still<T> {
    /// Runs `x`, `[rows, inputs]`, through the network.
    pub fn forward(net: &Net<T>, x: &Dual<T>) -> Self {
        let Shape { mlp, layers, kernels } = net.shape;
        let rows = x.value.get().map_or(0, <[T]>::len) / mlp.inputs();
        let mut below = StillLayer::default();
        below.input.set_scaled(x, mlp.input_scale);
        let mut still = Still { rows, layers: Vec::with_capacity(layers.len()), output: Dual::default() };
        for (l, layer) in layers.iter().enumerate() {
            let mut pre = Dual::default();
            let shape = [rows, layer.inputs, layer.outputs];
            pre.add_product(*kernels, Form::RightTransposed, shape, &below.input, net.weight(layer));
            add_row(pre.value.add_to(rows * layer.outputs), &net.theta[layer.bias.clone()]);
            if let Some(inner) = net.inner {
                add_row(pre.inner.add_to(rows * layer.outputs), &inner[layer.bias.clone()]);
            }
            still.layers.push(below);
            below = StillLayer::default();
            if l + 1 < layers.len() {
                below = StillLayer::behind(mlp.activation, &pre);
            } else {
                pre.scale(mlp.output_scale);
                still.output = pre;
            }
        }
        still
    }

    /// The cotangents of a forward pass from that of its output.
    pub fn backward(&self, net: &Net<T>, bar: &Dual<T>, wants_input: bool) -> Back<T> {
        let Shape { mlp, layers, kernels } = net.shape;
        let empty = || vec![Dual::default(); layers.len()];
        let mut back = Back { lambda: empty(), turn: empty(), input: Dual::default() };
        let mut delta = Dual::default();
        delta.set_scaled(bar, mlp.output_scale);
        for (l, layer) in layers.iter().enumerate().rev() {
            let lambda = std::mem::take(&mut delta);
            let mut bar = Dual::default();
            if l > 0 || wants_input {
                let shape = [self.rows, layer.outputs, layer.inputs];
                bar.add_product(*kernels, Form::Plain, shape, &lambda, net.weight(layer));
            }
            back.lambda[l] = lambda;
            if l > 0 {
                delta.add_times(&self.layers[l].slope, &bar, layer.inputs);
                back.turn[l].add_times(&self.layers[l].bend, &bar, layer.inputs);
            } else {
                back.input.set_scaled(&bar, mlp.input_scale);
            }
        }
        back
    }

    /// Adds the wanted part of the parameters' gradient to `grads`.
    pub fn gradient(&self, net: &Net<T>, back: &Back<T>, wanted: Wanted, grads: &mut [T]) {
        for (l, layer) in net.shape.layers.iter().enumerate() {
            let (lambda, h) = (&back.lambda[l], &self.layers[l].input);
            let mut weight = Dual::default();
            let shape = [layer.outputs, self.rows, layer.inputs];
            let h = [h.value.get(), if wanted == Wanted::Inner { h.inner.get() } else { None }];
            weight.add_product(net.shape.kernels, Form::LeftTransposed, shape, lambda, h);
            let (weight, lambda) = match wanted {
                Wanted::Value => (&weight.value, &lambda.value),
                Wanted::Inner => (&weight.inner, &lambda.inner),
            };
            add(weight, &mut grads[layer.weight.clone()]);
            if let Some(lambda) = lambda.get() {
                add_columns(lambda, &mut grads[layer.bias.clone()]);
            }
        }
    }
}

impl<T: Scalar> StillLayer<T> {
    /// What lies behind an activation: sigma(a) and its derivatives as dual numbers.
    fn behind(activation: Activation, pre: &Dual<T>) -> Self {
        let mut out = StillLayer::default();
        let Some(a) = pre.value.get() else { return out };
        let n = a.len();
        let bends = !activation.piecewise_linear();
        let (value, slope) = (out.input.value.overwrite(n), out.slope.value.overwrite(n));
        if bends {
            let bend = out.bend.value.overwrite(n);
            for (i, a) in a.iter().enumerate() {
                (value[i], slope[i], bend[i]) = activation.jet(*a);
            }
        } else {
            for (i, a) in a.iter().enumerate() {
                (value[i], slope[i], _) = activation.jet(*a);
            }
        }
        if let Some(dot) = pre.inner.get() {
            let moved = |by: &Part<T>| -> Vec<T> {
                by.get().unwrap_or_default().iter().zip(dot).map(|(by, dot)| *by * *dot).collect()
            };
            out.input.inner = Part::of(moved(&out.slope.value));
            if bends {
                out.slope.inner = Part::of(moved(&out.bend.value));
                let third = a.iter().zip(dot).map(|(a, dot)| activation.third(*a) * *dot);
                out.bend.inner = Part::of(third.collect());
            }
        }
        out
    }
}

/// Adds `row` to every row.
pub(super) fn add_row<T: Scalar>(x: &mut [T], row: &[T]) {
    pulp::Arch::new().dispatch(|| {
        for x in x.chunks_exact_mut(row.len()) {
            x.iter_mut().zip(row).for_each(|(x, r)| *x += *r);
        }
    });
}

fn add<T: Scalar>(from: &Part<T>, to: &mut [T]) {
    if let Some(from) = from.get() {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
    }
}
