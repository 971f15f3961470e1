//! The programs of a game: its field, the products of its Jacobian, the gradients of its losses.

use super::program::Program;
use super::symbol::{Symbol, record};
use crate::game::analytic::formula::Formula;
use crate::game::analytic::number::{Dual, Number, partials, sum};
use crate::game::analytic::regularized::Regularized;
use crate::game::{Analytic, Player};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Programs that are kept: with strengths that change at every step there is one a step.
const KEPT: usize = 4096;

/// What a program computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// A player's part of the field, from theta.
    Velocity(Player),
    /// The whole field, from theta.
    Field,
    /// J w, from theta and w.
    Times,
    /// J' w, from theta and w.
    TransposedTimes,
    /// The gradient of a player's regularised loss by all parameters, from theta.
    Gradient(Player),
    /// Both losses, from theta.
    Losses,
    /// theta_p + h_p v_p for each player that has an h_p, given by its bits, from theta.
    Advance([Option<u64>; 2]),
}

/// A task, and the strengths of the game's terms by their bits.
type Key = (Task, Vec<u64>);

/// A game and its programs, written when they are first asked for; shared by all threads.
#[derive(Debug)]
pub struct Programs<'a> {
    /// The game.
    pub(super) game: &'a Analytic,
    known: RwLock<HashMap<Key, Arc<Program>>>,
}

impl<'a> Programs<'a> {
    /// A game without programs as yet.
    pub fn new(game: &'a Analytic) -> Self {
        Programs { game, known: RwLock::default() }
    }

    /// The program for a task with the strengths of a step.
    pub(super) fn choose(&self, task: Task, step: u64) -> Chosen {
        let strengths: Vec<u64> = self.strengths(step).collect();
        let key = (task, strengths.clone());
        if let Some(program) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Chosen { task, strengths, program: program.clone() };
        }
        let program = Arc::new(written(self.game, task, step));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, program.clone());
        Chosen { task, strengths, program }
    }

    /// Whether a program is that for a task with the strengths of a step.
    pub(super) fn is(&self, chosen: &Chosen, task: Task, step: u64) -> bool {
        chosen.task == task && self.strengths(step).eq(chosen.strengths.iter().copied())
    }

    /// The bits of the strengths at a step, on which the programs depend.
    fn strengths(&self, step: u64) -> impl Iterator<Item = u64> + 'a {
        self.game.terms.iter().map(move |term| term.strength_at(step).to_bits())
    }
}

/// A program and what it is for.
#[derive(Clone, Debug)]
pub struct Chosen {
    task: Task,
    strengths: Vec<u64>,
    /// The program.
    pub program: Arc<Program>,
}

fn written(analytic: &Analytic, task: Task, step: u64) -> Program {
    let game = analytic.at(step);
    let n: usize = analytic.paper.sizes().iter().sum();
    let inputs = if matches!(task, Task::Times | Task::TransposedTimes) { 2 * n } else { n };
    let compute = |x: &[Symbol]| match task {
        Task::Velocity(player) => game.velocity(player, x),
        Task::Field => game.field(x),
        Task::Times => times(&game, &x[..n], &x[n..]),
        Task::TransposedTimes => partials(&x[..n], 0..n, |theta| {
            let along = game.field(theta).into_iter().zip(&x[n..]);
            sum(along.map(|(v, w)| v * Dual::constant(*w)))
        }),
        Task::Gradient(of) => analytic.gradient_of(of, step, x),
        Task::Advance(h) => Player::BOTH
            .into_iter()
            .filter_map(|player| Some((player, f64::from_bits(h[player as usize]?))))
            .flat_map(|(player, h)| {
                let along = game.velocity(player, x).into_iter();
                along.zip(&x[analytic.paper.range(player)]).map(move |(v, at)| *at + Symbol::of(h) * v)
            })
            .collect(),
        Task::Losses => Player::BOTH.map(|player| analytic.paper.loss(player, x)).to_vec(),
    };
    // A state that has left the finite numbers never comes back by sums; optimisers would square its velocity.
    let bounded = !matches!(task, Task::Advance(_));
    Program::new(record(inputs, compute), bounded)
}

/// J w: the field at a point that moves along w.
fn times<N: Number>(game: &Regularized, theta: &[N], w: &[N]) -> Vec<N> {
    let moving: Vec<Dual<N>> =
        theta.iter().zip(w).map(|(value, slope)| Dual { value: *value, slope: *slope }).collect();
    game.field(&moving).into_iter().map(|v| v.slope).collect()
}
