//! A GAN with its generator held: the samples are made once, the looks pass through the discriminator only, and one pass
//! takes the cotangent of the samples back through the generator.
//!
//! For a batch's samples x = G(z), `(d v_d / d d)' a` and the cotangent of x that `(d v_d / d g)' a` comes from are the two
//! gradients of loss_d's derivative along -a: one tangent pass, and one backward pass of both.

use super::super::batch::GanBatch;
use super::super::gan::{Gan, GanError};
use super::super::held::HeldGenerator;
use super::super::joint::{Joint, Player};
use super::super::regularizer::Term;
use super::chunk::{At, Chunk, NormTerm};
use super::{Lent, decay, reduce};
use crate::scalar::Scalar;

/// The game with its generator held, on one batch.
pub struct HeldGan<'a, T: Scalar> {
    gan: &'a Gan<T>,
    batch: &'a GanBatch<T>,
    terms: Vec<(&'a Term, f64)>,
    at: Joint<T>,
    lent: Lent<'a, T>,
    /// Looks at loss_g: each adds its weight decay.
    losses: usize,
}

const D: Player = Player::Discriminator;
const G: Player = Player::Generator;

impl<'a, T: Scalar> HeldGan<'a, T> {
    /// None where the processor's passes are not enough: on another device, and with regularisers other than weight decay,
    /// whose derivatives along a direction are of third order.
    pub fn new(gan: &'a Gan<T>, g: &[T], batch: &'a GanBatch<T>) -> Option<Self> {
        let terms = gan.active_terms(batch.step);
        if !gan.device.is_cpu() || terms.iter().any(|(term, _)| !matches!(term, Term::Decay { .. })) {
            return None;
        }
        let at = Joint { d: vec![T::ZERO; gan.discriminator.parameters()], g: g.to_vec() };
        let mut lent = gan.borrow_chunks(batch);
        let (place, chunks) = lent.at(&at);
        gan.each(chunks, batch, |chunk, rows| {
            chunk.generate(place, rows, false);
            chunk.clear(G);
        });
        Some(HeldGan { gan, batch, terms: terms.into_vec(), at, lent, losses: 0 })
    }

    /// One look: the discriminator's logits at d, `pass`, and `by` times what it adds to the discriminator's gradient.
    fn look(
        &mut self,
        d: &[T],
        needs_real: bool,
        by: f64,
        out: &mut [T],
        pass: impl Fn(&mut Chunk<T>, At<T>) + Sync,
    ) {
        self.at.d.copy_from_slice(d);
        let (at, chunks) = self.lent.judged_at(&self.at);
        let gan = self.gan;
        gan.each(chunks, self.batch, |chunk, rows| {
            chunk.clear_gradient(D);
            chunk.judge(gan, at, rows, needs_real);
            pass(chunk, at);
        });
        reduce(chunks, D, by, out);
    }
}

impl<T: Scalar> HeldGenerator<T, GanError> for HeldGan<'_, T> {
    fn velocity(&mut self, d: &[T], out: &mut [T]) -> Result<(), GanError> {
        let gan = self.gan;
        self.look(d, gan.losses.d.has_real(), -1.0, out, |chunk, at| chunk.base(gan, at, D, [true, false]));
        decay(&self.terms, D, -1.0, d, out);
        Ok(())
    }

    fn loss_gradient(&mut self, d: &[T]) -> Result<Vec<T>, GanError> {
        let gan = self.gan;
        let mut out = vec![T::ZERO; d.len()];
        self.look(d, gan.losses.g.has_real(), 1.0, &mut out, |chunk, at| chunk.base(gan, at, G, [true; 2]));
        self.losses += 1;
        Ok(out)
    }

    fn pull(&mut self, d: &[T], a: &[T]) -> Result<Vec<T>, GanError> {
        let gan = self.gan;
        let back = NormTerm { of: D, direction: a.iter().map(|a| -*a).collect() };
        let mut out = vec![T::ZERO; d.len()];
        self.look(d, gan.losses.d.has_real(), 1.0, &mut out, |chunk, at| {
            chunk.own_derivative(gan, at, &back, [true; 2]);
        });
        decay(&self.terms, D, -1.0, a, &mut out);
        Ok(out)
    }

    fn sum(self: Box<Self>) -> Result<Vec<T>, GanError> {
        let HeldGan { gan, batch, mut lent, at: theta, terms, losses } = *self;
        let (at, chunks) = lent.judged_at(&theta);
        gan.each(chunks, batch, |chunk, rows| chunk.pull_generator(at, rows));
        let mut out = vec![T::ZERO; theta.g.len()];
        reduce(chunks, G, 1.0, &mut out);
        decay(&terms, G, losses as f64, &theta.g, &mut out);
        Ok(out)
    }
}
