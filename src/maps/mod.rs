//! Maps: what becomes of many starts of a game, and of its motion under many settings.

mod goal;
mod grid;
mod growth;
mod march;
mod region;

pub use goal::Goal;
pub use grid::{Grid, GridRequest, Side, grid};
pub use growth::{Class, Growth, growth};
pub use march::{Course, Fate, March};
pub use region::{Cell, Region, RegionRequest, Values, region};
