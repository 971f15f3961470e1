//! How fast a distance grows or shrinks, and what that is called.

use serde::{Deserialize, Serialize};

/// Distances below this share of the largest are rounding.
const FLOOR: f64 = 1e-11;
/// Largest share by which a distance may change from the second to the last quarter of the looks and still count as
/// kept.
const KEPT: f64 = 0.01;

/// What a motion does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The distance to an equilibrium shrinks.
    Converges,
    /// The distance stays what it is: the motion goes round.
    Cycles,
    /// The distance grows, or the point left every bound.
    Diverges,
}

/// A measured motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// What it does.
    pub class: Class,
    /// Factor of the distance a round; None where there were too few looks.
    pub rate: Option<f64>,
}

/// Measures distances at rounds in increasing order. A distance that turns is measured by its peaks: the largest of
/// the second quarter of the looks beside the largest of the last. Looks at which only rounding is left do not
/// count.
pub fn growth(looks: &[(u64, f64)], left: bool) -> Growth {
    let top = looks.iter().map(|look| look.1).fold(0.0, f64::max);
    let moving = looks.iter().take_while(|look| look.1 > FLOOR * top).count();
    let ended = moving < looks.len();
    let looks = &looks[..moving];
    let n = looks.len();
    let peak = |part: &[(u64, f64)]| part.iter().map(|look| look.1).fold(0.0, f64::max);
    let measured = (n >= 4).then(|| {
        let change = peak(&looks[3 * n / 4..]) / peak(&looks[n / 4..n / 2]);
        (change, looks[3 * n / 4].0 - looks[n / 4].0)
    });
    let class = match measured {
        _ if left => Class::Diverges,
        _ if ended => Class::Converges,
        Some((change, _)) if change < 1.0 - KEPT => Class::Converges,
        Some((change, _)) if change > 1.0 + KEPT => Class::Diverges,
        _ => Class::Cycles,
    };
    Growth { class, rate: measured.map(|(change, rounds)| change.powf(1.0 / rounds as f64)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(distance: impl Fn(f64) -> f64) -> Growth {
        let looks: Vec<(u64, f64)> = (0..=1000).map(|t| (t, distance(t as f64))).collect();
        growth(&looks, false)
    }

    #[test]
    fn a_spiral_is_measured_by_its_peaks() {
        for (rate, class) in [(0.99f64, Class::Converges), (1.0, Class::Cycles), (1.001, Class::Diverges)] {
            let spiral = of(|t| rate.powf(t) * (1.0 + 0.3 * (0.4 * t).sin()));
            assert_eq!(spiral.class, class);
            assert!((spiral.rate.unwrap() - rate).abs() < 1e-5, "{spiral:?}");
        }
        // Arrived long before the end: rounding is not measured.
        let fast = of(|t| 0.5f64.powf(t).max(1e-17));
        assert_eq!(fast.class, Class::Converges);
        assert!((fast.rate.unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(growth(&[(0, 1.0), (10, 2.0)], true), Growth { class: Class::Diverges, rate: None });
    }
}
