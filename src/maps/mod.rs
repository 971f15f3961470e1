//! Maps: what becomes of many starts of a game, and of its motion under many settings.

mod march;

pub use march::{Fate, March};
