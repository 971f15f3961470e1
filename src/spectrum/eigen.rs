//! All eigenvalues of a dense matrix, each with how far it can be trusted.
//!
//! An eigenvalue that solves a nearby matrix exactly may still be far from that of the matrix: the distance to first
//! order is its condition number 1 / |y' u| (u, y its unit right and left eigenvectors) times the backward error.
//! Wilkinson 1965; Golub & Van Loan, section 7.2.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::{Mat, MatRef, Par};
use nalgebra::{Complex, DMatrix, Schur};

/// Up to this size nalgebra's real Schur form is as fast as faer's blocked one.
const SMALL: usize = 48;
/// Sweeps of nalgebra's iteration for each row, after which faer is asked.
const SWEEPS: usize = 60;
/// The backward error of a dense eigen-solver in units of rounding of ‖J‖.
const BACKWARD: f64 = 8.0 * f64::EPSILON;

/// An eigenvalue and what is known of its accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigen {
    /// The eigenvalue lambda.
    pub value: Complex<f64>,
    /// ‖J u - lambda u‖ with ‖u‖ = 1.
    pub residual: f64,
    /// 1 / |y' u| with ‖y‖ = ‖u‖ = 1: at least 1, infinite where lambda is defective, NaN where it is not known.
    pub condition: f64,
    /// Whether the solver took it for converged.
    pub converged: bool,
    /// How far lambda may be from an eigenvalue of J.
    pub uncertainty: f64,
}

/// The eigen-solver found no eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the eigen-solver does not converge: the Jacobian holds NaN or infinity, or numbers too far apart")]
pub struct NoEigenvalues;

/// All eigenvalues of a square matrix, sorted by real part, then imaginary part.
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<Complex<f64>>, NoEigenvalues> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(NoEigenvalues);
    }
    let n = matrix.nrows();
    let small = (1..=SMALL).contains(&n).then(|| Schur::try_new(matrix.clone(), f64::EPSILON, SWEEPS * n));
    let found = small.flatten().map(|schur| schur.complex_eigenvalues().iter().copied().collect::<Vec<_>>());
    // A Schur form with NaN is no better than none.
    let whole = |values: &Vec<Complex<f64>>| values.iter().all(|v| v.re.is_finite() && v.im.is_finite());
    let mut values: Vec<Complex<f64>> = match found.filter(whole) {
        Some(values) => values,
        None => decompose(matrix, ComputeEigenvectors::No)?.values,
    };
    if !whole(&values) {
        return Err(NoEigenvalues);
    }
    values.sort_by(order);
    Ok(values)
}

/// All eigenvalues with residuals, condition numbers and uncertainties, sorted as `eigenvalues` does.
pub fn eigen(matrix: &DMatrix<f64>) -> Result<Vec<Eigen>, NoEigenvalues> {
    Ok(eigen_and_span(matrix, 0.0)?.0)
}

/// The same, and real vectors that span the eigenvectors of the eigenvalues up to `tolerance` times the largest
/// magnitude, a column each.
pub(super) fn eigen_and_span(
    matrix: &DMatrix<f64>,
    tolerance: f64,
) -> Result<(Vec<Eigen>, Mat<f64>), NoEigenvalues> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(NoEigenvalues);
    }
    let Decomposition { values, left, right } = decompose(matrix, ComputeEigenvectors::Yes)?;
    let radius = values.iter().map(|v| v.norm()).fold(0.0, f64::max);
    let small: Vec<usize> = (0..values.len()).filter(|k| values[*k].norm() <= tolerance * radius).collect();
    let span = Mat::from_fn(right.nrows(), small.len(), |i, k| right[(i, small[k])]);
    let norm = matrix.norm();
    let images = as_faer(matrix) * &right;
    let mut out = Vec::with_capacity(values.len());
    for (k, value) in values.iter().copied().enumerate() {
        let [u, y, ju] = [&right, &left, &images].map(|m| column(&values, m, k));
        let off: f64 = ju.iter().zip(&u).map(|(ju, u)| (ju - value * u).norm_sqr()).sum();
        let residual = off.sqrt() / length(&u);
        let condition = length(&u) * length(&y) / overlap(&y, &u);
        let uncertainty = uncertainty(condition, residual.max(BACKWARD * norm), norm, values.len());
        out.push(Eigen { value, residual, condition, converged: true, uncertainty });
    }
    out.sort_by(|a, b| order(&a.value, &b.value));
    Ok((out, span))
}

/// An eigenvalue of A with its eigenvectors: `A u = lambda u`, `y* A = lambda y*`, `‖u‖ = 1`, `y* u = 1`. The part of a
/// vector w along u is `y* w`; under `w -> A w` it is multiplied by lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct EigenPair {
    /// lambda.
    pub value: Complex<f64>,
    /// u.
    pub right: Vec<Complex<f64>>,
    /// y; of length 1 where lambda is defective (then y* u = 0).
    pub left: Vec<Complex<f64>>,
    /// ‖y‖, the condition number of lambda; infinite where it is defective.
    pub condition: f64,
}

impl EigenPair {
    /// The part of a vector along u, y* w.
    pub fn part(&self, w: &[f64]) -> Complex<f64> {
        self.left.iter().zip(w).map(|(y, w)| y.conj() * w).sum()
    }
}

/// All eigenvalues with their right and left eigenvectors, sorted as `eigenvalues` does. Takes 32 n^2 bytes.
pub fn eigenpairs(matrix: &DMatrix<f64>) -> Result<Vec<EigenPair>, NoEigenvalues> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(NoEigenvalues);
    }
    let Decomposition { values, left, right } = decompose(matrix, ComputeEigenvectors::Yes)?;
    let product = |y: &[Complex<f64>], u: &[Complex<f64>]| -> Complex<f64> {
        y.iter().zip(u).map(|(y, u)| y.conj() * u).sum()
    };
    let pair = |k: usize| {
        let [mut u, mut y] = [&right, &left].map(|packed| column(&values, packed, k));
        for vector in [&mut u, &mut y] {
            let by = 1.0 / length(vector);
            vector.iter_mut().for_each(|x| *x *= by);
        }
        // The solver may give y of the conjugate eigenvalue.
        let mirrored: Vec<Complex<f64>> = y.iter().map(|y| y.conj()).collect();
        if product(&mirrored, &u).norm() > product(&y, &u).norm() {
            y = mirrored;
        }
        let overlap = product(&y, &u);
        if overlap.norm() > 0.0 {
            y.iter_mut().for_each(|y| *y /= overlap.conj());
        }
        EigenPair { value: values[k], right: u, left: y, condition: 1.0 / overlap.norm() }
    };
    let mut out: Vec<EigenPair> = (0..values.len()).map(pair).collect();
    out.sort_by(|a, b| order(&a.value, &b.value));
    Ok(out)
}

/// An eigenvalue and its unit right eigenvector.
type RightPair = (Complex<f64>, Vec<Complex<f64>>);

/// The eigenvalues with their unit right eigenvectors.
pub(super) fn eigenvectors(matrix: &DMatrix<f64>) -> Result<Vec<RightPair>, NoEigenvalues> {
    let Decomposition { values, right, .. } = decompose(matrix, ComputeEigenvectors::Yes)?;
    let unit = |k: usize| {
        let mut u = column(&values, &right, k);
        let by = 1.0 / length(&u);
        u.iter_mut().for_each(|u| *u *= by);
        (values[k], u)
    };
    Ok((0..values.len()).map(unit).collect())
}

/// The k-th vector of a packed matrix: those of a conjugate pair are columns x and y of x + iy and x - iy.
fn column(values: &[Complex<f64>], packed: &Mat<f64>, k: usize) -> Vec<Complex<f64>> {
    let (start, sign) = match values[k].im {
        0.0 => (k, 0.0),
        _ if first_of_pair(values, k) => (k, 1.0),
        _ => (k - 1, -1.0),
    };
    let im = |i: usize| if sign == 0.0 { 0.0 } else { sign * packed[(i, start + 1)] };
    (0..packed.nrows()).map(|i| Complex::new(packed[(i, start)], im(i))).collect()
}

/// Whether the complex eigenvalue k opens a pair: an even number of complex ones stand right before it.
fn first_of_pair(values: &[Complex<f64>], k: usize) -> bool {
    values[..k].iter().rev().take_while(|v| v.im != 0.0).count().is_multiple_of(2)
}

/// How far an eigenvalue may be off: to first order condition times backward error; never more than Elsner's bound
/// (‖J‖ + ‖J + E‖)^(1 - 1/n) ‖E‖^(1/n), which holds for defective ones too (Elsner 1985).
pub fn uncertainty(condition: f64, backward: f64, norm: f64, n: usize) -> f64 {
    let power = 1.0 / n.max(1) as f64;
    let elsner = (2.0 * norm + backward).powf(1.0 - power) * backward.powf(power);
    let first_order = condition * backward;
    if first_order.is_finite() { first_order.min(elsner) } else { elsner }
}

/// |y' u| of the eigenvectors of one eigenvalue. Of a conjugate pair the solver may give y for either: with the other
/// one's the product is 0.
pub(super) fn overlap(y: &[Complex<f64>], u: &[Complex<f64>]) -> f64 {
    let plain: Complex<f64> = y.iter().zip(u).map(|(y, u)| y * u).sum();
    let conjugated: Complex<f64> = y.iter().zip(u).map(|(y, u)| y.conj() * u).sum();
    plain.norm().max(conjugated.norm())
}

/// The Euclidean norm.
pub(super) fn length(u: &[Complex<f64>]) -> f64 {
    u.iter().map(|u| u.norm_sqr()).sum::<f64>().sqrt()
}

pub(super) fn order(a: &Complex<f64>, b: &Complex<f64>) -> std::cmp::Ordering {
    a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im))
}

/// The threads of this pool, as faer counts them.
fn parallelism() -> Par {
    match rayon::current_num_threads() {
        0 | 1 => Par::Seq,
        threads => Par::rayon(threads),
    }
}

pub(super) fn as_faer(matrix: &DMatrix<f64>) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(matrix.as_slice(), matrix.nrows(), matrix.ncols())
}

struct Decomposition {
    values: Vec<Complex<f64>>,
    left: Mat<f64>,
    right: Mat<f64>,
}

fn decompose(matrix: &DMatrix<f64>, vectors: ComputeEigenvectors) -> Result<Decomposition, NoEigenvalues> {
    let n = matrix.nrows();
    let wanted = vectors == ComputeEigenvectors::Yes;
    let (mut re, mut im) = (Diag::<f64>::zeros(n), Diag::<f64>::zeros(n));
    let side = if wanted { n } else { 0 };
    let (mut left, mut right) = (Mat::zeros(side, side), Mat::zeros(side, side));
    if n > 1 {
        let par = parallelism();
        let scratch = evd::evd_scratch::<f64>(n, vectors, vectors, par, Default::default());
        let mut buffer = MemBuffer::try_new(scratch).map_err(|_| NoEigenvalues)?;
        evd::evd_real(
            as_faer(matrix),
            re.as_mut(),
            im.as_mut(),
            wanted.then(|| left.as_mut()),
            wanted.then(|| right.as_mut()),
            par,
            MemStack::new(&mut buffer),
            Default::default(),
        )
        .map_err(|_| NoEigenvalues)?;
    } else if n == 1 {
        re[0] = matrix[0];
        (left, right) = (Mat::identity(side, side), Mat::identity(side, side));
    }
    let values: Vec<_> = (0..n).map(|k| Complex::new(re[k], im[k])).collect();
    if values.iter().any(|v| !v.re.is_finite() || !v.im.is_finite()) {
        return Err(NoEigenvalues);
    }
    Ok(Decomposition { values, left, right })
}
