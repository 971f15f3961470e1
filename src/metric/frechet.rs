//! The Frechet distance of two Gaussians, which is their Wasserstein-2 distance (Dowson & Landau 1982):
//!
//! d^2 = |m - n|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2)
//!
//! for N(m, A) and N(n, B). Heusel et al. (2017) take it between moments of two clouds in the feature space of the
//! Inception network and call that FID; in the features of another network it is another number, and never called so
//! here.

use crate::data::{Points, mean_and_covariance, trace};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Sweeps after which an eigenvalue that has not converged never will.
const MOST_SWEEPS: usize = 10_000;

/// The squared distance between the Gaussians that have the means and the unbiased covariances of two clouds, at least
/// 0, in squared units of the features. It is biased upward by about tr(A) times the features' number over that of the
/// samples, so only clouds of equal size can be compared. NaN where a cloud has fewer than two points, where dimensions
/// differ, or where numbers are not finite.
pub fn frechet(real: &Points, fake: &Points) -> f64 {
    if real.dim != fake.dim {
        return f64::NAN;
    }
    let [(m, a), (n, b)] = [real, fake].map(|cloud| mean_and_covariance(cloud.dim, cloud.rows(), 1));
    frechet_of_gaussians((&m, &a), (&n, &b))
}

/// The squared distance between two Gaussians, each a mean (`dim` numbers) and a covariance (`dim * dim`, positive
/// semidefinite). NaN where numbers are not finite.
pub fn frechet_of_gaussians((m, a): (&[f64], &[f64]), (n, b): (&[f64], &[f64])) -> f64 {
    let dim = m.len();
    if ![m, a, n, b].iter().all(|values| values.iter().all(|x| x.is_finite())) {
        return f64::NAN;
    }
    let scale = a.iter().chain(b).fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let means: f64 = m.iter().zip(n).map(|(x, y)| (x - y) * (x - y)).sum();
    if scale == 0.0 {
        return means;
    }
    // With the largest entry at 1 nothing overflows inside.
    let scaled = |matrix: &[f64]| DMatrix::from_row_iterator(dim, dim, matrix.iter().map(|x| x / scale));
    let Some(root) = root(scaled(a)) else { return f64::NAN };
    let Some(inner) = eigen(&root * scaled(b) * &root) else { return f64::NAN };
    let shared: f64 = inner.eigenvalues.iter().map(|value| value.max(0.0).sqrt()).sum();
    (means + (trace(dim, a) + trace(dim, b) - 2.0 * scale * shared)).max(0.0)
}

/// The positive semidefinite square root.
fn root(matrix: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let SymmetricEigen { eigenvectors, eigenvalues } = eigen(matrix)?;
    let roots: DVector<f64> = eigenvalues.map(|value| value.max(0.0).sqrt());
    Some(&eigenvectors * DMatrix::from_diagonal(&roots) * eigenvectors.transpose())
}

/// The eigen-decomposition of a matrix that is symmetric but for rounding.
fn eigen(matrix: DMatrix<f64>) -> Option<SymmetricEigen<f64, nalgebra::Dyn>> {
    let symmetric = (&matrix + matrix.transpose()) * 0.5;
    SymmetricEigen::try_new(symmetric, f64::EPSILON, MOST_SWEEPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Stream, fill_normal};

    #[test]
    fn gaussians_whose_distance_is_known() {
        // On one line: (m - n)^2 + (s - t)^2.
        let line = frechet_of_gaussians((&[1.0], &[9.0]), (&[3.0], &[4.0]));
        assert!((line - 5.0).abs() < 1e-12);
        // Covariances that commute: the roots' difference, squared, along each common axis.
        let diagonal =
            frechet_of_gaussians((&[0.0, 0.0], &[4.0, 0.0, 0.0, 1.0]), (&[1.0, 0.0], &[1.0, 0.0, 0.0, 9.0]));
        assert!((diagonal - (1.0 + 1.0 + 4.0)).abs() < 1e-12);
        // In the plane tr (A^1/2 B A^1/2)^1/2 = sqrt(tr(AB) + 2 sqrt(det A det B)), whether they commute or not.
        let (a, b) = ([2.0, 1.0, 1.0, 3.0], [1.0, -0.5, -0.5, 4.0]);
        let product = 2.0 * 1.0 + 2.0 * 1.0 * -0.5 + 3.0 * 4.0;
        let shared = f64::sqrt(product + 2.0 * f64::sqrt(5.0 * 3.75));
        let plane = frechet_of_gaussians((&[0.0; 2], &a), (&[0.0; 2], &b));
        assert!((plane - (5.0 + 5.0 - 2.0 * shared)).abs() < 1e-12);
        assert_eq!(frechet_of_gaussians((&[1.0], &[0.0]), (&[4.0], &[0.0])), 9.0);
        assert!(frechet_of_gaussians((&[1.0], &[f64::NAN]), (&[4.0], &[0.0])).is_nan());
    }

    #[test]
    fn the_distance_is_symmetric_and_zero_to_itself_also_where_the_covariance_is_singular() {
        let cloud = |seed: u64, n: usize| {
            let mut values = vec![0.0; n * 20];
            fill_normal(Address::new(seed, Stream::Data, 0), &mut values);
            Points::new(20, values)
        };
        for n in [12, 400] {
            let (x, y) = (cloud(1, n), cloud(2, n));
            assert!(frechet(&x, &x) < 1e-6);
            assert!((frechet(&x, &y) - frechet(&y, &x)).abs() < 1e-6);
            let moved = Points::new(20, x.values.iter().map(|v| v + 3.0).collect());
            assert!((frechet(&x, &moved) - 180.0).abs() < 1e-5);
        }
        assert!(frechet(&cloud(1, 1), &cloud(2, 5)).is_nan());
    }
}
