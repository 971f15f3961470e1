//! The whole Jacobian as a matrix.

use crate::game::{Game, Joint, Linearized};
use nalgebra::DMatrix;
use rayon::prelude::*;

/// Columns that are computed together.
const COLUMNS: usize = 16;

/// The dense Jacobian `J = dv/dtheta` at a point, `[n, n]`.
pub fn dense_jacobian<G: Game<f64> + ?Sized>(
    game: &G,
    at: &Joint<f64>,
    batch: &G::Batch,
) -> Result<DMatrix<f64>, G::Error> {
    dense(game.linearize(at, batch)?.as_ref())
}

/// The matrix of an operator, `[n, n]`.
pub fn dense<E: Send>(operator: &dyn Linearized<f64, E>) -> Result<DMatrix<f64>, E> {
    let n = operator.sizes().iter().sum::<usize>();
    let mut matrix = DMatrix::zeros(n, n);
    let blocks = matrix.as_mut_slice().par_chunks_mut((COLUMNS * n).max(1)).enumerate();
    blocks.try_for_each(|(block, out)| {
        let start = block * COLUMNS;
        out.copy_from_slice(&operator.columns(start..n.min(start + COLUMNS))?);
        Ok(())
    })?;
    Ok(matrix)
}
