//! The operator `I - P C` of a competitive step, and its inverse by conjugate gradients.
//!
//! C is the part of the Jacobian that couples the players, `C = [[0, J_dg], [J_gd, 0]]`, and P the step sizes. In a
//! zero-sum game C is skew, so that `(I - P C)'(I - P C) = I + P^2 C'C` for one step size: as well conditioned as the
//! system of the paper. Written over the least squares that find equilibria, it serves any other game too.

use crate::game::{Joint, Linearized, Player};
use crate::least::{Accuracy, least_step};
use crate::scalar::Scalar;

/// `I - P C`, or its transpose `I - C' P`.
pub(super) struct Apart<'a, T, E> {
    /// J at the point.
    pub jacobian: &'a dyn Linearized<T, E>,
    /// P, parameter by parameter.
    pub steps: &'a [Vec<f64>; 2],
    /// Whether it is the transpose.
    pub transposed: bool,
}

impl<T: Scalar, E> Apart<'_, T, E> {
    /// The solution of `(I - P C) s = right`; None where it leaves the finite numbers.
    pub fn solve(&self, right: &Joint<T>, accuracy: Accuracy) -> Result<Option<Joint<T>>, E> {
        let mut v = right.clone();
        v.scale(-1.0);
        let gradient = self.transposed_times(&v)?;
        Ok(least_step(self, &v, &gradient, 0.0, accuracy)?.map(|found| found.step))
    }

    fn forth(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        let coupled = coupling(w, |w| self.jacobian.times(w))?;
        Ok(less(w, scaled(coupled, self.steps)))
    }

    fn back(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        let coupled = coupling(&scaled(w.clone(), self.steps), |w| self.jacobian.transposed_times(w))?;
        Ok(less(w, coupled))
    }
}

impl<T: Scalar, E> Linearized<T, E> for Apart<'_, T, E> {
    fn sizes(&self) -> [usize; 2] {
        self.jacobian.sizes()
    }

    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        if self.transposed { self.back(w) } else { self.forth(w) }
    }

    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        if self.transposed { self.forth(w) } else { self.back(w) }
    }
}

/// C w, or C' w: each player's part of a product with the other's part alone.
pub(super) fn coupling<T: Scalar, E>(
    w: &Joint<T>,
    product: impl Fn(&Joint<T>) -> Result<Joint<T>, E>,
) -> Result<Joint<T>, E> {
    let d = product(&w.only(Player::Generator))?.d;
    let g = product(&w.only(Player::Discriminator))?.g;
    Ok(Joint { d, g })
}

/// P w.
pub(super) fn scaled<T: Scalar>(mut w: Joint<T>, steps: &[Vec<f64>; 2]) -> Joint<T> {
    for player in Player::BOTH {
        w[player].iter_mut().zip(&steps[player as usize]).for_each(|(w, step)| *w *= T::of(*step));
    }
    w
}

fn less<T: Scalar>(w: &Joint<T>, other: Joint<T>) -> Joint<T> {
    let mut out = w.clone();
    out.add_scaled(-1.0, &other);
    out
}
