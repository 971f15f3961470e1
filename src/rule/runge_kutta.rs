//! Runge-Kutta steps of fixed length, as ODE-GAN trains with: Euler, Heun, or the classical method of order four.
//!
//! `theta+ = theta + h sum_i b_i k_i,  k_i = v(theta + h sum_j a_ij k_j)`, all stages on one minibatch. Jointly both players
//! move through the stages; frozen, each player's stages see the other where the round began, so that each follows its
//! own flow and the coupling is that of simultaneous descent. Needs the field. Keeps nothing. Multipliers, joint: the
//! method's stability polynomial at z = h lambda, 1 + z (Euler), 1 + z + z^2 / 2 (Heun), 1 + z + z^2 / 2 + z^3 / 6 +
//! z^4 / 24 (order four); frozen, the whole J is needed. Heun 1900; Kutta 1901; Qin et al. 2020.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, Op, Register, THETA, Who, only};
use super::{Halt, Rule};
use crate::game::{Draw, Game, Joint, Player};
use crate::scalar::Scalar;
use crate::scenario::{Method, Stages};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct RungeKutta {
    /// Plain descents of the players.
    pub round: Round,
    /// Which method.
    pub method: Method,
    /// Who moves through the stages.
    pub stages: Stages,
}

/// The coefficients of an explicit method: the rows of a, and b.
type Tableau = (&'static [&'static [f64]], &'static [f64]);

const EULER: Tableau = (&[&[]], &[1.0]);
const HEUN: Tableau = (&[&[], &[1.0]], &[0.5, 0.5]);
const FOURTH: Tableau =
    (&[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]], &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0]);

impl RungeKutta {
    fn tableau(&self) -> Tableau {
        match self.method {
            Method::Euler => EULER,
            Method::Heun => HEUN,
            Method::Rk4 => FOURTH,
        }
    }

    /// Who moves together through the stages.
    fn groups(&self) -> Vec<Who> {
        match self.stages {
            Stages::Joint => vec![BOTH],
            Stages::Frozen => Player::BOTH.map(only).to_vec(),
        }
    }

    /// Adds the combination of slopes with a row's weights, times the players' step sizes.
    fn add<T: Scalar>(&self, to: &mut Joint<T>, weights: &[f64], slopes: &[Joint<T>], who: Who, step: u64) {
        let lrs = self.round.lrs(step);
        for player in members(who) {
            for (weight, slope) in weights.iter().zip(slopes).filter(|(weight, _)| **weight != 0.0) {
                let by = T::of(weight * lrs[player as usize]);
                to[player].iter_mut().zip(&slope[player]).for_each(|(to, slope)| *to += by * *slope);
            }
        }
    }
}

/// The players of a group.
fn members(who: Who) -> impl Iterator<Item = Player> {
    Player::BOTH.into_iter().filter(move |p| who[*p as usize])
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for RungeKutta {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(&self, game: &G, at: &mut Joint<T>, _: &mut State<T>, step: u64) -> Result<(), Halt<G::Error>> {
        let batch = game.draw(Draw { step, draw: 0 });
        let (rows, weights) = self.tableau();
        let from = at.clone();
        for who in self.groups() {
            let mut slopes: Vec<Joint<T>> = Vec::with_capacity(rows.len());
            for row in rows {
                let mut stage = from.clone();
                self.add(&mut stage, row, &slopes, who, step);
                let mut slope = Joint::zeros(from.sizes());
                for player in members(who) {
                    game.velocity(player, &stage, &batch, &mut slope[player]).map_err(Halt::Failed)?;
                    self.round.descents[player as usize].look(player, &slope[player])?;
                }
                slopes.push(slope);
            }
            self.add(at, weights, &slopes, who, step);
        }
        self.round.settle(game, at)
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        let (rows, weights) = self.tableau();
        let from = lines.fresh();
        lines.add(from, 1.0, THETA, BOTH);
        for who in self.groups() {
            let mut slopes: Vec<Register> = Vec::new();
            for row in rows {
                let stage = lines.fresh();
                lines.add(stage, 1.0, from, BOTH);
                combine(&mut lines, stage, row, &slopes, who);
                let slope = lines.velocity(stage, who);
                slopes.push(slope);
            }
            combine(&mut lines, THETA, weights, &slopes, who);
        }
        Ok(lines.finish())
    }

    fn elementwise(&self) -> bool {
        true
    }
}

fn combine(lines: &mut Lines, to: Register, weights: &[f64], slopes: &[Register], who: Who) {
    for (by, from) in weights.iter().zip(slopes).filter(|(by, _)| **by != 0.0) {
        lines.push(Op::Step { to, from: *from, who, by: *by });
    }
}
