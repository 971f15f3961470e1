//! The modes that lead to the counts which a classifier saw.

use super::Confusion;
use crate::metric::poisson::tail;

/// Iterations of EM between two looks at the set of modes.
const ITERATIONS: usize = 25;
/// Looks, should the set not come to rest before.
const LOOKS: usize = 20;
/// Modes that may be kept by mistake where none is to be, on average.
const FALSE_MODES: f64 = 0.1;

/// What a classifier does to stacks of images.
pub(super) struct Unfolding {
    classes: usize,
    images: usize,
    /// P(predicted | true) of single images, and its square's expectation.
    chance: Vec<f64>,
    chance_square: Vec<f64>,
}

/// Expected counts of the true modes; 0 for those that are not there.
pub(super) struct Found {
    pub expected: Vec<f64>,
}

impl Found {
    pub fn modes(&self) -> usize {
        self.expected.iter().filter(|expected| **expected > 0.0).count()
    }
}

impl Unfolding {
    pub fn new(confusion: &Confusion, images: usize) -> Option<Self> {
        let (chance, variance) = confusion.probabilities()?;
        confusion.classes().checked_pow(u32::try_from(images).ok()?)?;
        let chance_square =
            chance.iter().zip(&variance).map(|(mean, variance)| mean * mean + variance).collect();
        Some(Unfolding { classes: confusion.classes(), images, chance, chance_square })
    }

    pub fn modes(&self) -> usize {
        self.classes.pow(self.images as u32)
    }

    /// P(predicted | true) of single images, row by row.
    pub fn chance(&self) -> &[f64] {
        &self.chance
    }

    /// Expected predicted counts from expected true ones.
    pub fn seen(&self, expected: &[f64]) -> Vec<f64> {
        self.along_axes(&self.chance, expected, false)
    }

    /// The modes that the counts need. A mode is dropped where the others explain its count, and taken back where they
    /// no longer do, until nothing changes.
    pub fn fit(&self, counts: &[u64]) -> Found {
        let counts_f64: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        let mut expected = counts_f64.clone();
        for _ in 0..LOOKS {
            for _ in 0..ITERATIONS {
                self.improve(&mut expected, &counts_f64);
            }
            let mut changed = false;
            for (mode, needed) in self.needed(&expected, counts).into_iter().enumerate() {
                let there = expected[mode] > 0.0;
                changed |= there != needed;
                match (there, needed) {
                    (true, false) => expected[mode] = 0.0,
                    (false, true) => expected[mode] = counts_f64[mode],
                    _ => {}
                }
            }
            if !changed {
                break;
            }
        }
        Found { expected }
    }

    /// One iteration of EM.
    fn improve(&self, expected: &mut [f64], counts: &[f64]) {
        let seen = self.seen(expected);
        let ratio: Vec<f64> =
            counts.iter().zip(&seen).map(|(n, mu)| if *n > 0.0 { n / mu } else { 0.0 }).collect();
        let factors = self.along_axes(&self.chance, &ratio, true);
        expected.iter_mut().zip(factors).for_each(|(expected, factor)| *expected *= factor);
    }

    /// Whether each mode has more counts than the others make plausible.
    fn needed(&self, expected: &[f64], counts: &[u64]) -> Vec<bool> {
        let squares: Vec<f64> = expected.iter().map(|x| x * x).collect();
        let certain: Vec<f64> = self.chance.iter().map(|c| c * c).collect();
        let seen = self.seen(expected);
        let second = self.along_axes(&self.chance_square, &squares, false);
        let first = self.along_axes(&certain, &squares, false);
        let limit = FALSE_MODES / counts.len() as f64;
        let needs = |mode: usize| {
            let (stay, stay_square) = (self.stay(&self.chance, mode), self.stay(&self.chance_square, mode));
            let mean = seen[mode] - expected[mode] * stay;
            let variance = second[mode] - first[mode] - squares[mode] * (stay_square - stay * stay);
            counts[mode] > 0 && tail(counts[mode], mean.max(0.0), variance.max(0.0)) < limit
        };
        (0..counts.len()).map(needs).collect()
    }

    /// The product of the diagonal entries of a mode's labels.
    fn stay(&self, matrix: &[f64], mode: usize) -> f64 {
        let label = |image: usize| mode / self.classes.pow(image as u32) % self.classes;
        (0..self.images).map(|image| matrix[label(image) * (self.classes + 1)]).product()
    }

    /// The Kronecker power of a matrix, or of its transpose's, on a vector: y[p] = sum over t of x[t] M[t, p], or of
    /// x[t] M[p, t], along each axis in turn.
    fn along_axes(&self, matrix: &[f64], vector: &[f64], transposed: bool) -> Vec<f64> {
        let n = self.classes;
        let mut now = vector.to_vec();
        let mut next = vec![0.0; now.len()];
        for image in 0..self.images {
            let stride = n.pow(image as u32);
            next.fill(0.0);
            for (from, to) in now.chunks_exact(stride * n).zip(next.chunks_exact_mut(stride * n)) {
                for p in 0..n {
                    for t in 0..n {
                        let weight = if transposed { matrix[p * n + t] } else { matrix[t * n + p] };
                        let (source, target) =
                            (&from[t * stride..][..stride], &mut to[p * stride..][..stride]);
                        target.iter_mut().zip(source).for_each(|(y, x)| *y += weight * x);
                    }
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_seen_as_their_images_are() {
        let confusion = Confusion::new(2, vec![90, 10, 30, 70]).unwrap();
        let unfolding = Unfolding::new(&confusion, 2).unwrap();
        let (c, _) = confusion.probabilities().unwrap();
        let expected = [5.0, 0.0, 7.0, 2.0];
        let seen = unfolding.seen(&expected);
        for y in 0..4 {
            let from = |m: usize| expected[m] * c[m / 2 * 2 + y / 2] * c[m % 2 * 2 + y % 2];
            assert!((seen[y] - (0..4).map(from).sum::<f64>()).abs() < 1e-12);
        }
        // <u, C v> = <C' u, v>.
        let u = [1.0, -2.0, 0.5, 3.0];
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let back = unfolding.along_axes(&unfolding.chance, &u, true);
        assert!((dot(&u, &seen) - dot(&back, &expected)).abs() < 1e-12);
    }

    #[test]
    fn improving_keeps_the_sum_and_ends_at_the_truth_where_the_counts_are_exact() {
        let confusion = Confusion::new(2, vec![9000, 1000, 2000, 8000]).unwrap();
        let unfolding = Unfolding::new(&confusion, 1).unwrap();
        let counts = unfolding.seen(&[300.0, 100.0]);
        let mut expected = vec![200.0, 200.0];
        for _ in 0..200 {
            unfolding.improve(&mut expected, &counts);
            assert!((expected.iter().sum::<f64>() - 400.0).abs() < 1e-9);
        }
        assert!((expected[0] - 300.0).abs() < 1e-6);
    }
}
