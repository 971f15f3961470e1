//! The parts of a Jacobian: each player's own curvature, the interaction, what is potential and what rotates, and
//! which directions are flat.
//!
//! J = S + A with S = (J + J') / 2 the potential part (of a game that is gradient descent on one function A is 0) and
//! A = (J - J') / 2 the Hamiltonian part (of a zero-sum game's interaction S is 0). Balduzzi et al. 2018.

use super::eigen::{NoEigenvalues, as_faer};
use faer::{Mat, Side};
use nalgebra::{Complex, DMatrix};
use serde::{Deserialize, Serialize};

/// The parts of a Jacobian.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocks {
    /// Eigenvalues of H_dd = -J_dd, the Hessian of the discriminator's loss by its own parameters, ascending.
    pub h_dd: Vec<f64>,
    /// Eigenvalues of H_gg = -J_gg, ascending.
    pub h_gg: Vec<f64>,
    /// Singular values of J_dg, the generator's effect on the discriminator's motion, descending.
    pub j_dg: Vec<f64>,
    /// Singular values of J_gd, descending.
    pub j_gd: Vec<f64>,
    /// ‖S‖^2 (Frobenius) of the symmetric part.
    pub potential: f64,
    /// ‖A‖^2 (Frobenius) of the antisymmetric part.
    pub hamiltonian: f64,
    /// The largest eigenvalue of S: no distance to a solution grows faster than at this rate, and no eigenvalue of J
    /// has a larger real part.
    pub numerical_abscissa: f64,
    /// Dimension of the null space: singular values of J up to the tolerance times the largest.
    pub null_space: usize,
}

/// Takes a Jacobian apart; `d` is the size of the discriminator's block, `tolerance` what counts as zero.
pub fn blocks(jacobian: &DMatrix<f64>, d: usize, tolerance: f64) -> Result<Blocks, NoEigenvalues> {
    let n = jacobian.nrows();
    let g = n - d;
    let block = |from: (usize, usize), size: (usize, usize)| jacobian.view(from, size).into_owned();
    let curvature = |at: usize, size: usize| {
        let h = -block((at, at), (size, size));
        symmetric_eigenvalues(&((&h + h.transpose()) * 0.5))
    };
    let symmetric = (jacobian + jacobian.transpose()) * 0.5;
    let potential = symmetric.norm_squared();
    let top = symmetric_eigenvalues(&symmetric)?;
    let singular = singular_values(jacobian)?;
    let largest = singular.first().copied().unwrap_or(0.0);
    Ok(Blocks {
        h_dd: curvature(0, d)?,
        h_gg: curvature(d, g)?,
        j_dg: singular_values(&block((0, d), (d, g)))?,
        j_gd: singular_values(&block((d, 0), (g, d)))?,
        potential,
        // J's norm is that of its parts: S and A are orthogonal.
        hamiltonian: (jacobian.norm_squared() - potential).max(0.0),
        numerical_abscissa: top.last().copied().unwrap_or(0.0),
        null_space: singular.iter().filter(|s| **s <= tolerance * largest).count(),
    })
}

/// ‖A‖^2 / (‖S‖^2 + ‖A‖^2): 0 for a potential game, 1 for a Hamiltonian one.
pub fn hamiltonian_share(blocks: &Blocks) -> f64 {
    let all = blocks.potential + blocks.hamiltonian;
    if all > 0.0 { blocks.hamiltonian / all } else { 0.0 }
}

/// The share of rotation in a spectrum: sum of Im^2 over sum of |lambda|^2.
pub fn rotation_share(values: impl IntoIterator<Item = Complex<f64>>) -> f64 {
    let (mut turning, mut all) = (0.0, 0.0);
    for value in values {
        turning += value.im * value.im;
        all += value.norm_sqr();
    }
    if all > 0.0 { turning / all } else { 0.0 }
}

fn symmetric_eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<f64>, NoEigenvalues> {
    if matrix.is_empty() {
        return Ok(Vec::new());
    }
    as_faer(matrix).self_adjoint_eigenvalues(Side::Lower).map_err(|_| NoEigenvalues)
}

fn singular_values(matrix: &DMatrix<f64>) -> Result<Vec<f64>, NoEigenvalues> {
    if matrix.is_empty() {
        return Ok(Vec::new());
    }
    let tall = matrix.nrows() >= matrix.ncols();
    let matrix: Mat<f64> =
        if tall { as_faer(matrix).to_owned() } else { as_faer(matrix).transpose().to_owned() };
    matrix.singular_values().map_err(|_| NoEigenvalues)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zero-sum game: curvatures on the diagonal, an antisymmetric interaction, a flat direction.
    #[test]
    fn parts_of_a_known_matrix() {
        let j = DMatrix::from_row_slice(
            4,
            4,
            &[-2.0, 0.0, 3.0, 0.0, 0.0, -1.0, 0.0, 0.0, -3.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0],
        );
        let b = blocks(&j, 2, 1e-12).expect("finite");
        let near =
            |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
        assert!(near(&b.h_dd, &[1.0, 2.0]) && near(&b.h_gg, &[-0.5, 0.0]), "{b:?}");
        assert!(near(&b.j_dg, &[3.0, 0.0]) && near(&b.j_gd, &[3.0, 0.0]), "{b:?}");
        assert!((b.potential - 5.25).abs() < 1e-13 && (b.hamiltonian - 18.0).abs() < 1e-13, "{b:?}");
        assert!((b.numerical_abscissa - 0.5).abs() < 1e-14 && b.null_space == 1, "{b:?}");
        assert!((hamiltonian_share(&b) - 18.0 / 23.25).abs() < 1e-14);
    }
}
