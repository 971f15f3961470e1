//! One round of a rule, linearised where the field vanishes: the map of a small deviation, the rule's state included.
//!
//! With dv = J_p dtheta (J_p the rows of player p), a momentum beta, and a preconditioner P that is held:
//!
//! ```text
//! m+ = beta m + take dv;   theta_p+ = theta_p + P m+             (heavy ball; Adam with take = 1 - beta)
//!                          theta_p+ = theta_p + P (dv + beta m+)  (Nesterov's form)
//! ```
//!
//! Each rule says in what order this happens (`program`). The eigenvalues of the map are the rule's *multipliers*: a
//! deviation along one of them grows or shrinks by |mu| a round.

use super::on_operator::OnOperator;
use super::program::{BOTH, Dense, Kept, Op, Program, Register, THETA, Who, scaled_rows};
use crate::game::{Linearized, Player};
use nalgebra::{Complex, DMatrix};

/// One player's update, linearised.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearDescent {
    /// P: step size over preconditioner, parameter by parameter.
    pub steps: Vec<f64>,
    /// beta; 0 without momentum.
    pub momentum: f64,
    /// Share of the velocity that enters the momentum.
    pub take: f64,
    /// Whether the momentum looks ahead.
    pub nesterov: bool,
    /// What the momentum is called in the optimiser's state.
    pub name: &'static str,
    /// Parameters that are held (their step is 0) because their second moment has died away.
    pub held: usize,
}

/// A round of updates, linearised at a point and a state.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRound {
    /// What is done.
    pub program: Program,
    /// Rounds of training that it stands for: more than one where a rule has a cycle of rounds.
    pub rounds: u64,
    /// Parameters of each player that are held because their second moment has died away.
    pub held: [usize; 2],
}

/// Why a round has no linearisation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the {player}'s update cannot be linearised: {what}")]
pub struct NotLinear {
    /// Whose update.
    pub player: &'static str,
    /// What is in the way.
    pub what: String,
}

impl LinearRound {
    /// Numbers of a deviation: parameters and state.
    pub fn dimension(&self) -> usize {
        self.program.dimension()
    }

    /// Number of parameters of each player.
    pub fn sizes(&self) -> [usize; 2] {
        self.program.sizes()
    }

    /// The same round with all step sizes times `by`.
    pub fn scaled(&self, by: f64) -> Self {
        let mut out = self.clone();
        out.program.steps.iter_mut().flatten().for_each(|step| *step *= by);
        out
    }

    /// P J for the whole vector, if the multipliers follow from its eigenvalues one by one (`multipliers_of`).
    pub fn preconditioned(&self, jacobian: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        let steps = || self.program.steps.concat();
        self.is_polynomial().then(|| scaled_rows(jacobian, &steps()))
    }

    /// Whether each multiplier follows from one eigenvalue of P J.
    pub fn is_polynomial(&self) -> bool {
        self.program.is_polynomial()
    }

    /// The multipliers that belong to an eigenvalue of P J, where `is_polynomial` holds: as many as a deviation has
    /// vectors.
    pub fn multipliers_of(&self, lambda: Complex<f64>) -> Vec<Complex<f64>> {
        let symbol = self.program.symbol(lambda);
        match symbol.nrows() {
            1 => vec![symbol[(0, 0)]],
            2 => roots(symbol[(0, 0)] + symbol[(1, 1)], symbol.determinant()).to_vec(),
            _ => {
                let schur = symbol.clone().try_schur(f64::EPSILON, 10_000);
                let values = schur.and_then(|schur| schur.eigenvalues());
                values.map_or_else(Vec::new, |values| values.iter().copied().collect())
            }
        }
    }

    /// `take` where the round is plain descent, theta+ = theta + take P J theta, and so mu = 1 + take lambda.
    pub fn plain(&self) -> Option<f64> {
        let whole = |who: Who| who == BOTH;
        match self.program.ops[..] {
            [
                Op::Jacobian { to: u, from: THETA, rows, columns, by, transposed: false },
                Op::Step { to: THETA, from, who, by: take },
            ] if from == u && whole(rows) && whole(columns) && whole(who) && self.program.kept.is_empty() => {
                Some(by * take)
            }
            _ => None,
        }
    }

    /// The whole map, `[dimension, dimension]`.
    pub fn matrix(&self, jacobian: &DMatrix<f64>) -> DMatrix<f64> {
        let unit = DMatrix::identity(self.dimension(), self.dimension());
        match self.program.apply(&unit, &Dense::new(jacobian, self.sizes())) {
            Ok(out) => out,
            Err(never) => match never {},
        }
    }

    /// The map of one deviation, `dimension` numbers, by products of the Jacobian.
    pub fn times<E>(&self, deviation: &[f64], jacobian: &dyn Linearized<f64, E>) -> Result<Vec<f64>, E> {
        let column = DMatrix::from_column_slice(deviation.len(), 1, deviation);
        Ok(self.program.apply(&column, &OnOperator { jacobian })?.as_slice().to_vec())
    }

    /// The transposed map of one vector, by products of the Jacobian.
    pub fn transposed_times<E>(
        &self,
        covector: &[f64],
        jacobian: &dyn Linearized<f64, E>,
    ) -> Result<Vec<f64>, E> {
        let column = DMatrix::from_column_slice(covector.len(), 1, covector);
        Ok(self.program.apply_transposed(&column, &OnOperator { jacobian })?.as_slice().to_vec())
    }
}

/// The roots of mu^2 - trace mu + det, the larger one first, without cancellation in the smaller one.
fn roots(trace: Complex<f64>, det: Complex<f64>) -> [Complex<f64>; 2] {
    let root = (trace * trace / 4.0 - det).sqrt();
    let ends = [trace / 2.0 + root, trace / 2.0 - root];
    let large = if ends[0].norm() >= ends[1].norm() { ends[0] } else { ends[1] };
    let small = if large.norm() == 0.0 { large } else { det / large };
    [large, small]
}

/// Writes a round's program line by line.
pub(super) struct Lines {
    descents: [LinearDescent; 2],
    kept: Vec<Kept>,
    registers: usize,
    ops: Vec<Op>,
    /// Register of the momenta, where a player has one.
    momentum: Option<Register>,
}

impl Lines {
    /// A round of players that descend so, whose rule keeps vectors of its own besides the optimisers' momenta. Their
    /// registers are `own(0)`, `own(1)`, ...
    pub fn new(descents: [LinearDescent; 2], own: &[Kept]) -> Self {
        let names = [0, 1].map(|p| (descents[p].momentum != 0.0).then_some(descents[p].name));
        let momenta = names.iter().any(Option::is_some).then_some(Kept { names, sign: -1.0 });
        let momentum = momenta.map(|_| 1);
        let kept: Vec<Kept> = momenta.into_iter().chain(own.iter().copied()).collect();
        Lines { descents, registers: 1 + kept.len(), kept, ops: Vec::new(), momentum }
    }

    /// The register of the optimisers' momenta, where a player has one.
    pub fn momentum(&self) -> Option<Register> {
        self.momentum
    }

    /// The register of the rule's own k-th vector.
    pub fn own(&self, k: usize) -> Register {
        1 + usize::from(self.momentum.is_some()) + k
    }

    /// A register that starts at zero.
    pub fn fresh(&mut self) -> Register {
        self.registers += 1;
        self.registers - 1
    }

    /// One operation.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// `to = by to`.
    pub fn scale(&mut self, to: Register, who: Who, by: f64) {
        self.push(Op::Scale { to, who, by });
    }

    /// `to += by from`.
    pub fn add(&mut self, to: Register, by: f64, from: Register, who: Who) {
        self.push(Op::Add { to, from, who, by });
    }

    /// A new register with the players' velocities at `from`: J from.
    pub fn velocity(&mut self, from: Register, who: Who) -> Register {
        let to = self.fresh();
        self.push(Op::Jacobian { to, from, rows: who, columns: BOTH, by: 1.0, transposed: false });
        to
    }

    /// `to` moves along a velocity as the players' optimisers move.
    pub fn descend(&mut self, to: Register, velocity: Register, who: Who) {
        let [d, g] = &self.descents;
        let alike = (d.momentum, d.take, d.nesterov) == (g.momentum, g.take, g.nesterov);
        if who == BOTH && !alike {
            self.descend(to, velocity, super::program::only(Player::Discriminator));
            self.descend(to, velocity, super::program::only(Player::Generator));
            return;
        }
        let LinearDescent { momentum: beta, take, nesterov, .. } = self.descents[usize::from(!who[0])];
        let Some(m) = self.momentum.filter(|_| beta != 0.0) else {
            self.push(Op::Step { to, from: velocity, who, by: take });
            return;
        };
        self.scale(m, who, beta);
        self.add(m, take, velocity, who);
        if nesterov {
            self.push(Op::Step { to, from: velocity, who, by: 1.0 });
            self.push(Op::Step { to, from: m, who, by: beta });
        } else {
            self.push(Op::Step { to, from: m, who, by: 1.0 });
        }
    }

    /// The round.
    pub fn finish(self) -> LinearRound {
        let held = [0, 1].map(|p| self.descents[p].held);
        let steps = self.descents.map(|descent| descent.steps);
        let program = Program { steps, kept: self.kept, registers: self.registers, ops: self.ops };
        LinearRound { program, rounds: 1, held }
    }
}
