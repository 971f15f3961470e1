//! A linear map as a short program of linear operations on vectors with a part for each player.
//!
//! A round of a rule, linearised where the field vanishes, is a few lines: `u = J theta; theta += P u` for gradient
//! descent. A rule writes these lines once. From them follow the map of one deviation and its transpose by products with
//! J and J', the whole matrix, and, where every line treats both players alike, the map's action on one eigenvector of
//! P J, whose few numbers give the multipliers that belong to its eigenvalue.
//!
//! Register 0 holds the deviation of the parameters, the next ones those of the rule's state; the others start at zero.
//! A vector is either a deviation of parameters or one of velocities: J leads from the first to the second, P (the step
//! sizes over the preconditioner) back.

mod dense;

pub(super) use dense::Dense;

use crate::game::Player;
use nalgebra::{Complex, DMatrix};

/// A vector with a part for each player, by its number.
pub type Register = usize;

/// The register of the parameters.
pub const THETA: Register = 0;

/// Which players' parts an operation is about: discriminator, generator.
pub type Who = [bool; 2];

/// Both players.
pub const BOTH: Who = [true, true];

/// One player alone.
pub fn only(player: Player) -> Who {
    [player == Player::Discriminator, player == Player::Generator]
}

/// One linear operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// `to = by to`.
    Scale {
        /// What is scaled.
        to: Register,
        /// Whose parts.
        who: Who,
        /// Factor.
        by: f64,
    },
    /// `to += by from`; two different registers.
    Add {
        /// What is added to.
        to: Register,
        /// What is added.
        from: Register,
        /// Whose parts.
        who: Who,
        /// Factor.
        by: f64,
    },
    /// `to += by P from`.
    Step {
        /// A deviation of parameters.
        to: Register,
        /// One of velocities.
        from: Register,
        /// Whose parts.
        who: Who,
        /// Factor.
        by: f64,
    },
    /// `to_rows += by (J from_columns)_rows`, or with J' in place of J.
    Jacobian {
        /// A deviation of velocities.
        to: Register,
        /// One of parameters (with J', of velocities).
        from: Register,
        /// Whose parts are added to.
        rows: Who,
        /// Whose parts of `from` count.
        columns: Who,
        /// Factor.
        by: f64,
        /// Whether it is J'.
        transposed: bool,
    },
    /// `to += (I - P C)^-1 P from`, C the part of J that couples the players.
    Compete {
        /// A deviation of parameters.
        to: Register,
        /// One of velocities.
        from: Register,
    },
    /// `to = e^(P J) to`: the flow for as long as a step.
    Flow {
        /// A deviation of parameters.
        to: Register,
    },
}

impl Op {
    /// Whether it acts on both players alike and through P J alone.
    fn is_polynomial(&self) -> bool {
        match self {
            Op::Scale { who, .. } | Op::Add { who, .. } | Op::Step { who, .. } => *who == BOTH,
            Op::Jacobian { rows, columns, transposed, .. } => {
                *rows == BOTH && *columns == BOTH && !*transposed
            }
            Op::Flow { .. } => true,
            Op::Compete { .. } => false,
        }
    }
}

/// A vector that a rule keeps between rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// Its name in each player's state; None for a player that has it not.
    pub names: [Option<&'static str>; 2],
    /// The register's content is this times what the state holds: an optimiser's momentum is kept along the gradient.
    pub sign: f64,
}

/// A linear map of the deviations of parameters and state.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// P: step size over preconditioner, parameter by parameter.
    pub steps: [Vec<f64>; 2],
    /// The state, register by register from 1.
    pub kept: Vec<Kept>,
    /// Registers in all.
    pub registers: usize,
    /// What is done, in order.
    pub ops: Vec<Op>,
}

/// Deviations side by side, a column each, by player.
type Columns = [DMatrix<f64>; 2];

/// What a program needs of a Jacobian, for columns side by side.
pub(super) trait Products {
    /// Why a product may fail.
    type Error;
    /// `(J w)` on the rows that are asked for, from some columns of w; the other parts are None.
    fn times(&self, w: &Columns, rows: Who, columns: Who) -> Result<[Option<DMatrix<f64>>; 2], Self::Error>;
    /// The same with J'.
    fn transposed_times(
        &self,
        w: &Columns,
        rows: Who,
        columns: Who,
    ) -> Result<[Option<DMatrix<f64>>; 2], Self::Error>;
    /// `e^(P J) w`, or `e^(J' P) w`.
    fn flow(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, Self::Error>;
    /// `(I - P C)^-1 P w`, or `P (I - C' P)^-1 w`.
    fn compete(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, Self::Error>;
}

impl Program {
    /// Number of parameters of each player.
    pub fn sizes(&self) -> [usize; 2] {
        [self.steps[0].len(), self.steps[1].len()]
    }

    /// Numbers of a deviation: parameters and state.
    pub fn dimension(&self) -> usize {
        self.parts().iter().map(|(_, _, rows)| rows).sum()
    }

    /// Register, player and length of each part of a deviation, in order.
    fn parts(&self) -> Vec<(Register, usize, usize)> {
        let sizes = self.sizes();
        let of = |(register, who): (usize, Who)| {
            [0, 1].into_iter().filter(move |p| who[*p]).map(move |p| (register, p, sizes[p]))
        };
        let whose =
            std::iter::once(BOTH).chain(self.kept.iter().map(|kept| kept.names.map(|name| name.is_some())));
        whose.enumerate().flat_map(of).collect()
    }

    /// Whether the multipliers follow from the eigenvalues of P J one by one.
    pub fn is_polynomial(&self) -> bool {
        self.kept.iter().all(|kept| kept.names.iter().all(Option::is_some))
            && self.ops.iter().all(Op::is_polynomial)
    }

    /// The map of an eigenvector of P J with this eigenvalue: a matrix over its multiples in parameters and state. Only
    /// where `is_polynomial`.
    pub fn symbol(&self, lambda: Complex<f64>) -> DMatrix<Complex<f64>> {
        let zero = Complex::new(0.0, 0.0);
        let held = 1 + self.kept.len();
        let mut out = DMatrix::from_element(held, held, zero);
        for column in 0..held {
            let mut at = vec![zero; self.registers];
            at[column] = Complex::new(1.0, 0.0);
            for op in &self.ops {
                match *op {
                    Op::Scale { to, by, .. } => at[to] *= by,
                    Op::Add { to, from, by, .. } | Op::Step { to, from, by, .. } => {
                        at[to] = at[to] + at[from] * by;
                    }
                    Op::Jacobian { to, from, by, .. } => at[to] = at[to] + lambda * at[from] * by,
                    Op::Flow { to } => at[to] *= lambda.exp(),
                    Op::Compete { .. } => {}
                }
            }
            (0..held).for_each(|row| out[(row, column)] = at[row]);
        }
        out
    }

    /// The map of columns of deviations, each of `dimension` numbers.
    pub(super) fn apply<P: Products>(
        &self,
        deviations: &DMatrix<f64>,
        jacobian: &P,
    ) -> Result<DMatrix<f64>, P::Error> {
        let mut at = self.split(deviations);
        for op in &self.ops {
            match *op {
                Op::Scale { to, who, by } => players(who).for_each(|p| at[to][p] *= by),
                Op::Add { to, from, who, by } => players(who).for_each(|p| add(&mut at, to, from, p, by)),
                Op::Step { to, from, who, by } => {
                    players(who).for_each(|p| add_scaled(&mut at, to, from, p, by, &self.steps[p]));
                }
                Op::Jacobian { to, from, rows, columns, by, transposed } => {
                    let out = match transposed {
                        false => jacobian.times(&at[from], rows, columns)?,
                        true => jacobian.transposed_times(&at[from], rows, columns)?,
                    };
                    accumulate(&mut at[to], out, by);
                }
                Op::Compete { to, from } => {
                    let out = jacobian.compete(&self.steps, &at[from], false)?;
                    accumulate(&mut at[to], out.map(Some), 1.0);
                }
                Op::Flow { to } => at[to] = jacobian.flow(&self.steps, &at[to], false)?,
            }
        }
        Ok(self.join(&at))
    }

    /// The transposed map: each operation backwards, the last one first.
    pub(super) fn apply_transposed<P: Products>(
        &self,
        covectors: &DMatrix<f64>,
        jacobian: &P,
    ) -> Result<DMatrix<f64>, P::Error> {
        let mut at = self.split(covectors);
        for op in self.ops.iter().rev() {
            match *op {
                Op::Scale { to, who, by } => players(who).for_each(|p| at[to][p] *= by),
                Op::Add { to, from, who, by } => players(who).for_each(|p| add(&mut at, from, to, p, by)),
                Op::Step { to, from, who, by } => {
                    players(who).for_each(|p| add_scaled(&mut at, from, to, p, by, &self.steps[p]));
                }
                Op::Jacobian { to, from, rows, columns, by, transposed } => {
                    let out = match transposed {
                        false => jacobian.transposed_times(&at[to], columns, rows)?,
                        true => jacobian.times(&at[to], columns, rows)?,
                    };
                    accumulate(&mut at[from], out, by);
                }
                Op::Compete { to, from } => {
                    let out = jacobian.compete(&self.steps, &at[to], true)?;
                    accumulate(&mut at[from], out.map(Some), 1.0);
                }
                Op::Flow { to } => at[to] = jacobian.flow(&self.steps, &at[to], true)?,
            }
        }
        Ok(self.join(&at))
    }

    fn split(&self, all: &DMatrix<f64>) -> Vec<Columns> {
        let zero = self.sizes().map(|n| DMatrix::zeros(n, all.ncols()));
        let mut out = vec![zero; self.registers];
        let mut from = 0;
        for (register, p, rows) in self.parts() {
            out[register][p].copy_from(&all.rows(from, rows));
            from += rows;
        }
        out
    }

    fn join(&self, at: &[Columns]) -> DMatrix<f64> {
        let mut out = DMatrix::zeros(self.dimension(), at[THETA][0].ncols());
        let mut from = 0;
        for (register, p, rows) in self.parts() {
            out.rows_mut(from, rows).copy_from(&at[register][p]);
            from += rows;
        }
        out
    }
}

fn players(who: Who) -> impl Iterator<Item = usize> {
    [0, 1].into_iter().filter(move |p| who[*p])
}

fn add(at: &mut [Columns], to: Register, from: Register, p: usize, by: f64) {
    let added = &at[from][p] * by;
    at[to][p] += added;
}

fn add_scaled(at: &mut [Columns], to: Register, from: Register, p: usize, by: f64, steps: &[f64]) {
    let added = scaled_rows(&at[from][p], steps) * by;
    at[to][p] += added;
}

fn accumulate(to: &mut Columns, out: [Option<DMatrix<f64>>; 2], by: f64) {
    for (to, out) in to.iter_mut().zip(out) {
        if let Some(out) = out {
            *to += out * by;
        }
    }
}

/// The matrix with each row times its factor.
pub(super) fn scaled_rows(matrix: &DMatrix<f64>, by: &[f64]) -> DMatrix<f64> {
    let mut out = matrix.clone();
    for mut column in out.column_iter_mut() {
        column.iter_mut().zip(by).for_each(|(x, by)| *x *= by);
    }
    out
}
