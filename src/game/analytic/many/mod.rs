//! A game on paper at many states at once.
//!
//! Its field is recorded once as a list of elementary operations (`symbol`), which become a short program of sums,
//! products and curves (`program`) that runs over all states in vector lanes (`machine`). Nothing of it depends on
//! which game it is.

mod copies;
mod exponential;
mod kernels;
mod machine;
mod program;
mod programs;
pub(in crate::game::analytic) mod symbol;

pub use copies::Copies;
pub use programs::Programs;
