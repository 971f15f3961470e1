//! x
pub mod points;
pub use points::{Mode, Points};
