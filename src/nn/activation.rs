//! Activations and their derivatives as functions of one number.
//!
//! Exponentials and their kin come from `libm`, whose software versions give the same bits on every machine.

use crate::scalar::Scalar;
use crate::scenario::Activation;

/// Slope of `leaky_relu` left of zero.
pub const LEAK: f64 = 0.2;

impl Activation {
    /// Every activation.
    pub const ALL: [Activation; 9] = [
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Elu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softplus,
        Activation::Silu,
        Activation::Gelu,
        Activation::Sin,
    ];

    /// Value and first two derivatives at `x`: `(sigma, sigma', sigma'')`. At the kink of a piecewise linear
    /// function the derivative is that of the left side, as PyTorch takes it.
    #[inline(always)]
    pub fn jet<T: Scalar>(self, x: T) -> (T, T, T) {
        let one = T::ONE;
        match self {
            Activation::Relu => piecewise(x, T::ZERO),
            Activation::LeakyRelu => piecewise(x, T::of(LEAK)),
            Activation::Elu => {
                let e = x.exp();
                if x > T::ZERO { (x, one, T::ZERO) } else { (x.exp_m1(), e, e) }
            }
            Activation::Tanh => {
                let t = x.tanh();
                let d = one - t * t;
                (t, d, -(t + t) * d)
            }
            Activation::Sigmoid => sigmoid(x),
            Activation::Softplus => {
                let (s, d, _) = sigmoid(x);
                (softplus(x), s, d)
            }
            Activation::Silu => {
                let (s, d, dd) = sigmoid(x);
                (x * s, s + x * d, d + d + x * dd)
            }
            Activation::Gelu => {
                let (p, d, dd) = normal(x);
                (x * p, p + x * d, d + d + x * dd)
            }
            Activation::Sin => {
                let (s, c) = (x.sin(), x.cos());
                (s, c, -s)
            }
        }
    }

    /// The third derivative at `x`; beside a kink 0.
    pub fn third<T: Scalar>(self, x: T) -> T {
        let three = T::of(3.0);
        match self {
            Activation::Relu | Activation::LeakyRelu => T::ZERO,
            Activation::Elu => {
                if x > T::ZERO {
                    T::ZERO
                } else {
                    x.exp()
                }
            }
            Activation::Tanh => {
                let t = x.tanh();
                (T::ONE - t * t) * (T::of(6.0) * t * t - T::of(2.0))
            }
            Activation::Sigmoid => sigmoid_third(x),
            Activation::Softplus => sigmoid(x).2,
            Activation::Silu => x * sigmoid_third(x) + three * sigmoid(x).2,
            Activation::Gelu => {
                let (_, d, dd) = normal(x);
                x * (x * x - T::ONE) * d + three * dd
            }
            Activation::Sin => -x.cos(),
        }
    }

    /// The slope left of zero, where that and the identity on the right are all that there is to it.
    pub fn left_slope(self) -> Option<f64> {
        match self {
            Activation::Relu => Some(0.0),
            Activation::LeakyRelu => Some(LEAK),
            _ => None,
        }
    }

    /// Whether the second derivative vanishes wherever it exists.
    pub fn piecewise_linear(self) -> bool {
        self.left_slope().is_some()
    }
}

#[inline(always)]
fn piecewise<T: Scalar>(x: T, left: T) -> (T, T, T) {
    let slope = if x > T::ZERO { T::ONE } else { left };
    (x * slope, slope, T::ZERO)
}

/// The logistic function and two derivatives, without overflow.
#[inline(always)]
fn sigmoid<T: Scalar>(x: T) -> (T, T, T) {
    let e = (-x.magnitude()).exp();
    let small = e / (T::ONE + e);
    let s = if x > T::ZERO { T::ONE - small } else { small };
    let d = small * (T::ONE - small);
    (s, d, d * (T::ONE - s - s))
}

/// The third derivative of the logistic function.
fn sigmoid_third<T: Scalar>(x: T) -> T {
    let (_, d, _) = sigmoid(x);
    d * (T::ONE - T::of(6.0) * d)
}

/// log(1 + e^x), without overflow.
#[inline(always)]
pub fn softplus<T: Scalar>(x: T) -> T {
    let positive = if x > T::ZERO { x } else { T::ZERO };
    positive + (-x.magnitude()).exp().ln_1p()
}

/// The normal distribution function and two derivatives.
#[inline(always)]
fn normal<T: Scalar>(x: T) -> (T, T, T) {
    let p = T::of(0.5) * (T::of(-std::f64::consts::FRAC_1_SQRT_2) * x).erfc();
    let d = T::of(0.398_942_280_401_432_7) * (T::of(-0.5) * x * x).exp();
    (p, d, -x * d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_match_central_differences() {
        let h = 1e-5;
        for activation in Activation::ALL {
            for k in -40..40 {
                let x = k as f64 * 0.13 + 0.017;
                let (_, d, dd) = activation.jet(x);
                let (up, down) = (activation.jet(x + h), activation.jet(x - h));
                assert!(((up.0 - down.0) / (2.0 * h) - d).abs() < 1e-8, "{activation:?} at {x}");
                assert!(((up.1 - down.1) / (2.0 * h) - dd).abs() < 1e-8, "{activation:?} at {x}");
                let ddd = activation.third(x);
                assert!(((up.2 - down.2) / (2.0 * h) - ddd).abs() < 1e-8, "{activation:?} at {x}");
            }
        }
    }

    #[test]
    fn nothing_overflows_far_out() {
        for activation in Activation::ALL {
            for x in [-700.0f64, -100.0, 100.0, 700.0] {
                let (y, d, dd) = activation.jet(x);
                let all = [y, d, dd, activation.third(x)];
                assert!(all.iter().all(|y| y.is_finite()), "{activation:?} at {x}");
            }
        }
    }
}
