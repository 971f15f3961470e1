//! The multipliers of a rule: eigenvalues of its linearised round, and the step sizes at which they leave the unit
//! circle.

use super::eigen::{Eigen, NoEigenvalues, eigen, eigenvalues};
use super::krylov::{Extreme, Search, SearchError, partial_told};
use crate::game::{Joint, Linearized};
use crate::rule::LinearRound;
use nalgebra::{Complex, DMatrix};
use serde::{Deserialize, Serialize};

/// Largest map whose multipliers are computed at many step sizes, where each needs the whole map again.
const MANY: usize = 200;
/// Factors on the step sizes that are tried, from the smallest to the largest.
const SMALLEST: f64 = 1e-6;
const LARGEST: f64 = 1e6;
/// Tried factors for each power of ten.
const PER_DECADE: i32 = 8;

/// Factors on all step sizes of a rule at which its motion changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepLimits {
    /// The rule is stable for all smaller factors; 0 where it is stable for none, None where no factor tried is too
    /// large.
    pub stable: Option<f64>,
    /// The smallest factor at which a direction flips its sign from round to round (Re mu < 0).
    pub flips: Option<f64>,
}

/// All multipliers of a linearised round, and the factors on its step sizes at which its motion changes; None where the
/// map is too large to be computed at many factors. Multipliers within the tolerance of flat ones do not count for these.
pub fn multipliers(
    round: &LinearRound,
    jacobian: &DMatrix<f64>,
    tolerance: f64,
) -> Result<(Vec<Eigen>, Option<StepLimits>), NoEigenvalues> {
    match round.preconditioned(jacobian) {
        None => {
            let limits = (round.dimension() <= MANY).then(|| whole_limits(round, jacobian, tolerance));
            Ok((eigen(&round.matrix(jacobian))?, limits.transpose()?))
        }
        Some(scaled) => {
            let lambda = eigen(&scaled)?;
            let values: Vec<_> = lambda.iter().map(|e| e.value).collect();
            let limits = transferred_limits(round, &super::apart_from_flat(&values, tolerance))?;
            Ok((lambda.iter().flat_map(|e| transfer(round, e)).collect(), Some(limits)))
        }
    }
}

/// The values alone, which takes a fraction of the time.
pub fn multiplier_values(
    round: &LinearRound,
    jacobian: &DMatrix<f64>,
) -> Result<Vec<Complex<f64>>, NoEigenvalues> {
    match round.preconditioned(jacobian) {
        None => eigenvalues(&round.matrix(jacobian)),
        Some(scaled) => {
            Ok(eigenvalues(&scaled)?.into_iter().flat_map(|lambda| round.multipliers_of(lambda)).collect())
        }
    }
}

/// An eigenvalue of P J and its uncertainty as multipliers: |d mu / d lambda| takes one to the other.
fn transfer(round: &LinearRound, e: &Eigen) -> Vec<Eigen> {
    let nearby = e.uncertainty.max(1e-8 * e.value.norm()).max(f64::MIN_POSITIVE);
    let moved = round.multipliers_of(e.value + nearby);
    let values = round.multipliers_of(e.value);
    values
        .into_iter()
        .map(|value| {
            let far = moved.iter().map(|moved| (moved - value).norm()).fold(f64::INFINITY, f64::min);
            let slope = far / nearby;
            Eigen { value, residual: e.residual * slope, uncertainty: e.uncertainty * slope.max(1.0), ..*e }
        })
        .collect()
}

/// The multipliers of largest magnitude, by products alone; `tell` hears how far the search is.
pub fn outer_multipliers<E: std::error::Error + Send + Sync + 'static>(
    round: &LinearRound,
    jacobian: &dyn Linearized<f64, E>,
    search: &Search,
    tell: &dyn Fn(&str),
) -> Result<Vec<Eigen>, SearchError<E>> {
    let map = Map { round, jacobian };
    let search = Search { extreme: Extreme::Magnitude, ..*search };
    Ok(partial_told(&map, &search, tell)?.eigen)
}

/// A linearised round as an operator on deviations.
struct Map<'a, E> {
    round: &'a LinearRound,
    jacobian: &'a dyn Linearized<f64, E>,
}

impl<E: Send + Sync> Linearized<f64, E> for Map<'_, E> {
    fn sizes(&self) -> [usize; 2] {
        [self.round.dimension(), 0]
    }

    fn times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        let out = self.round.times(&w.d, self.jacobian)?;
        Ok(Joint { d: out, g: Vec::new() })
    }

    fn transposed_times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        let out = self.round.transposed_times(&w.d, self.jacobian)?;
        Ok(Joint { d: out, g: Vec::new() })
    }
}

/// Whether a multiplier belongs to a flat direction: within the tolerance of 1, measured by the largest |mu - 1|.
pub fn is_flat(mu: Complex<f64>, tolerance: f64, reach: f64) -> bool {
    (mu - 1.0).norm() <= tolerance * reach
}

/// The largest |mu - 1|.
pub fn reach(values: impl IntoIterator<Item = Complex<f64>>) -> f64 {
    values.into_iter().map(|mu| (mu - 1.0).norm()).fold(0.0, f64::max)
}

/// The limits of a round whose multipliers follow from the eigenvalues of P J, which are scaled with the factor.
fn transferred_limits(round: &LinearRound, values: &[Complex<f64>]) -> Result<StepLimits, NoEigenvalues> {
    if let Some(take) = round.plain() {
        return Ok(plain_limits(values, take));
    }
    limits(&|factor| Ok(values.iter().flat_map(|v| round.multipliers_of(v * factor)).collect()))
}

/// The limits of a round that needs its whole map at every factor.
fn whole_limits(
    round: &LinearRound,
    jacobian: &DMatrix<f64>,
    tolerance: f64,
) -> Result<StepLimits, NoEigenvalues> {
    limits(&|factor| {
        let all = eigenvalues(&round.scaled(factor).matrix(jacobian))?;
        let reach = reach(all.iter().copied());
        Ok(all.into_iter().filter(|mu| !is_flat(*mu, tolerance, reach)).collect())
    })
}

/// The multipliers, apart from flat ones, at a factor on all step sizes.
type AtFactor<'a> = &'a dyn Fn(f64) -> Result<Vec<Complex<f64>>, NoEigenvalues>;

fn limits(at: AtFactor) -> Result<StepLimits, NoEigenvalues> {
    let unstable = |mus: &[Complex<f64>]| mus.iter().any(|mu| mu.norm() > 1.0 + 1e-12);
    let flips = |mus: &[Complex<f64>]| mus.iter().any(|mu| mu.re < 0.0);
    Ok(StepLimits { stable: first(at, unstable)?, flips: first(at, flips)? })
}

/// The limits of mu = 1 + factor lambda: |mu| < 1 below -2 Re(lambda) / |lambda|^2, Re mu < 0 above -1 / Re(lambda). In
/// closed form, because for an undamped pair |mu| exceeds 1 at every factor, by less than rounding at the small ones.
fn plain_limits(values: &[Complex<f64>], take: f64) -> StepLimits {
    let limits = values.iter().map(|v| v * take).map(|v| {
        let damped = v.re < -1e-12 * v.norm();
        if damped { -2.0 * v.re / v.norm_sqr() } else { 0.0 }
    });
    let flips = values.iter().map(|v| v.re * take).filter(|re| *re < 0.0).map(|re| -1.0 / re);
    let least = |a: f64, b: f64| a.min(b);
    StepLimits { stable: limits.reduce(least), flips: flips.reduce(least).filter(|f| *f <= LARGEST) }
}

/// The smallest factor at which a property of the multipliers sets in: by steps, then by bisection. 0 where it holds
/// from the smallest factor on.
fn first(at: AtFactor, has: impl Fn(&[Complex<f64>]) -> bool) -> Result<Option<f64>, NoEigenvalues> {
    let ratio = 10f64.powf(1.0 / f64::from(PER_DECADE));
    let mut below = SMALLEST;
    if has(&at(below)?) {
        return Ok(Some(0.0));
    }
    let mut above = below * ratio;
    while !has(&at(above)?) {
        (below, above) = (above, above * ratio);
        if above > LARGEST {
            return Ok(None);
        }
    }
    while above / below > 1.0 + 1e-12 {
        let middle = (below * above).sqrt();
        if middle <= below || middle >= above {
            break;
        }
        if has(&at(middle)?) { above = middle } else { below = middle }
    }
    Ok(Some(above))
}
