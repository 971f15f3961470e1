//! The sliced Wasserstein-2 distance (Bonneel et al. 2015).
//!
//! SW2(P, Q)^2 = mean over directions u of W2(u'P, u'Q)^2, u uniform on the unit sphere. On the line, W2 couples the
//! sorted samples: the mean of (x_(i) - y_(i))^2 for clouds of equal size, and the same integral over quantiles for
//! others. A cloud moved by m is at the distance |m| in one dimension, |m| / sqrt(2) in two, and near |m| / sqrt(dim) in
//! others.

use crate::data::{Points, sample_latent};
use crate::random::{Address, fill_uniform};
use crate::scenario::Latent;
use rayon::prelude::*;

/// The number of directions by the dimension of the data: one is exact on the line; in the plane they are evenly spaced,
/// turned together by a random angle, and half as many are closer to the mean than random ones.
pub fn directions(dim: usize) -> usize {
    match dim {
        0 | 1 => 1,
        2 => 32,
        _ => 64,
    }
}

/// Unit vectors, one row each.
fn unit_vectors(dim: usize, address: Address) -> Points {
    let count = directions(dim);
    let mut rows = vec![1.0; count * dim];
    if dim == 2 {
        let mut turn = [0.0];
        fill_uniform(address, &mut turn);
        for (k, row) in rows.chunks_exact_mut(2).enumerate() {
            let (sin, cos) = libm::sincos(std::f64::consts::PI * (k as f64 + turn[0]) / count as f64);
            row.copy_from_slice(&[cos, sin]);
        }
    } else if dim > 2 {
        sample_latent(Latent::Sphere, address, dim, &mut rows);
    }
    Points::new(dim, rows)
}

/// A cloud seen along several directions.
#[derive(Clone, Debug)]
pub(super) struct Projections {
    /// Unit vectors, one row each.
    directions: Points,
    /// Sorted coordinates of the cloud along each direction, as `ordered` integers.
    sorted: Vec<Vec<i64>>,
}

impl Projections {
    /// Projects a cloud on `directions` of its dimension.
    pub fn new(cloud: &Points, address: Address) -> Self {
        let directions = unit_vectors(cloud.dim, address);
        let sorted = (0..directions.len()).into_par_iter().map(|k| along(cloud, directions.row(k))).collect();
        Projections { directions, sorted }
    }

    /// The distance of another cloud of the same dimension; NaN if one of them is empty.
    pub fn distance(&self, cloud: &Points) -> f64 {
        let squares: Vec<f64> = (0..self.directions.len())
            .into_par_iter()
            .map(|k| squared_w2(&along(cloud, self.directions.row(k)), &self.sorted[k]))
            .collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    }
}

/// Sorted coordinates of a cloud along a direction.
fn along(cloud: &Points, direction: &[f64]) -> Vec<i64> {
    let dot = |row: &[f64]| row.iter().zip(direction).map(|(x, u)| x * u).sum::<f64>();
    let mut sorted: Vec<i64> = match direction {
        // The same sums, several at once.
        [u, v] => cloud.values.as_chunks().0.iter().map(|[x, y]| ordered(x * u + y * v)).collect(),
        _ => cloud.rows().map(|row| ordered(dot(row))).collect(),
    };
    sorted.sort_unstable();
    sorted
}

/// A number as an integer in the same order; integers are sorted several times faster. Its own inverse on the bits.
fn ordered(x: f64) -> i64 {
    flip(x.to_bits() as i64)
}

fn number(ordered: i64) -> f64 {
    f64::from_bits(flip(ordered) as u64)
}

fn flip(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// W2^2 of two sorted samples on the line.
fn squared_w2(a: &[i64], b: &[i64]) -> f64 {
    let square = |x: i64, y: i64| {
        let difference = number(x) - number(y);
        difference * difference
    };
    if a.is_empty() || b.is_empty() {
        return f64::NAN;
    }
    if a.len() == b.len() {
        return a.iter().zip(b).map(|(x, y)| square(*x, *y)).sum::<f64>() / a.len() as f64;
    }
    // Each point of one cloud is cut into as many pieces as the other has points.
    let (mut i, mut j, mut left_a, mut left_b) = (0, 0, b.len(), a.len());
    let mut sum = 0.0;
    while i < a.len() && j < b.len() {
        let moved = left_a.min(left_b);
        sum += moved as f64 * square(a[i], b[j]);
        left_a -= moved;
        left_b -= moved;
        if left_a == 0 {
            (i, left_a) = (i + 1, b.len());
        }
        if left_b == 0 {
            (j, left_b) = (j + 1, a.len());
        }
    }
    sum / (a.len() as f64 * b.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[f64]) -> Vec<i64> {
        along(&Points::new(1, values.to_vec()), &[1.0])
    }

    #[test]
    fn integers_keep_the_order_and_the_bits_of_numbers() {
        let numbers = [f64::NEG_INFINITY, -1e300, -1.5, -1e-300, -0.0, 0.0, 1e-300, 1.0, 7.5, f64::INFINITY];
        let integers = numbers.map(ordered);
        assert!(integers.is_sorted());
        assert!(integers.iter().zip(numbers).all(|(i, x)| number(*i).to_bits() == x.to_bits()));
    }

    #[test]
    fn even_directions_of_the_plane_are_closer_to_the_mean_than_twice_as_many_random_ones() {
        let ring = |k: usize| libm::sincos(std::f64::consts::TAU * k as f64 / 8.0);
        let data = Points::new(2, (0..400).flat_map(|k| [ring(k).0, ring(k).1]).collect());
        // Three of eight modes.
        let fake = Points::new(2, (0..400).flat_map(|k| [ring(k % 3).0, ring(k % 3).1]).collect());
        let squares = |from: &Points| -> Vec<f64> {
            from.rows().map(|u| squared_w2(&along(&data, u), &along(&fake, u))).collect()
        };
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let many = 4096;
        let turned = |k: usize| libm::sincos(std::f64::consts::PI * k as f64 / many as f64);
        let truth =
            mean(&squares(&Points::new(2, (0..many).flat_map(|k| [turned(k).1, turned(k).0]).collect())));
        let address = |k: u64| Address::new(1, crate::random::Stream::Projections, k);
        let error = |estimate: f64| (estimate - truth).abs();
        let even = (0..20).map(|k| error(mean(&squares(&unit_vectors(2, address(k)))))).fold(0.0, f64::max);
        let random = |k: u64| {
            let mut rows = vec![0.0; 128];
            sample_latent(Latent::Sphere, address(k), 2, &mut rows);
            error(mean(&squares(&Points::new(2, rows))))
        };
        let random = mean(&(0..20).map(random).collect::<Vec<_>>());
        assert!(even < 0.2 * random, "{even} {random}");
    }

    #[test]
    fn clouds_of_different_sizes_are_compared_by_quantiles() {
        let (a, b) = (sorted(&[3.0, 1.0]), sorted(&[1.0, 1.0, 2.0, 4.0, 3.0, 3.5]));
        let doubled = sorted(&[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]);
        assert!((squared_w2(&a, &b) - squared_w2(&doubled, &b)).abs() < 1e-15);
        assert!((squared_w2(&b, &a) - squared_w2(&doubled, &b)).abs() < 1e-15);
        assert!(squared_w2(&a, &[]).is_nan());
    }
}
