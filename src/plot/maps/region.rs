//! Where a game converges, cycles and diverges over two values of its scenario, and where theory puts the border.

use super::boundary::zero_line;
use super::raster::behind;
use super::{BAR, FRAME, HEIGHT, LABEL_AT};
use crate::maps::{Cell, Class, Region, Values};
use crate::plot::Picture;
use crate::plot::canvas::{Key, Mark, legend, stroke};
use crate::plot::colorbar::ColorBar;
use crate::plot::panel::{At, Axis, Panel, ROOM_BELOW};
use crate::plot::spectra::caption::{Words, captioned, plain};
use crate::plot::theme::{DISCRIMINATOR, GENERATOR, INK, PAPER, WIDTH, mix};
use plotters::style::RGBColor;

/// Motion that goes round.
const ROUND: RGBColor = RGBColor(0xF0, 0xE4, 0x42);
/// Decimal logarithms of |ln rate| that shades tell apart.
const SLOWEST: f64 = -4.0;
const FASTEST: f64 = 0.0;
/// Shades of a class.
const SHADES: usize = 24;
/// How far differences or ratios of values may be from equal and still count as such.
const EVEN: f64 = 1e-6;

/// The classes as colours, the measured rates as shades, the border of |mu| = 1 as a line.
pub fn region_map(region: &Region) -> Picture {
    let (across, up) = (Ladder::of(&region.across), Ladder::of(&region.up));
    let columns = region.across.values.len();
    let border = zero_line(columns, region.up.values.len(), |i, j| {
        region.cells.get(j * columns + i)?.radius.map(f64::ln)
    });
    let keys = [
        Key::new("converges", strong(Class::Converges), Mark::Patch),
        Key::new("cycles", ROUND, Mark::Patch),
        Key::new("diverges", strong(Class::Diverges), Mark::Patch),
        Key::new("theory: largest multiplier at the equilibrium has |μ| = 1", INK, Mark::Line),
    ];
    let shown = if border.is_empty() { 3 } else { 4 };
    let words = Words {
        name: "region",
        title: "Where training converges, cycles and diverges",
        right: region.scenario.clone(),
        caption: caption(region),
        csv: None,
    };
    let picture = captioned(words, HEIGHT, |sheet| {
        legend(sheet, &keys[..shown], (FRAME.x, 44.0), WIDTH - 14.0)?;
        let mut panel = Panel::new(sheet, FRAME, &across.axis().room(ROOM_BELOW), &up.axis(), false)?;
        let place = |at: At| (across.place(at.0), up.place(at.1));
        for (color, width) in [(PAPER, 4.5), (INK, 2.0)] {
            for piece in &border {
                panel.path(&piece.map(place), stroke(color, width))?;
            }
        }
        panel.close(sheet)?;
        bar().draw(sheet, BAR, LABEL_AT)
    });
    let cells: Vec<RGBColor> = region.cells.iter().map(color).collect();
    behind(picture, FRAME, columns, &cells)
}

/// The values of a key along an axis, a cell each.
struct Ladder<'a> {
    key: &'a str,
    values: &'a [f64],
    spacing: Spacing,
}

/// How values follow each other.
#[derive(Clone, Copy, PartialEq)]
enum Spacing {
    Differences,
    Ratios,
    Uneven,
}

impl<'a> Ladder<'a> {
    fn of(all: &'a Values) -> Self {
        let values = &all.values[..];
        let even = |apart: &dyn Fn(f64, f64) -> f64| {
            let first = apart(values[0], values[1]);
            first != 0.0 && values.windows(2).all(|pair| (apart(pair[0], pair[1]) / first - 1.0).abs() < EVEN)
        };
        let spacing = match () {
            () if even(&|a, b| b - a) => Spacing::Differences,
            () if values.iter().all(|x| *x > 0.0) && even(&|a, b| (b / a).ln()) => Spacing::Ratios,
            () => Spacing::Uneven,
        };
        Ladder { key: &all.key, values, spacing }
    }

    /// Where a place among the values, counted from 0, is on the axis.
    fn place(&self, at: f64) -> f64 {
        let size = |x: f64| if self.spacing == Spacing::Ratios { x.log10() } else { x };
        let last = self.values.len() - 1;
        let (low, high) = (size(self.values[0]), size(self.values[last]));
        if self.spacing == Spacing::Uneven { at } else { low + (high - low) * at / last as f64 }
    }

    fn axis(&self) -> Axis {
        let count = self.values.len();
        let range = (self.place(-0.5), self.place(count as f64 - 0.5));
        match self.spacing {
            Spacing::Differences => Axis::linear(range, 6, self.key),
            Spacing::Ratios => Axis::log(range, 6, self.key),
            Spacing::Uneven => {
                let every = count.div_ceil(8);
                let ticks = self.values.iter().enumerate().step_by(every);
                let ticks = ticks.map(|(k, x)| (k as f64, plain(*x, 3))).collect();
                Axis { ticks, ..Axis::linear(range, 6, self.key) }
            }
        }
    }
}

/// A class and a share of its strongest shade.
fn shade(class: Class, share: f64) -> RGBColor {
    let share = (share.clamp(0.0, 1.0) * (SHADES - 1) as f64).round() / (SHADES - 1) as f64;
    let from = |color: RGBColor| mix(PAPER, color, 0.3 + 0.7 * share);
    match class {
        Class::Converges => from(DISCRIMINATOR),
        Class::Cycles => ROUND,
        Class::Diverges => from(GENERATOR),
    }
}

fn strong(class: Class) -> RGBColor {
    shade(class, 0.75)
}

fn color(cell: &Cell) -> RGBColor {
    // Gone before it could be measured, or arrived at once, is fast.
    let speed = cell.rate.map_or(FASTEST, |rate| rate.ln().abs().log10());
    shade(cell.class, (speed - SLOWEST) / (FASTEST - SLOWEST))
}

/// Fast divergence at the bottom, cycles in the middle, fast convergence at the top.
fn bar() -> ColorBar {
    let of = |class: Class, k: usize| shade(class, k as f64 / (SHADES - 1) as f64);
    let middle = SHADES / 6;
    let colors: Vec<RGBColor> = (0..SHADES)
        .rev()
        .map(|k| of(Class::Diverges, k))
        .chain(std::iter::repeat_n(ROUND, middle))
        .chain((0..SHADES).map(|k| of(Class::Converges, k)))
        .collect();
    let all = colors.len() as f64;
    let ticks = (0..=4).flat_map(|k| {
        let (share, power) = (f64::from(k) / 4.0, SLOWEST + f64::from(k) * (FASTEST - SLOWEST) / 4.0);
        let size = crate::plot::scale::power_text(power as i32);
        let off = 0.5 * middle as f64 + share * (SHADES as f64);
        [(0.5 + off / all, format!("−{size}")), (0.5 - off / all, size)]
    });
    ColorBar { colors, ticks: ticks.collect(), label: "change of ln(distance) in a round, measured".into() }
}

fn caption(region: &Region) -> String {
    let all = region.cells.len();
    let share = |count: usize, of: usize| plain(100.0 * count as f64 / of.max(1) as f64, 3);
    let of = |class: Class| share(region.cells.iter().filter(|cell| cell.class == class).count(), all);
    let start = match region.near {
        Some(distance) => format!("starts {} from the equilibrium", plain(distance, 2)),
        None => "the scenario's own start".to_string(),
    };
    let judged: Vec<bool> = region.cells.iter().filter_map(Cell::agrees).collect();
    let theory = match judged.len() {
        0 => "No multipliers of the rule are to be had here.".to_string(),
        n => format!(
            "Theory and measurement agree on whether it converges in {} % of the cells.",
            share(judged.iter().filter(|agrees| **agrees).count(), n)
        ),
    };
    format!(
        "{} by {} pairs of values, {start}. {} % converge, {} % cycle, {} % diverge. {theory}",
        region.across.values.len(),
        region.up.values.len(),
        of(Class::Converges),
        of(Class::Cycles),
        of(Class::Diverges)
    )
}
