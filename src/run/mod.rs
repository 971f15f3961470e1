//! Training as a run.
pub mod folder;
pub mod info;
pub mod record;
