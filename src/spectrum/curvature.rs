//! The curvature conditions of Nagarajan & Kolter (2017): a Hessian, its null space, and the function along it.
//!
//! Their Property I asks that a function is constant along the null vectors of its Hessian at its minimum. The Hessian
//! says nothing of that, so the function is evaluated at a finite distance along random null vectors.

use super::eigen::{NoEigenvalues, as_faer};
use crate::random::{Address, Stream, fill_normal};
use faer::{Mat, Side};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// Random null vectors along which a function is probed.
const PROBES: u64 = 16;
/// Number of the draw of probes within the analysis stream.
const PROBE_STEP: u64 = u64::MAX - 2;
/// Length of a probe: far enough that a fourth-order term shows.
const REACH: f64 = 0.1;

/// A Hessian K of a function that is 0 at its minimum, and the function along K's null vectors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curvature {
    /// Dimension of the subspace in which K is positive.
    pub rank: usize,
    /// Dimension of its null space.
    pub null: usize,
    /// The largest eigenvalue of K.
    pub largest: f64,
    /// The smallest that is not null.
    pub smallest: f64,
    /// The function at distance `reach` along null vectors, over `reach^2 largest`, the largest of 16 random ones: 0 where
    /// it is constant.
    pub rise: f64,
    /// That distance.
    pub reach: f64,
}

/// Eigenvalues of K or, `squared`, of K'K, descending, and an orthonormal basis of the null space. Of K'K they come from
/// the singular values of K, which are exact where their squares are lost.
pub(super) fn null_of(
    k: &DMatrix<f64>,
    flat: f64,
    squared: bool,
) -> Result<(Vec<f64>, DMatrix<f64>), NoEigenvalues> {
    if k.iter().any(|x| !x.is_finite()) {
        return Err(NoEigenvalues);
    }
    let n = k.ncols();
    let (values, vectors): (Vec<f64>, Mat<f64>) = if squared {
        let svd = as_faer(k).svd().map_err(|_| NoEigenvalues)?;
        let mut values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        values.resize(n, 0.0);
        (values, svd.V().to_owned())
    } else {
        let eigen = as_faer(k).self_adjoint_eigen(Side::Lower).map_err(|_| NoEigenvalues)?;
        let (s, u) = (eigen.S().column_vector(), eigen.U());
        ((0..n).rev().map(|i| s[i]).collect(), Mat::from_fn(n, n, |i, j| u[(i, n - 1 - j)]))
    };
    let largest = values.first().copied().unwrap_or(0.0);
    let rank = values.iter().take_while(|v| **v > flat * largest).count();
    let null = DMatrix::from_fn(n, n - rank, |i, j| vectors[(i, rank + j)]);
    let power = if squared { 2 } else { 1 };
    Ok((values[..rank].iter().map(|v| v.powi(power)).collect(), null))
}

/// The largest value of a function at distance `REACH` along random null vectors.
pub(super) fn rise_of(null: &DMatrix<f64>, seed: u64, function: impl Fn(&DVector<f64>) -> f64) -> f64 {
    let mut worst = 0.0f64;
    for probe in 0..if null.ncols() == 0 { 0 } else { PROBES } {
        let mut weights = vec![0.0; null.ncols()];
        fill_normal(Address::new(seed, Stream::Analysis, PROBE_STEP).with_draw(probe), &mut weights);
        let mut u = null * DVector::from_vec(weights);
        u *= REACH / u.norm();
        let value = function(&u);
        // f64::max would pass over a NaN.
        worst = if value > worst || value.is_nan() { value } else { worst };
    }
    worst
}

impl Curvature {
    pub(super) fn of(values: &[f64], null: &DMatrix<f64>, rise: f64) -> Self {
        let [largest, smallest] = [values.first(), values.last()].map(|v| v.copied().unwrap_or(0.0));
        let unit = REACH * REACH * largest.max(f64::MIN_POSITIVE);
        Curvature {
            rank: values.len(),
            null: null.ncols(),
            largest,
            smallest,
            rise: rise / unit,
            reach: REACH,
        }
    }
}
