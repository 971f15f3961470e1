//! The field of a GAN by the fused passes: each player's own gradient, regularisers included.
//!
//! Every term is a forward pass, at most one tangent pass, and a backward pass of both (DESIGN: t(theta) = d/de
//! loss(theta + e w), whose gradient is a Hessian-vector product). Chunks of rows run on any number of threads;
//! their sums are taken in the chunks' order.

use super::gan::{Gan, GanBatch};
use super::joint::{Joint, Player};
use super::objective::Terms;
use super::regularizer::{Penalty, PenaltyPoints, Term};
use crate::nn::NetworkPass;
use crate::nn::fused::Cotangents;
use crate::scalar::Scalar;
use rayon::prelude::*;

/// Rows of a chunk: a few layers' activations of so many rows fit in a core's own cache.
const CHUNK_ROWS: usize = 128;

/// Buffers of one chunk of rows.
pub struct Chunk<T> {
    generator: NetworkPass<T>,
    real: NetworkPass<T>,
    fake: NetworkPass<T>,
    mixed: NetworkPass<T>,
    /// Sums of the chunk: gradients of both players.
    grads: Joint<T>,
    /// Cotangent of the generated samples.
    x_bar: Vec<T>,
    /// Losses of the chunk, summed over its logits.
    sums: [f64; 2],
}

/// The rows of a batch that a chunk sees.
#[derive(Clone, Copy)]
struct Rows<'a, T> {
    x: &'a [T],
    z: &'a [T],
    mix: &'a [T],
}

/// A direction for a squared gradient norm: 2 strength grad_of loss_of.
struct NormTerm<T> {
    of: Player,
    direction: Vec<T>,
}

/// Where a chunk computes: the point, and 1 / (number of logits of the batch).
#[derive(Clone, Copy)]
struct At<'a, T> {
    theta: &'a Joint<T>,
    share: f64,
}

impl<T: Scalar> Gan<T> {
    /// One player's part of the field by the fused passes.
    pub(super) fn fused_velocity(
        &self,
        player: Player,
        theta: &Joint<T>,
        batch: &GanBatch<T>,
        out: &mut [T],
    ) {
        let terms = self.active_terms(batch.step);
        let mut chunks = self.borrow_chunks(batch);
        let at = At { theta, share: 1.0 / self.logits_of(batch) as f64 };
        let norms: Vec<(Player, f64)> = terms
            .iter()
            .filter_map(|(term, strength)| match term {
                Term::GradientNorm { of, paid_by, .. } if *paid_by == player => Some((*of, *strength)),
                _ => None,
            })
            .collect();
        let points = |kind| {
            player == Player::Discriminator
                && terms
                    .iter()
                    .any(|(term, _)| matches!(term, Term::Input { penalty, .. } if penalty.points == kind))
        };
        let needs_real = player == Player::Discriminator
            || self.losses.g.fake_needs_real()
            || norms.iter().any(|(of, _)| *of == Player::Discriminator);
        self.each(&mut chunks.chunks, batch, |chunk, rows| {
            chunk.forward(at, rows, needs_real);
            if points(PenaltyPoints::Mixed) {
                chunk.forward_mixed(at, rows);
            }
        });
        let norms: Vec<NormTerm<T>> = norms
            .into_iter()
            .map(|(of, strength)| NormTerm {
                of,
                direction: self.base_gradient(&mut chunks.chunks, batch, at, of, 2.0 * strength),
            })
            .collect();
        self.each(&mut chunks.chunks, batch, |chunk, rows| {
            chunk.clear(player);
            chunk.base(self, at, player);
            for norm in &norms {
                chunk.gradient_norm(self, at, player, norm);
            }
            if player == Player::Discriminator {
                for (term, strength) in &terms {
                    if let Term::Input { penalty, .. } = term {
                        chunk.input_penalty(at, rows, *penalty, *strength);
                    }
                }
            } else {
                chunk.pull_generator(at);
            }
        });
        reduce(&chunks.chunks, player, -1.0, out);
        for (term, strength) in &terms {
            if let Term::Decay { player: who, .. } = term
                && *who == player
            {
                for (v, theta) in out.iter_mut().zip(&theta[player]) {
                    *v -= T::of(*strength) * *theta;
                }
            }
        }
    }

    /// Both unregularised losses, and how often the discriminator is right on real and on fake samples.
    pub(super) fn fused_losses(&self, theta: &Joint<T>, batch: &GanBatch<T>) -> [f64; 2] {
        let mut chunks = self.borrow_chunks(batch);
        let at = At { theta, share: 1.0 / self.logits_of(batch) as f64 };
        self.each(&mut chunks.chunks, batch, |chunk, rows| {
            chunk.forward(at, rows, true);
            chunk.sums = [&self.losses.d, &self.losses.g].map(|terms| chunk.loss(terms));
        });
        [0, 1].map(|k| chunks.chunks.iter().map(|chunk| chunk.sums[k]).sum::<f64>() * at.share)
    }

    /// `by` times the gradient of a player's own unregularised loss by its own parameters; the forward pass is done.
    fn base_gradient(
        &self,
        chunks: &mut [Chunk<T>],
        batch: &GanBatch<T>,
        at: At<T>,
        of: Player,
        by: f64,
    ) -> Vec<T> {
        self.each(chunks, batch, |chunk, _| {
            chunk.clear(of);
            chunk.base(self, at, of);
            if of == Player::Generator {
                chunk.pull_generator(at);
            }
        });
        let mut out = vec![T::ZERO; at.theta[of].len()];
        reduce(chunks, of, by, &mut out);
        out
    }

    /// Buffers for a batch: those of an earlier pass, or new ones. No lock is held while they are used, so that passes
    /// can run side by side on one game.
    fn borrow_chunks(&self, batch: &GanBatch<T>) -> Lent<'_, T> {
        let mut chunks = self.pool().pop().unwrap_or_default();
        let needed = self.rows_of(batch).div_ceil(self.chunk_rows(batch));
        while chunks.len() < needed {
            chunks.push(Chunk::new(self));
        }
        chunks.truncate(needed);
        Lent { gan: self, chunks }
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Chunk<T>>>> {
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
        let xs = batch.x.par_chunks(rows * self.data_dim());
        let zs = batch.z.par_chunks(rows * self.generator.inputs());
        let mixes = batch.mix.par_chunks(rows);
        chunks
            .par_iter_mut()
            .zip(xs)
            .zip(zs)
            .zip(mixes)
            .for_each(|(((chunk, x), z), mix)| run(chunk, Rows { x, z, mix }));
    }
}

/// Buffers that go back to their game when they are dropped.
struct Lent<'a, T: Scalar> {
    gan: &'a Gan<T>,
    chunks: Vec<Chunk<T>>,
}

impl<T: Scalar> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.gan.pool().push(std::mem::take(&mut self.chunks));
    }
}

/// out = by * (sum of the chunks' gradients of one player, in order).
fn reduce<T: Scalar>(chunks: &[Chunk<T>], player: Player, by: f64, out: &mut [T]) {
    let by = T::of(by);
    pulp::Arch::new().dispatch(|| {
        out.fill(T::ZERO);
        for chunk in chunks {
            for (out, grad) in out.iter_mut().zip(&chunk.grads[player]) {
                *out += *grad;
            }
        }
        out.iter_mut().for_each(|x| *x *= by);
    });
}

impl<T: Scalar> Chunk<T> {
    fn new(gan: &Gan<T>) -> Self {
        let d = || NetworkPass::new(&gan.discriminator, gan.kernels);
        Chunk {
            generator: NetworkPass::new(&gan.generator, gan.kernels),
            real: d(),
            fake: d(),
            mixed: d(),
            grads: Joint::zeros([gan.discriminator.parameters(), gan.generator.parameters()]),
            x_bar: Vec::new(),
            sums: [0.0; 2],
        }
    }

    fn clear(&mut self, player: Player) {
        self.grads[player].fill(T::ZERO);
        self.x_bar.clear();
        self.x_bar.resize(self.generator.output().len(), T::ZERO);
    }

    fn forward(&mut self, at: At<T>, rows: Rows<T>, needs_real: bool) {
        self.generator.forward(&at.theta.g, rows.z);
        self.fake.forward(&at.theta.d, self.generator.output());
        if needs_real {
            self.real.forward(&at.theta.d, rows.x);
        }
    }

    fn forward_mixed(&mut self, at: At<T>, rows: Rows<T>) {
        let dim = rows.x.len() / rows.mix.len();
        let between = |(i, (x, g)): (usize, (&T, &T))| {
            let m = rows.mix[i / dim];
            m * *x + (T::ONE - m) * *g
        };
        let points: Vec<T> = rows.x.iter().zip(self.generator.output()).enumerate().map(between).collect();
        self.mixed.forward(&at.theta.d, &points);
    }

    /// The sum of a loss over the chunk's logits.
    fn loss(&self, terms: &Terms) -> f64 {
        self.pairs().map(|[real, fake]| terms.value(real, fake)).sum()
    }

    /// The logits, real and fake, pair by pair; real ones are 0 where no forward pass made them.
    fn pairs(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let real = self.real.output();
        let fake = self.fake.output().iter().enumerate();
        fake.map(move |(i, fake)| [real.get(i).map_or(0.0, |r| r.f64()), fake.f64()])
    }

    /// Adds a player's unregularised gradient: the discriminator's to its sums, the generator's to the cotangent
    /// of the samples.
    fn base(&mut self, gan: &Gan<T>, at: At<T>, player: Player) {
        let terms = gan.losses.of(player);
        let slopes: Vec<[f64; 2]> = self.pairs().map(|[r, f]| terms.slopes(r, f)).collect();
        let bar = |side: usize| -> Vec<T> { slopes.iter().map(|s| T::of(s[side] * at.share)).collect() };
        match player {
            Player::Discriminator => {
                if terms.has_real() {
                    self.real.backward(&at.theta.d, &bar(0), Some(&mut self.grads.d), None);
                }
                self.fake.backward(&at.theta.d, &bar(1), Some(&mut self.grads.d), None);
            }
            Player::Generator => {
                self.fake.backward(&at.theta.d, &bar(1), None, Some(&mut self.x_bar));
            }
        }
    }

    /// Adds the generator's gradient to its sums from the cotangent of the samples.
    fn pull_generator(&mut self, at: At<T>) {
        self.generator.backward(&at.theta.g, &self.x_bar, Some(&mut self.grads.g), None);
    }

    /// Adds the gradient of a squared gradient norm by the paying player.
    fn gradient_norm(&mut self, gan: &Gan<T>, at: At<T>, payer: Player, norm: &NormTerm<T>) {
        let terms = gan.losses.of(norm.of);
        let theta = &at.theta.d;
        let theta_dot = match norm.of {
            Player::Discriminator => {
                self.fake.tangent(theta, Some(&norm.direction), None);
                if terms.has_real() {
                    self.real.tangent(theta, Some(&norm.direction), None);
                }
                Some(&norm.direction[..])
            }
            Player::Generator => {
                self.generator.tangent(&at.theta.g, Some(&norm.direction), None);
                self.fake.tangent(theta, None, Some(self.generator.output_dot()));
                None
            }
        };
        let real_moves = norm.of == Player::Discriminator && terms.has_real();
        let real_dots: Vec<f64> = self.real.output_dot().iter().map(|v| v.f64()).collect();
        let fake_dots = self.fake.output_dot().iter().enumerate();
        let dots = fake_dots.map(|(i, f)| [if real_moves { real_dots[i] } else { 0.0 }, f.f64()]);
        let (mut values, mut slopes): (Vec<[T; 2]>, Vec<[T; 2]>) = Default::default();
        for (pair, dots) in self.pairs().zip(dots) {
            values.push(terms.bends(pair, dots).map(|v| T::of(v * at.share)));
            slopes.push(terms.slopes(pair[0], pair[1]).map(|v| T::of(v * at.share)));
        }
        let side = |of: &[[T; 2]], side: usize| -> Vec<T> { of.iter().map(|v| v[side]).collect() };
        let (value, dot) = (side(&values, 1), side(&slopes, 1));
        let fake = Cotangents { value: &value, dot: &dot };
        match payer {
            Player::Discriminator => {
                let grads = &mut self.grads.d;
                let (value, dot) = (side(&values, 0), side(&slopes, 0));
                if real_moves {
                    let real = Cotangents { value: &value, dot: &dot };
                    self.real.backward_tangent(theta, theta_dot, real, Some(grads), None);
                } else if terms.has_real() {
                    self.real.backward(theta, &value, Some(grads), None);
                }
                self.fake.backward_tangent(theta, theta_dot, fake, Some(grads), None);
            }
            Player::Generator => {
                let mut x_bar = vec![T::ZERO; self.x_bar.len()];
                let mut x_dot_bar = x_bar.clone();
                let bars = Some((&mut x_bar[..], &mut x_dot_bar[..]));
                self.fake.backward_tangent(theta, theta_dot, fake, None, bars);
                if norm.of == Player::Discriminator {
                    for (to, from) in self.x_bar.iter_mut().zip(&x_bar) {
                        *to += *from;
                    }
                } else {
                    let bars = Cotangents { value: &x_bar, dot: &x_dot_bar };
                    let grads = Some(&mut self.grads.g[..]);
                    self.generator.backward_tangent(&at.theta.g, Some(&norm.direction), bars, grads, None);
                }
            }
        }
    }

    /// Adds the discriminator's gradient of a penalty on its gradient by its input.
    fn input_penalty(&mut self, at: At<T>, rows: Rows<T>, penalty: Penalty, strength: f64) {
        let pass = match penalty.points {
            PenaltyPoints::Real => &mut self.real,
            PenaltyPoints::Fake => &mut self.fake,
            PenaltyPoints::Mixed => &mut self.mixed,
        };
        let ones = vec![T::ONE; pass.output().len()];
        let zeros = vec![T::ZERO; ones.len()];
        let mut direction = vec![T::ZERO; rows.x.len()];
        pass.backward(&at.theta.d, &ones, None, Some(&mut direction));
        let dim = direction.len() / ones.len();
        for g in direction.chunks_exact_mut(dim) {
            let norm = g.iter().map(|g| g.f64() * g.f64()).sum::<f64>().sqrt();
            let by = T::of(strength * at.share * penalty.factor(norm));
            g.iter_mut().for_each(|g| *g *= by);
        }
        pass.tangent(&at.theta.d, None, Some(&direction));
        let bars = Cotangents { value: &zeros, dot: &ones };
        pass.backward_tangent(&at.theta.d, None, bars, Some(&mut self.grads.d), None);
    }
}
