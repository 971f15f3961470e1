//! Numbers that carry a derivative, nested as deep as a formula needs.
//!
//! A loss is written once for any `Number`. At plain f64 it gives the value; at `Dual<N>` it gives beside it the
//! derivative in one direction, exactly. A gradient, the gradient of a gradient's norm, consensus and the Jacobian are
//! four such levels one around the other, which is as far as any game here goes.

use crate::formula::{Function, Value, power_derivatives};
use crate::game::objective::Curve;
use std::ops::{Add, Mul, Neg, Range, Sub};

/// A function of one number with derivatives up to the fourth.
pub trait Smooth {
    /// The derivative of the given order, 0 to 4, at x.
    fn at(&self, order: usize, x: f64) -> f64;
    /// Which function it is, for who writes it down.
    fn which(&self) -> Which;
}

/// A function of one number by its name.
pub enum Which {
    /// A function of formulas.
    Function(Function),
    /// x to this power.
    Power(f64),
}

impl Smooth for Function {
    fn at(&self, order: usize, x: f64) -> f64 {
        self.derivatives(x)[order]
    }
    fn which(&self) -> Which {
        Which::Function(*self)
    }
}

/// x^p with a constant p.
pub struct Power(pub f64);

impl Smooth for Power {
    fn at(&self, order: usize, x: f64) -> f64 {
        power_derivatives(x, self.0)[order]
    }
    fn which(&self) -> Which {
        Which::Power(self.0)
    }
}

/// What a formula is computed in.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn of(x: f64) -> Self;
    /// The derivative of the given order of a curve, taken here; order 0 is the curve itself.
    fn curve(self, curve: &Curve, order: usize) -> Self;
    /// The derivative of the given order of a function, taken here; order 0 is the function itself.
    fn smooth(self, f: &impl Smooth, order: usize) -> Self;
    /// 1 where the number is above 0, else 0. Formulas choose by it: a number need not have one value to branch on.
    fn step(self) -> Self;

    /// |x|, with slope 0 at 0.
    fn magnitude(self) -> Self {
        self * (self.step() - (-self).step())
    }

    /// max(x, 0), with slope 0 at 0.
    fn positive(self) -> Self {
        self * self.step()
    }
}

/// Formulas that a user writes are computed in any of these numbers.
impl<N: Number> Value for N {
    fn constant(x: f64) -> Self {
        N::of(x)
    }
    fn over(self, divisor: Self) -> Self {
        self * divisor.to(-1.0)
    }
    fn apply(self, function: Function) -> Self {
        self.smooth(&function, 0)
    }
    fn to(self, power: f64) -> Self {
        self.smooth(&Power(power), 0)
    }
}

impl Number for f64 {
    fn of(x: f64) -> f64 {
        x
    }
    fn curve(self, curve: &Curve, order: usize) -> f64 {
        curve.at(order, self)
    }
    fn step(self) -> f64 {
        f64::from(self > 0.0)
    }
    fn smooth(self, f: &impl Smooth, order: usize) -> f64 {
        f.at(order, self)
    }
}

/// A value and its derivative in one direction: `value + slope e` with `e^2 = 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<N> {
    /// The value.
    pub value: N,
    /// Its derivative.
    pub slope: N,
}

impl<N: Number> Add for Dual<N> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Dual { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<N: Number> Sub for Dual<N> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Dual { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl<N: Number> Mul for Dual<N> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Dual { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl<N: Number> Neg for Dual<N> {
    type Output = Self;
    fn neg(self) -> Self {
        Dual { value: -self.value, slope: -self.slope }
    }
}

impl<N: Number> Number for Dual<N> {
    fn of(x: f64) -> Self {
        Dual::constant(N::of(x))
    }
    fn curve(self, curve: &Curve, order: usize) -> Self {
        let slope = self.value.curve(curve, order + 1) * self.slope;
        Dual { value: self.value.curve(curve, order), slope }
    }
    fn step(self) -> Self {
        Dual::constant(self.value.step())
    }
    fn smooth(self, f: &impl Smooth, order: usize) -> Self {
        let slope = self.value.smooth(f, order + 1) * self.slope;
        Dual { value: self.value.smooth(f, order), slope }
    }
}

impl<N: Number> Dual<N> {
    /// A number that does not move.
    pub fn constant(value: N) -> Self {
        Dual { value, slope: N::of(0.0) }
    }
}

/// The point `at`, moving along the k-th axis.
pub fn along<N: Number>(at: &[N], k: usize) -> Vec<Dual<N>> {
    let mut out: Vec<Dual<N>> = at.iter().copied().map(Dual::constant).collect();
    out[k].slope = N::of(1.0);
    out
}

/// Partial derivatives of `f` at a point by some of its variables.
pub fn partials<N: Number>(at: &[N], by: Range<usize>, f: impl Fn(&[Dual<N>]) -> Dual<N>) -> Vec<N> {
    by.map(|k| f(&along(at, k)).slope).collect()
}

/// A sum.
pub fn sum<N: Number>(terms: impl IntoIterator<Item = N>) -> N {
    terms.into_iter().fold(N::of(0.0), |a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_numbers_know_the_fourth_derivative() {
        let curve = Curve::Softplus { c: 1.0, s: 1.0 };
        let one = |x: f64| Dual { value: x, slope: 1.0 };
        let two = |x: f64| Dual { value: one(x), slope: Dual::of(1.0) };
        let three = Dual { value: two(0.3), slope: Dual::of(1.0) };
        let four = Dual { value: three, slope: Dual::of(1.0) };
        let fourth = four.curve(&curve, 0).slope.slope.slope.slope;
        assert!((fourth - curve.at(4, 0.3)).abs() < 1e-15);
        let cube = (three * three * three).slope.slope.slope;
        assert!((cube - 6.0).abs() < 1e-15);
    }

    #[test]
    fn partials_are_those_of_the_formula() {
        let f = |x: &[Dual<f64>]| x[0] * x[0] * x[1] - x[2].magnitude();
        assert_eq!(partials(&[3.0, 2.0, -1.0], 0..3, f), [12.0, 9.0, 1.0]);
    }
}
