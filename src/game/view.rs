//! What the discriminator is shown of samples: A x + b + noise, augmented and noisy where the game says so, with their labels
//! where the networks know labels.

use super::augment::{Augmentation, Change};
use super::batch::{GanBatch, Pass};
use super::gan::Gan;
use super::regularizer::Strength;
use crate::nn::label::{labels_of, with_labels, without_labels};
use crate::random::{Chance, Stream, fill_normal};
use crate::scalar::Scalar;
use std::borrow::Cow;

/// How samples are shown in the updates of both players. Where one looks at samples they are shown plainly.
#[derive(Clone, Debug, Default)]
pub struct Showing {
    /// How images are changed.
    pub augmentation: Option<Augmentation>,
    /// Standard deviation of instance noise.
    pub noise: Option<Strength>,
}

impl Showing {
    /// Whether anything is drawn for it.
    pub fn draws(&self) -> bool {
        self.augmentation.is_some() || self.noise.is_some()
    }
}

/// The part of a batch that a view is of: its first sample's number, what it draws from, and the training step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub first: usize,
    pub chance: Option<Chance>,
    pub step: u64,
}

/// How the samples of one pass are shown: a draw.
#[derive(Clone, Debug)]
pub(super) struct View<T> {
    dim: usize,
    labelled: bool,
    augmentation: Option<Augmentation>,
    /// The change of each sample; none where they are not changed.
    pub changes: Vec<Change>,
    /// `[rows, dim]`; none without noise.
    pub noise: Vec<T>,
}

impl<T: Scalar> View<T> {
    /// A plain view of the samples of a game.
    pub fn plain(gan: &Gan<T>) -> Self {
        let augmentation = gan.showing.augmentation;
        View {
            dim: gan.data_dim(),
            labelled: gan.labelled(),
            augmentation,
            changes: Vec::new(),
            noise: Vec::new(),
        }
    }

    /// Draws anew for `rows` samples of a pass.
    pub fn draw(&mut self, showing: &Showing, pass: Pass, place: Place, rows: usize) {
        self.changes.clear();
        self.noise.clear();
        let Some(chance) = pass.on(place.chance).chance else { return };
        let samples = place.first..place.first + rows;
        if let Some(augmentation) = showing.augmentation {
            self.changes.extend(samples.clone().map(|sample| augmentation.draw(chance, sample)));
        }
        let std = showing.noise.as_ref().map_or(0.0, |noise| noise.at(place.step));
        if std > 0.0 {
            self.noise.resize(rows * self.dim, T::ZERO);
            for (row, sample) in self.noise.chunks_exact_mut(self.dim).zip(samples) {
                fill_normal(chance.address(Stream::Noise, sample as u64), row);
                row.iter_mut().for_each(|x| *x *= T::of(std));
            }
        }
    }

    /// Samples, `[rows, dim]`, as the discriminator takes them: with the labels that end the rows of `labelled`, as many.
    pub fn show<'a>(&self, samples: &'a [T], labelled: &[T]) -> Cow<'a, [T]> {
        let mut out =
            self.changed(samples, |augmentation, change, x, to| augmentation.apply(change, x, false, to));
        if !self.noise.is_empty() {
            out.to_mut().iter_mut().zip(&self.noise).for_each(|(x, noise)| *x += *noise);
        }
        if !self.labelled || samples.is_empty() {
            return out;
        }
        let width = labelled.len() * self.dim / samples.len();
        Cow::Owned(with_labels(&out, self.dim, labels_of(labelled, width)))
    }

    /// The same of real samples, whose labels are behind them.
    pub fn show_real<'a>(&self, x: &'a [T]) -> Cow<'a, [T]> {
        match self.labelled {
            true if self.changes.is_empty() && self.noise.is_empty() => Cow::Borrowed(x),
            true => Cow::Owned(self.show(&without_labels(x, self.dim + 1), x).into_owned()),
            false => self.show(x, x),
        }
    }

    /// Tangents of samples as tangents of what is shown; labels have none.
    pub fn push<'a>(&self, dots: &'a [T]) -> Cow<'a, [T]> {
        let out = self.changed(dots, |augmentation, change, x, to| augmentation.apply(change, x, true, to));
        match self.labelled {
            true => Cow::Owned(with_labels(&out, self.dim, std::iter::repeat(T::ZERO))),
            false => out,
        }
    }

    /// Cotangents of what is shown as those of the samples.
    pub fn pull<'a>(&self, bars: &'a [T]) -> Cow<'a, [T]> {
        let bare = match self.labelled {
            true => Cow::Owned(without_labels(bars, self.dim + 1)),
            false => Cow::Borrowed(bars),
        };
        let pull = |augmentation: &Augmentation, change: &Change, bar: &[T], to: &mut [T]| {
            augmentation.pull(change, bar, to);
        };
        match bare {
            Cow::Borrowed(bare) => self.changed(bare, pull),
            Cow::Owned(bare) => Cow::Owned(self.changed(&bare, pull).into_owned()),
        }
    }

    /// Each row under its change.
    fn changed<'a>(&self, rows: &'a [T], f: impl Fn(&Augmentation, &Change, &[T], &mut [T])) -> Cow<'a, [T]> {
        let Some(augmentation) = self.augmentation.as_ref().filter(|_| !self.changes.is_empty()) else {
            return Cow::Borrowed(rows);
        };
        let mut out = vec![T::ZERO; rows.len()];
        let pairs = out.chunks_exact_mut(self.dim).zip(rows.chunks_exact(self.dim));
        pairs.zip(&self.changes).for_each(|((to, from), change)| f(augmentation, change, from, to));
        Cow::Owned(out)
    }

    /// Puts the labels of some rows to others, both as the discriminator takes them.
    pub fn relabel(&self, rows: &mut [T], from: &[T]) {
        if self.labelled {
            let width = self.dim + 1;
            let labels = rows.iter_mut().skip(self.dim).step_by(width);
            labels.zip(labels_of(from, width)).for_each(|(to, from)| *to = from);
        }
    }

    /// Makes a buffer as long as what is shown of as many samples; what it holds means nothing.
    pub fn blank(&self, samples: &[T], shown: &mut Vec<T>) {
        let labels = if self.labelled { samples.len() / self.dim } else { 0 };
        shown.resize(samples.len() + labels, T::ZERO);
    }
}

impl<T: Scalar> Gan<T> {
    /// How one side of a batch is shown.
    pub(super) fn view(&self, pass: Pass, batch: &GanBatch<T>) -> View<T> {
        let mut view = View::plain(self);
        let place = Place { first: 0, chance: batch.chance, step: batch.step };
        view.draw(&self.showing, pass, place, self.rows_of(batch));
        view
    }

    /// A batch's real samples, and others in place of its generated ones, as the discriminator is shown them in the batch.
    pub fn shown(&self, batch: &GanBatch<T>, samples: &[T]) -> [Vec<T>; 2] {
        let real = self.view(Pass::Real, batch).show_real(&batch.x).into_owned();
        [real, self.view(Pass::Fake, batch).show(samples, &batch.z).into_owned()]
    }
}
