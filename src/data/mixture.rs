//! Mixtures of Gaussians with axis-aligned covariances: ring, grid, line, and freely given ones.

use super::error::{finite, non_negative, setting};
use super::{DataError, Mode, Points};
use crate::random::{Address, fill_normal};
use crate::scalar::Scalar;
use crate::scenario::Center;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;
use std::f64::consts::TAU;

/// More Gaussians than this are taken for a slip in the scenario.
const MOST: usize = 100_000;

/// A mixture: component k with probability `weights[k]`, then centre + std * standard normal on each axis.
#[derive(Clone, Debug)]
pub(super) struct Mixture {
    /// Centres, one row a component.
    centers: Points,
    /// Standard deviations along the axes, one row a component.
    stds: Points,
    /// Probabilities; they sum to 1.
    weights: Vec<f64>,
    choice: WeightedAliasIndex<f64>,
}

impl Mixture {
    /// Equal Gaussians at (sin, cos)(2 pi k / modes) * radius: the first is at the top, the others follow clockwise.
    pub fn ring(modes: usize, radius: f64, std: f64) -> Result<Self, DataError> {
        count("modes", modes)?;
        let radius = non_negative("radius", radius)?;
        let centers = (0..modes).flat_map(|k| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / modes as f64);
            [radius * sin, radius * cos]
        });
        Mixture::equal(Points::new(2, centers.collect()), std)
    }

    /// Equal Gaussians on a square grid centred at the origin, row by row from the lower left.
    pub fn grid(side: usize, spacing: f64, std: f64) -> Result<Self, DataError> {
        count("side", side)?;
        count("side * side", side.saturating_mul(side))?;
        let spacing = non_negative("spacing", spacing)?;
        let at = |k: usize| (k as f64 - (side - 1) as f64 / 2.0) * spacing;
        let centers = (0..side).flat_map(|row| (0..side).flat_map(move |column| [at(column), at(row)]));
        Mixture::equal(Points::new(2, centers.collect()), std)
    }

    /// Gaussians on the real line; equal weights when `weights` is empty.
    pub fn line(centers: &[f64], std: f64, weights: &[f64]) -> Result<Self, DataError> {
        if !weights.is_empty() && weights.len() != centers.len() {
            return Err(setting(
                format!("{} `weights` for {} `centers`", weights.len(), centers.len()),
                "give one weight for each centre, or none at all",
            ));
        }
        let components = centers.iter().enumerate().map(|(k, &center)| Center {
            center: vec![center],
            std: vec![std],
            weight: weights.get(k).copied().unwrap_or(1.0),
        });
        Mixture::new(&components.collect::<Vec<_>>())
    }

    /// Freely given Gaussians.
    pub fn new(components: &[Center]) -> Result<Self, DataError> {
        count("components", components.len())?;
        let dim = components[0].center.len();
        if dim == 0 {
            return Err(setting("a `center` has no coordinates", "give it at least one"));
        }
        let mut centers = Vec::with_capacity(components.len() * dim);
        let mut stds = Vec::with_capacity(components.len() * dim);
        for (k, component) in components.iter().enumerate() {
            let number = k + 1;
            if component.center.len() != dim {
                return Err(setting(
                    format!("`center` {number} has {} coordinates, the first {dim}", component.center.len()),
                    "give all centres the same dimension",
                ));
            }
            if component.std.len() != 1 && component.std.len() != dim {
                return Err(setting(
                    format!("`std` {number} has {} numbers for {dim} coordinates", component.std.len()),
                    "give one number for all axes, or one for each axis",
                ));
            }
            for axis in 0..dim {
                centers.push(finite("center", component.center[axis])?);
                stds.push(non_negative("std", component.std[axis % component.std.len()])?);
            }
        }
        let weights = components.iter().map(|c| c.weight).collect();
        Mixture::weighted(Points::new(dim, centers), Points::new(dim, stds), weights)
    }

    fn equal(centers: Points, std: f64) -> Result<Self, DataError> {
        let std = non_negative("std", std)?;
        let stds = Points::new(centers.dim, vec![std; centers.values.len()]);
        let weights = vec![1.0; centers.len()];
        Mixture::weighted(centers, stds, weights)
    }

    fn weighted(centers: Points, stds: Points, weights: Vec<f64>) -> Result<Self, DataError> {
        // A component of weight zero would be a mode that nobody can cover.
        if let Some(bad) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
            return Err(setting(
                format!("a weight is {bad}"),
                "give each component a finite weight above zero, or leave it out",
            ));
        }
        let largest = weights.iter().copied().fold(0.0, f64::max);
        // Divided by the largest first, so that the sum cannot overflow.
        let weights: Vec<f64> = weights.iter().map(|w| w / largest).collect();
        let total: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let choice = WeightedAliasIndex::new(weights.clone())
            .map_err(|e| setting(format!("weights: {e}"), "give finite weights above zero"))?;
        Ok(Mixture { centers, stds, weights, choice })
    }

    pub fn dim(&self) -> usize {
        self.centers.dim
    }

    /// The Gaussians; `None` when a standard deviation is zero.
    pub fn modes(&self) -> Option<Vec<Mode>> {
        if self.stds.values.contains(&0.0) {
            return None;
        }
        let dim = self.dim();
        let mode = |((center, std), weight): ((&[f64], &[f64]), &f64)| {
            let mut covariance = vec![0.0; dim * dim];
            for axis in 0..dim {
                covariance[axis * dim + axis] = std[axis] * std[axis];
            }
            Mode { center: center.to_vec(), covariance, weight: *weight }
        };
        Some(self.centers.rows().zip(self.stds.rows()).zip(&self.weights).map(mode).collect())
    }

    pub fn sample(&self, address: Address, n: usize) -> Points {
        let mut values = Vec::new();
        self.sample_to(address, n, &mut values);
        Points::new(self.dim(), values)
    }

    /// The same numbers in place of what `values` holds, rounded where it holds less.
    pub fn sample_to<T: Scalar>(&self, address: Address, n: usize, values: &mut Vec<T>) {
        let dim = self.dim();
        values.resize(n * dim, T::ZERO);
        fill_normal(address, values);
        let mut rng = address.rng();
        for row in values.chunks_exact_mut(dim) {
            let k = self.choice.sample(&mut rng);
            for ((x, center), std) in row.iter_mut().zip(self.centers.row(k)).zip(self.stds.row(k)) {
                *x = T::of(center + std * x.f64());
            }
        }
    }
}

fn count(name: &str, value: usize) -> Result<(), DataError> {
    if (1..=MOST).contains(&value) {
        Ok(())
    } else {
        Err(setting(format!("`{name}` is {value}"), "give at least 1 and at most 100000 Gaussians"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::mean_and_covariance;
    use crate::random::Stream;

    fn address() -> Address {
        Address::new(11, Stream::Data, 2)
    }

    #[test]
    fn a_ring_starts_at_the_top_and_has_its_radius() {
        let modes = Mixture::ring(8, 2.0, 0.02).unwrap().modes().unwrap();
        assert_eq!(modes.len(), 8);
        assert!((modes[0].center[0]).abs() < 1e-15 && (modes[0].center[1] - 2.0).abs() < 1e-15);
        assert!((modes[2].center[0] - 2.0).abs() < 1e-15 && modes[2].center[1].abs() < 1e-15);
        for mode in &modes {
            let [x, y] = mode.center[..] else { panic!() };
            assert!((x * x + y * y - 4.0).abs() < 1e-14);
            assert_eq!(mode.covariance, [0.0004, 0.0, 0.0, 0.0004]);
            assert_eq!(mode.weight, 0.125);
        }
    }

    #[test]
    fn a_grid_is_square_and_centred() {
        let mixture = Mixture::grid(5, 2.0, 0.05).unwrap();
        let modes = mixture.modes().unwrap();
        assert_eq!(modes.len(), 25);
        assert_eq!(modes[0].center, [-4.0, -4.0]);
        assert_eq!(modes[1].center, [-2.0, -4.0]);
        assert_eq!(modes[12].center, [0.0, 0.0]);
        assert_eq!(modes[24].center, [4.0, 4.0]);
        assert!((modes.iter().map(|m| m.weight).sum::<f64>() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn mean_and_covariance_of_one_gaussian_are_the_given_ones() {
        let given = Center { center: vec![1.0, -2.0, 0.5], std: vec![0.5, 1.0, 2.0], weight: 7.0 };
        let mixture = Mixture::new(std::slice::from_ref(&given)).unwrap();
        let n = 200_000;
        let points = mixture.sample(address(), n);
        let (mean, covariance) = mean_and_covariance(3, points.rows(), 0);
        for a in 0..3 {
            assert!((mean[a] - given.center[a]).abs() < 5.0 * given.std[a] / (n as f64).sqrt());
            for b in 0..3 {
                let truth = if a == b { given.std[a] * given.std[a] } else { 0.0 };
                let error = 5.0 * given.std[a] * given.std[b] * (2.0 / n as f64).sqrt();
                assert!((covariance[a * 3 + b] - truth).abs() < error);
            }
        }
    }

    #[test]
    fn weights_are_respected_in_any_scale() {
        let mixture = Mixture::line(&[-10.0, 0.0, 10.0], 0.1, &[10.0, 30.0, 60.0]).unwrap();
        let n = 100_000;
        let points = mixture.sample(address(), n);
        for (center, weight) in [(-10.0, 0.1), (0.0, 0.3), (10.0, 0.6)] {
            let share = points.values.iter().filter(|x| (*x - center).abs() < 1.0).count() as f64 / n as f64;
            assert!((share - weight).abs() < 5.0 * (weight * (1.0 - weight) / n as f64).sqrt());
        }
        let weights: Vec<f64> = mixture.modes().unwrap().iter().map(|m| m.weight).collect();
        for (weight, truth) in weights.iter().zip([0.1, 0.3, 0.6]) {
            assert!((weight - truth).abs() < 1e-15);
        }
    }

    #[test]
    fn a_point_mass_can_be_sampled_but_has_no_modes() {
        let mixture = Mixture::line(&[0.0], 0.0, &[]).unwrap();
        assert!(mixture.modes().is_none());
        assert_eq!(mixture.sample(address(), 3).values, [0.0; 3]);
    }

    #[test]
    fn bad_settings_are_errors_that_name_them() {
        let center =
            |center: &[f64], std: &[f64]| Center { center: center.into(), std: std.into(), weight: 1.0 };
        for (result, word) in [
            (Mixture::ring(0, 1.0, 0.1), "modes"),
            (Mixture::ring(8, f64::NAN, 0.1), "radius"),
            (Mixture::ring(8, 1.0, -0.1), "std"),
            (Mixture::grid(usize::MAX, 1.0, 0.1), "side"),
            (Mixture::line(&[], 0.1, &[]), "components"),
            (Mixture::line(&[1.0], 0.1, &[1.0, 2.0]), "weights"),
            (Mixture::line(&[1.0], 0.1, &[0.0]), "weight"),
            (Mixture::new(&[center(&[], &[1.0])]), "center"),
            (Mixture::new(&[center(&[1.0], &[1.0]), center(&[1.0, 2.0], &[1.0])]), "center"),
            (Mixture::new(&[center(&[1.0, 2.0, 3.0], &[1.0, 1.0])]), "std"),
            (Mixture::new(&[center(&[f64::INFINITY], &[1.0])]), "center"),
        ] {
            let text = result.unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
