//! The colours of shares of samples: no share looks like nothing, and a small one like something.

use super::colorbar::ColorBar;
use super::scale::{quantile, short, usable};
use super::theme::sequential;
use plotters::style::RGBColor;

/// Colours told apart.
pub const SHADES: usize = 20;
/// Where on the colour scale the smallest share begins: even a few samples look like something, none like nothing.
const FAINTEST: f64 = 0.12;

/// Shades of shares up to a largest one.
pub struct Shades {
    /// The share with the deepest colour.
    top: f64,
    /// Whether there are larger ones.
    clipped: bool,
    /// Modes or classes among which samples are shared.
    parts: usize,
}

impl Shades {
    /// Shades that suit some shares of a number of modes or classes.
    pub fn new(shares: impl Iterator<Item = f64>, parts: usize) -> Self {
        // A single bright cell, as of the first record, must not darken all others.
        let cells: Vec<f64> = shares.filter(|v| usable(*v)).collect();
        let largest = cells.iter().copied().fold(1e-6, f64::max).min(1.0);
        let top =
            quantile(&cells, 0.998).map_or(largest, |top| if 1.3 * top < largest { top } else { largest });
        let top = top.max(1e-6);
        Shades { top, clipped: top < largest, parts }
    }

    /// The shade of a share: the first for none, another for any; None for what is no share.
    pub fn shade(&self, share: f64) -> Option<usize> {
        let level = level(share.clamp(0.0, self.top) / self.top);
        usable(share).then_some((level * (SHADES - 1) as f64).ceil() as usize)
    }

    /// The bar that says what the shades are.
    pub fn bar(&self) -> ColorBar {
        let colors = (0..SHADES).map(color).collect();
        let even = 1.0 / self.parts.max(1) as f64;
        let mut ticks = vec![(0.0, "0".to_string())];
        for share in [even, 0.5, 1.0, self.top] {
            let at = level(share / self.top);
            if at <= 1.0 + 1e-9 && ticks.iter().all(|t| (t.0 - at).abs() > 0.12) {
                let text = if share == even { format!("1/{}", self.parts) } else { short(share, 2) };
                let more = if self.clipped && share == self.top { "≥ " } else { "" };
                ticks.push((at, format!("{more}{text}")));
            }
        }
        ColorBar { colors, ticks, label: "share of samples".into() }
    }
}

/// Where on the scale a share of the largest one is; the root brings out small shares.
fn level(share: f64) -> f64 {
    share.sqrt()
}

/// The colour of a shade.
pub fn color(shade: usize) -> RGBColor {
    match shade {
        0 => sequential(0.0),
        _ => sequential(FAINTEST + (1.0 - FAINTEST) * shade as f64 / (SHADES - 1) as f64),
    }
}
