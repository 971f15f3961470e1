//! Figures over seeds: medians with intervals, shares, and paired tests between settings.
//!
//! The interval of a median is the percentile bootstrap's (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993,
//! ch. 13), that of a share Wilson's (1927). Two settings are compared by their differences seed by seed: under the
//! hypothesis that the setting does not matter each difference has either sign with equal probability, so the
//! distribution of their sum over all signs is the test's (Fisher 1935). Several comparisons are corrected by Holm's method
//! (1979).

use crate::metric::median;
use crate::random::{Address, Stream};
use crate::spectrum::wilson;
use rand::RngExt;

/// A median and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Middle {
    /// The median of the values that are numbers.
    pub median: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How many values were numbers.
    pub count: usize,
}

/// Resamples of a bootstrap.
const RESAMPLES: usize = 2000;

/// The median of values and its interval; None where no value is a number. `draw` tells one set of values from another.
pub fn middle(values: &[f64], draw: u64) -> Option<Middle> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return None;
    }
    let mut rng = Address::new(0, Stream::Bootstrap, draw).rng();
    let mut again = values.clone();
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            again.iter_mut().for_each(|v| *v = values[rng.random_range(0..values.len())]);
            again.sort_by(f64::total_cmp);
            median(&again)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |share: f64| medians[((share * RESAMPLES as f64) as usize).min(medians.len() - 1)];
    Some(Middle { median: median(&values), low: at(0.025), high: at(0.975), count: values.len() })
}

/// The quartiles and the median of values, NaN where there is none.
pub fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    [0.25, 0.5, 0.75].map(|share| {
        let at = share * last;
        let (low, high) = (at.floor() as usize, at.ceil() as usize);
        match (sorted.get(low), sorted.get(high)) {
            (Some(low_value), Some(high_value)) if low < high => {
                low_value + (high_value - low_value) * at.fract()
            }
            (Some(value), _) => *value,
            _ => f64::NAN,
        }
    })
}

/// How many of some runs, with the 95 % interval of the share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Share {
    /// So many of so many.
    pub fn new(count: usize, of: usize) -> Self {
        let (count, of) = (count as u64, of as u64);
        let (low, high) = wilson(count, of);
        Share { count, of, low, high }
    }

    /// The share itself; NaN of nothing.
    pub fn value(&self) -> f64 {
        self.count as f64 / self.of as f64
    }
}

/// Two settings compared seed by seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Seeds that have a number under both.
    pub pairs: usize,
    /// Mean of the differences, first minus second.
    pub difference: f64,
    /// The difference in standard deviations of the differences (Cohen's d_z); None where they do not vary.
    pub effect: Option<f64>,
    /// Seeds under which the first is larger, and those under which the second is.
    pub larger: [usize; 2],
    /// Probability of a difference at least as large, either way, if the setting did not matter.
    pub p: f64,
    /// Whether every choice of signs was tried rather than some at random.
    pub exact: bool,
}

/// Pairs up to which every choice of signs is tried.
const EXACT: usize = 16;
/// Choices of signs that are tried beyond.
const FLIPS: u64 = 20_000;

/// Compares values seed by seed; a pair with a NaN is left out. None without a pair.
pub fn paired(a: &[f64], b: &[f64]) -> Option<Paired> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).filter(|d| d.is_finite()).collect();
    let pairs = differences.len();
    if pairs == 0 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / pairs as f64;
    let spread = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (pairs as f64 - 1.0);
    let varies = spread.is_finite() && spread.sqrt() > 1e-12 * mean.abs();
    let larger = [1.0, -1.0].map(|sign| differences.iter().filter(|d| *d * sign > 0.0).count());
    let p = if pairs <= EXACT { every_sign(&differences) } else { some_signs(&differences) };
    let effect = varies.then(|| mean / spread.sqrt());
    Some(Paired { pairs, difference: mean, effect, larger, p, exact: pairs <= EXACT })
}

/// The sum that counts as at least as large as the one that was found, rounding aside.
fn threshold(differences: &[f64]) -> f64 {
    let size: f64 = differences.iter().map(|d| d.abs()).sum();
    differences.iter().sum::<f64>().abs() - 1e-12 * size
}

fn every_sign(differences: &[f64]) -> f64 {
    let least = threshold(differences);
    let all = 1u32 << differences.len();
    let sum = |signs: u32| {
        let signed = |(k, d): (usize, &f64)| if signs >> k & 1 == 1 { -d } else { *d };
        differences.iter().enumerate().map(signed).sum::<f64>()
    };
    (0..all).filter(|signs| sum(*signs).abs() >= least).count() as f64 / f64::from(all)
}

/// The same by random signs; those that were found count as one more, so that p is never 0 (Phipson & Smyth 2010).
fn some_signs(differences: &[f64]) -> f64 {
    let least = threshold(differences);
    let mut rng = Address::new(0, Stream::Signs, differences.len() as u64).rng();
    let mut sum = || differences.iter().map(|d| if rng.random::<bool>() { *d } else { -d }).sum::<f64>();
    let found = (0..FLIPS).filter(|_| sum().abs() >= least).count();
    (found + 1) as f64 / (FLIPS + 1) as f64
}

/// Holm's corrected p values of several tests, in their order.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, k) in order.into_iter().enumerate() {
        least = least.max((p[k] * (p.len() - rank) as f64).min(1.0));
        corrected[k] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::fill_normal;
    use proptest::prelude::*;

    /// Where all of n differences have one sign, two of 2^n choices of signs are as extreme.
    #[test]
    fn equal_signs_are_as_rare_as_can_be() {
        for n in [1, 5, 16] {
            let a: Vec<f64> = (1..=n).map(f64::from).collect();
            let found = paired(&a, &vec![0.0; a.len()]).unwrap();
            assert_eq!(found.p, 2.0 / 2f64.powi(n));
            assert_eq!(found.larger, [n as usize, 0]);
        }
        // With outcomes of 0 and 1 it is the exact sign test: 5 to 1 has 2 (1 + 6) of 64 choices.
        let found =
            paired(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0], &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]).unwrap();
        assert_eq!(found.p, 14.0 / 64.0);
        assert!(paired(&[f64::NAN], &[1.0]).is_none());
        assert_eq!(paired(&[2.0, 2.0], &[1.0, 1.0]).unwrap().effect, None);
    }

    /// An exact test rejects at 5 % in at most 5 % of the cases where there is nothing to be found.
    #[test]
    fn without_a_difference_p_is_no_smaller_than_it_says() {
        let cases = 400;
        let mut noise = vec![0.0; 2 * cases * 8];
        fill_normal(Address::new(3, Stream::Latent, 0), &mut noise);
        let p = |case: &[f64]| paired(&case[..8], &case[8..]).unwrap().p;
        let small = noise.chunks(16).filter(|case| p(case) <= 0.05).count();
        // Three standard deviations above 5 %.
        assert!(small <= 33, "{small}");
    }

    #[test]
    fn random_signs_agree_with_all_of_them() {
        let mut noise = vec![0.0; 16];
        fill_normal(Address::new(4, Stream::Latent, 0), &mut noise);
        for shift in [0.0, 0.3, 0.6] {
            let differences: Vec<f64> = noise.iter().map(|x| x + shift).collect();
            let (exact, random) = (every_sign(&differences), some_signs(&differences));
            let error = (exact * (1.0 - exact) / FLIPS as f64).sqrt();
            assert!((exact - random).abs() < 5.0 * error + 1e-4, "{exact} {random}");
        }
    }

    /// Intervals of the median of twenty normal draws hold the true median in about 95 of 100 cases.
    #[test]
    fn intervals_of_the_median_hold_it() {
        let cases = 300;
        let mut noise = vec![0.0; cases * 20];
        fill_normal(Address::new(5, Stream::Latent, 0), &mut noise);
        let holds = |(k, case): (usize, &[f64])| {
            let found = middle(case, k as u64).unwrap();
            found.low <= 0.0 && 0.0 <= found.high
        };
        let share = noise.chunks(20).enumerate().filter(|c| holds(*c)).count() as f64 / cases as f64;
        assert!((0.90..=0.99).contains(&share), "{share}");
        assert_eq!(middle(&[f64::NAN], 0), None);
    }

    #[test]
    fn holm_s_correction() {
        // The example of Holm's paper in numbers: steps 4, 3, 2, 1 times p, never falling.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        let wanted = [0.03, 0.06, 0.06, 0.02];
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    proptest! {
        /// Medians and quartiles move and stretch with their values, and lie in order.
        #[test]
        fn figures_move_with_their_values(values in prop::collection::vec(-1e3..1e3f64, 1..30), by in 0.5..4.0f64) {
            let moved: Vec<f64> = values.iter().map(|v| 8.0 + by * v).collect();
            let (a, b) = (middle(&values, 1).unwrap(), middle(&moved, 1).unwrap());
            for (a, b) in [(a.low, b.low), (a.median, b.median), (a.high, b.high)] {
                prop_assert!((8.0 + by * a - b).abs() < 1e-9);
            }
            prop_assert!(a.low <= a.median && a.median <= a.high);
            let [low, half, high] = quartiles(&values);
            prop_assert!(low <= half && half <= high && (half - a.median).abs() < 1e-9);
        }
    }
}
