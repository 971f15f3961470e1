//! AdaGrad: `s+ = s + g^2;  theta+ = theta - h g / (sqrt(s+) + epsilon)`.
//!
//! Needs the field. Keeps s. Multipliers with s frozen: those of gradient descent preconditioned by
//! 1 / (sqrt(s) + epsilon). Duchi, Hazan & Singer 2011.

use crate::scalar::Scalar;

/// One update.
pub fn update<T: Scalar>(theta: &mut [T], v: &[T], lr: f64, epsilon: f64, sum: &mut [T]) {
    let (lr, epsilon) = (T::of(lr), T::of(epsilon));
    for ((theta, v), s) in theta.iter_mut().zip(v).zip(sum) {
        *s += *v * *v;
        *theta += lr * *v / (s.root() + epsilon);
    }
}
