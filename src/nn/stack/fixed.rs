//! Linear operations without parameters, and the largest of a square: what they do to values they do to tangents, and
//! backwards their transpose.

use super::layout::{BLOCK, Level, made};
use crate::nn::fused::jet::{Dual, Part};
use crate::scalar::Scalar;
use crate::scenario::{Extent, GlobalPooled, Op, Operation, Pooled};
use rayon::prelude::*;

/// The operation.
pub struct Fixed {
    operation: Operation,
    input: Extent,
    output: Extent,
}

impl Fixed {
    pub fn new(op: &Op) -> Self {
        Fixed { operation: op.operation.clone(), input: op.input, output: op.output }
    }

    pub fn forward<T: Scalar>(&self, rows: usize, level: Level, x: &Dual<T>, y: &mut Dual<T>) {
        let values = made(&x.value);
        if level == Level::Value {
            y.inner.clear();
            self.apply(rows, values, &x.value, &mut y.value);
        } else {
            self.apply(rows, values, &x.inner, &mut y.inner);
        }
    }

    pub fn backward<T: Scalar>(
        &self,
        rows: usize,
        level: Level,
        x: &Dual<T>,
        y_bar: &Dual<T>,
        x_bar: &mut Dual<T>,
    ) {
        let values = made(&x.value);
        self.pull(rows, values, &y_bar.value, &mut x_bar.value);
        if level == Level::Tangent {
            self.pull(rows, values, &y_bar.inner, &mut x_bar.inner);
        }
    }

    /// The operation on `from`, at the input's values.
    fn apply<T: Scalar>(&self, rows: usize, values: &[T], from: &Part<T>, to: &mut Part<T>) {
        let Some(from) = from.get() else { return to.clear() };
        let [n, m] = [self.input.numbers(), self.output.numbers()].map(|n| BLOCK * n);
        let to = to.overwrite(rows * self.output.numbers());
        let blocks = to.par_chunks_mut(m).zip(from.par_chunks(n)).zip(values.par_chunks(n));
        blocks.for_each(|((to, from), values)| {
            if self.operation == Operation::Reshape {
                // A sample keeps the order of its numbers.
                return to.copy_from_slice(from);
            }
            to.fill(T::ZERO);
            self.pairs(values, |x, y, by| to[y] += from[x] * by);
        });
    }

    /// Its transpose.
    fn pull<T: Scalar>(&self, rows: usize, values: &[T], from: &Part<T>, to: &mut Part<T>) {
        let Some(from) = from.get() else { return to.clear() };
        let [n, m] = [self.input.numbers(), self.output.numbers()].map(|n| BLOCK * n);
        let to = to.overwrite(rows * self.input.numbers());
        let blocks = to.par_chunks_mut(n).zip(from.par_chunks(m)).zip(values.par_chunks(n));
        blocks.for_each(|((to, from), values)| {
            if self.operation == Operation::Reshape {
                return to.copy_from_slice(from);
            }
            to.fill(T::ZERO);
            self.pairs(values, |x, y, by| to[x] += from[y] * by);
        });
    }

    /// Every pair of an input and an output of a block that depend on each other, with the factor.
    #[inline(always)]
    fn pairs<T: Scalar>(&self, values: &[T], mut pair: impl FnMut(usize, usize, T)) {
        let Extent { channels, height, width } = self.input;
        let rows = values.len() / self.input.numbers();
        let mut pixels =
            |x: usize, y: usize, by: T| (0..rows).for_each(|r| pair(x * rows + r, y * rows + r, by));
        match self.operation {
            Operation::Upsample(factor) => {
                for (plane, (i, j)) in planes(channels, height * factor, width * factor) {
                    let x = (plane * height + i / factor) * width + j / factor;
                    pixels(x, (plane * height * factor + i) * width * factor + j, T::ONE);
                }
            }
            Operation::Pool(Pooled::Mean, size) => {
                let by = T::of(1.0 / (size * size) as f64);
                for (plane, (i, j)) in planes(channels, height, width) {
                    let y = (plane * (height / size) + i / size) * (width / size) + j / size;
                    pixels((plane * height + i) * width + j, y, by);
                }
            }
            Operation::Pool(Pooled::Max, size) => {
                for (plane, (i, j)) in planes(channels, height / size, width / size) {
                    let y = (plane * (height / size) + i) * (width / size) + j;
                    let corner = (plane * height + i * size) * width + j * size;
                    let places = grid(size, size).map(|(a, b)| corner + a * width + b);
                    // All rows of a block at once where it is full.
                    if rows == BLOCK {
                        let largest = largest::<T, BLOCK>(values, places, rows, 0);
                        (0..BLOCK).for_each(|r| pair(largest[r] * rows + r, y * rows + r, T::ONE));
                    } else {
                        for r in 0..rows {
                            let [largest] = largest::<T, 1>(values, places.clone(), rows, r);
                            pair(largest * rows + r, y * rows + r, T::ONE);
                        }
                    }
                }
            }
            Operation::GlobalPool(of) => {
                let size = height * width;
                let by = if of == GlobalPooled::Mean { T::of(1.0 / size as f64) } else { T::ONE };
                (0..channels * size).for_each(|x| pixels(x, x / size, by));
            }
            _ => {}
        }
    }
}

/// For each of R rows of a block, from one on, the first of these places that holds the largest value.
#[inline(always)]
fn largest<T: Scalar, const R: usize>(
    values: &[T],
    mut places: impl Iterator<Item = usize>,
    rows: usize,
    first: usize,
) -> [usize; R] {
    let of = |place: usize| -> [T; R] { std::array::from_fn(|r| values[place * rows + first + r]) };
    let start = places.next().unwrap_or_default();
    let (mut at, mut largest) = ([start; R], of(start));
    for place in places {
        for (r, value) in of(place).into_iter().enumerate() {
            let larger = value > largest[r];
            at[r] = if larger { place } else { at[r] };
            largest[r] = if larger { value } else { largest[r] };
        }
    }
    at
}

/// The places of grids, one behind the other.
fn planes(count: usize, height: usize, width: usize) -> impl Iterator<Item = (usize, (usize, usize))> {
    (0..count).flat_map(move |plane| grid(height, width).map(move |place| (plane, place)))
}

/// The places of a grid, row by row.
fn grid(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..height).flat_map(move |i| (0..width).map(move |j| (i, j)))
}
