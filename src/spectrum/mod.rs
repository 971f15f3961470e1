//! The Jacobian of a game's field and its eigenvalues.

mod dense;
mod eigen;
mod krylov;
mod ritz;

pub use dense::{dense, dense_jacobian};
pub use eigen::{Eigen, NoEigenvalues, eigen, eigenvalues};
pub use krylov::{Extreme, Partial, Search, SearchError, partial};

use nalgebra::Complex;

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
