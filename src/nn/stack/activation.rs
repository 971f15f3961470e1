//! A function of each number: y = s(x), y. = s'(x) x.; backwards x~ = s'(x) y~, x.~ likewise with the terms of s''.

use super::layout::{Level, made};
use crate::nn::fused::jet::Dual;
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
            Level::Tangent => {
                let Some(dots) = x.inner.get() else { return y.inner.clear() };
                let y = y.inner.overwrite(values.len());
                with_constant!(self.0, s, each(y, values, dots, |_, x, dot| s(x).1 * dot));
            }
        }
    }

    pub fn backward<T: Scalar>(&self, level: Level, x: &Dual<T>, y_bar: &Dual<T>, x_bar: &mut Dual<T>) {
        let values = made(&x.value);
        let n = values.len();
        match y_bar.value.get() {
            Some(bars) => {
                let to = x_bar.value.overwrite(n);
                with_constant!(self.0, s, each(to, values, bars, |_, x, bar| s(x).1 * bar));
            }
            None => x_bar.value.clear(),
        }
        if level == Level::Value {
            return;
        }
        match y_bar.inner.get() {
            Some(bars) => {
                let to = x_bar.inner.overwrite(n);
                with_constant!(self.0, s, each(to, values, bars, |_, x, bar| s(x).1 * bar));
            }
            None => x_bar.inner.clear(),
        }
        let (Some(bars), Some(dots), false) = (y_bar.value.get(), x.inner.get(), self.0.piecewise_linear())
        else {
            return;
        };
        let bends: Vec<T> = dots.iter().zip(bars).map(|(dot, bar)| *dot * *bar).collect();
        let to = x_bar.inner.add_to(n);
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
