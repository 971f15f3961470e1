//! Squared distances between two clouds by matrix products: |x - y|^2 = |x|^2 + |y|^2 - 2 x'y.
//!
//! The middle of the second cloud is moved to the origin first, which keeps the terms small, and what is small against
//! them even so is computed again from the differences: a distance is accurate to about 1e-10 of itself, that of a point
//! to its copy is 0. Rows are cut in blocks of a fixed size, so that the number of threads changes nothing.

use crate::data::Points;
use crate::nn::fused::{Form, Into, Kernels};
use rayon::prelude::*;

/// Rows of distances that are computed at once.
const ROWS: usize = 64;
/// A squared distance below this share of |x|^2 + |y|^2 has lost digits.
const LOST: f64 = 1e-4;
/// Squared distances that differ by less than this share are taken for equal: their own error is below it.
const TIE: f64 = 1e-9;

/// Whether a point at a squared distance lies in the closed ball of a squared radius.
pub(super) fn within(square: f64, radius_square: f64) -> bool {
    square <= radius_square * (1.0 + TIE)
}

/// Whether two clouds can be compared: points of one dimension, all numbers finite.
pub(super) fn comparable(a: &Points, b: &Points) -> bool {
    a.dim == b.dim && [a, b].iter().all(|cloud| cloud.values.iter().all(|x| x.is_finite()))
}

/// Calls `each` with every point of `from` by its number and its squared distances to all points of `to`, and collects
/// the answers in order.
pub(super) fn by_row<R: Send>(
    kernels: Kernels,
    from: &Points,
    to: &Points,
    each: impl Fn(usize, &[f64]) -> R + Sync,
) -> Vec<R> {
    let middle = mean(to);
    let (a, b) = (Moved::new(from, &middle), Moved::new(to, &middle));
    let (dim, n) = (from.dim, to.len());
    let block = |start: usize| {
        let rows = ROWS.min(from.len() - start);
        let mut squares = vec![0.0; rows * n];
        let left = &a.values[start * dim..][..rows * dim];
        kernels.product(Form::RightTransposed, [rows, dim, n], (left, &b.values), Into::Set, &mut squares);
        let mut answers = Vec::with_capacity(rows);
        for (row, squares) in (start..).zip(squares.chunks_exact_mut(n.max(1))) {
            let own = a.squares[row];
            // Few have lost digits; a loop without them is one of vectors.
            let mut lost = false;
            for (square, other) in squares.iter_mut().zip(&b.squares) {
                *square = own + other - 2.0 * *square;
                lost |= *square < LOST * (own + other);
            }
            if lost {
                for (column, (square, other)) in squares.iter_mut().zip(&b.squares).enumerate() {
                    if *square < LOST * (own + other) {
                        *square = apart(from.row(row), to.row(column));
                    }
                }
            }
            answers.push(each(row, squares));
        }
        answers
    };
    let starts: Vec<usize> = (0..from.len()).step_by(ROWS).collect();
    starts.into_par_iter().map(block).collect::<Vec<_>>().into_iter().flatten().collect()
}

/// The distance of two points, from their differences.
pub(super) fn distance(x: &[f64], y: &[f64]) -> f64 {
    apart(x, y).sqrt()
}

/// Squared distance from the differences.
fn apart(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn mean(cloud: &Points) -> Vec<f64> {
    let mut sum = vec![0.0; cloud.dim];
    cloud.rows().for_each(|row| sum.iter_mut().zip(row).for_each(|(s, x)| *s += x));
    sum.iter_mut().for_each(|s| *s /= cloud.len().max(1) as f64);
    sum
}

/// A cloud around another origin, and the squared norms of its points.
struct Moved {
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Moved {
    fn new(cloud: &Points, origin: &[f64]) -> Self {
        let values: Vec<f64> =
            cloud.rows().flat_map(|row| row.iter().zip(origin).map(|(x, o)| x - o)).collect();
        let squares = values.chunks_exact(cloud.dim).map(|row| row.iter().map(|x| x * x).sum()).collect();
        Moved { values, squares }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Stream, fill_normal};

    #[test]
    fn distances_are_those_of_the_differences_also_between_near_points_far_from_the_origin() {
        let mut values = vec![0.0; 150 * 7];
        fill_normal(Address::new(1, Stream::Data, 0), &mut values);
        values.iter_mut().for_each(|x| *x += 1e6);
        let a = Points::new(7, values.clone());
        let moved = values.iter().enumerate().map(|(i, x)| x + 1e-7 * (i % 3) as f64).collect();
        let b = Points::new(7, moved);
        for kernels in [Kernels::Native, Kernels::Portable] {
            let rows = by_row(kernels, &a, &b, |_, squares| squares.to_vec());
            assert_eq!(rows.len(), 150);
            for (i, row) in rows.iter().enumerate() {
                for (j, square) in row.iter().enumerate() {
                    let truth = apart(a.row(i), b.row(j));
                    assert!((square - truth).abs() <= 1e-9 * truth, "{square} {truth}");
                }
            }
            assert!(by_row(kernels, &a, &a, |i, squares| squares[i]).iter().all(|s| *s == 0.0));
        }
    }
}
