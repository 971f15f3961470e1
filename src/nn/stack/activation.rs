//! A function of each number: y = s(x), y. = s'(x) x.; backwards x~ = s'(x) y~, x.~ likewise with the terms of s''.

use super::layout::{Level, made};
use crate::nn::fused::jet::{Dual, Part};
use crate::scalar::Scalar;
use crate::scenario::Activation;
use rayon::prelude::*;

/// Numbers that one thread takes at a time.
const PIECE: usize = 1 << 14;

/// The operation.
pub struct Pointwise(pub Activation);

/// Runs `$body` with the activation as a constant, so that it is inlined.
macro_rules! with_constant {
    ($activation:expr, $s:ident, $body:expr) => {
        match $activation {
            Activation::Relu => {
                let $s = |x: T| Activation::Relu.jet(x);
                $body
            }
            Activation::LeakyRelu => {
                let $s = |x: T| Activation::LeakyRelu.jet(x);
                $body
            }
            other => {
                let $s = |x: T| other.jet(x);
                $body
            }
        }
    };
}

impl Pointwise {
    pub fn forward<T: Scalar>(&self, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        let values = made(&x.value);
        match level {
            Level::Value => {
                y.inner.clear();
                let y = y.value.overwrite(values.len());
                with_constant!(self.0, s, each(y, values, values, |_, x, _| s(x).0));
            }
            Level::Tangent => self.follow(values, &x.inner, &mut y.inner),
        }
    }

    /// to = s'(x) from; what is missing stays missing.
    fn follow<T: Scalar>(&self, values: &[T], from: &Part<T>, to: &mut Part<T>) {
        let Some(from) = from.get() else { return to.clear() };
        let to = to.overwrite(values.len());
        with_constant!(self.0, s, each(to, values, from, |_, x, from| s(x).1 * from));
    }

    pub fn backward<T: Scalar>(&self, level: Level, x: &Dual<T>, y_bar: &Dual<T>, x_bar: &mut Dual<T>) {
        let values = made(&x.value);
        self.follow(values, &y_bar.value, &mut x_bar.value);
        if level == Level::Value {
            return;
        }
        self.follow(values, &y_bar.inner, &mut x_bar.inner);
        let (Some(bars), Some(dots), false) = (y_bar.value.get(), x.inner.get(), self.0.piecewise_linear())
        else {
            return;
        };
        let bends: Vec<T> = dots.iter().zip(bars).map(|(dot, bar)| *dot * *bar).collect();
        let to = x_bar.inner.add_to(values.len());
        with_constant!(self.0, s, each(to, values, &bends, |to, x, bend| to + s(x).2 * bend));
    }
}

/// to = f(to, a, b), number by number.
fn each<T: Scalar>(to: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T, T) -> T + Sync) {
    let pieces = to.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE)).zip(b.par_chunks(PIECE));
    pieces.for_each(|((to, a), b)| {
        pulp::Arch::new().dispatch(|| {
            for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
                *to = f(*to, *a, *b);
            }
        });
    });
}
