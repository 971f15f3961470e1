//! The spectrum of a game at a point: everything of it that is written down.

use super::blocks::{blocks, hamiltonian_share, rotation_share};
use super::dense::dense;
use super::document::{Flat, Interval, Method, RuleSpectrum, Spectrum, VERSION, pair};
use super::eigen::{Eigen, NoEigenvalues, eigen_and_span, eigenvalues};
use super::flat::defective_zeros;
use super::krylov::{Extreme, Partial, Search, partial_told};
use super::multipliers::{is_flat, multiplier_values, multipliers, outer_multipliers, reach};
use super::request::{AnalysisError, DENSE_ROUND, Request, dense_bytes};
use super::symmetric::{hamiltonian_share_by_probes, numerical_abscissa};
use super::verdict::{Evidence, Judgement, Verdict, is_equilibrium, judge};
use crate::game::{Game, Joint, Linearized};
use crate::rule::{LinearRound, NotLinear};
use nalgebra::{Complex, DMatrix};

/// The spectrum of a game's field at a point, and of a rule's round there. The first batch is the recorded one; the
/// others only say how far the figures depend on the batch. `tell` hears what is being done.
pub fn analyse<G: Game<f64> + ?Sized>(
    game: &G,
    at: &Joint<f64>,
    batches: &[G::Batch],
    round: Result<LinearRound, NotLinear>,
    request: &Request,
    tell: &dyn Fn(&str),
) -> Result<Spectrum, AnalysisError<G::Error>> {
    let sizes = game.sizes();
    let n = sizes[0] + sizes[1];
    let method = request.method_at(n);
    let needed = dense_bytes(n, round.as_ref().map_or(0, LinearRound::dimension));
    if method == Method::Dense && needed > request.memory_bytes {
        return Err(AnalysisError::TooLarge { n, needed, free: request.memory_bytes });
    }
    let mut out: Option<Spectrum> = None;
    let mut others = Others::default();
    for (k, batch) in batches.iter().enumerate() {
        let linearized = game.linearize(at, batch).map_err(AnalysisError::Game)?;
        let job = Job { operator: linearized.as_ref(), round: &round, request, sizes, tell };
        if k == 0 {
            let v = game.field(at, batch).map_err(AnalysisError::Game)?;
            let first = match method {
                Method::Dense => job.dense(v.norm(), at.norm())?,
                Method::Krylov => job.krylov(v.norm(), at.norm())?,
            };
            others.push(first.largest_real, first.rotation_share, first.rule.largest);
            out = Some(first);
        } else {
            let batch = format!("batch {} of {}", k + 1, batches.len());
            tell(&batch);
            let [real, share, multiplier] = match method {
                Method::Dense => job.dense_figures()?,
                Method::Krylov => job.krylov_figures(&batch)?,
            };
            others.push(real, share, multiplier.is_finite().then_some(multiplier));
        }
    }
    let mut out = out.ok_or(NoEigenvalues)?;
    if batches.len() > 1 {
        out.over_batches = Some(others.intervals());
        out.judgement = across(out.judgement, &others.real, out.equilibrium);
    }
    Ok(out)
}

/// A verdict that the other batches do not share is none.
fn across(judgement: Judgement, reals: &[f64], equilibrium: bool) -> Judgement {
    let decided = !matches!(judgement.verdict, Verdict::Undetermined | Verdict::Marginal);
    let side = |x: &f64| *x > 0.0;
    if !decided || reals.iter().all(|x| side(x) == side(&reals[0])) {
        return judgement;
    }
    let place = if equilibrium { "" } else { " here" };
    Judgement {
        verdict: Verdict::Undetermined,
        reason: format!(
            "the batches disagree on whether a direction grows{place}: largest real parts {reals:.3?}"
        ),
    }
}

#[derive(Default)]
struct Others {
    real: Vec<f64>,
    share: Vec<f64>,
    multiplier: Vec<f64>,
}

impl Others {
    fn push(&mut self, real: f64, share: f64, multiplier: Option<f64>) {
        self.real.push(real);
        self.share.push(share);
        self.multiplier.extend(multiplier);
    }

    fn intervals(&self) -> super::document::OverBatches {
        super::document::OverBatches {
            largest_real: Interval::of(&self.real),
            rotation_share: Interval::of(&self.share),
            largest_multiplier: (self.multiplier.len() > 1).then(|| Interval::of(&self.multiplier)),
        }
    }
}

struct Job<'a, E> {
    operator: &'a dyn Linearized<f64, E>,
    round: &'a Result<LinearRound, NotLinear>,
    request: &'a Request,
    sizes: [usize; 2],
    tell: &'a dyn Fn(&str),
}

impl<E: std::error::Error + Send + Sync + 'static> Job<'_, E> {
    fn dense(&self, field: f64, theta: f64) -> Result<Spectrum, AnalysisError<E>> {
        (self.tell)("the Jacobian");
        let jacobian = dense(self.operator).map_err(AnalysisError::Game)?;
        (self.tell)("its eigenvalues");
        let (all, span) = eigen_and_span(&jacobian, self.request.flat)?;
        let radius = radius(all.iter().map(|e| e.value));
        (self.tell)("its blocks");
        let parts =
            self.request.blocks.then(|| blocks(&jacobian, self.sizes[0], self.request.flat)).transpose()?;
        let moving: Vec<Eigen> = self.moving(&all, radius);
        let flat = all.len() - moving.len();
        let null_space = parts.as_ref().map(|p| p.null_space);
        let defective_zeros = defective_zeros(&jacobian, &span)?;
        let equilibrium = self.is_equilibrium(field, theta, radius);
        let judgement = judge(Evidence {
            eigen: &moving,
            growth: |v| v.re,
            equilibrium,
            complete: true,
            defective_zeros,
            bound: parts.as_ref().map(|p| p.numerical_abscissa),
        });
        let rule = self.dense_rule(&jacobian, equilibrium, defective_zeros)?;
        let flat = Flat { tolerance: self.request.flat, eigenvalues: Some(flat), null_space };
        let mut out = self.assemble(Method::Dense, &all, &moving, radius, judgement, flat, rule);
        out.numerical_abscissa = parts.as_ref().map(|p| p.numerical_abscissa);
        out.hamiltonian_share = parts.as_ref().map(hamiltonian_share);
        out.blocks = parts;
        Ok(Spectrum { field_norm: field, equilibrium, ..out })
    }

    fn dense_rule(
        &self,
        jacobian: &DMatrix<f64>,
        equilibrium: bool,
        defective_zeros: usize,
    ) -> Result<RuleSpectrum, AnalysisError<E>> {
        let round = match self.round {
            Ok(round) => round,
            Err(refused) => return Ok(RuleSpectrum::refused(refused.to_string())),
        };
        if !round.is_polynomial() && round.dimension() > DENSE_ROUND {
            return self.outer_rule(round, equilibrium);
        }
        (self.tell)("the rule's multipliers");
        let (all, limits) = multipliers(round, jacobian, self.request.flat)?;
        Ok(RuleSpectrum { limits, ..self.judge_rule(&all, equilibrium, true, defective_zeros) })
    }

    fn outer_rule(&self, round: &LinearRound, equilibrium: bool) -> Result<RuleSpectrum, AnalysisError<E>> {
        (self.tell)("the rule's multipliers");
        let tell = |how: &str| (self.tell)(&format!("the rule's multipliers: {how}"));
        let all = outer_multipliers(round, self.operator, &self.request.search, &tell)?;
        Ok(self.judge_rule(&all, equilibrium, false, 0))
    }

    fn judge_rule(
        &self,
        all: &[Eigen],
        equilibrium: bool,
        complete: bool,
        defective_zeros: usize,
    ) -> RuleSpectrum {
        let reach = reach(all.iter().map(|e| e.value));
        let flat = |e: &Eigen| is_flat(e.value, self.request.flat, reach);
        let moving: Vec<Eigen> = all.iter().copied().filter(|e| !flat(e)).collect();
        let growth = |v: Complex<f64>| v.norm() - 1.0;
        let judgement =
            judge(Evidence { eigen: &moving, growth, equilibrium, complete, defective_zeros, bound: None });
        let largest = moving.iter().map(|e| e.value.norm()).reduce(f64::max);
        RuleSpectrum {
            multipliers: all.iter().map(|e| pair(e.value)).collect(),
            residuals: all.iter().map(|e| e.residual).collect(),
            complete,
            largest,
            judgement: Some(judgement),
            held: self.round.as_ref().map_or([0, 0], |round| round.held),
            limits: None,
            refused: None,
        }
    }

    fn krylov(&self, field: f64, theta: f64) -> Result<Spectrum, AnalysisError<E>> {
        let mut all: Vec<Eigen> = Vec::new();
        let mut rightmost = Vec::new();
        let mut radius = 0.0f64;
        let mut extremes = self.request.extremes.clone();
        if !extremes.contains(&Extreme::Real) {
            extremes.push(Extreme::Real);
        }
        for extreme in extremes {
            let found = self.outermost(&Search { extreme, ..self.request.search }, "")?;
            radius = radius.max(found.radius);
            if extreme == Extreme::Real {
                rightmost.clone_from(&found.eigen);
            }
            // The same eigenvalue may be outermost in two ways.
            let known = |e: &Eigen, all: &[Eigen]| {
                all.iter().any(|k| (k.value - e.value).norm() <= 1e-6 * found.radius)
            };
            let fresh: Vec<Eigen> = found.eigen.iter().copied().filter(|e| !known(e, &all)).collect();
            all.extend(fresh);
        }
        (self.tell)("the symmetric part");
        let tell = |how: &str| (self.tell)(&format!("the symmetric part: {how}"));
        let abscissa = numerical_abscissa(self.operator, self.request.search.seed, &tell)?;
        let abscissa = abscissa.is_finite().then_some(abscissa);
        let equilibrium = self.is_equilibrium(field, theta, radius);
        let evidence: Vec<Eigen> = self.moving(&rightmost, radius);
        let judgement = judge(Evidence {
            eigen: &evidence,
            growth: |v| v.re,
            equilibrium,
            complete: false,
            defective_zeros: 0,
            bound: abscissa,
        });
        let rule = match self.round {
            Ok(round) => self.outer_rule(round, equilibrium)?,
            Err(refused) => RuleSpectrum::refused(refused.to_string()),
        };
        let moving: Vec<Eigen> = self.moving(&all, radius);
        let flat = Flat { tolerance: self.request.flat, eigenvalues: None, null_space: None };
        let mut out = self.assemble(Method::Krylov, &all, &moving, radius, judgement, flat, rule);
        out.numerical_abscissa = abscissa;
        out.hamiltonian_share = Some(
            hamiltonian_share_by_probes(self.operator, self.request.search.seed)
                .map_err(AnalysisError::Game)?,
        );
        Ok(Spectrum { field_norm: field, equilibrium, ..out })
    }

    /// Largest real part apart from flat ones, share of rotation, largest multiplier (NaN where there is none).
    fn dense_figures(&self) -> Result<[f64; 3], AnalysisError<E>> {
        let jacobian = dense(self.operator).map_err(AnalysisError::Game)?;
        let moving = super::apart_from_flat(&eigenvalues(&jacobian)?, self.request.flat);
        let multiplier = match self.round {
            Ok(round) if round.is_polynomial() || round.dimension() <= DENSE_ROUND => {
                largest_moving(&multiplier_values(round, &jacobian)?, self.request.flat)
            }
            Ok(round) => self.outer_rule(round, true)?.largest.unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        Ok([super::largest_real(&moving), rotation_share(moving.iter().copied()), multiplier])
    }

    fn krylov_figures(&self, batch: &str) -> Result<[f64; 3], AnalysisError<E>> {
        let mut found = Vec::new();
        let mut radius = 0.0f64;
        for extreme in [Extreme::Magnitude, Extreme::Real] {
            let search = Search { extreme, conditions: false, ..self.request.search };
            let more = self.outermost(&search, batch)?;
            radius = radius.max(more.radius);
            found.extend(more.eigen);
        }
        let moving: Vec<_> = self.moving(&found, radius).iter().map(|e| e.value).collect();
        let multiplier = match self.round {
            Ok(round) => self.outer_rule(round, true)?.largest.unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        Ok([super::largest_real(&moving), rotation_share(moving.iter().copied()), multiplier])
    }

    /// A search that says how far it is; `batch` stands before that.
    fn outermost(&self, search: &Search, batch: &str) -> Result<Partial, AnalysisError<E>> {
        let what = match search.extreme {
            Extreme::Magnitude => "eigenvalues of largest magnitude",
            Extreme::Real => "eigenvalues of largest real part",
            Extreme::Imaginary => "eigenvalues of largest imaginary part",
        };
        let before = if batch.is_empty() { String::new() } else { format!("{batch}, ") };
        Ok(partial_told(self.operator, search, &|how| (self.tell)(&format!("{before}{what}: {how}")))?)
    }

    /// Those that are not flat.
    fn moving(&self, all: &[Eigen], radius: f64) -> Vec<Eigen> {
        all.iter().copied().filter(|e| e.value.norm() > self.request.flat * radius).collect()
    }

    fn is_equilibrium(&self, field: f64, theta: f64, radius: f64) -> bool {
        is_equilibrium(field, theta, radius, self.request.equilibrium)
    }

    #[allow(clippy::too_many_arguments)]
    fn assemble(
        &self,
        method: Method,
        all: &[Eigen],
        moving: &[Eigen],
        radius: f64,
        judgement: Judgement,
        flat: Flat,
        rule: RuleSpectrum,
    ) -> Spectrum {
        let finite = |x: f64| x.is_finite().then_some(x);
        Spectrum {
            version: VERSION,
            n: self.sizes[0] + self.sizes[1],
            sizes: self.sizes,
            step: 0,
            method,
            field_norm: 0.0,
            equilibrium: false,
            eigenvalues: all.iter().map(|e| pair(e.value)).collect(),
            residuals: all.iter().map(|e| e.residual).collect(),
            condition_numbers: all.iter().map(|e| finite(e.condition)).collect(),
            uncertainties: all.iter().map(|e| e.uncertainty).collect(),
            converged: all.iter().map(|e| e.converged).collect(),
            radius,
            largest_real: moving.iter().map(|e| e.value.re).fold(f64::NEG_INFINITY, f64::max),
            numerical_abscissa: None,
            rotation_share: rotation_share(moving.iter().map(|e| e.value)),
            hamiltonian_share: None,
            judgement,
            flat,
            blocks: None,
            rule,
            over_batches: None,
            batch: None,
        }
    }
}

fn largest_moving(multipliers: &[Complex<f64>], tolerance: f64) -> f64 {
    let reach = reach(multipliers.iter().copied());
    let moving = multipliers.iter().filter(|mu| !is_flat(**mu, tolerance, reach));
    moving.map(|mu| mu.norm()).fold(f64::NAN, f64::max)
}

fn radius(values: impl Iterator<Item = Complex<f64>>) -> f64 {
    values.map(|v| v.norm()).fold(0.0, f64::max)
}
