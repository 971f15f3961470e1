//! The closer look at a run's last images: their neighbours among training images, near duplicates among themselves, and
//! what lies between two latent vectors.

use super::image_look::{Duplicates, ImageLook, Interpolations, Neighbours};
use crate::data::{Images, Part, Points};
use crate::game::Gan;
use crate::metric::birthday::{Birthday, birthday, threshold_of_real};
use crate::metric::nearest::{memorisation, nearest};
use crate::random::{Address, Stream};
use crate::scalar::{Scalar, norm};
use crate::scenario::Latent;
use std::collections::HashSet;

/// Generated images that are shown with their neighbours, and neighbours of each.
const SHOWN: usize = 8;
const NEAR: usize = 6;
/// Images whose distances to the training images are compared with those of held-out images.
const COMPARED: usize = 1000;
/// Images a batch of the birthday test, at most.
const BATCH: usize = 500;
/// Share of real batches of that size whose closest pair is as close as a duplicate.
const CHANCE: f64 = 0.05;
/// Level of the support's interval.
const LEVEL: f64 = 0.95;
/// Pairs that are shown.
const PAIRS: usize = 10;
/// Lines between latent vectors, and images of each.
const LINES: usize = 6;
const LENGTH: usize = 10;

/// Looks at `n` generated images of a generator at a step. `count` tells how many of some images are of each mode, where
/// that is worth a picture.
pub fn closer_look<T: Scalar>(
    gan: &Gan<T>,
    images: &Images,
    theta_g: &[T],
    step: u64,
    n: usize,
    count: impl Fn(&Points) -> Option<Vec<u64>>,
) -> ImageLook {
    let address = |stream| Address::new(gan.seed, stream, step);
    let draw = |z: &[T]| {
        let values = gan.generate(theta_g, z).iter().map(|x| x.f64()).collect();
        Points::new(gan.data_dim(), values)
    };
    let generated = draw(&gan.latent(address(Stream::EvalLatent), n));
    let real = images.sample(Part::Training, address(Stream::EvalData), n);
    let ends = gan.noise(address(Stream::EvalLatent).with_draw(4), 2 * LINES);
    let spherical = gan.prior != Latent::Uniform;
    let lines =
        ends.chunks_exact(2 * gan.latent_dim()).flat_map(|ends| line(ends, spherical)).collect::<Vec<T>>();
    // A line keeps its class.
    let lines = gan.of_classes(lines, |row| row / LENGTH);
    ImageLook {
        step,
        neighbours: neighbours(gan, images, &generated),
        modes: count(&generated),
        duplicates: real.and_then(|real| duplicates(gan, &distinct(&real), &generated)),
        interpolations: Some(Interpolations { images: draw(&lines), length: LENGTH, spherical }),
    }
}

/// The neighbours of single images; stacks have none among the images that they are made of.
fn neighbours<T: Scalar>(gan: &Gan<T>, images: &Images, generated: &Points) -> Option<Neighbours> {
    let training = images.all(Part::Training);
    let shown = generated.first(SHOWN);
    let found = nearest(gan.kernels, &shown, &training, NEAR)?;
    let all = || found.iter().flatten();
    let near = Points::new(training.dim, all().flat_map(|near| training.row(near.index).to_vec()).collect());
    let held_out = images.first(Part::HeldOut, COMPARED);
    let known = memorisation(gan.kernels, &training, &generated.first(COMPARED), &held_out);
    Some(Neighbours {
        generated: shown,
        near,
        distances: all().map(|near| near.distance).collect(),
        held_out: known.map_or(f64::NAN, |known| known.held_out_median),
    })
}

/// The points without those that were drawn again: what is as close as chance makes two real images is asked of two
/// images, not of one.
fn distinct(points: &Points) -> Points {
    let mut seen = HashSet::new();
    let new = points.rows().filter(|row| seen.insert(row.iter().map(|x| x.to_bits()).collect::<Vec<u64>>()));
    Points::new(points.dim, new.flatten().copied().collect())
}

fn duplicates<T: Scalar>(gan: &Gan<T>, real: &Points, generated: &Points) -> Option<Duplicates> {
    let batch = (generated.len().min(real.len()) / 2).clamp(2, BATCH);
    let threshold = threshold_of_real(gan.kernels, real, batch, CHANCE)?;
    let Birthday { support, interval: [low, high], closest, .. } =
        birthday(gan.kernels, generated, batch, threshold, LEVEL, PAIRS)?;
    let side = |of: fn(&crate::metric::birthday::Pair) -> usize| {
        let rows = closest.iter().flat_map(|pair| generated.row(of(pair)).to_vec());
        Points::new(generated.dim, rows.collect())
    };
    Some(Duplicates {
        first: side(|pair| pair.first),
        second: side(|pair| pair.second),
        distances: closest.iter().map(|pair| pair.distance).collect(),
        threshold,
        batch,
        support: [support, low, high],
    })
}

/// Latent vectors from one end to the other: on a straight line, or, as normal vectors lie near a sphere, turning from one
/// direction into the other while the length changes evenly (White 2016).
fn line<T: Scalar>(ends: &[T], spherical: bool) -> Vec<T> {
    let (a, b) = ends.split_at(ends.len() / 2);
    let (long_a, long_b) = (norm(a), norm(b));
    let cosine = a.iter().zip(b).map(|(a, b)| a.f64() * b.f64()).sum::<f64>() / (long_a * long_b);
    let angle = libm::acos(cosine.clamp(-1.0, 1.0));
    let point = |k: usize| {
        let t = k as f64 / (LENGTH - 1) as f64;
        let (p, q) = if spherical && angle > 1e-6 {
            let long = (1.0 - t) * long_a + t * long_b;
            let sine = libm::sin(angle);
            (libm::sin((1.0 - t) * angle) / sine * long / long_a, libm::sin(t * angle) / sine * long / long_b)
        } else {
            (1.0 - t, t)
        };
        a.iter().zip(b).map(move |(a, b)| T::of(p * a.f64() + q * b.f64()))
    };
    (0..LENGTH).flat_map(point).collect()
}
