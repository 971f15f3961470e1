//! Gradient descent with momentum: `m+ = beta m + g;  theta+ = theta - h m+`, or with Nesterov's look-ahead
//! `theta+ = theta - h (g + beta m+)`, both as PyTorch writes them.
//!
//! Needs the field. Keeps m where beta is not 0. Multipliers for an eigenvalue lambda of J: 1 + h lambda without
//! momentum, else the roots of mu^2 - (1 + beta + h lambda) mu + beta.
//! Polyak 1964; Nesterov 1983; negative beta: Gidel et al. 2019.

use crate::scalar::Scalar;

/// One update; `buffer` is (m, beta, Nesterov's form or not).
pub fn update<T: Scalar>(theta: &mut [T], v: &[T], lr: f64, buffer: Option<(&mut [T], f64, bool)>) {
    let lr = T::of(lr);
    let Some((m, beta, nesterov)) = buffer else {
        pulp::Arch::new().dispatch(|| theta.iter_mut().zip(v).for_each(|(theta, v)| *theta += lr * *v));
        return;
    };
    let beta = T::of(beta);
    pulp::Arch::new().dispatch(|| {
        for ((theta, v), m) in theta.iter_mut().zip(v).zip(&mut *m) {
            let g = -*v;
            *m = beta * *m + g;
            let along = if nesterov { g + beta * *m } else { *m };
            *theta -= lr * along;
        }
    });
}

/// One update backwards: from the derivative by theta+ (and by m+, in `buffer`, which becomes that by m) to the one by
/// the velocity. The derivative by theta is that by theta+.
pub fn pull<T: Scalar>(theta: &[T], lr: f64, buffer: Option<(&mut Vec<T>, f64, bool)>) -> Vec<T> {
    let lr = T::of(lr);
    let Some((m, beta, nesterov)) = buffer else {
        return theta.iter().map(|a| lr * *a).collect();
    };
    let beta = T::of(beta);
    let ahead = if nesterov { lr * beta } else { lr };
    let of = |(a, m): (&T, &mut T)| {
        let all = *m - ahead * *a;
        *m = beta * all;
        let g = if nesterov { all - lr * *a } else { all };
        -g
    };
    theta.iter().zip(m).map(of).collect()
}
