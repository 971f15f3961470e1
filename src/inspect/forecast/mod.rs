//! What theory predicts of a run of a game on paper, beside what was measured on it.
//!
//! The prediction is that of the linear part at the equilibrium: eigenvalues of the Jacobian, multipliers of the rule as
//! it was at the last checkpoint, hence the factor by which the distance changes a step and the steps a turn takes. The
//! measurement is made where the prediction applies, near the equilibrium and above rounding (`stretch`). Nothing is
//! assumed of how the run ended. Who writes or draws takes both from here as plain data.

mod rest;
mod stretch;

pub use rest::{equilibrium_of, points, round_at};
pub use stretch::{ROUNDING, Refusal, Stretch};

use crate::game::{Analytic, Draw, Game as _, Joint, Prediction, Term};
use crate::run::folder::RunData;
use crate::run::info::Status;
use crate::run::paper_of;
use crate::scenario::{Optimizer, PlayerName, Regularizer, Scenario, Schedule};
use crate::spectrum::{Judgement, Request, Spectrum, Verdict, analyse};
use nalgebra::Complex;
use std::f64::consts::TAU;
use stretch::{Motion, Path};

/// A number that theory gives beside the same number measured on the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What theory gives.
    pub predicted: f64,
    /// What was measured, or why it was not.
    pub measured: Result<f64, Refusal>,
}

/// How a run ended, by its distances from the equilibrium alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The distance fell to a thousandth of the first or below, or to rounding.
    Converged,
    /// It fell by a fifth or more between the first and the last quarter of the records.
    Nearer,
    /// It did neither fall nor grow by a fifth.
    Kept,
    /// It grew by a fifth or more.
    Farther,
    /// It grew tenfold, or a parameter left every bound.
    Left,
    /// It fell to a tenth of the first or below, and at the end it was a hundred times the smallest.
    NearMiss,
}

/// Theory and measurement.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The equilibrium that the run ended nearest to, of those that the game knows; else one that it came to rest at.
    pub equilibrium: Option<Joint<f64>>,
    /// Whether the game knows it.
    pub known: bool,
    /// What theory gives for the eigenvalues there, where a closed form is known.
    pub closed_form: Option<Prediction>,
    /// The spectrum there, with the multipliers of the rule; or why linearisation is not possible.
    pub spectrum: Result<Spectrum, String>,
    /// The factor on the distance a step, |mu| of the largest multiplier.
    pub factor: Option<Compared>,
    /// Steps a turn about the equilibrium, 2 pi / |arg mu| of the largest multiplier.
    pub turn: Option<Compared>,
    /// The factor a step on what the unregularised flow conserves, above its value at the equilibrium: |mu|^2, since it is
    /// quadratic there.
    pub energy: Option<Compared>,
    /// The part of the run on which these were measured.
    pub stretch: Option<Stretch>,
    /// Step sizes of the players at the last step.
    pub steps: [f64; 2],
    /// How the run ended.
    pub ending: Option<Ending>,
}

impl Forecast {
    /// The largest distance from an eigenvalue of the closed form to the computed one nearest to it; None where there is
    /// no closed form with numbers, or no spectrum.
    pub fn closed_form_off(&self) -> Option<f64> {
        let mut computed = self.spectrum.as_ref().ok()?.values();
        let wanted = &self.closed_form.as_ref()?.eigenvalues;
        if wanted.is_empty() || wanted.len() != computed.len() {
            return None;
        }
        let mut off = 0.0f64;
        for value in wanted {
            let away = |k: &usize| (computed[*k] - value).norm();
            let nearest = (0..computed.len()).min_by(|a, b| away(a).total_cmp(&away(b)))?;
            off = off.max((computed.swap_remove(nearest) - value).norm());
        }
        Some(off)
    }
}

/// The forecast of a run; None where the game is none on paper.
pub fn forecast(run: &RunData) -> Option<Forecast> {
    let mut game = paper_of(&run.scenario).ok()?;
    // A lazy term at its mean strength: the prediction is of many steps.
    game.terms.iter_mut().for_each(Term::apply_always);
    let path = Path::of(run, game.sizes());
    let (equilibrium, known) = equilibrium_of(run, &game).unzip();
    let spectrum = match &equilibrium {
        Some(at) => spectrum(run, &game, at),
        None => Err(game.kink_at_rest(run.info.step).unwrap_or_else(|| {
            "no equilibrium of the game is known, and the run did not come to rest at one".to_string()
        })),
    };
    let steps = [PlayerName::Discriminator, PlayerName::Generator].map(|player| {
        run.scenario.dynamics.optimizer_of(player).lr().at(run.info.step, run.scenario.train.steps)
    });
    let mut out = Forecast {
        closed_form: game.prediction(run.info.step),
        equilibrium,
        known: known.unwrap_or(false),
        spectrum,
        factor: None,
        turn: None,
        energy: None,
        stretch: None,
        steps,
        ending: None,
    };
    measure(&mut out, run, &game, &path);
    Some(out)
}

/// The multiplier that rules the motion in the long run, and how fast what is faster dies away beside it: the ratio of
/// the next smaller modulus.
fn leading(spectrum: &Spectrum) -> Option<(Complex<f64>, f64)> {
    let decided = |j: &Judgement| j.verdict != Verdict::Undetermined;
    if !spectrum.equilibrium || !spectrum.rule.judgement.as_ref().is_some_and(decided) {
        return None;
    }
    let size = spectrum.rule.largest?;
    let all = spectrum.multipliers();
    let first = all.iter().copied().filter(|mu| (mu.norm() - size).abs() <= 1e-9 * size).max_by(by_angle)?;
    let flat = |mu: &&Complex<f64>| (*mu - 1.0).norm() <= spectrum.flat.tolerance;
    let below = all.iter().filter(|mu| !flat(mu) && mu.norm() < size * (1.0 - 1e-9)).map(|mu| mu.norm());
    Some((first, below.fold(0.0, f64::max) / size))
}

fn by_angle(a: &Complex<f64>, b: &Complex<f64>) -> std::cmp::Ordering {
    a.arg().abs().total_cmp(&b.arg().abs())
}

fn measure(out: &mut Forecast, run: &RunData, game: &Analytic, path: &Path) {
    let Some(at) = &out.equilibrium else { return };
    let motion = Motion::of(path, game, at, run.info.step);
    out.ending = ending(run, &motion.distances);
    let Some((mu, ratio)) = out.spectrum.as_ref().ok().and_then(leading) else { return };
    let found = match changing(&run.scenario) {
        Some(what) => Err(Refusal::Changing(what)),
        None => motion.stretch(mu, ratio),
    };
    let take = |of: fn(&Stretch) -> Result<f64, Refusal>| match &found {
        Ok(stretch) => of(stretch),
        Err(why) => Err(why.clone()),
    };
    let angle = mu.arg().abs();
    out.factor = Some(Compared { predicted: mu.norm(), measured: take(|s| Ok(s.factor)) });
    out.energy =
        game.conserved().map(|_| Compared { predicted: mu.norm_sqr(), measured: take(|s| s.energy.clone()) });
    out.turn =
        (angle > 1e-9).then(|| Compared { predicted: TAU / angle, measured: take(|s| s.turn.clone()) });
    out.stretch = found.ok();
}

/// Whether a player's optimiser has a preconditioner, which follows the motion.
pub fn adapts(scenario: &Scenario) -> bool {
    let plain = |player| matches!(scenario.dynamics.optimizer_of(player), Optimizer::Sgd { .. });
    ![PlayerName::Discriminator, PlayerName::Generator].into_iter().all(plain)
}

/// What changes over training, so that no one factor holds for all steps.
pub fn changing(scenario: &Scenario) -> Option<&'static str> {
    let varies = |schedule: &Schedule| schedule.values().windows(2).any(|pair| pair[0] != pair[1]);
    let players = [PlayerName::Discriminator, PlayerName::Generator];
    if players.iter().any(|player| varies(scenario.dynamics.optimizer_of(*player).lr())) {
        return Some("the step size");
    }
    if adapts(scenario) {
        return Some("the optimiser's preconditioner");
    }
    let strength = |r: &Regularizer| varies(r.strength());
    scenario.game.regularizers().iter().any(strength).then_some("the strength of a regulariser")
}

fn spectrum(run: &RunData, game: &Analytic, at: &Joint<f64>) -> Result<Spectrum, String> {
    let batch = game.draw(Draw { step: run.info.step, draw: 0 });
    let round = round_at(run, game, at);
    analyse(game, at, &[batch], round, &Request::default(), &|_| ()).map_err(|error| error.to_string())
}

/// How a run ended; None where no distances are known.
fn ending(run: &RunData, distances: &[f64]) -> Option<Ending> {
    let away: Vec<f64> = distances.iter().copied().filter(|x| x.is_finite()).collect();
    let (first, last) = (*away.first()?, *away.last()?);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let quarter = away.len().div_ceil(4);
    let least = away.iter().copied().fold(f64::INFINITY, f64::min);
    let change = mean(&away[away.len() - quarter..]) / mean(&away[..quarter]);
    Some(match change {
        _ if run.info.status == Status::Diverged || last > 10.0 * first.max(stretch::ROUNDING) => {
            Ending::Left
        }
        _ if least <= 0.1 * first && last >= 100.0 * least.max(stretch::ROUNDING) => Ending::NearMiss,
        _ if last <= 1e-3 * first || last <= stretch::ROUNDING => Ending::Converged,
        x if x <= 0.8 => Ending::Nearer,
        x if x < 1.2 => Ending::Kept,
        _ => Ending::Farther,
    })
}
