//! The Jacobian of a game's field and its eigenvalues.

mod analysis;
mod arnoldi;
mod attraction;
mod basin;
mod blocks;
mod conditions;
mod curvature;
mod dense;
mod document;
mod eigen;
mod equilibrium;
mod flat;
mod gradients;
mod kinks;
mod krylov;
mod multipliers;
mod path;
mod request;
mod ritz;
mod sweep;
mod symmetric;
mod theory;
mod track;
mod verdict;

pub use analysis::analyse;
pub use attraction::{Trials, attraction};
pub use basin::{BasinPoint, wilson};
pub use blocks::{Blocks, blocks, hamiltonian_share, rotation_share};
pub use conditions::Condition;
pub use curvature::Curvature;
pub use dense::{dense, dense_jacobian};
pub use document::{Flat, Interval, Method, OverBatches, RuleSpectrum, Spectrum, VERSION};
pub use eigen::{Eigen, EigenPair, NoEigenvalues, eigen, eigenpairs, eigenvalues};
pub use equilibrium::{Ended, Found, Hunt, HuntError, Report, at_rest, equilibrium};
pub use kinks::{Kinks, kinks};
pub use krylov::{Extreme, Partial, Search, SearchError, partial, partial_told};
pub use multipliers::{StepLimits, multiplier_values, multipliers, outer_multipliers};
pub use path::{Along, Path, alphas, path};
pub use request::{AnalysisError, Request, dense_bytes};
pub use sweep::{Crossed, Crossing, Sweep, SweepPoint, sweep};
pub use theory::{Mismatch, Theory, TheoryError, theory};
pub use track::{Mode, Track, TrackError, Tracking, track};
pub use verdict::{EQUILIBRIUM, Evidence, Judgement, Verdict, is_equilibrium, judge};

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
