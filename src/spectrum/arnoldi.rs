//! The outermost eigenvalues of an operator in some direction, by Arnoldi's method with thick restarts.
//!
//! `A V = V B + r b'` with V orthonormal: B is the operator as seen from the subspace, and an eigenpair (theta, y) of B has
//! the residual `‖r‖ |b' y|`. When the subspace is full, the span of the outermost y is kept, which is invariant under B,
//! and it grows again from r. In exact arithmetic that is the Krylov-Schur method (Stewart 2001; Wu & Simon 2000 for the
//! symmetric case). faer's Krylov-Schur was tried first: at some dimensions of the subspace it gave vectors with
//! residuals of a tenth of the spectral radius for converged ones (version 0.24).
//!
//! A restart drops the innermost Ritz values, which is a filter by the polynomial that has them as roots (Sorensen 1992): it is made
//! for the spectrum at hand, so a product buys more than in a polynomial chosen beforehand. A stiff spectrum with a
//! cluster of 8,000 zeros and 5 numbers right of it took a tenth of the products that RK4's polynomial of h J took.

use super::eigen::{NoEigenvalues, eigenvectors};
use super::krylov::Extreme;
use crate::nn::fused::{Form, Into, Kernels};
use crate::scalar::{Scalar, norm};
use nalgebra::{Complex, DMatrix, DVector};
use rayon::prelude::*;

/// Basis vectors that one task multiplies; sums are taken in the order of tasks.
const TASK: usize = 16;
/// A vector that orthogonalisation shortens to less than this share is orthogonalised again.
const AGAIN: f64 = 0.7;
/// A residual of this many units of rounding ends the growth: the subspace is invariant.
const INVARIANT: f64 = 64.0;

/// How long a search goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Eigenvalues wanted.
    pub count: usize,
    /// Residual as a share of the largest magnitude.
    pub tolerance: f64,
    /// Largest dimension of the subspace; above `count` by at least 2.
    pub dimension: usize,
    /// Restarts after which it ends, counted from the last eigenvalue that converged.
    pub restarts: usize,
    /// Which eigenvalues are wanted.
    pub extreme: Extreme,
}

/// Real directions that span the outermost eigenvectors, as far as they converged within the effort; the residuals of what
/// they span tell how far that is. `tell` hears after each growth of the subspace how many of them have converged, and how
/// many restarts are left to the next one.
pub(super) fn leading<T: Scalar>(
    apply: impl Fn(&[T]) -> Vec<T>,
    first: &[T],
    effort: Effort,
    tell: impl Fn(usize, usize),
) -> Result<Vec<Vec<T>>, NoEigenvalues> {
    let n = first.len();
    let m = effort.dimension.min(n);
    let mut space = Space::new(first, m);
    let (mut most, mut idle) = (0, 0);
    loop {
        let size = space.grow(&apply, m);
        let ritz = space.ritz(size, effort.extreme)?;
        let radius = ritz.iter().map(|pair| pair.0.norm()).fold(0.0, f64::max);
        let converged = space.converged(&ritz, size, effort.tolerance * radius);
        if converged > most {
            (most, idle) = (converged, 0);
        }
        tell(converged.min(effort.count), effort.restarts.saturating_sub(idle));
        let done = converged >= effort.count.min(size);
        if done || size < m || idle >= effort.restarts {
            return Ok(space.directions(&ritz, effort.count, size));
        }
        // Half of the rest stays with the wanted ones: a wider gap to what is dropped.
        space.shrink(&ritz, effort.kept().min(m - 2), size)?;
        idle += 1;
    }
}

impl Effort {
    /// Dimension that is kept at a restart.
    fn kept(self) -> usize {
        self.count + self.dimension.saturating_sub(self.count) / 2
    }

    /// Products between two restarts.
    pub fn renewed(self) -> usize {
        self.dimension - self.kept()
    }
}

/// An eigenpair of B.
type Pair = (Complex<f64>, Vec<Complex<f64>>);

/// A subspace and the operator on it.
struct Space<T> {
    n: usize,
    /// Orthonormal vectors, one behind the other; the last one is r / ‖r‖.
    basis: Vec<T>,
    /// `[m + 1, m]`: B, and behind its last used row ‖r‖ b'.
    projected: DMatrix<f64>,
    /// Dimension of the subspace.
    size: usize,
}

impl<T: Scalar> Space<T> {
    fn new(first: &[T], m: usize) -> Self {
        let by = T::of(1.0 / norm(first));
        let basis = first.iter().map(|x| *x * by).collect();
        Space { n: first.len(), basis, projected: DMatrix::zeros(m + 1, m), size: 0 }
    }

    fn vector(&self, k: usize) -> &[T] {
        &self.basis[k * self.n..(k + 1) * self.n]
    }

    /// Grows the subspace to the dimension `m`, or to that of an invariant subspace; gives the dimension.
    fn grow(&mut self, apply: &impl Fn(&[T]) -> Vec<T>, m: usize) -> usize {
        while self.size < m {
            let k = self.size;
            let mut w = apply(self.vector(k));
            let before = norm(&w);
            let mut after = before;
            let mut last = f64::INFINITY;
            // Twice is enough (Daniel et al. 1976), and only where much was taken away.
            while after < AGAIN * last && last > 0.0 {
                let h = self.coefficients(&w);
                self.subtract(&h, &mut w);
                for (i, h) in h.iter().enumerate() {
                    self.projected[(i, k)] += h.f64();
                }
                last = after;
                after = norm(&w);
            }
            self.size += 1;
            if !after.is_finite() || after <= INVARIANT * T::rounding() * before.max(f64::MIN_POSITIVE) {
                return self.size;
            }
            self.projected[(k + 1, k)] = after;
            let by = T::of(1.0 / after);
            self.basis.extend(w.into_iter().map(|w| by * w));
        }
        self.size
    }

    /// V' w.
    fn coefficients(&self, w: &[T]) -> Vec<T> {
        let of = |vectors: &[T]| {
            let rows = vectors.len() / self.n;
            let mut out = vec![T::ZERO; rows];
            Kernels::Native.product(Form::Plain, [rows, self.n, 1], (vectors, w), Into::Set, &mut out);
            out
        };
        self.basis.par_chunks(TASK * self.n).flat_map_iter(of).collect()
    }

    /// w -= V h.
    fn subtract(&self, h: &[T], w: &mut [T]) {
        let of = |(vectors, h): (&[T], &[T])| {
            let mut out = vec![T::ZERO; self.n];
            let rows = vectors.len() / self.n;
            Kernels::Native.product(Form::Plain, [1, rows, self.n], (h, vectors), Into::Set, &mut out);
            out
        };
        let parts: Vec<Vec<T>> =
            self.basis.par_chunks(TASK * self.n).zip(h.par_chunks(TASK)).map(of).collect();
        for part in parts {
            w.iter_mut().zip(part).for_each(|(w, part)| *w -= part);
        }
    }

    /// The eigenpairs of B, outermost first; of a conjugate pair the positive imaginary part comes first.
    fn ritz(&self, size: usize, extreme: Extreme) -> Result<Vec<Pair>, NoEigenvalues> {
        let mut pairs = eigenvectors(&self.projected.view((0, 0), (size, size)).into_owned())?;
        let key = |pair: &Pair| extreme.key(pair.0);
        pairs.sort_by(|a, b| key(b).total_cmp(&key(a)).then(b.0.im.total_cmp(&a.0.im)));
        Ok(pairs)
    }

    /// How many of the leading eigenpairs have converged without a gap.
    fn converged(&self, ritz: &[Pair], size: usize, residual: f64) -> usize {
        let small = |pair: &&Pair| {
            let coupled: Complex<f64> =
                pair.1.iter().enumerate().map(|(j, y)| y * self.projected[(size, j)]).sum();
            coupled.norm() <= residual
        };
        ritz.iter().take_while(small).count()
    }

    /// An orthonormal basis of the span of the first `count` eigenvectors, `[size, p]`; a pair is not cut in two.
    fn span(ritz: &[Pair], count: usize, size: usize) -> DMatrix<f64> {
        let mut columns: Vec<DVector<f64>> = Vec::new();
        for (value, y) in ritz {
            if columns.len() >= count {
                break;
            }
            if value.im >= 0.0 {
                columns.push(DVector::from_iterator(size, y.iter().map(|y| y.re)));
            }
            if value.im > 0.0 {
                columns.push(DVector::from_iterator(size, y.iter().map(|y| y.im)));
            }
        }
        if columns.is_empty() {
            return DMatrix::zeros(size, 0);
        }
        DMatrix::from_columns(&columns).qr().q()
    }

    /// V Q for `q` `[size, p]`, vector by vector.
    fn combine(&self, q: &DMatrix<f64>) -> Vec<T> {
        let (size, p) = q.shape();
        let transposed: Vec<T> =
            (0..p).flat_map(|j| q.column(j).iter().map(|x| T::of(*x)).collect::<Vec<_>>()).collect();
        let mut out = vec![T::ZERO; p * self.n];
        let vectors = &self.basis[..size * self.n];
        out.par_chunks_mut(TASK * self.n).zip(transposed.par_chunks(TASK * size)).for_each(|(out, q)| {
            let rows = q.len() / size;
            Kernels::Native.product(Form::Plain, [rows, size, self.n], (q, vectors), Into::Set, out);
        });
        out
    }

    /// Restarts from the span of the first `count` eigenvectors.
    fn shrink(&mut self, ritz: &[Pair], count: usize, size: usize) -> Result<(), NoEigenvalues> {
        let q = Self::span(ritz, count, size);
        let p = q.ncols();
        if p == 0 || q.iter().any(|x| !x.is_finite()) {
            return Err(NoEigenvalues);
        }
        let residual = self.vector(size).to_vec();
        let mut basis = self.combine(&q);
        basis.extend(residual);
        let b = q.transpose() * self.projected.view((0, 0), (size, size)) * &q;
        let coupling = self.projected.view((size, 0), (1, size)) * &q;
        self.basis = basis;
        self.projected.fill(0.0);
        self.projected.view_mut((0, 0), (p, p)).copy_from(&b);
        self.projected.view_mut((p, 0), (1, p)).copy_from(&coupling);
        self.size = p;
        Ok(())
    }

    fn directions(&self, ritz: &[Pair], count: usize, size: usize) -> Vec<Vec<T>> {
        let q = Self::span(ritz, count, size);
        self.combine(&q).chunks_exact(self.n).map(<[T]>::to_vec).collect()
    }
}
