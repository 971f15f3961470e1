//! How far a generated cloud is from the data: coverage of modes, and distances between samples.
//!
//! Every measure has the same measure of real samples beside it (`real_...`), the best value that can be had with as
//! many samples; a generator is judged against that and not against zero.

pub mod birthday;
pub mod classes;
pub mod counting;
mod coverage;
mod distances;
pub mod frechet;
mod median;
pub mod nearest;
mod pairs;
mod poisson;
pub mod prdc;
mod sliced;
#[cfg(test)]
mod tests;

use crate::data::{Mode, Points};
use crate::random::Address;
use crate::scenario::Criteria;
use coverage::Coverage;
pub use median::median;
use pairs::{Columns, Kernel, Means};
use serde_json::{Map, Value, json};
use sliced::Projections;
pub use sliced::directions;

/// Samples of each cloud that enter the measures over pairs (`mmd2`, `energy_distance`); the cost is quadratic.
pub const PAIR_SAMPLES: usize = 1000;
/// Modes up to which the share of each is a column of its own.
pub const SHARE_COLUMNS: usize = 100;

/// The distances, in the order of their columns.
const DISTANCES: [&str; 3] = ["sliced_w2", "mmd2", "energy_distance"];

/// Measures clouds of samples against the data.
///
/// Columns of one cloud (`cloud_columns`), NaN where a measure is undefined:
///
/// | column | range | meaning |
/// | --- | --- | --- |
/// | `modes_covered` | 0..K | modes with at least `criteria.covered` high-quality samples |
/// | `modes_any` | 0..K | modes with at least one |
/// | `high_quality` | 0..1 | share of samples of high quality |
/// | `modes_with_spread` | 0..K | covered modes whose two spreads are both at least `criteria.spread` |
/// | `spread_trace_median`, `_worst` | >= 0 | trace of a mode's generated covariance over the truth's; median and minimum over the covered modes |
/// | `spread_eigen_median`, `_worst` | >= 0 | the same for the smallest eigenvalue |
/// | `kl_nats` | >= 0 | KL(generated ‖ data) over the histogram of modes |
/// | `js_nats` | 0..ln 2 | Jensen-Shannon divergence of the same histograms |
/// | `sliced_w2` | >= 0 | sliced Wasserstein-2 distance, in units of the data |
/// | `mmd2` | about 0..2 | squared maximum mean discrepancy, unbiased, so it may be below 0 |
/// | `energy_distance` | about >= 0 | energy distance, unbiased, in units of the data |
/// | `mode_share_0`, ... | 0..1 | share of all samples that are of high quality and belong to that mode; up to 100 modes |
///
/// The columns about modes are absent where the data has none. A sample is of high quality when its Mahalanobis
/// distance to a mode's centre is at most `criteria.sigmas`; it belongs to the nearest such mode by that distance.
/// Covariances are those of the samples that belong to a mode; cut off at 3 sigma, even real samples of a Gaussian
/// in the plane have a spread of 0.949 and not 1.
///
/// `sliced_w2` uses every sample and `directions` of the dimension; `mmd2` and `energy_distance` use all pairs among the first 1000
/// samples of each cloud, so with more samples than that they depend on the clouds' order.
#[derive(Clone, Debug)]
pub struct Evaluator {
    coverage: Option<Coverage>,
    criteria: Criteria,
    kernel: Kernel,
}

/// A real cloud with everything about it that comparisons need, done once for all clouds that are held against it.
#[derive(Clone, Debug)]
pub struct Reference {
    dim: usize,
    projections: Projections,
    /// Coordinates of the first `PAIR_SAMPLES` points.
    columns: Columns,
    /// Means over the pairs within them.
    within: Means,
}

impl Evaluator {
    /// An evaluator for data with these modes. `reference` are real points that set the bandwidths of `mmd2` once
    /// and for all: the median distance over pairs of its first 500 finite points, and 1/4 and 1/16 of it.
    pub fn new(modes: Option<Vec<Mode>>, criteria: Criteria, reference: &Points) -> Self {
        let coverage = modes.map(|modes| Coverage::new(&modes, &criteria));
        Evaluator { coverage, criteria, kernel: Kernel::from_reference(reference) }
    }

    /// What the measures depend on besides the samples; a run records it.
    pub fn settings(&self) -> Map<String, Value> {
        let mut settings = Map::new();
        if self.coverage.is_some() {
            settings.insert("high_quality_sigmas".into(), json!(self.criteria.sigmas));
            settings.insert("covered_samples".into(), json!(self.criteria.covered));
            settings.insert("spread_share".into(), json!(self.criteria.spread));
        }
        settings.insert("sliced_w2_projections".into(), json!(directions(self.kernel.dim())));
        settings.insert("pair_samples".into(), json!(PAIR_SAMPLES));
        settings.insert("mmd2_kernel".into(), json!("mean over bandwidths h of exp(-d^2 / (2 h^2))"));
        settings.insert("mmd2_bandwidths".into(), json!(self.kernel.bandwidths()));
        settings
    }

    /// Names of the measures of one cloud, in the order of `measure`.
    pub fn cloud_columns(&self) -> Vec<String> {
        let mut names = self.summary_columns();
        let shares = self.coverage.as_ref().map_or(0, Coverage::share_columns);
        names.extend((0..shares).map(|k| format!("mode_share_{k}")));
        names
    }

    /// Names of all measures: those of `measure`, then those of `best`, `real_...` for all of them except the shares of
    /// the modes.
    pub fn columns(&self) -> Vec<String> {
        let mut names = self.cloud_columns();
        names.extend(self.summary_columns().iter().map(|name| format!("real_{name}")));
        names
    }

    fn summary_columns(&self) -> Vec<String> {
        let modes: &[&str] = if self.coverage.is_some() { &coverage::COLUMNS } else { &[] };
        modes.iter().chain(&DISTANCES).map(|name| name.to_string()).collect()
    }

    /// Does once what every comparison with `real` needs. `address` sets the projections of `sliced_w2`.
    pub fn reference(&self, real: &Points, address: Address) -> Reference {
        let columns = Columns::new(real, PAIR_SAMPLES, &self.kernel);
        let within = columns.within();
        Reference { dim: real.dim, projections: Projections::new(real, address), columns, within }
    }

    /// What can be attained with as many samples: the measures of other real samples, values of the columns `real_...`.
    pub fn best(&self, other: &Points, real: &Reference) -> Vec<f64> {
        let mut best = self.measure(other, real);
        best.truncate(self.summary_columns().len());
        best
    }

    /// Measures a cloud against real samples: the values of `cloud_columns`.
    ///
    /// Points that are not finite count as bad samples and leave the distances undefined.
    pub fn measure(&self, cloud: &Points, real: &Reference) -> Vec<f64> {
        let mut values = Vec::new();
        let mut shares = Vec::new();
        if let Some(coverage) = &self.coverage {
            let measured = coverage.measure(cloud);
            values.extend(measured.summary);
            shares = measured.shares;
        }
        values.extend(self.distances(cloud, real).map(|x| if x.is_finite() { x } else { f64::NAN }));
        values.extend(shares);
        values
    }

    fn distances(&self, cloud: &Points, real: &Reference) -> [f64; 3] {
        if cloud.dim != real.dim || !cloud.values.iter().all(|x| x.is_finite()) {
            return [f64::NAN; 3];
        }
        let columns = Columns::new(cloud, PAIR_SAMPLES, &self.kernel);
        let within = columns.within();
        let across = columns.across(&real.columns);
        let mmd2 = within.kernel + real.within.kernel - 2.0 * across.kernel;
        let energy = 2.0 * across.distance - within.distance - real.within.distance;
        [real.projections.distance(cloud), mmd2, energy]
    }
}
