//! What a batch leaves to chance: which numbers dropout takes out, how samples are shown to the discriminator.
//!
//! A batch holds one key, and every such number follows from it: so the losses of a batch are functions of the
//! parameters alone, and their derivatives are taken at one and the same draw.

use super::{Address, Stream, mix};

/// Bits of a key: a double holds it exactly.
const BITS: u32 = 53;

/// Where the draws of one pass over a batch come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chance {
    key: u64,
    pass: u64,
}

impl Chance {
    /// That of a key, of which the lower 53 bits count.
    pub fn new(key: u64) -> Self {
        Chance { key: key & ((1 << BITS) - 1), pass: 0 }
    }

    /// That of an address.
    pub fn at(address: Address) -> Self {
        Chance::new(address.key())
    }

    /// The key, below 2^53.
    pub fn key(self) -> u64 {
        self.key
    }

    /// The draws of another pass over the same batch.
    pub fn of_pass(self, pass: u64) -> Self {
        Chance { pass, ..self }
    }

    /// The address of draws for one use, the `number`-th of its kind.
    pub fn address(self, stream: Stream, number: u64) -> Address {
        Address { seed: self.key, stream, step: self.pass, draw: number }
    }
}

/// Numbers uniform on [0, 1), each with a place of its own: it depends on the address and on the sample's and its own
/// number, not on how many are drawn, nor in which order.
#[derive(Clone, Copy, Debug)]
pub struct Cells(u64);

impl Address {
    /// The numbers of a sample.
    pub fn cells(&self, sample: u64) -> Cells {
        Cells(mix(self.key() ^ mix(sample)))
    }
}

impl Cells {
    /// The number at a place.
    #[inline]
    pub fn at(self, place: u64) -> f64 {
        (mix(self.0 ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> (64 - BITS)) as f64
            / (1u64 << BITS) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_double() {
        let chance = Chance::at(Address::new(9, Stream::Chance, 4));
        assert_eq!(Chance::new((chance.key() as f64) as u64), chance);
        assert_ne!(chance, chance.of_pass(1));
    }

    #[test]
    fn cells_are_uniform_and_unrelated_to_their_neighbours() {
        let address = Chance::new(5).address(Stream::Dropout, 0);
        let (rows, n) = (200u64, 500u64);
        let all: Vec<f64> = (0..rows).flat_map(|row| (0..n).map(move |i| address.cells(row).at(i))).collect();
        let error = 5.0 / (all.len() as f64).sqrt();
        let mean = |of: &dyn Fn(usize) -> f64, count: usize| (0..count).map(of).sum::<f64>() / count as f64;
        let off = |i: usize| all[i] - 0.5;
        assert!(mean(&|i| off(i), all.len()).abs() < error / 12f64.sqrt());
        assert!((mean(&|i| off(i) * off(i), all.len()) - 1.0 / 12.0).abs() < error / 12.0);
        // Neighbours in a row, and the same place in neighbouring rows.
        for lag in [1, n as usize] {
            let along = mean(&|i| off(i) * off(i + lag), all.len() - lag);
            assert!(along.abs() < error / 12.0, "{lag}: {along}");
        }
    }
}
