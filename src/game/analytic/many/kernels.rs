//! What instructions do to a block of states, compiled for the vector units that the processor has, which is found out
//! when they run. Each kernel is a function of its own: within a larger one the compiler runs out of registers.

use super::exponential::{sigmoids, times_plus};

/// What stands for results that cannot be used, because they are not finite or too large: its square is finite, as
/// optimisers need it.
const UNUSABLE: f64 = 1e150;

/// c a b; b is 1 where it is None.
pub type Product<'a> = (f64, &'a [f64], Option<&'a [f64]>);

/// A loop over states.
trait Kernel {
    /// Runs it, with x y + z in one rounding where `FUSED`. To be inlined into code for some vector unit.
    fn run<const FUSED: bool>(self);
}

/// A kernel to be run on the vector units.
struct Vectorised<K>(K);

impl<K: Kernel> pulp::WithSimd for Vectorised<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        // The instruction sets with four or more lanes multiply and add in one rounding; elsewhere a call would do it.
        if S::F64_LANES >= 4 { self.0.run::<true>() } else { self.0.run::<false>() }
    }
}

fn run(kernel: impl Kernel) {
    pulp::Arch::new().dispatch(Vectorised(kernel));
}

/// 1 / (1 + e^-x) to `plus` and 1 / (1 + e^x) to `minus`, with the product x.
pub fn both_sigmoids(x: Product, plus: &mut [f64], minus: &mut [f64]) {
    run(Sigmoids { x, plus, minus });
}

struct Sigmoids<'a> {
    x: Product<'a>,
    plus: &'a mut [f64],
    minus: &'a mut [f64],
}

impl Kernel for Sigmoids<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.x {
            (1.0, a, Some(b)) => {
                sigmoids::<FUSED>(a.iter().zip(b).map(|(a, b)| a * b), self.plus, self.minus);
            }
            (c, a, Some(b)) => {
                let x = a.iter().zip(b).map(|(a, b)| c * a * b);
                sigmoids::<FUSED>(x, self.plus, self.minus);
            }
            (c, a, None) => sigmoids::<FUSED>(a.iter().map(|a| c * a), self.plus, self.minus),
        }
    }
}

/// A constant and one product to `out`; a result of the program is `last` and bounded.
pub fn one_product(out: &mut [f64], constant: f64, product: Product, last: bool) {
    match last {
        true => run(One::<true> { out, constant, product }),
        false => run(One::<false> { out, constant, product }),
    }
}

struct One<'a, const LAST: bool> {
    out: &'a mut [f64],
    constant: f64,
    product: Product<'a>,
}

impl<const LAST: bool> Kernel for One<'_, LAST> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let done = |x: f64, a: f64| bounded::<LAST>(times_plus::<FUSED>(x, a, self.constant));
        let (c, a, b) = self.product;
        match b {
            Some(b) => self.out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = done(c * a, *b)),
            None => self.out.iter_mut().zip(a).for_each(|(out, a)| *out = done(c, *a)),
        }
    }
}

/// A constant and two products to `out`, or two products more where there is no constant.
pub fn two_products(out: &mut [f64], constant: Option<f64>, products: [Product; 2], last: bool) {
    let (add, constant) = (constant.is_none(), constant.unwrap_or(0.0));
    match (last, add) {
        (true, true) => run(Two::<true, true> { out, constant, products }),
        (true, false) => run(Two::<true, false> { out, constant, products }),
        (false, true) => run(Two::<false, true> { out, constant, products }),
        (false, false) => run(Two::<false, false> { out, constant, products }),
    }
}

struct Two<'a, const LAST: bool, const ADD: bool> {
    out: &'a mut [f64],
    constant: f64,
    products: [Product<'a>; 2],
}

impl<const LAST: bool, const ADD: bool> Kernel for Two<'_, LAST, ADD> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let fused = times_plus::<FUSED>;
        let constant = self.constant;
        let [(c, a, b), (d, p, q)] = self.products;
        let done = |x: f64, a: f64, y: f64, p: f64, out: f64| {
            bounded::<LAST>(fused(x, a, fused(y, p, if ADD { out } else { constant })))
        };
        let all = self.out.iter_mut().zip(a).zip(p);
        match (b, q) {
            (Some(b), Some(q)) => {
                all.zip(b).zip(q).for_each(|((((out, a), p), b), q)| *out = done(c * a, *b, d * p, *q, *out))
            }
            (Some(b), None) => all.zip(b).for_each(|(((out, a), p), b)| *out = done(c * a, *b, d, *p, *out)),
            (None, Some(q)) => all.zip(q).for_each(|(((out, a), p), q)| *out = done(c, *a, d * p, *q, *out)),
            (None, None) => all.for_each(|((out, a), p)| *out = done(c, *a, d, *p, *out)),
        }
    }
}

/// A result, within the bounds where it is the last of its sum.
#[inline(always)]
fn bounded<const LAST: bool>(x: f64) -> f64 {
    if !LAST {
        return x;
    }
    // Written so that NaN becomes a bound.
    let x = if x > -UNUSABLE { x } else { -UNUSABLE };
    if x < UNUSABLE { x } else { UNUSABLE }
}

/// A function of numbers to `out`.
pub fn each(out: &mut [f64], x: &[f64], f: impl Fn(f64) -> f64) {
    pulp::Arch::new().dispatch(|| x.iter().zip(out).for_each(|(x, out)| *out = f(*x)));
}
