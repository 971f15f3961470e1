//! The bar that says what number a colour is.

use super::canvas::{Drawn, Letters, Rect, Sheet, fill, outline, segment, stroke, text};
use super::theme::{MEDIUM, MUTED};
use plotters::style::RGBColor;

/// A colour bar: colours from the bottom up, and texts at shares of its height.
pub struct ColorBar {
    /// Colours from the lowest to the highest, each as tall as the others.
    pub colors: Vec<RGBColor>,
    /// Texts at shares of the height from the bottom.
    pub ticks: Vec<(f64, String)>,
    /// What the numbers are.
    pub label: String,
}

impl ColorBar {
    /// Draws the bar into a rectangle, its texts at the right of it.
    pub fn draw(&self, sheet: &Sheet, r: Rect, label_at: f64) -> Drawn {
        let height = r.h / self.colors.len().max(1) as f64;
        for (k, color) in self.colors.iter().enumerate() {
            // A little taller than its share, so that no paper shines through between two colours.
            let top = r.y + r.h - height * (k + 1) as f64;
            fill(sheet, Rect { y: top, h: (height + 1.0).min(r.y + r.h - top), ..r }, *color)?;
        }
        outline(sheet, r, stroke(MUTED, 0.8))?;
        for (share, label) in &self.ticks {
            let (x, y) = (r.x + r.w, r.y + r.h * (1.0 - share));
            segment(sheet, (x, y), (x + 3.0, y), stroke(MUTED, 0.8))?;
            text(sheet, label, (x + 6.0, y), Letters::small())?;
        }
        let middle = (r.x + r.w + label_at, r.y + r.h / 2.0);
        text(sheet, &self.label, middle, Letters::small().size(MEDIUM).centered().upwards())
    }
}
