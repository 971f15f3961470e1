//! ganscope trains small GANs and simpler two-player games, and shows how the training moves.
#![warn(missing_docs)]

pub mod data;
pub mod formula;
pub mod game;
pub mod metric;
pub mod nn;
pub mod plot;
pub mod random;
pub mod report;
pub mod rule;
pub mod run;
pub mod scalar;
pub mod scenario;
pub mod spectrum;
