//! The field of a GAN by the fused passes: each player's own gradient, regularisers included.
//!
//! Every term is a forward pass, at most one tangent pass, and a backward pass of both (DESIGN: t(theta) = d/de
//! loss(theta + e w), whose gradient is a Hessian-vector product). Chunks of rows run on any number of threads;
//! their sums are taken in the chunks' order.

mod chunk;
mod held;
mod layered;

use chunk::Chunk;
pub(super) use held::HeldGan;
pub(super) use layered::Layered;

use super::batch::GanBatch;
use super::gan::Gan;
use super::joint::{Joint, Player, add};
use super::regularizer::{Penalty, PenaltyPoints, Term};
use super::view::Place;
use super::{Game as _, Look};
use crate::nn::fused::Prepared;
use crate::scalar::Scalar;
use chunk::{At, Needs, NormTerm, Rows};
use rayon::prelude::*;
use smallvec::SmallVec;

/// Rows of a chunk: a few layers' activations of so many rows fit in a core's own cache.
const CHUNK_ROWS: usize = 128;

impl<T: Scalar> Gan<T> {
    /// Players' parts of the field by the fused passes, all behind one forward pass; what `seen` makes of that pass.
    fn fused_velocities<R>(
        &self,
        theta: &Joint<T>,
        batch: &GanBatch<T>,
        parts: &mut [(Player, &mut [T])],
        seen: impl FnOnce(&[Chunk<T>], At<T>) -> R,
    ) -> R {
        let terms = self.active_terms(batch.step);
        let mut lent = self.borrow_chunks(batch);
        let mut directions = std::mem::take(&mut lent.space.directions);
        let (at, chunks) = lent.at(theta);
        let all_paid: SmallVec<[Paid; 2]> =
            parts.iter().map(|(player, _)| Paid::by(*player, &terms)).collect();
        let has_norm_of =
            |player: Player| all_paid.iter().any(|paid| paid.norms.iter().any(|(of, _)| *of == player));
        let judges = parts.iter().any(|(player, _)| *player == Player::Discriminator);
        let needs = Needs {
            real: self.losses.g.fake_needs_real() || judges || has_norm_of(Player::Discriminator),
            generator_moves: has_norm_of(Player::Generator),
        };
        self.each(chunks, batch, |chunk, rows| {
            chunk.forward(self, at, rows, needs);
            all_paid.iter().for_each(|paid| paid.forward(chunk, at, rows));
        });
        let seen = seen(chunks, at);
        for ((player, out), paid) in parts.iter_mut().zip(&all_paid) {
            let (player, out) = (*player, &mut **out);
            let norms = self.norms(paid, chunks, batch, at, &mut directions);
            self.each(chunks, batch, |chunk, rows| {
                chunk.clear(player);
                chunk.base(self, at, player, own(player));
                paid.add(self, chunk, at, rows, &norms, own(player));
                if player == Player::Generator {
                    chunk.pull_generator(at, rows);
                }
            });
            reduce(chunks, player, -1.0, out);
            decay(&terms, player, -1.0, &theta[player], out);
            directions.extend(norms.into_iter().map(|norm| norm.direction));
        }
        lent.space.directions = directions;
        seen
    }

    /// Players' parts of the field.
    pub(super) fn fused_parts(
        &self,
        theta: &Joint<T>,
        batch: &GanBatch<T>,
        parts: &mut [(Player, &mut [T])],
    ) {
        self.fused_velocities(theta, batch, parts, |_, _| ());
    }

    /// The whole field with the losses and logits behind it.
    pub(super) fn fused_look(&self, theta: &Joint<T>, batch: &GanBatch<T>) -> Look<T> {
        let mut field = Joint::zeros(self.sizes());
        let parts = &mut field.parts_mut();
        let (losses, logits) =
            self.fused_velocities(theta, batch, parts, |chunks, at| self.outcome(chunks, at));
        Look { losses, field, logits }
    }

    /// Both unregularised losses and the discriminator's logits, real and fake.
    pub(super) fn fused_outcome(&self, theta: &Joint<T>, batch: &GanBatch<T>) -> ([f64; 2], [Vec<T>; 2]) {
        let mut lent = self.borrow_chunks(batch);
        let (at, chunks) = lent.at(theta);
        self.each(chunks, batch, |chunk, rows| {
            chunk.forward(self, at, rows, Needs { real: true, generator_moves: false })
        });
        self.outcome(chunks, at)
    }

    /// What a forward pass comes to.
    fn outcome(&self, chunks: &[Chunk<T>], at: At<T>) -> ([f64; 2], [Vec<T>; 2]) {
        let loss = |terms| chunks.iter().map(|chunk| chunk.loss(terms)).sum::<f64>() * at.share;
        let logits = |side: usize| chunks.iter().flat_map(|chunk| chunk.logits()[side]).copied().collect();
        ([loss(&self.losses.d), loss(&self.losses.g)], [logits(0), logits(1)])
    }

    /// The directions of the gradient norms that a player pays for; the forward pass is done.
    fn norms(
        &self,
        paid: &Paid,
        chunks: &mut [Chunk<T>],
        batch: &GanBatch<T>,
        at: At<T>,
        buffers: &mut Vec<Vec<T>>,
    ) -> Few<NormTerm<T>> {
        let norm = |(of, strength): &(Player, f64)| {
            let mut direction = buffers.pop().unwrap_or_default();
            self.base_gradient(chunks, batch, at, (*of, 2.0 * strength), &mut direction);
            NormTerm { of: *of, direction }
        };
        paid.norms.iter().map(norm).collect()
    }

    /// `by` times the gradient of a player's own unregularised loss by its own parameters, written to `out`; the forward
    /// pass is done.
    fn base_gradient(
        &self,
        chunks: &mut [Chunk<T>],
        batch: &GanBatch<T>,
        at: At<T>,
        (of, by): (Player, f64),
        out: &mut Vec<T>,
    ) {
        self.each(chunks, batch, |chunk, rows| {
            chunk.clear(of);
            chunk.base(self, at, of, own(of));
            if of == Player::Generator {
                chunk.pull_generator(at, rows);
            }
        });
        out.resize(at.theta[of].len(), T::ZERO);
        reduce(chunks, of, by, out);
    }

    /// Buffers for a batch: those of an earlier pass, or new ones. No lock is held while they are used, so that passes
    /// can run side by side on one game.
    fn borrow_chunks(&self, batch: &GanBatch<T>) -> Lent<'_, T> {
        let mut space = self.pool().pop().unwrap_or_default();
        let needed = self.rows_of(batch).div_ceil(self.chunk_rows(batch));
        while space.chunks.len() < needed {
            space.chunks.push(Chunk::new(self));
        }
        space.chunks.truncate(needed);
        Lent { gan: self, space, share: 1.0 / self.logits_of(batch) as f64 }
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Vec<Workspace<T>>> {
        // A poisoned lock means a panic in another pass; the buffers hold no invariant that it could have broken.
        self.chunks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Rows of a chunk: whole packs. Layers over images cut the batch themselves, and may look at all of it.
    pub(super) fn chunk_rows(&self, batch: &GanBatch<T>) -> usize {
        match self.mlps() {
            Some(_) => CHUNK_ROWS.next_multiple_of(self.pack),
            None => self.rows_of(batch).max(1),
        }
    }

    fn each(
        &self,
        chunks: &mut [Chunk<T>],
        batch: &GanBatch<T>,
        run: impl Fn(&mut Chunk<T>, Rows<T>) + Sync,
    ) {
        let rows = self.chunk_rows(batch);
        let xs = batch.x.par_chunks(rows * self.row());
        let zs = batch.z.par_chunks(rows * self.generator.inputs());
        let mixes = batch.mix.par_chunks(rows);
        let place = |k: usize| Place { first: k * rows, chance: batch.chance, step: batch.step };
        chunks
            .par_iter_mut()
            .zip(xs)
            .zip(zs)
            .zip(mixes)
            .enumerate()
            .for_each(|(k, (((chunk, x), z), mix))| run(chunk, Rows { x, z, mix, place: place(k) }));
    }
}

/// What a player pays for besides its loss and its weight decay.
struct Paid {
    /// Whose squared gradient norm, and its strength.
    norms: Few<(Player, f64)>,
    /// Penalties on the discriminator's gradient by its input, which it pays itself.
    penalties: Few<(Penalty, f64)>,
}

impl Paid {
    /// What is a player's of the active terms.
    fn by(player: Player, terms: &[(&Term, f64)]) -> Self {
        let mut paid = Paid { norms: Few::new(), penalties: Few::new() };
        for (term, strength) in terms {
            match term {
                Term::GradientNorm { of, paid_by, .. } if *paid_by == player => {
                    paid.norms.push((*of, *strength));
                }
                Term::Input { penalty, .. } if player == Player::Discriminator => {
                    paid.penalties.push((*penalty, *strength));
                }
                _ => {}
            }
        }
        paid
    }

    /// The forward pass that it needs besides those of the losses.
    fn forward<T: Scalar>(&self, chunk: &mut Chunk<T>, at: At<T>, rows: Rows<T>) {
        if self.penalties.iter().any(|(penalty, _)| penalty.points == PenaltyPoints::Mixed) {
            chunk.forward_mixed(at, rows);
        }
    }

    /// Adds its gradients by those who are named to the chunk's sums and the samples' cotangent.
    fn add<T: Scalar>(
        &self,
        gan: &Gan<T>,
        chunk: &mut Chunk<T>,
        at: At<T>,
        rows: Rows<T>,
        norms: &[NormTerm<T>],
        by: [bool; 2],
    ) {
        norms.iter().for_each(|norm| chunk.own_derivative(gan, at, norm, by));
        for (penalty, strength) in &self.penalties {
            chunk.input_penalty(at, rows, *penalty, *strength, by);
        }
    }
}

/// Of the gradients by the discriminator and by the samples, the one that leads to a player's own.
fn own(player: Player) -> [bool; 2] {
    Player::BOTH.map(|p| p == player)
}

/// A list that is hardly ever longer than this.
type Few<A> = SmallVec<[A; 4]>;

/// Buffers of the passes over a batch.
#[derive(Default)]
pub struct Workspace<T> {
    chunks: Vec<Chunk<T>>,
    /// Parameters as the forward passes read them: discriminator, generator.
    prepared: [Prepared<T>; 2],
    /// Directions of gradient norms.
    directions: Vec<Vec<T>>,
}

/// Buffers that go back to their game when they are dropped.
struct Lent<'a, T: Scalar> {
    gan: &'a Gan<T>,
    space: Workspace<T>,
    share: f64,
}

impl<T: Scalar> Lent<'_, T> {
    /// The place of passes at a point, and their chunks.
    fn at<'b>(&'b mut self, theta: &'b Joint<T>) -> (At<'b, T>, &'b mut [Chunk<T>]) {
        self.gan.generator.prepare(&theta.g, &mut self.space.prepared[1]);
        self.judged_at(theta)
    }

    /// The same for passes in which the generator makes no samples.
    fn judged_at<'b>(&'b mut self, theta: &'b Joint<T>) -> (At<'b, T>, &'b mut [Chunk<T>]) {
        let Workspace { chunks, prepared, .. } = &mut self.space;
        self.gan.discriminator.prepare(&theta.d, &mut prepared[0]);
        (At { theta, prepared, share: self.share }, chunks)
    }
}

impl<T: Scalar> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.gan.pool().push(std::mem::take(&mut self.space));
    }
}

/// out = by * (sum of the chunks' gradients of one player, in order).
fn reduce<T: Scalar>(chunks: &[Chunk<T>], player: Player, by: f64, out: &mut [T]) {
    let by = T::of(by);
    let grads: SmallVec<[&[T]; 16]> = chunks.iter().filter_map(|chunk| chunk.gradient(player)).collect();
    // In pieces that stay in the cache from the first chunk to the last.
    const PIECE: usize = 4096;
    out.par_chunks_mut(PIECE).with_min_len(4).enumerate().for_each(|(k, out)| {
        pulp::Arch::new().dispatch(|| {
            out.fill(T::ZERO);
            for grads in &grads {
                add(&grads[k * PIECE..][..out.len()], out);
            }
            out.iter_mut().for_each(|x| *x *= by);
        });
    });
}

/// Adds `by` times what weight decay makes of a player's parameters, or of a direction of them.
fn decay<T: Scalar>(terms: &[(&Term, f64)], player: Player, by: f64, theta: &[T], out: &mut [T]) {
    for (term, strength) in terms {
        if let Term::Decay { player: who, .. } = term
            && *who == player
        {
            let by = T::of(by * strength);
            out.iter_mut().zip(theta).for_each(|(out, theta)| *out += by * *theta);
        }
    }
}
