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

/// The `count`-th update backwards: from the derivative by theta+ and those by m+ and s+ (in `moments`, which become those
/// by m and s) to the one by the velocity. `after` is (m+, s+). The derivative by theta is that by theta+.
pub fn pull<T: Scalar>(
    theta: &[T],
    v: &[T],
    settings: Settings,
    count: u64,
    after: [&[T]; 2],
    [mean, square]: [&mut Vec<T>; 2],
) -> Vec<T> {
    let [b1, b2] = settings.betas;
    let correction = |b: f64| 1.0 - libm::pow(b, count as f64);
    let step = T::of(settings.lr / correction(b1));
    let root = T::of(1.0 / correction(b2).sqrt());
    let epsilon = T::of(settings.epsilon);
    let mut out = Vec::with_capacity(v.len());
    for k in 0..v.len() {
        let (a, m, s) = (theta[k], after[0][k], after[1][k].root());
        let below = s * root + epsilon;
        let by_m = mean[k] - step * a / below;
        // sqrt has no slope at 0: a parameter whose gradient has always been 0 does not move.
        let by_s = if s == T::ZERO {
            square[k]
        } else {
            square[k] + T::of(0.5) * a * step * m * root / (s * below * below)
        };
        mean[k] = T::of(b1) * by_m;
        square[k] = T::of(b2) * by_s;
        // g = -v.
        out.push(-(T::of(1.0 - b1) * by_m) + T::of(2.0 * (1.0 - b2)) * v[k] * by_s);
    }
    out
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
