//! Games: two players, two losses, and the field that the players' gradients make.
//!
//! A `Game` knows its losses at a joint point and a batch, the field `v = (-grad_d loss_d, -grad_g loss_g)`, and
//! the products of its Jacobian `J = dv/dtheta` with vectors from either side. Rules move points by it; spectra
//! look at it; neither knows what kind of game it has.

mod analytic;
mod augment;
mod batch;
mod curve;
mod difference;
mod frozen;
mod gan;
mod held;
mod joint;
mod lens;
mod linear;
mod linearized;
mod objective;
mod regularizer;
mod samples;
mod tape;
mod velocity;
mod view;

pub use analytic::{
    Analytic, AnalyticError, Copies, Cycle, Dirac, Energy, Expression, FieldParts, Hopf, Linear, LqWgan, Op,
    Paper, Prediction, Programs, SaddleMonkey, Uniform, Written,
};
pub use augment::Augmentation;
pub use batch::GanBatch;
pub use curve::ObjectiveError;
pub use frozen::Frozen;
pub use gan::{Gan, GanError, Source};
pub use held::{Direct, HeldGenerator};
pub use joint::{Joint, Player};
pub use linearized::{Explicit, Linearized};
pub use objective::{Losses, Terms, losses_of};
pub use regularizer::{Penalty, PenaltyPoints, Strength, Term};
pub use tape::OnTape;
pub use view::Showing;

use crate::scalar::Scalar;

/// The address of a batch: the training step and the draw within it (each update of a round may have its own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw {
    /// Step of the training, from 0.
    pub step: u64,
    /// Number of the draw within the step.
    pub draw: u64,
}

/// What a point of a game looks like on a batch.
#[derive(Clone, Debug)]
pub struct Look<T> {
    /// Both losses without regularisers: discriminator, generator.
    pub losses: [f64; 2],
    /// The whole field.
    pub field: Joint<T>,
    /// The discriminator's logits of the batch's real and generated samples (packs of them), as it is shown them in
    /// training; empty in a game without samples.
    pub logits: [Vec<T>; 2],
}

/// A differentiable game of two players, each minimising its own loss.
pub trait Game<T: Scalar>: Sync {
    /// What an expectation is taken over: samples, noise, or nothing where a game is exact.
    type Batch: Send + Sync;
    /// What can go wrong in a computation.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Number of parameters of each player: discriminator, generator.
    fn sizes(&self) -> [usize; 2];

    /// The batch at an address.
    fn draw(&self, at: Draw) -> Self::Batch;

    /// Takes back a batch that is done with: its buffers may serve the next draw.
    fn recycle(&self, _batch: Self::Batch) {}

    /// Puts a player's parameters back into the set that the game allows, after an update; most games allow all.
    fn project(&self, _player: Player, _theta: &mut [T]) {}

    /// Whether velocities can always be used, finite and their squares too, and whoever moves points of this game
    /// watches over them: rules then look at neither.
    fn watched(&self) -> bool {
        false
    }

    /// Plain gradient descent without projection, `theta_p += h_p v_p(theta)` for each player that has a step size h_p,
    /// both from the same point; false, and nothing done, where the game knows no quicker way than by its velocities.
    fn advance(
        &self,
        _h: [Option<f64>; 2],
        _at: &mut Joint<T>,
        _batch: &Self::Batch,
    ) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// Whether loss_d + loss_g = 0 everywhere, all that is added to them included.
    fn zero_sum(&self) -> bool {
        false
    }

    /// Both losses without regularisers: discriminator, generator.
    fn losses(&self, at: &Joint<T>, batch: &Self::Batch) -> Result<[f64; 2], Self::Error>;

    /// What a point looks like on a batch.
    fn look(&self, at: &Joint<T>, batch: &Self::Batch) -> Result<Look<T>, Self::Error> {
        let (losses, field) = (self.losses(at, batch)?, self.field(at, batch)?);
        Ok(Look { losses, field, logits: Default::default() })
    }

    /// One player's part of the field, `-grad_p loss_p` with all regularisers, written to `out`.
    fn velocity(
        &self,
        player: Player,
        at: &Joint<T>,
        batch: &Self::Batch,
        out: &mut [T],
    ) -> Result<(), Self::Error>;

    /// The gradient of one player's regularised loss by both players.
    fn gradient(&self, of: Player, at: &Joint<T>, batch: &Self::Batch) -> Result<Joint<T>, Self::Error>;

    /// The field's Jacobian `J = dv/dtheta` at a point, as an operator.
    fn linearize<'a>(
        &'a self,
        at: &'a Joint<T>,
        batch: &'a Self::Batch,
    ) -> Result<Box<dyn Linearized<T, Self::Error> + 'a>, Self::Error>;

    /// `J w`; `linearize` is the cheaper way to several products at one point.
    fn jacobian_times(
        &self,
        at: &Joint<T>,
        w: &Joint<T>,
        batch: &Self::Batch,
    ) -> Result<Joint<T>, Self::Error> {
        self.linearize(at, batch)?.times(w)
    }

    /// `J' w`.
    fn jacobian_transposed_times(
        &self,
        at: &Joint<T>,
        w: &Joint<T>,
        batch: &Self::Batch,
    ) -> Result<Joint<T>, Self::Error> {
        self.linearize(at, batch)?.transposed_times(w)
    }

    /// The game with the generator held at `g` on one batch, for many looks from the discriminator's side.
    fn hold_generator<'a>(
        &'a self,
        g: &'a [T],
        batch: &'a Self::Batch,
    ) -> Box<dyn HeldGenerator<T, Self::Error> + 'a> {
        Box::new(Direct::new(self, g, batch))
    }

    /// The whole field.
    fn field(&self, at: &Joint<T>, batch: &Self::Batch) -> Result<Joint<T>, Self::Error> {
        let mut v = Joint::zeros(self.sizes());
        self.field_to(at, batch, &mut v)?;
        Ok(v)
    }

    /// The whole field, written to `v`.
    fn field_to(&self, at: &Joint<T>, batch: &Self::Batch, v: &mut Joint<T>) -> Result<(), Self::Error> {
        Player::BOTH.into_iter().try_for_each(|player| self.velocity(player, at, batch, &mut v[player]))
    }
}
