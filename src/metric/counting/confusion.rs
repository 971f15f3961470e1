//! The confusion matrix of a classifier of single images.

use super::draw;

/// How often each true class was predicted as each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    classes: usize,
    /// Counts, true class by true class.
    counts: Vec<u64>,
}

impl Confusion {
    /// From counts `[true, predicted]`, row by row; None unless they are the square of the classes in number.
    pub fn new(classes: usize, counts: Vec<u64>) -> Option<Self> {
        (classes > 0 && classes.checked_mul(classes) == Some(counts.len()))
            .then_some(Confusion { classes, counts })
    }

    /// From the true and the predicted label of each of some held-out images. None where a label is no class.
    pub fn of_labels(classes: usize, pairs: impl IntoIterator<Item = (u32, u32)>) -> Option<Self> {
        let mut counts = vec![0; classes.checked_mul(classes)?];
        for (truth, predicted) in pairs {
            if truth as usize >= classes || predicted as usize >= classes {
                return None;
            }
            counts[truth as usize * classes + predicted as usize] += 1;
        }
        Confusion::new(classes, counts)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Share of the images that were classified right; NaN without images.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = self.counts.iter().step_by(self.classes + 1).sum();
        right as f64 / self.counts.iter().sum::<u64>() as f64
    }

    /// Expectation and variance of each P(predicted | true), after a uniform prior that weighs as much as one image a
    /// class (Perks 1947). None where a class was never seen.
    pub(super) fn probabilities(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for row in self.counts.chunks_exact(self.classes) {
            let seen = row.iter().sum::<u64>() as f64;
            if seen == 0.0 {
                return None;
            }
            for count in row {
                let mean = (*count as f64 + 1.0 / self.classes as f64) / (seen + 1.0);
                means.push(mean);
                variances.push(mean * (1.0 - mean) / (seen + 2.0));
            }
        }
        Some((means, variances))
    }

    /// The matrix of as many other images of each class, where `chance` has the probabilities `[true, predicted]`.
    pub(super) fn resampled(&self, chance: &[f64], rng: &mut impl rand::Rng) -> Confusion {
        let rows = self.counts.chunks_exact(self.classes).zip(chance.chunks_exact(self.classes));
        let counts = rows.flat_map(|(row, chance)| draw(chance, row.iter().sum(), rng)).collect();
        Confusion { classes: self.classes, counts }
    }
}
