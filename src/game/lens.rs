//! What the discriminator is shown of samples, on candle tensors: the same draw as a `View`.

use super::augment::{Augmentation, Change};
use super::view::View;
use crate::nn::tape::Jet;
use crate::scalar::Scalar;
use crate::scenario::Extent;
use candle_core::{Device, Result, Tensor};

/// A view as tensors.
pub(super) struct Lens {
    change: Option<Changes>,
    /// `[rows, dim]`.
    noise: Option<Tensor>,
}

/// The changes of a batch.
struct Changes {
    image: Extent,
    /// Where each number comes from, and 0 where it is a zero: `[rows, dim]`.
    source: Tensor,
    kept: Tensor,
    /// A number a sample: `[rows, 1, 1]`.
    brightness: Tensor,
    saturation: Tensor,
    contrast: Tensor,
}

impl Lens {
    /// That of a view of samples of `dim` numbers.
    pub fn new<T: Scalar>(
        view: &View<T>,
        augmentation: Option<&Augmentation>,
        dim: usize,
        on: &Device,
    ) -> Result<Self> {
        let change = augmentation.filter(|_| !view.changes.is_empty());
        let change =
            change.map(|augmentation| Changes::new::<T>(augmentation, &view.changes, dim, on)).transpose()?;
        let noise = (!view.noise.is_empty())
            .then(|| Tensor::from_slice(&view.noise, (view.noise.len() / dim, dim), on))
            .transpose()?;
        Ok(Lens { change, noise })
    }

    /// Samples, `[rows, dim]`, as they are shown.
    pub fn show(&self, x: &Jet) -> Result<Jet> {
        let mut out = match &self.change {
            Some(change) => change.apply(x)?,
            None => x.clone(),
        };
        if let Some(noise) = &self.noise {
            let value = out.value()?.add(noise)?;
            out = out.with(0, Some(value));
        }
        Ok(out)
    }
}

impl Changes {
    fn new<T: Scalar>(
        augmentation: &Augmentation,
        changes: &[Change],
        dim: usize,
        on: &Device,
    ) -> Result<Self> {
        let rows = changes.len();
        let from: Vec<Option<usize>> =
            changes.iter().flat_map(|change| (0..dim).map(|i| augmentation.source(change, i))).collect();
        let source: Vec<u32> = from.iter().map(|from| from.unwrap_or(0) as u32).collect();
        let kept: Vec<T> = from.iter().map(|from| if from.is_some() { T::ONE } else { T::ZERO }).collect();
        let each = |of: fn(&Change) -> f64| {
            Tensor::from_vec(
                changes.iter().map(|change| T::of(of(change))).collect::<Vec<T>>(),
                (rows, 1, 1),
                on,
            )
        };
        Ok(Changes {
            image: augmentation.image(),
            source: Tensor::from_vec(source, (rows, dim), on)?,
            kept: Tensor::from_vec(kept, (rows, dim), on)?,
            brightness: each(|change| change.brightness)?,
            saturation: each(|change| change.saturation)?,
            contrast: each(|change| change.contrast)?,
        })
    }

    fn apply(&self, x: &Jet) -> Result<Jet> {
        let (rows, dim) = (self.source.dim(0)?, self.source.dim(1)?);
        let (channels, pixels) = (self.image.channels, self.image.pixels());
        let colored = x.map(|x| {
            let x = x.reshape((rows, channels, pixels))?;
            let x = spread(&x, &x.mean_keepdim(1)?, &self.saturation)?;
            let mean = x.reshape((rows, 1, dim))?.mean_keepdim(2)?;
            spread(&x, &mean, &self.contrast)?.reshape((rows, dim))
        })?;
        let brighter = colored.value()?.broadcast_add(&self.brightness.reshape((rows, 1))?)?;
        let moved = |x: &Tensor| x.contiguous()?.gather(&self.source, 1)?.mul(&self.kept);
        colored.with(0, Some(brighter)).map(moved)
    }
}

/// m + by (x - m).
fn spread(x: &Tensor, mean: &Tensor, by: &Tensor) -> Result<Tensor> {
    let mean = mean.broadcast_as(x.shape())?;
    mean.add(&x.sub(&mean)?.broadcast_mul(by)?)
}
