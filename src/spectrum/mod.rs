//! The Jacobian of a game's field and its eigenvalues.

use crate::game::{Game, Joint};
use nalgebra::{Complex, DMatrix};
use rayon::prelude::*;

/// Columns that are computed together.
const COLUMNS: usize = 16;

/// The dense Jacobian `J = dv/dtheta` at a point, `[n, n]`.
pub fn dense_jacobian<G: Game<f64>>(
    game: &G,
    at: &Joint<f64>,
    batch: &G::Batch,
) -> Result<DMatrix<f64>, G::Error> {
    let linearized = game.linearize(at, batch)?;
    let n = game.sizes().iter().sum::<usize>();
    let mut matrix = DMatrix::zeros(n, n);
    let blocks = matrix.as_mut_slice().par_chunks_mut(COLUMNS * n).enumerate();
    blocks.try_for_each(|(b, out)| {
        let first = b * COLUMNS;
        linearized.columns(first..first + out.len() / n).map(|columns| out.copy_from_slice(&columns))
    })?;
    Ok(matrix)
}

/// All eigenvalues of a square matrix (real Schur form), sorted by real part, then imaginary part.
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Vec<Complex<f64>> {
    let mut values: Vec<Complex<f64>> = matrix.complex_eigenvalues().iter().copied().collect();
    values.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    values
}

/// The eigenvalues that are not flat: those with |lambda| > tolerance * (largest |lambda|). An over-parametrised
/// equilibrium is a manifold, along which eigenvalues are zero; stability is asked of the others.
pub fn apart_from_flat(values: &[Complex<f64>], tolerance: f64) -> Vec<Complex<f64>> {
    let radius = values.iter().map(|value| value.norm()).fold(0.0, f64::max);
    values.iter().copied().filter(|value| value.norm() > tolerance * radius).collect()
}

/// The largest real part: negative at a point that is locally stable under the continuous flow.
pub fn largest_real(values: &[Complex<f64>]) -> f64 {
    values.iter().map(|value| value.re).fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_has_its_angle() {
        let values = eigenvalues(&DMatrix::from_row_slice(2, 2, &[0.0, -3.0, 3.0, 0.0]));
        assert!((values[0] - Complex::new(0.0, -3.0)).norm() < 1e-14);
        assert!((values[1] - Complex::new(0.0, 3.0)).norm() < 1e-14);
        assert!(largest_real(&values).abs() < 1e-14);
    }
}
