//! The equilibrium near a point: `min ‖v(theta)‖^2 / 2` by Gauss-Newton steps with Levenberg-Marquardt damping.
//!
//! ```text
//! (J'J + mu I) s = -J'v        mu = c ‖v‖
//! ```
//!
//! c follows the gain ratio (the decrease that was had over the one that J promised). With mu in proportion to ‖v‖ the
//! method converges quadratically even to a manifold of equilibria, where J is singular, as it is for every
//! over-parametrised network (Yamashita & Fukushima 2001; Fan 2003). A step needs products only (`least`).
//!
//! Every equilibrium is a minimum of ‖v‖, but not every minimum of ‖v‖ is an equilibrium: where J'v = 0 and v is not 0
//! the method must stop, and says so. Nor is what it finds an equilibrium that training would reach: saddles and
//! unstable points are as good to it as stable ones.

use super::krylov::{Extreme, Search, SearchError, partial};
use super::verdict::{EQUILIBRIUM, is_equilibrium};
use crate::game::{Game, Joint, Linearized};
use crate::least::{Accuracy, LeastStep, least_step};
use crate::scalar::norm;
use serde::{Deserialize, Serialize};

/// How an equilibrium is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hunt {
    /// Stops at ‖v‖ of this size.
    pub residual: f64,
    /// Steps, counting those that were refused, after which it gives up.
    pub iterations: usize,
    /// Conjugate-gradient iterations of one step.
    pub inner: usize,
    /// The first mu as a share of an estimate of ‖J‖^2; 0 is Gauss-Newton, damped once a step fails.
    pub damping: f64,
    /// Tolerance of `is_equilibrium`.
    pub equilibrium: f64,
}

impl Default for Hunt {
    fn default() -> Self {
        Hunt { residual: 1e-12, iterations: 200, inner: 500, damping: 1e-3, equilibrium: EQUILIBRIUM }
    }
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// ‖v‖ is as small as was asked for.
    Residual,
    /// J'v = 0 within rounding, while ‖v‖ is larger than was asked for: a minimum (or saddle) of ‖v‖.
    Stationary,
    /// No step makes ‖v‖ smaller: it is at its rounding, or at a kink.
    NoDecrease,
    /// The limit of iterations.
    Iterations,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The point.
    pub at: Joint<f64>,
    /// How it was found and whether it is an equilibrium.
    pub report: Report,
}

/// The search in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// ‖v‖ where it started.
    pub field_before: f64,
    /// ‖v‖ where it ended.
    pub field_after: f64,
    /// ‖J'v‖ / (‖J‖ ‖v‖) at the end: near 0 where ‖v‖ has a minimum that is no equilibrium.
    pub gradient: f64,
    /// ‖theta - theta_start‖ at the end.
    pub distance: f64,
    /// The same of each player: discriminator, generator.
    pub distances: [f64; 2],
    /// Steps, counting those that were refused.
    pub iterations: usize,
    /// Products with J and J'.
    pub products: usize,
    /// Why it ended.
    pub ended: Ended,
    /// Whether the point is an equilibrium, as a spectrum taken there would say.
    pub equilibrium: bool,
    /// The largest ‖v‖ that would be one.
    pub allowed: f64,
}

impl Report {
    /// The point's standing in a sentence.
    pub fn sentence(&self) -> String {
        let Report { field_before, field_after, distance, allowed, .. } = self;
        let path =
            format!("‖v‖ from {field_before:.3e} to {field_after:.3e} over a distance of {distance:.3e}");
        match (self.equilibrium, self.ended) {
            (true, _) => format!("an equilibrium: {path}"),
            (false, Ended::Stationary) => format!(
                "no equilibrium: {path}, where ‖v‖ has a stationary point (J'v = 0) above the allowed {allowed:.1e}; \
                 start elsewhere"
            ),
            (false, Ended::NoDecrease) => {
                format!("no equilibrium: {path}, and no step makes ‖v‖ smaller (allowed: {allowed:.1e})")
            }
            (false, Ended::Iterations | Ended::Residual) => {
                format!("no equilibrium yet: {path} in {} steps (allowed: {allowed:.1e})", self.iterations)
            }
        }
    }
}

/// Why a search could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HuntError<E: std::error::Error + 'static> {
    /// The game could not be computed.
    #[error(transparent)]
    Game(E),
    /// The field at the start is not finite.
    #[error("the field at the starting point is not finite; start from a step before the run diverged")]
    NotFinite,
    /// The Jacobian at a point holds NaN or infinity.
    #[error(
        "the Jacobian is not finite after {iterations} steps (‖v‖ = {field:.3e}): the Gauss-Newton step is undefined"
    )]
    Singular {
        /// Steps done.
        iterations: usize,
        /// ‖v‖ there.
        field: f64,
    },
}

/// Below this ‖J'v‖ / (‖J‖ ‖v‖) a point counts as stationary.
const STATIONARY: f64 = 1e-8;
/// Promised decrease, as a share of ‖v‖^2, that is lost in the rounding of ‖v‖^2.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// Failures in a row after which no step is expected to help: mu has then grown by 2^(1 + 2 + ... + 12).
const FAILURES: u32 = 12;

/// Searches for an equilibrium from a point on one batch. `tell` hears ‖v‖ after each step.
pub fn equilibrium<G: Game<f64> + ?Sized>(
    game: &G,
    start: &Joint<f64>,
    batch: &G::Batch,
    hunt: &Hunt,
    tell: &dyn Fn(usize, f64),
) -> Result<Found, HuntError<G::Error>> {
    let mut here = Here { at: start.clone(), v: game.field(start, batch).map_err(HuntError::Game)? };
    let field_before = here.v.norm();
    if !field_before.is_finite() {
        return Err(HuntError::NotFinite);
    }
    let mut damping = Damping { factor: None, failures: 0 };
    let (mut iterations, mut products, mut scale) = (0, 0, 0.0f64);
    let (ended, gradient) = loop {
        let field = here.v.norm();
        let jacobian = game.linearize(&here.at, batch).map_err(HuntError::Game)?;
        let slope = jacobian.transposed_times(&here.v).map_err(HuntError::Game)?;
        let bend = jacobian.times(&slope).map_err(HuntError::Game)?;
        products += 2;
        let steepness = slope.norm_squared();
        if !steepness.is_finite() {
            return Err(HuntError::Singular { iterations, field });
        }
        // ‖J u‖ with u along J'v: a lower bound of ‖J‖, and a good one near the end of a search.
        let stretch = if steepness > 0.0 { (bend.norm_squared() / steepness).sqrt() } else { 0.0 };
        scale = scale.max(stretch);
        let share = if field > 0.0 && scale > 0.0 { steepness.sqrt() / (scale * field) } else { 0.0 };
        if field <= hunt.residual {
            break (Ended::Residual, share);
        }
        if share <= STATIONARY {
            break (Ended::Stationary, share);
        }
        let factor = *damping.factor.get_or_insert(hunt.damping * stretch * stretch / field);
        let job = Job { hunt, jacobian: jacobian.as_ref(), slope: &slope, stretch, before: field_before };
        let moved = job.descend(game, batch, &here, &mut damping, factor, &mut iterations, &mut products)?;
        drop(jacobian);
        match moved {
            Moved::To(next) => here = next,
            Moved::Nowhere => break (Ended::NoDecrease, share),
            Moved::OutOfSteps => break (Ended::Iterations, share),
            Moved::Undefined => return Err(HuntError::Singular { iterations, field }),
        }
        tell(iterations, here.v.norm());
    };
    let field_after = here.v.norm();
    let singular = HuntError::Singular { iterations, field: field_after };
    let rho = radius(game, &here.at, batch).map_err(HuntError::Game)?.ok_or(singular)?;
    let theta = here.at.norm();
    let mut moved = here.at.clone();
    moved.add_scaled(-1.0, start);
    let distances = [norm(&moved.d), norm(&moved.g)];
    let report = Report {
        field_before,
        field_after,
        gradient,
        distance: moved.norm(),
        distances,
        iterations,
        products,
        ended,
        equilibrium: is_equilibrium(field_after, theta, rho, hunt.equilibrium),
        allowed: hunt.equilibrium * rho * theta.max(1.0),
    };
    Ok(Found { at: here.at, report })
}

/// A point and the field there.
struct Here {
    at: Joint<f64>,
    v: Joint<f64>,
}

/// c in mu = c ‖v‖ (None before the first step), and failures in a row.
struct Damping {
    factor: Option<f64>,
    failures: u32,
}

enum Moved {
    To(Here),
    Nowhere,
    OutOfSteps,
    Undefined,
}

/// One point's steps: with one Jacobian as many as it takes until one makes ‖v‖ smaller.
struct Job<'a, E> {
    hunt: &'a Hunt,
    jacobian: &'a dyn Linearized<f64, E>,
    /// J'v.
    slope: &'a Joint<f64>,
    /// An estimate of ‖J‖.
    stretch: f64,
    /// ‖v‖ where the search started.
    before: f64,
}

impl<E: std::error::Error + Send + Sync + 'static> Job<'_, E> {
    #[allow(clippy::too_many_arguments)]
    fn descend<G: Game<f64, Error = E> + ?Sized>(
        &self,
        game: &G,
        batch: &G::Batch,
        here: &Here,
        damping: &mut Damping,
        mut factor: f64,
        iterations: &mut usize,
        products: &mut usize,
    ) -> Result<Moved, HuntError<E>> {
        let old = here.v.norm_squared();
        loop {
            if *iterations == self.hunt.iterations {
                return Ok(Moved::OutOfSteps);
            }
            *iterations += 1;
            // Far from the end an accurate step is wasted; near it the accuracy is what makes it converge fast.
            let left = (old.sqrt() / self.before).clamp(1e-9, 1.0);
            let accuracy = Accuracy { gradient: 1e-3 * left, iterations: self.hunt.inner };
            let mu = factor * old.sqrt();
            let step =
                least_step(self.jacobian, &here.v, self.slope, mu, accuracy).map_err(HuntError::Game)?;
            let Some(LeastStep { step, residual, products: used }) = step else {
                return Ok(Moved::Undefined);
            };
            *products += used;
            let promised = old - residual;
            if promised <= ROUNDING * old {
                return Ok(Moved::Nowhere);
            }
            let mut at = here.at.clone();
            at.add_scaled(1.0, &step);
            let v = game.field(&at, batch).map_err(HuntError::Game)?;
            let new = v.norm_squared();
            // NaN is no gain.
            let gain = if new.is_finite() { (old - new) / promised } else { -1.0 };
            if gain > 1e-4 {
                damping.failures = 0;
                damping.factor = Some(match gain {
                    gain if gain > 0.75 => factor / 8.0,
                    gain if gain < 0.25 => factor * 4.0,
                    _ => factor,
                });
                return Ok(Moved::To(Here { at, v }));
            }
            damping.failures += 1;
            if damping.failures > FAILURES {
                return Ok(Moved::Nowhere);
            }
            let least = 1e-6 * self.stretch * self.stretch / old.sqrt();
            factor = factor.max(least) * f64::from(1u32 << damping.failures);
        }
    }
}

/// Whether the field vanishes at a point, as a spectrum taken there would say; None where no eigenvalue can be had.
pub fn at_rest<G: Game<f64> + ?Sized>(
    game: &G,
    at: &Joint<f64>,
    batch: &G::Batch,
) -> Result<Option<bool>, G::Error> {
    let field = game.field(at, batch)?.norm();
    Ok(radius(game, at, batch)?.map(|rho| is_equilibrium(field, at.norm(), rho, EQUILIBRIUM)))
}

/// The largest magnitude of an eigenvalue at a point; None where there is none to be had.
fn radius<G: Game<f64> + ?Sized>(
    game: &G,
    at: &Joint<f64>,
    batch: &G::Batch,
) -> Result<Option<f64>, G::Error> {
    let jacobian = game.linearize(at, batch)?;
    let search = Search {
        extreme: Extreme::Magnitude,
        count: 1,
        conditions: false,
        tolerance: 1e-3,
        ..Search::default()
    };
    match partial(jacobian.as_ref(), &search) {
        Ok(found) => Ok(Some(found.radius)),
        Err(SearchError::Product(error)) => Err(error),
        Err(SearchError::None(_)) => Ok(None),
    }
}
