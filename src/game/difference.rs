//! Derivatives along a direction by central differences: what takes the place of tangents of third order.

use super::joint::Joint;
use crate::scalar::{Scalar, norm};

/// Weights of the central difference of order six over one, two and three steps to each side, times 60.
const WEIGHTS: [f64; 3] = [45.0, -9.0, 1.0];

/// The derivative of `f` along w at a point, to order six in the step; zero where w is.
pub fn along<T: Scalar, E>(
    at: &Joint<T>,
    w: &Joint<T>,
    mut f: impl FnMut(&Joint<T>) -> Result<Joint<T>, E>,
) -> Result<Joint<T>, E> {
    let mut out = Joint::zeros(at.sizes());
    let size = norm(&w.flat());
    if size == 0.0 {
        return Ok(out);
    }
    let h = T::difference_step() / size;
    for (steps, weight) in (1..).map(f64::from).zip(WEIGHTS) {
        for sign in [1.0, -1.0] {
            let mut moved = at.clone();
            moved.add_scaled(sign * steps * h, w);
            out.add_scaled(sign * weight / (60.0 * h), &f(&moved)?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_of_degree_six_are_differentiated_exactly() {
        let joint = |d: f64, g: f64| Joint { d: vec![d], g: vec![g] };
        let f = |x: &Joint<f64>| Ok::<_, ()>(joint(x.d[0].powi(6), x.g[0].powi(5) * x.d[0]));
        let slope = along(&joint(1.5, -0.5), &joint(2.0, 4.0), f).unwrap();
        // 6 d^5 w_d;  5 g^4 d w_g + g^5 w_d.
        assert!((slope.d[0] - 6.0 * 1.5f64.powi(5) * 2.0).abs() < 1e-9);
        assert!((slope.g[0] - (5.0 * 0.0625 * 1.5 * 4.0 - 0.03125 * 2.0)).abs() < 1e-9);
        assert_eq!(along(&joint(1.5, -0.5), &joint(0.0, 0.0), f).unwrap(), joint(0.0, 0.0));
    }
}
