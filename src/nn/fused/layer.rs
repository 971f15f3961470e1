//! The products of a layer on some rows, and its weights as they read them.

use super::dense::{FEW, Finish, Left, Panels, Product, Right};
use super::gemm::Into;
use crate::nn::mlp::{LayerSlots, Mlp};
use crate::scalar::Scalar;

/// What the forward passes of all chunks of a batch share of a network's parameters: its weights, as products read them.
#[derive(Clone, Debug)]
pub struct Prepared<T> {
    /// One a layer; empty for layers whose products read their weights as they are.
    layers: Vec<Panels<T>>,
}

impl<T: Scalar> Prepared<T> {
    /// Prepares the parameters of a multilayer perceptron.
    pub fn of(&mut self, mlp: &Mlp, theta: &[T]) {
        let mut first = 0;
        self.layers.resize_with(mlp.sizes.len() - 1, Panels::default);
        for (panels, widths) in self.layers.iter_mut().zip(mlp.sizes.windows(2)) {
            let (inputs, outputs) = (widths[0], widths[1]);
            if outputs > FEW {
                panels.pack_columns(&theta[first..][..inputs * outputs], inputs, outputs);
            }
            first += (inputs + 1) * outputs;
        }
    }

    /// A layer's weight, if it was prepared.
    pub(super) fn right(&self, layer: usize) -> Option<Right<'_, T>> {
        self.layers[layer].right()
    }
}

impl<T> Default for Prepared<T> {
    fn default() -> Self {
        Prepared { layers: Vec::new() }
    }
}

/// A layer's products on some rows.
impl LayerSlots {
    /// h W', `[rows, outputs]`.
    pub(super) fn through<'a, T>(&self, rows: usize, h: &'a [T], weight: &'a [T]) -> Product<'a, T> {
        Product {
            shape: [rows, self.inputs, self.outputs],
            left: Left::Rows(h),
            right: Right::Columns(weight),
            into: Into::Set,
            finish: Finish::PLAIN,
        }
    }

    /// delta W, `[rows, inputs]`.
    pub(super) fn back<'a, T>(&self, rows: usize, delta: &'a [T], weight: &'a [T]) -> Product<'a, T> {
        Product {
            shape: [rows, self.outputs, self.inputs],
            left: Left::Rows(delta),
            right: Right::Rows(weight),
            into: Into::Set,
            finish: Finish::PLAIN,
        }
    }

    /// The weight's cotangent delta' h, `[outputs, inputs]`, added to what is there.
    pub(super) fn weight_of<'a, T>(&self, rows: usize, delta: &'a [T], h: &'a [T]) -> Product<'a, T> {
        Product {
            shape: [self.outputs, rows, self.inputs],
            left: Left::Columns(delta),
            right: Right::Rows(h),
            into: Into::Add,
            finish: Finish::PLAIN,
        }
    }
}
