//! What a kind of game brings to its training: the place of its parameters in a checkpoint, and what is recorded of it.

use super::checkpoint::{Carried, Layout};
use super::image_look::{ImageInfo, ImageLook};
use super::record::Frame;
use crate::data::Points;
use crate::game::{Game, Joint};
use crate::scalar::Scalar;

/// The draw within a step whose batch a record's losses are measured on; updates never reach it.
pub const RECORD_DRAW: u64 = u64::MAX;

/// A game at its start, ready to be trained.
pub struct Stage<T, G> {
    /// The game.
    pub game: G,
    /// Where it starts.
    pub start: Joint<T>,
    /// How the players' parameters are named and shaped in a checkpoint.
    pub layouts: [Layout; 2],
    /// The arithmetic that results depend on in the last bits.
    pub kernels: String,
    /// What is recorded of it.
    pub watch: Box<dyn Watch<T, G> + Sync>,
    /// What is worth knowing about its data, a sentence each.
    pub notes: Vec<String>,
}

/// Measures a kind of game at its recorded steps. Looking never changes the motion.
pub trait Watch<T: Scalar, G: Game<T>> {
    /// Prepares what measuring needs and a game alone does not: called once, before the first row. Returns what is worth
    /// knowing of it, a sentence each; the error says why the run cannot be measured.
    fn begin(&mut self, _game: &G) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    /// Whether looking at a point takes long enough to be worth another thread.
    fn takes_long(&self) -> bool;

    /// Settings of the measures, for `run.json`.
    fn settings(&self) -> serde_json::Map<String, serde_json::Value>;

    /// Names of the columns; the first is `step`.
    fn columns(&self) -> Vec<String>;

    /// The row of a step, as long as `columns`.
    fn row(&self, game: &G, now: &Carried<T>) -> Result<Vec<f64>, G::Error>;

    /// What the step keeps for pictures, where the game has samples.
    fn frame(&self, game: &G, now: &Carried<T>) -> Option<Frame>;

    /// Real samples as the backdrop of pictures, where the game has any.
    fn backdrop(&self, game: &G) -> Option<Points>;

    /// What the images are, where the samples are images.
    fn images(&self, _game: &G) -> Option<ImageInfo> {
        None
    }

    /// A closer look at the generated images of the last step, where the samples are images.
    fn image_look(&self, _game: &G, _now: &Carried<T>) -> Option<ImageLook> {
        None
    }
}
