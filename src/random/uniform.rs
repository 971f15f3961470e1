//! Uniform numbers in bulk.

use super::{Address, BLOCK, mix};
use crate::scalar::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Fills `out` with independent numbers, uniform on (-1, 1), that depend on the address alone.
///
/// Each is an odd multiple of 2^-24: symmetric about zero, never -1, 0 or 1, and exact in single precision, so that
/// both precisions see the same numbers.
pub fn fill_uniform<T: Scalar>(address: Address, out: &mut [T]) {
    fill_uniform_from(address, 0, out);
}

/// The same without the first `blocks * BLOCK` numbers of the draw.
pub fn fill_uniform_from<T: Scalar>(address: Address, blocks: u64, out: &mut [T]) {
    let key = address.key();
    out.par_chunks_mut(BLOCK).enumerate().for_each(|(k, out)| {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(mix(key ^ mix(blocks + k as u64)));
        for pair in out.chunks_mut(2) {
            let word = rng.next_u64();
            // The upper 24 bits of each half.
            for (x, half) in pair.iter_mut().zip([(word >> 40) as u32, (word >> 8) as u32 & 0x00ff_ffff]) {
                *x = T::from_f32((2 * half as i32 + 1 - (1 << 24)) as f32 / (1 << 24) as f32);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn every_tenth_of_the_interval_gets_its_share() {
        let n = 1_000_000;
        let mut out = vec![0.0f64; n];
        fill_uniform(Address::new(1, Stream::Latent, 0), &mut out);
        assert!(out.iter().all(|x| x.abs() < 1.0 && *x != 0.0));
        for tenth in 0..10 {
            let low = -1.0 + 0.2 * tenth as f64;
            let share = out.iter().filter(|x| (low..low + 0.2).contains(*x)).count() as f64 / n as f64;
            assert!((share - 0.1).abs() < 5.0 * (0.09 / n as f64).sqrt());
        }
        let neighbours = out.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64;
        assert!(neighbours.abs() < 5.0 / 3.0 / (n as f64).sqrt());
    }

    #[test]
    fn a_prefix_is_the_same_draw() {
        let draw = |n: usize| {
            let mut out = vec![0.0f32; n];
            fill_uniform(Address::new(1, Stream::Latent, 5), &mut out);
            out
        };
        assert_eq!(draw(50_001)[..20_000], draw(20_000));
    }
}
