//! The birthday-paradox test of Arora & Zhang (2017), "Do GANs actually learn the distribution?".
//!
//! Among s samples of a distribution p there are on average C(s, 2) sum p^2 pairs of equal ones, so K pairs in B batches
//! give 1 / sum p^2 = B C(s, 2) / K. That number is the size of the support where p is uniform on it, and below the size
//! where it is not: it is how many images a uniform distribution with as many duplicates would have. A batch has a
//! duplicate with probability near 1/2 at s = 1.18 sqrt(1 / sum p^2).
//!
//! Pairs of a batch are pairwise independent under a uniform p, so K has the mean and nearly the variance of a Poisson
//! count, and the interval of Garwood (1936) for its mean is one for the support. Its rate holds while triples of equal
//! samples are rare, which is s well below the support.
//!
//! Generated images are never equal to the last bit. Two count as duplicates at a distance of at most `threshold`, which
//! `threshold_of_real` takes from real samples; the pairs it finds must be looked at.

use super::distances::{by_row, distance, within};
use super::poisson;
use crate::data::Points;
use crate::nn::fused::Kernels;

/// Two samples of one cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Number of the one, the smaller.
    pub first: usize,
    /// Number of the other.
    pub second: usize,
    /// Euclidean distance between them.
    pub distance: f64,
}

/// What the test found.
#[derive(Clone, Debug, PartialEq)]
pub struct Birthday {
    /// Samples a batch.
    pub batch: usize,
    /// Batches.
    pub batches: usize,
    /// Batches with at least one pair of near duplicates.
    pub with_duplicates: usize,
    /// Pairs of near duplicates within batches.
    pub pairs: u64,
    /// Estimate of 1 / sum p^2; infinite without duplicates.
    pub support: f64,
    /// Interval of the support at the level that was asked for; the upper end is infinite without duplicates.
    pub interval: [f64; 2],
    /// The closest pairs within batches, the nearest first, whether they are near duplicates or not.
    pub closest: Vec<Pair>,
}

/// Tests a cloud in batches of `batch` consecutive samples (a rest is left out), with a `threshold` in units of the
/// samples, an interval at `level`, say 0.95, and the `keep` closest pairs. None where there is no whole batch of two, or
/// where numbers are not finite.
pub fn birthday(
    kernels: Kernels,
    cloud: &Points,
    batch: usize,
    threshold: f64,
    level: f64,
    keep: usize,
) -> Option<Birthday> {
    let batches = batches(cloud, batch)?;
    let (mut with_duplicates, mut pairs, mut closest) = (0, 0, Vec::new());
    for (number, points) in batches.iter().enumerate() {
        let (found, mut nearest) = duplicates(kernels, points, threshold, keep);
        with_duplicates += usize::from(found > 0);
        pairs += found;
        let start = number * batch;
        nearest
            .iter_mut()
            .for_each(|pair| (pair.first, pair.second) = (pair.first + start, pair.second + start));
        closest.append(&mut nearest);
        closest_first(&mut closest, keep);
    }
    let tried = batches.len() as f64 * batch as f64 * (batch - 1) as f64 / 2.0;
    let [low, high] = poisson::interval(pairs, level);
    Some(Birthday {
        batch,
        batches: batches.len(),
        with_duplicates,
        pairs,
        support: tried / pairs as f64,
        interval: [tried / high, tried / low],
        closest,
    })
}

/// The distance below which the closest pair of a real batch falls with the given share of batches, say 0.05: pairs of
/// generated samples that are nearer than that are nearer than chance makes real ones. None where `birthday` gives none.
pub fn threshold_of_real(kernels: Kernels, real: &Points, batch: usize, share: f64) -> Option<f64> {
    let batches = batches(real, batch)?;
    let closest = |points: &Points| duplicates(kernels, points, 0.0, 1).1.first().map(|pair| pair.distance);
    let mut distances: Vec<f64> = batches.iter().filter_map(closest).collect();
    distances.sort_by(f64::total_cmp);
    let index = (share.clamp(0.0, 1.0) * distances.len() as f64) as usize;
    distances.get(index.min(distances.len().saturating_sub(1))).copied()
}

fn batches(cloud: &Points, batch: usize) -> Option<Vec<Points>> {
    if batch < 2 || cloud.len() < batch || !cloud.values.iter().all(|x| x.is_finite()) {
        return None;
    }
    let whole = cloud.values.chunks_exact(batch * cloud.dim);
    Some(whole.map(|values| Points::new(cloud.dim, values.to_vec())).collect())
}

/// Number of pairs within the threshold, and the closest pairs, the nearest first.
fn duplicates(kernels: Kernels, points: &Points, threshold: f64, keep: usize) -> (u64, Vec<Pair>) {
    let square = threshold * threshold;
    let rows = by_row(kernels, points, points, |first, squares| {
        let later = (first + 1..).zip(&squares[first + 1..]);
        let found = later.clone().filter(|(_, s)| within(**s, square)).count() as u64;
        let mut pairs: Vec<Pair> =
            later.map(|(second, s)| Pair { first, second, distance: s.sqrt() }).collect();
        closest_first(&mut pairs, keep);
        (found, pairs)
    });
    let found = rows.iter().map(|(found, _)| found).sum();
    let mut pairs: Vec<Pair> = rows.into_iter().flat_map(|(_, pairs)| pairs).collect();
    closest_first(&mut pairs, keep);
    pairs
        .iter_mut()
        .for_each(|pair| pair.distance = distance(points.row(pair.first), points.row(pair.second)));
    (found, pairs)
}

/// Keeps the closest pairs, in order; of equal ones those that come first.
fn closest_first(pairs: &mut Vec<Pair>, keep: usize) {
    let order = |a: &Pair, b: &Pair| {
        a.distance.total_cmp(&b.distance).then(a.first.cmp(&b.first)).then(a.second.cmp(&b.second))
    };
    if keep > 0 && pairs.len() > keep {
        pairs.select_nth_unstable_by(keep - 1, order);
    }
    pairs.truncate(keep);
    pairs.sort_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RealData;
    use crate::random::{Address, Stream};
    use crate::scenario::Data;

    /// Far below the distance of two distinct shapes, which differ by at least half the range in some pixel.
    const SAME: f64 = 0.1;

    #[test]
    fn known_supports_are_recovered_at_the_stated_rate() {
        let (tests, level) = (300, 0.9);
        for (size, support, batch) in [(8, 100, 30), (16, 1000, 100), (16, 10_000, 300)] {
            let data = RealData::new(&Data::Shapes { size, support }).unwrap().unwrap();
            let mut hits = 0;
            let mut duplicated = 0;
            for test in 0..tests {
                let cloud = data.sample(Address::new(test, Stream::Data, 0), 2 * batch);
                let found = birthday(Kernels::Native, &cloud, batch, SAME, level, 1).unwrap();
                hits += u64::from(found.interval[0] <= support as f64 && support as f64 <= found.interval[1]);
                duplicated += found.with_duplicates;
                assert_eq!(found.pairs > 0, found.closest[0].distance == 0.0);
            }
            // Garwood's interval never covers less than its level; four standard errors below that.
            let rate = hits as f64 / tests as f64;
            let error = (level * (1.0 - level) / tests as f64).sqrt();
            assert!(rate > level - 4.0 * error && rate < 1.0, "support {support}: {rate}");
            // The birthday problem itself: no duplicate with probability prod (1 - i / N).
            let none: f64 = (0..batch).map(|i| 1.0 - i as f64 / support as f64).product();
            let share = duplicated as f64 / (2 * tests) as f64;
            let error = (none * (1.0 - none) / (2 * tests) as f64).sqrt();
            assert!((share - (1.0 - none)).abs() < 4.0 * error + 1e-9, "support {support}: {share} {none}");
        }
    }

    #[test]
    fn the_estimate_narrows_on_the_support() {
        let data = RealData::new(&Data::Shapes { size: 8, support: 100 }).unwrap().unwrap();
        let cloud = data.sample(Address::new(1, Stream::Data, 0), 20_000);
        let found = birthday(Kernels::Native, &cloud, 20, SAME, 0.99, 3).unwrap();
        assert_eq!(found.batches, 1000);
        assert!(found.interval[0] < 100.0 && 100.0 < found.interval[1], "{found:?}");
        assert!(found.interval[1] / found.interval[0] < 1.2 && (found.support - 100.0).abs() < 10.0);
    }

    #[test]
    fn pairs_are_named_by_their_place_in_the_cloud() {
        let cloud = Points::new(1, vec![0.0, 5.0, 9.0, 100.0, 100.25, 103.0, 1e3]);
        let found = birthday(Kernels::Native, &cloud, 3, 0.5, 0.95, 2).unwrap();
        assert_eq!((found.batches, found.with_duplicates, found.pairs, found.support), (2, 1, 1, 6.0));
        let expected =
            [(3, 4, 0.25), (4, 5, 2.75)].map(|(first, second, distance)| Pair { first, second, distance });
        assert_eq!(found.closest, expected);
        let none = birthday(Kernels::Native, &cloud, 3, 0.1, 0.95, 0).unwrap();
        assert_eq!((none.support, none.interval[1]), (f64::INFINITY, f64::INFINITY));
        // With no pair in six, the mean is below 3.69 at 95 %.
        assert!((none.interval[0] - 6.0 / 3.689).abs() < 1e-2);
        assert_eq!(birthday(Kernels::Native, &cloud, 8, 0.1, 0.95, 0), None);
        assert_eq!(birthday(Kernels::Native, &cloud, 1, 0.1, 0.95, 0), None);
        assert_eq!(threshold_of_real(Kernels::Native, &cloud, 3, 0.0), Some(0.25));
        assert_eq!(threshold_of_real(Kernels::Native, &cloud, 3, 0.5), Some(4.0));
    }
}
