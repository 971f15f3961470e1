//! Power series up to the fourth power, for formulas in one variable.

use super::Value;
use super::function::{Function, power_derivatives};
use std::ops::{Add, Mul, Neg, Sub};

/// Coefficients of a power series up to the fourth power.
#[derive(Clone, Copy)]
pub(super) struct Series(pub [f64; 5]);

impl Add for Series {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Series(std::array::from_fn(|k| self.0[k] + other.0[k]))
    }
}

impl Sub for Series {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Series(std::array::from_fn(|k| self.0[k] - other.0[k]))
    }
}

impl Mul for Series {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Series(std::array::from_fn(|k| (0..=k).map(|j| self.0[j] * other.0[k - j]).sum()))
    }
}

impl Neg for Series {
    type Output = Self;
    fn neg(self) -> Self {
        Series(self.0.map(|c| -c))
    }
}

impl Value for Series {
    fn constant(x: f64) -> Self {
        Series([x, 0.0, 0.0, 0.0, 0.0])
    }

    fn over(self, divisor: Self) -> Self {
        let mut quotient = [0.0; 5];
        for k in 0..5 {
            let known: f64 = (0..k).map(|j| quotient[j] * divisor.0[k - j]).sum();
            quotient[k] = (self.0[k] - known) / divisor.0[0];
        }
        Series(quotient)
    }

    fn apply(self, function: Function) -> Self {
        self.compose(|x| function.derivatives(x))
    }

    fn to(self, power: f64) -> Self {
        self.compose(|x| power_derivatives(x, power))
    }
}

impl Series {
    /// The series of g(self), from g and its derivatives at the value.
    fn compose(self, g: impl Fn(f64) -> [f64; 5]) -> Self {
        let a = self.0;
        let [value, first, second, third, fourth] = g(a[0]);
        // What does not move stays still even where g has an infinite slope.
        if a[1..] == [0.0; 4] {
            return Series::constant(value);
        }
        let (second, third, fourth) = (second / 2.0, third / 6.0, fourth / 24.0);
        let square = a[1] * a[1];
        Series([
            value,
            first * a[1],
            first * a[2] + second * a[1] * a[1],
            first * a[3] + 2.0 * second * a[1] * a[2] + third * a[1] * a[1] * a[1],
            first * a[4]
                + second * (2.0 * a[1] * a[3] + a[2] * a[2])
                + 3.0 * third * square * a[2]
                + fourth * square * square,
        ])
    }
}
