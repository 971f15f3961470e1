//! Gaussian quadrature: nodes and weights for expectations over one variable.
//!
//! The nodes are the eigenvalues of the symmetric tridiagonal matrix of the three-term recurrence of the weight's
//! orthogonal polynomials, and each weight is the square of the first component of a unit eigenvector (Golub & Welsch
//! 1969). With m nodes, polynomials of degree 2 m - 1 are integrated exactly.

use super::number::Number;
use nalgebra::{DMatrix, SymmetricEigen};

/// A point and its probability.
pub type Node = (f64, f64);

/// Nodes for x uniform on [-1, 1] (Gauss-Legendre).
pub fn uniform(count: usize) -> Vec<Node> {
    golub_welsch(count, |k| k / (4.0 * k * k - 1.0).sqrt())
}

/// Nodes for a normal variable of mean 0 and this standard deviation (Gauss-Hermite).
pub fn normal(count: usize, std: f64) -> Vec<Node> {
    golub_welsch(count, f64::sqrt).into_iter().map(|(x, weight)| (std * x, weight)).collect()
}

/// From the numbers beside the diagonal, k = 1, 2, ...; both weights are even, so the diagonal is 0.
fn golub_welsch(count: usize, beside: impl Fn(f64) -> f64) -> Vec<Node> {
    let entry = |i: usize, j: usize| if i.abs_diff(j) == 1 { beside(i.max(j) as f64) } else { 0.0 };
    let SymmetricEigen { eigenvectors, eigenvalues } =
        DMatrix::from_fn(count, count, entry).symmetric_eigen();
    let weight = |k: usize| eigenvectors[(0, k)] * eigenvectors[(0, k)];
    let mut nodes: Vec<Node> = (0..count).map(|k| (eigenvalues[k], weight(k))).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    symmetric(&nodes)
}

/// Makes mirrored nodes exactly mirrored and the weights sum to 1: odd moments are then 0 to the last bit.
fn symmetric(nodes: &[Node]) -> Vec<Node> {
    let total: f64 = nodes.iter().map(|node| node.1).sum();
    let mirrored = nodes.iter().rev();
    nodes.iter().zip(mirrored).map(|(a, b)| (0.5 * (a.0 - b.0), 0.5 * (a.1 + b.1) / total)).collect()
}

/// The expectation of a function over nodes.
pub fn mean<N: Number>(nodes: &[Node], f: impl Fn(f64) -> N) -> N {
    super::number::sum(nodes.iter().map(|(x, weight)| N::of(*weight) * f(*x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact() {
        let nodes = uniform(12);
        for degree in 0..24 {
            let moment = mean(&nodes, |x| x.powi(degree));
            let wanted = if degree % 2 == 1 { 0.0 } else { 1.0 / f64::from(degree + 1) };
            assert!((moment - wanted).abs() < 2e-15, "{degree}: {moment}");
        }
        let nodes = normal(12, 0.5);
        for (degree, wanted) in [(0, 1.0), (1, 0.0), (2, 0.25), (4, 3.0 / 16.0), (6, 15.0 / 64.0)] {
            assert!((mean(&nodes, |x| x.powi(degree)) - wanted).abs() < 1e-14, "{degree}");
        }
    }

    /// Expectations without an elementary form, beside sums that share nothing with these: Simpson's rule over the
    /// interval, and the trapezoidal rule over the line, which converges exponentially.
    #[test]
    fn expectations_of_losses_are_right_to_thirteen_digits() {
        let softplus = |x: f64| libm::log1p(libm::exp(x));
        for w in [-10.0, -3.0, 0.5, 4.0, 10.0] {
            let half: Vec<Node> =
                uniform(32).into_iter().map(|(x, weight)| (0.5 * (1.0 + x), weight)).collect();
            let gauss = mean(&half, |x| softplus(w * x * x));
            let panels = 20_000;
            let simpson = |k: usize| match k {
                0 => 1.0,
                k if k == panels => 1.0,
                k => 2.0 + 2.0 * (k % 2) as f64,
            };
            let at = |k: usize| softplus(w * (k as f64 / panels as f64).powi(2));
            let sum: f64 = (0..=panels).map(|k| simpson(k) * at(k)).sum();
            assert!((gauss - sum / (3.0 * panels as f64)).abs() < 1e-13, "{w}: {gauss}");
        }
        for (std, shift) in [(0.3, 2.0), (1.0, 0.0), (1.5, -1.0)] {
            let gauss = mean(&normal(64, std), |x| softplus(x + shift));
            let h = 1.0 / 64.0;
            let density = |e: f64| libm::exp(-0.5 * e * e) / (2.0 * std::f64::consts::PI).sqrt();
            let node = |k: i32| f64::from(k) * h;
            let sum: f64 = (-640..=640).map(|k| h * density(node(k)) * softplus(std * node(k) + shift)).sum();
            assert!((gauss - sum).abs() < 1e-13, "{std} {shift}: {gauss} {sum}");
        }
    }
}
