//! Eigen-solvers on matrices whose spectrum is known.

use ganscope::game::{Explicit, Linearized};
use ganscope::spectrum::{Eigen, Extreme, Search, eigen, eigenvalues, partial};
use nalgebra::{Complex, DMatrix, DVector};
use proptest::prelude::*;
use std::convert::Infallible;

type C = Complex<f64>;

/// A matrix that is orthogonally similar to blocks on the diagonal: a number is a 1 x 1 block, a pair (re, im) a
/// rotation with eigenvalues re +- i im. `skew` puts numbers above the diagonal, which makes it non-normal.
fn with_spectrum(blocks: &[C], skew: f64, seed: u64) -> DMatrix<f64> {
    let n: usize = blocks.iter().map(|b| if b.im == 0.0 { 1 } else { 2 }).sum();
    let noise = |i: usize, j: usize| libm::sin((i * n + j) as f64 * 12.9898 + seed as f64 * 78.233) * 43.5;
    let noise = |i: usize, j: usize| noise(i, j) - noise(i, j).floor() - 0.5;
    let mut core = DMatrix::from_fn(n, n, |i, j| if j > i { skew * noise(i, j) } else { 0.0 });
    let mut at = 0;
    for block in blocks {
        core[(at, at)] = block.re;
        if block.im != 0.0 {
            core[(at + 1, at + 1)] = block.re;
            core[(at, at + 1)] = block.im;
            core[(at + 1, at)] = -block.im;
            at += 1;
        }
        at += 1;
    }
    let q = DMatrix::from_fn(n, n, |i, j| noise(j + 7, i + 3)).qr().q();
    &q * core * q.transpose()
}

fn spectrum_of(blocks: &[C]) -> Vec<C> {
    blocks.iter().flat_map(|b| if b.im == 0.0 { vec![*b] } else { vec![*b, b.conj()] }).collect()
}

/// Largest distance between two sets of equally many numbers, each matched with its nearest free one.
fn apart(got: &[C], want: &[C]) -> f64 {
    assert_eq!(got.len(), want.len());
    let mut free = got.to_vec();
    let mut worst = 0.0f64;
    for to in want {
        let near = |i: &usize| (free[*i] - to).norm();
        let nearest = (0..free.len()).min_by(|a, b| near(a).total_cmp(&near(b))).expect("as many as wanted");
        worst = worst.max((free.swap_remove(nearest) - to).norm());
    }
    worst
}

fn values(of: &[Eigen]) -> Vec<C> {
    of.iter().map(|e| e.value).collect()
}

fn operator(matrix: DMatrix<f64>) -> Explicit {
    let n = matrix.nrows();
    Explicit { matrix, sizes: [n / 2, n - n / 2] }
}

fn search(matrix: DMatrix<f64>, search: Search) -> Vec<Eigen> {
    let operator: Box<dyn Linearized<f64, Infallible>> = Box::new(operator(matrix));
    partial(operator.as_ref(), &search).expect("finite products").eigen
}

#[test]
fn a_rotation_has_its_angle() {
    let found = eigen(&DMatrix::from_row_slice(2, 2, &[0.0, -3.0, 3.0, 0.0])).expect("finite");
    assert!(apart(&values(&found), &[C::new(0.0, -3.0), C::new(0.0, 3.0)]) < 1e-14);
    for e in found {
        assert!((e.condition - 1.0).abs() < 1e-12, "a normal matrix has condition numbers of 1: {e:?}");
        assert!(e.uncertainty < 1e-13 && e.residual < 1e-14);
    }
}

/// A Jordan block of size 8 in a random basis: the residuals are at rounding, the eigenvalues are wrong by about
/// eps^(1/8), and the uncertainty says so.
#[test]
fn a_jordan_block_is_known_to_be_uncertain() {
    let n = 8;
    let core = DMatrix::from_fn(n, n, |i, j| if i == j { -0.2 } else { f64::from(u8::from(j == i + 1)) });
    let q = DMatrix::from_fn(n, n, |i, j| libm::sin((3 * i + 5 * j) as f64 + 0.3 * (i * j) as f64)).qr().q();
    for matrix in [core.clone(), &q * core * q.transpose()] {
        for e in eigen(&matrix).expect("finite") {
            let off = (e.value - C::new(-0.2, 0.0)).norm();
            assert!(e.residual < 1e-13, "{e:?}");
            assert!(e.condition > 1e8, "{e:?}");
            assert!(e.uncertainty >= off && e.uncertainty > 1e-3, "off by {off}: {e:?}");
        }
    }
}

/// The companion matrix of (t + 1)(t + 2)...(t + 8) (t^2 + 4).
#[test]
fn a_companion_matrix_has_the_roots_of_its_polynomial() {
    let roots: Vec<C> = (1..=8).map(|k| C::new(-f64::from(k), 0.0)).chain([C::new(0.0, 2.0)]).collect();
    let roots = spectrum_of(&roots);
    let n = roots.len();
    let mut coefficients = vec![C::new(1.0, 0.0)];
    for root in &roots {
        let mut next = vec![C::default(); coefficients.len() + 1];
        for (k, c) in coefficients.iter().enumerate() {
            next[k] += c;
            next[k + 1] -= c * root;
        }
        coefficients = next;
    }
    let matrix = DMatrix::from_fn(n, n, |i, j| {
        if i == 0 { -coefficients[j + 1].re } else { f64::from(u8::from(i == j + 1)) }
    });
    let found = eigen(&matrix).expect("finite");
    assert!(apart(&values(&found), &roots) < 1e-6, "{found:?}");
    for e in &found {
        let off = roots.iter().map(|r| (r - e.value).norm()).fold(f64::INFINITY, f64::min);
        assert!(off <= e.uncertainty.max(1e-14), "off by {off}: {e:?}");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    for bad in [f64::NAN, f64::INFINITY] {
        for n in [1, 2, 100] {
            let matrix = DMatrix::from_element(n, n, bad);
            assert!(eigen(&matrix).is_err() && eigenvalues(&matrix).is_err());
        }
    }
    assert_eq!(eigenvalues(&DMatrix::zeros(0, 0)).map(|v| v.len()), Ok(0));
    assert_eq!(values(&eigen(&DMatrix::from_element(1, 1, -3.0)).expect("finite")), [C::new(-3.0, 0.0)]);
}

/// The spectrum of a damped game: pairs around the imaginary axis, a stiff real part, many zeros.
fn game_like(n: usize) -> Vec<C> {
    let pairs = (0..n / 8).map(|k| C::new(-0.01 * k as f64 - 0.3, 0.5 + 0.07 * k as f64));
    let stiff = (0..n / 8).map(|k| C::new(-6.0 + 0.11 * k as f64, 0.0));
    let zeros = (0..n / 4).map(|_| C::default());
    pairs.chain(stiff).chain(zeros).chain([C::new(0.4, 1.3), C::new(0.25, 0.0), C::new(-0.2, 8.0)]).collect()
}

#[test]
fn the_outermost_eigenvalues_are_found_by_products_alone() {
    for (skew, seed) in [(0.0, 1), (0.3, 2)] {
        let blocks = game_like(240);
        let matrix = with_spectrum(&blocks, skew, seed);
        let all = spectrum_of(&blocks);
        if skew == 0.0 {
            assert!(apart(&eigenvalues(&matrix).expect("finite"), &all) < 1e-10);
        }
        type Key = fn(&C) -> f64;
        let keys: [(Extreme, Key); 3] = [
            (Extreme::Magnitude, |v| v.norm()),
            (Extreme::Real, |v| v.re),
            (Extreme::Imaginary, |v| v.im.abs()),
        ];
        for (extreme, key) in keys {
            let mut want = all.clone();
            want.sort_by(|a, b| key(b).total_cmp(&key(a)));
            let asked = Search { extreme, count: 3, ..Search::default() };
            let found = search(matrix.clone(), asked);
            for (e, want) in found.iter().zip(&want).take(3) {
                assert!(
                    e.converged && (key(&e.value) - key(want)).abs() < 1e-6,
                    "{extreme:?}: {e:?}, not {want}"
                );
                assert!(e.condition >= 0.999, "{extreme:?}: {e:?}");
                if skew == 0.0 {
                    assert!((e.condition - 1.0).abs() < 1e-3, "{extreme:?}: {e:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_set_spectrum_comes_back(
        reals in prop::collection::vec(-3.0..3.0f64, 1..30),
        pairs in prop::collection::vec((-3.0..3.0f64, 0.1..3.0f64), 0..30),
        seed in 0u64..1000,
    ) {
        let blocks: Vec<C> = reals.into_iter().map(|r| C::new(r, 0.0))
            .chain(pairs.into_iter().map(|(re, im)| C::new(re, im))).collect();
        let matrix = with_spectrum(&blocks, 0.0, seed);
        let want = spectrum_of(&blocks);
        let found = eigen(&matrix).expect("finite");
        prop_assert!(apart(&values(&found), &want) < 1e-10);
        prop_assert!(apart(&eigenvalues(&matrix).expect("finite"), &want) < 1e-10);
        for e in &found {
            prop_assert!(e.residual < 1e-11 && e.condition > 0.999, "{:?}", e);
        }
    }

    /// The uncertainty covers the error, whatever the non-normality.
    #[test]
    fn uncertainties_are_honest(skew in 0.0..20.0f64, seed in 0u64..1000) {
        let blocks: Vec<C> = (0..12).map(|k| C::new(-0.3 * f64::from(k), 0.2 * f64::from(k % 3))).collect();
        let matrix = with_spectrum(&blocks, skew, seed);
        let want = spectrum_of(&blocks);
        for e in eigen(&matrix).expect("finite") {
            let off = want.iter().map(|w| (w - e.value).norm()).fold(f64::INFINITY, f64::min);
            prop_assert!(off <= 10.0 * e.uncertainty, "off by {}: {:?}", off, e);
        }
    }
}

#[test]
fn products_by_columns_and_by_vectors_agree() {
    let matrix = with_spectrum(&game_like(40), 1.0, 3);
    let n = matrix.nrows();
    let explicit = operator(matrix.clone());
    let op: &dyn Linearized<f64, Infallible> = &explicit;
    let columns = op.columns(0..n).expect("infallible");
    assert!((DMatrix::from_vec(n, n, columns) - &matrix).norm() < 1e-14);
    let w = DVector::from_fn(n, |i, _| libm::cos(i as f64));
    let joint = ganscope::game::Joint::from_flat(w.as_slice(), n / 2);
    let back = op.transposed_times(&joint).expect("infallible").flat();
    assert!((DVector::from_vec(back) - matrix.transpose() * w).norm() < 1e-12);
}
