//! Precision, recall, density and coverage of samples y_1..y_M against real samples x_1..x_N, by k nearest neighbours.
//!
//! With B(x_i) the closed ball around x_i that reaches to its k-th nearest neighbour among the x, and B(y_j) likewise:
//!
//! - precision = share of the y_j that lie in some B(x_i); recall = share of the x_i that lie in some B(y_j)
//!   (Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative models", eqs. 1 to 3);
//! - density = sum over j of the number of B(x_i) that hold y_j, over k M; coverage = share of the B(x_i) that hold some
//!   y_j (Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models", eqs. 6 and 8).
//!
//! Density is 1 on average, and coverage 1 - (N - 1)...(N - k) / ((M + N - 1)...(M + N - k)), where both clouds are
//! drawn from one continuous distribution (theirs, appendix A): with N = M and k = 5 about 0.969. Precision and recall
//! have no such value.

use super::distances::{by_row, comparable, within};
use crate::data::Points;
use crate::nn::fused::Kernels;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Neighbours that Naeem et al. recommend.
pub const NEIGHBOURS: usize = 5;

/// The four measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prdc {
    /// Share of the samples that look real, 0 to 1.
    pub precision: f64,
    /// Share of the real samples that could be generated, 0 to 1.
    pub recall: f64,
    /// How densely the real neighbourhoods are filled; about 1 for real samples, and not bounded by it.
    pub density: f64,
    /// Share of the real neighbourhoods that hold a sample, 0 to 1.
    pub coverage: f64,
}

/// A cloud, and how far it is from each of its points to the k-th nearest other one.
pub struct Neighbourhoods {
    points: Points,
    k: usize,
    /// Squared distances.
    radii: Vec<f64>,
}

impl Neighbourhoods {
    /// Those of `points` with `k` neighbours. None unless there are more than `k` points and all numbers are finite.
    pub fn new(kernels: Kernels, points: &Points, k: usize) -> Option<Self> {
        radii(kernels, points, k).map(|radii| Neighbourhoods { points: points.clone(), k, radii })
    }
}

/// Measures `fake` against `real`, both in one space of features. None unless both have more than k points, one dimension,
/// and finite numbers alone.
pub fn prdc(kernels: Kernels, real: &Neighbourhoods, fake: &Points) -> Option<Prdc> {
    if !comparable(&real.points, fake) {
        return None;
    }
    let of_fake = radii(kernels, fake, real.k)?;
    // How many real balls hold each sample. They are few, and whole numbers add up alike in any order.
    let balls: Vec<AtomicUsize> = of_fake.iter().map(|_| AtomicUsize::new(0)).collect();
    let of_each_real = by_row(kernels, &real.points, fake, |i, squares| {
        let mut holds = false;
        for (balls, _) in balls.iter().zip(squares).filter(|(_, s)| within(**s, real.radii[i])) {
            balls.fetch_add(1, Ordering::Relaxed);
            holds = true;
        }
        [squares.iter().zip(&of_fake).any(|(s, radius)| within(*s, *radius)), holds]
    });
    let balls: Vec<usize> = balls.into_iter().map(AtomicUsize::into_inner).collect();
    let share = |hits: usize, all: usize| hits as f64 / all as f64;
    let hits = |which: usize| of_each_real.iter().filter(|row| row[which]).count();
    Some(Prdc {
        precision: share(balls.iter().filter(|balls| **balls > 0).count(), fake.len()),
        recall: share(hits(0), real.points.len()),
        density: share(balls.iter().sum(), real.k * fake.len()),
        coverage: share(hits(1), real.points.len()),
    })
}

/// Squared distance of each point to its `k`-th nearest neighbour, itself not counted. None unless there are more than `k`
/// points and all numbers are finite.
fn radii(kernels: Kernels, cloud: &Points, k: usize) -> Option<Vec<f64>> {
    if k == 0 || cloud.len() <= k || !comparable(cloud, cloud) {
        return None;
    }
    let radius = |i: usize, squares: &[f64]| kth_smallest(squares[..i].iter().chain(&squares[i + 1..]), k);
    Some(by_row(kernels, cloud, cloud, radius))
}

/// The k-th smallest of at least k numbers, where k is small: most numbers are only compared with the largest of the
/// k smallest so far.
fn kth_smallest<'a>(numbers: impl Iterator<Item = &'a f64>, k: usize) -> f64 {
    let mut smallest = vec![f64::INFINITY; k];
    for x in numbers {
        if *x < smallest[k - 1] {
            let place = smallest.partition_point(|y| y <= x);
            smallest[place..].rotate_right(1);
            smallest[place] = *x;
        }
    }
    smallest[k - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Stream, fill_normal};
    use proptest::prelude::*;

    fn normal(seed: u64, n: usize, dim: usize, scale: f64, shift: f64) -> Points {
        let mut values = vec![0.0; n * dim];
        fill_normal(Address::new(seed, Stream::Data, 0), &mut values);
        values.iter_mut().for_each(|x| *x = scale * *x + shift);
        Points::new(dim, values)
    }

    fn measured(kernels: Kernels, real: &Points, fake: &Points, k: usize) -> Option<Prdc> {
        prdc(kernels, &Neighbourhoods::new(kernels, real, k)?, fake)
    }

    /// The definitions word by word.
    fn oracle(real: &Points, fake: &Points, k: usize) -> Prdc {
        let distance =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
        let radius = |cloud: &Points, i: usize| {
            let mut all: Vec<f64> = cloud.rows().map(|row| distance(row, cloud.row(i))).collect();
            all.sort_by(f64::total_cmp);
            // The point itself comes first.
            all[k]
        };
        let inside =
            |point: &[f64], cloud: &Points, i: usize| distance(point, cloud.row(i)) <= radius(cloud, i);
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let any =
            |point: &[f64], cloud: &Points| f64::from((0..cloud.len()).any(|i| inside(point, cloud, i)));
        let balls = |y: &[f64]| (0..real.len()).filter(|i| inside(y, real, *i)).count() as f64;
        Prdc {
            precision: mean(fake.rows().map(|y| any(y, real)).collect()),
            recall: mean(real.rows().map(|x| any(x, fake)).collect()),
            density: fake.rows().map(balls).sum::<f64>() / (k * fake.len()) as f64,
            coverage: mean(
                (0..real.len()).map(|i| f64::from(fake.rows().any(|y| inside(y, real, i)))).collect(),
            ),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_measures_are_those_of_the_definitions(
            seed in 0u64..1000, n in 8usize..90, m in 8usize..90, dim in 1usize..6, k in 1usize..7,
            scale in 0.3..2.0f64, shift in -1.0..1.0f64,
        ) {
            let (real, fake) = (normal(seed, n, dim, 1.0, 0.0), normal(seed + 1000, m, dim, scale, shift));
            for kernels in [Kernels::Native, Kernels::Portable] {
                prop_assert_eq!(measured(kernels, &real, &fake, k), Some(oracle(&real, &fake, k)));
            }
        }
    }

    #[test]
    fn real_against_real_has_the_published_expectations() {
        let (n, k) = (2000, 5);
        let p = measured(Kernels::Native, &normal(1, n, 8, 1.0, 0.0), &normal(2, n, 8, 1.0, 0.0), k).unwrap();
        let chance = |j: usize| (n - j) as f64 / (2 * n - j) as f64;
        let coverage = 1.0 - (1..=k).map(chance).product::<f64>();
        assert!((p.density - 1.0).abs() < 0.1, "{p:?}");
        assert!((p.coverage - coverage).abs() < 0.02, "{p:?} {coverage}");
    }

    #[test]
    fn a_copy_is_perfect_and_a_collapsed_cloud_shows_in_recall_and_coverage() {
        let real = normal(1, 300, 4, 1.0, 0.0);
        let copy = measured(Kernels::Native, &real, &real, 5).unwrap();
        // The closed ball of a point holds itself and its five neighbours.
        assert_eq!((copy.precision, copy.recall, copy.coverage), (1.0, 1.0, 1.0));
        assert!((copy.density - 6.0 / 5.0).abs() < 1e-12);
        let one = Points::new(4, real.row(7).repeat(300));
        let collapsed = measured(Kernels::Native, &real, &one, 5).unwrap();
        assert_eq!((collapsed.precision, collapsed.recall), (1.0, 1.0 / 300.0));
        assert!(collapsed.coverage < 0.1 && collapsed.density >= 0.2);
        assert_eq!(measured(Kernels::Native, &real, &normal(2, 5, 4, 1.0, 0.0), 5), None);
        assert_eq!(measured(Kernels::Native, &real, &normal(2, 50, 3, 1.0, 0.0), 5), None);
        let mut broken = real.clone();
        broken.values[3] = f64::NAN;
        assert_eq!(measured(Kernels::Native, &real, &broken, 5), None);
    }
}
