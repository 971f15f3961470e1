//! What the generator makes of a square grid of latent vectors: where it stretches, folds and tears.

use super::Picture;
use super::canvas::{About, Drawn, Key, Mark, Rect, Sheet, legend, picture, stroke};
use super::cloud::{Window, chosen, window};
use super::colorbar::ColorBar;
use super::landscape::{data_key, marks};
use super::panel::{At, Panel};
use super::scale::{log_ticks, quantile, step_text};
use super::table::Csv;
use super::theme::{INK, PAPER, WIDTH, mix, sequential};
use crate::data::Mode;
use crate::run::folder::RunData;
use crate::run::record::{Frame, Warp};
use crate::scenario::Game;
use plotters::style::RGBColor;

const PANELS: usize = 4;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 96.0;
const GAP: f64 = 10.0;
/// Most cells along a side.
const CELLS: usize = 20;
/// Colours told apart.
const SHADES: usize = 12;

/// The warped latent grid at four steps; None where the run kept none.
pub fn warp(run: &RunData, modes: Option<&[Mode]>) -> Option<Picture> {
    let frames = chosen(run, PANELS, |f| f.warp.as_ref().is_some_and(|w| w.side > 1 && w.points.dim == 2));
    let shades = Shades::new(&frames)?;
    let window = window(&run.real);
    let side = (WIDTH - LEFT - RIGHT - GAP * (PANELS - 1) as f64) / PANELS as f64;
    let about = About {
        name: "warp",
        title: "Image of a square grid of latent vectors",
        run: &run.scenario.name,
        alt: alt(&frames),
        csv: csv(&frames),
    };
    Some(picture(about, 78.0 + side + 42.0, |sheet| {
        let keys = [data_key(modes), Key::new(grid_label(run), mix(INK, PAPER, 0.3), Mark::Line)];
        legend(sheet, &keys, (LEFT, 42.0), WIDTH)?;
        for (k, frame) in frames.iter().enumerate() {
            let r = Rect { x: LEFT + k as f64 * (side + GAP), y: 78.0, w: side, h: side };
            one(sheet, r, (frame, k == 0), (run, modes), &window, &shades)?;
        }
        let bar = Rect { x: WIDTH - RIGHT + 8.0, y: 78.0, w: 14.0, h: side };
        shades.bar().draw(sheet, bar, 66.0)
    }))
}

fn one(
    sheet: &Sheet,
    r: Rect,
    (frame, left): (&Frame, bool),
    (run, modes): (&RunData, Option<&[Mode]>),
    window: &Window,
    shades: &Shades,
) -> Drawn {
    let Some(warp) = &frame.warp else { return Ok(()) };
    let (x, y) = window.axes(2, left, true);
    let mut panel = Panel::new(sheet, r, &x, &y, false)?;
    // Small cells last: where the map folds over itself the dense sheet is the one to see. What is stretched thin is
    // pale, like paper: few samples lie there.
    let mut cells = cells(warp);
    cells.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (corners, stretch) in &cells {
        panel.polygon(corners, paint(shades.shade(*stretch)))?;
    }
    for line in lines(warp) {
        panel.path(&line, stroke(mix(INK, PAPER, 0.3), 0.4))?;
    }
    marks(&mut panel, &run.real, modes)?;
    panel.close(sheet)?;
    panel.title(sheet, &format!("step {}", step_text(frame.step)))
}

/// The cells with the logarithm of how much each is stretched: area of the image by area in the latent plane.
fn cells(warp: &Warp) -> Vec<([At; 4], f64)> {
    let latent = (2.0 * warp.reach / (warp.side - 1) as f64).powi(2);
    let mut cells = Vec::new();
    let nodes = nodes(warp.side);
    for rows in nodes.windows(2) {
        for columns in nodes.windows(2) {
            let corner = |r: usize, c: usize| point(warp, rows[r], columns[c]);
            let corners = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
            let size = latent * ((rows[1] - rows[0]) * (columns[1] - columns[0])) as f64;
            let stretch = (area(&corners) / size).max(1e-12).log10();
            if stretch.is_finite() {
                cells.push((corners, stretch));
            }
        }
    }
    cells
}

/// The rows, and columns, of the grid that are drawn: evenly spaced, with at most `CELLS` cells between them.
fn nodes(side: usize) -> Vec<usize> {
    let stride = (side - 1).div_ceil(CELLS).max(1);
    let mut nodes: Vec<usize> = (0..side).step_by(stride).collect();
    if nodes.last() != Some(&(side - 1)) {
        nodes.push(side - 1);
    }
    nodes
}

fn point(warp: &Warp, row: usize, column: usize) -> At {
    let p = warp.points.row(row * warp.side + column);
    (p[0], p[1])
}

/// Area of a quadrilateral, as two triangles, so that a folded one does not pass for a small one.
fn area(c: &[At; 4]) -> f64 {
    let triangle = |a: At, b: At, c: At| 0.5 * ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs();
    triangle(c[0], c[1], c[2]) + triangle(c[0], c[2], c[3])
}

/// The grid's lines along the edges of the cells.
fn lines(warp: &Warp) -> Vec<Vec<At>> {
    let line = |k: usize, across: bool| {
        (0..warp.side).map(move |j| if across { point(warp, k, j) } else { point(warp, j, k) }).collect()
    };
    nodes(warp.side).into_iter().flat_map(|k| [line(k, true), line(k, false)]).collect()
}

/// The colour of a shade: the palest, of what is stretched most, still stands out from paper.
fn paint(shade: f64) -> RGBColor {
    sequential(1.0 - 0.9 * shade)
}

/// What the grid is a grid of.
fn grid_label(run: &RunData) -> String {
    let Game::Gan(gan) = &run.scenario.game else { return String::new() };
    match gan.generator.latent {
        0..=2 => "latent grid".into(),
        n => format!("grid in a plane of the {n} latent dimensions"),
    }
}

/// Colours for the logarithm of a stretch.
struct Shades {
    low: f64,
    high: f64,
}

impl Shades {
    fn new(frames: &[&Frame]) -> Option<Self> {
        let warps = frames.iter().filter_map(|f| f.warp.as_ref());
        let all: Vec<f64> = warps.flat_map(|w| cells(w).into_iter().map(|c| c.1)).collect();
        let low = quantile(&all, 0.03).map_or(-1.0, f64::floor).max(-9.0);
        let high = quantile(&all, 0.97).map_or(1.0, f64::ceil).max(low + 1.0);
        (!frames.is_empty()).then_some(Shades { low, high })
    }

    fn shade(&self, stretch: f64) -> f64 {
        let share = ((stretch - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        ((share * SHADES as f64).floor().min(SHADES as f64 - 1.0) + 0.5) / SHADES as f64
    }

    fn bar(&self) -> ColorBar {
        let colors = (0..SHADES).map(|k| paint((k as f64 + 0.5) / SHADES as f64)).collect();
        let share = |t: f64| (t - self.low) / (self.high - self.low);
        let ticks = log_ticks(self.low, self.high, 6).into_iter().map(|(t, text)| (share(t), text)).collect();
        ColorBar { colors, ticks, label: "stretch (area ratio)".into() }
    }
}

fn alt(frames: &[&Frame]) -> String {
    let steps: Vec<String> = frames.iter().map(|f| step_text(f.step)).collect();
    let reach = frames.first().and_then(|f| f.warp.as_ref()).map_or(0.0, |w| w.reach);
    format!(
        "Image under the generator of a square grid of latent vectors (side {} latent units) at steps {}, coloured by \
         how much each cell is stretched: dark where many latent vectors end up close together, pale where few do.",
        2.0 * reach,
        steps.join("; ")
    )
}

fn csv(frames: &[&Frame]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["step", "row", "column", "x1", "x2"]);
    for frame in frames {
        let Some(warp) = &frame.warp else { continue };
        for (k, p) in warp.points.rows().enumerate() {
            let at = ((k / warp.side) as f64, (k % warp.side) as f64);
            csv.row(&[], &[frame.step as f64, at.0, at.1, p[0], p[1]]);
        }
    }
    csv.finish()
}
