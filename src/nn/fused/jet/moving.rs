//! The part of a pass that is linear in the outer directions: forward, backward and gradients of all of them.

use super::super::gemm::Form;
use super::dual::Dual;
use super::gradients::{Gradients, Wanted};
use super::moves::Moves;
use super::still::{Back, Net, Shape, Still};
use crate::scalar::Scalar;

/// Buffers of one network's moving pass; numbers lie `[rows, directions, width]`.
#[derive(Clone, Debug, Default)]
pub struct Moving<T> {
    /// Each layer's input.
    inputs: Vec<Dual<T>>,
    /// What each layer's input was before the activation, where the activation bends.
    pres: Vec<Dual<T>>,
    /// The output, `[rows, directions, outputs]`.
    pub output: Dual<T>,
    /// The cotangent of the input, where it was asked for.
    pub input_bar: Dual<T>,
    next: Dual<T>,
    scratch: Vec<T>,
}

impl<T: Scalar> Moving<T> {
    /// Pushes the directions of the parameters (`moves`) and of the input (`x`) through the network.
    pub fn forward(&mut self, net: &Net<T>, still: &Still<T>, moves: &Moves<T>, x: &Dual<T>) {
        let Shape { mlp, layers, kernels } = net.shape;
        self.inputs.resize(layers.len(), Dual::default());
        self.pres.resize(layers.len(), Dual::default());
        self.inputs[0].set_scaled(x, mlp.input_scale);
        for (l, layer) in layers.iter().enumerate() {
            let (done, ahead) = self.inputs.split_at_mut(l + 1);
            let pre = ahead.first_mut().unwrap_or(&mut self.output);
            pre.clear();
            let shape = [still.rows * moves.directions, layer.inputs, layer.outputs];
            pre.add_product(*kernels, Form::RightTransposed, shape, &done[l], net.weight(layer));
            moves.forward(net, l, &still.layers[l].input, pre, &mut self.scratch);
            let Some(behind) = still.layers.get(l + 1) else {
                pre.scale(mlp.output_scale);
                continue;
            };
            if mlp.activation.piecewise_linear() {
                pre.times_value(behind.slope.value.get().unwrap_or_default(), layer.outputs);
            } else {
                std::mem::swap(pre, &mut self.pres[l + 1]);
                pre.clear();
                pre.add_times(&behind.slope, &self.pres[l + 1], layer.outputs);
            }
        }
    }

    /// Pulls the moving part of the output's cotangent back, `back` being the pass of the still part; adds the
    /// parameters' gradients to `grads`.
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &mut self,
        net: &Net<T>,
        (still, back): (&Still<T>, &Back<T>),
        moves: &Moves<T>,
        bar: &Dual<T>,
        mut grads: Option<(&mut Gradients<T>, Wanted)>,
        wants_input: bool,
    ) {
        let Shape { mlp, layers, kernels } = net.shape;
        // The cotangent of a, layer by layer; in the end that of the input.
        let delta = &mut self.input_bar;
        delta.set_scaled(bar, mlp.output_scale);
        for (l, layer) in layers.iter().enumerate().rev() {
            let below = &still.layers[l];
            if let Some((grads, wanted)) = &mut grads {
                let (lambda, h) = ([&back.lambda[l], &*delta], [&below.input, &self.inputs[l]]);
                grads.add(*kernels, l, *wanted, lambda, h);
            }
            if l == 0 && !wants_input {
                return;
            }
            self.next.clear();
            let shape = [still.rows * moves.directions, layer.outputs, layer.inputs];
            self.next.add_product(*kernels, Form::Plain, shape, delta, net.weight(layer));
            moves.backward(net, l, &back.lambda[l], &mut self.next, &mut self.scratch);
            if l == 0 {
                std::mem::swap(delta, &mut self.next);
                delta.scale(mlp.input_scale);
            } else if mlp.activation.piecewise_linear() {
                std::mem::swap(delta, &mut self.next);
                delta.times_value(below.slope.value.get().unwrap_or_default(), layer.inputs);
            } else {
                delta.clear();
                delta.add_times(&below.slope, &self.next, layer.inputs);
                delta.add_times(&back.turn[l], &self.pres[l], layer.inputs);
            }
        }
    }
}
