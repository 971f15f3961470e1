//! The linear-quadratic WGAN of Nagarajan & Kolter: Gaussian data, affine generator, quadratic discriminator.
//!
//! x of mean m and covariance C in n dimensions, G(z) = A z + b with z standard normal, D(x) = x' W x + w' x:
//!
//! ```text
//! V = E D(x) - E D(G(z)) = <W, C + m m' - A A' - b b'> + w' (m - b)        loss_d = -V, loss_g = V
//! ```
//!
//! with <.,.> the sum of products of entries: only the first two moments enter, so all expectations are exact. The
//! discriminator's n^2 + n parameters are W row by row, then w; the generator's as many, A row by row, then b.
//!
//! Equilibria: A A' = C, b = m, w = 0, W antisymmetric (x' W x is then 0). J is antisymmetric there, J_gd = -J_dg' and no
//! other block, and K = J_dg J_dg' maps a symmetric W = S and w to
//!
//! ```text
//! (S, w) -> (2 (S M + M S) + w m' + m w', 2 S m + w),  M = C + m m',  that is <(S, w), K (S, w)> = E ‖2 S x + w‖^2
//! ```
//!
//! Its n (n + 1) / 2 + n eigenvalues kappa are all above 0 (with m = 0 they are 2 (c_i + c_j) for i <= j over the
//! eigenvalues c of C, and n times 1), so unregularised there are as many pairs +- i sqrt(kappa): cycles. What is left are
//! n (n - 1) flat directions, n (n - 1) / 2 of each player: W antisymmetric, and A -> A Q, which leaves A A'. With the
//! regulariser loss_g += eta ‖grad_d V‖^2 each pair solves lambda^2 + 2 eta kappa lambda + kappa = 0, stable for every
//! eta > 0. As grad_x D is affine, and the generator moves samples by any affine map, R1 with gamma = 2 eta has those
//! very eigenvalues.
//!
//! Nothing moves a generator's rank: A' = (W + W') A. No conserved quantity of the unregularised game is known to us for
//! n > 1 or m != b; the uniform game has one.
//!
//! Nagarajan & Kolter, *Gradient descent GAN optimization is locally stable*, NIPS 2017, section 3.3 and appendix.

use super::formula::Formula;
use super::number::{Number, sum};
use super::prediction::{ClosedForm, Plane};
use crate::game::{Joint, Penalty, PenaltyPoints, Player};
use nalgebra::{DMatrix, DVector};

/// The linear-quadratic WGAN; theta = (W, w, A, b), matrices row by row.
#[derive(Clone, Debug)]
pub struct LqWgan {
    mean: DVector<f64>,
    /// E x x'.
    moment: DMatrix<f64>,
    /// The symmetric root of the covariance.
    root: DMatrix<f64>,
}

/// The parameters by their names, matrices `[n, n]` row by row.
struct Named<'a, N> {
    w2: &'a [N],
    w1: &'a [N],
    a: &'a [N],
    b: &'a [N],
}

impl LqWgan {
    /// Data of this mean and covariance, which is symmetric and positive definite.
    pub fn new(mean: DVector<f64>, covariance: DMatrix<f64>) -> Self {
        let moment = &covariance + &mean * mean.transpose();
        let eigen = covariance.symmetric_eigen();
        let roots = eigen.eigenvalues.map(|c| c.max(0.0).sqrt());
        let root = &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose();
        LqWgan { mean, moment, root }
    }

    fn dimension(&self) -> usize {
        self.mean.len()
    }

    fn named<'a, N>(&self, theta: &'a [N]) -> Named<'a, N> {
        let n = self.dimension();
        let (w2, rest) = theta.split_at(n * n);
        let (w1, rest) = rest.split_at(n);
        let (a, b) = rest.split_at(n * n);
        Named { w2, w1, a, b }
    }

    /// E G(z) G(z)', row by row.
    fn generated<N: Number>(&self, Named { a, b, .. }: &Named<N>) -> Vec<N> {
        let row = |i: usize| a[i * b.len()..(i + 1) * b.len()].iter().copied();
        self.square(|i, j| sum(row(i).zip(row(j)).map(|(x, y)| x * y)) + b[i] * b[j])
    }

    /// E x x' - E G(z) G(z)', row by row, and E x - E G(z): what the discriminator sees.
    fn seen<N: Number>(&self, named: &Named<N>) -> (Vec<N>, Vec<N>) {
        let generated = self.generated(named);
        let n = self.dimension();
        let second = self.square(|i, j| N::of(self.moment[(i, j)]) - generated[i * n + j]);
        let first = self.mean.iter().zip(named.b).map(|(m, b)| N::of(*m) - *b).collect();
        (second, first)
    }

    /// W + W', row by row: grad_x D = (W + W') x + w.
    fn doubled<N: Number>(&self, w2: &[N]) -> Vec<N> {
        let n = self.dimension();
        self.square(|i, j| w2[i * n + j] + w2[j * n + i])
    }

    fn square<N>(&self, entry: impl Fn(usize, usize) -> N) -> Vec<N> {
        let n = self.dimension();
        (0..n * n).map(|k| entry(k / n, k % n)).collect()
    }

    /// The eigenvalues of K = J_dg J_dg' on symmetric W and on w.
    pub fn squared_frequencies(&self) -> Vec<f64> {
        let (n, m) = (self.dimension(), &self.mean);
        let pairs: Vec<[usize; 2]> = (0..n).flat_map(|i| (i..n).map(move |j| [i, j])).collect();
        let basis = |k: usize| {
            let (mut s, mut w) = (DMatrix::zeros(n, n), DVector::zeros(n));
            match pairs.get(k) {
                Some([i, j]) if i == j => s[(*i, *i)] = 1.0,
                Some([i, j]) => {
                    s[(*i, *j)] = 0.5f64.sqrt();
                    s[(*j, *i)] = 0.5f64.sqrt();
                }
                None => w[k - pairs.len()] = 1.0,
            }
            (s, w)
        };
        let image = |(s, w): (DMatrix<f64>, DVector<f64>)| {
            let crossed = &w * m.transpose();
            let second = 2.0 * (&s * &self.moment + &self.moment * &s) + &crossed + crossed.transpose();
            (second, 2.0 * s * m + w)
        };
        let size = pairs.len() + n;
        let entry = |j: usize, k: usize| {
            let ((s, w), (t, u)) = (basis(j), image(basis(k)));
            s.dot(&t) + w.dot(&u)
        };
        DMatrix::from_fn(size, size, entry).symmetric_eigenvalues().iter().copied().collect()
    }

    /// An equilibrium's parameters.
    fn solved(&self, w2: impl Iterator<Item = f64>, a: &DMatrix<f64>) -> Joint<f64> {
        let zeros = vec![0.0; self.dimension()];
        let rows = a.transpose();
        Joint { d: w2.chain(zeros).collect(), g: rows.iter().chain(self.mean.iter()).copied().collect() }
    }
}

impl Formula for LqWgan {
    fn sizes(&self) -> [usize; 2] {
        let n = self.dimension();
        [n * n + n; 2]
    }

    fn loss<N: Number>(&self, of: Player, theta: &[N]) -> N {
        let named = self.named(theta);
        let (second, first) = self.seen(&named);
        let inner = |a: &[N], b: &[N]| sum(a.iter().zip(b).map(|(a, b)| *a * *b));
        let v = inner(named.w2, &second) + inner(named.w1, &first);
        match of {
            Player::Discriminator => -v,
            Player::Generator => v,
        }
    }

    /// Written out: the loss is a sum over n^3 products, which a derivative by each parameter would take n^2 times.
    fn own_gradient<N: Number>(&self, of: Player, theta: &[N]) -> Vec<N> {
        let n = self.dimension();
        let named = self.named(theta);
        match of {
            Player::Discriminator => {
                let (second, first) = self.seen(&named);
                second.into_iter().chain(first).map(|x| -x).collect()
            }
            Player::Generator => {
                let slope = self.doubled(named.w2);
                let row = |i: usize| &slope[i * n..(i + 1) * n];
                let by_a =
                    self.square(|i, j| -sum(row(i).iter().enumerate().map(|(k, s)| *s * named.a[k * n + j])));
                let by_b =
                    (0..n).map(|i| -(sum(row(i).iter().zip(named.b).map(|(s, b)| *s * *b)) + named.w1[i]));
                by_a.into_iter().chain(by_b).collect()
            }
        }
    }

    /// E ‖(W + W') x + w‖^2 by the moments of where it is taken. With m uniform on [0, 1] the mixture m x + (1 - m) G(z)
    /// has E m^2 = E (1 - m)^2 = 1/3 and E m (1 - m) = 1/6.
    fn penalty<N: Number>(&self, penalty: &Penalty, theta: &[N]) -> N {
        let n = self.dimension();
        let named = self.named(theta);
        let (mean, slope) = (|i: usize| N::of(self.mean[i]), self.doubled(named.w2));
        let real = |i: usize, j: usize| N::of(self.moment[(i, j)]);
        let generated = self.generated(&named);
        let b = named.b;
        let second = self.square(|i, j| match penalty.points {
            PenaltyPoints::Real => real(i, j),
            PenaltyPoints::Fake => generated[i * n + j],
            PenaltyPoints::Mixed => {
                let crossed = mean(i) * b[j] + b[i] * mean(j);
                N::of(1.0 / 3.0) * (real(i, j) + generated[i * n + j]) + N::of(1.0 / 6.0) * crossed
            }
        });
        let first = |i: usize| match penalty.points {
            PenaltyPoints::Real => mean(i),
            PenaltyPoints::Fake => b[i],
            PenaltyPoints::Mixed => N::of(0.5) * (mean(i) + b[i]),
        };
        let of_row = |i: usize| {
            let row = &slope[i * n..(i + 1) * n];
            let through = |k: usize| sum(row.iter().enumerate().map(|(j, s)| *s * second[k * n + j]));
            let quadratic = sum(row.iter().enumerate().map(|(k, s)| *s * through(k)));
            let linear = sum(row.iter().enumerate().map(|(j, s)| *s * first(j)));
            quadratic + named.w1[i] * (N::of(2.0) * linear + named.w1[i])
        };
        sum((0..n).map(of_row))
    }

    fn zero_sum(&self) -> bool {
        true
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        let n = self.dimension();
        vec![self.solved(std::iter::repeat_n(0.0, n * n), &self.root)]
    }

    /// The equilibria are manifolds: the antisymmetric part of W stays, and A becomes root * Q with the rotation Q that
    /// brings it nearest, the polar factor of root * A (Schönemann 1966).
    fn nearest(&self, theta: &[f64]) -> Vec<Joint<f64>> {
        let n = self.dimension();
        let named = self.named(theta);
        let svd = (&self.root * DMatrix::from_row_slice(n, n, named.a)).svd(true, true);
        let (Some(u), Some(v)) = (svd.u, svd.v_t) else { return self.candidates() };
        let antisymmetric = self.square(|i, j| 0.5 * (named.w2[i * n + j] - named.w2[j * n + i]));
        vec![self.solved(antisymmetric.into_iter(), &(&self.root * u * v))]
    }

    fn closed_form(&self) -> Option<ClosedForm> {
        let n = self.dimension();
        let plane = |kappa: f64| [[0.0, -kappa.sqrt()], [kappa.sqrt(), 0.0]];
        let planes = self.squared_frequencies().into_iter().map(plane).collect();
        let centred = self.mean.iter().all(|m| *m == 0.0);
        let values =
            if centred { ": 2 (c_i + c_j) over the eigenvalues c of the covariance, and 1" } else { "" };
        let symbols = format!("p = 0, s^2 the eigenvalues of J_dg J_dg'{values}");
        let alone = [n * (n - 1) / 2; 2];
        Some(ClosedForm { planes, alone, symbols, source: "Nagarajan & Kolter 2017" })
    }

    /// E ‖grad_x D‖^2 = <(S, w), K (S, w)> where data and generated samples have the same moments; between them it
    /// mixes planes.
    fn penalty_curvature(&self, penalty: &Penalty, plane: &Plane) -> Option<f64> {
        (penalty.points != PenaltyPoints::Mixed).then_some(2.0 * plane[1][0] * plane[1][0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::analytic::number::partials;

    fn game() -> LqWgan {
        let covariance = DMatrix::from_row_slice(3, 3, &[2.0, 0.5, -0.3, 0.5, 1.0, 0.2, -0.3, 0.2, 0.7]);
        LqWgan::new(DVector::from_vec(vec![0.4, -0.2, 1.0]), covariance)
    }

    fn point() -> Vec<f64> {
        (0..24).map(|k| libm::sin(1.7 * f64::from(k) + 0.3)).collect()
    }

    #[test]
    fn the_written_gradient_is_that_of_the_loss() {
        let game = game();
        for player in Player::BOTH {
            let wanted = partials(&point(), game.range(player), |theta| game.loss(player, theta));
            for (written, wanted) in game.own_gradient(player, &point()).iter().zip(wanted) {
                assert!((written - wanted).abs() < 1e-13, "{player:?}: {written} {wanted}");
            }
        }
    }

    #[test]
    fn the_nearest_equilibrium_is_one_and_none_is_nearer() {
        let game = game();
        let at = Joint::from_flat(&point(), 12);
        let nearest = game.nearest(&point()).remove(0);
        let rest = |at: &Joint<f64>| {
            Player::BOTH.map(|p| game.own_gradient(p, &at.flat())).concat().iter().all(|v| v.abs() < 1e-13)
        };
        assert!(rest(&nearest));
        // Turned by a little in each plane it is farther away.
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            for angle in [-0.01, 0.01f64] {
                let mut q = DMatrix::identity(3, 3);
                (q[(i, i)], q[(j, j)]) = (angle.cos(), angle.cos());
                (q[(i, j)], q[(j, i)]) = (-angle.sin(), angle.sin());
                let a = DMatrix::from_row_slice(3, 3, &nearest.g[..9]) * q;
                let turned = game.solved(nearest.d[..9].iter().copied(), &a);
                assert!(rest(&turned) && at.distance(&turned) > at.distance(&nearest));
            }
        }
    }

    #[test]
    fn penalties_are_the_moments_of_the_slope() {
        // n = 1: D'(x) = 2 W x + w at real x of mean 1 and second moment 3, generated 2 z + 1/2.
        let game = LqWgan::new(DVector::from_vec(vec![1.0]), DMatrix::from_vec(1, 1, vec![2.0]));
        let theta = [0.5, 3.0, 2.0, 0.5];
        let at = |points| game.penalty(&Penalty { points, center: 0.0, one_sided: false }, &theta);
        assert_eq!(at(PenaltyPoints::Real), 3.0 + 6.0 + 9.0);
        assert_eq!(at(PenaltyPoints::Fake), 4.25 + 3.0 + 9.0);
        let (second, first) = ((3.0 + 4.25) / 3.0 + 1.0 / 6.0, 0.75);
        assert!((at(PenaltyPoints::Mixed) - (second + 6.0 * first + 9.0)).abs() < 1e-14);
    }
}
