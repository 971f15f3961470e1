//! Every tile against plain sums, on every vector unit that this machine has.

use super::*;
use proptest::prelude::*;
use right::Pack;

/// A product, written down.
#[derive(Clone, Debug)]
struct Case {
    shape: [usize; 3],
    columns: bool,
    right: usize,
    into: Into,
    bias: bool,
    then: usize,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let size = prop_oneof![Just(1), Just(2), 1usize..7, 1usize..50, Just(32), Just(64), Just(128)];
    let shape = [size.clone(), size.clone(), size].prop_map(|shape| shape);
    let into = prop_oneof![Just(Into::Set), Just(Into::Add)];
    (shape, any::<bool>(), 0usize..3, into, any::<bool>(), 0usize..4, any::<u64>()).prop_map(
        |(shape, columns, right, into, bias, then, seed)| Case {
            shape,
            columns,
            right,
            into,
            bias,
            then,
            seed,
        },
    )
}

/// Reproducible numbers on (-1, 1); from a stream of their own.
fn noise<T: Scalar>(seed: u64, stream: u64, n: usize) -> Vec<T> {
    let address = crate::random::Address::new(seed, crate::random::Stream::Analysis, stream);
    let mut out = vec![T::ZERO; n];
    crate::random::fill_uniform(address, &mut out);
    out
}

fn transposed<T: Scalar>(x: &[T], rows: usize, cols: usize) -> Vec<T> {
    (0..cols * rows).map(|i| x[i % rows * cols + i / rows]).collect()
}

/// The factors, bias, gate and old contents of a case.
struct Numbers<T> {
    a: Vec<T>,
    b: Vec<T>,
    bias: Vec<T>,
    by: Vec<T>,
    old: Vec<T>,
}

impl<T: Scalar> Numbers<T> {
    fn of(case: &Case) -> Self {
        let [m, k, n] = case.shape;
        let draw = |stream, n| noise(case.seed, stream, n);
        Numbers {
            a: draw(0, m * k),
            b: draw(1, k * n),
            bias: draw(2, n),
            by: draw(3, m * n),
            old: draw(4, m * n),
        }
    }

    /// Those of one row of the product.
    fn row(&self, case: &Case, row: usize) -> Self {
        let [_, k, n] = case.shape;
        let of = |all: &[T], length: usize| all[row * length..][..length].to_vec();
        Numbers {
            a: of(&self.a, k),
            b: self.b.clone(),
            bias: self.bias.clone(),
            by: of(&self.by, n),
            old: of(&self.old, n),
        }
    }

    fn finish(&self, case: &Case) -> Finish<'_, T> {
        let then = match case.then {
            0 => Then::Keep,
            1 => Then::Rectify(T::of(0.2)),
            2 => Then::Gate(&self.by, T::of(0.2)),
            _ => Then::Times(&self.by),
        };
        Finish { bias: case.bias.then_some(&self.bias), then }
    }

    /// Term by term in their order, one rounding each.
    fn plain(&self, case: &Case) -> Vec<T> {
        let [m, k, n] = case.shape;
        let cell = |place: usize| {
            let (i, j) = (place / n, place % n);
            let start = if case.into == Into::Add { self.old[place] } else { T::ZERO };
            let mut sum = (0..k).fold(start, |sum, p| sum + self.a[i * k + p] * self.b[p * n + j]);
            if case.bias {
                sum += self.bias[j];
            }
            let damped = |by: T| if by > T::ZERO { sum } else { sum * T::of(0.2) };
            match case.then {
                0 => sum,
                1 => damped(sum),
                2 => damped(self.by[place]),
                _ => sum * self.by[place],
            }
        };
        (0..m * n).map(cell).collect()
    }
}

/// How a product is run: on the unit that `run` would choose, or on a given one.
trait On {
    fn go<J: WithSimd<Output = ()>>(&self, job: J);
}

struct Widest;

struct None;

#[cfg(target_arch = "x86_64")]
struct Avx2(pulp::x86::V3);

impl On for Widest {
    fn go<J: WithSimd<Output = ()>>(&self, job: J) {
        pulp::Arch::new().dispatch(job);
    }
}

impl On for None {
    fn go<J: WithSimd<Output = ()>>(&self, job: J) {
        job.with_simd(pulp::Scalar);
    }
}

#[cfg(target_arch = "x86_64")]
impl On for Avx2 {
    fn go<J: WithSimd<Output = ()>>(&self, job: J) {
        Simd::vectorize(self.0, job);
    }
}

fn computed<T: Scalar, const FUSED: bool>(case: &Case, numbers: &Numbers<T>, on: &impl On) -> Vec<T> {
    let [m, k, n] = case.shape;
    let a = if case.columns { transposed(&numbers.a, m, k) } else { numbers.a.clone() };
    let b = transposed(&numbers.b, k, n);
    let mut panels = Panels::default();
    on.go(Pack { columns: &b, shape: [k, n], to: &mut panels });
    let left = if case.columns { Left::Columns(&a[..]) } else { Left::Rows(&a[..]) };
    let right = match case.right {
        0 => Right::Rows(&numbers.b[..]),
        1 => Right::Columns(&b[..]),
        _ => Right::Packed(&panels),
    };
    let product = Product { shape: case.shape, left, right, into: case.into, finish: numbers.finish(case) };
    let (mut out, mut scratch) = (numbers.old.clone(), Scratch::default());
    on.go(Job::<T, FUSED> { product, scratch: &mut scratch, out: &mut out });
    out
}

/// Portable sums are those of the plain loop to the last bit; the others to rounding.
fn agrees<T: Scalar>(case: &Case, on: &impl On) -> Result<(), TestCaseError> {
    let numbers = Numbers::<T>::of(case);
    let want = numbers.plain(case);
    prop_assert_eq!(&computed::<T, false>(case, &numbers, on), &want);
    let most = 4.0 * (case.shape[1] + 2) as f64 * T::rounding();
    for (got, want) in computed::<T, true>(case, &numbers, on).iter().zip(&want) {
        prop_assert!((got.f64() - want.f64()).abs() <= most, "{} is not {}", got, want);
    }
    Ok(())
}

proptest! {
    #[test]
    fn products_are_their_sums(case in case()) {
        agrees::<f32>(&case, &Widest)?;
        agrees::<f64>(&case, &Widest)?;
        agrees::<f32>(&case, &None)?;
        #[cfg(target_arch = "x86_64")]
        if let Some(unit) = pulp::x86::V3::try_new() {
            agrees::<f32>(&case, &Avx2(unit))?;
            agrees::<f64>(&case, &Avx2(unit))?;
        }
    }

    /// Samples are drawn and chunks are cut by different numbers of rows.
    #[test]
    fn a_row_is_the_same_bits_however_many_there_are(case in case()) {
        let [m, k, n] = case.shape;
        let one = Case { shape: [1, k, n], ..case.clone() };
        let numbers = Numbers::<f32>::of(&case);
        let whole = computed::<f32, true>(&case, &numbers, &Widest);
        for (row, whole) in (0..m).zip(whole.chunks_exact(n)) {
            prop_assert_eq!(&computed::<f32, true>(&one, &numbers.row(&case, row), &Widest)[..], whole);
        }
    }
}
