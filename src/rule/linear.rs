//! One round of a rule, linearised: the map of a small deviation, the optimisers' momentum included.
//!
//! With dv = J_p dtheta (J_p the rows of player p), a momentum beta, and a preconditioner P that is held:
//!
//! ```text
//! m+ = beta m + take dv;   theta_p+ = theta_p + P m+             (heavy ball; Adam with take = 1 - beta)
//!                          theta_p+ = theta_p + P (dv + beta m+)  (Nesterov's form)
//! ```
//!
//! The eigenvalues of this map are the rule's *multipliers*: a deviation along one of them grows or shrinks by |mu| a
//! round. Where both players move at once with one kind of momentum they follow from the eigenvalues lambda of P J one
//! by one: mu = 1 + lambda without momentum, the roots of mu^2 - (1 + beta + take lambda) mu + beta with it, and of
//! mu^2 - (1 + beta)(1 + lambda) mu + beta (1 + lambda) in Nesterov's form. Any other order of updates needs the
//! whole map.

use crate::game::{Joint, Player};
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
    /// Parameters that are held (their step is 0) because their second moment has died away.
    pub held: usize,
}

/// In which order the players move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the same point.
    Simultaneous,
    /// This player first; the other sees where it went.
    First(Player),
}

/// A round of updates, linearised at a point and a state.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRound {
    /// Who moves when.
    pub order: Order,
    /// Updates of each player in the round.
    pub updates: [usize; 2],
    /// The players' updates.
    pub descents: [LinearDescent; 2],
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

/// Deviations side by side, a column each: the players' parameters, and their momenta where they have any.
struct Deviations {
    theta: [DMatrix<f64>; 2],
    momentum: [DMatrix<f64>; 2],
}

impl LinearRound {
    /// Numbers of a deviation: parameters and momenta.
    pub fn dimension(&self) -> usize {
        self.sizes().iter().sum::<usize>() + self.kept().iter().sum::<usize>()
    }

    /// Number of parameters of each player.
    pub fn sizes(&self) -> [usize; 2] {
        [0, 1].map(|p| self.descents[p].steps.len())
    }

    /// Length of each player's momentum.
    fn kept(&self) -> [usize; 2] {
        [0, 1].map(|p| if self.descents[p].momentum == 0.0 { 0 } else { self.descents[p].steps.len() })
    }

    /// The same round with all step sizes times `by`.
    pub fn scaled(&self, by: f64) -> Self {
        let mut out = self.clone();
        for descent in &mut out.descents {
            descent.steps.iter_mut().for_each(|step| *step *= by);
        }
        out
    }

    /// P J for the whole vector, if the multipliers follow from its eigenvalues one by one (`multipliers_of`).
    pub fn preconditioned(&self, jacobian: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        self.is_polynomial().then(|| {
            let steps = [&self.descents[0].steps[..], &self.descents[1].steps[..]].concat();
            let mut out = jacobian.clone();
            for mut column in out.column_iter_mut() {
                column.iter_mut().zip(&steps).for_each(|(x, step)| *x *= step);
            }
            out
        })
    }

    /// Whether each multiplier follows from one eigenvalue of P J.
    pub fn is_polynomial(&self) -> bool {
        let [d, g] = &self.descents;
        let alike = (d.momentum, d.take, d.nesterov) == (g.momentum, g.take, g.nesterov);
        self.order == Order::Simultaneous && self.updates == [1, 1] && alike
    }

    /// The multipliers that belong to an eigenvalue of P J, where `is_polynomial` holds.
    pub fn multipliers_of(&self, lambda: Complex<f64>) -> Vec<Complex<f64>> {
        let LinearDescent { momentum: beta, take, nesterov, .. } = self.descents[0];
        if beta == 0.0 {
            return vec![take * lambda + 1.0];
        }
        let (trace, det) = match nesterov {
            true => ((lambda + 1.0) * (1.0 + beta), (lambda + 1.0) * beta),
            false => (lambda * take + 1.0 + beta, Complex::new(beta, 0.0)),
        };
        let root = (trace * trace / 4.0 - det).sqrt();
        vec![trace / 2.0 + root, trace / 2.0 - root]
    }

    /// The whole map, `[dimension, dimension]`.
    pub fn matrix(&self, jacobian: &DMatrix<f64>) -> DMatrix<f64> {
        let unit = DMatrix::identity(self.dimension(), self.dimension());
        let d = self.sizes()[0];
        let rows = [jacobian.rows(0, d).into_owned(), jacobian.rows(d, self.sizes()[1]).into_owned()];
        let velocity = |player: Player, theta: &[DMatrix<f64>; 2]| {
            let rows = &rows[player as usize];
            Ok::<_, std::convert::Infallible>(
                rows.columns(0, d) * &theta[0] + rows.columns(d, rows.ncols() - d) * &theta[1],
            )
        };
        match self.map(self.split(&unit), velocity) {
            Ok(out) => join(&out),
            Err(never) => match never {},
        }
    }

    /// The map of one deviation, `dimension` numbers, given products J w.
    pub fn times<E>(
        &self,
        deviation: &[f64],
        product: impl Fn(&Joint<f64>) -> Result<Joint<f64>, E>,
    ) -> Result<Vec<f64>, E> {
        let column = DMatrix::from_column_slice(deviation.len(), 1, deviation);
        let velocity = |player: Player, theta: &[DMatrix<f64>; 2]| {
            let w = Joint { d: theta[0].as_slice().to_vec(), g: theta[1].as_slice().to_vec() };
            let v = product(&w)?;
            Ok(DMatrix::from_column_slice(v[player].len(), 1, &v[player]))
        };
        Ok(join(&self.map(self.split(&column), velocity)?).as_slice().to_vec())
    }

    /// The transposed map of one vector, given products J' w.
    pub fn transposed_times<E>(
        &self,
        covector: &[f64],
        product: impl Fn(&Joint<f64>) -> Result<Joint<f64>, E>,
    ) -> Result<Vec<f64>, E> {
        let mut at = self.split(&DMatrix::from_column_slice(covector.len(), 1, covector));
        for group in self.groups().into_iter().rev() {
            let mut dv = Joint::zeros(self.sizes());
            for player in group {
                dv[player] = self.descents[player as usize].pull(&mut at, player);
            }
            let back = product(&dv)?;
            for player in Player::BOTH {
                let theta = &mut at.theta[player as usize];
                theta.iter_mut().zip(&back[player]).for_each(|(theta, back)| *theta += back);
            }
        }
        Ok(join(&at).as_slice().to_vec())
    }

    /// The updates of a round in order; players of one group move from the same point.
    fn groups(&self) -> Vec<Vec<Player>> {
        match self.order {
            Order::First(first) => [first, first.other()]
                .into_iter()
                .flat_map(|player| vec![vec![player]; self.updates[player as usize]])
                .collect(),
            Order::Simultaneous => (0..self.updates[0].max(self.updates[1]))
                .map(|turn| Player::BOTH.into_iter().filter(|p| turn < self.updates[*p as usize]).collect())
                .collect(),
        }
    }

    fn map<E>(
        &self,
        mut at: Deviations,
        velocity: impl Fn(Player, &[DMatrix<f64>; 2]) -> Result<DMatrix<f64>, E>,
    ) -> Result<Deviations, E> {
        for group in self.groups() {
            let dvs: Result<Vec<_>, E> =
                group.into_iter().map(|player| Ok((player, velocity(player, &at.theta)?))).collect();
            for (player, dv) in dvs? {
                self.descents[player as usize].step(&mut at, player, &dv);
            }
        }
        Ok(at)
    }

    fn split(&self, all: &DMatrix<f64>) -> Deviations {
        let mut from = 0;
        let mut next = |rows: usize| {
            from += rows;
            all.rows(from - rows, rows).into_owned()
        };
        Deviations { theta: self.sizes().map(&mut next), momentum: self.kept().map(&mut next) }
    }
}

fn join(parts: &Deviations) -> DMatrix<f64> {
    let all = || parts.theta.iter().chain(&parts.momentum);
    let mut out = DMatrix::zeros(all().map(|m| m.nrows()).sum(), parts.theta[0].ncols());
    let mut from = 0;
    for part in all() {
        out.rows_mut(from, part.nrows()).copy_from(part);
        from += part.nrows();
    }
    out
}

impl LinearDescent {
    fn step(&self, at: &mut Deviations, player: Player, dv: &DMatrix<f64>) {
        let along = if self.momentum == 0.0 {
            dv * self.take
        } else {
            let m = &mut at.momentum[player as usize];
            *m *= self.momentum;
            *m += dv * self.take;
            if self.nesterov { dv + &*m * self.momentum } else { m.clone() }
        };
        for (mut theta, along) in at.theta[player as usize].column_iter_mut().zip(along.column_iter()) {
            for ((theta, along), step) in theta.iter_mut().zip(along.iter()).zip(&self.steps) {
                *theta += step * along;
            }
        }
    }

    /// The transposed step: changes the momentum's covector and gives that of dv.
    fn pull(&self, at: &mut Deviations, player: Player) -> Vec<f64> {
        let theta = &at.theta[player as usize];
        let along: Vec<f64> = theta.iter().zip(&self.steps).map(|(theta, step)| theta * step).collect();
        if self.momentum == 0.0 {
            return along.into_iter().map(|along| self.take * along).collect();
        }
        let ahead = if self.nesterov { self.momentum } else { 1.0 };
        let m = &mut at.momentum[player as usize];
        let mut dv = Vec::with_capacity(along.len());
        for (m, along) in m.iter_mut().zip(along) {
            let after = *m + ahead * along;
            dv.push(self.take * after + if self.nesterov { along } else { 0.0 });
            *m = self.momentum * after;
        }
        dv
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn round(order: Order, updates: [usize; 2], momentum: [f64; 2], nesterov: bool) -> LinearRound {
        let descent = |p: usize, n: usize| LinearDescent {
            steps: (0..n).map(|k| 0.1 + 0.03 * (k + p) as f64).collect(),
            momentum: momentum[p],
            take: if nesterov { 1.0 } else { 1.0 - 0.5 * momentum[p] },
            nesterov,
            held: 0,
        };
        LinearRound { order, updates, descents: [descent(0, 2), descent(1, 3)] }
    }

    fn jacobian(seed: u64) -> DMatrix<f64> {
        DMatrix::from_fn(5, 5, |i, j| libm::sin((7 * i + 3 * j) as f64 + seed as f64 * 0.37))
    }

    proptest! {
        /// The map column by column, by products, transposed, and from eigenvalues one by one.
        #[test]
        fn every_route_gives_the_same_map(
            first in 0usize..3, counts in (1usize..3, 1usize..3), momentum in (0usize..3, 0usize..3),
            nesterov: bool, seed in 0u64..100,
        ) {
            let order = [Order::Simultaneous, Order::First(Player::Discriminator), Order::First(Player::Generator)];
            let of = |k: usize| [0.0, 0.5, -0.3][k];
            let round = round(order[first], [counts.0, counts.1], [of(momentum.0), of(momentum.1)], nesterov);
            let j = jacobian(seed);
            let matrix = round.matrix(&j);
            let n = round.dimension();
            let w: Vec<f64> = (0..n).map(|k| libm::cos(k as f64 + 0.2)).collect();
            let column = DMatrix::from_column_slice(n, 1, &w);
            let product = |m: DMatrix<f64>| move |w: &Joint<f64>| {
                let out = &m * DMatrix::from_column_slice(5, 1, &w.flat());
                Ok::<_, Infallible>(Joint::from_flat(out.as_slice(), 2))
            };
            let Ok(forth) = round.times(&w, product(j.clone()));
            let Ok(back) = round.transposed_times(&w, product(j.transpose()));
            let off = |a: Vec<f64>, b: DMatrix<f64>| (DMatrix::from_column_slice(n, 1, &a) - b).norm();
            prop_assert!(off(forth, &matrix * &column) < 1e-13);
            prop_assert!(off(back, matrix.transpose() * &column) < 1e-13);
            if let Some(scaled) = round.preconditioned(&j) {
                let trace: Complex<f64> = scaled.complex_eigenvalues().iter()
                    .flat_map(|lambda| round.multipliers_of(*lambda)).sum();
                prop_assert!((trace - matrix.trace()).norm() < 1e-9);
            }
        }
    }
}
