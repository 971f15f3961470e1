//! What is measured of generated images through a classifier of the same data: classes covered, counts of modes that are
//! held to known ones, and clouds of features compared.

use super::image_look::channel_shares;
use crate::classifier::{Classifier, ClassifierError, Judged};
use crate::data::{Images, Labelled, Part, Points};
use crate::metric::classes::{class_counts, class_coverage};
use crate::metric::counting::{Check, Confusion, ModeCount, check, corrected, judged};
use crate::metric::frechet::frechet;
use crate::metric::nearest::memorisation;
use crate::metric::prdc::{NEIGHBOURS, Neighbourhoods, prdc};
use crate::nn::fused::Kernels;
use crate::random::{Address, Stream};
use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};

/// Samples of each cloud whose features are compared; the cost is quadratic.
const FEATURE_SAMPLES: usize = 2500;
/// Classes up to which the share of each is a column of its own.
const SHARE_COLUMNS: usize = 100;
/// Level of intervals.
const LEVEL: f64 = 0.95;
/// Known numbers of modes on which the count of stacks is tried.
const KNOWN: [usize; 3] = [10, 100, 300];

/// Columns of one cloud. The real cloud beside it has the same under `real_`.
const CLOUD: [&str; 11] = [
    "classes_covered",
    "classes_at_1",
    "classes_at_5",
    "class_kl_nats",
    "classifier_score",
    "confidence",
    "feature_frechet",
    "precision",
    "recall",
    "density",
    "coverage",
];
/// Columns of generated images alone.
const MEMORY: [&str; 2] = ["memorisation_score", "copies"];
/// Columns of the corrected count of stacks.
const COUNTED: [&str; 4] = ["modes", "modes_low", "modes_high", "unsure_share"];
/// The probability from which on the classifier is sure of an image. A stack with an image below it is set aside when modes
/// are counted: noise gets labels too.
const SURE: f64 = 0.9;

/// The measures of a run on labelled images.
pub struct ImageMeasures {
    images: Images,
    kernels: Kernels,
    samples: usize,
    weights: Vec<f64>,
    /// There from `begin` on.
    judge: Option<Judge>,
}

/// A classifier and what it has to say of real images.
struct Judge {
    classifier: Classifier,
    confusion: Option<Confusion>,
    checks: Vec<Check>,
    /// What it says of real samples.
    reals: Judged,
    /// How near their features are to each other.
    near: Option<Neighbourhoods>,
    /// Training and held-out images between which generated ones are placed.
    known: Option<[Points; 2]>,
}

impl ImageMeasures {
    /// The measures of images; None where they have no labels.
    pub fn new(images: &Images, kernels: Kernels, samples: usize) -> Option<Self> {
        let classes = images.classes()?;
        let singles = images.singles();
        let labels = singles.all_labels(Part::Training)?;
        let single: Vec<f64> =
            class_counts(&labels, singles.classes()?).into_iter().map(|count| count as f64).collect();
        let weights = (0..images.a_sample()).fold(vec![1.0], |weights, _| {
            weights.iter().flat_map(|a| single.iter().map(move |b| a * b)).collect()
        });
        debug_assert_eq!(weights.len(), classes);
        Some(ImageMeasures { images: images.clone(), kernels, samples, weights, judge: None })
    }

    fn stacked(&self) -> bool {
        self.images.a_sample() > 1
    }

    /// Trains the classifier, or finds it in the cache, and tries it on real images. Other clouds are held against `real`.
    /// What it says is worth a note.
    pub fn begin(&mut self, real: &Points) -> Result<Vec<String>, ClassifierError> {
        let classifier = Classifier::of(&self.images, self.kernels)?;
        let confusion = confusion(&classifier, &self.images.singles());
        let compared = !self.stacked() && self.images.count(Part::HeldOut) > 0;
        let known = compared
            .then(|| [Part::Training, Part::HeldOut].map(|part| self.images.first(part, FEATURE_SAMPLES)));
        let checks = if self.stacked() { self.try_counts(&classifier) } else { Vec::new() };
        let reals = classifier.judge(real, FEATURE_SAMPLES);
        let near = Neighbourhoods::new(self.kernels, &reals.features, NEIGHBOURS);
        let judge = Judge { classifier, confusion, checks, reals, near, known };
        let Classifier { accuracy, judged, held_out, .. } = &judge.classifier;
        let seen = if *held_out { "held-out" } else { "training (none are held out)" };
        let mut notes =
            vec![format!("classifier: right on {:.2} % of {judged} {seen} images", 100.0 * accuracy)];
        notes.extend(judge.checks.iter().map(|c| {
            let Check { known, counted, corrected } = c;
            let [low, high] = corrected.interval;
            format!(
                "real stacks of {known} modes: {counted} counted, {:.0} corrected ({low:.0} to {high:.0})",
                corrected.modes
            )
        }));
        self.judge = Some(judge);
        Ok(notes)
    }

    /// Sends real held-out stacks of known numbers of modes through the count. The classifier's errors are taken from one half
    /// of the held-out images and the stacks made of the other, or the count would know the very images that it is tried on.
    fn try_counts(&self, classifier: &Classifier) -> Vec<Check> {
        let [errors, stacks] = [0, 1].map(|half| self.images.half(half));
        let Some(confusion) = confusion(classifier, &errors.singles()) else { return Vec::new() };
        KNOWN.iter().filter_map(|known| self.try_count(classifier, &confusion, &stacks, *known)).collect()
    }

    fn try_count(
        &self,
        classifier: &Classifier,
        confusion: &Confusion,
        stacks: &Images,
        known: usize,
    ) -> Option<Check> {
        let address = Address::new(0, Stream::Bootstrap, known as u64);
        let mut modes: Vec<u32> = (0..self.weights.len() as u32).collect();
        modes.shuffle(&mut address.rng());
        modes.truncate(known);
        let drawn = address.with_draw(1);
        let Labelled { points, .. } = stacks.sample_classes(Part::HeldOut, drawn, self.samples, &modes)?;
        let labels = sure(&classifier.judge(&points, 0));
        check(confusion, self.images.a_sample(), &labels, known, 1, LEVEL, address.with_draw(2))
    }

    /// What the measures depend on besides the samples.
    pub fn settings(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("feature_samples".into(), json!(FEATURE_SAMPLES));
        out.insert("prdc_neighbours".into(), json!(NEIGHBOURS));
        if let Some(Judge { classifier, checks, .. }) = &self.judge {
            out.insert("classifier_accuracy".into(), json!(classifier.accuracy));
            out.insert("classifier_judged_on".into(), json!(classifier.judged));
            out.insert("classifier_judged_on_held_out".into(), json!(classifier.held_out));
            let known = |c: &Check| json!({ "known": c.known, "counted": c.counted, "corrected": c.corrected.modes, "interval": c.corrected.interval });
            out.insert("sure_from".into(), json!(SURE));
            out.insert("mode_count_checks".into(), json!(checks.iter().map(known).collect::<Vec<_>>()));
        }
        out
    }

    /// Names of the columns: those of `measure`, and behind them those of `best`.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = CLOUD.iter().chain(&MEMORY).map(|name| name.to_string()).collect();
        names.extend(COUNTED.iter().filter(|_| self.stacked()).map(|name| name.to_string()));
        names.extend(self.channels().flat_map(|channel| {
            (0..self.single_classes()).map(move |k| format!("{}{k}", channel_shares(channel)))
        }));
        names.extend((0..self.share_columns()).map(|k| format!("class_share_{k}")));
        names.extend(CLOUD.iter().map(|name| format!("real_{name}")));
        names
    }

    /// The channels of a stack, from 1; of other images none.
    fn channels(&self) -> std::ops::RangeInclusive<usize> {
        1..=if self.stacked() { self.images.a_sample() } else { 0 }
    }

    fn single_classes(&self) -> usize {
        self.images.singles().classes().unwrap_or(0)
    }

    /// The share of each class in each channel of stacks of these labels, channel by channel.
    fn channel_shares(&self, labels: &[u32]) -> Vec<f64> {
        let classes = self.single_classes() as u32;
        let below = |channel: usize| classes.pow((self.images.a_sample() - channel) as u32);
        let n = labels.len().max(1) as f64;
        let of_channel = |channel: usize| {
            let singles: Vec<u32> = labels.iter().map(|label| label / below(channel) % classes).collect();
            class_counts(&singles, classes as usize).into_iter().map(move |count| count as f64 / n)
        };
        self.channels().flat_map(of_channel).collect()
    }

    /// The number of some generated stacks that are taken for each mode; None of images that are no stacks, whose shares are
    /// columns, and before `begin`.
    pub fn modes(&self, generated: &Points) -> Option<Vec<u64>> {
        let judge = self.judge.as_ref().filter(|_| self.stacked())?;
        Some(class_counts(&judge.classifier.judge(generated, 0).labels, self.weights.len()))
    }

    fn share_columns(&self) -> usize {
        if self.weights.len() <= SHARE_COLUMNS { self.weights.len() } else { 0 }
    }

    /// Measures a generated cloud. NaN for all before `begin`.
    pub fn measure(&self, fake: &Points, address: Address) -> Vec<f64> {
        let Some(judge) = &self.judge else { return vec![f64::NAN; self.columns().len() - CLOUD.len()] };
        let fakes = judge.classifier.judge(fake, FEATURE_SAMPLES);
        let counts = class_counts(&fakes.labels, self.weights.len());
        let mut row = self.cloud(judge, &fakes, &counts).to_vec();
        row.extend(self.memory(judge, fake));
        if self.stacked() {
            row.extend(self.counted(judge, &fakes, address));
        }
        row.extend(self.channel_shares(&fakes.labels));
        let n = fakes.labels.len().max(1) as f64;
        row.extend(counts.iter().take(self.share_columns()).map(|count| *count as f64 / n));
        row
    }

    /// What can be attained with as many samples: the measures of other real samples, values of the columns `real_...`.
    pub fn best(&self, other: &Points) -> [f64; CLOUD.len()] {
        let Some(judge) = &self.judge else { return [f64::NAN; CLOUD.len()] };
        let others = judge.classifier.judge(other, FEATURE_SAMPLES);
        self.cloud(judge, &others, &class_counts(&others.labels, self.weights.len()))
    }

    fn cloud(&self, judge: &Judge, cloud: &Judged, counts: &[u64]) -> [f64; CLOUD.len()] {
        let coverage = class_coverage(counts, &self.weights);
        let few = self.weights.len() as f64 * crate::metric::classes::COVERED_SHARE <= 1.0;
        let covered = if few { coverage.by_share } else { coverage.at_least_1 };
        let confidence = cloud.confidence.iter().sum::<f64>() / cloud.confidence.len().max(1) as f64;
        let [ours, theirs] = [&cloud.features, &judge.reals.features];
        let near = judge.near.as_ref().and_then(|near| prdc(self.kernels, near, ours));
        let of = |f: fn(&crate::metric::prdc::Prdc) -> f64| near.as_ref().map_or(f64::NAN, f);
        [
            covered as f64,
            coverage.at_least_1 as f64,
            coverage.at_least_5 as f64,
            coverage.kl_nats,
            score(cloud, judge.classifier.classes()),
            confidence,
            frechet(theirs, ours),
            of(|p| p.precision),
            of(|p| p.recall),
            of(|p| p.density),
            of(|p| p.coverage),
        ]
    }

    /// How near generated images come to training images, in pixels; NaN where none are held out, and for stacks, of which
    /// there are too many to be remembered.
    fn memory(&self, judge: &Judge, fake: &Points) -> [f64; MEMORY.len()] {
        let found = judge.known.as_ref().and_then(|[training, held_out]| {
            memorisation(self.kernels, training, &fake.first(FEATURE_SAMPLES), held_out)
        });
        found.map_or([f64::NAN; MEMORY.len()], |m| [m.score, m.copies])
    }

    /// The number of modes that stood the test on known ones, with its interval, NaN where none did; and the share of stacks
    /// that were set aside.
    fn counted(&self, judge: &Judge, fakes: &Judged, address: Address) -> [f64; COUNTED.len()] {
        let labels = sure(fakes);
        let counts = class_counts(&labels, self.weights.len());
        let unsure = 1.0 - labels.len() as f64 / fakes.labels.len().max(1) as f64;
        let plain = counts.iter().filter(|count| **count > 0).count();
        let fixed = judge
            .confusion
            .as_ref()
            .and_then(|c| corrected(c, self.images.a_sample(), &counts, LEVEL, address));
        match fixed.map(|fixed| judged(plain, fixed, &judge.checks)) {
            Some(ModeCount::Counted(modes)) => [modes as f64, modes as f64, modes as f64, unsure],
            Some(ModeCount::Corrected(c)) => [c.modes, c.interval[0], c.interval[1], unsure],
            Some(ModeCount::Unknown) | None => [f64::NAN, f64::NAN, f64::NAN, unsure],
        }
    }
}

/// exp E KL(p(class | image) ‖ p(class)) over single images (Salimans et al. 2016, with this classifier): from 1 to the
/// number of classes.
fn score(judged: &Judged, classes: usize) -> f64 {
    let n = (judged.probabilities.len() / classes).max(1) as f64;
    let mut mean = vec![0.0; classes];
    for p in judged.probabilities.chunks_exact(classes) {
        mean.iter_mut().zip(p).for_each(|(mean, p)| *mean += p / n);
    }
    let term = |(p, mean): (&f64, &f64)| if *p > 0.0 { p * libm::log(p / mean) } else { 0.0 };
    let sum: f64 =
        judged.probabilities.chunks_exact(classes).map(|p| p.iter().zip(&mean).map(term).sum::<f64>()).sum();
    libm::exp(sum / n)
}

/// Labels of the samples whose every image the classifier is sure of.
fn sure(judged: &Judged) -> Vec<u32> {
    let pairs = judged.labels.iter().zip(&judged.least_confidence);
    pairs.filter(|(_, p)| **p >= SURE).map(|(label, _)| *label).collect()
}

/// How the classifier errs on held-out images that it is sure of.
fn confusion(classifier: &Classifier, images: &Images) -> Option<Confusion> {
    let seen = classifier.seen(images, Part::HeldOut).into_iter().filter(|image| image.confidence >= SURE);
    Confusion::of_labels(classifier.classes(), seen.map(|image| (image.truth, image.label)))
}
