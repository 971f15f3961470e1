//! Densities of one-dimensional samples as histograms.

use super::canvas::Drawn;
use super::cloud::Window;
use super::panel::{At, Axis, Panel};
use super::theme::{GENERATOR, PAPER, REAL, mix};
use crate::data::Points;

const BINS: usize = 60;

/// The bins that all panels of a run share, and the height that all densities fit into.
pub struct Bins {
    range: (f64, f64),
    real: Vec<f64>,
    top: f64,
}

impl Bins {
    /// Bins over a range for the real samples and the generated ones that will be shown.
    pub fn new<'p>(real: &Points, range: (f64, f64), shown: impl Iterator<Item = &'p Points>) -> Self {
        let heights = heights(real, range);
        let highest = |h: &[f64]| h.iter().copied().fold(0.0, f64::max);
        let real_top = highest(&heights);
        let top = shown.map(|p| highest(&self::heights(p, range))).fold(real_top, f64::max);
        // A collapsed generator is much higher than the data; let it run off rather than flatten them.
        let top = if real_top > 0.0 { top.min(2.5 * real_top) } else { top };
        Bins { range, real: heights, top: if top > 0.0 { 1.25 * top } else { 1.0 } }
    }

    /// Draws the data's density filled and the samples' as a line.
    pub fn draw(&self, panel: &mut Panel, samples: &Points) -> Drawn {
        let mut ground = self.outline(&self.real);
        ground.insert(0, (self.range.0, 0.0));
        ground.push((self.range.1, 0.0));
        panel.polygon(&ground, mix(REAL, PAPER, 0.25))?;
        panel.curve(&self.outline(&heights(samples, self.range)), GENERATOR, 1.6)
    }

    fn outline(&self, heights: &[f64]) -> Vec<At> {
        let width = (self.range.1 - self.range.0) / BINS as f64;
        let edge = |k: usize| self.range.0 + width * k as f64;
        heights.iter().enumerate().flat_map(|(k, h)| [(edge(k), *h), (edge(k + 1), *h)]).collect()
    }
}

/// The axes of a panel of densities.
pub fn density_axis(window: Window, bins: &Bins, left: bool, below: bool) -> (Axis, Axis) {
    let x = Axis::linear(window.x, 3, "x").room(if below { 36.0 } else { 0.0 });
    let y = Axis::linear((0.0, bins.top), 3, "density").room(if left { 54.0 } else { 0.0 });
    (x, y)
}

/// Density in each bin; samples outside count in the total.
fn heights(points: &Points, (low, high): (f64, f64)) -> Vec<f64> {
    let width = (high - low) / BINS as f64;
    let mut counts = vec![0.0; BINS];
    for row in points.rows().filter(|r| r[0] >= low && r[0] < high) {
        counts[(((row[0] - low) / width) as usize).min(BINS - 1)] += 1.0;
    }
    let total = points.len().max(1) as f64 * width;
    counts.iter().map(|c| c / total).collect()
}
