//! Where samples come from: the distribution of real data and the prior of latent vectors, each a sampler addressed
//! by stream, so that the same address always gives the same points.

mod curve;
mod error;
pub(crate) mod images;
mod latent;
mod mixture;
mod moments;
mod points;
mod table;

pub use error::DataError;
pub use images::files::{FileError, Unread};
pub use images::{Images, Labelled, Part};
pub use latent::{rows_apart, sample_latent, sample_latent_from};
pub(crate) use moments::trace;
pub use moments::{mean_and_covariance, smallest_eigenvalue};
pub use points::{Mode, Points};

use crate::random::{Address, Stream};
use crate::scalar::Scalar;
use crate::scenario;
use crate::scenario::Extent;
use curve::Curve;
use mixture::Mixture;
use table::Table;

/// Draws that `window` and pictures take the extent of the data from.
const WINDOW_DRAWS: usize = 4096;

/// The distribution of real samples, ready to be drawn from.
#[derive(Clone, Debug)]
pub struct RealData {
    source: Source,
    modes: Option<Vec<Mode>>,
}

#[derive(Clone, Debug)]
enum Source {
    Mixture(Mixture),
    Curve(Curve),
    Table(Table),
    Images(Images),
}

impl RealData {
    /// Prepares the data of a scenario; reads its files, whose paths loading made absolute.
    ///
    /// `None` for `Data::Teacher`: its samples come from a network, and networks belong to the game.
    pub fn new(data: &scenario::Data) -> Result<Option<RealData>, DataError> {
        use scenario::Data;
        let source = match data {
            Data::Ring { modes, radius, std } => Source::Mixture(Mixture::ring(*modes, *radius, *std)?),
            Data::Grid { side, spacing, std } => Source::Mixture(Mixture::grid(*side, *spacing, *std)?),
            Data::Mixture { components } => Source::Mixture(Mixture::new(components)?),
            Data::Line { centers, std, weights } => Source::Mixture(Mixture::line(centers, *std, weights)?),
            Data::Spiral { turns, radius, std } => Source::Curve(Curve::spiral(*turns, *radius, *std)?),
            Data::SwissRoll { radius, std } => Source::Curve(Curve::swiss_roll(*radius, *std)?),
            Data::Moons { radius, std } => Source::Curve(Curve::moons(*radius, *std)?),
            Data::Circles { radius, factor, std } => Source::Curve(Curve::circles(*radius, *factor, *std)?),
            Data::Points { file, label, noise } => {
                Source::Table(Table::read(file, label.as_deref(), *noise)?)
            }
            Data::Teacher { .. } => return Ok(None),
            _ => match Images::new(data)? {
                Some(images) => Source::Images(images),
                None => return Ok(None),
            },
        };
        let modes = match &source {
            Source::Mixture(mixture) => mixture.modes(),
            Source::Curve(_) | Source::Images(_) => None,
            Source::Table(table) => table.modes(),
        };
        Ok(Some(RealData { source, modes }))
    }

    /// Coordinates of a sample, at least 1.
    pub fn dim(&self) -> usize {
        match &self.source {
            Source::Mixture(mixture) => mixture.dim(),
            Source::Curve(_) => 2,
            Source::Table(table) => table.dim(),
            Source::Images(images) => images.shape().numbers(),
        }
    }

    /// The images, where the data are images: their shape, their labels, and those held out from training.
    pub fn images(&self) -> Option<&Images> {
        match &self.source {
            Source::Images(images) => Some(images),
            _ => None,
        }
    }

    /// Shape of a sample, where the data are images.
    pub fn image(&self) -> Option<Extent> {
        self.images().map(Images::shape)
    }

    /// The modes, where the distribution has them: the Gaussians of a ring, grid, mixture or line, and one Gaussian
    /// summing up each label of a points file. `None` for curves, unlabelled points, and mixtures with a standard
    /// deviation of zero, around which no distance in standard deviations exists. None for images, whose classes are
    /// no Gaussians.
    pub fn modes(&self) -> Option<&[Mode]> {
        self.modes.as_deref()
    }

    /// `sample` in place of what `values` holds, in another precision if need be.
    pub fn sample_to<T: Scalar>(&self, address: Address, n: usize, values: &mut Vec<T>) {
        if let Source::Mixture(mixture) = &self.source {
            return mixture.sample_to(address, n, values);
        }
        values.clear();
        values.extend(self.sample(address, n).values.into_iter().map(T::of));
    }

    /// `n` independent samples that depend on the address alone; fewer samples are a prefix of more. Of images, only
    /// those that training may see.
    pub fn sample(&self, address: Address, n: usize) -> Points {
        match &self.source {
            Source::Mixture(mixture) => mixture.sample(address, n),
            Source::Curve(curve) => curve.sample(address, n),
            Source::Table(table) => table.sample(address, n),
            // The part to train on has images, or reading them would have failed.
            Source::Images(images) => images
                .sample(Part::Training, address, n)
                .unwrap_or_else(|| Points::new(images.shape().numbers(), Vec::new())),
        }
    }

    /// A square window of the plane that shows the data, `[x0, x1, y0, y1]`: around the middle of 4096 draws (the
    /// same ones always, whatever the run's seed), a quarter wider than they extend. `None` unless `dim` is 2.
    pub fn window(&self) -> Option<[f64; 4]> {
        if self.dim() != 2 {
            return None;
        }
        self.sample(Address::new(0, Stream::Picture, 0), WINDOW_DRAWS).window()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Center, Data};

    fn make(data: Data) -> RealData {
        RealData::new(&data).unwrap().unwrap()
    }

    fn every_kind() -> Vec<RealData> {
        [
            Data::Ring { modes: 8, radius: 2.0, std: 0.02 },
            Data::Grid { side: 5, spacing: 2.0, std: 0.05 },
            Data::Mixture {
                components: vec![Center { center: vec![1.0, 2.0, 3.0], std: vec![0.1], weight: 1.0 }],
            },
            Data::Line { centers: vec![-1.0, 1.0], std: 0.1, weights: vec![] },
            Data::Spiral { turns: 2.0, radius: 2.0, std: 0.05 },
            Data::SwissRoll { radius: 2.0, std: 0.05 },
            Data::Moons { radius: 1.0, std: 0.05 },
            Data::Circles { radius: 2.0, factor: 0.5, std: 0.05 },
            Data::Digits { held_out: 0.2 },
            Data::Stacked { source: Box::new(Data::Digits { held_out: 0.2 }) },
            Data::Shapes { size: 8, support: 300 },
        ]
        .into_iter()
        .map(make)
        .collect()
    }

    #[test]
    fn samples_follow_from_the_address_alone() {
        let address = Address::new(3, Stream::Data, 10);
        for data in every_kind() {
            let points = data.sample(address, 300);
            assert_eq!(points.dim, data.dim());
            assert_eq!(points.len(), 300);
            assert_eq!(points, data.sample(address, 300));
            assert_eq!(points.values[..100 * data.dim()], data.sample(address, 100).values);
            assert_ne!(points, data.sample(address.with_draw(1), 300));
            assert!(points.values.iter().all(|x| x.is_finite()));
            assert!(data.sample(address, 0).is_empty());
        }
    }

    #[test]
    fn the_window_is_a_square_that_holds_the_data() {
        for data in every_kind() {
            let Some([x0, x1, y0, y1]) = data.window() else {
                assert_ne!(data.dim(), 2);
                continue;
            };
            assert!(((x1 - x0) - (y1 - y0)).abs() < 1e-12);
            let points = data.sample(Address::new(5, Stream::Data, 0), 5000);
            assert!(points.rows().all(|p| x0 < p[0] && p[0] < x1 && y0 < p[1] && p[1] < y1));
        }
        let [x0, x1, ..] = make(Data::Ring { modes: 8, radius: 2.0, std: 0.02 }).window().unwrap();
        assert!(x0 < -2.4 && x0 > -2.8 && x1 > 2.4 && x1 < 2.8);
    }

    #[test]
    fn a_teacher_is_left_to_the_game() {
        let data = Data::Teacher { seed: 1, dim: 2, paired: false };
        assert!(RealData::new(&data).unwrap().is_none());
    }
}
