//! What a run tells while it goes on.

/// Someone who watches a run.
pub trait Progress: Send {
    /// Something worth knowing that changes nothing, as a sentence.
    fn note(&mut self, text: &str);
    /// Training begins, or goes on after `done` of `total` steps.
    fn start(&mut self, total: u64, done: u64);
    /// A step was done.
    fn step(&mut self, step: u64);
    /// A record was made: the names of its measures and their values.
    fn record(&mut self, step: u64, names: &[String], row: &[f64]);
    /// Training ended, however it ended.
    fn finish(&mut self);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn note(&mut self, _: &str) {}
    fn start(&mut self, _: u64, _: u64) {}
    fn step(&mut self, _: u64) {}
    fn record(&mut self, _: u64, _: &[String], _: &[f64]) {}
    fn finish(&mut self) {}
}
