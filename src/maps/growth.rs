//! How fast a distance grows or shrinks, and what that is called.

use serde::{Deserialize, Serialize};

/// Distances below this share of the largest are rounding.
const FLOOR: f64 = 1e-11;
/// Largest change of a distance's logarithm, from the second to the last quarter of the looks, that counts as none.
const KEPT: f64 = 0.01;
/// Least share of an earlier change that a later one has where growth or decay goes on.
const STEADY: f64 = 0.5;

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

/// Measures distances at rounds in increasing order. A distance that turns is measured by its peaks in the second, the
/// third and the last quarter of the looks. Looks at which only rounding is left do not count.
///
/// A change that slows down, less than half as large from the third to the last quarter as from the second to the
/// third, is the approach to a cycle; so is a distance that shrinks without coming nearer than it began.
pub fn growth(looks: &[(u64, f64)], left: bool) -> Growth {
    let top = looks.iter().map(|look| look.1).fold(0.0, f64::max);
    let moving = looks.iter().take_while(|look| look.1 > FLOOR * top).count();
    let arrived = moving < looks.len();
    let looks = &looks[..moving];
    let n = looks.len();
    let peak = |quarter: usize| {
        looks[quarter * n / 4..(quarter + 1) * n / 4].iter().map(|look| look.1).fold(0.0, f64::max)
    };
    let measured = (n >= 4).then(|| {
        let [second, third, last] = [1, 2, 3].map(peak);
        let changes = [(third / second).ln(), (last / third).ln()];
        let rounds = looks[3 * n / 4].0 - looks[n / 4].0;
        (changes, (changes[0] + changes[1]) / rounds as f64, last < looks[0].1)
    });
    let class = match measured {
        _ if left => Class::Diverges,
        _ if arrived => Class::Converges,
        None => Class::Cycles,
        Some(([before, after], _, nearer)) => {
            let change = before + after;
            match after / before >= STEADY && change.abs() > KEPT {
                true if change > 0.0 => Class::Diverges,
                true if nearer => Class::Converges,
                _ => Class::Cycles,
            }
        }
    };
    Growth { class, rate: measured.map(|(_, per_round, _)| per_round.exp()) }
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
            assert!((spiral.rate.unwrap() - rate).abs() < 1e-4, "{spiral:?}");
        }
        // Neither the approach to a cycle from within or without, nor a decay that ends farther out than it began.
        for from in [0.2, 3.0] {
            assert_eq!(of(|t| 1.0 + (from - 1.0) * (-0.006 * t).exp()).class, Class::Cycles);
        }
        assert_eq!(of(|t| if t < 1.0 { 1e-4 } else { 0.99999f64.powf(t) }).class, Class::Cycles);
        // The slow decay of averages, as 1 / t.
        assert_eq!(of(|t| 1.0 / (1.0 + t)).class, Class::Converges);
        // Arrived long before the end: rounding is not measured.
        let fast = of(|t| 0.5f64.powf(t).max(1e-17));
        assert_eq!(fast.class, Class::Converges);
        assert!((fast.rate.unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(growth(&[(0, 1.0), (10, 2.0)], true), Growth { class: Class::Diverges, rate: None });
    }
}
