//! Forward, backward and tangent passes of one network over one chunk of rows.
//!
//! With a = h W' + b and h+ = sigma(a), a dot for a directional derivative and a bar for a cotangent:
//!
//! ```text
//! forward            h+  = sigma(a)
//! backward           a~  = h+~ sigma'(a);  W~ += a~' h;  b~ += 1' a~;  h~ = a~ W
//! tangent            a.  = h. W' + h W.' + b.;  h+. = sigma'(a) a.
//! backward of both   with e = (cotangent of a.) and d = (cotangent of a):
//!                    W~ += d' h + e' h.;  b~ += 1' d;  h~ = d W + e W.;  h.~ = e W
//!                    d = h+~ sigma'(a) + h+.~ sigma''(a) a.;  e = h+.~ sigma'(a)
//! ```

use super::gemm::{Form, Into, Kernels};
use crate::nn::mlp::{LayerSlots, Mlp};
use crate::nn::{Conditions, NetworkPass};
use crate::scalar::Scalar;
use crate::scenario::Activation;

/// One network's buffers for chunks of up to a fixed number of rows.
pub struct Pass<T> {
    mlp: Mlp,
    layers: Vec<LayerSlots>,
    kernels: Kernels,
    rows: usize,
    /// What the first layer reads: the input times `input_scale`.
    input: Vec<T>,
    /// For each hidden layer the values behind the activation and the activation's derivatives.
    hidden: Vec<Hidden<T>>,
    output: Vec<T>,
    input_dot: Option<Vec<T>>,
    output_dot: Vec<T>,
    delta: Vec<T>,
    epsilon: Vec<T>,
    next: Vec<T>,
    next_dot: Vec<T>,
}

#[derive(Default)]
struct Hidden<T> {
    /// sigma(a).
    value: Vec<T>,
    /// sigma'(a).
    slope: Vec<T>,
    /// sigma''(a); empty for piecewise linear activations.
    bend: Vec<T>,
    /// The tangent of a.
    pre_dot: Vec<T>,
    /// The tangent of sigma(a).
    dot: Vec<T>,
}

/// Cotangents of an output and of its tangent.
#[derive(Clone, Copy)]
pub struct Cotangents<'a, T> {
    /// Of the output.
    pub value: &'a [T],
    /// Of the output's tangent.
    pub dot: &'a [T],
}

impl<T: Scalar> Pass<T> {
    /// Buffers for the network `mlp`; they grow to the largest chunk they see.
    pub fn new(mlp: &Mlp, kernels: Kernels) -> Self {
        let layers = mlp.layers();
        let hidden = (1..layers.len()).map(|_| Hidden::default()).collect();
        Pass {
            mlp: mlp.clone(),
            layers,
            kernels,
            rows: 0,
            input: Vec::new(),
            hidden,
            output: Vec::new(),
            input_dot: None,
            output_dot: Vec::new(),
            delta: Vec::new(),
            epsilon: Vec::new(),
            next: Vec::new(),
            next_dot: Vec::new(),
        }
    }
}

impl<T: Scalar> NetworkPass<T> for Pass<T> {
    fn output(&self) -> &[T] {
        &self.output
    }

    fn output_dot(&self) -> &[T] {
        &self.output_dot
    }

    fn forward_with(&mut self, theta: &[T], x: &[T], _: Conditions) {
        self.rows = x.len() / self.mlp.inputs();
        scaled(x, self.mlp.input_scale, &mut self.input);
        let (last, rows) = (self.layers.len() - 1, self.rows);
        for (l, layer) in self.layers.iter().enumerate() {
            let (done, ahead) = self.hidden.split_at_mut(l);
            let h = done.last().map_or(&self.input, |below| &below.value);
            let shape = [rows, layer.inputs, layer.outputs];
            let bias = &theta[layer.bias.clone()];
            let pre = if l < last { &mut ahead[0].value } else { &mut self.output };
            pre.resize(rows * layer.outputs, T::ZERO);
            let factors = (&h[..], &theta[layer.weight.clone()]);
            self.kernels.product(Form::RightTransposed, shape, factors, Into::Set, pre);
            if l < last {
                ahead[0].activate(self.mlp.activation, bias);
            } else {
                affine_output(pre, bias, self.mlp.output_scale);
            }
        }
    }

    fn backward(&mut self, theta: &[T], y_bar: &[T], mut grads: Option<&mut [T]>, x_bar: Option<&mut [T]>) {
        scaled(y_bar, self.mlp.output_scale, &mut self.delta);
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let (done, _) = self.hidden.split_at(l);
            let h = done.last().map_or(&self.input, |below| &below.value);
            if let Some(grads) = grads.as_deref_mut() {
                let shape = [layer.outputs, self.rows, layer.inputs];
                let factors = (&self.delta[..], &h[..]);
                let weight = &mut grads[layer.weight.clone()];
                self.kernels.product(Form::LeftTransposed, shape, factors, Into::Add, weight);
                add_columns(&self.delta, &mut grads[layer.bias.clone()]);
            }
            if l == 0 && x_bar.is_none() {
                return;
            }
            let shape = [self.rows, layer.outputs, layer.inputs];
            self.next.resize(self.rows * layer.inputs, T::ZERO);
            let factors = (&self.delta[..], &theta[layer.weight.clone()]);
            self.kernels.product(Form::Plain, shape, factors, Into::Set, &mut self.next);
            if let Some(below) = done.last() {
                times(&mut self.next, &below.slope);
            }
            std::mem::swap(&mut self.delta, &mut self.next);
        }
        if let Some(x_bar) = x_bar {
            write_scaled(&self.delta, self.mlp.input_scale, x_bar);
        }
    }

    fn tangent(&mut self, theta: &[T], theta_dot: Option<&[T]>, x_dot: Option<&[T]>) {
        self.input_dot = x_dot.map(|x_dot| {
            let mut own = self.input_dot.take().unwrap_or_default();
            scaled(x_dot, self.mlp.input_scale, &mut own);
            own
        });
        let (last, rows) = (self.layers.len() - 1, self.rows);
        for (l, layer) in self.layers.iter().enumerate() {
            let (done, ahead) = self.hidden.split_at_mut(l);
            let (h, h_dot) = match done.last() {
                Some(below) => (&below.value, Some(&below.dot)),
                None => (&self.input, self.input_dot.as_ref()),
            };
            let shape = [rows, layer.inputs, layer.outputs];
            let pre_dot = if l < last { &mut ahead[0].pre_dot } else { &mut self.output_dot };
            pre_dot.clear();
            pre_dot.resize(rows * layer.outputs, T::ZERO);
            if let Some(h_dot) = h_dot {
                let factors = (&h_dot[..], &theta[layer.weight.clone()]);
                self.kernels.product(Form::RightTransposed, shape, factors, Into::Set, pre_dot);
            }
            if let Some(theta_dot) = theta_dot {
                let factors = (&h[..], &theta_dot[layer.weight.clone()]);
                self.kernels.product(Form::RightTransposed, shape, factors, Into::Add, pre_dot);
                add_row(pre_dot, &theta_dot[layer.bias.clone()]);
            }
            if l < last {
                ahead[0].follow();
            } else {
                scale(pre_dot, self.mlp.output_scale);
            }
        }
    }

    fn backward_tangent(
        &mut self,
        theta: &[T],
        theta_dot: Option<&[T]>,
        y_bar: Cotangents<T>,
        mut grads: Option<&mut [T]>,
        x_bar: Option<(&mut [T], &mut [T])>,
    ) {
        scaled(y_bar.value, self.mlp.output_scale, &mut self.delta);
        scaled(y_bar.dot, self.mlp.output_scale, &mut self.epsilon);
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let (done, _) = self.hidden.split_at(l);
            let (h, h_dot) = match done.last() {
                Some(below) => (&below.value, Some(&below.dot)),
                None => (&self.input, self.input_dot.as_ref()),
            };
            if let Some(grads) = grads.as_deref_mut() {
                let shape = [layer.outputs, self.rows, layer.inputs];
                let weight = &mut grads[layer.weight.clone()];
                let factors = (&self.delta[..], &h[..]);
                self.kernels.product(Form::LeftTransposed, shape, factors, Into::Add, weight);
                if let Some(h_dot) = h_dot {
                    let factors = (&self.epsilon[..], &h_dot[..]);
                    self.kernels.product(Form::LeftTransposed, shape, factors, Into::Add, weight);
                }
                add_columns(&self.delta, &mut grads[layer.bias.clone()]);
            }
            if l == 0 && x_bar.is_none() {
                return;
            }
            let shape = [self.rows, layer.outputs, layer.inputs];
            let weight = &theta[layer.weight.clone()];
            self.next.resize(self.rows * layer.inputs, T::ZERO);
            self.next_dot.resize(self.rows * layer.inputs, T::ZERO);
            self.kernels.product(Form::Plain, shape, (&self.delta, weight), Into::Set, &mut self.next);
            if let Some(theta_dot) = theta_dot {
                let factors = (&self.epsilon[..], &theta_dot[layer.weight.clone()]);
                self.kernels.product(Form::Plain, shape, factors, Into::Add, &mut self.next);
            }
            self.kernels.product(Form::Plain, shape, (&self.epsilon, weight), Into::Set, &mut self.next_dot);
            if let Some(below) = done.last() {
                below.pull(&mut self.next, &mut self.next_dot);
            }
            std::mem::swap(&mut self.delta, &mut self.next);
            std::mem::swap(&mut self.epsilon, &mut self.next_dot);
        }
        if let Some((x_bar, x_dot_bar)) = x_bar {
            write_scaled(&self.delta, self.mlp.input_scale, x_bar);
            write_scaled(&self.epsilon, self.mlp.input_scale, x_dot_bar);
        }
    }
}

impl<T: Scalar> Hidden<T> {
    /// Turns `value` from a product into sigma(product + bias), with the derivatives beside it.
    fn activate(&mut self, activation: Activation, bias: &[T]) {
        let n = self.value.len();
        self.slope.resize(n, T::ZERO);
        self.bend.resize(if activation.piecewise_linear() { 0 } else { n }, T::ZERO);
        let Hidden { value, slope, bend, .. } = self;
        macro_rules! each {
            ($($name:ident)*) => {
                match activation {
                    Activation::Relu => straight(value, slope, bias, |x| Activation::Relu.jet(x)),
                    Activation::LeakyRelu => straight(value, slope, bias, |x| Activation::LeakyRelu.jet(x)),
                    $(Activation::$name => {
                        curved(value, slope, bend, bias, |x| Activation::$name.jet(x))
                    })*
                }
            };
        }
        each!(Elu Tanh Sigmoid Softplus Silu Gelu Sin);
    }

    /// dot = sigma'(a) pre_dot.
    fn follow(&mut self) {
        let Hidden { slope, pre_dot, dot, .. } = self;
        dot.resize(pre_dot.len(), T::ZERO);
        pulp::Arch::new().dispatch(|| {
            for ((dot, pre), slope) in dot.iter_mut().zip(&pre_dot[..]).zip(&slope[..]) {
                *dot = *pre * *slope;
            }
        });
    }

    /// Cotangents behind the activation, of value and tangent, to cotangents before it.
    fn pull(&self, delta: &mut [T], epsilon: &mut [T]) {
        pulp::Arch::new().dispatch(|| {
            times_here(delta, &self.slope);
            if !self.bend.is_empty() {
                let derived = self.bend.iter().zip(&self.pre_dot);
                for ((delta, epsilon), (bend, pre_dot)) in delta.iter_mut().zip(&epsilon[..]).zip(derived) {
                    *delta += *epsilon * *bend * *pre_dot;
                }
            }
            times_here(epsilon, &self.slope);
        });
    }
}

fn straight<T: Scalar>(value: &mut [T], slope: &mut [T], bias: &[T], jet: impl Fn(T) -> (T, T, T)) {
    let width = bias.len();
    pulp::Arch::new().dispatch(|| {
        for (value, slope) in value.chunks_exact_mut(width).zip(slope.chunks_exact_mut(width)) {
            for ((value, slope), bias) in value.iter_mut().zip(slope).zip(bias) {
                (*value, *slope, _) = jet(*value + *bias);
            }
        }
    });
}

fn curved<T: Scalar>(
    value: &mut [T],
    slope: &mut [T],
    bend: &mut [T],
    bias: &[T],
    jet: impl Fn(T) -> (T, T, T),
) {
    for (i, ((value, slope), bend)) in value.iter_mut().zip(slope).zip(bend).enumerate() {
        (*value, *slope, *bend) = jet(*value + bias[i % bias.len()]);
    }
}

fn affine_output<T: Scalar>(y: &mut [T], bias: &[T], by: f64) {
    add_row(y, bias);
    scale(y, by);
}

fn scale<T: Scalar>(x: &mut [T], by: f64) {
    if by != 1.0 {
        let by = T::of(by);
        x.iter_mut().for_each(|x| *x *= by);
    }
}

fn scaled<T: Scalar>(from: &[T], by: f64, to: &mut Vec<T>) {
    to.clear();
    to.extend_from_slice(from);
    scale(to, by);
}

fn write_scaled<T: Scalar>(from: &[T], by: f64, to: &mut [T]) {
    to.copy_from_slice(from);
    scale(to, by);
}

fn add_row<T: Scalar>(x: &mut [T], row: &[T]) {
    pulp::Arch::new().dispatch(|| {
        for x in x.chunks_exact_mut(row.len()) {
            for (x, r) in x.iter_mut().zip(row) {
                *x += *r;
            }
        }
    });
}

/// Adds the sum of each column of `x` to `to`, row after row.
fn add_columns<T: Scalar>(x: &[T], to: &mut [T]) {
    pulp::Arch::new().dispatch(|| {
        for x in x.chunks_exact(to.len()) {
            for (to, x) in to.iter_mut().zip(x) {
                *to += *x;
            }
        }
    });
}

fn times<T: Scalar>(x: &mut [T], by: &[T]) {
    pulp::Arch::new().dispatch(|| times_here(x, by));
}

#[inline(always)]
fn times_here<T: Scalar>(x: &mut [T], by: &[T]) {
    for (x, by) in x.iter_mut().zip(by) {
        *x *= *by;
    }
}
