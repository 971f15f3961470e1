//! A small classifier of images, trained by the program itself on a data set: what tells which mode a generated image
//! belongs to, and the features in which clouds of images are compared.
//!
//! It is trained on the training images alone, from a seed of its own, so it is the same whatever the run; its accuracy on
//! the held-out images stands beside everything that it measures. Below `FLOOR` it is refused. Its scores are never
//! those of Inception networks: numbers from different data sets, or from other classifiers, are not comparable.

mod cache;
mod layers;
mod train;

pub use train::FLOOR;

use crate::data::{Images, Part, Points};
use crate::nn::Network;
use crate::nn::fused::Kernels;
use rayon::prelude::*;

/// Images that one pass takes.
const CHUNK: usize = 64;

/// A classifier that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClassifierError {
    /// It is not good enough.
    #[error(
        "the classifier of these images is right on {accuracy:.1} % of the images that it was not trained on, below the {floor:.0} % \
         that its measures need; set `record.classifier = false`, or give cleaner labels or more images"
    )]
    Poor {
        /// Accuracy on held-out images in percent.
        accuracy: f64,
        /// The floor in percent.
        floor: f64,
    },
    /// Its images are too few, or of a single class.
    #[error("{0}; set `record.classifier = false`")]
    Data(String),
}

/// A trained classifier.
pub struct Classifier {
    /// The whole network: `body`, then `last`.
    network: Network,
    /// Its layers up to the features.
    body: Network,
    /// Its last layer.
    last: Network,
    theta: Vec<f32>,
    classes: usize,
    features: usize,
    /// Single images a sample: three in a stack.
    stack: usize,
    kernels: Kernels,
    /// Share of images that it labels rightly: held-out ones, or, where none are held out, those that it was trained on.
    pub accuracy: f64,
    /// Images that the accuracy was taken on.
    pub judged: usize,
    /// Whether these were held out.
    pub held_out: bool,
}

/// What the classifier says of a cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The label of each sample; of a stack that of its three joined.
    pub labels: Vec<u32>,
    /// The probability that it gives to that label; of a stack the product.
    pub confidence: Vec<f64>,
    /// The same of the single image that it is least sure of.
    pub least_confidence: Vec<f64>,
    /// The probabilities of the classes of each single image, one image behind the other.
    pub probabilities: Vec<f64>,
    /// What the layer before the last says of each of the first samples, as many as were asked for.
    pub features: Points,
}

/// A single image whose class is known, and what the classifier takes it for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Its class.
    pub truth: u32,
    /// The label that it got.
    pub label: u32,
    /// The probability that the classifier gives to that label.
    pub confidence: f64,
}

impl Classifier {
    /// The classifier of a data set: from the cache, or trained now and put there. The error says why it is of no use.
    pub fn of(images: &Images, kernels: Kernels) -> Result<Self, ClassifierError> {
        let singles = images.singles();
        let mut trained = train::blank(&singles, kernels)?;
        let key = cache::key(&singles, &trained);
        match cache::read(&key, trained.network.parameters()) {
            Some(theta) => trained.theta = theta,
            None => {
                train::train(&mut trained, &singles)?;
                cache::write(&key, &trained.theta);
            }
        }
        train::examine(&mut trained, &singles);
        if trained.accuracy < FLOOR {
            return Err(ClassifierError::Poor { accuracy: 100.0 * trained.accuracy, floor: 100.0 * FLOOR });
        }
        trained.stack = images.a_sample();
        Ok(trained)
    }

    /// Classes of a single image.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Classes of a sample.
    pub fn sample_classes(&self) -> usize {
        self.classes.pow(self.stack as u32)
    }

    /// What it makes of every single image of a part, in their order; nothing without labels.
    pub fn seen(&self, images: &Images, part: Part) -> Vec<Seen> {
        let found = self.look(&images.all(part), 0).0;
        let truth = images.all_labels(part).unwrap_or_default();
        let labels = found.chunks_exact(self.classes).map(best);
        truth
            .into_iter()
            .zip(labels)
            .map(|(truth, (label, confidence))| Seen { truth, label, confidence })
            .collect()
    }

    /// Looks at samples with values in [-1, 1], and keeps the features of the first `featured` of them.
    pub fn judge(&self, samples: &Points, featured: usize) -> Judged {
        let (probabilities, features) = self.look(samples, featured.saturating_mul(self.stack));
        let singles: Vec<(u32, f64)> = probabilities.chunks_exact(self.classes).map(best).collect();
        let join = |of: &[(u32, f64)]| {
            of.iter().fold((0, 1.0), |(label, share), (single, p)| {
                (label * self.classes as u32 + single, share * p)
            })
        };
        let samples = singles.chunks_exact(self.stack);
        let least = |of: &[(u32, f64)]| of.iter().fold(1.0, |least: f64, (_, p)| least.min(*p));
        let least_confidence = samples.clone().map(least).collect();
        let (labels, confidence) = samples.map(join).unzip();
        Judged {
            labels,
            confidence,
            least_confidence,
            probabilities,
            features: Points::new(self.features * self.stack, features),
        }
    }

    /// The probabilities of the classes for single images, and the features of the first `featured` of them.
    fn look(&self, samples: &Points, featured: usize) -> (Vec<f64>, Vec<f64>) {
        let (of_body, of_last) = self.theta.split_at(self.body.parameters());
        let size = CHUNK * self.network.inputs();
        let chunks: Vec<[Vec<f64>; 2]> = samples
            .values
            .par_chunks(size)
            .enumerate()
            .map_init(
                || [&self.body, &self.last].map(|network| network.pass(self.kernels)),
                |[body, last], (chunk, x)| {
                    let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
                    body.forward(of_body, &x);
                    last.forward(of_last, body.output());
                    let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<f64>>();
                    let mut scores = wide(last.output());
                    scores.chunks_exact_mut(self.classes).for_each(softmax);
                    let kept = chunk * CHUNK < featured;
                    [scores, if kept { wide(body.output()) } else { Vec::new() }]
                },
            )
            .collect();
        let mut features = chunks.iter().flat_map(|[_, features]| features).copied().collect::<Vec<f64>>();
        features.truncate(featured.saturating_mul(self.features));
        (chunks.into_iter().flat_map(|[scores, _]| scores).collect(), features)
    }
}

/// Scores to probabilities.
fn softmax(scores: &mut [f64]) {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|s| *s = libm::exp(*s - most));
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// The first of the most probable classes and its probability.
fn best(probabilities: &[f64]) -> (u32, f64) {
    let larger = |best: (u32, f64), (k, p): (usize, &f64)| if *p > best.1 { (k as u32, *p) } else { best };
    probabilities.iter().enumerate().fold((0, f64::NEG_INFINITY), larger)
}
