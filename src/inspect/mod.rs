//! What is asked of a run after it was made, or of networks that were trained elsewhere: the spectrum at a step, what
//! lies between two checkpoints, how the eigenvalues move with a setting.
//!
//! The questions themselves are answered by `spectrum`, for any game; here a folder becomes a game, a point and
//! batches, and an answer becomes files.

mod basin;
mod batch;
mod foreign;
mod spectra;
mod subject;
mod vary;

pub use basin::{Basin, Variant, basin};
pub use batch::{read_batch, write_batch};
pub use foreign::foreign;
pub use spectra::{SpectrumFiles, csv, json, read_spectrum, write_spectrum};
pub use subject::Subject;
pub use vary::{Vary, vary};
