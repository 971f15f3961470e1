//! Axes on which numbers of either sign and of any size can be told apart: linear around zero, decimal logarithms
//! beyond.

use super::super::panel::Axis;
use super::super::scale::{bounds, padded, power_text, quantile, ticks, usable};

/// How numbers are placed along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// As they are.
    Linear,
    /// Linear up to a power of ten, 10 to which this is, of either sign; beyond it a decade is as wide as that.
    Symlog(i32),
}

/// The most decades that are told apart.
const DECADES: i32 = 12;

impl Scale {
    /// Symlog where sizes are spread over more than two decades, else linear.
    pub fn auto(values: &[f64]) -> Self {
        let sizes: Vec<f64> = values.iter().map(|v| v.abs()).filter(|v| *v > 0.0).collect();
        match (quantile(&sizes, 0.1), quantile(&sizes, 1.0)) {
            (Some(low), Some(high)) if high > 100.0 * low => Scale::symlog(&sizes, 0.02, 0.0),
            _ => Scale::Linear,
        }
    }

    /// Symlog, linear below the size of nearly all values that are larger than `floor`.
    pub fn symlog(values: &[f64], share: f64, floor: f64) -> Self {
        let sizes: Vec<f64> = values.iter().map(|v| v.abs()).filter(|v| *v > floor && usable(*v)).collect();
        let (Some(low), Some(high)) = (quantile(&sizes, share), quantile(&sizes, 1.0)) else {
            return Scale::Symlog(-2);
        };
        let power = |v: f64| v.max(1e-99).log10().floor() as i32;
        // At least two decades on each side, or there is no point to the logarithm.
        Scale::Symlog(power(low).clamp(power(high) - DECADES, power(high) - 1))
    }

    /// Where a number is on the axis.
    pub fn at(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Symlog(power) => {
                let share = value / 10f64.powi(power);
                match share.abs() {
                    size if size <= 1.0 => share,
                    size => share.signum() * (1.0 + size.log10()),
                }
            }
        }
    }

    /// What the axis is: linear to where, if not everywhere.
    pub fn label(self, what: &str) -> String {
        match self {
            Scale::Linear => what.into(),
            Scale::Symlog(power) => format!("{what} (logarithmic beyond ±{})", power_text(power)),
        }
    }

    /// An axis over a range of numbers, a little wider than it, with about `count` ticks.
    pub fn axis(self, (low, high): (f64, f64), count: usize, label: impl Into<String>) -> Axis {
        let range = padded(self.at(low), self.at(high), 0.06);
        let ticks = match self {
            Scale::Linear => ticks(range.0, range.1, count),
            Scale::Symlog(power) => symlog_ticks(range, power, count),
        };
        Axis { range, ticks, label: label.into(), room: super::super::panel::ROOM_LEFT }
    }

    /// An axis for curves of some values.
    pub fn axis_of(self, values: &[f64], count: usize, label: impl Into<String>) -> Axis {
        self.axis(bounds(values.iter().copied()).unwrap_or((0.0, 1.0)), count, label)
    }
}

/// Powers of ten of both signs, equally far apart, and 0 where it is in the range.
fn symlog_ticks((low, high): (f64, f64), power: i32, count: usize) -> Vec<(f64, String)> {
    let stride = ((high - low) / count.max(2) as f64).ceil().max(1.0);
    let mut all = Vec::new();
    for sign in [-1.0, 1.0] {
        // From the outermost inwards, as long as there is room beside 0.
        let reach = (sign * if sign > 0.0 { high } else { low }).floor();
        let mut at = reach;
        while at >= 1.0 && (at >= 0.9 * stride) {
            let text = power_text(power + at as i32 - 1);
            all.push((sign * at, if sign < 0.0 { format!("−{text}") } else { text }));
            at -= stride;
        }
    }
    all.push((0.0, "0".into()));
    all.retain(|(at, _)| *at >= low && *at <= high);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_and_ticks_their_distance() {
        let values: Vec<f64> = vec![-50.0, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 2.0, 50.0];
        let scale = Scale::symlog(&values, 0.0, 0.0);
        assert_eq!(scale, Scale::Symlog(-9));
        assert!(values.windows(2).all(|p| scale.at(p[0]) < scale.at(p[1])));
        assert!((scale.at(1e-9) - 1.0).abs() < 1e-12 && (scale.at(-1e-3) + 7.0).abs() < 1e-12);
        for count in [2, 5, 9] {
            let axis = scale.axis((-50.0, 50.0), count, "");
            assert!(axis.ticks.len() <= count + 3 && axis.ticks.iter().any(|t| t.1 == "0"), "{axis:?}");
            let width = axis.range.1 - axis.range.0;
            let near = axis.ticks.windows(2).map(|p| p[1].0 - p[0].0).fold(f64::MAX, f64::min);
            assert!(near >= 0.8 * width / (count as f64 + 2.0), "{count}: {axis:?}");
        }
    }

    #[test]
    fn any_values_have_a_scale() {
        assert_eq!(Scale::auto(&[1.0, 2.0, -3.0, 0.0]), Scale::Linear);
        assert_eq!(Scale::auto(&[]), Scale::Linear);
        assert!(matches!(Scale::auto(&[1e-6, 1.0, f64::NAN]), Scale::Symlog(-6)));
        let scale = Scale::symlog(&[f64::INFINITY, 0.0], 0.0, 0.0);
        assert!(scale.axis((0.0, 0.0), 5, "").range.1 > 0.0);
    }
}
