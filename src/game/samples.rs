//! What a GAN's networks make of given latent vectors and samples, outside of training.

use super::gan::Gan;
use crate::data::{rows_apart, sample_latent_from};
use crate::nn::fused::{Kernels, Prepared};
use crate::nn::label::{labels_of, with_labels};
use crate::nn::{Conditions, Network};
use crate::random::{Address, Stream};
use crate::scalar::Scalar;
use rayon::prelude::*;

/// Latent vectors whose statistics a generator with batch normalisation is looked at with, and their draw.
const STANDING_ROWS: usize = 512;
const STANDING_DRAW: u64 = 3;

/// Rows of a pass.
const ROWS: usize = 128;

impl<T: Scalar> Gan<T> {
    /// Generated samples, `[rows, dim]`, from latent vectors and the generator's parameters. A generator that normalises
    /// over the batch uses the statistics of a large batch that is the same for all samples ("standing statistics", Brock
    /// et al. 2019), so that a sample depends on its own latent vector alone.
    pub fn generate(&self, theta_g: &[T], z: &[T]) -> Vec<T> {
        let statistics = self.generator.couples().then(|| {
            let mut pass = self.generator.pass(self.kernels);
            let address = Address::new(self.seed, Stream::EvalLatent, 0).with_draw(STANDING_DRAW);
            pass.forward(theta_g, &self.latent(address, STANDING_ROWS));
            pass.statistics()
        });
        let on = Conditions { statistics: statistics.as_deref(), chance: None };
        run(&self.generator, self.kernels, theta_g, z, on)
    }

    /// What `generate` makes of `rows` latent vectors at an address. A perceptron's are drawn piece by piece where they are
    /// used, so that they need not leave the cache.
    pub fn sample(&self, theta_g: &[T], address: Address, rows: usize) -> Vec<T> {
        let [dim, outputs] = [self.generator.inputs(), self.generator.outputs()];
        let piece = ROWS.next_multiple_of(rows_apart(dim));
        if !matches!(self.generator, Network::Mlp(_)) || self.labelled() || piece >= rows {
            return self.generate(theta_g, &self.latent(address, rows));
        }
        let mut prepared = Prepared::default();
        self.generator.prepare(theta_g, &mut prepared);
        let mut out = vec![T::ZERO; rows * outputs];
        let pieces = out.par_chunks_mut(piece * outputs).enumerate();
        let each = pieces.len().div_ceil(rayon::current_num_threads());
        pieces.with_min_len(each).for_each_init(
            || (self.generator.pass(self.kernels), Vec::new()),
            |(pass, z), (k, out)| {
                z.resize(out.len() / outputs * dim, T::ZERO);
                sample_latent_from(self.prior, address, dim, k * piece, z);
                // A few rows at once, whose activations stay in the cache.
                for (z, out) in z.chunks(ROWS * dim).zip(out.chunks_mut(ROWS * outputs)) {
                    pass.apply_prepared(theta_g, &prepared, z, Conditions::default());
                    out.copy_from_slice(pass.output());
                }
            },
        );
        out
    }

    /// Logits of samples (packs of them), `[rows / pack]`. A discriminator that looks at the whole batch sees them in
    /// batches of 128.
    pub fn judge(&self, theta_d: &[T], x: &[T]) -> Vec<T> {
        run(&self.discriminator, self.kernels, theta_d, x, Conditions::default())
    }

    /// -grad_x of the generator's loss of one fake sample placed at each row of `x` (a pack holds copies of it):
    /// the direction in which the discriminator pushes samples. A relativistic loss compares with a real logit of 0.
    pub fn push(&self, theta_d: &[T], x: &[T]) -> Vec<T> {
        let dim = self.data_dim();
        let packs: Vec<T> = x.chunks_exact(dim).flat_map(|row| row.repeat(self.pack)).collect();
        let mut pass = self.discriminator.pass(self.kernels);
        pass.forward(theta_d, &packs);
        let slope = |logit: &T| T::of(-self.losses.g.slopes([0.0, logit.f64()], false)[1]);
        let bars: Vec<T> = pass.output().iter().map(slope).collect();
        let mut out = vec![T::ZERO; packs.len()];
        pass.backward(theta_d, &bars, None, Some(&mut out));
        out.chunks_exact(dim * self.pack).flat_map(|pack| pack[..dim].to_vec()).collect()
    }

    /// Generated samples as the discriminator takes them, with the labels of their latent vectors where the networks
    /// know labels.
    pub fn fakes(&self, theta_g: &[T], z: &[T]) -> Vec<T> {
        let samples = self.generate(theta_g, z);
        if !self.labelled() {
            return samples;
        }
        with_labels(&samples, self.data_dim(), labels_of(z, self.generator.inputs()))
    }
}

/// One network over many rows, chunk by chunk to bound memory.
fn run<T: Scalar>(network: &Network, kernels: Kernels, theta: &[T], x: &[T], on: Conditions) -> Vec<T> {
    let (inputs, outputs) = (network.inputs(), network.outputs());
    let mut prepared = Prepared::default();
    network.prepare(theta, &mut prepared);
    let mut out = vec![T::ZERO; x.len() / inputs * outputs];
    let chunks = x.par_chunks(ROWS * inputs).zip(out.par_chunks_mut(ROWS * outputs));
    // A pass of layers over images is large, and uses all threads by itself.
    let passes = if matches!(network, Network::Mlp(_)) { rayon::current_num_threads() } else { 1 };
    let each = chunks.len().div_ceil(passes).max(1);
    chunks.with_min_len(each).for_each_init(
        || network.pass(kernels),
        |pass, (x, out)| {
            pass.apply_prepared(theta, &prepared, x, on);
            out.copy_from_slice(pass.output());
        },
    );
    out
}
