//! Images as data: a set of them, a byte a number, of which some are held out from training.
//!
//! A sample is an image drawn with replacement, its numbers in [-1, 1], channel by channel, each channel row by row from
//! the top. A stack is three images drawn so, one a channel; its label is c^2 a + c b + d for labels a, b, d of c
//! classes (Metz et al. 2017 with digits: 1,000 modes).

pub(crate) mod digits;
pub(crate) mod files;
pub(crate) mod shapes;
mod split;
#[cfg(test)]
mod tests;

use super::error::setting;
use super::{DataError, Points};
use crate::random::Address;
use crate::scenario::Extent;
use crate::scenario::{self, Color, OnError};
use files::folder::Reading;
use files::{Labels, MAPPED_FROM, MOST_CLASSES, Pixels, RawImages, Unread, cifar10, folder, idx};
use rand::RngExt;
use split::Split;
use std::sync::Arc;

/// Images of a stack.
const STACK: usize = 3;

/// The two parts of a set of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The images that training samples from.
    Training,
    /// The images that it never sees.
    HeldOut,
}

/// Samples and the label of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The samples.
    pub points: Points,
    /// One label a sample, below the number of classes.
    pub labels: Vec<u32>,
}

/// A set of images, single or stacked. Cloning is cheap: the pixels are shared.
#[derive(Clone, Debug)]
pub struct Images {
    shape: Extent,
    pixels: Pixels,
    /// The byte that stands for 1.
    white: u8,
    labels: Option<Arc<Labels>>,
    split: Split,
    /// Images a sample: 1 or `STACK`.
    stack: usize,
    skipped: Arc<[Unread]>,
}

impl Images {
    /// Reads the images of a scenario; None where its data are no images.
    pub fn new(data: &scenario::Data) -> Result<Option<Self>, DataError> {
        use scenario::Data;
        let mut skipped = Vec::new();
        let (raw, share) = match data {
            Data::Digits { held_out } => (digits::read(), *held_out),
            Data::Idx { images, labels, held_out } => {
                (idx::read(images, labels.as_deref(), MAPPED_FROM)?, *held_out)
            }
            Data::Cifar10 { folder, held_out } => (cifar10::read(folder)?, *held_out),
            Data::Folder { folder, size, color, on_error, held_out } => {
                let raw;
                (raw, skipped) = folder::read(folder, reading(*size, *color, *on_error))?;
                (raw, *held_out)
            }
            Data::Shapes { size, support } => (shapes::read(*size, *support)?, 0.0),
            Data::Stacked { source } => return Images::new(source)?.map(Images::stacked).transpose(),
            _ => return Ok(None),
        };
        Ok(Some(Images::of(raw, share, skipped)))
    }

    fn of(raw: RawImages, share: f64, skipped: Vec<Unread>) -> Self {
        let images = raw.pixels.len() / raw.shape.numbers();
        let split = match raw.apart {
            0 => Split::share(images, raw.labels.as_ref().map(|labels| &labels.of[..]), share),
            apart => Split::last(images, apart),
        };
        Images {
            shape: raw.shape,
            pixels: raw.pixels,
            white: raw.white,
            labels: raw.labels.map(Arc::new),
            split,
            stack: 1,
            skipped: skipped.into(),
        }
    }

    /// Three images a sample, as the channels of one.
    fn stacked(self) -> Result<Self, DataError> {
        let Some(classes) = self.classes() else {
            return Err(setting(
                "the source of a stack has no labels",
                "give `labels`, or subfolders, in `source`",
            ));
        };
        if self.shape.channels != 1 || self.stack != 1 {
            let what = format!("the source of a stack has {} channels", self.shape().channels);
            return Err(setting(what, "take a grey source; for a folder, set `color = \"grey\"`"));
        }
        if classes.pow(STACK as u32) > MOST_CLASSES {
            let what =
                format!("stacks of {classes} classes have {classes}^3 modes, more than {MOST_CLASSES}");
            return Err(setting(what, "take a source of at most 40 classes"));
        }
        Ok(Images { stack: STACK, ..self })
    }

    /// The single images that are stacked; the images themselves where they are not.
    pub fn singles(&self) -> Images {
        Images { stack: 1, ..self.clone() }
    }

    /// The same with one half (0 or 1) of the held-out images of each class.
    pub fn half(&self, which: usize) -> Images {
        let labels = self.labels.as_ref().map(|labels| &labels.of[..]);
        Images { split: self.split.half(labels, which), ..self.clone() }
    }

    /// Single images a sample: three in a stack.
    pub fn a_sample(&self) -> usize {
        self.stack
    }

    /// Shape of a sample.
    pub fn shape(&self) -> Extent {
        Extent { channels: self.shape.channels * self.stack, ..self.shape }
    }

    /// Number of labels, which all occur; None without labels.
    pub fn classes(&self) -> Option<usize> {
        Some(self.labels.as_ref()?.names.len().pow(self.stack as u32))
    }

    /// Name of a class: the label of the files, or the three of a stack with commas between.
    pub fn class_name(&self, label: u32) -> Option<String> {
        let singles = self.parts_of(label)?;
        let names = singles.iter().map(|single| self.labels.as_ref()?.names.get(*single as usize).cloned());
        Some(names.collect::<Option<Vec<_>>>()?.join(", "))
    }

    /// The share of each class among the samples of a part, which sum to 1; None without labels or images.
    pub fn class_shares(&self, part: Part) -> Option<Vec<f64>> {
        let of = self.all_labels(part).filter(|of| !of.is_empty())?;
        let mut single = vec![0.0; self.labels.as_ref()?.names.len()];
        of.iter().for_each(|label| single[*label as usize] += 1.0 / of.len() as f64);
        // The channels of a stack are drawn independently of each other.
        let share = |label| Some(self.parts_of(label)?.iter().map(|part| single[*part as usize]).product());
        (0..self.classes()? as u32).map(share).collect()
    }

    /// Number of single images in a part.
    pub fn count(&self, part: Part) -> usize {
        self.part(part).len()
    }

    /// Files of a folder that could not be read and were left out.
    pub fn skipped(&self) -> &[Unread] {
        &self.skipped
    }

    /// Every single image of a part, in the order of the files; the same order always.
    pub fn all(&self, part: Part) -> Points {
        self.first(part, usize::MAX)
    }

    /// The first `n` of `all`, or all where there are fewer.
    pub fn first(&self, part: Part, n: usize) -> Points {
        let images = &self.part(part)[..n.min(self.count(part))];
        let mut values = Vec::with_capacity(images.len() * self.shape.numbers());
        images.iter().for_each(|&image| self.push(image, &mut values));
        Points::new(self.shape.numbers(), values)
    }

    /// The bytes of every single image of a part, in the same order.
    pub fn bytes(&self, part: Part) -> impl Iterator<Item = &[u8]> {
        self.part(part).iter().map(|&image| self.pixels_of(image))
    }

    /// The label of every single image of a part, in the order of `all`; None without labels.
    pub fn all_labels(&self, part: Part) -> Option<Vec<u32>> {
        let labels = self.labels.as_ref()?;
        Some(self.part(part).iter().map(|&image| labels.of[image as usize].into()).collect())
    }

    /// `n` independent samples of a part that depend on the address alone; fewer are a prefix of more. None from a part
    /// that has no images.
    pub fn sample(&self, part: Part, address: Address, n: usize) -> Option<Points> {
        Some(self.points(&self.draw(part, address, n)?))
    }

    /// The samples of `sample` with their labels; None also without labels.
    pub fn sample_labelled(&self, part: Part, address: Address, n: usize) -> Option<Labelled> {
        let labels = self.labels.as_ref()?;
        let drawn = self.draw(part, address, n)?;
        let classes = labels.names.len() as u32;
        let join = |label, image: &u32| label * classes + u32::from(labels.of[*image as usize]);
        let labels = drawn.chunks_exact(self.stack).map(|images| images.iter().fold(0, join)).collect();
        Some(Labelled { points: self.points(&drawn), labels })
    }

    /// `n` samples of a part restricted to some classes, each as often as the others up to chance: a class is drawn,
    /// then an image of it (for a stack, one of each channel's). None without labels, or where the part has no image of
    /// a class that is asked for.
    pub fn sample_classes(
        &self,
        part: Part,
        address: Address,
        n: usize,
        classes: &[u32],
    ) -> Option<Labelled> {
        let members = self.members(part)?;
        let mut rng = address.rng();
        let mut drawn = Vec::with_capacity(n * self.stack);
        let mut labels = Vec::with_capacity(n);
        if n > 0 && classes.is_empty() {
            return None;
        }
        for _ in 0..n {
            let label = classes[rng.random_range(0..classes.len())];
            for single in self.parts_of(label)? {
                let of_class = members.get(single as usize).filter(|of_class| !of_class.is_empty())?;
                drawn.push(of_class[rng.random_range(0..of_class.len())]);
            }
            labels.push(label);
        }
        Some(Labelled { points: self.points(&drawn), labels })
    }

    fn part(&self, part: Part) -> &[u32] {
        match part {
            Part::Training => &self.split.training,
            Part::HeldOut => &self.split.held_out,
        }
    }

    /// Single images of `n` samples.
    fn draw(&self, part: Part, address: Address, n: usize) -> Option<Vec<u32>> {
        let from = self.part(part);
        let mut rng = address.rng();
        (!from.is_empty())
            .then(|| (0..n * self.stack).map(|_| from[rng.random_range(0..from.len())]).collect())
    }

    /// Images of a part by their labels.
    fn members(&self, part: Part) -> Option<Vec<Vec<u32>>> {
        let labels = self.labels.as_ref()?;
        let mut members = vec![Vec::new(); labels.names.len()];
        self.part(part).iter().for_each(|&image| members[labels.of[image as usize] as usize].push(image));
        Some(members)
    }

    /// The labels of the single images of a sample with a label, the first channel's first.
    fn parts_of(&self, label: u32) -> Option<Vec<u32>> {
        let classes = self.labels.as_ref()?.names.len() as u32;
        let digit = |place: usize| label / classes.pow(place as u32) % classes;
        ((label as usize) < self.classes()?).then(|| (0..self.stack).rev().map(digit).collect())
    }

    fn points(&self, drawn: &[u32]) -> Points {
        let mut values = Vec::with_capacity(drawn.len() * self.shape.numbers());
        drawn.iter().for_each(|&image| self.push(image, &mut values));
        Points::new(self.shape().numbers(), values)
    }

    fn pixels_of(&self, image: u32) -> &[u8] {
        let dim = self.shape.numbers();
        &self.pixels[image as usize * dim..][..dim]
    }

    fn push(&self, image: u32, values: &mut Vec<f64>) {
        let white = f64::from(self.white);
        values.extend(self.pixels_of(image).iter().map(|&pixel| 2.0 * f64::from(pixel) / white - 1.0));
    }
}

/// How a scenario wants its folder read.
pub(crate) fn reading(size: Option<usize>, color: Color, on_error: OnError) -> Reading {
    let channels = if color == Color::Grey { 1 } else { 3 };
    Reading { size, channels, skip: on_error == OnError::Skip }
}
