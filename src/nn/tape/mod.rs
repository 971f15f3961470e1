//! Networks on candle tensors that carry directional derivatives beside their values.
//!
//! A `Jet` of order k holds a value and its mixed derivatives along k directions: the coefficients of a polynomial
//! in k variables e_1 ... e_k whose squares vanish. One forward pass of jets followed by candle's ordinary backward
//! pass gives gradients of directional derivatives, which is every higher derivative that a game needs.

mod stack;

use super::activation::LEAK;
use super::mlp::Mlp;
use super::network::Network;
use crate::random::Chance;
use crate::scenario::Activation;
use candle_core::{Result, Tensor};

/// A function of one number with its derivatives, on tensors.
pub trait Pointwise {
    /// The derivative of the given order (0 is the function itself); no gradient flows through the result.
    fn derivative(&self, order: usize, x: &Tensor) -> Result<Tensor>;
}

/// The derivative of the given order as a node of the tape: its own gradient is the next derivative.
fn lift(f: &dyn Pointwise, order: usize, x: &Tensor) -> Result<Tensor> {
    let still = x.detach();
    let value = f.derivative(order, &still)?;
    let slope = f.derivative(order + 1, &still)?;
    value + slope.mul(&x.sub(&still)?)?
}

/// A tensor with its mixed derivatives along `order` directions; a missing part is zero.
#[derive(Clone, Debug)]
pub struct Jet {
    /// Part S, a set of directions as a bit mask, is the coefficient of the product of their e's.
    parts: Vec<Option<Tensor>>,
}

impl Jet {
    /// A value that moves along none of `order` directions.
    pub fn new(value: Tensor, order: usize) -> Self {
        let mut parts = vec![None; 1 << order];
        parts[0] = Some(value);
        Jet { parts }
    }

    /// The same with the coefficient of a set of directions.
    pub fn with(mut self, set: usize, part: Option<Tensor>) -> Self {
        self.parts[set] = part;
        self
    }

    /// The coefficient of a set of directions; None is zero.
    pub fn part(&self, set: usize) -> Option<&Tensor> {
        self.parts[set].as_ref()
    }

    /// Number of sets of directions: 2^order.
    pub fn sets(&self) -> usize {
        self.parts.len()
    }

    /// The value itself.
    pub fn value(&self) -> Result<&Tensor> {
        self.parts[0].as_ref().ok_or_else(|| candle_core::Error::Msg("a jet without a value".into()))
    }

    /// A linear map of every part.
    pub fn map(&self, f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Jet> {
        let parts = self.parts.iter().map(|p| p.as_ref().map(&f).transpose());
        Ok(Jet { parts: parts.collect::<Result<_>>()? })
    }

    /// The sum of two jets of one order; `f` adds two parts (and may broadcast).
    fn combine(&self, other: &Jet, f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Jet> {
        let both = self.parts.iter().zip(&other.parts).map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => f(a, b).map(Some),
            (a, b) => Ok(a.as_ref().or(b.as_ref()).cloned()),
        });
        Ok(Jet { parts: both.collect::<Result<_>>()? })
    }

    /// a + b.
    pub fn add(&self, other: &Jet) -> Result<Jet> {
        self.combine(other, |a, b| a + b)
    }

    /// a - b.
    pub fn sub(&self, other: &Jet) -> Result<Jet> {
        self.add(&other.map(|b| b.neg())?)
    }

    /// Any bilinear product: part S is the sum over A of f(a_A, b_(S \ A)).
    pub fn product(&self, other: &Jet, f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Jet> {
        let mut parts = vec![None; self.sets()];
        for (set, part) in parts.iter_mut().enumerate() {
            for left in subsets(set) {
                if let (Some(a), Some(b)) = (self.part(left), other.part(set & !left)) {
                    accumulate(part, f(a, b)?)?;
                }
            }
        }
        Ok(Jet { parts })
    }

    /// A function applied to each number.
    pub fn apply(&self, f: &dyn Pointwise) -> Result<Jet> {
        let mut parts = Vec::with_capacity(self.sets());
        for set in 0..self.sets() {
            parts.push(self.apply_part(f, 0, set)?);
        }
        Ok(Jet { parts })
    }

    /// Part `set` of f^(order)(x): for a direction i of the set, d_i f(x) = f'(x) x_i, so the part is the sum over
    /// the subsets A of the rest of (f'(x))_A x_(rest \ A, i).
    fn apply_part(&self, f: &dyn Pointwise, order: usize, set: usize) -> Result<Option<Tensor>> {
        if set == 0 {
            return lift(f, order, self.value()?).map(Some);
        }
        let first = set & set.wrapping_neg();
        let rest = set & !first;
        let mut sum = None;
        for left in subsets(rest) {
            let Some(moved) = self.part((rest & !left) | first) else { continue };
            if let Some(slope) = self.apply_part(f, order + 1, left)? {
                accumulate(&mut sum, slope.mul(moved)?)?;
            }
        }
        Ok(sum)
    }
}

fn accumulate(sum: &mut Option<Tensor>, term: Tensor) -> Result<()> {
    *sum = Some(match sum.take() {
        Some(sum) => sum.add(&term)?,
        None => term,
    });
    Ok(())
}

/// All subsets of a bit mask, the empty one included.
fn subsets(set: usize) -> impl Iterator<Item = usize> {
    (0..=set).filter(move |sub| sub & !set == 0)
}

/// Runs `x`, `[rows, inputs]`, through the network with the flat parameters `theta`; dropout draws from `chance`, or rests.
pub fn forward(network: &Network, theta: &Jet, x: &Jet, chance: Option<Chance>) -> Result<Jet> {
    match network {
        Network::Mlp(mlp) => perceptron(mlp, theta, x),
        Network::Stack(stack) => stack::forward(stack, theta, x, chance),
    }
}

fn perceptron(mlp: &Mlp, theta: &Jet, x: &Jet) -> Result<Jet> {
    let mut h = x.map(|x| x.affine(mlp.input_scale, 0.0))?;
    let layers = mlp.layers();
    for (l, layer) in layers.iter().enumerate() {
        let shape = (layer.outputs, layer.inputs);
        let weight =
            theta.map(|t| t.narrow(0, layer.weight.start, layer.weight.len())?.reshape(shape)?.t())?;
        let bias = theta.map(|t| t.narrow(0, layer.bias.start, layer.bias.len()))?;
        let product = h.product(&weight, |h, w| h.matmul(w))?;
        let rows = h.value()?.dim(0)?;
        let bias = bias.map(|b| b.reshape((1, layer.outputs))?.broadcast_as((rows, layer.outputs)))?;
        h = product.add(&bias)?;
        if l + 1 < layers.len() {
            h = h.apply(&mlp.activation)?;
        }
    }
    h.map(|y| y.affine(mlp.output_scale, 0.0))
}

/// Derivatives of the activations in candle's own operations, so that they run on any device.
impl Pointwise for Activation {
    fn derivative(&self, order: usize, x: &Tensor) -> Result<Tensor> {
        match self {
            Activation::Relu => piecewise(order, x, 0.0),
            Activation::LeakyRelu => piecewise(order, x, LEAK),
            Activation::Elu => {
                let positive = x.gt(0.0)?.to_dtype(x.dtype())?;
                let right = if order == 0 { x.mul(&positive)? } else { piecewise(order, x, 0.0)? };
                let e = x.minimum(0.0)?.exp()?;
                let left = if order == 0 { e.affine(1.0, -1.0)? } else { e };
                right + left.mul(&positive.affine(-1.0, 1.0)?)?
            }
            Activation::Tanh => tanh(order, x),
            Activation::Sigmoid => sigmoid(order, x),
            Activation::Softplus if order == 0 => {
                x.maximum(0.0)? + x.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?
            }
            Activation::Softplus => sigmoid(order - 1, x),
            Activation::Silu => times_x(sigmoid, order, x),
            Activation::Gelu => times_x(normal, order, x),
            Activation::Sin => match order % 4 {
                0 => x.sin(),
                1 => x.cos(),
                2 => x.sin()?.neg(),
                _ => x.cos()?.neg(),
            },
        }
    }
}

fn piecewise(order: usize, x: &Tensor, left: f64) -> Result<Tensor> {
    if order > 1 {
        return x.zeros_like();
    }
    let slope = x.gt(0.0)?.to_dtype(x.dtype())?.affine(1.0 - left, left)?;
    if order == 0 { slope.mul(x) } else { Ok(slope) }
}

/// Derivatives of x s(x): x s^(k) + k s^(k-1).
fn times_x(s: fn(usize, &Tensor) -> Result<Tensor>, order: usize, x: &Tensor) -> Result<Tensor> {
    let first = x.mul(&s(order, x)?)?;
    if order == 0 { Ok(first) } else { first + s(order - 1, x)?.affine(order as f64, 0.0)? }
}

fn tanh(order: usize, x: &Tensor) -> Result<Tensor> {
    let t = x.tanh()?;
    let t2 = t.sqr()?;
    let d = t2.affine(-1.0, 1.0)?;
    match order {
        0 => Ok(t),
        1 => Ok(d),
        2 => t.mul(&d)?.affine(-2.0, 0.0),
        3 => d.mul(&t2.affine(6.0, -2.0)?),
        4 => d.mul(&t)?.mul(&t2.affine(-24.0, 16.0)?),
        _ => Err(unknown(order)),
    }
}

fn sigmoid(order: usize, x: &Tensor) -> Result<Tensor> {
    let s = candle_nn::ops::sigmoid(x)?;
    let d = s.mul(&s.affine(-1.0, 1.0)?)?;
    let odd = s.affine(-2.0, 1.0)?;
    match order {
        0 => Ok(s),
        1 => Ok(d),
        2 => d.mul(&odd),
        3 => d.mul(&d.affine(-6.0, 1.0)?),
        4 => d.mul(&odd)?.mul(&d.affine(-12.0, 1.0)?),
        _ => Err(unknown(order)),
    }
}

/// The normal distribution function and its derivatives: Hermite polynomials times the density.
fn normal(order: usize, x: &Tensor) -> Result<Tensor> {
    let x2 = x.sqr()?;
    let density = x2.affine(-0.5, 0.0)?.exp()?.affine(0.398_942_280_401_432_7, 0.0)?;
    match order {
        0 => x.affine(std::f64::consts::FRAC_1_SQRT_2, 0.0)?.erf()?.affine(0.5, 0.5),
        1 => Ok(density),
        2 => x.neg()?.mul(&density),
        3 => x2.affine(1.0, -1.0)?.mul(&density),
        4 => x.mul(&x2.affine(-1.0, 3.0)?)?.mul(&density),
        _ => Err(unknown(order)),
    }
}

fn unknown(order: usize) -> candle_core::Error {
    candle_core::Error::Msg(format!("no derivative of order {order} is written down"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn tensors_and_numbers_have_the_same_derivatives() -> Result<()> {
        let xs: Vec<f64> = (-30..30).map(|k| 0.21 * k as f64 + 0.01).collect();
        let x = Tensor::new(&xs[..], &Device::Cpu)?;
        for f in Activation::ALL {
            let on_tensors = |order| f.derivative(order, &x)?.to_vec1::<f64>();
            let [v, d, dd, ddd] = [on_tensors(0)?, on_tensors(1)?, on_tensors(2)?, on_tensors(3)?];
            for (i, x) in xs.iter().enumerate() {
                let want = f.jet(*x);
                let off = (v[i] - want.0).abs().max((d[i] - want.1).abs()).max((dd[i] - want.2).abs());
                let off = off.max((ddd[i] - f.third(*x)).abs());
                assert!(off < 1e-12, "{f:?} at {x}: {off}");
            }
        }
        Ok(())
    }

    #[test]
    fn higher_orders_are_derivatives_of_lower_ones() -> Result<()> {
        let h = 1e-5;
        let xs: Vec<f64> = (-20..20).map(|k| 0.23 * k as f64 + 0.05).collect();
        let x = Tensor::new(&xs[..], &Device::Cpu)?;
        for f in [Activation::Elu, Activation::Tanh, Activation::Sigmoid, Activation::Gelu, Activation::Sin] {
            for order in 0..4 {
                let up = f.derivative(order, &x.affine(1.0, h)?)?;
                let down = f.derivative(order, &x.affine(1.0, -h)?)?;
                let slope = (up - down)?.affine(0.5 / h, 0.0)?;
                let off = (slope - f.derivative(order + 1, &x)?)?.abs()?.max_all()?.to_scalar::<f64>()?;
                assert!(off < 1e-8, "{f:?} order {order}: {off}");
            }
        }
        Ok(())
    }
}
