//! The game of a run and its points, for whoever looks at a run that was made.

use super::build::gan_of;
use super::checkpoint::{self, Carried, Slot};
use super::error::RunError;
use super::folder::Folder;
use super::options::RunOptions;
use super::paper::paper_of;
use crate::game::{Analytic, Game as _, Gan, Joint};
use crate::rule::rule_of;
use crate::scenario::{Game, Loaded};

/// The game of a scenario in double precision, whatever its kind.
pub enum Playable {
    /// Two networks.
    Gan(Box<Gan<f64>>),
    /// A game on paper.
    Paper(Analytic),
}

impl Playable {
    /// Number of parameters of each player.
    pub fn sizes(&self) -> [usize; 2] {
        match self {
            Playable::Gan(gan) => gan.sizes(),
            Playable::Paper(game) => game.sizes(),
        }
    }
}

/// The game of a scenario.
pub fn game_of(loaded: &Loaded, options: &RunOptions) -> Result<Playable, RunError> {
    Ok(match &loaded.scenario.game {
        Game::Gan(_) => Playable::Gan(Box::new(gan_of(loaded, options)?)),
        _ => Playable::Paper(paper_of(&loaded.scenario)?),
    })
}

/// The point of a run after a step (the last checkpoint where none is named) with the state of its rule, in double
/// precision even where the run was made in single. `loaded` is the run's own scenario, `game` its game.
pub fn load_point(
    loaded: &Loaded,
    game: &Playable,
    folder: &Folder,
    step: Option<u64>,
) -> Result<Carried<f64>, RunError> {
    let there = folder.steps_in(&folder.checkpoints())?;
    let found = match step {
        Some(step) => there.iter().find(|(at, _)| *at == step),
        None => there.last(),
    };
    let Some((_, path)) = found else { return Err(RunError::Refused(missing(folder, &there, step))) };
    let (scenario, sizes) = (&loaded.scenario, game.sizes());
    let (state, layouts) = match game {
        Playable::Gan(gan) => {
            let rule = rule_of::<f64, Gan<f64>>(&scenario.dynamics, scenario.train.steps, None);
            (rule.start(sizes), [Slot::network(&gan.discriminator), Slot::network(&gan.generator)])
        }
        Playable::Paper(_) => {
            let rule = rule_of::<f64, Analytic>(&scenario.dynamics, scenario.train.steps, None);
            (rule.start(sizes), sizes.map(Slot::vector))
        }
    };
    let at = Joint::zeros(sizes);
    let average = scenario.train.average.map(|_| at.clone());
    let blank = Carried { step: 0, at, state, average, before: Vec::new() };
    Ok(checkpoint::read_widened(path, &layouts, &blank)?.0)
}

/// Why there is no such point, and which there are nearest to it.
fn missing(folder: &Folder, there: &[(u64, std::path::PathBuf)], step: Option<u64>) -> String {
    let shown = folder.path.display();
    let (Some(step), false) = (step, there.is_empty()) else {
        return format!("{shown} has no checkpoint; make the run with `ganscope run`");
    };
    let below = there.iter().rev().map(|at| at.0).find(|at| *at < step);
    let above = there.iter().map(|at| at.0).find(|at| *at > step);
    let near: Vec<String> = [below, above].into_iter().flatten().map(|at| at.to_string()).collect();
    format!("{shown} has no checkpoint of step {step}; the nearest are of step {}", near.join(" and "))
}
