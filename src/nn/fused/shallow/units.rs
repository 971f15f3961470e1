//! The hidden units' parameters in vectors, and what a vector of units does with a point.

use crate::nn::mlp::LayerSlots;
use crate::scalar::Scalar;
use pulp::Simd;

/// The parameters, or a direction of them, number by number over the hidden units.
#[derive(Clone, Debug, Default)]
pub(super) struct Units<T> {
    /// The first layer's weight, by input.
    pub weight: [Vec<T>; 2],
    pub bias: Vec<T>,
    /// The second layer's weight.
    pub out: Vec<T>,
    pub out_bias: T,
}

impl<T: Scalar> Units<T> {
    /// Takes them from the network's flat vector.
    pub fn read(&mut self, layers: &[LayerSlots; 2], theta: &[T]) {
        let [first, last] = layers;
        let (pairs, _) = theta[first.weight.clone()].as_chunks::<2>();
        for (k, column) in self.weight.iter_mut().enumerate() {
            column.clear();
            column.extend(pairs.iter().map(|pair| pair[k]));
        }
        for (to, from) in [(&mut self.bias, &first.bias), (&mut self.out, &last.weight)] {
            to.clear();
            to.extend_from_slice(&theta[from.clone()]);
        }
        self.out_bias = theta[last.bias.start];
    }

    /// Puts them there.
    pub fn write(&self, [first, last]: &[LayerSlots; 2], theta: &mut [T]) {
        let (pairs, _) = theta[first.weight.clone()].as_chunks_mut::<2>();
        for (pair, (a, b)) in pairs.iter_mut().zip(self.weight[0].iter().zip(&self.weight[1])) {
            *pair = [*a, *b];
        }
        theta[first.bias.clone()].copy_from_slice(&self.bias);
        theta[last.weight.clone()].copy_from_slice(&self.out);
        theta[last.bias.start] = self.out_bias;
    }

    /// A direction that moves none of so many units.
    pub fn rest(&mut self, units: usize) {
        for numbers in [&mut self.bias, &mut self.out].into_iter().chain(&mut self.weight) {
            numbers.clear();
            numbers.resize(units, T::ZERO);
        }
        self.out_bias = T::ZERO;
    }

    /// As vectors.
    #[inline(always)]
    pub fn vectors<S: Simd>(&self) -> Vectors<'_, T::Vector<S>> {
        let vectors = |numbers| T::vectors::<S>(numbers).0;
        Vectors {
            weight: [vectors(&self.weight[0]), vectors(&self.weight[1])],
            bias: vectors(&self.bias),
            out: vectors(&self.out),
        }
    }

    /// As vectors to write.
    #[inline(always)]
    pub fn vectors_mut<S: Simd>(&mut self) -> VectorsMut<'_, T::Vector<S>> {
        let [a, b] = &mut self.weight;
        VectorsMut {
            weight: [T::vectors_mut::<S>(a).0, T::vectors_mut::<S>(b).0],
            bias: T::vectors_mut::<S>(&mut self.bias).0,
            out: T::vectors_mut::<S>(&mut self.out).0,
        }
    }
}

/// All hidden units' parameters.
#[derive(Clone, Copy)]
pub(super) struct Vectors<'a, V> {
    weight: [&'a [V]; 2],
    bias: &'a [V],
    out: &'a [V],
}

impl<V: Copy> Vectors<'_, V> {
    /// How many vectors of units there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.bias.len()
    }

    /// One vector of units.
    #[inline(always)]
    pub fn unit(&self, p: usize) -> Unit<V> {
        Unit { weight: [self.weight[0][p], self.weight[1][p]], bias: self.bias[p], out: self.out[p] }
    }
}

/// All hidden units' sums.
pub(super) struct VectorsMut<'a, V> {
    pub weight: [&'a mut [V]; 2],
    pub bias: &'a mut [V],
    pub out: &'a mut [V],
}

/// A vector of hidden units' parameters.
#[derive(Clone, Copy)]
pub(super) struct Unit<V> {
    pub weight: [V; 2],
    pub bias: V,
    pub out: V,
}

/// The sum of the terms of a point's two numbers.
#[inline(always)]
fn terms<S: Simd, T: Scalar>(simd: S, weight: [T::Vector<S>; 2], x: [T; 2]) -> T::Vector<S> {
    let first = T::times(simd, T::splat(simd, x[0]), weight[0]);
    T::times_plus(simd, T::splat(simd, x[1]), weight[1], first)
}

/// x, times `left` where `by` is not positive.
#[inline(always)]
fn gate<S: Simd, T: Scalar>(simd: S, by: T::Vector<S>, x: T::Vector<S>, left: T) -> T::Vector<S> {
    T::where_positive(simd, by, x, T::times(simd, x, T::splat(simd, left)))
}

/// The units' values h at a point.
#[inline(always)]
pub(super) fn value<S: Simd, T: Scalar>(
    simd: S,
    unit: Unit<T::Vector<S>>,
    x: [T; 2],
    left: T,
) -> T::Vector<S> {
    let sum = T::plus(simd, terms::<S, T>(simd, unit.weight, x), unit.bias);
    gate(simd, sum, sum, left)
}

/// Their tangents where the point and the parameters move.
#[inline(always)]
pub(super) fn value_dot<S: Simd, T: Scalar>(
    simd: S,
    [unit, dot]: [Unit<T::Vector<S>>; 2],
    [x, x_dot]: [[T; 2]; 2],
    h: T::Vector<S>,
    left: T,
) -> T::Vector<S> {
    let by_input = terms::<S, T>(simd, unit.weight, x_dot);
    let both = T::plus(simd, terms::<S, T>(simd, dot.weight, x), by_input);
    gate(simd, h, T::plus(simd, both, dot.bias), left)
}

/// The cotangents of the units before their activation, from that of the output.
#[inline(always)]
pub(super) fn delta<S: Simd, T: Scalar>(
    simd: S,
    unit: Unit<T::Vector<S>>,
    bar: T,
    h: T::Vector<S>,
    left: T,
) -> T::Vector<S> {
    let bar = T::times(simd, T::splat(simd, bar), unit.out);
    gate(simd, h, bar, left)
}

/// The same where the output's tangent has a cotangent as well; the parameters move.
#[inline(always)]
pub(super) fn delta_of_both<S: Simd, T: Scalar>(
    simd: S,
    [unit, dot]: [Unit<T::Vector<S>>; 2],
    [bar, bar_dot]: [T; 2],
    h: T::Vector<S>,
    left: T,
) -> T::Vector<S> {
    let by_value = T::times(simd, T::splat(simd, bar), unit.out);
    let by_dot = T::times(simd, T::splat(simd, bar_dot), dot.out);
    gate(simd, h, T::plus(simd, by_dot, by_value), left)
}
