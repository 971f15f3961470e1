//! Measures of the motion itself, the same for every game.

use super::checkpoint::Carried;
use crate::game::Joint;
use crate::scalar::Scalar;

/// Euclidean norm.
pub fn norm<T: Scalar>(x: &[T]) -> f64 {
    x.iter().map(|x| x.f64() * x.f64()).sum::<f64>().sqrt()
}

/// Euclidean distance.
pub fn distance<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    let square = |(a, b): (&T, &T)| (a.f64() - b.f64()) * (a.f64() - b.f64());
    a.iter().zip(b).map(square).sum::<f64>().sqrt()
}

/// Cosine of the angle between the last two steps; NaN before there are two.
pub fn cosine<T: Scalar>(now: &Carried<T>) -> f64 {
    let [before, long_before] = &now.before[..] else { return f64::NAN };
    let step = |a: &Joint<T>, b: &Joint<T>| -> Vec<f64> {
        a.flat().iter().zip(b.flat()).map(|(a, b)| a.f64() - b.f64()).collect()
    };
    let (last, previous) = (step(&now.at, before), step(before, long_before));
    let inner: f64 = last.iter().zip(&previous).map(|(a, b)| a * b).sum();
    inner / (norm(&last) * norm(&previous))
}
