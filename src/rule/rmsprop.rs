//! RMSprop: `s+ = alpha s + (1 - alpha) g^2;  theta+ = theta - h g / (sqrt(s+) + epsilon)`.
//!
//! Needs the field. Keeps s. Multipliers with s frozen: those of gradient descent preconditioned by
//! 1 / (sqrt(s) + epsilon). Tieleman & Hinton 2012.

use crate::scalar::Scalar;

/// One update.
pub fn update<T: Scalar>(theta: &mut [T], v: &[T], lr: f64, alpha: f64, epsilon: f64, square: &mut [T]) {
    let (lr, keep, take, epsilon) = (T::of(lr), T::of(alpha), T::of(1.0 - alpha), T::of(epsilon));
    for ((theta, v), s) in theta.iter_mut().zip(v).zip(square) {
        *s = keep * *s + take * *v * *v;
        *theta += lr * *v / (s.root() + epsilon);
    }
}
