//! Curves in the plane with Gaussian noise around them: spiral, Swiss roll, moons, circles.

use super::error::{finite, non_negative, setting};
use super::{DataError, Points};
use crate::random::{Address, fill_normal};
use rand::RngExt;
use std::f64::consts::{PI, TAU};

/// A curve that is drawn from by a parameter u, uniform on [0, 1), and a fair coin, plus noise on each axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    shape: Shape,
    /// Radius at the outer end.
    radius: f64,
    /// Standard deviation of the noise on each axis.
    std: f64,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Angle from `start` to `end`, radius in proportion to the angle.
    Spiral { start: f64, end: f64 },
    /// Two half circles.
    Moons,
    /// Two circles, the inner one smaller by `factor`.
    Circles { factor: f64 },
}

impl Curve {
    /// Archimedean: r = radius * u at the angle 2 pi turns u.
    pub fn spiral(turns: f64, radius: f64, std: f64) -> Result<Self, DataError> {
        if !(turns.is_finite() && turns > 0.0) {
            return Err(setting(format!("`turns` is {turns}"), "give a finite number above zero"));
        }
        Curve::new(Shape::Spiral { start: 0.0, end: finite("turns", TAU * turns)? }, radius, std)
    }

    /// Angle t uniform on [1.5 pi, 4.5 pi), r = radius * t / (4.5 pi), as in scikit-learn's `make_swiss_roll` without
    /// its third axis.
    pub fn swiss_roll(radius: f64, std: f64) -> Result<Self, DataError> {
        Curve::new(Shape::Spiral { start: 1.5 * PI, end: 4.5 * PI }, radius, std)
    }

    /// The upper half circle (cos t, sin t) and the lower one (1 - cos t, 1/2 - sin t), t uniform on [0, pi), as in
    /// scikit-learn's `make_moons`, moved by (-1/2, -1/4) so that the mean is the origin, times the radius.
    pub fn moons(radius: f64, std: f64) -> Result<Self, DataError> {
        Curve::new(Shape::Moons, radius, std)
    }

    /// A circle of the radius and one of radius * factor.
    pub fn circles(radius: f64, factor: f64, std: f64) -> Result<Self, DataError> {
        if !(0.0..=1.0).contains(&factor) {
            return Err(setting(format!("`factor` is {factor}"), "give a number from 0 to 1"));
        }
        Curve::new(Shape::Circles { factor }, radius, std)
    }

    fn new(shape: Shape, radius: f64, std: f64) -> Result<Self, DataError> {
        Ok(Curve { shape, radius: non_negative("radius", radius)?, std: non_negative("std", std)? })
    }

    pub fn sample(&self, address: Address, n: usize) -> Points {
        let mut values = vec![0.0; 2 * n];
        fill_normal(address, &mut values);
        let mut rng = address.rng();
        for row in values.chunks_exact_mut(2) {
            // Both are drawn whatever the shape, so that every shape uses the stream alike.
            let at: f64 = rng.random();
            let second: bool = rng.random();
            let [x, y] = self.shape.point(at, second);
            row[0] = self.radius * x + self.std * row[0];
            row[1] = self.radius * y + self.std * row[1];
        }
        Points::new(2, values)
    }
}

impl Shape {
    /// The point of the curve of radius 1 at `at` in [0, 1), on its second part if it has one.
    fn point(&self, at: f64, second: bool) -> [f64; 2] {
        match *self {
            Shape::Spiral { start, end } => {
                let angle = start + (end - start) * at;
                let (sin, cos) = libm::sincos(angle);
                [angle / end * cos, angle / end * sin]
            }
            Shape::Moons => {
                let (sin, cos) = libm::sincos(PI * at);
                if second { [0.5 - cos, 0.25 - sin] } else { [cos - 0.5, sin - 0.25] }
            }
            Shape::Circles { factor } => {
                let (sin, cos) = libm::sincos(TAU * at);
                let radius = if second { factor } else { 1.0 };
                [radius * cos, radius * sin]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::mean_and_covariance;
    use crate::random::Stream;

    const N: usize = 100_000;

    fn draw(curve: Curve) -> Points {
        curve.sample(Address::new(2, Stream::Data, 0), N)
    }

    fn radius(p: &[f64]) -> f64 {
        (p[0] * p[0] + p[1] * p[1]).sqrt()
    }

    #[test]
    fn a_spiral_is_uniform_in_angle_and_reaches_its_radius() {
        let radii: Vec<f64> = draw(Curve::spiral(2.0, 3.0, 0.0).unwrap()).rows().map(radius).collect();
        let mean = radii.iter().sum::<f64>() / N as f64;
        // r is uniform on [0, 3): mean 3/2, variance 9/12.
        assert!((mean - 1.5).abs() < 5.0 * (0.75 / N as f64).sqrt());
        assert!(radii.iter().all(|r| *r < 3.0) && radii.iter().any(|r| *r > 2.999));
    }

    #[test]
    fn a_swiss_roll_starts_at_a_third_of_its_radius() {
        let radii: Vec<f64> = draw(Curve::swiss_roll(3.0, 0.0).unwrap()).rows().map(radius).collect();
        assert!(radii.iter().all(|r| (1.0 - 1e-12..3.0 + 1e-12).contains(r)));
        assert!(radii.iter().any(|r| *r < 1.001) && radii.iter().any(|r| *r > 2.999));
    }

    #[test]
    fn moons_are_centred_and_interleave() {
        let points = draw(Curve::moons(2.0, 0.0).unwrap());
        let (mean, _) = mean_and_covariance(2, points.rows(), 0);
        assert!(mean.iter().all(|m| m.abs() < 0.03));
        for p in points.rows() {
            // Either on the circle around (-1, -1/2) or on the one around (1, 1/2), both of radius 2.
            let upper = radius(&[p[0] + 1.0, p[1] + 0.5]);
            let lower = radius(&[p[0] - 1.0, p[1] - 0.5]);
            assert!((upper - 2.0).abs() < 1e-12 || (lower - 2.0).abs() < 1e-12);
        }
    }

    #[test]
    fn half_of_the_points_lie_on_each_circle() {
        let points = draw(Curve::circles(2.0, 0.5, 0.0).unwrap());
        let inner = points.rows().filter(|p| (radius(p) - 1.0).abs() < 1e-12).count();
        let outer = points.rows().filter(|p| (radius(p) - 2.0).abs() < 1e-12).count();
        assert_eq!(inner + outer, N);
        assert!((inner as f64 / N as f64 - 0.5).abs() < 5.0 * 0.5 / (N as f64).sqrt());
    }

    #[test]
    fn noise_has_its_standard_deviation() {
        let (_, covariance) = mean_and_covariance(2, draw(Curve::circles(0.0, 0.5, 0.3).unwrap()).rows(), 0);
        assert!((covariance[0] - 0.09).abs() < 5.0 * 0.09 * (2.0 / N as f64).sqrt());
        assert!((covariance[3] - 0.09).abs() < 5.0 * 0.09 * (2.0 / N as f64).sqrt());
    }

    #[test]
    fn bad_settings_are_errors_that_name_them() {
        for (result, word) in [
            (Curve::spiral(0.0, 1.0, 0.1), "turns"),
            (Curve::spiral(f64::MAX, 1.0, 0.1), "turns"),
            (Curve::swiss_roll(-1.0, 0.1), "radius"),
            (Curve::moons(1.0, f64::NAN), "std"),
            (Curve::circles(1.0, 1.5, 0.1), "factor"),
        ] {
            let text = result.unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
