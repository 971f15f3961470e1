//! Which modes a cloud reaches, in which proportions, and how widely.

use super::{SHARE_COLUMNS, median};
use crate::data::{Mode, Points, mean_and_covariance, smallest_eigenvalue, trace};
use crate::scenario::Criteria;
use nalgebra::{Cholesky, DMatrix};
use rayon::prelude::*;

/// Names of the measures, in the order of `Measured::summary`.
pub(super) const COLUMNS: [&str; 10] = [
    "modes_covered",
    "modes_any",
    "high_quality",
    "modes_with_spread",
    "spread_trace_median",
    "spread_trace_worst",
    "spread_eigen_median",
    "spread_eigen_worst",
    "kl_nats",
    "js_nats",
];

/// Samples that are assigned to modes by one task.
const BLOCK: usize = 256;

/// The modes, made ready for Mahalanobis distances.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    modes: Vec<Gaussian>,
    /// Largest squared Mahalanobis distance of a high-quality sample.
    limit: f64,
    /// High-quality samples that a covered mode has.
    covered: usize,
    /// Share of the truth's spread that a mode with spread has.
    spread: f64,
}

/// What a cloud does with the modes.
pub(super) struct Measured {
    /// The values of `COLUMNS`.
    pub summary: [f64; COLUMNS.len()],
    /// Share of all samples in each mode; empty when there are too many modes.
    pub shares: Vec<f64>,
}

/// The covariance of the samples in a mode relative to the truth's.
struct Spread {
    /// Ratio of the traces.
    trace: f64,
    /// Ratio of the smallest eigenvalues.
    eigen: f64,
}

impl Coverage {
    pub fn new(modes: &[Mode], criteria: &Criteria) -> Self {
        Coverage {
            modes: modes.iter().map(Gaussian::new).collect(),
            limit: criteria.sigmas * criteria.sigmas,
            // A mode without samples has neither spread nor any claim to be covered.
            covered: criteria.covered.max(1),
            spread: criteria.spread,
        }
    }

    /// Number of modes whose share is a column.
    pub fn share_columns(&self) -> usize {
        if self.modes.len() <= SHARE_COLUMNS { self.modes.len() } else { 0 }
    }

    pub fn measure(&self, cloud: &Points) -> Measured {
        let members = self.members(cloud);
        let counts: Vec<usize> = members.iter().map(Vec::len).collect();
        let high_quality: usize = counts.iter().sum();
        let n = cloud.len() as f64;

        let covered = members.iter().zip(&self.modes).filter(|(members, _)| members.len() >= self.covered);
        let spreads: Vec<Spread> =
            covered.map(|(members, mode)| mode.spread(members.iter().map(|&i| cloud.row(i)))).collect();
        let with_spread = spreads.iter().filter(|s| s.trace >= self.spread && s.eigen >= self.spread).count();
        let [trace_median, trace_worst] = median_and_worst(spreads.iter().map(|s| s.trace).collect());
        let [eigen_median, eigen_worst] = median_and_worst(spreads.iter().map(|s| s.eigen).collect());

        let generated: Vec<f64> = counts.iter().map(|&c| c as f64 / high_quality as f64).collect();
        let truth: Vec<f64> = self.modes.iter().map(|mode| mode.weight).collect();
        let summary = [
            spreads.len() as f64,
            counts.iter().filter(|&&c| c > 0).count() as f64,
            // 0 / 0 is NaN, as it should be for an empty cloud.
            high_quality as f64 / n,
            with_spread as f64,
            trace_median,
            trace_worst,
            eigen_median,
            eigen_worst,
            if high_quality > 0 { kl(&generated, &truth) } else { f64::NAN },
            if high_quality > 0 { jensen_shannon(&generated, &truth) } else { f64::NAN },
        ];
        let shares = counts[..self.share_columns()].iter().map(|&c| c as f64 / n).collect();
        Measured { summary, shares }
    }

    /// The indices of the high-quality samples of each mode, in the cloud's order.
    fn members(&self, cloud: &Points) -> Vec<Vec<usize>> {
        let assigned: Vec<Option<usize>> = cloud
            .values
            .par_chunks(BLOCK * cloud.dim)
            .flat_map_iter(|block| self.assign(block, cloud.dim))
            .collect();
        let mut members = vec![Vec::new(); self.modes.len()];
        for (index, mode) in assigned.into_iter().enumerate() {
            if let Some(mode) = mode {
                members[mode].push(index);
            }
        }
        members
    }

    /// For each point, the mode of the smallest Mahalanobis distance among those within the limit.
    fn assign(&self, block: &[f64], dim: usize) -> Vec<Option<usize>> {
        let mut scratch = vec![0.0; dim];
        let mut nearest = |point: &[f64]| {
            let (mut best, mut mode) = (self.limit, None);
            for (k, gaussian) in self.modes.iter().enumerate() {
                if let Some(square) = gaussian.within(point, best, &mut scratch)
                    && (mode.is_none() || square < best)
                {
                    (best, mode) = (square, Some(k));
                }
            }
            mode
        };
        block.chunks_exact(dim).map(&mut nearest).collect()
    }
}

/// A mode with its covariance factorised.
#[derive(Clone, Debug)]
struct Gaussian {
    center: Vec<f64>,
    weight: f64,
    shape: Shape,
    trace: f64,
    smallest: f64,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Reciprocal standard deviations along the axes.
    Axes(Vec<f64>),
    /// The lower Cholesky factor, `dim * dim` row by row, its diagonal replaced by reciprocals.
    Factor(Vec<f64>),
}

impl Gaussian {
    fn new(mode: &Mode) -> Self {
        let dim = mode.center.len();
        let c = &mode.covariance;
        let diagonal = (0..dim).all(|i| (0..dim).all(|j| i == j || c[i * dim + j] == 0.0));
        let factor = if diagonal { None } else { Cholesky::new(DMatrix::from_row_slice(dim, dim, c)) };
        let shape = match factor {
            Some(cholesky) => {
                let lower = cholesky.l();
                let entry = |i: usize, j: usize| if i == j { 1.0 / lower[(i, j)] } else { lower[(i, j)] };
                Shape::Factor((0..dim).flat_map(|i| (0..dim).map(move |j| entry(i, j))).collect())
            }
            // Also where a covariance is not positive definite, against what `Mode` promises: no sample is then
            // within any distance along an axis without variance.
            None => Shape::Axes((0..dim).map(|i| 1.0 / c[i * dim + i].sqrt()).collect()),
        };
        Gaussian {
            center: mode.center.clone(),
            weight: mode.weight,
            shape,
            trace: trace(dim, c),
            smallest: smallest_eigenvalue(dim, c),
        }
    }

    /// The squared Mahalanobis distance of a point, if it is at most `limit`; `scratch` has `dim` numbers. `None` for
    /// points that are not finite or have another dimension.
    fn within(&self, point: &[f64], limit: f64, scratch: &mut [f64]) -> Option<f64> {
        let dim = self.center.len();
        if point.len() != dim {
            return None;
        }
        let mut square = 0.0;
        for i in 0..dim {
            let deviation = point[i] - self.center[i];
            // Solves L y = x - c row by row; the distance is |y|, and grows with every row.
            let y = match &self.shape {
                Shape::Axes(inverse) => deviation * inverse[i],
                Shape::Factor(lower) => {
                    let row = &lower[i * dim..][..=i];
                    let before: f64 = row[..i].iter().zip(&*scratch).map(|(l, y)| l * y).sum();
                    (deviation - before) * row[i]
                }
            };
            scratch[i] = y;
            square += y * y;
            if square > limit || square.is_nan() {
                return None;
            }
        }
        Some(square)
    }

    fn spread<'a>(&self, members: impl Iterator<Item = &'a [f64]> + Clone) -> Spread {
        let dim = self.center.len();
        let (_, covariance) = mean_and_covariance(dim, members, 1);
        let eigen = smallest_eigenvalue(dim, &covariance) / self.smallest;
        // Rounding leaves the smallest eigenvalue of a singular covariance at some -1e-20; NaN stays NaN.
        Spread { trace: trace(dim, &covariance) / self.trace, eigen: if eigen < 0.0 { 0.0 } else { eigen } }
    }
}

/// Median and minimum of the numbers that are not NaN; NaN if there are none.
fn median_and_worst(mut values: Vec<f64>) -> [f64; 2] {
    values.retain(|x| !x.is_nan());
    values.sort_unstable_by(f64::total_cmp);
    [median(&values), values.first().copied().unwrap_or(f64::NAN)]
}

/// KL(p ‖ q) = sum p ln(p / q) in nats, with 0 ln 0 = 0: finite wherever q is positive.
pub(super) fn kl(p: &[f64], q: &[f64]) -> f64 {
    let term = |(&p, &q): (&f64, &f64)| if p > 0.0 { p * libm::log(p / q) } else { 0.0 };
    // Rounding may leave equal distributions at -1e-17.
    p.iter().zip(q).map(term).sum::<f64>().max(0.0)
}

/// (KL(p ‖ m) + KL(q ‖ m)) / 2 with m = (p + q) / 2, in nats (Lin 1991).
fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let middle: Vec<f64> = p.iter().zip(q).map(|(p, q)| (p + q) / 2.0).collect();
    (kl(p, &middle) + kl(q, &middle)) / 2.0
}
