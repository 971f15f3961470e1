//! What the discriminator is shown of generated samples: their numbers, and their labels where the networks know labels.

use crate::nn::label::{labels_of, with_labels, without_labels};
use crate::scalar::Scalar;
use std::borrow::Cow;

/// How the discriminator is shown the samples of a pass.
#[derive(Clone, Debug)]
pub struct View {
    dim: usize,
    labelled: bool,
}

impl View {
    /// Of samples of `dim` numbers, with labels or without.
    pub fn new(dim: usize, labelled: bool) -> Self {
        View { dim, labelled }
    }

    /// Samples, `[rows, dim]`, as the discriminator takes them: with the labels that end the rows of `labels`, as many rows.
    pub fn show<'a, T: Scalar>(&self, samples: &'a [T], labels: &[T]) -> Cow<'a, [T]> {
        if !self.labelled || samples.is_empty() {
            return Cow::Borrowed(samples);
        }
        let width = labels.len() * self.dim / samples.len();
        Cow::Owned(with_labels(samples, self.dim, labels_of(labels, width)))
    }

    /// Tangents of samples as tangents of what is shown; labels have none.
    pub fn push<'a, T: Scalar>(&self, dots: &'a [T]) -> Cow<'a, [T]> {
        match self.labelled {
            true => Cow::Owned(with_labels(dots, self.dim, std::iter::repeat(T::ZERO))),
            false => Cow::Borrowed(dots),
        }
    }

    /// Cotangents of what is shown as those of the samples.
    pub fn pull<'a, T: Scalar>(&self, bars: &'a [T]) -> Cow<'a, [T]> {
        match self.labelled {
            true => Cow::Owned(without_labels(bars, self.dim + 1)),
            false => Cow::Borrowed(bars),
        }
    }

    /// Puts the labels of some rows to others, as the discriminator takes both.
    pub fn relabel<T: Scalar>(&self, rows: &mut [T], from: &[T]) {
        if self.labelled {
            let width = self.dim + 1;
            let labels = rows.iter_mut().skip(self.dim).step_by(width);
            labels.zip(labels_of(from, width)).for_each(|(to, from)| *to = from);
        }
    }

    /// Zeros for what is shown of as many samples.
    pub fn shown<T: Scalar>(&self, samples: &[T]) -> Vec<T> {
        vec![T::ZERO; samples.len() + if self.labelled { samples.len() / self.dim } else { 0 }]
    }
}
