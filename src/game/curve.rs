//! Functions of one logit, with derivatives.

use crate::formula::Formula;
use crate::nn::softplus;

/// A formula that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("formula \"{formula}\": {what}")]
pub struct ObjectiveError {
    /// The formula.
    pub formula: String,
    /// What is wrong with it.
    pub what: String,
}

/// A function of one logit t.
#[derive(Clone, Debug)]
pub enum Curve {
    /// 0.
    Zero,
    /// c t.
    Linear(f64),
    /// c log(1 + e^(s t)).
    Softplus {
        /// Factor.
        c: f64,
        /// Sign or slope within the exponential.
        s: f64,
    },
    /// (t - target)^2 / 2.
    Square {
        /// Where the curve is 0.
        target: f64,
    },
    /// max(0, 1 + s t).
    Hinge {
        /// Slope where it is not 0.
        s: f64,
    },
    /// An expression in t.
    Formula(Formula),
}

impl Curve {
    /// The curve of an expression in the single variable t.
    pub fn formula(text: &str) -> Result<Self, ObjectiveError> {
        let fail = |flaw: crate::formula::Flaw| ObjectiveError { formula: text.to_string(), what: flaw.what };
        text.parse().map(Curve::Formula).map_err(fail)
    }

    /// The derivative of the given order, 0 to 4, at t. At a kink that of the side where it is 0.
    pub fn at(&self, order: usize, t: f64) -> f64 {
        match self {
            Curve::Zero => 0.0,
            Curve::Linear(c) => match order {
                0 => c * t,
                1 => *c,
                _ => 0.0,
            },
            Curve::Softplus { c, s } => {
                let power = (0..order).fold(*c, |power, _| power * s);
                power * softplus_derivative(order, s * t)
            }
            Curve::Square { target } => match order {
                0 => 0.5 * (t - target) * (t - target),
                1 => t - target,
                2 => 1.0,
                _ => 0.0,
            },
            Curve::Hinge { s } => match order {
                0 => (1.0 + s * t).max(0.0),
                1 if 1.0 + s * t > 0.0 => *s,
                _ => 0.0,
            },
            Curve::Formula(formula) => formula.derivatives(t)[order],
        }
    }

    /// The first and the second derivative at t, as `at` has them, in one evaluation.
    pub fn slope_and_bend(&self, t: f64) -> [f64; 2] {
        match self {
            Curve::Softplus { c, s } => {
                let (share, bend) = logistic(s * t);
                [c * s * share, c * s * s * bend]
            }
            Curve::Formula(formula) => {
                let derivatives = formula.derivatives(t);
                [derivatives[1], derivatives[2]]
            }
            _ => [self.at(1, t), self.at(2, t)],
        }
    }

    /// Whether the curve is plainly the other one's negative; a formula's may be without being known to be.
    pub fn opposes(&self, other: &Curve) -> bool {
        match (self, other) {
            (Curve::Zero, Curve::Zero) => true,
            (Curve::Linear(a), Curve::Linear(b)) => *a == -*b,
            (Curve::Softplus { c: a, s }, Curve::Softplus { c: b, s: t }) => *a == -*b && s == t,
            _ => false,
        }
    }

    /// Whether the curve is the zero function.
    pub fn is_zero(&self) -> bool {
        matches!(self, Curve::Zero)
    }
}

/// Derivatives of log(1 + e^x) as polynomials in s = 1 / (1 + e^-x).
fn softplus_derivative(order: usize, x: f64) -> f64 {
    if order == 0 {
        return softplus(x);
    }
    let (s, d) = logistic(x);
    match order {
        1 => s,
        2 => d,
        3 => d * (1.0 - 2.0 * s),
        _ => d * (1.0 - 6.0 * d),
    }
}

/// s = 1 / (1 + e^-x), and its derivative.
fn logistic(x: f64) -> (f64, f64) {
    let e = libm::exp(-x.abs());
    let small = e / (1.0 + e);
    (if x > 0.0 { 1.0 - small } else { small }, small * (1.0 - small))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_match_central_differences() -> Result<(), ObjectiveError> {
        let h = 1e-5;
        let curves = [
            Curve::Linear(-2.0),
            Curve::Softplus { c: -1.0, s: -1.0 },
            Curve::Square { target: 1.0 },
            Curve::Hinge { s: -1.0 },
            Curve::formula("log(1 + exp(-t)) + t^3 / 7")?,
        ];
        for curve in &curves {
            for k in -20..20 {
                let t = 0.31 * k as f64 + 0.05;
                assert_eq!(curve.slope_and_bend(t), [curve.at(1, t), curve.at(2, t)]);
                for order in 0..4 {
                    let slope = (curve.at(order, t + h) - curve.at(order, t - h)) / (2.0 * h);
                    assert!((slope - curve.at(order + 1, t)).abs() < 1e-7, "{curve:?} order {order} at {t}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn opposites_cancel() {
        let curves = [
            Curve::Zero,
            Curve::Linear(2.0),
            Curve::Linear(-2.0),
            Curve::Softplus { c: 1.0, s: -1.0 },
            Curve::Softplus { c: -1.0, s: -1.0 },
            Curve::Softplus { c: 1.0, s: 1.0 },
        ];
        for (a, b) in curves.iter().flat_map(|a| curves.iter().map(move |b| (a, b))) {
            let cancel = [-2.0, 0.3, 1.0].iter().all(|t| a.at(0, *t) + b.at(0, *t) == 0.0);
            assert_eq!(a.opposes(b), cancel, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn a_formula_knows_only_the_logit() {
        assert!(Curve::formula("t + u").is_err());
        assert!(Curve::formula("t +").is_err());
        assert_eq!(Curve::formula("3").map(|c| (c.at(0, 5.0), c.at(1, 5.0))).ok(), Some((3.0, 0.0)));
    }
}
