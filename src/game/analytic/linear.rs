//! Games with a linear field, v = A theta: what every smooth game looks like near an equilibrium.
//!
//! ```text
//! loss_d = -d' (A_dd d / 2 + A_dg g)        loss_g = -g' (A_gg g / 2 + A_gd d)
//! ```
//!
//! with A in blocks, J = A everywhere and the equilibrium at 0. The bilinear game V(d, g) = d' B g is
//! A = [[0, B], [-B', 0]]. A potential game has A = A', a Hamiltonian one A = -A' (Balduzzi et al. 2018).
//! Where A_dd or A_gg is not symmetric no loss has it for its second derivative: the field is A theta all the same, and
//! the losses are those of its symmetric part.

use super::formula::Formula;
use super::number::{Number, sum};
use crate::game::{Joint, Penalty, Player};
use nalgebra::DMatrix;

/// A linear field.
#[derive(Clone, Debug)]
pub struct Linear {
    matrix: DMatrix<f64>,
    discriminator: usize,
}

impl Linear {
    /// The field A theta, A square; the first `discriminator` coordinates are the discriminator's.
    pub fn new(matrix: DMatrix<f64>, discriminator: usize) -> Self {
        Linear { matrix, discriminator }
    }

    /// V(d, g) = d' B g.
    pub fn bilinear(b: &DMatrix<f64>) -> Self {
        let (d, g) = b.shape();
        let mut matrix = DMatrix::zeros(d + g, d + g);
        matrix.view_mut((0, d), (d, g)).copy_from(b);
        matrix.view_mut((d, 0), (g, d)).copy_from(&-b.transpose());
        Linear::new(matrix, d)
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

    fn penalty<N: Number>(&self, _: &Penalty, _: &[N]) -> N {
        N::of(0.0)
    }

    fn kink(&self, _: &Penalty, _: &[f64]) -> Option<String> {
        None
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        // A singular matrix has more equilibria than the one at 0, so a distance from that one would mislead.
        let regular = self.matrix.clone().lu().is_invertible();
        if regular { vec![Joint::zeros(self.sizes())] } else { Vec::new() }
    }
}
