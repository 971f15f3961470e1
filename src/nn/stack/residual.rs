//! y = body(x) + shortcut(x).

use super::layout::{Level, made, part};
use super::node::{Chain, Setting};
use super::norm::Statistics;
use crate::nn::fused::jet::Dual;
use crate::scalar::Scalar;
use crate::scenario::Op;

/// Two ways and their sum.
pub struct Residual<T> {
    ways: [Chain<T>; 2],
}

impl<T: Scalar> Residual<T> {
    pub fn new(body: &[Op], shortcut: &[Op]) -> Self {
        Residual { ways: [Chain::new(body), Chain::new(shortcut)] }
    }

    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        for way in &mut self.ways {
            way.forward(at, level, x);
        }
        let [a, b] = [0, 1].map(|k| match level {
            Level::Value => made(&self.ways[k].output(x).value),
            Level::Tangent => made(&self.ways[k].output(x).inner),
        });
        let y = part(level, y).overwrite(a.len().max(b.len()));
        y.fill(T::ZERO);
        for way in [a, b] {
            y.iter_mut().zip(way).for_each(|(y, x)| *y += *x);
        }
    }

    pub fn backward(
        &mut self,
        at: &Setting<T>,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        mut grads: Option<&mut [T]>,
        x_bar: Option<&mut Dual<T>>,
    ) {
        let wanted = x_bar.is_some();
        for way in &mut self.ways {
            way.backward(at, level, x, y_bar, grads.as_deref_mut(), wanted);
        }
        let Some(x_bar) = x_bar else { return };
        let [a, b] = self.ways.each_ref().map(|way| way.bars(y_bar));
        x_bar.set_scaled(a, 1.0);
        for (to, from) in [(&mut x_bar.value, &b.value), (&mut x_bar.inner, &b.inner)] {
            if let Some(from) = from.get() {
                to.add_to(from.len()).iter_mut().zip(from).for_each(|(to, from)| *to += *from);
            }
        }
    }

    pub fn learns(&self) -> bool {
        self.ways.iter().any(Chain::learns)
    }

    pub fn statistics(&self, out: &mut Vec<Statistics>) {
        self.ways.iter().for_each(|way| way.statistics(out));
    }

    pub fn number(&mut self, next: &mut usize) {
        self.ways.iter_mut().for_each(|way| way.number(next));
    }
}
