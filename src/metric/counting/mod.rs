//! Counting modes through a classifier that errs.
//!
//! A stack of c images has (number of classes)^c modes, and one wrong image moves it to a mode that was never generated.
//! So with many samples a classifier of 97 % turns 100 true modes into some 800 counted ones. What the classifier does to
//! single images is known from held-out ones, its confusion matrix C[t, p] = P(predicted p | true t). Images of a stack
//! are classified one by one, so stacks with true expected counts v are seen with the counts
//!
//! ```text
//! mu[y] = sum over m of v[m] C[m_1, y_1] ... C[m_c, y_c]
//! ```
//!
//! `corrected` looks for the modes that no misclassification of the others explains: it fits v on a set of modes by the
//! EM iteration v <- v C(n / C'v) (Richardson 1972, Lucy 1974; the maximum likelihood for Poisson counts n), takes the
//! counts that the other modes lead one to expect at y, and keeps y only where `n[y]` is more than these and the
//! uncertainty of C make plausible. Its interval is that of the parametric bootstrap (Efron & Tibshirani 1993, ch. 6).
//!
//! Whether that can be trusted is not argued but checked: real stacks restricted to known numbers of modes go through
//! the same count (`check`), and `judged` prints what stood that test, or nothing.

mod confusion;
mod unfold;

pub use confusion::Confusion;

use super::classes::class_counts;
use crate::random::Address;
use rand::RngExt;
use rayon::prelude::*;
use unfold::Unfolding;

/// A count that departs from the truth by more than this share is not printed.
pub const TOLERANCE: f64 = 0.05;
/// Repetitions of the bootstrap.
const REPETITIONS: u64 = 99;

/// A corrected number of modes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrected {
    /// Modes that no misclassification of others explains.
    pub modes: f64,
    /// Their interval at the level that was asked for.
    pub interval: [f64; 2],
}

/// Corrects the counts of predicted labels of stacks of `images` single ones; `counts` has one number a mode,
/// classes^images of them, the first image's label the most significant. `level` is that of the interval, say 0.95, and
/// `address` that of its random numbers. None where the numbers do not fit each other, or a class of the confusion
/// matrix was never seen.
pub fn corrected(
    confusion: &Confusion,
    images: usize,
    counts: &[u64],
    level: f64,
    address: Address,
) -> Option<Corrected> {
    let unfolding = Unfolding::new(confusion, images)?;
    if counts.len() != unfolding.modes() {
        return None;
    }
    let found = unfolding.fit(counts);
    let modes = found.modes() as f64;
    let expected = unfolding.seen(&found.expected);
    let samples = counts.iter().sum::<u64>();
    let mut departures: Vec<f64> = (0..REPETITIONS)
        .into_par_iter()
        .filter_map(|repetition| {
            let mut rng = address.with_draw(repetition).rng();
            let again = confusion.resampled(unfolding.chance(), &mut rng);
            let drawn = draw(&expected, samples, &mut rng);
            Some(Unfolding::new(&again, images)?.fit(&drawn).modes() as f64 - modes)
        })
        .collect();
    departures.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let index = (share * (departures.len() as f64 + 1.0)).round() as usize;
        departures.get(index.clamp(1, departures.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    };
    let side = (1.0 - level) / 2.0;
    let most = counts.len() as f64;
    // The bootstrap also tells the count's bias; the interval is freed of it, but never so as to leave the count out.
    let low = (modes - quantile(1.0 - side)).clamp(0.0, modes);
    let high = (modes - quantile(side)).clamp(modes, most);
    Some(Corrected { modes, interval: [low, high] })
}

/// Counts of `samples` draws from classes with these weights.
fn draw(weights: &[f64], samples: u64, rng: &mut impl rand::Rng) -> Vec<u64> {
    let mut sum = 0.0;
    let below: Vec<f64> = weights
        .iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    let mut counts = vec![0; weights.len()];
    for _ in 0..samples {
        let at = rng.random::<f64>() * sum;
        counts[below.partition_point(|end| *end <= at).min(weights.len() - 1)] += 1;
    }
    counts
}

/// What the count makes of real samples whose number of modes is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// Modes that the samples were restricted to.
    pub known: usize,
    /// Modes with at least `least` samples by the predicted labels.
    pub counted: usize,
    /// The corrected count.
    pub corrected: Corrected,
}

/// Sends predicted labels of real samples from `known` modes through the count; `least` is the number of samples from
/// which a mode counts. None as for `corrected`.
pub fn check(
    confusion: &Confusion,
    images: usize,
    predicted: &[u32],
    known: usize,
    least: u64,
    level: f64,
    address: Address,
) -> Option<Check> {
    let modes = confusion.classes().checked_pow(images as u32)?;
    let counts = class_counts(predicted, modes);
    let counted = counts.iter().filter(|count| **count >= least).count();
    Some(Check { known, counted, corrected: corrected(confusion, images, &counts, level, address)? })
}

/// The number of modes that may be printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModeCount {
    /// The count itself: it overstated none of the known numbers by more than 5 %.
    Counted(usize),
    /// The corrected one: the count itself overstates, and the corrected one missed none of the known numbers by more
    /// than 5 %.
    Corrected(Corrected),
    /// None: both miss the known numbers.
    Unknown,
}

/// Which number may be printed, by how both did on known ones. Without any check none may.
pub fn judged(counted: usize, corrected: Corrected, checks: &[Check]) -> ModeCount {
    let overstates = |c: &Check| c.counted as f64 > (1.0 + TOLERANCE) * c.known as f64;
    let misses = |c: &Check| (c.corrected.modes - c.known as f64).abs() > TOLERANCE * c.known as f64;
    match (checks.is_empty(), checks.iter().any(overstates), checks.iter().any(misses)) {
        (true, ..) | (_, true, true) => ModeCount::Unknown,
        (_, false, _) => ModeCount::Counted(counted),
        (_, true, false) => ModeCount::Corrected(corrected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    const IMAGES: usize = 3;
    const SAMPLES: u64 = 26_000;

    /// A classifier of ten classes that is right with this probability; half of its errors go to one other class.
    fn truth(accuracy: f64) -> Vec<f64> {
        let entry = |t: usize, p: usize| match (p + 10 - t) % 10 {
            0 => accuracy,
            3 => (1.0 - accuracy) / 2.0,
            _ => (1.0 - accuracy) / 16.0,
        };
        (0..100).map(|i| entry(i / 10, i % 10)).collect()
    }

    /// Its confusion matrix from `held_out` images a class.
    fn confusion(truth: &[f64], held_out: u64, address: Address) -> Confusion {
        let mut rng = address.rng();
        Confusion::new(10, truth.chunks(10).flat_map(|row| draw(row, held_out, &mut rng)).collect()).unwrap()
    }

    /// Predicted counts of samples that lie in `known` modes, evenly.
    fn seen(truth: &[f64], known: usize, address: Address) -> Vec<u64> {
        let mut modes: Vec<usize> = (0..1000).map(|i| i * 397 % 1000).collect();
        modes.truncate(known);
        let chance = |y: usize| {
            let step = |m: usize, place: usize| truth[m / place % 10 * 10 + y / place % 10];
            modes.iter().map(|&m| step(m, 100) * step(m, 10) * step(m, 1)).sum::<f64>()
        };
        draw(&(0..1000).map(chance).collect::<Vec<_>>(), SAMPLES, &mut address.rng())
    }

    fn at(step: u64) -> Address {
        Address::new(5, Stream::Bootstrap, step)
    }

    #[test]
    fn known_modes_are_recovered_where_the_plain_count_overstates() {
        for (accuracy, counted) in [(0.97, 700), (0.995, 300)] {
            let truth = truth(accuracy);
            let confusion = confusion(&truth, 1000, at(0));
            for known in [10, 100, 300] {
                let counts = seen(&truth, known, at(known as u64));
                let found = corrected(&confusion, IMAGES, &counts, 0.95, at(1)).unwrap();
                let known = known as f64;
                assert!(
                    (found.modes - known).abs() <= TOLERANCE * known,
                    "{accuracy}: {known} modes, {found:?}"
                );
                let [low, high] = found.interval;
                assert!(low <= found.modes && found.modes <= high, "{found:?}");
                assert!(high - low <= 0.1 * known + 2.0, "{accuracy}: {known} modes, {found:?}");
            }
            let plain = seen(&truth, 100, at(100)).iter().filter(|n| **n > 0).count();
            assert!(plain > counted, "{accuracy}: {plain}");
        }
    }

    #[test]
    fn a_perfect_classifier_is_believed() {
        let confusion =
            Confusion::new(10, (0..100).map(|i| if i % 11 == 0 { 100_000 } else { 0 }).collect()).unwrap();
        let mut counts = vec![0; 1000];
        (0..1000).step_by(25).for_each(|mode| counts[mode] = 30);
        assert_eq!(corrected(&confusion, IMAGES, &counts, 0.95, at(0)).unwrap().modes, 40.0);
        assert_eq!(corrected(&confusion, IMAGES, &counts[1..], 0.95, at(0)), None);
    }

    #[test]
    fn only_a_count_that_stood_the_test_is_printed() {
        let exact = |modes: f64| Corrected { modes, interval: [modes, modes] };
        let check = |known, counted, corrected| Check { known, counted, corrected: exact(corrected) };
        let good = [check(10, 10, 10.0), check(100, 104, 99.0)];
        assert_eq!(judged(77, exact(70.0), &good), ModeCount::Counted(77));
        let over = [check(10, 11, 10.0), check(100, 800, 104.0)];
        assert_eq!(judged(900, exact(70.0), &over), ModeCount::Corrected(exact(70.0)));
        let lost = [check(10, 11, 10.0), check(100, 800, 94.0)];
        assert_eq!(judged(900, exact(70.0), &lost), ModeCount::Unknown);
        assert_eq!(judged(900, exact(70.0), &[]), ModeCount::Unknown);
    }
}
