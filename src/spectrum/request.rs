//! What is asked of a spectrum, what it takes, and why it may not be had.

use super::document::Method;
use super::eigen::NoEigenvalues;
use super::krylov::{Extreme, Search, SearchError};
use super::verdict::EQUILIBRIUM;

/// Up to this size the whole matrix is the default.
const DENSE: usize = 4000;
/// Largest linearised round whose whole matrix is taken apart.
pub(super) const DENSE_ROUND: usize = 5000;

/// How a spectrum is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method; by the size of the game where None.
    pub method: Option<Method>,
    /// Eigenvalues wanted of each extreme, where the method finds only the outermost.
    pub search: Search,
    /// Which of the outermost are wanted.
    pub extremes: Vec<Extreme>,
    /// Eigenvalues up to this share of the largest magnitude are flat.
    pub flat: f64,
    /// Tolerance of `is_equilibrium`.
    pub equilibrium: f64,
    /// Whether the Jacobian is taken apart into blocks (dense only).
    pub blocks: bool,
    /// Bytes that may be allocated.
    pub memory_bytes: u64,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            method: None,
            search: Search::default(),
            extremes: vec![Extreme::Magnitude, Extreme::Real],
            flat: 1e-7,
            equilibrium: EQUILIBRIUM,
            blocks: true,
            memory_bytes: u64::MAX,
        }
    }
}

impl Request {
    /// The method at a point of `n` parameters.
    pub fn method_at(&self, n: usize) -> Method {
        self.method.unwrap_or(if n <= DENSE { Method::Dense } else { Method::Krylov })
    }
}

/// Why a spectrum could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError<E: std::error::Error + 'static> {
    /// A field or a product could not be computed.
    #[error(transparent)]
    Game(E),
    /// No eigenvalues.
    #[error(transparent)]
    NoEigenvalues(#[from] NoEigenvalues),
    /// The dense Jacobian would not fit.
    #[error(
        "the whole Jacobian of {n} parameters needs {} MiB with its decomposition, and {} MiB are free; \
         use --method krylov, which needs products only",
        needed >> 20, free >> 20
    )]
    TooLarge {
        /// Parameters.
        n: usize,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
}

impl<E: std::error::Error> From<SearchError<E>> for AnalysisError<E> {
    fn from(error: SearchError<E>) -> Self {
        match error {
            SearchError::Product(error) => AnalysisError::Game(error),
            SearchError::None(none) => AnalysisError::NoEigenvalues(none),
        }
    }
}

/// Bytes that a dense spectrum of `n` parameters takes at its peak, with a rule's map of size `round`.
pub fn dense_bytes(n: usize, round: usize) -> u64 {
    // The Jacobian, both sets of eigenvectors, three work spaces and the image of the vectors.
    let square = |n: usize| 8 * (n as u64) * (n as u64);
    let map = if round <= DENSE_ROUND { round } else { 0 };
    square(n) + 7 * square(n.max(map))
}
