//! Batches of a GAN: what is in them, and how they are drawn.

use super::Draw;
use super::gan::{Gan, Source};
use super::regularizer::{PenaltyPoints, Term};
use crate::data::{Part, sample_latent};
use crate::nn::Conditions;
use crate::nn::label::with_labels;
use crate::random::{Address, Chance, Stream};
use crate::scalar::Scalar;
use rand_distr::{Distribution, StandardUniform};

/// A batch: real samples, latent vectors, and interpolation weights, and the step whose strengths apply.
#[derive(Clone, Debug, PartialEq)]
pub struct GanBatch<T> {
    /// Step of the training.
    pub step: u64,
    /// Real samples, `[rows, dim]`, each with its label behind it where the networks know labels.
    pub x: Vec<T>,
    /// Latent vectors, `[rows, latent]`, each with the label of its sample likewise.
    pub z: Vec<T>,
    /// Interpolation weights of gradient penalties, `[rows]`.
    pub mix: Vec<T>,
    /// What dropout, augmentation and instance noise draw from on this batch; None where they rest.
    pub chance: Option<Chance>,
}

/// The passes over a batch; each draws anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Latent vectors through the generator.
    Generator,
    /// Real samples through the discriminator.
    Real,
    /// Generated ones.
    Fake,
    /// Points between them.
    Mixed,
}

impl PenaltyPoints {
    /// The pass that goes through them.
    pub(super) fn pass(self) -> Pass {
        match self {
            PenaltyPoints::Real => Pass::Real,
            PenaltyPoints::Fake => Pass::Fake,
            PenaltyPoints::Mixed => Pass::Mixed,
        }
    }
}

impl Pass {
    /// The conditions of the pass over a batch with this chance.
    pub(super) fn on(self, chance: Option<Chance>) -> Conditions<'static> {
        Conditions { chance: chance.map(|chance| chance.of_pass(self as u64)), statistics: None }
    }
}

impl<T: Scalar> Gan<T> {
    /// Latent vectors at an address, `[rows, latent]`, with labels as often as the data have them behind them where the
    /// networks know labels.
    pub fn latent(&self, address: Address, rows: usize) -> Vec<T> {
        self.latent_in(Vec::new(), address, rows)
    }

    /// The same in a buffer.
    fn latent_in(&self, buffer: Vec<T>, address: Address, rows: usize) -> Vec<T> {
        let noise = self.noise_in(buffer, address, rows);
        if !self.labelled() {
            return noise;
        }
        // Another stream than any that vectors are drawn from.
        let draw = address.draw | (address.stream as u64) << 32;
        let cells = Address { stream: Stream::Labels, draw, ..address }.cells(0);
        let class = |row: usize| {
            let mut rest = cells.at(row as u64);
            let below = |share: &f64| {
                rest -= share;
                rest < 0.0
            };
            // Rounding of the shares may leave a remainder, which is the last class's that occurs.
            let found = self.classes.iter().position(below);
            found.or_else(|| self.classes.iter().rposition(|share| *share > 0.0)).unwrap_or(0)
        };
        self.of_classes(noise, class)
    }

    /// Latent vectors without labels, `[rows, latent]`, at an address.
    pub fn noise(&self, address: Address, rows: usize) -> Vec<T> {
        self.noise_in(Vec::new(), address, rows)
    }

    /// The same in a buffer.
    fn noise_in(&self, mut z: Vec<T>, address: Address, rows: usize) -> Vec<T> {
        z.resize(rows * self.latent_dim(), T::ZERO);
        sample_latent(self.prior, address, self.latent_dim(), &mut z);
        z
    }

    /// Latent vectors, `[rows, latent]`, with the labels that `class` gives to their rows, modulo the number of classes,
    /// behind them where the networks know labels.
    pub fn of_classes(&self, noise: Vec<T>, class: impl Fn(usize) -> usize) -> Vec<T> {
        if !self.labelled() {
            return noise;
        }
        let count = self.classes.len().max(1);
        with_labels(&noise, self.latent_dim(), (0..).map(|row| T::of((class(row) % count) as f64)))
    }

    /// The batch of a training step.
    pub(super) fn drawn(&self, at: Draw) -> GanBatch<T> {
        let address = |stream| Address::new(self.seed, stream, at.step).with_draw(at.draw);
        let spare = self.spare_batches().pop();
        let [x, z, mut mix] =
            spare.map_or([(); 3].map(|()| Vec::new()), |batch| [batch.x, batch.z, batch.mix]);
        let z = self.latent_in(z, address(Stream::Latent), self.batch);
        let x = self.real_rows(x, address(Stream::Data), self.batch, &z);
        mix.clear();
        if self.mixes() {
            let mut rng = address(Stream::Mix).rng();
            let uniform = StandardUniform.sample_iter(&mut rng).take(self.batch);
            mix.extend(uniform.map(|m: f64| T::of(m)));
        }
        mix.resize(self.batch, T::ZERO);
        GanBatch { step: at.step, x, z, mix, chance: self.chance(address(Stream::Chance)) }
    }

    /// Keeps the buffers of a batch for the next.
    pub(super) fn keep_buffers(&self, batch: GanBatch<T>) {
        self.spare_batches().push(batch);
    }

    fn spare_batches(&self) -> std::sync::MutexGuard<'_, Vec<GanBatch<T>>> {
        // Buffers hold nothing that a panic elsewhere could have broken.
        self.spare.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The `number`-th batch for analysis: drawn as training batches are, from a stream of its own. Strengths are those
    /// of the training step.
    pub fn analysis_batch(&self, number: u64, rows: usize, step: u64) -> GanBatch<T> {
        let address = |draw| Address::new(self.seed, Stream::Analysis, number).with_draw(draw);
        let z = self.latent(address(0), rows);
        let x = self.real_rows(Vec::new(), address(1), rows, &z);
        let mut rng = address(2).rng();
        let mix = StandardUniform.sample_iter(&mut rng).take(rows).map(|m: f64| T::of(m)).collect();
        GanBatch { step, x, z, mix, chance: self.chance(address(3)) }
    }

    /// What a batch at an address leaves to chance.
    fn chance(&self, address: Address) -> Option<Chance> {
        self.draws().then(|| Chance::at(address))
    }

    /// Real samples, `[rows, dim]`, at an address; a paired teacher gets `z`.
    pub fn real(&self, address: Address, rows: usize, z: &[T]) -> Vec<T> {
        self.real_in(Vec::new(), address, rows, z)
    }

    /// The same in a buffer.
    fn real_in(&self, mut buffer: Vec<T>, address: Address, rows: usize, z: &[T]) -> Vec<T> {
        match &self.source {
            Source::Data(data) => {
                data.sample_to(address, rows, &mut buffer);
                buffer
            }
            Source::Teacher { theta, paired: true } => self.generate(theta, z),
            Source::Teacher { theta, paired: false } => self.generate(theta, &self.latent(address, rows)),
            Source::Given => Vec::new(),
        }
    }

    /// The same as a batch has them: with their labels where the networks know labels.
    fn real_rows(&self, buffer: Vec<T>, address: Address, rows: usize, z: &[T]) -> Vec<T> {
        let drawn = self.images().filter(|_| self.labelled());
        let Some(drawn) = drawn.and_then(|images| images.sample_labelled(Part::Training, address, rows))
        else {
            return self.real_in(buffer, address, rows, z);
        };
        let values: Vec<T> = drawn.points.values.into_iter().map(T::of).collect();
        with_labels(&values, self.data_dim(), drawn.labels.into_iter().map(|label| T::of(label.into())))
    }

    /// Whether the batch needs interpolation weights.
    fn mixes(&self) -> bool {
        let mixed = |term: &Term| matches!(term, Term::Input { penalty, .. } if penalty.points == PenaltyPoints::Mixed);
        self.terms.iter().any(mixed)
    }
}
