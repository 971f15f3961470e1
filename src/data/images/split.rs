//! Which images are trained on, and which are held out to measure with.

use crate::random::{Address, Stream};
use rand::seq::SliceRandom;
use std::sync::Arc;

/// The images of a set by their numbers, in rising order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Those that training samples from; at least one.
    pub training: Arc<[u32]>,
    /// Those that it never sees.
    pub held_out: Arc<[u32]>,
}

impl Split {
    /// Holds out a share of the images of each class, picked at random from the set alone: never all of a class, and at
    /// least one where the class has two and the share is not 0. Without labels all images are one class.
    pub fn share(images: usize, labels: Option<&[u16]>, share: f64) -> Self {
        let mut classes: Vec<Vec<u32>> = Vec::new();
        for image in 0..images {
            let class = labels.map_or(0, |labels| labels[image] as usize);
            if class >= classes.len() {
                classes.resize(class + 1, Vec::new());
            }
            classes[class].push(image as u32);
        }
        let (mut training, mut held_out) = (Vec::new(), Vec::new());
        for (class, mut members) in (0..).zip(classes) {
            members.shuffle(&mut Address::new(0, Stream::HeldOut, class).rng());
            let (kept, away) = members.split_at(members.len() - held(members.len(), share));
            training.extend(kept);
            held_out.extend(away);
        }
        training.sort_unstable();
        held_out.sort_unstable();
        Split { training: training.into(), held_out: held_out.into() }
    }

    /// The same images to train on, and every other one of those held out of each class: the first (0) or the second (1) of
    /// every two.
    pub fn half(&self, labels: Option<&[u16]>, which: usize) -> Self {
        let mut seen = std::collections::HashMap::<u16, usize>::new();
        let kept = self.held_out.iter().copied().filter(|&image| {
            let count = seen.entry(labels.map_or(0, |labels| labels[image as usize])).or_default();
            *count += 1;
            (*count - 1) % 2 == which
        });
        Split { training: self.training.clone(), held_out: kept.collect() }
    }

    /// Holds out the last images.
    pub fn last(images: usize, held_out: usize) -> Self {
        let from = (images - held_out) as u32;
        Split { training: (0..from).collect(), held_out: (from..images as u32).collect() }
    }
}

/// How many of `count` images are held out.
fn held(count: usize, share: f64) -> usize {
    match (share > 0.0, count) {
        (false, _) | (_, 0 | 1) => 0,
        (true, _) => ((share * count as f64).round() as usize).clamp(1, count - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_image_is_in_one_part_and_every_class_in_both(
            labels in proptest::collection::vec(0u16..5, 1..200),
            share in 0.0..0.99f64,
        ) {
            let split = Split::share(labels.len(), Some(&labels), share);
            let mut all: Vec<u32> = split.training.iter().chain(split.held_out.iter()).copied().collect();
            all.sort_unstable();
            prop_assert!(all.iter().copied().eq(0..labels.len() as u32));
            for class in 0..5 {
                let within = |part: &[u32]| part.iter().filter(|i| labels[**i as usize] == class).count();
                let (kept, away) = (within(&split.training), within(&split.held_out));
                prop_assert!(kept > 0 || away == 0);
                prop_assert!(away > 0 || kept < 2 || share == 0.0);
                let halves = [0, 1].map(|which| within(&split.half(Some(&labels), which).held_out));
                prop_assert_eq!(halves[0] + halves[1], away);
                prop_assert!(halves[0] - halves[1] <= 1);
                prop_assert!(kept + away < 2 || (away as f64 - share * (kept + away) as f64).abs() <= 1.0);
            }
        }
    }
}
