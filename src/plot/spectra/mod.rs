//! Pictures of spectra: eigenvalues and multipliers in the plane, what a Jacobian is made of, how either moves over
//! training or with a parameter, and what follows from it: paths, decay, regions of attraction.

mod arrows;
pub(super) mod caption;
mod compared;
mod curves;
mod film;
mod jacobian;
mod matching;
mod multipliers;
mod path;
mod plane;
mod steps;
mod sweep;
pub(super) mod symlog;
pub(super) mod view;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use compared::spectra_compared;
pub use curves::{basin, decay};
pub use film::spectrum_film;
pub use jacobian::{block_map, block_spectra};
pub use multipliers::multiplier_plane;
pub use path::path_angle;
pub use plane::spectrum_plane;
pub use steps::spectrum_over_steps;
pub use sweep::sweep;
