//! A number that may change over training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strength or a step size: a plain number, or a table that says how it changes over training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Schedule {
    /// The same value at every step.
    Constant(f64),
    /// A value that follows a curve.
    Curve(Curve),
}

/// A value that changes from `start` to `end` over training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// The form of the curve.
    pub shape: Shape,
    /// Value at step 0.
    pub start: f64,
    /// Value at the end (`linear`, `cosine`, `step`); no part of `inverse_sqrt`.
    #[serde(default)]
    pub end: f64,
    /// Steps until `end` is reached; the whole training when left out. For `step` the step at which the value
    /// jumps, for `inverse_sqrt` the scale k in start / sqrt(1 + t / k).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<u64>,
}

/// The form of a curve over training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `start` before the step `over`, `end` from there on.
    Step,
    /// A straight line.
    Linear,
    /// Half a cosine wave.
    Cosine,
    /// start / sqrt(1 + t / over).
    InverseSqrt,
}

impl Schedule {
    /// Value at `step` (from 0) of a training of `steps` steps.
    pub fn at(&self, step: u64, steps: u64) -> f64 {
        let curve = match self {
            Schedule::Constant(value) => return *value,
            Schedule::Curve(curve) => curve,
        };
        let over = curve.over.unwrap_or(steps).max(1) as f64;
        let done = (step as f64 / over).min(1.0);
        match curve.shape {
            Shape::Step if done < 1.0 => curve.start,
            Shape::Step => curve.end,
            Shape::Linear => curve.start + (curve.end - curve.start) * done,
            Shape::Cosine => {
                let fall = 0.5 * (1.0 + libm::cos(std::f64::consts::PI * done));
                curve.end + (curve.start - curve.end) * fall
            }
            Shape::InverseSqrt => curve.start / (1.0 + step as f64 / over).sqrt(),
        }
    }

    /// Every number the schedule names, for range checks.
    pub fn values(&self) -> Vec<f64> {
        match self {
            Schedule::Constant(value) => vec![*value],
            Schedule::Curve(curve) => vec![curve.start, curve.end],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_start_and_end_where_they_say() {
        for shape in [Shape::Linear, Shape::Cosine, Shape::Step] {
            let curve = Schedule::Curve(Curve { shape, start: 3.0, end: 1.0, over: None });
            assert_eq!(curve.at(0, 100), 3.0);
            assert_eq!(curve.at(100, 100), 1.0);
        }
        let root = Curve { shape: Shape::InverseSqrt, start: 2.0, end: 0.0, over: Some(1) };
        assert!((Schedule::Curve(root).at(3, 100) - 1.0).abs() < 1e-15);
    }
}
