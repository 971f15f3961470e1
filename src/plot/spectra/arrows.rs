//! Arrows in a panel: from where eigenvalues were to where they went.

use super::super::canvas::{Drawn, Sheet, segment, stroke};
use super::super::clip;
use super::super::panel::{At, Panel};
use plotters::style::RGBColor;

/// Arrows shorter than this many pixels are no arrows.
const SHORT: f64 = 5.0;

/// Room between the head of an arrow and the place it points to, for the dot there.
const ROOM: f64 = 3.0;

/// Draws an arrow between two places of a panel, up to the dot at its end.
pub fn arrow(sheet: &Sheet, panel: &Panel, from: At, to: At, color: RGBColor) -> Drawn {
    let piece = clip::path(&[from, to], panel.x, panel.y);
    let Some((from, to)) = piece.first().and_then(|p| Some((*p.first()?, *p.last()?))) else {
        return Ok(());
    };
    let (a, b) = (panel.place(from), panel.place(to));
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy);
    if length < SHORT {
        return Ok(());
    }
    let (u, v) = (dx / length, dy / length);
    let b = (b.0 - ROOM * u, b.1 - ROOM * v);
    let style = stroke(color, 0.9);
    segment(sheet, a, b, style)?;
    let size = (0.4 * length).min(6.0);
    for side in [-0.45, 0.45] {
        let barb = (b.0 - size * (u - side * v), b.1 - size * (v + side * u));
        segment(sheet, b, barb, style)?;
    }
    Ok(())
}
