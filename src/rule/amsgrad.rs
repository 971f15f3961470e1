//! AMSGrad: Adam whose preconditioner never grows again. `l+ = max(l, s+)` in place of s+ under the root.
//!
//! Needs the field. Keeps m, s, l and the number t of updates. Multipliers with l and t frozen: those of Adam with l in
//! place of s. Reddi, Kale & Kumar 2018, in PyTorch's form: the largest is taken before the bias correction.

use super::adam::Settings;
use crate::scalar::Scalar;

/// The `count`-th update, from 1; the vectors are m, s and l.
pub fn update<T: Scalar>(
    theta: &mut [T],
    v: &[T],
    settings: Settings,
    count: u64,
    [mean, square, largest]: [&mut [T]; 3],
) {
    let [b1, b2] = settings.betas;
    let (keep_m, take_m) = (T::of(b1), T::of(1.0 - b1));
    let (keep_s, take_s) = (T::of(b2), T::of(1.0 - b2));
    let Settings { lr, epsilon, .. } = settings;
    let correction = |b: f64| 1.0 - libm::pow(b, count as f64);
    let (step, root) = (T::of(lr / correction(b1)), T::of(1.0 / correction(b2).sqrt()));
    for ((((theta, v), m), s), l) in theta.iter_mut().zip(v).zip(mean).zip(square).zip(largest) {
        let g = -*v;
        *m = keep_m * *m + take_m * g;
        *s = keep_s * *s + take_s * g * g;
        if *s > *l {
            *l = *s;
        }
        *theta -= step * *m / (l.root() * root + T::of(epsilon));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After one large gradient the steps stay small, where Adam's would grow again.
    #[test]
    fn a_large_gradient_is_not_forgotten() {
        let settings = Settings { lr: 0.1, betas: [0.0, 0.5], epsilon: 0.0 };
        let (mut theta, mut m, mut s, mut l) = ([0.0f64], [0.0], [0.0], [0.0]);
        update(&mut theta, &[10.0], settings, 1, [&mut m, &mut s, &mut l]);
        assert!((theta[0] - 0.1).abs() < 1e-15);
        for count in 2..60 {
            let before = theta[0];
            update(&mut theta, &[0.1], settings, count, [&mut m, &mut s, &mut l]);
            assert!(theta[0] - before < 0.1 * 0.1 / (50.0f64 * 0.5).sqrt());
        }
        assert_eq!(l, [50.0]);
        assert!(s[0] < 0.011);
    }
}
