//! Passes through a network with one hidden layer of piecewise linear units on points of a plane, such as a discriminator of
//! the ring or the grid.
//!
//! Its products have two terms, one, or one column: writing hidden units and reading them again would cost more than they
//! do. Here no hidden unit is ever written; each pass makes them anew, a few vectors of units at a time in registers. `pass`
//! is the oracle: the same terms are added in the same order, so that both give the same bits.
//!
//! `units` has the parameters and what a unit does, `rows` the sums over units, `gradient` the sums over rows.

mod gradient;
mod rows;
#[cfg(test)]
mod tests;
mod units;

use super::gemm::Kernels;
use super::pass::Cotangents;
use super::{scale, scaled};
use crate::nn::mlp::{LayerSlots, Mlp};
use crate::nn::{Conditions, NetworkPass};
use crate::scalar::Scalar;
use gradient::{Gradient, GradientOfBoth};
use rows::{BothToInput, Forward, Tangent, ToInput};
use units::Units;

/// Hidden units are a multiple of so many, so that they fill the vectors of every machine.
const WHOLE: usize = 16;

/// One network's buffers for chunks of rows.
pub struct Shallow<T> {
    layers: [LayerSlots; 2],
    scales: Scales,
    /// The activation's slope left of zero.
    left: T,
    /// The parameters of the last forward pass, and the direction of the last tangent pass.
    at: Units<T>,
    along: Units<T>,
    /// What the first layer reads: the input times `input_scale`, and its tangent.
    input: Vec<T>,
    input_dot: Vec<T>,
    output: Vec<T>,
    output_dot: Vec<T>,
    /// The cotangents of the second layer's output and of its tangent.
    delta: Vec<T>,
    epsilon: Vec<T>,
    /// The parameters' cotangents on their way.
    sums: Units<T>,
}

/// The factors on the input and on the output.
struct Scales {
    input: f64,
    output: f64,
}

impl<T: Scalar> Shallow<T> {
    /// Buffers for the network `mlp`, which grow to the largest chunk they see; None where it is not one of these, or where a
    /// fixed order of the sums is asked for.
    pub fn new(mlp: &Mlp, kernels: Kernels) -> Option<Self> {
        let left = T::of(mlp.activation.left_slope()?);
        let layers: [LayerSlots; 2] = mlp.layers().try_into().ok()?;
        let fits = matches!(mlp.sizes[..], [2, units, 1] if units.is_multiple_of(WHOLE));
        (fits && kernels == Kernels::Native).then(|| Shallow {
            layers,
            scales: Scales { input: mlp.input_scale, output: mlp.output_scale },
            left,
            at: Units::default(),
            along: Units::default(),
            input: Vec::new(),
            input_dot: Vec::new(),
            output: Vec::new(),
            output_dot: Vec::new(),
            delta: Vec::new(),
            epsilon: Vec::new(),
            sums: Units::default(),
        })
    }
}

impl<T: Scalar> NetworkPass<T> for Shallow<T> {
    fn output(&self) -> &[T] {
        &self.output
    }

    fn output_dot(&self) -> &[T] {
        &self.output_dot
    }

    fn forward_with(&mut self, theta: &[T], x: &[T], _: Conditions) {
        scaled(x, self.scales.input, &mut self.input);
        self.at.read(&self.layers, theta);
        let x = points(&self.input);
        self.output.resize(x.len(), T::ZERO);
        let pass = Forward { at: &self.at, left: self.left, x, y: &mut self.output };
        pulp::Arch::new().dispatch(pass);
        scale(&mut self.output, self.scales.output);
    }

    fn backward(&mut self, _: &[T], y_bar: &[T], grads: Option<&mut [T]>, x_bar: Option<&mut [T]>) {
        scaled(y_bar, self.scales.output, &mut self.delta);
        let (at, left, x, bar) = (&self.at, self.left, points(&self.input), &self.delta[..]);
        if let Some(grads) = grads {
            let to = &mut self.sums;
            to.read(&self.layers, grads);
            pulp::Arch::new().dispatch(Gradient { at, left, x, bar, to });
            to.write(&self.layers, grads);
        }
        if let Some(x_bar) = x_bar {
            pulp::Arch::new().dispatch(ToInput { at, left, x, bar, x_bar: points_mut(x_bar) });
            scale(x_bar, self.scales.input);
        }
    }

    fn tangent(&mut self, _: &[T], theta_dot: Option<&[T]>, x_dot: Option<&[T]>) {
        match theta_dot {
            Some(dot) => self.along.read(&self.layers, dot),
            None => self.along.rest(self.layers[0].outputs),
        }
        match x_dot {
            Some(x_dot) => scaled(x_dot, self.scales.input, &mut self.input_dot),
            None => {
                self.input_dot.clear();
                self.input_dot.resize(self.input.len(), T::ZERO);
            }
        }
        let (x, x_dot) = (points(&self.input), points(&self.input_dot));
        self.output_dot.resize(x.len(), T::ZERO);
        let (at, along, left) = (&self.at, &self.along, self.left);
        pulp::Arch::new().dispatch(Tangent { at, along, left, x, x_dot, y_dot: &mut self.output_dot });
        scale(&mut self.output_dot, self.scales.output);
    }

    fn backward_tangent(
        &mut self,
        _: &[T],
        _: Option<&[T]>,
        y_bar: Cotangents<T>,
        grads: Option<&mut [T]>,
        x_bar: Option<(&mut [T], &mut [T])>,
    ) {
        scaled(y_bar.value, self.scales.output, &mut self.delta);
        scaled(y_bar.dot, self.scales.output, &mut self.epsilon);
        let (at, along, left) = (&self.at, &self.along, self.left);
        let (x, x_dot) = (points(&self.input), points(&self.input_dot));
        let bars = [&self.delta[..], &self.epsilon];
        if let Some(grads) = grads {
            let to = &mut self.sums;
            to.read(&self.layers, grads);
            pulp::Arch::new().dispatch(GradientOfBoth { at, along, left, x, x_dot, bars, to });
            to.write(&self.layers, grads);
        }
        if let Some((x_bar, x_dot_bar)) = x_bar {
            let (to, to_dot) = (points_mut(x_bar), points_mut(x_dot_bar));
            let pass = BothToInput { at, along, left, x, bars, x_bar: to, x_dot_bar: to_dot };
            pulp::Arch::new().dispatch(pass);
            scale(x_bar, self.scales.input);
            scale(x_dot_bar, self.scales.input);
        }
    }
}

fn points<T>(x: &[T]) -> &[[T; 2]] {
    x.as_chunks().0
}

fn points_mut<T>(x: &mut [T]) -> &mut [[T; 2]] {
    x.as_chunks_mut().0
}
