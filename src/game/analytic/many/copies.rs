//! Independent copies of a game as one game.
//!
//! A player's parameters are those of all its copies, coordinate by coordinate: the first parameter of every copy,
//! then the second of every copy, and so on. A rule that treats every parameter by itself moves each copy as it
//! would move the game alone; a rule that looks at a whole vector (its norm, a step size for all) does not, and
//! must move one state at a time.
//!
//! A copy whose field is not finite, or too large to be squared, is moved so far at once that whoever looks sees
//! that it has left; it can then be stopped, and the others go on.

use super::machine::{Registers, run};
use super::programs::{Chosen, Programs, Task};
use crate::game::{Analytic, AnalyticError, Draw, Game, Joint, Linearized, Player};
use smallvec::SmallVec;
use std::sync::{Mutex, PoisonError};

/// Programs that copies have at hand: a rule asks for the same few again and again.
const AT_HAND: usize = 6;

/// Coordinates up to which a program is run without memory from the heap.
const FEW: usize = 4;

/// So many copies of a game.
pub struct Copies<'a> {
    programs: &'a Programs<'a>,
    count: usize,
    /// The copies that have been stopped.
    stopped: Vec<usize>,
    room: Mutex<Room>,
}

/// What is used again from one evaluation to the next.
#[derive(Default)]
struct Room {
    registers: Registers,
    /// Where copies go.
    next: Joint<f64>,
    at_hand: Vec<Chosen>,
}

impl<'a> Copies<'a> {
    /// `count` copies of the game of these programs.
    pub fn new(programs: &'a Programs<'a>, count: usize) -> Self {
        Copies { programs, count, stopped: Vec::new(), room: Mutex::default() }
    }

    /// The game.
    pub fn game(&self) -> &'a Analytic {
        self.programs.game
    }

    /// Number of copies.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The copies' parameters as one point, from a point of each; `points` has as many as there are copies.
    pub fn gather(&self, points: &[Joint<f64>]) -> Joint<f64> {
        let sizes = self.programs.game.sizes();
        let of = |player: Player| {
            let coordinates = 0..sizes[player as usize];
            coordinates.flat_map(|k| points.iter().map(move |point| point[player][k])).collect()
        };
        Joint { d: of(Player::Discriminator), g: of(Player::Generator) }
    }

    /// The point of one copy.
    pub fn copy(&self, at: &Joint<f64>, index: usize) -> Joint<f64> {
        let of = |player: Player| at[player].iter().skip(index).step_by(self.count).copied().collect();
        Joint { d: of(Player::Discriminator), g: of(Player::Generator) }
    }

    /// Stops a copy: its field is 0 from now on.
    pub fn stop(&mut self, index: usize) {
        self.stopped.push(index);
    }

    /// Runs a program from the coordinates of `inputs` to those of `outputs`, which are 0 for copies that are stopped.
    fn run(&self, task: Task, step: u64, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        self.run_in(&mut room, task, step, inputs, outputs);
        for index in &self.stopped {
            for coordinates in outputs.iter_mut().flat_map(|part| part.chunks_mut(self.count)) {
                coordinates[*index] = 0.0;
            }
        }
    }

    /// The same for all copies, stopped or not.
    fn run_in(&self, room: &mut Room, task: Task, step: u64, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        if self.count == 0 {
            return;
        }
        let inputs: SmallVec<[&[f64]; FEW]> =
            inputs.iter().flat_map(|part| part.chunks(self.count)).collect();
        let mut outputs: SmallVec<[&mut [f64]; FEW]> =
            outputs.iter_mut().flat_map(|part| part.chunks_mut(self.count)).collect();
        let Room { registers, at_hand, .. } = room;
        let place = at_hand.iter().position(|chosen| self.programs.is(chosen, task, step));
        let place = place.unwrap_or_else(|| {
            if at_hand.len() == AT_HAND {
                at_hand.remove(0);
            }
            at_hand.push(self.programs.choose(task, step));
            at_hand.len() - 1
        });
        run(&at_hand[place].program, &inputs, &mut outputs, registers);
    }
}

impl Game<f64> for Copies<'_> {
    type Batch = Draw;
    type Error = AnalyticError;

    fn sizes(&self) -> [usize; 2] {
        self.programs.game.sizes().map(|n| n * self.count)
    }

    fn draw(&self, at: Draw) -> Draw {
        at
    }

    fn project(&self, player: Player, theta: &mut [f64]) {
        self.programs.game.project(player, theta);
    }

    fn watched(&self) -> bool {
        true
    }

    fn advance(&self, h: [Option<f64>; 2], at: &mut Joint<f64>, batch: &Draw) -> Result<bool, AnalyticError> {
        let movers = || Player::BOTH.into_iter().filter(|player| h[*player as usize].is_some());
        let task = Task::Advance(h.map(|h| h.map(f64::to_bits)));
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = std::mem::take(&mut room.next);
        movers().for_each(|player| next[player].resize(at[player].len(), 0.0));
        let parts = [&mut next.d[..], &mut next.g[..]];
        let moving = parts.into_iter().zip(h).filter_map(|(part, h)| h.map(|_| part));
        let mut outputs = moving.collect::<SmallVec<[_; 2]>>();
        self.run_in(&mut room, task, batch.step, &[&at.d, &at.g], &mut outputs);
        drop(outputs);
        for player in movers() {
            for index in &self.stopped {
                let all = next[player].iter_mut().zip(&at[player]);
                all.skip(*index).step_by(self.count).for_each(|(next, at)| *next = *at);
            }
            std::mem::swap(&mut at[player], &mut next[player]);
        }
        room.next = next;
        Ok(true)
    }

    fn zero_sum(&self) -> bool {
        self.programs.game.zero_sum()
    }

    /// The sums over all copies.
    fn losses(&self, at: &Joint<f64>, batch: &Draw) -> Result<[f64; 2], AnalyticError> {
        let mut all = [vec![0.0; self.count], vec![0.0; self.count]];
        let [d, g] = &mut all;
        self.run(Task::Losses, batch.step, &[&at.d, &at.g], &mut [d, g]);
        Ok(all.map(|losses| losses.iter().sum()))
    }

    fn velocity(
        &self,
        player: Player,
        at: &Joint<f64>,
        batch: &Draw,
        out: &mut [f64],
    ) -> Result<(), AnalyticError> {
        self.run(Task::Velocity(player), batch.step, &[&at.d, &at.g], &mut [out]);
        Ok(())
    }

    fn field_to(&self, at: &Joint<f64>, batch: &Draw, v: &mut Joint<f64>) -> Result<(), AnalyticError> {
        self.run(Task::Field, batch.step, &[&at.d, &at.g], &mut [&mut v.d, &mut v.g]);
        Ok(())
    }

    fn gradient(&self, of: Player, at: &Joint<f64>, batch: &Draw) -> Result<Joint<f64>, AnalyticError> {
        self.programs.game.has_gradients(batch.step)?;
        let mut out = Joint::zeros(self.sizes());
        self.run(Task::Gradient(of), batch.step, &[&at.d, &at.g], &mut [&mut out.d, &mut out.g]);
        Ok(out)
    }

    /// Products of every copy's own Jacobian. At a kink they take the slope of one side: what one copy meets there
    /// must not halt the others.
    fn linearize<'a>(
        &'a self,
        at: &'a Joint<f64>,
        batch: &'a Draw,
    ) -> Result<Box<dyn Linearized<f64, AnalyticError> + 'a>, AnalyticError> {
        Ok(Box::new(Jacobians { copies: self, at, step: batch.step }))
    }
}

/// The Jacobians of all copies at a point, as one that has them for its blocks.
struct Jacobians<'a> {
    copies: &'a Copies<'a>,
    at: &'a Joint<f64>,
    step: u64,
}

impl Jacobians<'_> {
    fn product(&self, task: Task, w: &Joint<f64>) -> Joint<f64> {
        let mut out = Joint::zeros(self.sizes());
        let inputs = [&self.at.d[..], &self.at.g, &w.d, &w.g];
        self.copies.run(task, self.step, &inputs, &mut [&mut out.d, &mut out.g]);
        out
    }
}

impl Linearized<f64, AnalyticError> for Jacobians<'_> {
    fn sizes(&self) -> [usize; 2] {
        self.copies.sizes()
    }

    fn times(&self, w: &Joint<f64>) -> Result<Joint<f64>, AnalyticError> {
        Ok(self.product(Task::Times, w))
    }

    fn transposed_times(&self, w: &Joint<f64>) -> Result<Joint<f64>, AnalyticError> {
        Ok(self.product(Task::TransposedTimes, w))
    }
}
