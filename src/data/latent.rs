//! Latent vectors: what the generator is fed with.

use crate::random::{self, Address, fill_normal_from, fill_uniform_from};
use crate::scalar::Scalar;
use crate::scenario::Latent;
use rayon::prelude::*;

/// Numbers normalised by one task, about; whole rows always.
const BLOCK: usize = 16_384;

/// Fills `out` with latent vectors, rows of `dim` coordinates, that depend on the address alone.
///
/// Normal: independent standard normals. Uniform: independent and uniform on (-1, 1). Sphere: normals divided by
/// their Euclidean norm, uniform on the unit sphere (Muller 1959); with `dim` 1 it consists of -1 and 1.
pub fn sample_latent<T: Scalar>(prior: Latent, address: Address, dim: usize, out: &mut [T]) {
    sample_latent_from(prior, address, dim, 0, out);
}

/// Rows of a piece that can be drawn by itself: the least number behind which a block of random numbers begins.
pub fn rows_apart(dim: usize) -> usize {
    let common = 1 << dim.trailing_zeros().min(random::BLOCK.trailing_zeros());
    random::BLOCK / common
}

/// The same from the row `first` on, a multiple of `rows_apart`.
pub fn sample_latent_from<T: Scalar>(
    prior: Latent,
    address: Address,
    dim: usize,
    first: usize,
    out: &mut [T],
) {
    debug_assert!(first.is_multiple_of(rows_apart(dim)));
    let blocks = (first * dim / random::BLOCK) as u64;
    match prior {
        Latent::Normal => fill_normal_from(address, blocks, out),
        Latent::Uniform => fill_uniform_from(address, blocks, out),
        Latent::Sphere => {
            fill_normal_from(address, blocks, out);
            let dim = dim.max(1);
            let rows = (BLOCK / dim).max(1);
            out.par_chunks_mut(rows * dim).for_each(|block| block.chunks_mut(dim).for_each(normalise));
        }
    }
}

/// Divides a row by its Euclidean norm, in double precision.
fn normalise<T: Scalar>(row: &mut [T]) {
    let square: f64 = row.iter().map(|x| x.f64() * x.f64()).sum();
    let norm = square.sqrt();
    if norm > 0.0 {
        row.iter_mut().for_each(|x| *x = T::of(x.f64() / norm));
    } else if let Some(first) = row.first_mut() {
        // All normals were exactly zero, which has no direction; any fixed point of the sphere will do.
        *first = T::ONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn draw(prior: Latent, dim: usize, n: usize) -> Vec<f64> {
        let mut out = vec![0.0; dim * n];
        sample_latent(prior, Address::new(4, Stream::Latent, 9), dim, &mut out);
        out
    }

    #[test]
    fn each_prior_has_its_moments() {
        let (dim, n) = (5, 40_000);
        for (prior, variance) in
            [(Latent::Normal, 1.0f64), (Latent::Uniform, 1.0 / 3.0), (Latent::Sphere, 0.2)]
        {
            let z = draw(prior, dim, n);
            let mean = z.iter().sum::<f64>() / z.len() as f64;
            let second = z.iter().map(|x| x * x).sum::<f64>() / z.len() as f64;
            let error = 5.0 / (z.len() as f64).sqrt();
            assert!(mean.abs() < error * variance.sqrt(), "{prior:?}: {mean}");
            assert!((second - variance).abs() < 1.5 * error * variance, "{prior:?}: {second}");
        }
    }

    #[test]
    fn the_sphere_has_norm_one() {
        for dim in [1, 2, 7, 256] {
            for row in draw(Latent::Sphere, dim, 500).chunks(dim) {
                let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                assert!((norm - 1.0).abs() < 1e-14, "dim {dim}: {norm}");
            }
        }
        assert!(draw(Latent::Sphere, 1, 100).iter().all(|x| x.abs() == 1.0));
    }

    #[test]
    fn single_and_double_precision_see_the_same_normal_and_uniform_numbers() {
        for prior in [Latent::Normal, Latent::Uniform] {
            let mut single = vec![0f32; 1000];
            sample_latent(prior, Address::new(4, Stream::Latent, 9), 10, &mut single);
            let double = draw(prior, 10, 100);
            assert!(single.iter().zip(&double).all(|(a, b)| *a as f64 == *b));
        }
    }

    #[test]
    fn a_piece_is_what_the_whole_holds_there() {
        for prior in [Latent::Normal, Latent::Uniform, Latent::Sphere] {
            for dim in [1, 6, 100, 256] {
                let first = rows_apart(dim);
                let whole = draw(prior, dim, first + 7);
                let mut piece = vec![0.0; 7 * dim];
                let address = Address::new(4, Stream::Latent, 9);
                sample_latent_from(prior, address, dim, first, &mut piece);
                assert_eq!(whole[first * dim..], piece, "{prior:?} {dim}");
            }
        }
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        let mut out = [9.0f32; 5];
        sample_latent(Latent::Sphere, Address::new(4, Stream::Latent, 9), 3, &mut out);
        sample_latent(Latent::Sphere, Address::new(4, Stream::Latent, 9), 0, &mut out);
        sample_latent::<f64>(Latent::Uniform, Address::new(4, Stream::Latent, 9), 3, &mut []);
        assert!(out.iter().all(|x| x.abs() == 1.0));
    }
}
