//! Games on paper as runs: from the scenario to the game, and what is recorded of it.

use super::checkpoint::{Carried, Slot};
use super::error::RunError;
use super::motion::{MOTION, motion};
use super::record::Frame;
use super::watch::{RECORD_DRAW, Stage, Watch};
use crate::data::Points;
use crate::game::{
    Analytic, AnalyticError, Dirac, Draw, Expression, Game as _, Hopf, Joint, Linear, Losses, LqWgan, Paper,
    SaddleMonkey, Term, Uniform, losses_of,
};
use crate::scenario::{self, Game, Objective, Scenario};
use nalgebra::{DMatrix, DVector};

/// Parameters of each player that have a column.
const SHOWN: usize = 8;

/// Columns behind those of the motion; the players' parameters follow as d0, d1, ..., g0, g1, ...
const FIELD: [&str; 2] = ["field_norm", "distance_equilibrium"];
/// The column of what the game conserves without regularisers, where it is known to conserve something.
const ENERGY: &str = "energy";
/// Columns of the field's parts: ‖S v‖ and ‖A v‖.
const PARTS: [&str; 2] = ["potential_norm", "rotational_norm"];
/// Up to so many parameters a Jacobian a record, which the parts need, costs next to nothing.
const TAKEN_APART: usize = 50;

/// The game on paper that a scenario describes.
pub fn paper_of(scenario: &Scenario) -> Result<Analytic, RunError> {
    let losses = |objective: &Objective| -> Result<Losses, RunError> {
        losses_of(objective).map_err(|e| RunError::Refused(e.to_string()))
    };
    let (paper, clip) = match &scenario.game {
        Game::Dirac(game) => {
            let losses = losses(&game.objective)?;
            let clip = losses.clip;
            (Paper::Dirac(Dirac::new(losses, game.noise)), clip)
        }
        Game::Uniform(game) => {
            let losses = losses(&game.objective)?;
            let clip = losses.clip;
            (Paper::Uniform(Uniform::new(losses)), clip)
        }
        Game::Quadratic(game) => (Paper::Linear(quadratic(game)), None),
        Game::Bilinear(game) => (Paper::Linear(bilinear(game)), None),
        Game::LqWgan(game) => {
            let mean = DVector::from_vec(game.mean.clone());
            (Paper::LqWgan(LqWgan::new(mean, matrix(&game.covariance))), None)
        }
        Game::Hopf(game) => {
            let scenario::Hopf { mu, frequency, cubic, quintic, .. } = *game;
            (Paper::Hopf(Hopf { mu, frequency, cubic, quintic }), None)
        }
        Game::SaddleMonkey(_) => (Paper::SaddleMonkey(SaddleMonkey), None),
        Game::Expression(game) => (Paper::Expression(expression(game)?), None),
        Game::Gan(_) => {
            let text = format!("scenario {} is a GAN of networks, no game on paper", scenario.name);
            return Err(RunError::Refused(text));
        }
    };
    let terms = scenario.game.regularizers().iter().map(|r| Term::new(r, scenario.train.steps)).collect();
    let game = Analytic { clip, ..Analytic::new(paper, terms) };
    rests_where_it_says(&game)?;
    Ok(game)
}

/// Refuses an equilibrium of the user's that is none as the game begins.
fn rests_where_it_says(game: &Analytic) -> Result<(), RunError> {
    let Paper::Expression(Expression { equilibrium: Some(at), .. }) = &game.paper else { return Ok(()) };
    if game.nearest_equilibrium(at, 0).is_some() {
        return Ok(());
    }
    let v = game.field(at, &game.draw(Draw { step: 0, draw: 0 })).map_or(f64::NAN, |v| v.norm());
    Err(RunError::Refused(format!(
        "game.equilibrium: the field there has the length {v:.3e}, not 0; give the point to all its digits, with what \
         regularisers do to it, or leave the key out"
    )))
}

fn quadratic(game: &scenario::Quadratic) -> Linear {
    let whole = match (&game.matrix, &game.parts) {
        (Some(rows), _) => matrix(rows),
        (None, Some(parts)) => {
            let n = parts.potential.len().max(parts.hamiltonian.len());
            let square =
                |rows: &[Vec<f64>]| if rows.is_empty() { DMatrix::zeros(n, n) } else { matrix(rows) };
            square(&parts.potential) + parts.rotation * square(&parts.hamiltonian)
        }
        // Refused with the scenario.
        (None, None) => DMatrix::zeros(0, 0),
    };
    Linear::new(whole, game.discriminator)
}

fn bilinear(game: &scenario::Bilinear) -> Linear {
    match (&game.matrix, &game.random) {
        (None, Some(random)) => Linear::random([random.d, random.g], random.condition, random.seed),
        (rows, _) => Linear::bilinear(&matrix(rows.as_deref().unwrap_or_default())),
    }
}

fn expression(game: &scenario::Expression) -> Result<Expression, RunError> {
    let constants: Vec<(&str, f64)> = game.constants.iter().map(|(name, x)| (name.as_str(), *x)).collect();
    let scenario::Names { d, g } = &game.parameters;
    let mut found =
        Expression::new([&game.loss_d, &game.loss_g], [d, g], &constants).map_err(|(player, flaw)| {
            RunError::Refused(format!(
                "the {}'s loss, character {}: {}",
                player.name(),
                flaw.at + 1,
                flaw.what
            ))
        })?;
    found.equilibrium = game.equilibrium.as_ref().map(|at| Joint { d: at.d.clone(), g: at.g.clone() });
    Ok(found)
}

fn matrix(rows: &[Vec<f64>]) -> DMatrix<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    DMatrix::from_fn(rows.len(), columns, |i, j| rows[i].get(j).copied().unwrap_or(0.0))
}

/// Where a game on paper with so many parameters starts: where its scenario says, else at 0.
pub fn paper_start(scenario: &Scenario, sizes: [usize; 2]) -> Joint<f64> {
    let start = scenario.game.on_paper().and_then(|paper| paper.start);
    start.map_or_else(|| Joint::zeros(sizes), |at| Joint { d: at.d.clone(), g: at.g.clone() })
}

/// A game on paper at the start that its scenario names.
pub fn paper_stage(scenario: &Scenario) -> Result<Stage<f64, Analytic>, RunError> {
    let game = paper_of(scenario)?;
    let start = paper_start(scenario, game.sizes());
    let layouts = game.sizes().map(Slot::vector);
    let has_energy = game.conserved().is_some();
    let watch =
        Box::new(PaperWatch { start: start.clone(), has_energy, average: scenario.train.average.is_some() });
    Ok(Stage { game, start, layouts, kernels: "portable".into(), watch, notes: Vec::new() })
}

/// What stands before the columns of averaged parameters.
const AVERAGE: &str = "average_";

/// Measures a game on paper along its training.
struct PaperWatch {
    start: Joint<f64>,
    has_energy: bool,
    average: bool,
}

impl PaperWatch {
    fn takes_apart(&self) -> bool {
        self.start.sizes().iter().sum::<usize>() <= TAKEN_APART
    }
}

impl Watch<f64, Analytic> for PaperWatch {
    fn takes_long(&self) -> bool {
        false
    }

    fn settings(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }

    fn columns(&self) -> Vec<String> {
        let of =
            |player: &str, n: usize| (0..n.min(SHOWN)).map(|k| format!("{player}{k}")).collect::<Vec<_>>();
        let [d, g] = self.start.sizes();
        let energy = self.has_energy.then_some(ENERGY);
        let parts = if self.takes_apart() { &PARTS[..] } else { &[] };
        let fixed = ["step"].iter().chain(&MOTION).chain(&FIELD).chain(&energy).chain(parts);
        let point =
            |of_average: &str| [of(&format!("{of_average}d"), d), of(&format!("{of_average}g"), g)].concat();
        let mut names: Vec<String> = fixed.map(|name| name.to_string()).collect();
        names.extend(point(""));
        if self.average {
            names.push(format!("{AVERAGE}distance_equilibrium"));
            names.extend(point(AVERAGE));
        }
        names
    }

    fn row(&self, game: &Analytic, now: &Carried<f64>) -> Result<Vec<f64>, AnalyticError> {
        let batch = game.draw(Draw { step: now.step, draw: RECORD_DRAW });
        let (measures, look) = motion(game, now, &self.start, &batch)?;
        let away = |at: &Joint<f64>| {
            let nearest = game.nearest_equilibrium(at, now.step);
            nearest.map_or(f64::NAN, |point| at.distance(&point))
        };
        let mut row = vec![now.step as f64];
        row.extend(measures);
        row.extend([look.field.norm(), away(&now.at)]);
        row.extend(game.energy(&now.at));
        if self.takes_apart() {
            // At a kink there is no Jacobian, and no parts.
            let parts = game.parts(&now.at, now.step);
            row.extend(parts.map_or([f64::NAN; 2], |p| [p.potential.norm(), p.rotational.norm()]));
        }
        let shown = |row: &mut Vec<f64>, at: &Joint<f64>| {
            row.extend(at.d.iter().take(SHOWN));
            row.extend(at.g.iter().take(SHOWN));
        };
        shown(&mut row, &now.at);
        if let Some(average) = now.average.as_ref().filter(|_| self.average) {
            row.push(away(average));
            shown(&mut row, average);
        }
        Ok(row)
    }

    fn frame(&self, _: &Analytic, _: &Carried<f64>) -> Option<Frame> {
        None
    }

    fn backdrop(&self, _: &Analytic) -> Option<Points> {
        None
    }
}
