//! Coverage of classes, from the labels that a classifier gives to samples.
//!
//! For the shares p of the classes among the generated samples and q among the real ones: how many classes are covered,
//! and KL(p ‖ q) = sum p ln(p / q), in nats. With 1,000 stacks of digits and 26,000 samples these are the "modes" and
//! the "KL" of Metz et al. (2017), Srivastava et al. (2017, VEEGAN) and Lin et al. (2018, PacGAN), who count a mode from
//! one sample on.

use super::coverage::kl;

/// Share of the samples from which on a class of a few counts as covered.
pub const COVERED_SHARE: f64 = 0.02;

/// How samples are spread over classes.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCoverage {
    /// Samples that have a label.
    pub samples: u64,
    /// Classes with at least `COVERED_SHARE` of the samples; of no use beyond 50 classes.
    pub by_share: usize,
    /// Classes with at least one sample.
    pub at_least_1: usize,
    /// Classes with at least five.
    pub at_least_5: usize,
    /// KL(generated ‖ true) in nats; infinite where a class is generated that is never real, NaN without samples.
    pub kl_nats: f64,
}

/// Number of samples of each class; labels beyond the classes are left out.
pub fn class_counts(labels: &[u32], classes: usize) -> Vec<u64> {
    let mut counts = vec![0; classes];
    for label in labels {
        if let Some(count) = counts.get_mut(*label as usize) {
            *count += 1;
        }
    }
    counts
}

/// Measures the counts of generated samples against the real classes' weights, in any scale; one weight a class, not
/// all of them 0.
pub fn class_coverage(counts: &[u64], weights: &[f64]) -> ClassCoverage {
    let samples: u64 = counts.iter().sum();
    let with = |least: u64| counts.iter().filter(|count| **count >= least).count();
    let least = COVERED_SHARE * samples as f64;
    let all: f64 = weights.iter().sum();
    let p: Vec<f64> = counts.iter().map(|count| *count as f64 / samples as f64).collect();
    let q: Vec<f64> = weights.iter().map(|weight| weight / all).collect();
    ClassCoverage {
        samples,
        by_share: counts.iter().filter(|count| **count > 0 && **count as f64 >= least).count(),
        at_least_1: with(1),
        at_least_5: with(5),
        kl_nats: if samples > 0 { kl(&p, &q) } else { f64::NAN },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_counted_at_their_thresholds() {
        let labels: Vec<u32> =
            [(0, 96), (1, 2), (2, 1), (4, 1), (9, 5)].iter().flat_map(|(l, n)| vec![*l; *n]).collect();
        let counts = class_counts(&labels, 5);
        assert_eq!(counts, [96, 2, 1, 0, 1]);
        let found = class_coverage(&counts, &[1.0; 5]);
        assert_eq!((found.samples, found.by_share, found.at_least_1, found.at_least_5), (100, 2, 4, 1));
        assert!(class_coverage(&[0; 3], &[1.0; 3]).kl_nats.is_nan());
        assert_eq!(class_coverage(&[0; 3], &[1.0; 3]).by_share, 0);
    }

    #[test]
    fn the_divergence_of_a_collapse_on_k_of_n_equal_classes_is_ln_n_over_k() {
        let kl = |counts: &[u64], weights: &[f64]| class_coverage(counts, weights).kl_nats;
        assert!((kl(&[7, 7, 0, 0, 0, 0], &[2.0; 6]) - 3f64.ln()).abs() < 1e-14);
        assert_eq!(kl(&[3, 1], &[0.75, 0.25]), 0.0);
        assert_eq!(kl(&[3, 1], &[1.0, 0.0]), f64::INFINITY);
    }
}
