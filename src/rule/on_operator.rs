//! A program of linear operations on a Jacobian that is known by its products alone.

use super::apart::{Apart, scaled};
use super::flow::{self, Tolerance};
use super::program::{Products, Who};
use crate::game::{Joint, Linearized, Player};
use crate::least::Accuracy;
use nalgebra::DMatrix;

/// Relative accuracy of what is found by iteration: as good as rounding for the eigenvalues that are made of it.
const ACCURACY: f64 = 1e-12;
/// Iterations after which a linear system is taken as solved as well as it can be.
const ITERATIONS: usize = 10_000;

/// Products of a Jacobian, column by column.
pub(super) struct OnOperator<'a, E> {
    /// The Jacobian.
    pub jacobian: &'a dyn Linearized<f64, E>,
}

type Columns = [DMatrix<f64>; 2];

impl<E> OnOperator<'_, E> {
    /// Does the same to every column.
    fn each(
        &self,
        w: &Columns,
        mut of: impl FnMut(Joint<f64>) -> Result<Joint<f64>, E>,
    ) -> Result<Columns, E> {
        let mut out = w.clone();
        for k in 0..w[0].ncols() {
            let column = |p: usize| w[p].column(k).iter().copied().collect::<Vec<f64>>();
            let found = of(Joint { d: column(0), g: column(1) })?;
            out[0].column_mut(k).copy_from_slice(&found.d);
            out[1].column_mut(k).copy_from_slice(&found.g);
        }
        Ok(out)
    }

    fn product(
        &self,
        w: &Columns,
        rows: Who,
        columns: Who,
        transposed: bool,
    ) -> Result<[Option<DMatrix<f64>>; 2], E> {
        let [d, g] = self.each(w, |mut w| {
            for player in Player::BOTH.into_iter().filter(|p| !columns[*p as usize]) {
                w[player].fill(0.0);
            }
            if transposed { self.jacobian.transposed_times(&w) } else { self.jacobian.times(&w) }
        })?;
        Ok([rows[0].then_some(d), rows[1].then_some(g)])
    }
}

impl<E> Products for OnOperator<'_, E> {
    type Error = E;

    fn times(&self, w: &Columns, rows: Who, columns: Who) -> Result<[Option<DMatrix<f64>>; 2], E> {
        self.product(w, rows, columns, false)
    }

    fn transposed_times(&self, w: &Columns, rows: Who, columns: Who) -> Result<[Option<DMatrix<f64>>; 2], E> {
        self.product(w, rows, columns, true)
    }

    fn flow(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, E> {
        self.each(w, |mut at| {
            let mut field = |x: &Joint<f64>| match transposed {
                false => Ok(scaled(self.jacobian.times(x)?, steps)),
                true => self.jacobian.transposed_times(&scaled(x.clone(), steps)),
            };
            let size = at.norm().max(f64::MIN_POSITIVE);
            flow::advance(
                &mut field,
                &mut at,
                1.0,
                Tolerance { absolute: ACCURACY * size, relative: ACCURACY },
            )?;
            Ok(at)
        })
    }

    fn compete(&self, steps: &[Vec<f64>; 2], w: &Columns, transposed: bool) -> Result<Columns, E> {
        self.each(w, |w| {
            let right = if transposed { w } else { scaled(w, steps) };
            let apart = Apart { jacobian: self.jacobian, steps, transposed };
            let accuracy = Accuracy { gradient: ACCURACY, iterations: ITERATIONS };
            let found = apart.solve(&right, accuracy)?.unwrap_or_else(|| nowhere(right.sizes()));
            Ok(if transposed { scaled(found, steps) } else { found })
        })
    }
}

/// What stands for a step that does not exist.
fn nowhere(sizes: [usize; 2]) -> Joint<f64> {
    Joint { d: vec![f64::NAN; sizes[0]], g: vec![f64::NAN; sizes[1]] }
}
