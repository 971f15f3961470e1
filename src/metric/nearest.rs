//! Nearest training samples, and whether generated samples lie nearer to them than unseen real ones do.
//!
//! Let d(x) be the distance from x to its nearest training sample. The data-copying test of Meehan, Chaudhuri & Dasgupta
//! (2020), "A non-parametric test to detect data-copying in generative models", compares d over generated samples with d
//! over held-out real ones: P = P(d(generated) < d(held out)) + P(equal) / 2, which is 1/2 where the generator neither
//! copies nor underfits, towards 1 where it copies and towards 0 where its samples lie off the data. Their score is that
//! of Mann & Whitney's U, here with the sign that makes copying positive.

use super::distances::{by_row, comparable, distance};
use super::median;
use crate::data::Points;
use crate::nn::fused::Kernels;

/// A sample of the other cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its number.
    pub index: usize,
    /// Its Euclidean distance.
    pub distance: f64,
}

/// The `k` nearest points of `to` for each point of `from`, the nearest first; of equally near ones those that come
/// first. Fewer where `to` has fewer. None unless both have one dimension and finite numbers alone.
pub fn nearest(kernels: Kernels, from: &Points, to: &Points, k: usize) -> Option<Vec<Vec<Neighbour>>> {
    comparable(from, to).then(|| {
        by_row(kernels, from, to, |row, squares| {
            let mut order: Vec<usize> = (0..squares.len()).collect();
            let by_distance = |a: &usize, b: &usize| squares[*a].total_cmp(&squares[*b]).then(a.cmp(b));
            if k > 0 && k < order.len() {
                order.select_nth_unstable_by(k - 1, by_distance);
            }
            order.truncate(k);
            order.sort_by(by_distance);
            let neighbour = |index| Neighbour { index, distance: distance(from.row(row), to.row(index)) };
            order.into_iter().map(neighbour).collect()
        })
    })
}

/// How near generated samples come to the training samples, with held-out ones beside them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memorisation {
    /// Median distance of the generated samples to their nearest training sample.
    pub generated_median: f64,
    /// The same of the held-out samples.
    pub held_out_median: f64,
    /// P, from 0 to 1; 1/2 without copying.
    pub probability: f64,
    /// (P - 1/2) over its standard error where both distributions are equal: about standard normal there, far above 0
    /// where samples are copies.
    pub score: f64,
    /// Share of generated samples that are nearer than 99 % of the held-out ones: 0.01 without copying.
    pub copies: f64,
}

/// Compares generated with held-out samples by their distances to the training samples. None where a cloud is empty, or
/// where `nearest` gives none.
pub fn memorisation(
    kernels: Kernels,
    training: &Points,
    generated: &Points,
    held_out: &Points,
) -> Option<Memorisation> {
    if [training, generated, held_out].iter().any(|cloud| cloud.is_empty()) {
        return None;
    }
    let distances = |cloud: &Points| -> Option<Vec<f64>> {
        let found = nearest(kernels, cloud, training, 1)?;
        let mut distances: Vec<f64> = found.iter().flatten().map(|near| near.distance).collect();
        distances.sort_by(f64::total_cmp);
        Some(distances)
    };
    let (ours, theirs) = (distances(generated)?, distances(held_out)?);
    let probability = probability_below(&ours, &theirs);
    let (n, m) = (ours.len() as f64, theirs.len() as f64);
    let error = ((n + m + 1.0) / (12.0 * n * m)).sqrt();
    let limit = theirs[(0.01 * m) as usize];
    Some(Memorisation {
        generated_median: median(&ours),
        held_out_median: median(&theirs),
        probability,
        score: (probability - 0.5) / error,
        copies: ours.iter().filter(|d| **d < limit).count() as f64 / n,
    })
}

/// P(a < b) + P(a = b) / 2 over all pairs of two sorted lists.
fn probability_below(a: &[f64], b: &[f64]) -> f64 {
    let above = |x: f64| {
        let (less, not_more) = (b.partition_point(|y| *y < x), b.partition_point(|y| *y <= x));
        (b.len() - not_more) as f64 + (not_more - less) as f64 / 2.0
    };
    a.iter().map(|x| above(*x)).sum::<f64>() / (a.len() as f64 * b.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Stream, fill_normal};

    fn normal(seed: u64, n: usize) -> Points {
        let mut values = vec![0.0; n * 6];
        fill_normal(Address::new(seed, Stream::Data, 0), &mut values);
        Points::new(6, values)
    }

    #[test]
    fn neighbours_are_sorted_and_named() {
        let (from, to) = (Points::new(1, vec![2.0, -1.0]), Points::new(1, vec![0.0, 3.0, 1.0, 7.0]));
        let found = nearest(Kernels::Native, &from, &to, 2).unwrap();
        let names = |row: &[Neighbour]| row.iter().map(|n| (n.index, n.distance)).collect::<Vec<_>>();
        assert_eq!(names(&found[0]), [(1, 1.0), (2, 1.0)]);
        assert_eq!(names(&found[1]), [(0, 1.0), (2, 2.0)]);
        assert_eq!(nearest(Kernels::Native, &from, &to, 9).unwrap()[0].len(), 4);
        assert_eq!(nearest(Kernels::Native, &from, &normal(1, 3), 1), None);
    }

    #[test]
    fn copies_are_told_from_fresh_samples_and_from_bad_ones() {
        let (training, held_out) = (normal(1, 600), normal(2, 400));
        let measure = |cloud: &Points| memorisation(Kernels::Native, &training, cloud, &held_out).unwrap();
        let fresh = measure(&normal(3, 500));
        assert!(fresh.score.abs() < 4.0 && fresh.copies < 0.05, "{fresh:?}");
        let noise = normal(4, 500);
        let near = training.values[..3000].iter().zip(&noise.values).map(|(x, e)| x + 0.01 * e).collect();
        let copied = measure(&Points::new(6, near));
        assert!(copied.probability > 0.99 && copied.score > 20.0 && copied.copies > 0.99, "{copied:?}");
        let off = measure(&Points::new(6, noise.values.iter().map(|x| 3.0 * x).collect()));
        assert!(off.score < -10.0 && off.generated_median > off.held_out_median);
        // Ties count half, so a cloud against itself is at 1/2 exactly.
        assert_eq!(measure(&held_out).probability, 0.5);
        assert_eq!(memorisation(Kernels::Native, &training, &Points::new(6, vec![]), &held_out), None);
    }
}
