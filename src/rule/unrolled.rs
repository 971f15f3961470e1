//! Unrolled updates: the generator descends its loss against the discriminator that some of its own steps lead to.
//!
//! ```text
//! d_0 = d,  d_(i+1) = step_d(d_i, g), i < k;     grad_g [loss_g(d_k(g), g)] moves the generator
//! ```
//!
//! The discriminator itself moves as in alternating descent. The gradient is taken through the foreseen steps, momentum and
//! second moments included, backwards: with a = grad_d loss_g at d_k and for gradient descent
//! `grad += h (d v_d / d g)' a;  a += h (d v_d / d d)' a`, one product J' (a, 0) a step. All foreseen steps see the batch of
//! the generator's update and the same generator, so the game is asked with its generator held (`Game::hold_generator`).
//! Keeps what the optimisers keep. Multipliers need the whole J; in games that are not zero-sum also second derivatives of loss_g that J does not
//! hold, so there the linearisation is refused. Metz et al. 2017.

use super::foresight::{Foreseen, pull};
use super::linear::{LinearDescent, LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, Op, THETA, only};
use super::{Halt, Rule};
use crate::game::{Game, Joint, Player};
use crate::scalar::Scalar;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Unrolled {
    /// Who moves first.
    pub first: Player,
    /// What a round is made of.
    pub round: Round,
    /// k: discriminator steps that are foreseen.
    pub steps: usize,
}

const D: Player = Player::Discriminator;
const G: Player = Player::Generator;

impl Unrolled {
    /// The generator's velocity: minus the gradient through the foreseen steps.
    fn foresee<T: Scalar, Of: Game<T>>(
        &self,
        game: &Of,
        at: &Joint<T>,
        state: &State<T>,
        batch: &Of::Batch,
        step: u64,
    ) -> Result<Vec<T>, Halt<Of::Error>> {
        let descent = &self.round.descents[D as usize];
        let mut held = game.hold_generator(&at.g, batch);
        let mut d = at.d.clone();
        let mut moments = state.players[D as usize].clone();
        let mut way: Vec<(Vec<T>, Foreseen<T>)> = Vec::with_capacity(self.steps);
        for _ in 0..self.steps {
            let mut v = vec![T::ZERO; d.len()];
            held.velocity(&d, &mut v).map_err(Halt::Failed)?;
            descent.look(D, &v)?;
            let before = d.clone();
            descent.update(&mut d, &v, &mut moments, step);
            let free = d.clone();
            game.project(D, &mut d);
            let stays = free.iter().zip(&d).map(|(free, now)| free != now).collect();
            way.push((before, Foreseen { v, after: moments.clone(), stays }));
        }
        let mut by_d = held.loss_gradient(&d).map_err(Halt::Failed)?;
        let zeros = |(_, vector): &(&str, Vec<T>)| vec![T::ZERO; vector.len()];
        let mut adjoint: Vec<Vec<T>> = moments.vectors.iter().map(zeros).collect();
        for (before, foreseen) in way.iter().rev() {
            let a = pull(descent, foreseen, &mut by_d, &mut adjoint, step);
            let pulled = held.pull(before, &a).map_err(Halt::Failed)?;
            by_d.iter_mut().zip(pulled).for_each(|(to, from)| *to += from);
        }
        let gradient = held.sum().map_err(Halt::Failed)?;
        Ok(gradient.into_iter().map(|x| -x).collect())
    }
}

impl<T: Scalar, Of: Game<T>> Rule<T, Of> for Unrolled {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(
        &self,
        game: &Of,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<Of::Error>> {
        let mut draw = 0;
        let mut batch = game.draw(self.round.draw(step, draw));
        for player in [self.first, self.first.other()] {
            for _ in 0..self.round.updates[player as usize] {
                if draw > 0 && !self.round.shared {
                    batch = game.draw(self.round.draw(step, draw));
                }
                draw += 1;
                let mut v = if player == G {
                    self.foresee(game, at, state, &batch, step)?
                } else {
                    let mut v = vec![T::ZERO; at.d.len()];
                    game.velocity(D, at, &batch, &mut v).map_err(Halt::Failed)?;
                    v
                };
                self.round.descents[player as usize].step(game, player, at, &mut v, state, step)?;
            }
        }
        Ok(())
    }

    fn linearize(&self, game: &Of, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        if !game.zero_sum() {
            let what = "through the foreseen steps it needs second derivatives of its loss by the discriminator, which \
                        the Jacobian holds only where the game is zero-sum (minimax or wasserstein, and no \
                        regulariser)";
            return Err(NotLinear { player: G.name(), what: what.into() });
        }
        let descents = self.round.linear(state, game.sizes(), step)?;
        let foreseen = descents[D as usize].clone();
        let mut lines = Lines::new(descents, &[]);
        for player in [self.first, self.first.other()] {
            for _ in 0..self.round.updates[player as usize] {
                let v = match player {
                    D => lines.velocity(THETA, only(D)),
                    G => self.lines(&mut lines, &foreseen),
                };
                lines.descend(THETA, v, only(player));
            }
        }
        Ok(lines.finish())
    }
}

impl Unrolled {
    /// The generator's velocity, linearised: loss_g = -loss_d, so grad_d loss_g is the discriminator's own velocity and
    /// vanishes with it.
    fn lines(&self, lines: &mut Lines, descent: &LinearDescent) -> usize {
        let LinearDescent { momentum: beta, take, nesterov, .. } = *descent;
        let ahead = if nesterov { beta } else { 1.0 };
        let (x, m) = (lines.fresh(), lines.fresh());
        lines.add(x, 1.0, THETA, BOTH);
        if let Some(momentum) = lines.momentum().filter(|_| beta != 0.0) {
            lines.add(m, 1.0, momentum, only(D));
        }
        for _ in 0..self.steps {
            let v = lines.velocity(x, only(D));
            lines.scale(m, only(D), beta);
            lines.add(m, take, v, only(D));
            lines.push(Op::Step { to: x, from: m, who: only(D), by: ahead });
            if nesterov {
                lines.push(Op::Step { to: x, from: v, who: only(D), by: 1.0 });
            }
        }
        let (a, v) = (lines.velocity(x, only(D)), lines.velocity(x, only(G)));
        let adjoint = lines.fresh();
        for _ in 0..self.steps {
            // Backwards through theta+ = theta + P (ahead m+ [+ dv]), m+ = beta m + take dv.
            lines.push(Op::Step { to: adjoint, from: a, who: only(D), by: ahead });
            let dv = lines.fresh();
            lines.add(dv, take, adjoint, only(D));
            if nesterov {
                lines.push(Op::Step { to: dv, from: a, who: only(D), by: 1.0 });
            }
            for (to, rows, by) in [(a, only(D), 1.0), (v, only(G), -1.0)] {
                lines.push(Op::Jacobian { to, from: dv, rows, columns: only(D), by, transposed: true });
            }
            lines.scale(adjoint, only(D), beta);
        }
        v
    }
}
