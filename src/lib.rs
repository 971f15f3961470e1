//! ganscope trains small GANs and simpler two-player games, and shows how the training moves.
#![warn(missing_docs)]

pub mod cite;
pub mod data;
pub mod formula;
pub mod metric;
pub mod plot;
pub mod random;
pub mod report;
pub mod run;
pub mod scalar;
pub mod scenario;
