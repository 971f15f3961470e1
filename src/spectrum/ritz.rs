//! Eigenvalues of an operator as seen from a subspace (Rayleigh-Ritz).

use super::eigen::{NoEigenvalues, eigenvectors};
use crate::scalar::Scalar;
use nalgebra::{Complex, DMatrix};

/// Directions that are so much shorter behind the projection than before it lie in the subspace already.
const DEPENDENT: f64 = 1e-6;

/// The eigenvalues of the projection `Q' A Q`, with the vectors `Q y` that they belong to.
pub(super) struct Ritz {
    /// The Ritz values.
    pub values: Vec<Complex<f64>>,
    /// ‖A u - value u‖ with ‖u‖ = 1.
    pub residuals: Vec<f64>,
    /// Orthonormal basis of the subspace, column by column.
    basis: Vec<Vec<f64>>,
    /// The unit eigenvectors of the projection.
    vectors: Vec<Vec<Complex<f64>>>,
}

impl Ritz {
    /// The Ritz values of the operator `image` in the span of `directions`.
    pub fn of<T: Scalar>(
        directions: Vec<Vec<T>>,
        image: impl Fn(&[T]) -> Vec<T>,
    ) -> Result<Self, NoEigenvalues> {
        let basis = orthonormal(directions);
        let wide = |v: Vec<T>| v.into_iter().map(Scalar::f64).collect::<Vec<f64>>();
        let narrow = |v: &[f64]| v.iter().map(|x| T::of(*x)).collect::<Vec<T>>();
        let images: Vec<Vec<f64>> = basis.iter().map(|q| wide(image(&narrow(q)))).collect();
        let m = basis.len();
        let projected = DMatrix::from_fn(m, m, |i, j| dot(&basis[i], &images[j]));
        let mut out = Ritz { values: Vec::new(), residuals: Vec::new(), basis, vectors: Vec::new() };
        for (value, y) in eigenvectors(&projected)? {
            let u = combine(&out.basis, &y);
            let au = combine(&images, &y);
            let off = au.iter().zip(&u).map(|(au, u)| (au - value * u).norm_sqr()).sum::<f64>();
            out.values.push(value);
            out.residuals.push(off.sqrt());
            out.vectors.push(y);
        }
        Ok(out)
    }

    /// The k-th vector, of length 1.
    pub fn vector(&self, k: usize) -> Vec<Complex<f64>> {
        combine(&self.basis, &self.vectors[k])
    }

    /// The largest magnitude.
    pub fn radius(&self) -> f64 {
        self.values.iter().map(|v| v.norm()).fold(0.0, f64::max)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn combine(columns: &[Vec<f64>], y: &[Complex<f64>]) -> Vec<Complex<f64>> {
    let mut out = vec![Complex::default(); columns.first().map_or(0, Vec::len)];
    for (column, y) in columns.iter().zip(y) {
        for (out, x) in out.iter_mut().zip(column) {
            *out += y * *x;
        }
    }
    out
}

/// Gram-Schmidt, twice over; directions that add nothing are left out.
fn orthonormal<T: Scalar>(directions: Vec<Vec<T>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for direction in directions {
        let mut v: Vec<f64> = direction.into_iter().map(Scalar::f64).collect();
        let before = dot(&v, &v).sqrt();
        for _ in 0..2 {
            for q in &basis {
                let along = dot(q, &v);
                v.iter_mut().zip(q).for_each(|(v, q)| *v -= along * q);
            }
        }
        let after = dot(&v, &v).sqrt();
        if after > DEPENDENT * before && after.is_finite() {
            v.iter_mut().for_each(|v| *v /= after);
            basis.push(v);
        }
    }
    basis
}
