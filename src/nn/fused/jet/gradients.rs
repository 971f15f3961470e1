//! Sums over rows: the parameters' gradients along many directions at once.

use super::super::columns::add_columns;
use super::super::gemm::{Form, Into, Kernels};
use super::dual::Dual;
use super::still::Shape;
use crate::nn::mlp::LayerSlots;
use crate::scalar::Scalar;

/// Which part of a gradient is summed: the value, or the derivative along the inner direction. Of a moving gradient
/// these are the parts O and IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The value.
    Value,
    /// The part along the inner direction.
    Inner,
}

/// The gradients of one network's parameters along several directions.
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    directions: usize,
    layers: Vec<Sums<T>>,
}

#[derive(Clone, Debug)]
struct Sums<T> {
    slots: LayerSlots,
    /// a1~' h0, `[directions, outputs, inputs]`.
    left: Vec<T>,
    /// a0~' h1, `[outputs, directions, inputs]`; with a single direction it goes to `left`.
    right: Vec<T>,
    bias: Vec<T>,
}

impl<T: Scalar> Gradients<T> {
    /// Zero gradients along `directions` directions.
    pub fn new(shape: &Shape, directions: usize) -> Self {
        let sums = |slots: &LayerSlots| {
            let n = directions * slots.weight.len();
            Sums {
                slots: slots.clone(),
                left: vec![T::ZERO; n],
                right: vec![T::ZERO; if directions == 1 { 0 } else { n }],
                bias: vec![T::ZERO; directions * slots.outputs],
            }
        };
        Gradients { directions, layers: shape.layers.iter().map(sums).collect() }
    }

    /// Adds the sums over the rows of a chunk in layer `l`: still and moving cotangents and inputs.
    pub(super) fn add(
        &mut self,
        kernels: Kernels,
        l: usize,
        wanted: Wanted,
        lambda: [&Dual<T>; 2],
        h: [&Dual<T>; 2],
    ) {
        let directions = self.directions;
        let Sums { slots, left, right, bias } = &mut self.layers[l];
        let (outputs, inputs) = (slots.outputs, slots.inputs);
        let mut add_left = |lambda: Option<&[T]>, h: Option<&[T]>| {
            if let (Some(lambda), Some(h)) = (lambda, h) {
                let shape = [directions * outputs, h.len() / inputs, inputs];
                kernels.product(Form::LeftTransposed, shape, (lambda, h), Into::Add, left);
            }
        };
        let [still, moving] = lambda;
        match wanted {
            Wanted::Value => add_left(moving.value.get(), h[0].value.get()),
            Wanted::Inner => {
                add_left(moving.inner.get(), h[0].value.get());
                add_left(moving.value.get(), h[0].inner.get());
            }
        }
        let right = if directions == 1 { left } else { right };
        let mut add_right = |lambda: Option<&[T]>, h: Option<&[T]>| {
            if let (Some(lambda), Some(h)) = (lambda, h) {
                let shape = [outputs, lambda.len() / outputs, directions * inputs];
                kernels.product(Form::LeftTransposed, shape, (lambda, h), Into::Add, right);
            }
        };
        match wanted {
            Wanted::Value => add_right(still.value.get(), h[1].value.get()),
            Wanted::Inner => {
                add_right(still.value.get(), h[1].inner.get());
                add_right(still.inner.get(), h[1].value.get());
            }
        }
        let summed = if wanted == Wanted::Value { &moving.value } else { &moving.inner };
        if let Some(lambda) = summed.get() {
            add_columns(lambda, bias);
        }
    }

    /// Adds the gradient along each direction to `out`, in which a direction's numbers begin `stride` behind the
    /// previous one's.
    pub fn add_to(&self, out: &mut [T], stride: usize) {
        for Sums { slots, left, right, bias } in &self.layers {
            let (outputs, inputs) = (slots.outputs, slots.inputs);
            for k in 0..self.directions {
                let out = &mut out[k * stride..];
                let (weight, n) = (&mut out[slots.weight.clone()], outputs * inputs);
                weight.iter_mut().zip(&left[k * n..]).for_each(|(to, from)| *to += *from);
                if !right.is_empty() {
                    for (o, row) in weight.chunks_exact_mut(inputs).enumerate() {
                        let from = &right[(o * self.directions + k) * inputs..];
                        row.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
                    }
                }
                let bias = &bias[k * outputs..];
                out[slots.bias.clone()].iter_mut().zip(bias).for_each(|(to, from)| *to += *from);
            }
        }
    }
}
