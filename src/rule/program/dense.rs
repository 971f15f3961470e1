//! What a program needs of a Jacobian, from one that is written out.

use super::{Columns, Products, Who, players, scaled_rows};
use nalgebra::DMatrix;

/// A Jacobian that is written out, in blocks by player.
pub struct Dense {
    /// `blocks[rows][columns]`.
    blocks: [[DMatrix<f64>; 2]; 2],
}

impl Dense {
    /// The blocks of a Jacobian of players with so many parameters.
    pub fn new(jacobian: &DMatrix<f64>, sizes: [usize; 2]) -> Self {
        let starts = [0, sizes[0]];
        let block =
            |i: usize, j: usize| jacobian.view((starts[i], starts[j]), (sizes[i], sizes[j])).into_owned();
        Dense { blocks: [[block(0, 0), block(0, 1)], [block(1, 0), block(1, 1)]] }
    }

    fn product(&self, w: &Columns, rows: Who, columns: Who, transposed: bool) -> [Option<DMatrix<f64>>; 2] {
        [0, 1].map(|i| {
            rows[i].then(|| {
                let part = |j: usize| match transposed {
                    false => &self.blocks[i][j] * &w[j],
                    true => self.blocks[j][i].tr_mul(&w[j]),
                };
                let zero = DMatrix::zeros(w[i].nrows(), w[i].ncols());
                players(columns).fold(zero, |sum, j| sum + part(j))
            })
        })
    }

    /// P C (only the coupling blocks) or P J.
    fn preconditioned(&self, steps: &[Vec<f64>; 2], coupling_only: bool) -> DMatrix<f64> {
        let [d, g] = [steps[0].len(), steps[1].len()];
        let starts = [0, d];
        let mut out = DMatrix::zeros(d + g, d + g);
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            if i != j || !coupling_only {
                let block = scaled_rows(&self.blocks[i][j], &steps[i]);
                out.view_mut((starts[i], starts[j]), block.shape()).copy_from(&block);
            }
        }
        out
    }
}

fn stack(w: &Columns) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(w[0].nrows() + w[1].nrows(), w[0].ncols());
    out.rows_mut(0, w[0].nrows()).copy_from(&w[0]);
    out.rows_mut(w[0].nrows(), w[1].nrows()).copy_from(&w[1]);
    out
}

fn unstack(all: &DMatrix<f64>, d: usize) -> Columns {
    [all.rows(0, d).into_owned(), all.rows(d, all.nrows() - d).into_owned()]
}

impl Products for Dense {
    type Error = std::convert::Infallible;

    fn times(&self, w: &Columns, rows: Who, columns: Who) -> Result<[Option<DMatrix<f64>>; 2], Self::Error> {
        Ok(self.product(w, rows, columns, false))
    }

    fn transposed_times(
        &self,
        w: &Columns,
        rows: Who,
        columns: Who,
    ) -> Result<[Option<DMatrix<f64>>; 2], Self::Error> {
        Ok(self.product(w, rows, columns, true))
    }

    fn flow(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, Self::Error> {
        let flow = self.preconditioned(steps, false).exp();
        let out = if transposed { flow.tr_mul(&stack(w)) } else { flow * stack(w) };
        Ok(unstack(&out, w[0].nrows()))
    }

    fn compete(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, Self::Error> {
        let pc = self.preconditioned(steps, true);
        let n = pc.nrows();
        let lu = if transposed {
            (DMatrix::identity(n, n) - pc).transpose()
        } else {
            DMatrix::identity(n, n) - pc
        };
        let all = [&steps[0][..], &steps[1][..]].concat();
        let right = scaled_rows(&stack(w), &all);
        // (I - P C) is regular in a zero-sum game; elsewhere NaN tells that the rule has no step.
        let nan = || DMatrix::from_element(n, w[0].ncols(), f64::NAN);
        let out = match transposed {
            false => lu.lu().solve(&right).unwrap_or_else(nan),
            true => scaled_rows(&lu.lu().solve(&stack(w)).unwrap_or_else(nan), &all),
        };
        Ok(unstack(&out, w[0].nrows()))
    }
}
