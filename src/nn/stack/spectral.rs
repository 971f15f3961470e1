//! Spectral normalisation (Miyato et al. 2018): n = W / sigma, sigma the largest singular value of W as a matrix.
//!
//! Where the paper takes one power iteration a step and keeps its vector, here the singular pair (u, v) is computed anew to
//! rounding, from W alone, so that a run has no hidden state and derivatives are exact:
//! sigma. = u' W. v,  n. = (W. - n sigma.) / sigma,  W~ = (n~ - u v' <n~, n>) / sigma.

use crate::nn::fused::{Form, Into, Kernels};
use crate::scalar::Scalar;
use nalgebra::{DMatrix, DVector};

/// Squarings of the Gram matrix: the power iteration's number of steps is 2 to this power.
const SQUARINGS: usize = 16;

/// The normalisation of one weight.
pub struct Spectral<T> {
    lines: usize,
    normalised: Vec<T>,
    normalised_dot: Option<Vec<T>>,
    sigma: f64,
    sigma_dot: f64,
    /// Left and right singular vectors, and their derivatives.
    u: DVector<f64>,
    v: DVector<f64>,
    u_dot: DVector<f64>,
    v_dot: DVector<f64>,
}

impl<T: Scalar> Spectral<T> {
    /// For weights of so many lines.
    pub fn new(lines: usize) -> Self {
        let none = || DVector::zeros(0);
        Spectral {
            lines,
            normalised: Vec::new(),
            normalised_dot: None,
            sigma: 1.0,
            sigma_dot: 0.0,
            u: none(),
            v: none(),
            u_dot: none(),
            v_dot: none(),
        }
    }

    /// n and its tangent.
    pub fn weights(&self) -> (&[T], Option<&[T]>) {
        (&self.normalised, self.normalised_dot.as_deref())
    }

    /// Normalises a weight; one of zeros stays.
    pub fn normalise(&mut self, kernels: Kernels, w: &[T]) {
        let w64 = self.matrix(w);
        (self.u, self.v, self.sigma) = largest(kernels, &w64);
        self.sigma_dot = 0.0;
        self.normalised_dot = None;
        let by = T::of(1.0 / self.sigma);
        self.normalised.clear();
        self.normalised.extend(w.iter().map(|w| *w * by));
    }

    /// The tangent of the last normalised weight.
    pub fn tangent(&mut self, w: &[T], w_dot: Option<&[T]>) {
        let Some(w_dot) = w_dot else {
            (self.sigma_dot, self.normalised_dot) = (0.0, None);
            return;
        };
        let (m, m_dot) = (self.matrix(w), self.matrix(w_dot));
        self.sigma_dot = self.u.dot(&(&m_dot * &self.v));
        self.turn(&m, &m_dot);
        let [a, b] = [1.0 / self.sigma, self.sigma_dot / self.sigma].map(T::of);
        let moved = w_dot.iter().zip(&self.normalised).map(|(w_dot, n)| *w_dot * a - *n * b);
        self.normalised_dot = Some(moved.collect());
    }

    /// Adds W~ for n~ (`bars` holds one part), or its derivative along the tangent (two parts).
    pub fn pull(&mut self, bars: [&[T]; 2], w: &[T], to: &mut [T]) {
        let moving = !bars[1].is_empty();
        let n = self.matrix(w) / self.sigma;
        let bar = self.matrix(bars[0]);
        let along = bar.dot(&n);
        let mut out = (&bar - &self.u * self.v.transpose() * along) / self.sigma;
        if moving {
            let bar_dot = self.matrix(bars[1]);
            let mut along_dot = bar_dot.dot(&n);
            let mut next = bar_dot;
            if let Some(n_dot) = &self.normalised_dot {
                along_dot += bar.dot(&self.matrix(n_dot));
                let turned = &self.u_dot * self.v.transpose() + &self.u * self.v_dot.transpose();
                next -= turned * along + &out * self.sigma_dot;
            }
            out = (next - &self.u * self.v.transpose() * along_dot) / self.sigma;
        }
        for (line, to) in to.chunks_exact_mut(n.ncols()).enumerate() {
            to.iter_mut().enumerate().for_each(|(k, to)| *to += T::of(out[(line, k)]));
        }
    }

    /// The derivatives of u and v: with the Gram matrix C = W W' and C. = W. W' + W W.', those of its first eigenvector,
    /// (sigma^2 - C) u. = (C. - 2 sigma sigma.) u, u' u. = 0.
    fn turn(&mut self, w: &DMatrix<f64>, w_dot: &DMatrix<f64>) {
        let (tall, s2) = (w.nrows() > w.ncols(), self.sigma * self.sigma);
        let (a, a_dot) = if tall { (w.transpose(), w_dot.transpose()) } else { (w.clone(), w_dot.clone()) };
        let first = if tall { &self.v } else { &self.u };
        let gram_dot_first = &a_dot * (a.transpose() * first) + &a * (a_dot.transpose() * first);
        let right = gram_dot_first - first * (2.0 * self.sigma * self.sigma_dot);
        // The projection on the vector itself makes the matrix regular.
        let left = DMatrix::identity(a.nrows(), a.nrows()) * s2 - &a * a.transpose()
            + first * first.transpose() * s2;
        let solved = left.lu().solve(&right).unwrap_or_else(|| DVector::zeros(a.nrows()));
        let first_dot = &solved - first * first.dot(&solved);
        let second = a.transpose() * first / self.sigma;
        let second_dot =
            (a_dot.transpose() * first + a.transpose() * &first_dot - second * self.sigma_dot) / self.sigma;
        (self.u_dot, self.v_dot) = if tall { (second_dot, first_dot) } else { (first_dot, second_dot) };
    }

    fn matrix(&self, w: &[T]) -> DMatrix<f64> {
        DMatrix::from_row_iterator(self.lines, w.len() / self.lines, w.iter().map(|w| w.f64()))
    }
}

/// The largest singular value with its vectors, by powers of the smaller Gram matrix.
fn largest(kernels: Kernels, w: &DMatrix<f64>) -> (DVector<f64>, DVector<f64>, f64) {
    let tall = w.nrows() > w.ncols();
    let a = if tall { w.transpose() } else { w.clone() };
    let n = a.nrows();
    // Column-major numbers of a are the row-major ones of its transpose.
    let mut gram = vec![0.0; n * n];
    kernels.product(
        Form::LeftTransposed,
        [n, a.ncols(), n],
        (a.as_slice(), a.as_slice()),
        Into::Set,
        &mut gram,
    );
    let size = |m: &[f64]| m.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    if size(&gram) == 0.0 || !size(&gram).is_finite() {
        return (DVector::zeros(w.nrows()), DVector::zeros(w.ncols()), 1.0);
    }
    let (mut power, mut next) = (gram.clone(), gram.clone());
    for _ in 0..SQUARINGS {
        let by = 1.0 / size(&power);
        power.iter_mut().for_each(|x| *x *= by);
        kernels.product(Form::Plain, [n, n, n], (&power, &power), Into::Set, &mut next);
        std::mem::swap(&mut power, &mut next);
    }
    // The largest column of a power that is nearly of rank one.
    let power = DMatrix::from_vec(n, n, power);
    let longest =
        (0..n).max_by(|a, b| power.column(*a).norm_squared().total_cmp(&power.column(*b).norm_squared()));
    let gram = DMatrix::from_vec(n, n, gram);
    let first = (&gram * power.column(longest.unwrap_or(0))).normalize();
    let second = a.transpose() * &first;
    let sigma = second.norm();
    let second = second / sigma;
    if tall { (second, first, sigma) } else { (first, second, sigma) }
}
