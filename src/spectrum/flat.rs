//! Whether zero is a defective eigenvalue.
//!
//! Zero is defective where it is more often an eigenvalue than it has directions: J is then not 0 on its invariant
//! subspace, along which deviations grow like powers of t while every eigenvalue is 0. It does not do to count
//! singular values against eigenvalues. A weak interaction s under a damping k has the singular value s and the
//! eigenvalue -s^2/k: the second is below any tolerance long before the first, and such a direction is slow, not
//! defective. So J itself is looked at: restricted to the invariant subspace of the flat eigenvalues, in an
//! orthonormal basis of it, it is near 0 where zero is semisimple, and keeps the couplings of Jordan blocks where not.

use super::eigen::{NoEigenvalues, as_faer};
use faer::Mat;
use nalgebra::DMatrix;

/// Share of ‖J‖ from which on a coupling between flat directions counts. Flat eigenvalues with eigenvectors of
/// condition up to 1e3 may have couplings 1e3 times their size.
const COUPLING: f64 = 1e-4;

/// How often zero is an eigenvalue beyond the number of its directions; `span` holds vectors that span the
/// eigenvectors of the flat eigenvalues, a column each.
pub(super) fn defective_zeros(jacobian: &DMatrix<f64>, span: &Mat<f64>) -> Result<usize, NoEigenvalues> {
    if span.ncols() < 2 {
        return Ok(0);
    }
    let mut unit = span.clone();
    for column in unit.col_iter_mut() {
        let length = column.norm_l2();
        if length > 0.0 {
            column.iter_mut().for_each(|x| *x /= length);
        }
    }
    let basis = unit.qr().compute_thin_Q();
    let within = basis.transpose() * (as_faer(jacobian) * &basis);
    let couplings = within.singular_values().map_err(|_| NoEigenvalues)?;
    // The largest column is within sqrt(n) of the largest singular value, and needs no decomposition.
    let norm = jacobian.column_iter().map(|c| c.norm()).fold(0.0, f64::max);
    Ok(couplings.iter().filter(|c| **c > COUPLING * norm).count())
}

#[cfg(test)]
mod tests {
    use super::super::eigen::eigen_and_span;
    use super::*;

    /// How many defective zeros a block-diagonal matrix has, by itself and in another basis.
    fn count(blocks: &[&[f64]]) -> [usize; 2] {
        let sizes = blocks.iter().map(|b| b.len().isqrt());
        let n = sizes.clone().sum();
        let mut matrix = DMatrix::<f64>::zeros(n, n);
        let mut at = 0;
        for (block, size) in blocks.iter().zip(sizes) {
            matrix.view_mut((at, at), (size, size)).copy_from(&DMatrix::from_row_slice(size, size, block));
            at += size;
        }
        let mix = DMatrix::from_fn(n, n, |i, j| libm::sin((3 * i + 7 * j) as f64 + 0.4 * (i * j) as f64));
        let basis = mix.qr().q() + DMatrix::from_fn(n, n, |i, j| if i < j { 0.3 } else { 0.0 });
        let inverse = basis.clone().try_inverse().expect("near orthogonal");
        [matrix.clone(), &basis * matrix * inverse].map(|matrix| {
            let (_, span) = eigen_and_span(&matrix, 1e-7).expect("finite");
            defective_zeros(&matrix, &span).expect("finite")
        })
    }

    #[test]
    fn jordan_blocks_are_told_from_slow_directions() {
        let damped: &[f64] = &[-1.0, 2.0, -2.0, -0.5];
        let jordan: &[f64] = &[0.0, 1.0, 0.0, 0.0];
        // The eigenvalue -1e-8 beside the singular value 1e-4.
        let slow: &[f64] = &[-1.0, 1e-4, -1e-4, 0.0];
        assert_eq!(count(&[damped, &[0.0], &[0.0], &[0.0]]), [0, 0]);
        assert_eq!(count(&[damped, slow, slow, &[0.0]]), [0, 0]);
        assert_eq!(count(&[damped, jordan, &[0.0]]), [1, 1]);
        assert_eq!(count(&[damped, jordan, slow, jordan]), [2, 2]);
    }
}
