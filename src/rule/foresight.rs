//! One foreseen step of an optimiser, backwards: from the derivative of a loss by what the step made to that by what it
//! was made from.

use super::optimizer::{Descent, OptimizerState};
use super::{adam, sgd};
use crate::scalar::Scalar;
use crate::scenario::Optimizer;

/// What the way back through a step needs.
pub(super) struct Foreseen<T> {
    /// The velocity that the step was taken along.
    pub v: Vec<T>,
    /// The optimiser's state after the step.
    pub after: OptimizerState<T>,
    /// Parameters that were put back into what the game allows: they stay, whatever the velocity.
    pub stays: Vec<bool>,
}

/// Takes the derivatives by the parameters after the step, `theta`, and by the optimiser's vectors after it, `moments`, to
/// those before it, and returns the derivative by the velocity.
pub(super) fn pull<T: Scalar>(
    descent: &Descent,
    foreseen: &Foreseen<T>,
    theta: &mut [T],
    moments: &mut [Vec<T>],
    step: u64,
) -> Vec<T> {
    for (theta, stays) in theta.iter_mut().zip(&foreseen.stays) {
        if *stays {
            *theta = T::ZERO;
        }
    }
    let lr = descent.lr(step);
    match (&descent.optimizer, moments) {
        (Optimizer::Adam { beta1, beta2, epsilon, .. }, [mean, square, ..]) => {
            let settings = adam::Settings { lr, betas: [*beta1, *beta2], epsilon: *epsilon };
            let [(_, m), (_, s), ..] = &foreseen.after.vectors[..] else { return Vec::new() };
            adam::pull(theta, &foreseen.v, settings, foreseen.after.count, [m, s], [mean, square])
        }
        (Optimizer::Sgd { momentum, nesterov, .. }, [buffer, ..]) => {
            sgd::pull(theta, lr, Some((buffer, *momentum, *nesterov)))
        }
        // Other optimisers are refused with the scenario.
        _ => sgd::pull(theta, lr, None),
    }
}
