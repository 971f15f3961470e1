//! The neural game: a generator, a discriminator, their losses and regularisers, and where batches come from.
//!
//! On the processor the field comes from the fused passes (`velocity`), and so do gradients by the opponent and the
//! products of the Jacobian (`linear`); everything on another device comes from candle's tape (`tape`).

use super::batch::GanBatch;
use super::joint::{Joint, Player};
use super::linear::Fused;
use super::objective::Losses;
use super::regularizer::Term;
use super::tape::OnTape;
use super::velocity::{HeldGan, Layered, Workspace};
use super::view::Showing;
use super::{Direct, Draw, Game, HeldGenerator, Linearized, Look};
use crate::data::{Images, RealData};
use crate::nn::fused::Kernels;
use crate::nn::{Mlp, Network, Role, initial_parameters};
use crate::random::{Address, Stream};
use crate::scalar::Scalar;
use crate::scenario::{self, Latent};
use candle_core::Device;
use smallvec::SmallVec;
use std::sync::Mutex;

/// What can go wrong while a GAN is computed.
#[derive(Debug, thiserror::Error)]
pub enum GanError {
    /// The tensor library or its device failed.
    #[error("the computation failed on this device: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A gradient that is not written down.
    #[error("{0}")]
    Unsupported(&'static str),
}

/// Where real samples come from.
pub enum Source<T> {
    /// A distribution.
    Data(RealData),
    /// A fixed generator with these parameters.
    Teacher {
        /// Its parameters.
        theta: Vec<T>,
        /// Whether it gets the very latent vectors that the generator gets.
        paired: bool,
    },
    /// Nowhere: batches are given, not drawn.
    Given,
}

/// A generative adversarial network.
pub struct Gan<T> {
    /// The discriminator's shape; its input is a pack of samples.
    pub discriminator: Network,
    /// The generator's shape.
    pub generator: Network,
    /// The losses.
    pub losses: Losses,
    /// What is added to them.
    pub terms: Vec<Term>,
    /// Samples that the discriminator judges at once.
    pub pack: usize,
    /// Where real samples come from.
    pub source: Source<T>,
    /// Distribution of latent vectors.
    pub prior: Latent,
    /// How often each class is asked of the generator; shares that sum to 1, none without labels.
    pub classes: Vec<f64>,
    /// Seed of the run.
    pub seed: u64,
    /// How the discriminator is shown samples in the updates of both players.
    pub showing: Showing,
    /// Samples in a batch.
    pub batch: usize,
    /// Matrix products of the fused passes.
    pub kernels: Kernels,
    /// Device of the field's computation.
    pub device: Device,
    /// Buffers of passes that are not under way.
    pub(super) chunks: Mutex<Vec<Workspace<T>>>,
    /// Batches that were done with.
    pub(super) spare: Mutex<Vec<GanBatch<T>>>,
}

impl<T: Scalar> Gan<T> {
    /// A game of the given shapes and losses whose batches are given.
    pub fn new(
        discriminator: impl Into<Network>,
        generator: impl Into<Network>,
        losses: Losses,
        terms: Vec<Term>,
    ) -> Self {
        let generator = generator.into();
        let classes = generator.classes().map_or(Vec::new(), |n| vec![1.0 / n as f64; n]);
        Gan {
            discriminator: discriminator.into(),
            generator,
            losses,
            terms,
            pack: 1,
            source: Source::Given,
            prior: Latent::Normal,
            classes,
            showing: Showing::default(),
            seed: 0,
            batch: 0,
            kernels: Kernels::Native,
            device: Device::Cpu,
            chunks: Mutex::new(Vec::new()),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// The initial point: weights as the scenario says, biases zero.
    pub fn start(&self, discriminator: scenario::Init, generator: scenario::Init) -> Joint<T> {
        let address = |stream| Address::new(self.seed, stream, 0);
        Joint {
            d: initial_parameters(&self.discriminator, discriminator, address(Stream::InitDiscriminator)),
            g: initial_parameters(&self.generator, generator, address(Stream::InitGenerator)),
        }
    }

    /// The exact equilibrium of a game against a teacher: the generator equals the teacher, and the discriminator is
    /// zero everywhere because its last layer is; its other layers are as Xavier & Glorot would start them. The
    /// field vanishes there on every paired batch. None where the data has no teacher.
    pub fn solution(&self) -> Option<Joint<T>> {
        let Source::Teacher { theta, .. } = &self.source else { return None };
        let init = scenario::Init::default();
        let mut d = initial_parameters(
            &self.discriminator,
            init,
            Address::new(self.seed, Stream::InitDiscriminator, 0),
        );
        let slots = self.discriminator.slots();
        let last = slots.iter().rposition(|slot| slot.role == Role::Weight)?;
        slots[last..].iter().for_each(|slot| d[slot.range.clone()].fill(T::ZERO));
        Some(Joint { d, g: theta.clone() })
    }

    /// The networks whose Jacobian the fused passes know: multilayer perceptrons on the processor, shown samples plainly.
    fn fusible(&self) -> Option<[&Mlp; 2]> {
        self.mlps().filter(|_| self.device.is_cpu() && !self.showing.draws())
    }

    /// The images that real samples are drawn from, where they are images.
    pub fn images(&self) -> Option<&Images> {
        match &self.source {
            Source::Data(data) => data.images(),
            _ => None,
        }
    }

    /// Dimension of the data.
    pub fn data_dim(&self) -> usize {
        self.generator.outputs()
    }

    /// Rows of a batch.
    pub fn rows_of(&self, batch: &GanBatch<T>) -> usize {
        batch.z.len() / self.generator.inputs()
    }

    /// Logits that the discriminator gives to the real, or the fake, half of a batch.
    pub fn logits_of(&self, batch: &GanBatch<T>) -> usize {
        self.rows_of(batch) / self.pack
    }

    /// The terms whose strength at a step is not zero, with it.
    pub fn active_terms(&self, step: u64) -> SmallVec<[(&Term, f64); 4]> {
        self.terms.iter().map(|term| (term, term.strength_at(step))).filter(|(_, s)| *s != 0.0).collect()
    }

    /// The multilayer perceptrons that both networks are, discriminator first, if both are.
    pub fn mlps(&self) -> Option<[&Mlp; 2]> {
        Some([self.discriminator.mlp()?, self.generator.mlp()?])
    }

    /// Whether the networks know labels.
    pub fn labelled(&self) -> bool {
        self.generator.classes().is_some()
    }

    /// Dimension of the latent space.
    pub fn latent_dim(&self) -> usize {
        self.generator.inputs() - usize::from(self.labelled())
    }

    /// Numbers of a row of real samples: the data's, and a label where the networks know labels.
    pub fn row(&self) -> usize {
        self.data_dim() + usize::from(self.labelled())
    }

    /// Whether batches leave something to chance.
    pub fn draws(&self) -> bool {
        self.discriminator.draws() || self.generator.draws() || self.showing.draws()
    }

    /// Whether both players' velocities are the gradients of their losses, by the fused passes.
    fn plain(&self, batch: &GanBatch<T>) -> bool {
        self.device.is_cpu() && self.consensus(batch.step).is_none()
    }

    /// Players' parts of the field, regularisers and consensus included; what they share is computed once.
    fn velocities(
        &self,
        at: &Joint<T>,
        batch: &GanBatch<T>,
        parts: &mut [(Player, &mut [T])],
    ) -> Result<(), GanError> {
        if self.plain(batch) {
            self.fused_parts(at, batch, parts);
            return Ok(());
        }
        let consensus = self.consensus(batch.step);
        let turned = consensus.map(|gamma| self.pulled_field(at, batch).map(|pulled| (gamma, pulled)));
        let Some((gamma, Some([v, pulled]))) = turned.transpose()? else {
            let field = self.tape_field(at, batch)?;
            parts.iter_mut().for_each(|(player, out)| out.copy_from_slice(&field[*player]));
            return Ok(());
        };
        for (player, out) in parts {
            for ((out, v), pulled) in out.iter_mut().zip(&v[*player]).zip(&pulled[*player]) {
                *out = *v - T::of(gamma) * *pulled;
            }
        }
        Ok(())
    }

    /// The field v without consensus, and J' v; None where only the tape has them.
    fn pulled_field(&self, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Option<[Joint<T>; 2]>, GanError> {
        let mlps = self.fusible();
        let layered = Layered::new(self, at, batch).filter(|layered| mlps.is_none() && layered.multiplies());
        if mlps.is_none() && layered.is_none() {
            return Ok(None);
        }
        let mut v = Joint::zeros(self.sizes());
        self.fused_parts(at, batch, &mut v.parts_mut());
        let pulled = match mlps {
            Some(mlps) => Some(Fused::new(self, mlps, at, batch, false).pull(&v)),
            None => layered.map(|layered| layered.transposed_times(&v)).transpose()?,
        };
        Ok(pulled.map(|pulled| [v, pulled]))
    }
}

impl<T: Scalar> Game<T> for Gan<T> {
    type Batch = GanBatch<T>;
    type Error = GanError;

    fn sizes(&self) -> [usize; 2] {
        [self.discriminator.parameters(), self.generator.parameters()]
    }

    fn draw(&self, at: Draw) -> GanBatch<T> {
        self.drawn(at)
    }

    fn recycle(&self, batch: GanBatch<T>) {
        self.keep_buffers(batch);
    }

    fn project(&self, player: Player, theta: &mut [T]) {
        if let (Player::Discriminator, Some(clip)) = (player, self.losses.clip) {
            let clip = T::of(clip);
            for x in theta {
                *x = if *x > clip {
                    clip
                } else if *x < -clip {
                    -clip
                } else {
                    *x
                };
            }
        }
    }

    fn zero_sum(&self) -> bool {
        self.losses.cancel() && self.terms.is_empty()
    }

    fn losses(&self, at: &Joint<T>, batch: &GanBatch<T>) -> Result<[f64; 2], GanError> {
        Ok(self.fused_outcome(at, batch).0)
    }

    fn look(&self, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Look<T>, GanError> {
        if self.plain(batch) {
            return Ok(self.fused_look(at, batch));
        }
        let (losses, logits) = self.fused_outcome(at, batch);
        Ok(Look { losses, field: self.field(at, batch)?, logits })
    }

    fn field_to(&self, at: &Joint<T>, batch: &GanBatch<T>, v: &mut Joint<T>) -> Result<(), GanError> {
        self.velocities(at, batch, &mut v.parts_mut())
    }

    fn velocity(
        &self,
        player: Player,
        at: &Joint<T>,
        batch: &GanBatch<T>,
        out: &mut [T],
    ) -> Result<(), GanError> {
        self.velocities(at, batch, &mut [(player, out)])
    }

    fn gradient(&self, of: Player, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Joint<T>, GanError> {
        if self.consensus(batch.step).is_some() {
            return Err(GanError::Unsupported(
                "consensus changes the field, not a loss; the gradient of a loss does not show it",
            ));
        }
        if let Some(mlps) = self.fusible() {
            return Ok(Fused::new(self, mlps, at, batch, false).gradient(of));
        }
        match Layered::new(self, at, batch) {
            Some(layered) => Ok(layered.gradient(of)),
            None => self.tape_gradient(of, at, None, batch),
        }
    }

    fn linearize<'a>(
        &'a self,
        at: &'a Joint<T>,
        batch: &'a GanBatch<T>,
    ) -> Result<Box<dyn Linearized<T, GanError> + 'a>, GanError> {
        if let Some(mlps) = self.fusible() {
            return Ok(Box::new(Fused::new(self, mlps, at, batch, true)));
        }
        match Layered::new(self, at, batch).filter(Layered::multiplies) {
            Some(layered) if self.consensus(batch.step).is_none() => Ok(Box::new(layered)),
            _ => Ok(Box::new(OnTape { gan: self, at, batch })),
        }
    }

    fn hold_generator<'a>(
        &'a self,
        g: &'a [T],
        batch: &'a GanBatch<T>,
    ) -> Box<dyn HeldGenerator<T, GanError> + 'a> {
        match HeldGan::new(self, g, batch) {
            Some(held) => Box::new(held),
            None => Box::new(Direct::new(self, g, batch)),
        }
    }
}
