//! Standard normal numbers in bulk.
//!
//! Box & Muller (1958) on sixteen generators side by side (xoshiro128++, Blackman & Vigna 2021): plain loops over
//! lanes that the compiler turns into vector code. Only exactly rounded operations occur (add, multiply, square
//! root; logarithm, sine and cosine are polynomials written out), none is contracted, so every machine and every
//! vector width gives the same bits.

use super::{Address, BLOCK, mix};
use crate::scalar::Scalar;
use rayon::prelude::*;

const LANES: usize = 16;

/// Rounds of the generators whose words are turned into normal numbers together, so that what waits for a root or a quotient
/// in one has the others to go on with.
const ROUNDS: usize = 8;

/// Fills `out` with independent standard normal numbers that depend on the address alone.
pub fn fill_normal<T: Scalar>(address: Address, out: &mut [T]) {
    fill_normal_from(address, 0, out);
}

/// The same without the first `blocks * BLOCK` numbers of the draw.
pub fn fill_normal_from<T: Scalar>(address: Address, blocks: u64, out: &mut [T]) {
    let key = address.key();
    out.par_chunks_mut(BLOCK).enumerate().for_each(|(k, out)| {
        fill_block(mix(key ^ mix(blocks + k as u64)), out);
    });
}

/// One block on the widest vectors that the processor has; the bits are the same on all of them.
fn fill_block<T: Scalar>(key: u64, out: &mut [T]) {
    pulp::Arch::new().dispatch(Fill { key, out });
}

/// A block to fill. A closure would not be inlined into the code compiled for the wide vectors; this is.
struct Fill<'a, T> {
    key: u64,
    out: &'a mut [T],
}

impl<T: Scalar> pulp::NullaryFnOnce for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        fill_lanes(self.key, self.out);
    }
}

#[inline(always)]
fn fill_lanes<T: Scalar>(key: u64, out: &mut [T]) {
    let mut state = Lanes::seeded(key);
    let mut words = [[[0; LANES]; 2]; ROUNDS];
    let mut radii = [[0.0; LANES]; ROUNDS];
    for part in out.chunks_mut(2 * LANES * ROUNDS) {
        let rounds = part.len().div_ceil(2 * LANES);
        for words in &mut words[..rounds] {
            *words = [state.next(), state.next()];
        }
        for (radii, [word, _]) in radii[..rounds].iter_mut().zip(&words) {
            *radii = radii_of(word);
        }
        let mut points = radii[..rounds].iter().zip(&words).map(|(radii, [_, word])| around(radii, word));
        let (whole, rest) = part.as_chunks_mut::<{ 2 * LANES }>();
        for (to, from) in whole.iter_mut().zip(&mut points) {
            *to = from;
        }
        if let Some(from) = points.next() {
            rest.copy_from_slice(&from[..rest.len()]);
        }
    }
}

/// Sixteen xoshiro128++ generators.
struct Lanes([[u32; LANES]; 4]);

impl Lanes {
    #[inline(always)]
    fn seeded(key: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        for (lane, number) in (0..LANES).zip(1u64..) {
            let a = mix(key.wrapping_add(2 * number - 1));
            let b = mix(a ^ key.rotate_left(32));
            state[0][lane] = a as u32;
            state[1][lane] = (a >> 32) as u32;
            state[2][lane] = b as u32;
            state[3][lane] = (b >> 32) as u32 | 1;
        }
        Lanes(state)
    }

    #[inline(always)]
    fn next(&mut self) -> [u32; LANES] {
        let s = &mut self.0;
        let mut out = [0; LANES];
        for i in 0..LANES {
            out[i] = s[0][i].wrapping_add(s[3][i]).rotate_left(7).wrapping_add(s[0][i]);
            let t = s[1][i] << 9;
            s[2][i] ^= s[0][i];
            s[3][i] ^= s[1][i];
            s[1][i] ^= s[2][i];
            s[0][i] ^= s[3][i];
            s[2][i] ^= t;
            s[3][i] = s[3][i].rotate_left(11);
        }
        out
    }
}

/// The radii sqrt(-2 ln u).
#[inline(always)]
fn radii_of(words: &[u32; LANES]) -> [f32; LANES] {
    let mut radii = [0.0; LANES];
    for i in 0..LANES {
        radii[i] = (-2.0 * ln_unit(words[i])).sqrt();
    }
    radii
}

/// Two normal numbers a lane, at these radii in these directions: the cosines' first, then the sines'.
#[inline(always)]
fn around<T: Scalar>(radii: &[f32; LANES], words: &[u32; LANES]) -> [T; 2 * LANES] {
    let mut both = [T::ZERO; 2 * LANES];
    for i in 0..LANES {
        let (sin, cos) = sin_cos_turn(words[i]);
        both[i] = T::from_f32(radii[i] * cos);
        both[LANES + i] = T::from_f32(radii[i] * sin);
    }
    both
}

/// Natural logarithm of (word + 1/2) / 2^32: exponent from the float's bits, mantissa by the series of
/// 2 artanh(s), s = (m - 1) / (m + 1), with m in [sqrt(1/2), sqrt 2); error below 2e-7 relative to 1.
#[inline(always)]
fn ln_unit(word: u32) -> f32 {
    // The conversion rounds; a word of all ones becomes 2^32, whose logarithm is 0 here: a radius of 0.
    let x = word as f32 + 0.5;
    let bits = x.to_bits();
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + 0x3f35_04f3);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let series = 2.0 + s2 * (2.0 / 3.0 + s2 * (2.0 / 5.0 + s2 * (2.0 / 7.0 + s2 * (2.0 / 9.0))));
    ((exponent - 32.0) * std::f32::consts::LN_2 + s * series).min(0.0)
}

/// Sine and cosine of a full turn times word / 2^32. The two top bits choose the quadrant; within it the angle
/// lies in [-pi/4, pi/4) around the quadrant's middle axis, where Taylor polynomials are exact to 1e-8.
#[inline(always)]
fn sin_cos_turn(word: u32) -> (f32, f32) {
    let offset = (word << 2) as i32 as f32 * (std::f32::consts::FRAC_PI_4 / 2_147_483_648.0);
    let t = offset * offset;
    let sin =
        offset * (1.0 + t * (-1.0 / 6.0 + t * (1.0 / 120.0 + t * (-1.0 / 5040.0 + t * (1.0 / 362_880.0)))));
    let cos = 1.0 + t * (-0.5 + t * (1.0 / 24.0 + t * (-1.0 / 720.0 + t * (1.0 / 40_320.0))));
    let quadrant = word >> 30;
    let (a, b) = if quadrant & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let flip_sin = (quadrant & 2) << 30;
    let flip_cos = ((quadrant + 1) & 2) << 30;
    (f32::from_bits(a.to_bits() ^ flip_sin), f32::from_bits(b.to_bits() ^ flip_cos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn draw(n: usize) -> Vec<f64> {
        let mut out = vec![0.0; n];
        fill_normal(Address::new(7, Stream::Latent, 3), &mut out);
        out
    }

    #[test]
    fn moments_and_tails_are_those_of_a_normal() {
        let n = 4_000_000;
        let x = draw(n);
        let moment = |k: i32| x.iter().map(|v| v.powi(k)).sum::<f64>() / n as f64;
        // Five standard errors of each sample moment.
        let se = |variance: f64| 5.0 * (variance / n as f64).sqrt();
        assert!(moment(1).abs() < se(1.0));
        assert!((moment(2) - 1.0).abs() < se(2.0));
        assert!(moment(3).abs() < se(15.0));
        assert!((moment(4) - 3.0).abs() < se(96.0));
        let beyond = |t: f64| x.iter().filter(|v| v.abs() > t).count() as f64 / n as f64;
        for (t, p) in [(1.0, 0.317_310_5), (2.0, 0.045_500_26), (3.0, 0.002_699_796), (4.0, 6.334e-5)] {
            assert!((beyond(t) - p).abs() < se(p * (1.0 - p)), "beyond {t}: {}", beyond(t));
        }
    }

    #[test]
    fn neighbours_and_draws_are_uncorrelated() {
        let x = draw(1_000_000);
        let mut other = vec![0.0; x.len()];
        fill_normal(Address::new(7, Stream::Latent, 4), &mut other);
        let correlation =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
        for lag in [1, LANES, 2 * LANES] {
            assert!(correlation(&x[lag..], &x[..x.len() - lag]).abs() < 5e-3, "lag {lag}");
        }
        assert!(correlation(&x, &other).abs() < 5e-3);
    }

    #[test]
    fn polynomials_agree_with_the_library() {
        for k in 0..10_000u32 {
            let word = k.wrapping_mul(429_496_729).wrapping_add(k);
            let u = (word as f64 + 0.5) / 4_294_967_296.0;
            assert!((ln_unit(word) as f64 - u.ln()).abs() < 1e-5 * (1.0 + u.ln().abs()));
            let (s, c) = sin_cos_turn(word);
            assert!(((s * s + c * c) as f64 - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_prefix_is_the_same_draw() {
        let whole = draw(100_000);
        for n in [1, 16, 31, 33, 257, 1_000, BLOCK + 5, 50_000] {
            assert_eq!(whole[..n], draw(n));
        }
    }
}
