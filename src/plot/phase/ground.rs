//! The field under a picture of the plane: streamlines coloured by speed, nullclines dashed.

use super::super::canvas::{Drawn, Sheet, segment, stroke};
use super::super::colorbar::ColorBar;
use super::super::contours::simplified;
use super::super::panel::{At, Panel};
use super::super::scale::{bounds, log_ticks, quantile};
use super::super::theme::{DISCRIMINATOR, GENERATOR, speed};
use super::plane::Window;
use super::streamlines::streamlines;
use plotters::style::RGBColor;

/// Colours that speeds are told apart by.
pub const SHADES: usize = 12;
/// Nodes along each side of the grid that speeds are taken from for the scale.
const SIDE: usize = 31;
/// Decades of speed that the colours tell apart, at most.
const DECADES: f64 = 3.0;

/// Streamlines with the speed along them.
pub struct Ground {
    lines: Vec<(Vec<At>, Vec<f64>)>,
    /// Decimal logarithms of the slowest and the fastest speed that have a colour of their own.
    range: (f64, f64),
    window: Window,
}

impl Ground {
    /// The streamlines of a field over a window, `separation` apart in shares of its sides.
    pub fn new(field: &dyn Fn(At) -> Option<At>, window: Window, separation: f64) -> Self {
        let size = |at: At| field(at).map_or(0.0, |v| v.0.hypot(v.1));
        let speeds: Vec<f64> = window.grid(SIDE).map(size).filter(|s| *s > 0.0).map(f64::log10).collect();
        let (_, high) = bounds(speeds.iter().copied()).unwrap_or((-1.0, 0.0));
        let low = quantile(&speeds, 0.02).unwrap_or(-1.0).clamp(high - DECADES, high - 1e-3);
        let with_speed = |line: Vec<At>| {
            let speeds = line.iter().map(|p| size(*p)).collect();
            (line, speeds)
        };
        let lines = streamlines(field, window, separation).into_iter().map(with_speed).collect();
        Ground { lines, range: (low, high), window }
    }

    /// Whether the field vanishes wherever it was looked at.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Draws the lines with a stroke of a width in pixels, an arrow's head at the middle of each.
    pub fn draw(&self, sheet: &Sheet, panel: &mut Panel, width: f64) -> Drawn {
        let fine = 3e-4 * self.window.width();
        for (line, speeds) in &self.lines {
            let shades: Vec<usize> = speeds.iter().map(|s| self.shade(*s)).collect();
            let mut from = 0;
            while from + 1 < line.len() {
                // A piece is as long as its shade lasts, and ends where the next begins.
                let shade = shades[from + 1];
                let run = shades[from + 1..].iter().take_while(|s| **s == shade).count();
                let piece = simplified(line[from..=from + run].iter().copied(), fine);
                panel.path(&piece, stroke(shade_color(shade), width))?;
                from += run;
            }
            head(sheet, panel, line, shade_color(shades[line.len() / 2]), width)?;
        }
        Ok(())
    }

    /// What speed a colour is.
    pub fn bar(&self, label: &str) -> ColorBar {
        let (low, high) = self.range;
        let share = |at: f64| (at - low) / (high - low);
        let ticks = log_ticks(low, high, 6).into_iter().map(|(at, text)| (share(at), text)).collect();
        ColorBar { colors: (0..SHADES).map(shade_color).collect(), ticks, label: label.into() }
    }

    fn shade(&self, speed: f64) -> usize {
        let share = (speed.max(1e-300).log10() - self.range.0) / (self.range.1 - self.range.0);
        ((share * SHADES as f64).max(0.0) as usize).min(SHADES - 1)
    }
}

/// The colour of one of the `SHADES`, the slowest first.
pub fn shade_color(shade: usize) -> RGBColor {
    speed((shade as f64 + 0.5) / SHADES as f64)
}

/// An arrow's head at the middle of a line.
fn head(sheet: &Sheet, panel: &Panel, line: &[At], color: RGBColor, width: f64) -> Drawn {
    let middle = line.len() / 2;
    let (Some(before), Some(tip)) = (line.get(middle.wrapping_sub(1)), line.get(middle)) else {
        return Ok(());
    };
    let (a, b) = (panel.place(*before), panel.place(*tip));
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy);
    let frame = panel.frame;
    let inside = b.0 > frame.x + 5.0 && b.0 < frame.x + frame.w - 5.0 && b.1 > frame.y + 5.0;
    if length <= 0.0 || !inside || b.1 > frame.y + frame.h - 5.0 {
        return Ok(());
    }
    let (u, v) = (dx / length, dy / length);
    let size = 2.2 + 2.4 * width;
    for side in [-0.55, 0.55] {
        let barb = (b.0 - size * (u - side * v), b.1 - size * (v + side * u));
        segment(sheet, b, barb, stroke(color, 1.1 * width))?;
    }
    Ok(())
}

/// The colours of the nullclines: of the player whose parameter runs across, and of the other.
pub const NULLCLINES: [RGBColor; 2] = [GENERATOR, DISCRIMINATOR];

/// Draws nullclines, dashed.
pub fn draw_nullclines(panel: &mut Panel, nullclines: &[Vec<Vec<At>>; 2]) -> Drawn {
    for (lines, color) in nullclines.iter().zip(NULLCLINES) {
        for line in lines {
            let line = simplified(line.iter().copied(), 3e-4 * (panel.x.1 - panel.x.0));
            panel.dashed(&line, color, 1.7)?;
        }
    }
    Ok(())
}
