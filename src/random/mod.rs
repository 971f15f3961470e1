//! Randomness that is addressed, not consumed.
//!
//! A run has one seed. Every use of randomness names what it is for (`Stream`), the training step, and the draw
//! within that step; the numbers follow from that address alone. A resumed run and an uninterrupted one therefore
//! see the same numbers, and no number depends on how many threads drew them.

mod chance;
mod normal;
mod uniform;

pub use chance::Chance;
pub use normal::{fill_normal, fill_normal_from};
pub use uniform::{fill_uniform, fill_uniform_from};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Numbers drawn in bulk from one seeding; blocks of so many are independent, so threads may fill them in any order.
pub const BLOCK: usize = 16_384;

/// What a draw is for. Each use has its own stream, so that adding draws to one changes no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Stream {
    /// Initial weights of the discriminator.
    InitDiscriminator = 1,
    /// Initial weights of the generator.
    InitGenerator = 2,
    /// Latent vectors of training batches.
    Latent = 3,
    /// Real samples of training batches.
    Data = 4,
    /// Interpolation points of gradient penalties.
    Mix = 5,
    /// Real samples that a record is measured on.
    EvalData = 6,
    /// Latent vectors that a record is measured on.
    EvalLatent = 7,
    /// Projections of the sliced Wasserstein distance.
    Projections = 8,
    /// Weights of the fixed teacher network.
    Teacher = 9,
    /// Batches on which spectra are taken.
    Analysis = 10,
    /// Real samples drawn as the backdrop of pictures.
    Picture = 11,
    /// The random matrix of a bilinear game.
    Matrix = 12,
    /// Which images of a data set are held out, whatever the run's seed.
    HeldOut = 20,
    /// Resampling by which intervals are found.
    Bootstrap = 21,
    /// Weights and batches of the classifier of images, whatever the run's seed.
    Classifier = 22,
    /// The key of what a batch leaves to chance.
    Chance = 23,
    /// Numbers that dropout takes out.
    Dropout = 24,
    /// Labels of generated samples.
    Labels = 25,
    /// How each sample is augmented.
    Augment = 26,
    /// Instance noise.
    Noise = 27,
    /// Settings of a sweep that are drawn.
    Sweep = 30,
    /// Signs that a permutation test flips.
    Signs = 31,
}

/// The address of a draw: everything its numbers depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Seed of the run.
    pub seed: u64,
    /// What the draw is for.
    pub stream: Stream,
    /// Step of the training, or any other running number.
    pub step: u64,
    /// Number of the draw within the step.
    pub draw: u64,
}

impl Address {
    /// The address of the first draw of a step.
    pub fn new(seed: u64, stream: Stream, step: u64) -> Self {
        Address { seed, stream, step, draw: 0 }
    }

    /// The same address with another number of the draw.
    pub fn with_draw(self, draw: u64) -> Self {
        Address { draw, ..self }
    }

    /// A generator of random numbers at this address, for small draws.
    pub fn rng(&self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.key())
    }

    /// A 64-bit key in which every field of the address is mixed.
    pub(crate) fn key(&self) -> u64 {
        [self.stream as u64, self.step, self.draw]
            .into_iter()
            .fold(mix(self.seed ^ 0x6a09_e667_f3bc_c908), |key, part| {
                mix(key ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            })
    }
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection of 64 bits that avalanches.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_part_of_an_address_counts() {
        let base = Address::new(1, Stream::Latent, 5);
        let keys = [
            base,
            base.with_draw(1),
            Address::new(2, Stream::Latent, 5),
            Address::new(1, Stream::Data, 5),
            Address::new(1, Stream::Latent, 6),
        ]
        .map(|a| a.key());
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }
}
