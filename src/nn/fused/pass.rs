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

use super::columns::add_columns;
use super::dense::{Finish, Product, Scratch, Then};
use super::gemm::{Into, Kernels};
use super::layer::Prepared;
use super::{room, scale, scaled};
use crate::nn::mlp::{LayerSlots, Mlp};
use crate::nn::{Conditions, NetworkPass};
use crate::scalar::Scalar;
use crate::scenario::Activation;

/// One network's buffers for chunks of up to a fixed number of rows.
pub struct Pass<T> {
    mlp: Mlp,
    layers: Vec<LayerSlots>,
    kernels: Kernels,
    /// The activation's slope left of zero, if it is piecewise linear.
    left: Option<T>,
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
    /// The weights, where the caller did not prepare them.
    own: Prepared<T>,
    /// Space for products.
    scratch: Scratch<T>,
}

#[derive(Default)]
struct Hidden<T> {
    /// sigma(a).
    value: Vec<T>,
    /// sigma'(a); empty for piecewise linear activations, which the sign of sigma(a) tells.
    slope: Vec<T>,
    /// sigma''(a); empty likewise.
    bend: Vec<T>,
    /// The tangent of a; empty likewise.
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
            left: mlp.activation.left_slope().map(T::of),
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
            own: Prepared::default(),
            scratch: Scratch::default(),
        }
    }

    /// Runs the scaled input through the layers.
    fn run_through(&mut self, theta: &[T], prepared: &Prepared<T>, input: &[T]) {
        self.rows = input.len() / self.mlp.inputs();
        let (last, rows) = (self.layers.len() - 1, self.rows);
        for (l, layer) in self.layers.iter().enumerate() {
            let (done, ahead) = self.hidden.split_at_mut(l);
            let h = done.last().map_or(input, |below| &below.value);
            let bias = &theta[layer.bias.clone()];
            let to = if l < last { &mut ahead[0].value } else { &mut self.output };
            to.resize(rows * layer.outputs, T::ZERO);
            let finish = match self.left {
                Some(left) if l < last => Finish { bias: Some(bias), then: Then::Rectify(left) },
                None if l < last => Finish::PLAIN,
                _ => Finish { bias: Some(bias), then: Then::Keep },
            };
            let product = layer.through(rows, h, &theta[layer.weight.clone()]);
            let right = prepared.right(l).unwrap_or(product.right);
            Product { finish, right, ..product }.run(self.kernels, &mut self.scratch, to);
            match self.left {
                None if l < last => ahead[0].activate(self.mlp.activation, bias),
                _ if l == last => scale(to, self.mlp.output_scale),
                _ => (),
            }
        }
    }

    /// The backward pass; the parameters' cotangents are written over what `grads` holds, or added to it. `x` is what the first
    /// layer read, where no copy of it was kept.
    fn pull(
        &mut self,
        theta: &[T],
        x: &[T],
        y_bar: &[T],
        mut grads: Option<(Into, &mut [T])>,
        x_bar: Option<&mut [T]>,
    ) {
        write_scaled(y_bar, self.mlp.output_scale, room(&mut self.delta, y_bar.len()));
        let input = if self.input.is_empty() { x } else { &self.input };
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let (done, _) = self.hidden.split_at(l);
            let h = done.last().map_or(input, |below| &below.value);
            let delta = &self.delta[..self.rows * layer.outputs];
            if let Some((into, grads)) = &mut grads {
                let product = Product { into: *into, ..layer.weight_of(self.rows, delta, h) };
                product.run(self.kernels, &mut self.scratch, &mut grads[layer.weight.clone()]);
                let bias = &mut grads[layer.bias.clone()];
                if *into == Into::Set {
                    bias.fill(T::ZERO);
                }
                add_columns(delta, bias);
            }
            if l == 0 && x_bar.is_none() {
                return;
            }
            let next = room(&mut self.next, self.rows * layer.inputs);
            let product = layer.back(self.rows, delta, &theta[layer.weight.clone()]);
            let finish = done.last().map_or(Finish::PLAIN, |below| below.gate(self.left));
            Product { finish, ..product }.run(self.kernels, &mut self.scratch, next);
            std::mem::swap(&mut self.delta, &mut self.next);
        }
        if let Some(x_bar) = x_bar {
            write_scaled(&self.delta[..x_bar.len()], self.mlp.input_scale, x_bar);
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

    fn forward_with(&mut self, theta: &[T], x: &[T], on: Conditions) {
        let mut own = std::mem::take(&mut self.own);
        own.of(&self.mlp, theta);
        self.forward_prepared(theta, &own, x, on);
        self.own = own;
    }

    fn forward_prepared(&mut self, theta: &[T], prepared: &Prepared<T>, x: &[T], _: Conditions) {
        let mut input = std::mem::take(&mut self.input);
        scaled(x, self.mlp.input_scale, &mut input);
        self.run_through(theta, prepared, &input);
        self.input = input;
    }

    fn apply_prepared(&mut self, theta: &[T], prepared: &Prepared<T>, x: &[T], on: Conditions) {
        if self.mlp.input_scale != 1.0 {
            return self.forward_prepared(theta, prepared, x, on);
        }
        // Other passes than that which is given the input again find none.
        self.input.clear();
        self.run_through(theta, prepared, x);
    }

    fn backward(&mut self, theta: &[T], y_bar: &[T], grads: Option<&mut [T]>, x_bar: Option<&mut [T]>) {
        self.pull(theta, &[], y_bar, grads.map(|grads| (Into::Add, grads)), x_bar);
    }

    fn backward_of(&mut self, theta: &[T], x: &[T], y_bar: &[T], grads: &mut [T]) {
        self.pull(theta, x, y_bar, Some((Into::Set, grads)), None);
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
            // Where sigma has no second derivative, the tangent before it is needed no more.
            let (to, gate) = match (ahead.first_mut(), self.left) {
                (None, _) => (&mut self.output_dot, Then::Keep),
                (Some(own), Some(left)) => (&mut own.dot, Then::Gate(&own.value, left)),
                (Some(own), None) => (&mut own.pre_dot, Then::Keep),
            };
            to.resize(rows * layer.outputs, T::ZERO);
            let by_input = h_dot.map(|h_dot| layer.through(rows, h_dot, &theta[layer.weight.clone()]));
            let by_theta = theta_dot.map(|dot| {
                let into = if by_input.is_some() { Into::Add } else { Into::Set };
                let finish = Finish { bias: Some(&dot[layer.bias.clone()]), then: Then::Keep };
                Product { into, finish, ..layer.through(rows, h, &dot[layer.weight.clone()]) }
            });
            if by_input.is_none() && by_theta.is_none() {
                to.fill(T::ZERO);
            }
            let mut both = by_input.into_iter().chain(by_theta).peekable();
            while let Some(mut product) = both.next() {
                if both.peek().is_none() {
                    product.finish.then = gate;
                }
                product.run(self.kernels, &mut self.scratch, to);
            }
            if l == last {
                scale(to, self.mlp.output_scale);
            } else if self.left.is_none() {
                ahead[0].follow();
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
        write_scaled(y_bar.value, self.mlp.output_scale, room(&mut self.delta, y_bar.value.len()));
        write_scaled(y_bar.dot, self.mlp.output_scale, room(&mut self.epsilon, y_bar.dot.len()));
        let (kernels, rows) = (self.kernels, self.rows);
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let (done, _) = self.hidden.split_at(l);
            let (h, h_dot) = match done.last() {
                Some(below) => (&below.value, Some(&below.dot)),
                None => (&self.input, self.input_dot.as_ref()),
            };
            let [delta, epsilon] = [&self.delta, &self.epsilon].map(|bars| &bars[..rows * layer.outputs]);
            if let Some(grads) = grads.as_deref_mut() {
                let weight = &mut grads[layer.weight.clone()];
                layer.weight_of(rows, delta, h).run(kernels, &mut self.scratch, weight);
                if let Some(h_dot) = h_dot {
                    layer.weight_of(rows, epsilon, h_dot).run(kernels, &mut self.scratch, weight);
                }
                add_columns(delta, &mut grads[layer.bias.clone()]);
            }
            if l == 0 && x_bar.is_none() {
                return;
            }
            let next = room(&mut self.next, rows * layer.inputs);
            let next_dot = room(&mut self.next_dot, rows * layer.inputs);
            // Without a second derivative both cotangents pass the activation by its slope alone.
            let gate = match (done.last(), self.left) {
                (Some(below), Some(_)) => below.gate(self.left),
                _ => Finish::PLAIN,
            };
            let weight = &theta[layer.weight.clone()];
            let plain = layer.back(rows, delta, weight);
            let finish = if theta_dot.is_none() { gate } else { Finish::PLAIN };
            Product { finish, ..plain }.run(kernels, &mut self.scratch, next);
            if let Some(theta_dot) = theta_dot {
                let more = layer.back(rows, epsilon, &theta_dot[layer.weight.clone()]);
                let more = Product { finish: gate, into: Into::Add, ..more };
                more.run(kernels, &mut self.scratch, next);
            }
            let product = layer.back(rows, epsilon, weight);
            Product { finish: gate, ..product }.run(kernels, &mut self.scratch, next_dot);
            if let (Some(below), None) = (done.last(), self.left) {
                below.pull(next, next_dot);
            }
            std::mem::swap(&mut self.delta, &mut self.next);
            std::mem::swap(&mut self.epsilon, &mut self.next_dot);
        }
        if let Some((x_bar, x_dot_bar)) = x_bar {
            write_scaled(&self.delta[..x_bar.len()], self.mlp.input_scale, x_bar);
            write_scaled(&self.epsilon[..x_dot_bar.len()], self.mlp.input_scale, x_dot_bar);
        }
    }
}

impl<T: Scalar> Hidden<T> {
    /// Turns `value` from a product into sigma(product + bias), with the derivatives beside it. Piecewise linear
    /// activations follow their product by themselves.
    fn activate(&mut self, activation: Activation, bias: &[T]) {
        let n = self.value.len();
        self.slope.resize(n, T::ZERO);
        self.bend.resize(n, T::ZERO);
        let Hidden { value, slope, bend, .. } = self;
        macro_rules! each {
            ($($name:ident)*) => {
                match activation {
                    Activation::Relu | Activation::LeakyRelu => (),
                    $(Activation::$name => {
                        curved(value, slope, bend, bias, |x| Activation::$name.jet(x))
                    })*
                }
            };
        }
        each!(Elu Tanh Sigmoid Softplus Silu Gelu Sin);
    }

    /// The way of a cotangent back through the activation.
    fn gate(&self, left: Option<T>) -> Finish<'_, T> {
        let then = left.map_or(Then::Times(&self.slope), |left| Then::Gate(&self.value, left));
        Finish { bias: None, then }
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
            let derived = self.bend.iter().zip(&self.pre_dot);
            for ((delta, epsilon), (bend, pre_dot)) in delta.iter_mut().zip(&epsilon[..]).zip(derived) {
                *delta += *epsilon * *bend * *pre_dot;
            }
            times_here(epsilon, &self.slope);
        });
    }
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

fn write_scaled<T: Scalar>(from: &[T], by: f64, to: &mut [T]) {
    to.copy_from_slice(from);
    scale(to, by);
}

#[inline(always)]
fn times_here<T: Scalar>(x: &mut [T], by: &[T]) {
    for (x, by) in x.iter_mut().zip(by) {
        *x *= *by;
    }
}
