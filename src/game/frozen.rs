//! A game on one batch: every draw is the same, so its field is one function of the point, as on a full batch.

use super::{Draw, Game, HeldGenerator, Joint, Linearized, Player};
use crate::scalar::Scalar;

/// A game whose every draw is one given batch. Strengths that follow the step are those of the batch.
pub struct Frozen<'a, T: Scalar, G: Game<T> + ?Sized> {
    game: &'a G,
    batch: &'a G::Batch,
}

impl<'a, T: Scalar, G: Game<T> + ?Sized> Frozen<'a, T, G> {
    /// The game on that batch.
    pub fn new(game: &'a G, batch: &'a G::Batch) -> Self {
        Frozen { game, batch }
    }
}

impl<T: Scalar, G: Game<T> + ?Sized> Game<T> for Frozen<'_, T, G> {
    type Batch = ();
    type Error = G::Error;

    fn sizes(&self) -> [usize; 2] {
        self.game.sizes()
    }

    fn draw(&self, _: Draw) {}

    fn project(&self, player: Player, theta: &mut [T]) {
        self.game.project(player, theta);
    }

    fn zero_sum(&self) -> bool {
        self.game.zero_sum()
    }

    fn losses(&self, at: &Joint<T>, (): &()) -> Result<[f64; 2], G::Error> {
        self.game.losses(at, self.batch)
    }

    fn velocity(&self, player: Player, at: &Joint<T>, (): &(), out: &mut [T]) -> Result<(), G::Error> {
        self.game.velocity(player, at, self.batch, out)
    }

    fn field_to(&self, at: &Joint<T>, (): &(), v: &mut Joint<T>) -> Result<(), G::Error> {
        self.game.field_to(at, self.batch, v)
    }

    fn gradient(&self, of: Player, at: &Joint<T>, (): &()) -> Result<Joint<T>, G::Error> {
        self.game.gradient(of, at, self.batch)
    }

    fn linearize<'a>(
        &'a self,
        at: &'a Joint<T>,
        (): &'a (),
    ) -> Result<Box<dyn Linearized<T, G::Error> + 'a>, G::Error> {
        self.game.linearize(at, self.batch)
    }

    fn hold_generator<'a>(&'a self, g: &'a [T], (): &'a ()) -> Box<dyn HeldGenerator<T, G::Error> + 'a> {
        self.game.hold_generator(g, self.batch)
    }
}
