//! Outer directions of a network's parameters.

use super::super::gemm::Form;
use super::dual::{Dual, Part};
use super::still::{Net, add_row};
use crate::nn::mlp::LayerSlots;
use crate::scalar::Scalar;
use std::ops::Range;

/// One part of the directions in which a network's parameters move.
#[derive(Clone, Debug)]
pub enum Outer<'a, T> {
    /// None of the parameters moves.
    None,
    /// Full vectors, one behind the other.
    Dense(&'a [T]),
    /// Unit vectors of some parameters of one layer, weights first.
    Units {
        /// The layer.
        layer: usize,
        /// Which of the network's parameters.
        slots: Range<usize>,
    },
}

/// The directions in which a network's parameters move.
#[derive(Clone, Debug)]
pub struct Moves<'a, T> {
    /// Number of directions.
    pub directions: usize,
    /// Along the outer directions.
    pub outer: Outer<'a, T>,
    /// Along each of them and the inner direction together.
    pub both: Outer<'a, T>,
}

impl<'a, T: Scalar> Moves<'a, T> {
    /// Parameters that stay.
    pub fn none(directions: usize) -> Self {
        Moves { directions, outer: Outer::None, both: Outer::None }
    }

    /// Adds h0 W1' + b1 to `pre`.
    pub(super) fn forward(
        &self,
        net: &Net<T>,
        l: usize,
        h: &Dual<T>,
        pre: &mut Dual<T>,
        scratch: &mut Vec<T>,
    ) {
        let layer = &net.shape.layers[l];
        let (value, inner) = (h.value.get(), h.inner.get());
        let mut add = |moves: &Outer<T>, h: Option<&[T]>, biased: bool, to: &mut Part<T>| {
            if let Some(h) = h {
                moves.forward(self.directions, net, l, layer, (h, biased), to, scratch);
            }
        };
        add(&self.outer, value, true, &mut pre.value);
        add(&self.outer, inner, false, &mut pre.inner);
        add(&self.both, value, true, &mut pre.inner);
    }

    /// Adds lambda0 W1 to `bar`.
    pub(super) fn backward(
        &self,
        net: &Net<T>,
        l: usize,
        lambda: &Dual<T>,
        bar: &mut Dual<T>,
        scratch: &mut Vec<T>,
    ) {
        let layer = &net.shape.layers[l];
        let (value, inner) = (lambda.value.get(), lambda.inner.get());
        let mut add = |moves: &Outer<T>, lambda: Option<&[T]>, to: &mut Part<T>| {
            if let Some(lambda) = lambda {
                moves.backward(self.directions, net, l, layer, lambda, to, scratch);
            }
        };
        add(&self.outer, value, &mut bar.value);
        add(&self.outer, inner, &mut bar.inner);
        add(&self.both, value, &mut bar.inner);
    }
}

impl<T: Scalar> Outer<'_, T> {
    #[allow(clippy::too_many_arguments)]
    fn forward(
        &self,
        directions: usize,
        net: &Net<T>,
        l: usize,
        layer: &LayerSlots,
        (h, biased): (&[T], bool),
        to: &mut Part<T>,
        scratch: &mut Vec<T>,
    ) {
        let rows = h.len() / layer.inputs;
        let width = directions * layer.outputs;
        match self {
            Outer::None => {}
            Outer::Dense(all) => {
                let weights = gathered(all, directions, &layer.weight, scratch);
                let (to, into) = to.target(rows * width);
                let shape = [rows, layer.inputs, width];
                net.shape.kernels.product(Form::RightTransposed, shape, (h, weights), into, to);
                if biased {
                    add_row(to, gathered(all, directions, &layer.bias, scratch));
                }
            }
            Outer::Units { layer: moved, .. } if *moved != l => {}
            Outer::Units { slots, .. } => {
                let to = to.add_to(rows * width);
                for (h, to) in h.chunks_exact(layer.inputs).zip(to.chunks_exact_mut(width)) {
                    for (to, slot) in to.chunks_exact_mut(layer.outputs).zip(slots.clone()) {
                        match unit(layer, slot) {
                            (out, Some(input)) => to[out] += h[input],
                            (out, None) if biased => to[out] += T::ONE,
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn backward(
        &self,
        directions: usize,
        net: &Net<T>,
        l: usize,
        layer: &LayerSlots,
        lambda: &[T],
        to: &mut Part<T>,
        scratch: &mut Vec<T>,
    ) {
        let rows = lambda.len() / layer.outputs;
        let width = directions * layer.inputs;
        match self {
            Outer::None => {}
            Outer::Dense(all) => {
                let weights = side_by_side(all, directions, layer, scratch);
                let (to, into) = to.target(rows * width);
                net.shape.kernels.product(
                    Form::Plain,
                    [rows, layer.outputs, width],
                    (lambda, weights),
                    into,
                    to,
                );
            }
            Outer::Units { layer: moved, .. } if *moved != l => {}
            Outer::Units { slots, .. } => {
                if slots.start >= layer.weight.end {
                    return;
                }
                let to = to.add_to(rows * width);
                for (lambda, to) in lambda.chunks_exact(layer.outputs).zip(to.chunks_exact_mut(width)) {
                    for (to, slot) in to.chunks_exact_mut(layer.inputs).zip(slots.clone()) {
                        if let (out, Some(input)) = unit(layer, slot) {
                            to[input] += lambda[out];
                        }
                    }
                }
            }
        }
    }
}

/// The output and the input that a weight joins; a bias has no input.
fn unit(layer: &LayerSlots, slot: usize) -> (usize, Option<usize>) {
    if slot >= layer.bias.start {
        return (slot - layer.bias.start, None);
    }
    let at = slot - layer.weight.start;
    (at / layer.inputs, Some(at % layer.inputs))
}

/// One range of each of several vectors, `[directions, range]`.
fn gathered<'a, T: Scalar>(
    all: &'a [T],
    directions: usize,
    range: &Range<usize>,
    scratch: &'a mut Vec<T>,
) -> &'a [T] {
    if directions == 1 {
        return &all[range.clone()];
    }
    scratch.clear();
    for one in all.chunks_exact(all.len() / directions) {
        scratch.extend_from_slice(&one[range.clone()]);
    }
    scratch
}

/// A layer's weights of several vectors, `[outputs, directions, inputs]`.
fn side_by_side<'a, T: Scalar>(
    all: &'a [T],
    directions: usize,
    layer: &LayerSlots,
    scratch: &'a mut Vec<T>,
) -> &'a [T] {
    if directions == 1 {
        return &all[layer.weight.clone()];
    }
    scratch.clear();
    for out in 0..layer.outputs {
        for one in all.chunks_exact(all.len() / directions) {
            scratch.extend_from_slice(&one[layer.weight.clone()][out * layer.inputs..][..layer.inputs]);
        }
    }
    scratch
}
