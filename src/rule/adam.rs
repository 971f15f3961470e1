//! Adam: `m+ = b1 m + (1 - b1) g;  s+ = b2 s + (1 - b2) g^2;
//! theta+ = theta - h (m+ / (1 - b1^t)) / (sqrt(s+ / (1 - b2^t)) + epsilon)`.
//!
//! Needs the field. Keeps m, s and the number t of updates. Multipliers with s and t frozen: those of a heavy ball
//! with momentum b1 and step h (1 - b1), preconditioned. Kingma & Ba 2015.

use crate::scalar::Scalar;

/// Settings of an update.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Step size h.
    pub lr: f64,
    /// b1, b2.
    pub betas: [f64; 2],
    /// Added to the root.
    pub epsilon: f64,
}

/// The `count`-th update, from 1.
pub fn update<T: Scalar>(
    theta: &mut [T],
    v: &[T],
    settings: Settings,
    count: u64,
    mean: &mut [T],
    square: &mut [T],
) {
    let [b1, b2] = settings.betas;
    let (keep_m, take_m) = (T::of(b1), T::of(1.0 - b1));
    let (keep_s, take_s) = (T::of(b2), T::of(1.0 - b2));
    let correction = |b: f64| 1.0 - libm::pow(b, count as f64);
    let step = T::of(settings.lr / correction(b1));
    let root = T::of(1.0 / correction(b2).sqrt());
    let epsilon = T::of(settings.epsilon);
    pulp::Arch::new().dispatch(|| {
        for (((theta, v), m), s) in theta.iter_mut().zip(v).zip(&mut *mean).zip(&mut *square) {
            let g = -*v;
            *m = keep_m * *m + take_m * g;
            *s = keep_s * *s + take_s * g * g;
            *theta -= step * *m / (s.root() * root + epsilon);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first update moves by h sign(g), whatever the gradient's size.
    #[test]
    fn the_first_step_is_the_step_size() {
        let settings = Settings { lr: 0.1, betas: [0.5, 0.999], epsilon: 0.0 };
        let mut theta = [1.0f64, 1.0];
        update(&mut theta, &[1e-6, -30.0], settings, 1, &mut [0.0; 2], &mut [0.0; 2]);
        assert!((theta[0] - 1.1).abs() < 1e-12 && (theta[1] - 0.9).abs() < 1e-12);
    }
}
