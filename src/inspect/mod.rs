//! What is asked of a run after it was made, beyond its spectra, or of networks that were trained elsewhere: how the
//! eigenvalues move with a setting, from how far off training returns, and whether it moved as theory predicts.
//!
//! The questions themselves are answered by `spectrum`, for any game; here a folder becomes a game, a point and
//! batches, and an answer becomes files.

mod basin;
pub mod forecast;
mod foreign;
mod near;
mod vary;

pub use basin::{Basin, Variant, basin};
pub use foreign::foreign;
pub use near::{follow, theory_of};
pub use vary::{Vary, vary};
