//! Games with a linear field, v = A theta: what every smooth game looks like near an equilibrium.
//!
//! ```text
//! loss_d = -d' (A_dd d / 2 + A_dg g)        loss_g = -g' (A_gg g / 2 + A_gd d)
//! ```
//!
//! with A in blocks, J = A everywhere and the equilibrium at 0. The bilinear game V(d, g) = d' B g is
//! A = [[0, B], [-B', 0]], with eigenvalues +- i sigma for each singular value sigma of B, and 0 for every parameter that
//! one player has more than the other. A potential game has A = A', a Hamiltonian one A = -A' (Balduzzi et al. 2018).
//! Where A_dd or A_gg is not symmetric no loss has it for its second derivative: the field is A theta all the same, and
//! the losses are those of its symmetric part.

use super::energy::Energy;
use super::formula::Formula;
use super::number::{Number, sum};
use super::prediction::ClosedForm;
use crate::game::{Joint, Player};
use crate::nn::orthogonal;
use crate::random::{Address, Stream};
use nalgebra::{DMatrix, DVector};

/// Singular values up to this share of the largest are 0.
const SINGULAR: f64 = 1e-12;

/// A linear field.
#[derive(Clone, Debug)]
pub struct Linear {
    matrix: DMatrix<f64>,
    discriminator: usize,
    /// An orthonormal basis of the null space, a column each.
    null: DMatrix<f64>,
}

impl Linear {
    /// The field A theta, A square; the first `discriminator` coordinates are the discriminator's.
    pub fn new(matrix: DMatrix<f64>, discriminator: usize) -> Self {
        let null = null_space(&matrix);
        Linear { matrix, discriminator, null }
    }

    /// V(d, g) = d' B g.
    pub fn bilinear(b: &DMatrix<f64>) -> Self {
        let (d, g) = b.shape();
        let mut matrix = DMatrix::zeros(d + g, d + g);
        matrix.view_mut((0, d), (d, g)).copy_from(b);
        matrix.view_mut((d, 0), (g, d)).copy_from(&-b.transpose());
        Linear::new(matrix, d)
    }

    /// V(d, g) = d' B g with a random B of `[d, g]`: B = U diag(s) V' with U and V orthonormal, Haar distributed, and
    /// singular values s from 1 down to 1 / condition in equal ratios. The same bits on every machine.
    pub fn random([d, g]: [usize; 2], condition: f64, seed: u64) -> Self {
        let rank = d.min(g);
        let factor = |size: usize, draw: u64| {
            orthogonal(size, rank, Address::new(seed, Stream::Matrix, 0).with_draw(draw))
        };
        let (u, v) = (factor(d, 0), factor(g, 1));
        let value = |k: usize| libm::pow(condition, -(k as f64) / (rank.max(2) - 1) as f64);
        let values: Vec<f64> = (0..rank).map(value).collect();
        let entry = |i: usize, j: usize| {
            values.iter().enumerate().map(|(k, s)| u[i * rank + k] * s * v[j * rank + k]).sum()
        };
        Linear::bilinear(&DMatrix::from_fn(d, g, entry))
    }
}

impl Formula for Linear {
    fn sizes(&self) -> [usize; 2] {
        [self.discriminator, self.matrix.nrows() - self.discriminator]
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let own = self.range(of);
        let half = |j: usize| if own.contains(&j) { 0.5 } else { 1.0 };
        let row =
            |i: usize| sum(theta.iter().enumerate().map(|(j, x)| N::of(half(j) * self.matrix[(i, j)]) * *x));
        -sum(own.clone().map(|i| theta[i] * row(i)))
    }

    fn own_gradient<N: Number>(&self, of: Player, theta: &[N]) -> Vec<N> {
        let row = |i: usize| -sum(theta.iter().enumerate().map(|(j, x)| N::of(self.matrix[(i, j)]) * *x));
        self.range(of).map(row).collect()
    }

    fn zero_sum(&self) -> bool {
        let [d, g] = self.sizes();
        let block = |i: usize, j: usize, shape: (usize, usize)| self.matrix.view((i, j), shape);
        let own = block(0, 0, (d, d)).amax() + block(d, d, (g, g)).amax();
        own == 0.0 && block(0, d, (d, g)) == -block(d, 0, (g, d)).transpose()
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        // A singular matrix has more equilibria than the one at 0, so a distance from that one would mislead.
        if self.null.ncols() == 0 { vec![Joint::zeros(self.sizes())] } else { Vec::new() }
    }

    /// The projection onto the null space; where a regulariser leaves only 0 an equilibrium, that.
    fn nearest(&self, theta: &[f64]) -> Vec<Joint<f64>> {
        let theta = DVector::from_column_slice(theta);
        let projected = &self.null * self.null.tr_mul(&theta);
        vec![Joint::from_flat(projected.as_slice(), self.discriminator), Joint::zeros(self.sizes())]
    }

    /// ‖theta‖^2 of a Hamiltonian game, where A = -A'.
    fn energy(&self) -> Option<Energy> {
        let hamiltonian = self.matrix == -self.matrix.transpose();
        hamiltonian.then(|| Energy::radius("|d|^2 + |g|^2"))
    }

    /// Of a bilinear game a plane for each singular value; of one parameter a player the matrix itself.
    fn closed_form(&self) -> Option<ClosedForm> {
        let [d, g] = self.sizes();
        let block = |i: usize, j: usize, size| self.matrix.view((i, j), size);
        let source = "Mescheder, Nowozin & Geiger 2017";
        let b = block(0, d, (d, g)).into_owned();
        let bilinear = block(0, 0, (d, d)).amax() == 0.0
            && block(d, d, (g, g)).amax() == 0.0
            && block(d, 0, (g, d)) == -b.transpose();
        if bilinear {
            let planes = b.singular_values().iter().map(|s| [[0.0, *s], [0.0 - *s, 0.0]]).collect();
            let symbols = "p = 0, s the singular values of B".into();
            return Some(ClosedForm { planes, alone: [d - d.min(g), g - d.min(g)], symbols, source });
        }
        let m = |i: usize, j: usize| self.matrix[(i, j)];
        let plane = [[m(0, 0), m(0, 1)], [m(1, 0), m(1, 1)]];
        let symbols = format!("J = {plane:?}");
        (d == 1 && g == 1).then(|| ClosedForm { planes: vec![plane], alone: [0, 0], symbols, source })
    }
}

fn null_space(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.ncols();
    let svd = matrix.clone().svd(false, true);
    let largest = svd.singular_values.max();
    let Some(v) = svd.v_t else { return DMatrix::zeros(n, 0) };
    let null = (0..n).filter(|k| svd.singular_values[*k] <= SINGULAR * largest);
    let columns: Vec<DVector<f64>> = null.map(|k| v.row(k).transpose()).collect();
    if columns.is_empty() { DMatrix::zeros(n, 0) } else { DMatrix::from_columns(&columns) }
}
