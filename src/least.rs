//! Damped least squares by products alone.
//!
//! `min ‖J s + v‖^2 + mu ‖s‖^2`, solved by conjugate gradients on `(J'J + mu I) s = -J'v` without forming J'J (CGLS):
//! the residual is carried in the image space, so the accuracy is that of J and not of its square. Started at 0, a
//! singular J is no obstacle: every iterate lies in the range of J', and of all solutions the shortest is approached.
//! Hestenes & Stiefel 1952; Björck 1996, section 7.4.

use crate::game::{Joint, Linearized};
use crate::scalar::Scalar;

/// A step of damped least squares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LeastStep<T> {
    /// s.
    pub step: Joint<T>,
    /// ‖J s + v‖^2.
    pub residual: f64,
    /// Products with J and J' that it took.
    pub products: usize,
}

/// When a step is accurate enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Accuracy {
    /// The gradient's norm as a share of ‖J'v‖.
    pub gradient: f64,
    /// Iterations after which the step is taken as it is.
    pub iterations: usize,
}

/// The step for a residual `v` whose gradient `J'v` is known. None where a number is not finite.
pub(crate) fn least_step<T: Scalar, E>(
    jacobian: &dyn Linearized<T, E>,
    v: &Joint<T>,
    gradient: &Joint<T>,
    mu: f64,
    accuracy: Accuracy,
) -> Result<Option<LeastStep<T>>, E> {
    let mut step = Joint::zeros(v.sizes());
    let mut r = v.clone();
    r.scale(-1.0);
    let mut s = gradient.clone();
    s.scale(-1.0);
    let mut p = s.clone();
    let first = s.norm_squared();
    let mut gamma = first;
    let mut products = 0;
    for _ in 0..accuracy.iterations {
        if gamma <= first * accuracy.gradient * accuracy.gradient {
            break;
        }
        let q = jacobian.times(&p)?;
        let delta = q.norm_squared() + mu * p.norm_squared();
        if !delta.is_finite() || !gamma.is_finite() {
            return Ok(None);
        }
        // Nothing is left along p but rounding.
        if delta <= 0.0 {
            break;
        }
        let alpha = gamma / delta;
        step.add_scaled(alpha, &p);
        r.add_scaled(-alpha, &q);
        s = jacobian.transposed_times(&r)?;
        s.add_scaled(-mu, &step);
        products += 2;
        let next = s.norm_squared();
        p.scale(next / gamma);
        p.add_scaled(1.0, &s);
        gamma = next;
    }
    let residual = r.norm_squared();
    let finite = residual.is_finite() && step.norm_squared().is_finite();
    Ok(finite.then_some(LeastStep { step, residual, products }))
}
