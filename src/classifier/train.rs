//! Training: cross-entropy by Adam over a falling step size, on images moved by a pixel where they are large enough.

use super::layers::{FEATURES, layers};
use super::{Classifier, ClassifierError};
use crate::data::{Images, Part, Points};
use crate::nn::fused::Kernels;
use crate::nn::{Network, Stack, initial_parameters};
use crate::random::{Address, Stream};
use crate::rule::adam;
use crate::scenario::{Extent, Init, InitKind, plan};
use rand::RngExt;

/// The share of held-out images that must be labelled rightly.
pub const FLOOR: f64 = 0.9;

/// Updates, images in each, the first step size.
const UPDATES: u64 = 2000;
const BATCH: usize = 64;
const LR: f64 = 2e-3;
/// Images of this side or more are moved by up to a pixel.
const MOVED_FROM: usize = 16;
/// The fewest training images.
const FEWEST: usize = 50;

/// A classifier before its training.
pub fn blank(images: &Images, kernels: Kernels) -> Result<Classifier, ClassifierError> {
    let classes = images.classes().unwrap_or(0);
    if classes < 2 {
        return Err(ClassifierError::Data("a classifier needs labels of at least two classes".into()));
    }
    if images.count(Part::Training) < FEWEST {
        return Err(ClassifierError::Data(format!("a classifier needs at least {FEWEST} training images")));
    }
    let image = images.shape();
    let (mut list, last) = layers(image, classes);
    let stack = |list: &[_], image| {
        let plan = plan("layers", list, image).map_err(|(_, what)| ClassifierError::Data(what))?;
        Ok(Network::Stack(Stack { plan, input_scale: 1.0, output_scale: 1.0 }))
    };
    let body = stack(&list, image)?;
    let end = stack(std::slice::from_ref(&last), Extent::vector(FEATURES))?;
    list.push(last);
    let network = stack(&list, image)?;
    let init = Init { kind: InitKind::KaimingNormal, gain: 1.0 };
    let theta = initial_parameters(&network, init, Address::new(0, Stream::Classifier, 0));
    Ok(Classifier {
        network,
        body,
        last: end,
        theta,
        classes,
        features: FEATURES,
        stack: 1,
        kernels,
        accuracy: 0.0,
        judged: 0,
        held_out: false,
    })
}

/// Trains a blank classifier.
pub fn train(classifier: &mut Classifier, images: &Images) -> Result<(), ClassifierError> {
    let Classifier { network, theta, kernels, classes, .. } = classifier;
    let mut pass = network.pass(*kernels);
    let [mut mean, mut square] = [0, 1].map(|_| vec![0.0f32; theta.len()]);
    for update in 0..UPDATES {
        let address = Address::new(0, Stream::Classifier, update + 1);
        let Some(batch) = images.sample_labelled(Part::Training, address, BATCH) else {
            return Err(ClassifierError::Data("a classifier needs labelled images".into()));
        };
        let x = moved(&batch.points, images.shape(), address.with_draw(1));
        pass.forward(theta, &x);
        let mut bars: Vec<f64> = pass.output().iter().map(|x| f64::from(*x)).collect();
        for (bar, label) in bars.chunks_exact_mut(*classes).zip(&batch.labels) {
            super::softmax(bar);
            bar[*label as usize] -= 1.0;
        }
        // What Adam takes is minus the gradient.
        let bars: Vec<f32> = bars.iter().map(|bar| (-bar / BATCH as f64) as f32).collect();
        let mut v = vec![0.0f32; theta.len()];
        pass.backward(theta, &bars, Some(&mut v), None);
        let share = update as f64 / UPDATES as f64;
        let lr = LR * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * share));
        let settings = adam::Settings { lr, betas: [0.9, 0.999], epsilon: 1e-8 };
        adam::update(theta, &v, settings, update + 1, &mut mean, &mut square);
    }
    Ok(())
}

/// Images moved by up to a pixel each way, the border repeated.
fn moved(points: &Points, shape: Extent, address: Address) -> Vec<f32> {
    let Extent { channels, height, width } = shape;
    let still = height.min(width) < MOVED_FROM;
    let mut rng = address.rng();
    let mut out = Vec::with_capacity(points.values.len());
    for image in points.rows() {
        let mut shift = || if still { 0 } else { rng.random_range(-1i64..=1) };
        let (dy, dx) = (shift(), shift());
        let at = |k: usize, d: i64, n: usize| (k as i64 + d).clamp(0, n as i64 - 1) as usize;
        for channel in 0..channels {
            for y in 0..height {
                let line = (channel * height + at(y, dy, height)) * width;
                out.extend((0..width).map(|x| image[line + at(x, dx, width)] as f32));
            }
        }
    }
    out
}

/// Looks how often a trained classifier is right, on held-out images where there are any.
pub fn examine(classifier: &mut Classifier, images: &Images) {
    let part = if images.count(Part::HeldOut) > 0 { Part::HeldOut } else { Part::Training };
    let seen = classifier.seen(images, part);
    let right = seen.iter().filter(|image| image.label == image.truth).count();
    classifier.accuracy = right as f64 / seen.len().max(1) as f64;
    classifier.judged = seen.len();
    classifier.held_out = part == Part::HeldOut;
}
