//! Numbers with or without a tangent, so that a formula written once serves both.

use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use std::ops::{Add, Mul, Sub};

/// A number of a formula, in double precision.
pub trait Number:
    Copy + Send + Sync + Default + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// From a value and its tangent, which a plain number drops.
    fn new(value: f64, dot: f64) -> Self;
    /// The value.
    fn value(self) -> f64;
    /// The tangent; 0 of a plain number.
    fn dot(self) -> f64;
    /// A constant times it.
    fn times(self, by: f64) -> Self;
    /// 1 / sqrt(x).
    fn inverse_root(self) -> Self;
}

impl Number for f64 {
    #[inline(always)]
    fn new(value: f64, _: f64) -> Self {
        value
    }
    #[inline(always)]
    fn value(self) -> f64 {
        self
    }
    #[inline(always)]
    fn dot(self) -> f64 {
        0.0
    }
    #[inline(always)]
    fn times(self, by: f64) -> Self {
        self * by
    }
    #[inline(always)]
    fn inverse_root(self) -> Self {
        1.0 / self.sqrt()
    }
}

/// value + e dot, e^2 = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moving {
    value: f64,
    dot: f64,
}

impl Add for Moving {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Moving { value: self.value + other.value, dot: self.dot + other.dot }
    }
}

impl Sub for Moving {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Moving { value: self.value - other.value, dot: self.dot - other.dot }
    }
}

impl Mul for Moving {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Moving { value: self.value * other.value, dot: self.value * other.dot + self.dot * other.value }
    }
}

impl Number for Moving {
    #[inline(always)]
    fn new(value: f64, dot: f64) -> Self {
        Moving { value, dot }
    }
    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }
    #[inline(always)]
    fn dot(self) -> f64 {
        self.dot
    }
    #[inline(always)]
    fn times(self, by: f64) -> Self {
        Moving { value: self.value * by, dot: self.dot * by }
    }
    #[inline(always)]
    fn inverse_root(self) -> Self {
        let value = 1.0 / self.value.sqrt();
        Moving { value, dot: -0.5 * value / self.value * self.dot }
    }
}

/// A batch's numbers as formulas read them.
#[derive(Clone, Copy)]
pub struct Read<'a, T> {
    value: Option<&'a [T]>,
    dot: Option<&'a [T]>,
}

impl<'a, T: Scalar> Read<'a, T> {
    /// The numbers of an operation's input, or of its output's cotangents.
    pub fn of(from: &'a Dual<T>) -> Self {
        Read { value: from.value.get(), dot: from.inner.get() }
    }

    /// So many numbers from a place on.
    #[inline(always)]
    pub fn run(&self, start: usize, len: usize) -> Self {
        let run = |part: Option<&'a [T]>| part.map(|part| &part[start..][..len]);
        Read { value: run(self.value), dot: run(self.dot) }
    }

    /// The number at a place; a missing part is 0.
    #[inline(always)]
    pub fn at<N: Number>(&self, i: usize) -> N {
        let number = |part: Option<&[T]>| part.map_or(0.0, |part| part[i].f64());
        N::new(number(self.value), number(self.dot))
    }
}
