//! What a Jacobian is made of: its blocks as a map of sizes, and their own spectra as curves.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, fill, legend, stroke, text, text_width};
use super::super::colorbar::ColorBar;
use super::super::panel::{At, Axis, Panel};
use super::super::scale::{log_ticks, quantile, step_text, whole_ticks};
use super::super::table::Csv;
use super::super::theme::{DISCRIMINATOR, GENERATOR, GRID, INK, MUTED, PAPER, SMALL, WIDTH, mix, sequential};
use super::caption::{Words, captioned, plain};
use super::symlog::Scale;
use super::view::dots;
use crate::spectrum::Blocks;
use nalgebra::DMatrix;
use plotters::style::RGBColor;

/// Cells of the map along each side, at most.
const CELLS: usize = 64;
/// Decades of the colours below the largest, at least and at most.
const DECADES: (f64, f64) = (2.0, 8.0);
const SIDE: f64 = 560.0;
const TOP: f64 = 62.0;
const LEFT: f64 = 112.0;

/// The sizes of a Jacobian's entries: root mean squares over cells, colours on a logarithmic scale. `d` is the
/// discriminator's number of parameters; `layers` where layers begin, for thin lines.
pub fn block_map(jacobian: &DMatrix<f64>, d: usize, layers: &[usize]) -> Picture {
    let n = jacobian.nrows().min(jacobian.ncols());
    let d = d.min(n);
    let cuts = cuts(n, d);
    let cells = cells(jacobian, &cuts);
    let sizes: Vec<f64> = cells.iter().flatten().copied().filter(|v| *v > 0.0 && v.is_finite()).collect();
    let top = sizes.iter().copied().fold(0.0, f64::max);
    let low = quantile(&sizes, 0.01).unwrap_or(top);
    let shades = Shades { top, decades: (top / low).log10().ceil().clamp(DECADES.0, DECADES.1) };
    let words = Words {
        name: "jacobian",
        title: "The Jacobian's blocks",
        right: format!("n = {}", step_text(n as u64)),
        caption: caption(jacobian, d, n, cuts.len() - 1),
        csv: csv(&cuts, &cells),
    };
    captioned(words, TOP + SIDE + 50.0, |sheet: &Sheet| -> Drawn {
        let frame = Rect { x: LEFT, y: TOP, w: SIDE, h: SIDE };
        let panel = map(sheet, frame, n, &cuts, &cells, shades)?;
        borders(sheet, &panel, n, d, layers)?;
        let bar = Rect { x: LEFT + SIDE + 22.0, y: TOP, w: 16.0, h: SIDE };
        shades.bar().draw(sheet, bar, 66.0)
    })
}

/// Borders of the cells: each player's parameters have cells of their own.
fn cuts(n: usize, d: usize) -> Vec<usize> {
    let share = (CELLS * d).checked_div(n).unwrap_or(0);
    let count = |size: usize, wanted: usize| size.min(wanted.max(1));
    let (for_d, for_g) = (count(d, share), count(n - d, CELLS - share.min(CELLS - 1)));
    let of = |from: usize, size: usize, count: usize| (0..count).map(move |k| from + size * k / count);
    of(0, d, for_d).chain(of(d, n - d, for_g)).chain([n]).collect()
}

fn cells(jacobian: &DMatrix<f64>, cuts: &[usize]) -> Vec<Vec<f64>> {
    let rms = |rows: &[usize], columns: &[usize]| {
        let size = (rows[1] - rows[0], columns[1] - columns[0]);
        let part = jacobian.view((rows[0], columns[0]), size);
        (part.norm_squared() / (size.0 * size.1) as f64).sqrt()
    };
    cuts.windows(2).map(|rows| cuts.windows(2).map(|columns| rms(rows, columns)).collect()).collect()
}

/// The largest size, and how many decades below it are told apart.
#[derive(Clone, Copy)]
struct Shades {
    top: f64,
    decades: f64,
}

impl Shades {
    /// Colour of a size; paper where it is nothing.
    fn of(self, size: f64) -> RGBColor {
        match size {
            s if !s.is_finite() => MUTED,
            s if s > 0.0 => self.at(1.0 + (s / self.top).log10() / self.decades),
            _ => PAPER,
        }
    }

    fn at(self, share: f64) -> RGBColor {
        sequential(0.16 + 0.84 * share.clamp(0.0, 1.0))
    }

    fn bar(self) -> ColorBar {
        let high = if self.top > 0.0 { self.top.log10() } else { 0.0 };
        let low = high - self.decades;
        let ticks = match self.top > 0.0 {
            true => log_ticks(low, high, 9).into_iter().map(|(v, t)| ((v - low) / self.decades, t)).collect(),
            false => Vec::new(),
        };
        let colors = (0..64).map(|k| self.at(f64::from(k) / 63.0)).collect();
        ColorBar { colors, ticks, label: "root mean square of the entries (white: zero)".into() }
    }
}

fn map<'a>(
    sheet: &Sheet<'a>,
    frame: Rect,
    n: usize,
    cuts: &[usize],
    cells: &[Vec<f64>],
    shades: Shades,
) -> Drawn<Panel<'a>> {
    let size = n.max(1) as f64;
    let mut x = Axis::linear((0.0, size), 6, "column: parameter that is changed").room(38.0);
    x.ticks = whole_ticks(0.0, size, 6);
    // Rows are counted from the top, as in a matrix.
    let mut y = Axis::linear((0.0, size), 6, "row: parameter whose motion answers");
    y.ticks = whole_ticks(0.0, size, 6).into_iter().map(|(v, t)| (size - v, t)).collect();
    let panel = Panel::new(sheet, frame, &x, &y.room(92.0), false)?;
    for (i, row) in cells.iter().enumerate() {
        for (j, cell) in row.iter().enumerate() {
            let at = |k: usize| SIDE * cuts[k] as f64 / size;
            // A little larger than it is, so that no paper shines through between two cells.
            let more = |k: usize| (at(k + 1) + 1.0).min(SIDE) - at(k);
            let r = Rect { x: frame.x + at(j), y: frame.y + at(i), w: more(j), h: more(i) };
            fill(sheet, r, shades.of(*cell))?;
        }
    }
    panel.close(sheet)?;
    Ok(panel)
}

fn borders(sheet: &Sheet, panel: &Panel, n: usize, d: usize, layers: &[usize]) -> Drawn {
    let r = panel.frame;
    let at = |k: usize| SIDE * k as f64 / n.max(1) as f64;
    let cross = |k: usize, color: RGBColor, width: f64| -> Drawn {
        let style = stroke(color, width);
        super::super::canvas::segment(sheet, (r.x + at(k), r.y), (r.x + at(k), r.y + r.h), style)?;
        super::super::canvas::segment(sheet, (r.x, r.y + at(k)), (r.x + r.w, r.y + at(k)), style)
    };
    for layer in layers.iter().filter(|l| **l > 0 && **l < n) {
        cross(*layer, mix(GRID, INK, 0.3), 0.5)?;
    }
    if d > 0 && d < n {
        cross(d, INK, 1.6)?;
    }
    let heads = [("discriminator", 0, d, DISCRIMINATOR), ("generator", d, n, GENERATOR)];
    for (name, from, to, color) in heads {
        let width = at(to) - at(from);
        let letters = Letters::small().color(color).centered();
        let name = if text_width(name, letters) + 8.0 < width { name } else { &name[..1] };
        let middle = at(from) + width / 2.0;
        if width > 9.0 {
            text(sheet, name, (r.x + middle, r.y - 10.0), letters)?;
            text(sheet, name, (r.x - 56.0, r.y + middle), letters.upwards())?;
        }
    }
    let names = [("J_dd", 0, 0), ("J_dg", 0, 1), ("J_gd", 1, 0), ("J_gg", 1, 1)];
    for (name, row, column) in names {
        let ends = |k: usize| if k == 0 { (0, d) } else { (d, n) };
        let (rows, columns) = (ends(row), ends(column));
        let (w, h) = (text_width(name, Letters::small()) + 8.0, SMALL + 6.0);
        let room = (at(columns.1) - at(columns.0), at(rows.1) - at(rows.0));
        if room.0 > 1.5 * w && room.1 > 1.5 * h {
            let plate = Rect { x: r.x + at(columns.1) - w - 3.0, y: r.y + at(rows.0) + 3.0, w, h };
            fill(sheet, plate, PAPER)?;
            text(sheet, name, (plate.x + 4.0, plate.y + h / 2.0), Letters::small())?;
        }
    }
    Ok(())
}

fn caption(jacobian: &DMatrix<f64>, d: usize, n: usize, cells: usize) -> String {
    let norm = |from: (usize, usize), size: (usize, usize)| plain(jacobian.view(from, size).norm(), 3);
    let g = n - d;
    let grain = match cells < n {
        true => format!(
            "Each cell is the root mean square of about {0} by {0} entries. ",
            n.div_ceil(cells.max(1))
        ),
        false => "Each cell is one entry. ".to_string(),
    };
    format!(
        "{grain}J_dd and J_gg are the players' own curvatures, J_dg and J_gd what each does to the other's motion. \
         Frobenius norms: J_dd {}, J_dg {}, J_gd {}, J_gg {}.",
        norm((0, 0), (d, d)),
        norm((0, d), (d, g)),
        norm((d, 0), (g, d)),
        norm((d, d), (g, g))
    )
}

fn csv(cuts: &[usize], cells: &[Vec<f64>]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["first_row", "first_column", "root_mean_square"]);
    for (row, from) in cells.iter().zip(cuts) {
        for (cell, column) in row.iter().zip(cuts) {
            csv.row(&[], &[*from as f64, *column as f64, *cell]);
        }
    }
    csv.finish()
}

/// The spectra of the blocks, each sorted: the players' own curvatures and how strongly they act on each other.
pub fn block_spectra(blocks: &Blocks) -> Picture {
    let words = Words {
        name: "blocks",
        title: "Spectra of the Jacobian's blocks",
        right: String::new(),
        caption: blocks_caption(blocks),
        csv: blocks_csv(blocks),
    };
    let (left, gap, right, top) = (84.0, 92.0, 22.0, 76.0);
    let side = (WIDTH - left - gap - right) / 2.0;
    captioned(words, top + 300.0 + 50.0, |sheet: &Sheet| -> Drawn {
        let panels = [
            ("own curvature: eigenvalues", "eigenvalue", [("H_dd", &blocks.h_dd), ("H_gg", &blocks.h_gg)]),
            (
                "interaction: singular values",
                "singular value",
                [("J_dg", &blocks.j_dg), ("J_gd", &blocks.j_gd)],
            ),
        ];
        for (k, (title, label, curves)) in panels.into_iter().enumerate() {
            let frame = Rect { x: left + k as f64 * (side + gap), y: top, w: side, h: 300.0 };
            sorted_curves(sheet, frame, title, label, curves)?;
        }
        Ok(())
    })
}

fn sorted_curves(
    sheet: &Sheet,
    frame: Rect,
    title: &str,
    label: &str,
    curves: [(&str, &Vec<f64>); 2],
) -> Drawn {
    let all: Vec<f64> = curves.iter().flat_map(|c| c.1.iter().copied()).filter(|v| v.is_finite()).collect();
    let top = all.iter().map(|v| v.abs()).fold(0.0, f64::max);
    // What is at rounding is zero.
    let moving: Vec<f64> = all.iter().copied().filter(|v| v.abs() > 1e-14 * top).collect();
    let scale = Scale::auto(&moving);
    let with_zero: Vec<f64> = all.iter().copied().chain([0.0]).collect();
    let y = scale.axis_of(&with_zero, 8, scale.label(label));
    let longest = curves.iter().map(|c| c.1.len()).max().unwrap_or(0).max(1) as f64;
    let mut x = Axis::whole((0.0, longest + 1.0), 5, "rank, the largest first").room(38.0);
    x.ticks.retain(|t| t.0 >= 1.0);
    if longest < 6.0 {
        x.ticks = (1..=longest as u64).map(|k| (k as f64, k.to_string())).collect();
    }
    let mut panel = Panel::new(sheet, frame, &x, &y, true)?;
    panel.path(&[(x.range.0, 0.0), (x.range.1, 0.0)], stroke(mix(GRID, INK, 0.4), 0.9))?;
    let styles = [(DISCRIMINATOR, Mark::Line), (GENERATOR, Mark::Dashed)];
    let mut keys = Vec::new();
    for ((name, values), (color, mark)) in curves.into_iter().zip(styles) {
        let mut sorted = values.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let points: Vec<At> =
            sorted.iter().enumerate().map(|(k, v)| (k as f64 + 1.0, scale.at(*v))).collect();
        if points.len() <= 40 {
            dots(&mut panel, &points, color)?;
        }
        // The two are equal in a zero-sum game: through the dashes the other is seen.
        match mark {
            Mark::Dashed => panel.dashed(&thinned(&points), color, 1.8)?,
            _ => panel.curve(&thinned(&points), color, 1.8)?,
        }
        keys.push(Key::new(format!("{name} ({})", step_text(values.len() as u64)), color, mark));
    }
    legend(sheet, &keys, (frame.x, frame.y - 12.0), frame.x + frame.w)?;
    panel.close(sheet)?;
    text(sheet, title, (frame.x + frame.w / 2.0, frame.y - 30.0), Letters::small().size(12.0).centered())
}

/// At most some 400 points of a sorted curve, the ends among them.
fn thinned(points: &[At]) -> Vec<At> {
    let count = points.len().min(400);
    (0..count).map(|k| points[k * (points.len() - 1) / (count - 1).max(1)]).collect()
}

fn blocks_caption(blocks: &Blocks) -> String {
    let ends = |values: &[f64]| match super::super::scale::bounds(values.iter().copied()) {
        Some((low, high)) => format!("{} to {}", plain(low, 3), plain(high, 3)),
        None => "none".into(),
    };
    let all = blocks.potential + blocks.hamiltonian;
    let share = if all > 0.0 { blocks.hamiltonian / all } else { 0.0 };
    format!(
        "H_dd = −J_dd: {}. H_gg = −J_gg: {}; a positive curvature contracts. Largest singular values: J_dg {}, \
         J_gd {}. Hamiltonian share of ‖J‖²: {:.1} %.",
        ends(&blocks.h_dd),
        ends(&blocks.h_gg),
        plain(blocks.j_dg.iter().copied().fold(0.0, f64::max), 3),
        plain(blocks.j_gd.iter().copied().fold(0.0, f64::max), 3),
        100.0 * share
    )
}

fn blocks_csv(blocks: &Blocks) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["block", "rank", "value"]);
    let lists =
        [("h_dd", &blocks.h_dd), ("h_gg", &blocks.h_gg), ("j_dg", &blocks.j_dg), ("j_gd", &blocks.j_gd)];
    for (name, values) in lists {
        let mut sorted = values.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        sorted.iter().enumerate().for_each(|(k, v)| csv.row(&[name], &[k as f64 + 1.0, *v]));
    }
    csv.finish()
}
