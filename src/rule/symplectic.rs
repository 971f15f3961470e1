//! Symplectic gradient adjustment: the velocity is turned by the rotational part of the field.
//!
//! `u = v + lambda (J - J') v / 2;  theta+ = theta + h u` with gradient descent. J is the sum of a potential part
//! S = (J + J') / 2 and a rotational one A = (J - J') / 2; the adjustment A v leaves a potential game as it is, and in a
//! Hamiltonian one makes u descend ‖v‖^2. Aligned, the sign of lambda is that of `<v, grad H> <A v, grad H> / n + 1/10` with
//! grad H = J' v and H = ‖v‖^2 / 2, so that the adjustment leads towards stable equilibria and away from unstable ones.
//! Needs the field, J v and J' v. Keeps what the optimisers keep. Multipliers: those of the optimiser with
//! (I + lambda A) J in place of J, since near an equilibrium the sign is +; that needs the whole J. Balduzzi et al. 2018.

use super::linear::{LinearRound, Lines, NotLinear};
use super::optimizer::{Round, State};
use super::program::{BOTH, Op, THETA};
use super::{Halt, Rule};
use crate::game::{Game, Joint};
use crate::scalar::Scalar;

/// What decides the sign where both products vanish, as in the paper.
const TOWARDS: f64 = 0.1;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Symplectic {
    /// How the players descend.
    pub round: Round,
    /// Strength of the adjustment.
    pub lambda: f64,
    /// Whether its sign is chosen by alignment.
    pub align: bool,
}

impl Symplectic {
    /// The strength, with its sign.
    fn strength<T: Scalar>(&self, v: &Joint<T>, turned: &Joint<T>, slope: &Joint<T>) -> f64 {
        if !self.align {
            return self.lambda;
        }
        let n = v.sizes().iter().sum::<usize>() as f64;
        // In terms of the gradient xi = -v: <xi, grad H> <A' xi, grad H>, both factors with their sign turned.
        let agree = (-v.dot(slope)) * (-turned.dot(slope)) / n + TOWARDS;
        if agree >= 0.0 { self.lambda } else { -self.lambda }
    }
}

impl<T: Scalar, G: Game<T>> Rule<T, G> for Symplectic {
    fn start(&self, sizes: [usize; 2]) -> State<T> {
        self.round.start(sizes)
    }

    fn round(
        &self,
        game: &G,
        at: &mut Joint<T>,
        state: &mut State<T>,
        step: u64,
    ) -> Result<(), Halt<G::Error>> {
        let batch = game.draw(self.round.draw(step, 0));
        let mut v = game.field(at, &batch).map_err(Halt::Failed)?;
        let jacobian = game.linearize(at, &batch).map_err(Halt::Failed)?;
        let slope = jacobian.transposed_times(&v).map_err(Halt::Failed)?;
        let mut turned = jacobian.times(&v).map_err(Halt::Failed)?;
        drop(jacobian);
        turned.add_scaled(-1.0, &slope);
        turned.scale(0.5);
        let strength = self.strength(&v, &turned, &slope);
        v.add_scaled(strength, &turned);
        self.round.descend(game, at, &mut v, state, step)
    }

    fn linearize(&self, game: &G, state: &State<T>, step: u64) -> Result<LinearRound, NotLinear> {
        let mut lines = Lines::new(self.round.linear(state, game.sizes(), step)?, &[]);
        let v = lines.velocity(THETA, BOTH);
        let u = lines.fresh();
        lines.add(u, 1.0, v, BOTH);
        for (by, transposed) in [(0.5 * self.lambda, false), (-0.5 * self.lambda, true)] {
            lines.push(Op::Jacobian { to: u, from: v, rows: BOTH, columns: BOTH, by, transposed });
        }
        lines.descend(THETA, u, BOTH);
        Ok(lines.finish())
    }
}
