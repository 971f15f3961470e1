//! A game whose generator is held still at one batch, while the discriminator moves: what a generator needs that looks
//! ahead along its opponent's path.
//!
//! Looks at many points d of the discriminator add up what they contribute to one gradient by the generator, which is
//! asked for once, at the end. Of a network, whose samples are the same for all looks, that is one pass forwards and one
//! back through the generator instead of one each a look.

use super::joint::add;
use super::{Game, Joint, Player};
use crate::scalar::Scalar;

/// A game with its generator held at g on one batch, and the sum by g of what was looked at.
pub trait HeldGenerator<T: Scalar, E> {
    /// The discriminator's velocity v_d at d, written to `out`.
    fn velocity(&mut self, d: &[T], out: &mut [T]) -> Result<(), E>;

    /// grad_d loss_g at d; adds grad_g loss_g to the sum.
    fn loss_gradient(&mut self, d: &[T]) -> Result<Vec<T>, E>;

    /// `(d v_d / d d)' a` at d; adds `(d v_d / d g)' a` to the sum.
    fn pull(&mut self, d: &[T], a: &[T]) -> Result<Vec<T>, E>;

    /// The sum: a vector of the generator's parameters.
    fn sum(self: Box<Self>) -> Result<Vec<T>, E>;
}

/// A held generator by the game's own products, each look by itself: for every game.
pub struct Direct<'a, T: Scalar, G: Game<T> + ?Sized> {
    game: &'a G,
    batch: &'a G::Batch,
    at: Joint<T>,
    sum: Vec<T>,
}

impl<'a, T: Scalar, G: Game<T> + ?Sized> Direct<'a, T, G> {
    /// The game with its generator at `g`, on that batch.
    pub fn new(game: &'a G, g: &[T], batch: &'a G::Batch) -> Self {
        let mut at = Joint::zeros(game.sizes());
        at.g.copy_from_slice(g);
        let sum = vec![T::ZERO; g.len()];
        Direct { game, batch, at, sum }
    }
}

impl<T: Scalar, G: Game<T> + ?Sized> HeldGenerator<T, G::Error> for Direct<'_, T, G> {
    fn velocity(&mut self, d: &[T], out: &mut [T]) -> Result<(), G::Error> {
        self.at.d.copy_from_slice(d);
        self.game.velocity(Player::Discriminator, &self.at, self.batch, out)
    }

    fn loss_gradient(&mut self, d: &[T]) -> Result<Vec<T>, G::Error> {
        self.at.d.copy_from_slice(d);
        let gradient = self.game.gradient(Player::Generator, &self.at, self.batch)?;
        add(&gradient.g, &mut self.sum);
        Ok(gradient.d)
    }

    fn pull(&mut self, d: &[T], a: &[T]) -> Result<Vec<T>, G::Error> {
        self.at.d.copy_from_slice(d);
        let along = Joint { d: a.to_vec(), g: vec![T::ZERO; self.sum.len()] };
        let pulled = self.game.jacobian_transposed_times(&self.at, &along, self.batch)?;
        add(&pulled.g, &mut self.sum);
        Ok(pulled.d)
    }

    fn sum(self: Box<Self>) -> Result<Vec<T>, G::Error> {
        Ok(self.sum)
    }
}
