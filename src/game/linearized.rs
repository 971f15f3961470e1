//! The Jacobian of a game's field at one point, as something that multiplies vectors.

use super::joint::Joint;
use crate::scalar::Scalar;
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

/// The Jacobian `J` of a game's field at one point and one batch. Products share what depends on these alone.
pub trait Linearized<T: Scalar, E>: Sync {
    /// Number of parameters of each player.
    fn sizes(&self) -> [usize; 2];

    /// `J w`.
    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, E>;

    /// `J' w`.
    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, E>;

    /// Some columns of J, one behind the other, each of n numbers.
    fn columns(&self, columns: Range<usize>) -> Result<Vec<T>, E> {
        let sizes = self.sizes();
        let mut out = Vec::with_capacity(columns.len() * (sizes[0] + sizes[1]));
        for k in columns {
            let mut unit = vec![T::ZERO; sizes[0] + sizes[1]];
            unit[k] = T::ONE;
            out.extend(self.times(&Joint::from_flat(&unit, sizes[0]))?.flat());
        }
        Ok(out)
    }
}

/// A Jacobian that is written out, `[n, n]`: that of a game on paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Explicit {
    /// The matrix.
    pub matrix: DMatrix<f64>,
    /// Number of parameters of each player; their sum is n.
    pub sizes: [usize; 2],
}

impl<E> Linearized<f64, E> for Explicit {
    fn sizes(&self) -> [usize; 2] {
        self.sizes
    }

    fn times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        let out = &self.matrix * DVector::from_vec(w.flat());
        Ok(Joint::from_flat(out.as_slice(), self.sizes[0]))
    }

    fn transposed_times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        let out = self.matrix.tr_mul(&DVector::from_vec(w.flat()));
        Ok(Joint::from_flat(out.as_slice(), self.sizes[0]))
    }
}
