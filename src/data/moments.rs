//! Means, covariances and their eigenvalues, summed in a fixed order.

use nalgebra::DMatrix;

/// Mean (`dim` numbers) and covariance (`dim * dim`, row by row) of points of `dim` coordinates: deviations from the
/// mean, their products summed and divided by (number of points - `freedom`); `freedom` is 1 for the unbiased
/// estimate and 0 for the covariance of the points themselves. NaN where the divisor is not positive.
pub fn mean_and_covariance<'a>(
    dim: usize,
    points: impl Iterator<Item = &'a [f64]> + Clone,
    freedom: usize,
) -> (Vec<f64>, Vec<f64>) {
    let mut mean = vec![0.0; dim];
    let mut n = 0usize;
    for point in points.clone() {
        n += 1;
        for (sum, x) in mean.iter_mut().zip(point) {
            *sum += x;
        }
    }
    for sum in &mut mean {
        *sum /= n as f64;
    }
    let mut covariance = vec![0.0; dim * dim];
    let mut deviation = vec![0.0; dim];
    for point in points {
        for ((d, x), m) in deviation.iter_mut().zip(point).zip(&mean) {
            *d = x - m;
        }
        for (row, a) in covariance.chunks_exact_mut(dim).zip(&deviation) {
            for (sum, b) in row.iter_mut().zip(&deviation) {
                *sum += a * b;
            }
        }
    }
    let divisor = if n > freedom { (n - freedom) as f64 } else { f64::NAN };
    for sum in &mut covariance {
        *sum /= divisor;
    }
    (mean, covariance)
}

/// The smallest eigenvalue of a symmetric matrix, `dim * dim` numbers; NaN if an entry is not finite.
pub fn smallest_eigenvalue(dim: usize, matrix: &[f64]) -> f64 {
    if dim == 0 || !matrix.iter().all(|x| x.is_finite()) {
        return f64::NAN;
    }
    let scale = matrix.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if dim == 1 || scale == 0.0 {
        return matrix[0];
    }
    // With the largest entry at 1 nothing overflows inside, and the iteration ends.
    let scaled = DMatrix::from_iterator(dim, dim, matrix.iter().map(|x| x / scale));
    let smallest = scaled.symmetric_eigenvalues().iter().copied().fold(f64::INFINITY, f64::min);
    scale * smallest
}

/// Sum of the diagonal of a square matrix.
pub(crate) fn trace(dim: usize, matrix: &[f64]) -> f64 {
    (0..dim).map(|i| matrix[i * dim + i]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_four_corners() {
        let corners = [0.0, 0.0, 2.0, 0.0, 0.0, 4.0, 2.0, 4.0];
        let (mean, covariance) = mean_and_covariance(2, corners.chunks_exact(2), 0);
        assert_eq!(mean, [1.0, 2.0]);
        assert_eq!(covariance, [1.0, 0.0, 0.0, 4.0]);
        let (_, unbiased) = mean_and_covariance(2, corners.chunks_exact(2), 1);
        assert_eq!(unbiased, [4.0 / 3.0, 0.0, 0.0, 16.0 / 3.0]);
        let (_, none) = mean_and_covariance(2, corners[..2].chunks_exact(2), 1);
        assert!(none.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn smallest_eigenvalues_that_are_known() {
        assert!((smallest_eigenvalue(2, &[2.0, 1.0, 1.0, 2.0]) - 1.0).abs() < 1e-15);
        assert!(smallest_eigenvalue(2, &[1.0, 1.0, 1.0, 1.0]).abs() < 1e-15);
        let tridiagonal = [2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0];
        assert!((smallest_eigenvalue(3, &tridiagonal) - (2.0 - 2f64.sqrt())).abs() < 1e-14);
        assert!((smallest_eigenvalue(2, &[2e200, 1e200, 1e200, 2e200]) / 1e200 - 1.0).abs() < 1e-14);
        assert_eq!(smallest_eigenvalue(1, &[3.0]), 3.0);
        assert_eq!(smallest_eigenvalue(2, &[0.0; 4]), 0.0);
        assert!(smallest_eigenvalue(2, &[f64::NAN; 4]).is_nan());
    }
}
