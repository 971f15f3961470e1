//! The region of attraction in numbers: how many perturbed starts return, at which radius.

use serde::{Deserialize, Serialize};

/// Starts at one distance from an equilibrium and how many of them came back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BasinPoint {
    /// Distance of the starts from the equilibrium.
    pub radius: f64,
    /// How many returned.
    pub returned: u64,
    /// How many were tried.
    pub tried: u64,
    /// Lower end of the 95 % interval of the share that returns (Wilson 1927).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl BasinPoint {
    /// A point with the interval that its counts give.
    pub fn of(radius: f64, returned: u64, tried: u64) -> Self {
        let (low, high) = wilson(returned, tried);
        BasinPoint { radius, returned, tried, low, high }
    }

    /// The share that returned; 0 where nothing was tried.
    pub fn share(&self) -> f64 {
        if self.tried > 0 { self.returned as f64 / self.tried as f64 } else { 0.0 }
    }
}

/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share by Wilson's score; it stays within 0 and 1 and does not collapse where all or none
/// succeed. Without trials it is everything.
pub fn wilson(successes: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let p = (successes as f64 / n).min(1.0);
    let center = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let all = 1.0 + Z * Z / n;
    // Where none or all succeed the end is exactly 0 or 1; rounding must not say otherwise.
    let low = if successes == 0 { 0.0 } else { ((center - half) / all).max(0.0) };
    let high = if successes >= trials { 1.0 } else { ((center + half) / all).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of R's `prop.test(x, n, correct = FALSE)`.
    #[test]
    fn intervals_are_wilson_s() {
        let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 5e-5 && (a.1 - b.1).abs() < 5e-5;
        assert!(near(wilson(5, 10), (0.2366, 0.7634)));
        assert!(near(wilson(0, 10), (0.0, 0.2775)));
        assert!(near(wilson(10, 10), (0.7225, 1.0)));
        assert!(near(wilson(81, 263), (0.2553, 0.3662)));
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        let point = BasinPoint::of(0.5, 5, 10);
        assert!(point.low < point.share() && point.share() < point.high);
    }
}
