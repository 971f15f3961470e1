//! The formulas of a scenario: each is parsed, and a flaw has its place within the text.

use crate::formula::{self, Names};
use crate::scenario::{Expression, Formula, Game, Gan, Objective, Scenario};

/// A formula that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaFlaw {
    /// The dotted key of the formula.
    pub path: String,
    /// The character of the formula, from 0, at which it goes wrong.
    pub at: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// Everything that is wrong with the formulas of a scenario.
pub fn formulas(scenario: &Scenario) -> Vec<FormulaFlaw> {
    match &scenario.game {
        Game::Gan(Gan { objective, .. }) => of_objective(objective),
        Game::Expression(game) => of_expression(game),
        game => game.on_paper().and_then(|paper| paper.objective).map_or_else(Vec::new, of_objective),
    }
}

fn of_objective(objective: &Objective) -> Vec<FormulaFlaw> {
    let Objective::Set(Formula::Formula { d_real, d_fake, g }) = objective else { return Vec::new() };
    let keys = [("d_real", d_real), ("d_fake", d_fake), ("g", g)];
    let names = Names { variables: &["t"], constants: &[] };
    keys.into_iter().filter_map(|(key, text)| flaw(&format!("game.objective.{key}"), text, names)).collect()
}

fn of_expression(game: &Expression) -> Vec<FormulaFlaw> {
    let variables: Vec<&str> =
        game.parameters.d.iter().chain(&game.parameters.g).map(String::as_str).collect();
    let constants: Vec<(&str, f64)> = game.constants.iter().map(|(name, x)| (name.as_str(), *x)).collect();
    let names = Names { variables: &variables, constants: &constants };
    let losses = [("game.loss_d", &game.loss_d), ("game.loss_g", &game.loss_g)];
    losses.into_iter().filter_map(|(path, text)| flaw(path, text, names)).collect()
}

fn flaw(path: &str, text: &str, names: Names) -> Option<FormulaFlaw> {
    let formula::Flaw { at, what } = formula::Formula::parse(text, names).err()?;
    let message = format!("`{path}`, character {}: {what}", at + 1);
    Some(FormulaFlaw { path: path.into(), at, message })
}
