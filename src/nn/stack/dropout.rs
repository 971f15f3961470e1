//! Dropout (Srivastava et al. 2014): y = m x, each m being 0 with probability p and 1 / (1 - p) otherwise; without chance
//! y = x. The factors of a forward pass hold for the passes after it: y. = m x., x~ = m y~.

use super::layout::{BLOCK, Level};
use super::node::Setting;
use crate::nn::fused::jet::{Dual, Part};
use crate::random::{Chance, Stream};
use crate::scalar::Scalar;
use crate::scenario::Extent;
use rayon::prelude::*;

/// The operation.
pub struct Dropout<T> {
    extent: Extent,
    rate: f64,
    number: u64,
    /// The factors of the last forward pass, laid out as the batch; empty where it rested.
    factors: Vec<T>,
}

/// The factor on each number of a sample, in the order of its channels, in the `number`-th dropout of a network.
pub(crate) fn factors(chance: Chance, number: u64, rate: f64, sample: usize) -> impl Fn(usize) -> f64 {
    let cells = chance.address(Stream::Dropout, number).cells(sample as u64);
    let kept = 1.0 / (1.0 - rate);
    move |f| if cells.at(f as u64) < rate { 0.0 } else { kept }
}

impl<T: Scalar> Dropout<T> {
    pub fn new(extent: Extent, rate: f64, number: u64) -> Self {
        Dropout { extent, rate, number, factors: Vec::new() }
    }

    pub fn forward(&mut self, at: &Setting<T>, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        match level {
            Level::Value => {
                self.draw(at);
                y.inner.clear();
                self.scale(&x.value, &mut y.value);
            }
            Level::Tangent => self.scale(&x.inner, &mut y.inner),
        }
    }

    pub fn backward(&self, level: Level, y_bar: &Dual<T>, x_bar: &mut Dual<T>) {
        self.scale(&y_bar.value, &mut x_bar.value);
        if level == Level::Tangent {
            self.scale(&y_bar.inner, &mut x_bar.inner);
        }
    }

    fn draw(&mut self, at: &Setting<T>) {
        self.factors.clear();
        let Some(chance) = at.chance else { return };
        let n = self.extent.numbers();
        self.factors.resize(at.rows * n, T::ZERO);
        let (rate, number) = (self.rate, self.number);
        self.factors.par_chunks_mut(BLOCK * n).enumerate().for_each(|(b, block)| {
            let rows = block.len() / n;
            for row in 0..rows {
                let factor = factors(chance, number, rate, b * BLOCK + row);
                let own = block[row..].iter_mut().step_by(rows).enumerate();
                own.for_each(|(f, to)| *to = T::of(factor(f)));
            }
        });
    }

    /// The factors times a part; what is missing stays missing.
    fn scale(&self, from: &Part<T>, to: &mut Part<T>) {
        let Some(from) = from.get() else { return to.clear() };
        let to = to.overwrite(from.len());
        if self.factors.is_empty() {
            return to.copy_from_slice(from);
        }
        to.iter_mut().zip(from).zip(&self.factors).for_each(|((to, from), by)| *to = *from * *by);
    }
}
