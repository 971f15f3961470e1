//! The functions that a formula may use, with their first four derivatives.

use libm::{acos, asin, atan, cos, cosh, exp, fabs, log, log1p, log2, log10, sin, sinh, sqrt, tan, tanh};
use std::f64::consts::{LN_2, LN_10};

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each is named as in a formula; those that are not in every textbook say what they are.
pub enum Function {
    Abs,
    Sign,
    /// max(0, x).
    Relu,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Exp,
    Sqrt,
    Log,
    Log2,
    Log10,
    /// log(1 + e^x).
    Softplus,
    /// 1 / (1 + e^-x).
    Sigmoid,
}

impl Function {
    /// The functions by their names; `ln` and `log` are the same.
    pub const NAMES: [(&'static str, Function); 20] = [
        ("abs", Function::Abs),
        ("sign", Function::Sign),
        ("relu", Function::Relu),
        ("sin", Function::Sin),
        ("cos", Function::Cos),
        ("tan", Function::Tan),
        ("asin", Function::Asin),
        ("acos", Function::Acos),
        ("atan", Function::Atan),
        ("sinh", Function::Sinh),
        ("cosh", Function::Cosh),
        ("tanh", Function::Tanh),
        ("exp", Function::Exp),
        ("sqrt", Function::Sqrt),
        ("log", Function::Log),
        ("ln", Function::Log),
        ("log2", Function::Log2),
        ("log10", Function::Log10),
        ("softplus", Function::Softplus),
        ("sigmoid", Function::Sigmoid),
    ];

    /// Its name in a formula.
    pub fn name(self) -> &'static str {
        Function::NAMES.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }

    /// The value and the first four derivatives. At a kink the derivative is the mean of both sides'.
    pub fn derivatives(self, x: f64) -> [f64; 5] {
        match self {
            Function::Abs => [fabs(x), sign(x), 0.0, 0.0, 0.0],
            Function::Sign => [sign(x), 0.0, 0.0, 0.0, 0.0],
            Function::Relu => [if x <= 0.0 { 0.0 } else { x }, (1.0 + sign(x)) / 2.0, 0.0, 0.0, 0.0],
            Function::Sin => [sin(x), cos(x), -sin(x), -cos(x), sin(x)],
            Function::Cos => [cos(x), -sin(x), -cos(x), sin(x), cos(x)],
            Function::Tan => {
                let y = tan(x);
                let slope = 1.0 + y * y;
                [y, slope, 2.0 * y * slope, (2.0 + 6.0 * y * y) * slope, (16.0 + 24.0 * y * y) * y * slope]
            }
            Function::Asin => arc(asin(x), x, 1.0),
            Function::Acos => arc(acos(x), x, -1.0),
            Function::Atan => {
                let q = 1.0 / (1.0 + x * x);
                [
                    atan(x),
                    q,
                    -2.0 * x * q * q,
                    (6.0 * x * x - 2.0) * q * q * q,
                    24.0 * x * (1.0 - x * x) * q * q * q * q,
                ]
            }
            Function::Sinh => [sinh(x), cosh(x), sinh(x), cosh(x), sinh(x)],
            Function::Cosh => [cosh(x), sinh(x), cosh(x), sinh(x), cosh(x)],
            Function::Tanh => {
                let y = tanh(x);
                let slope = 1.0 - y * y;
                [y, slope, -2.0 * y * slope, (6.0 * y * y - 2.0) * slope, (16.0 - 24.0 * y * y) * y * slope]
            }
            Function::Exp => [exp(x); 5],
            Function::Sqrt => {
                let y = sqrt(x);
                [
                    y,
                    0.5 / y,
                    -0.25 / (y * y * y),
                    0.375 / (y * y * y * y * y),
                    -0.9375 / (y * y * y * y * y * y * y),
                ]
            }
            Function::Log => logarithm(log(x), x, 1.0),
            Function::Log2 => logarithm(log2(x), x, LN_2),
            Function::Log10 => logarithm(log10(x), x, LN_10),
            Function::Softplus => {
                let s = sigmoid(x);
                let bend = s * (1.0 - s);
                [softplus(x), s, bend, bend * (1.0 - 2.0 * s), bend * (1.0 - 6.0 * bend)]
            }
            Function::Sigmoid => {
                let s = sigmoid(x);
                let slope = s * (1.0 - s);
                let bend = slope * (1.0 - 2.0 * s);
                [s, slope, bend, slope * (1.0 - 6.0 * slope), bend * (1.0 - 12.0 * slope)]
            }
        }
    }
}

/// x^p and its first four derivatives by x. A factor of 0 wins over an infinite power: the third derivative of x^2 is 0
/// at 0 too.
pub fn power_derivatives(x: f64, p: f64) -> [f64; 5] {
    let term = |factor: f64, power: f64| if factor == 0.0 { 0.0 } else { factor * libm::pow(x, power) };
    [
        libm::pow(x, p),
        term(p, p - 1.0),
        term(p * (p - 1.0), p - 2.0),
        term(p * (p - 1.0) * (p - 2.0), p - 3.0),
        term(p * (p - 1.0) * (p - 2.0) * (p - 3.0), p - 4.0),
    ]
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// Of the arc sine; `side` -1 gives the derivatives of the arc cosine.
fn arc(value: f64, x: f64, side: f64) -> [f64; 5] {
    let r = 1.0 / sqrt(1.0 - x * x);
    let cube = r * r * r;
    let fourth = x * (9.0 + 15.0 * x * x * r * r) * cube * r * r;
    [value, side * r, side * x * cube, side * (cube + 3.0 * x * x * cube * r * r), side * fourth]
}

fn logarithm(value: f64, x: f64, base: f64) -> [f64; 5] {
    let q = 1.0 / x;
    [value, q / base, -q * q / base, 2.0 * q * q * q / base, -6.0 * q * q * q * q / base]
}

/// log(1 + e^x) without overflow.
fn softplus(x: f64) -> f64 {
    (if x > 0.0 { x } else { 0.0 }) + log1p(exp(-fabs(x)))
}

/// 1 / (1 + e^-x) without overflow.
fn sigmoid(x: f64) -> f64 {
    let small = exp(-fabs(x));
    if x >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}
