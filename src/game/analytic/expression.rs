//! A game whose losses are formulas that a user writes.
//!
//! The formulas are parsed once and run on numbers that carry derivatives, so the field, regularisers, consensus and the
//! Jacobian are as exact as those of the games that are built in. Where its equilibria lie is not known unless the user says
//! it: the search from a point (`spectrum::equilibrium`) finds them.

use super::formula::Formula;
use super::number::Number;
use crate::formula::{Flaw, Formula as Text, Names};
use crate::game::{Joint, Player};

/// The user's game; theta holds the parameters in the order of their names.
#[derive(Clone, Debug)]
pub struct Expression {
    losses: [Text; 2],
    sizes: [usize; 2],
    /// An equilibrium that the user knows.
    pub equilibrium: Option<Joint<f64>>,
}

impl Expression {
    /// The game of two losses, the discriminator's first, in the parameters of both players and in constants.
    pub fn new(
        losses: [&str; 2],
        [d, g]: [&[String]; 2],
        constants: &[(&str, f64)],
    ) -> Result<Self, (Player, Flaw)> {
        let variables: Vec<&str> = d.iter().chain(g).map(String::as_str).collect();
        let parse = |player: Player, text: &str| {
            Text::parse(text, Names { variables: &variables, constants }).map_err(|flaw| (player, flaw))
        };
        let losses = [parse(Player::Discriminator, losses[0])?, parse(Player::Generator, losses[1])?];
        Ok(Expression { losses, sizes: [d.len(), g.len()], equilibrium: None })
    }
}

impl Formula for Expression {
    fn sizes(&self) -> [usize; 2] {
        self.sizes
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let [d, g] = &self.losses;
        match of {
            Player::Discriminator => d.at(theta),
            Player::Generator => g.at(theta),
        }
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        self.equilibrium.iter().cloned().collect()
    }
}
