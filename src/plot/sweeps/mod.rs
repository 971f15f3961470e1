//! Pictures of a sweep: settings with their intervals, curves over the training with bands, a map over two keys, parallel
//! coordinates over many.

mod bands;
mod dots;
mod heat;
mod parallel;
mod quantity;
#[cfg(test)]
mod tests;

pub use bands::sweep_curves;
pub use dots::sweep_dots;
pub use heat::sweep_heat;
pub use parallel::sweep_parallel;

use super::Picture;
use crate::sweep::{CurvePoint, Results};

/// The pictures that a sweep has the settings for. `curves` are the shown measures of each setting over the training.
pub fn sweep_pictures(results: &Results, curves: &[Vec<Vec<CurvePoint>>]) -> Vec<Picture> {
    let all =
        [sweep_dots(results), sweep_heat(results), sweep_parallel(results), sweep_curves(results, curves)];
    all.into_iter().flatten().collect()
}
