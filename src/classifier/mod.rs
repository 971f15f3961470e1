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

use crate::data::{Images, Points};
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
    network: Network,
    /// The network without its last layer.
    body: Network,
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
    /// Held-out images by their true class (line) and the label they got: the confusion matrix, `classes * classes`.
    pub confusion: Vec<u64>,
}

/// What the classifier says of a cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The label of each sample; of a stack that of its three joined.
    pub labels: Vec<u32>,
    /// The probability that it gives to that label; of a stack the product.
    pub confidence: Vec<f64>,
    /// The probabilities of the classes of each single image, one image behind the other.
    pub probabilities: Vec<f64>,
    /// What the layer before the last says of each sample.
    pub features: Points,
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

    /// Looks at samples with values in [-1, 1].
    pub fn judge(&self, samples: &Points) -> Judged {
        let x: Vec<f32> = samples.values.iter().map(|x| *x as f32).collect();
        let probabilities = self.probabilities(&x);
        let features = self.run(&self.body, &x);
        let singles: Vec<(u32, f64)> = probabilities.chunks_exact(self.classes).map(best).collect();
        let join = |of: &[(u32, f64)]| {
            of.iter().fold((0, 1.0), |(label, share), (single, p)| {
                (label * self.classes as u32 + single, share * p)
            })
        };
        let (labels, confidence) = singles.chunks_exact(self.stack).map(join).unzip();
        let features = features.into_iter().map(f64::from).collect();
        Judged {
            labels,
            confidence,
            probabilities,
            features: Points::new(self.features * self.stack, features),
        }
    }

    /// The probabilities of the classes for single images.
    fn probabilities(&self, x: &[f32]) -> Vec<f64> {
        let mut out: Vec<f64> = self.run(&self.network, x).into_iter().map(f64::from).collect();
        out.chunks_exact_mut(self.classes).for_each(softmax);
        out
    }

    fn run(&self, network: &Network, x: &[f32]) -> Vec<f32> {
        let chunks: Vec<Vec<f32>> = x
            .par_chunks(CHUNK * network.inputs())
            .map_init(
                || network.pass(self.kernels),
                |pass, x| {
                    pass.forward(&self.theta, x);
                    pass.output().to_vec()
                },
            )
            .collect();
        chunks.concat()
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
