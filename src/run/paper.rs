//! Games on paper as runs: from the scenario to the game, and what is recorded of it.

use super::checkpoint::{Carried, Slot};
use super::error::RunError;
use super::motion::{cosine, distance, norm};
use super::record::Frame;
use super::watch::{RECORD_DRAW, Stage, Watch};
use crate::data::Points;
use crate::game::{
    Analytic, AnalyticError, Dirac, Draw, Game as _, Joint, Linear, Losses, Paper, Term, Uniform, losses_of,
};
use crate::scenario::{Game, Objective, Scenario};
use nalgebra::DMatrix;

/// Parameters of each player that have a column.
const SHOWN: usize = 8;

/// The columns that every game on paper has; the players' parameters follow as d0, d1, ..., g0, g1, ...
const COLUMNS: [&str; 11] = [
    "step",
    "loss_d",
    "loss_g",
    "v",
    "grad_norm_d",
    "grad_norm_g",
    "distance_d",
    "distance_g",
    "step_cosine",
    "field_norm",
    "distance_equilibrium",
];

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
        Game::Quadratic(game) => (Paper::Linear(Linear::new(matrix(&game.matrix), game.discriminator)), None),
        Game::Bilinear(game) => (Paper::Linear(Linear::bilinear(&matrix(&game.matrix))), None),
        Game::Gan(_) => {
            let text = format!("scenario {} is a GAN of networks, no game on paper", scenario.name);
            return Err(RunError::Refused(text));
        }
    };
    let terms = scenario.game.regularizers().iter().map(|r| Term::new(r, scenario.train.steps)).collect();
    Ok(Analytic { clip, ..Analytic::new(paper, terms) })
}

fn matrix(rows: &[Vec<f64>]) -> DMatrix<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    DMatrix::from_fn(rows.len(), columns, |i, j| rows[i].get(j).copied().unwrap_or(0.0))
}

/// A game on paper at the start that its scenario names.
pub fn paper_stage(scenario: &Scenario) -> Result<Stage<f64, Analytic>, RunError> {
    let game = paper_of(scenario)?;
    let start = scenario.game.on_paper().and_then(|paper| paper.start);
    let start =
        start.map_or_else(|| Joint::zeros(game.sizes()), |at| Joint { d: at.d.clone(), g: at.g.clone() });
    let layouts = game.sizes().map(Slot::vector);
    let watch = Box::new(PaperWatch { start: start.clone() });
    Ok(Stage { game, start, layouts, kernels: "portable".into(), watch })
}

/// Measures a game on paper along its training.
struct PaperWatch {
    start: Joint<f64>,
}

impl Watch<f64, Analytic> for PaperWatch {
    fn settings(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }

    fn columns(&self) -> Vec<String> {
        let of =
            |player: &str, n: usize| (0..n.min(SHOWN)).map(|k| format!("{player}{k}")).collect::<Vec<_>>();
        let [d, g] = self.start.sizes();
        [COLUMNS.map(String::from).to_vec(), of("d", d), of("g", g)].concat()
    }

    fn row(&self, game: &Analytic, now: &Carried<f64>) -> Result<Vec<f64>, AnalyticError> {
        let batch = game.draw(Draw { step: now.step, draw: RECORD_DRAW });
        let losses = game.losses(&now.at, &batch)?;
        let v = game.field(&now.at, &batch)?;
        let flat = now.at.flat();
        let away = game.equilibria(now.step).into_iter().map(|point| distance(&flat, &point.flat()));
        let mut row = vec![
            now.step as f64,
            losses[0],
            losses[1],
            -losses[0],
            norm(&v.d),
            norm(&v.g),
            distance(&now.at.d, &self.start.d),
            distance(&now.at.g, &self.start.g),
            cosine(now),
            norm(&v.flat()),
            away.reduce(f64::min).unwrap_or(f64::NAN),
        ];
        row.extend(now.at.d.iter().take(SHOWN));
        row.extend(now.at.g.iter().take(SHOWN));
        Ok(row)
    }

    fn frame(&self, _: &Analytic, _: &Carried<f64>) -> Option<Frame> {
        None
    }

    fn backdrop(&self, _: &Analytic) -> Option<Points> {
        None
    }
}
