//! The outermost eigenvalues of a Jacobian that is only known by its products with vectors.
//!
//! Arnoldi's method (`arnoldi`) finds those of largest magnitude, real or imaginary part; no system is solved. The subspace that
//! was found is then asked for the eigenvalues of J once more (Rayleigh-Ritz), each with its residual.

use super::arnoldi::{Effort, leading};
use super::eigen::{Eigen, NoEigenvalues, eigen, length, order, overlap, uncertainty};
use super::ritz::Ritz;
use crate::game::{Joint, Linearized};
use crate::random::{Address, Stream, fill_normal};
use crate::scalar::Scalar;
use nalgebra::{Complex, DMatrix};
use std::cell::{Cell, RefCell};

/// Number of the draw of first vectors within the analysis stream, apart from those of batches.
const START: u64 = u64::MAX;
/// Up to this size the whole matrix is cheaper.
const SMALL: usize = 96;
/// What finds the largest magnitude to some percent.
const ROUGH: Search = Search {
    extreme: Extreme::Magnitude,
    count: 2,
    tolerance: 1e-2,
    dimension: 24,
    restarts: 10,
    conditions: false,
    seed: 0,
};

/// Which eigenvalues are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extreme {
    /// Those of largest magnitude.
    Magnitude,
    /// The rightmost ones: those of largest real part.
    Real,
    /// Those of largest imaginary part, with their conjugates.
    Imaginary,
}

impl Extreme {
    /// The number that is largest for the outermost ones.
    pub(super) fn key(self, value: Complex<f64>) -> f64 {
        match self {
            Extreme::Magnitude => value.norm(),
            Extreme::Real => value.re,
            Extreme::Imaginary => value.im.abs(),
        }
    }
}

/// What is searched for, and how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Which eigenvalues.
    pub extreme: Extreme,
    /// How many, at least 1.
    pub count: usize,
    /// Residual, as a share of the largest magnitude, at which an eigenvalue counts as converged.
    pub tolerance: f64,
    /// Dimension that the subspace grows to before each restart; more is used where `count` needs it.
    pub dimension: usize,
    /// Restarts of the iteration after which it gives up, counted from the last eigenvalue that converged.
    pub restarts: usize,
    /// Whether condition numbers are wanted, for which the search is made again with J', until as many have converged as with
    /// J. Without them an eigenvalue's uncertainty is its residual, as if J were normal.
    pub conditions: bool,
    /// Seed of the first vector.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        let (extreme, conditions) = (Extreme::Magnitude, true);
        Search { extreme, count: 20, tolerance: 1e-8, dimension: 64, restarts: 100, conditions, seed: 0 }
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// The eigenvalues, outermost first.
    pub eigen: Vec<Eigen>,
    /// The largest magnitude seen: a lower bound of the spectral radius.
    pub radius: f64,
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError<E: std::error::Error + 'static> {
    /// A product could not be computed.
    #[error(transparent)]
    Product(E),
    /// No eigenvalue could be had.
    #[error(transparent)]
    None(#[from] NoEigenvalues),
}

/// The outermost eigenvalues of an operator.
pub fn partial<T, E>(operator: &dyn Linearized<T, E>, search: &Search) -> Result<Partial, SearchError<E>>
where
    T: Scalar,
    E: std::error::Error + Send + 'static,
{
    partial_told(operator, search, &|_| ())
}

/// The same; `tell` hears how far it is after every product.
pub fn partial_told<T, E>(
    operator: &dyn Linearized<T, E>,
    search: &Search,
    tell: &dyn Fn(&str),
) -> Result<Partial, SearchError<E>>
where
    T: Scalar,
    E: std::error::Error + Send + 'static,
{
    let n = operator.sizes().iter().sum::<usize>();
    if n <= SMALL {
        return small(operator, search);
    }
    let ask = |transposed| Ask {
        operator,
        transposed,
        failure: RefCell::new(None),
        products: Cell::new(0),
        converged: Cell::new((0, 0)),
        tell,
    };
    let radius = match search.extreme {
        Extreme::Magnitude => 0.0,
        _ => ask(false).ritz(&Search { seed: search.seed, ..ROUGH })?.radius(),
    };
    let right = ask(false).ritz(search)?;
    let radius = radius.max(right.radius());
    let most = search.tolerance.max(4.0 * T::rounding()) * radius;
    let converged = right.residuals.iter().filter(|residual| **residual <= most).count();
    let asked = Search { count: converged.min(search.count), ..*search };
    let left = (search.conditions && converged > 0).then(|| ask(true).ritz(&asked)).transpose()?;
    let mut found: Vec<Eigen> = (0..right.values.len())
        .map(|k| {
            let (value, residual) = (right.values[k], right.residuals[k]);
            let condition = left.as_ref().map_or(f64::NAN, |left| condition(&right, left, k, radius));
            let converged = residual <= most;
            // A condition number that nobody asked for counts as 1; one that could not be had may be anything.
            let missing = if search.conditions { f64::INFINITY } else { 1.0 };
            let known = if condition.is_nan() { missing } else { condition };
            let uncertainty = uncertainty(known, residual.max(8.0 * T::rounding() * radius), radius, n);
            Eigen { value, residual, condition, converged, uncertainty }
        })
        .collect();
    sort(&mut found, search.extreme);
    found.truncate(keep(&found, search.count));
    Ok(Partial { eigen: found, radius })
}

/// 1 / |y' u| with y the left eigenvector whose eigenvalue is the nearest; NaN where none is near.
fn condition(right: &Ritz, left: &Ritz, k: usize, radius: f64) -> f64 {
    let value = right.values[k];
    let near = |l: &usize| (left.values[*l] - value).norm();
    let Some(l) = (0..left.values.len()).min_by(|a, b| near(a).total_cmp(&near(b))) else { return f64::NAN };
    let reach = 1e-3 * radius + 10.0 * (right.residuals[k] + left.residuals[l]);
    if near(&l) > reach {
        return f64::NAN;
    }
    let (u, y) = (right.vector(k), left.vector(l));
    length(&u) * length(&y) / overlap(&y, &u)
}

/// Outermost first; a conjugate pair stays together, the positive imaginary part ahead.
fn sort(found: &mut [Eigen], extreme: Extreme) {
    let key = |e: &Eigen| extreme.key(e.value);
    found.sort_by(|a, b| {
        let apart = key(b).total_cmp(&key(a));
        apart.then(order(&Complex::new(a.value.re, -a.value.im), &Complex::new(b.value.re, -b.value.im)))
    });
}

/// How many to keep: no pair is cut in two.
fn keep(found: &[Eigen], count: usize) -> usize {
    let cut = |k: usize| k > 0 && k < found.len() && found[k].value == found[k - 1].value.conj();
    if found.len() > count && cut(count) && found[count].value.im < 0.0 { count + 1 } else { count }
}

fn small<T: Scalar, E: std::error::Error + Send + 'static>(
    operator: &dyn Linearized<T, E>,
    search: &Search,
) -> Result<Partial, SearchError<E>> {
    let n = operator.sizes().iter().sum::<usize>();
    let columns = operator.columns(0..n).map_err(SearchError::Product)?;
    let matrix = DMatrix::from_iterator(n, n, columns.into_iter().map(Scalar::f64));
    let mut found = eigen(&matrix)?;
    let radius = found.iter().map(|e| e.value.norm()).fold(0.0, f64::max);
    sort(&mut found, search.extreme);
    found.truncate(keep(&found, search.count));
    Ok(Partial { eigen: found, radius })
}

/// The operator or its transpose, the first failure of a product, and how far a search with it is.
struct Ask<'a, T: Scalar, E> {
    operator: &'a dyn Linearized<T, E>,
    transposed: bool,
    failure: RefCell<Option<E>>,
    products: Cell<usize>,
    /// Eigenvalues that converged, and the product at which the search ends without another.
    converged: Cell<(usize, usize)>,
    tell: &'a dyn Fn(&str),
}

impl<T: Scalar, E: std::error::Error + Send + 'static> Ask<'_, T, E> {
    fn product(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        if self.transposed { self.operator.transposed_times(w) } else { self.operator.times(w) }
    }

    /// The product, or zeros once one has failed: the iteration then ends by itself.
    fn flat(&self, w: &[T], search: &Search) -> Vec<T> {
        let zeros = vec![T::ZERO; w.len()];
        if self.failure.borrow().is_some() {
            return zeros;
        }
        self.products.set(self.products.get() + 1);
        (self.tell)(&self.progress(search));
        match self.product(&Joint::from_flat(w, self.operator.sizes()[0])) {
            Ok(out) => out.flat(),
            Err(error) => {
                self.failure.replace(Some(error));
                zeros
            }
        }
    }

    fn progress(&self, search: &Search) -> String {
        let (products, (converged, last)) = (self.products.get(), self.converged.get());
        format!(
            "product {products}{}, {converged} of {} converged, gives up {} products from here without another",
            if self.transposed { " with the transpose" } else { "" },
            search.count,
            last.saturating_sub(products)
        )
    }

    /// The wanted eigenvalues of the operator.
    fn ritz(&self, search: &Search) -> Result<Ritz, SearchError<E>> {
        let n: usize = self.operator.sizes().iter().sum();
        let apply = |x: &[T]| self.flat(x, search);
        let effort = effort(search);
        self.converged.set((0, effort.dimension + effort.restarts * effort.renewed()));
        let tell = |converged, restarts| {
            self.converged.set((converged, self.products.get() + restarts * effort.renewed()));
        };
        let found = leading(apply, &start(search.seed, n), effort, tell);
        let ritz = found.and_then(|directions| Ritz::of(directions, apply));
        match self.failure.take() {
            Some(error) => Err(SearchError::Product(error)),
            None => Ok(ritz?),
        }
    }
}

fn effort(search: &Search) -> Effort {
    Effort {
        count: search.count,
        tolerance: search.tolerance,
        dimension: search.dimension.max(2 * search.count + 8),
        restarts: search.restarts,
        extreme: search.extreme,
    }
}

/// A random vector of length about 1.
fn start<T: Scalar>(seed: u64, n: usize) -> Vec<T> {
    let mut v = vec![T::ZERO; n];
    fill_normal(Address::new(seed, Stream::Analysis, START), &mut v);
    let by = T::of(1.0 / (n as f64).sqrt());
    v.iter_mut().for_each(|x| *x *= by);
    v
}
