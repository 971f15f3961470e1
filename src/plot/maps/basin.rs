//! What became of the starts over a grid: the distance at the end, and the steps until they arrived.

use super::raster::behind;
use super::{BAR, FRAME, HEIGHT, LABEL_AT};
use crate::maps::{Fate, Grid, Side};
use crate::plot::Picture;
use crate::plot::canvas::{Key, Mark, legend};
use crate::plot::colorbar::ColorBar;
use crate::plot::panel::{At, Axis, Panel, ROOM_BELOW};
use crate::plot::phase::names;
use crate::plot::scale::{log_ticks, many_sizes, quantile, step_text, ticks};
use crate::plot::spectra::caption::{Words, captioned, plain};
use crate::plot::theme::{GENERATOR, INK, MUTED, PAPER, WIDTH, sequential};
use crate::scenario::Game;
use plotters::style::RGBColor;

/// Starts that left every bound.
const LEFT: RGBColor = GENERATOR;
/// Starts that had not arrived at the end.
const UNDER_WAY: RGBColor = RGBColor(0xD8, 0xD8, 0xD8);
/// Shades of a map; with few colours its pixels take few bytes.
const SHADES: usize = 96;
/// Decades that a map of distances shows, at most.
const DECADES: f64 = 16.0;

/// The distance from the nearest equilibrium at the end, on a logarithmic scale: dark where a start came near.
pub fn distance_map(grid: &Grid, game: &Game) -> Picture {
    let logs: Vec<f64> = grid.fates.iter().map(|fate| fate.distance.log10()).collect();
    let (low, high) = shown(&logs).unwrap_or((-1.0, 0.0));
    let low = low.max(high - DECADES).min(high - 0.5);
    let what =
        if grid.equilibrium_known { "distance from the nearest equilibrium" } else { "norm of the field" };
    let scale = Scale {
        range: (low, high),
        ticks: log_ticks(low, high, 8),
        label: format!("{what} after {} steps", step_text(grid.rounds)),
        dark_is_low: true,
    };
    let color = |fate: &Fate| match fate.left {
        Some(_) => LEFT,
        None => scale.color(fate.distance.log10()),
    };
    let title = if grid.equilibrium_known { "Where the starts end" } else { "How still the starts end" };
    map(grid, game, "distance", title, &scale, color, &[Key::new("left every bound", LEFT, Mark::Patch)])
}

/// The steps after which a start had arrived for good; None where none had, or no equilibrium is known.
pub fn arrival_map(grid: &Grid, game: &Game) -> Option<Picture> {
    let steps: Vec<f64> = grid.fates.iter().filter_map(|fate| fate.settled).map(f64::from).collect();
    if steps.is_empty() || !grid.equilibrium_known {
        return None;
    }
    let log = many_sizes(steps.iter().copied());
    let size = |steps: f64| if log { steps.max(1.0).log10() } else { steps };
    let (low, high) = shown(&steps.into_iter().map(size).collect::<Vec<_>>())?;
    let high = high.max(low + if log { 0.1 } else { 1.0 });
    let scale = Scale {
        range: (low, high),
        ticks: if log { log_ticks(low, high, 8) } else { ticks(low, high, 8) },
        label: format!("steps until it stays within {} of an equilibrium", plain(grid.within, 2)),
        dark_is_low: false,
    };
    let color = |fate: &Fate| match (fate.left, fate.settled) {
        (Some(_), _) => LEFT,
        (None, Some(steps)) => scale.color(size(f64::from(steps))),
        (None, None) => UNDER_WAY,
    };
    let more =
        [Key::new("not arrived", UNDER_WAY, Mark::Patch), Key::new("left every bound", LEFT, Mark::Patch)];
    Some(map(grid, game, "arrival", "When the starts arrive", &scale, color, &more))
}

/// The range of nearly all values: a few starts right at an equilibrium must not take all the colours.
fn shown(values: &[f64]) -> Option<(f64, f64)> {
    Some((quantile(values, 0.015)?, quantile(values, 0.995)?))
}

/// The colours of a quantity.
struct Scale {
    range: (f64, f64),
    ticks: Vec<(f64, String)>,
    label: String,
    dark_is_low: bool,
}

impl Scale {
    fn color(&self, value: f64) -> RGBColor {
        let (low, high) = self.range;
        self.shade(((value - low) / (high - low)).clamp(0.0, 1.0))
    }

    fn shade(&self, share: f64) -> RGBColor {
        if share.is_nan() {
            return MUTED;
        }
        let whole = (share * (SHADES - 1) as f64).round() / (SHADES - 1) as f64;
        // The palest colours are left out: they would look like paper.
        sequential(0.08 + 0.92 * if self.dark_is_low { 1.0 - whole } else { whole })
    }

    fn bar(&self) -> ColorBar {
        let (low, high) = self.range;
        ColorBar {
            colors: (0..SHADES).map(|k| self.shade(k as f64 / (SHADES - 1) as f64)).collect(),
            ticks: self.ticks.iter().map(|(at, text)| ((at - low) / (high - low), text.clone())).collect(),
            label: self.label.clone(),
        }
    }
}

fn map(
    grid: &Grid,
    game: &Game,
    name: &str,
    title: &str,
    scale: &Scale,
    color: impl Fn(&Fate) -> RGBColor,
    more: &[Key],
) -> Picture {
    let spots: Vec<At> = grid.equilibria.iter().map(|[x, y]| (*x, *y)).collect();
    let equilibrium = (!spots.is_empty()).then(|| Key::new("equilibrium", INK, Mark::Dot));
    let left = grid.left > 0;
    let keys: Vec<Key> =
        more.iter().filter(|key| left || key.color != LEFT).cloned().chain(equilibrium).collect();
    let words = Words { name, title, right: grid.scenario.clone(), caption: caption(grid, name), csv: None };
    let picture = captioned(words, HEIGHT, |sheet| {
        legend(sheet, &keys, (FRAME.x, 44.0), WIDTH - 14.0)?;
        let [x, y] = [&grid.across, &grid.up].map(|side| axis(side, game, grid.count));
        let mut panel = Panel::new(sheet, FRAME, &x.room(ROOM_BELOW), &y, false)?;
        panel.dots(&spots, PAPER, 5.0)?;
        panel.dots(&spots, INK, 3.2)?;
        panel.close(sheet)?;
        scale.bar().draw(sheet, BAR, LABEL_AT)
    });
    let cells: Vec<RGBColor> = grid.fates.iter().map(color).collect();
    behind(picture, FRAME, grid.count, &cells)
}

/// The axis of one side; half a cell lies beyond the first and the last start.
fn axis(side: &Side, game: &Game, count: usize) -> Axis {
    let half = 0.5 * (side.high - side.low) / (count.max(2) - 1) as f64;
    let single = game.on_paper().is_some_and(|paper| paper.sizes == [1, 1]);
    let player = if side.name.starts_with('d') { 0 } else { 1 };
    let name = if single { names(game)[player].clone() } else { side.name.clone() };
    let label = format!("{name} at the start ({})", ["discriminator", "generator"][player]);
    Axis::linear((side.low - half, side.high + half), 6, label)
}

fn caption(grid: &Grid, name: &str) -> String {
    let all = grid.fates.len() as u64;
    let share = |count: u64| plain(100.0 * count as f64 / all.max(1) as f64, 3);
    let starts = format!("{} by {} starts, {} steps each.", grid.count, grid.count, step_text(grid.rounds));
    let ends = match grid.equilibrium_known {
        true => format!(
            "{} % end within {} of an equilibrium, {} % left every bound.",
            share(grid.arrived),
            plain(grid.within, 2),
            share(grid.left)
        ),
        false => format!(
            "No equilibrium of this game is known, so the norm of the field stands for a distance. {} % left every \
             bound.",
            share(grid.left)
        ),
    };
    let looks = match (name, grid.stride) {
        ("arrival", 2..) => format!(" Looked at every {} steps.", grid.stride),
        _ => String::new(),
    };
    format!("{starts} {ends}{looks}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{pdf, png};

    /// Starts that end the nearer, the nearer to the middle they are; one corner has left.
    fn grid(count: usize) -> Grid {
        let side = |name: &str| Side { name: name.into(), low: -2.0, high: 2.0 };
        let (across, up) = (side("g0"), side("d0"));
        let fate = |index: usize| {
            let (x, y) = (across.at(index % count, count), up.at(index / count, count));
            let left = (x + y > 3.5).then_some(7);
            let distance = if left.is_some() { f64::NAN } else { 10f64.powf(-6.0 + 3.0 * x.hypot(y)) };
            Fate { distance, settled: (distance < 1e-3).then_some((100.0 * x.hypot(y)) as u32), left }
        };
        let fates: Vec<Fate> = (0..count * count).map(fate).collect();
        Grid {
            version: 1,
            scenario: "hopf".into(),
            across: across.clone(),
            up: up.clone(),
            count,
            rounds: 1000,
            stride: 4,
            within: 1e-3,
            equilibrium_known: true,
            equilibria: vec![[0.0, 0.0]],
            arrived: fates.iter().filter(|f| f.settled.is_some()).count() as u64,
            left: fates.iter().filter(|f| f.left.is_some()).count() as u64,
            fates,
        }
    }

    fn game() -> Game {
        Game::Bilinear(toml::from_str("matrix = [[1.0]]").unwrap())
    }

    #[test]
    fn the_pixels_are_the_cells_with_the_lowest_row_below() {
        let picture = distance_map(&grid(64), &game());
        assert!(picture.svg.len() < 60_000, "{}", picture.svg.len());
        let pixels = crate::plot::render::pixels(&picture.svg, 1.0).unwrap();
        let at = |x: f64, y: f64| {
            let of = |share: f64, from: f64, size: f64| (from + share * size) as u32;
            let p = pixels.pixel(of(x, FRAME.x, FRAME.w), of(1.0 - y, FRAME.y, FRAME.h)).unwrap();
            RGBColor(p.red(), p.green(), p.blue())
        };
        assert_eq!(at(0.99, 0.99), LEFT);
        let light = |c: RGBColor| u32::from(c.0) + u32::from(c.1) + u32::from(c.2);
        assert!(light(at(0.45, 0.45)) < light(at(0.2, 0.2)), "dark where it is near");
        assert!(at(0.99, 0.01) != LEFT && at(0.01, 0.99) != LEFT && at(0.01, 0.01) != LEFT);
        assert!(png(&picture.svg, 1.0).is_ok() && pdf(&picture.svg, 100.0).is_ok());
    }

    #[test]
    fn nothing_known_and_nothing_arrived_are_drawn_too() {
        let lost = Fate { distance: f64::NAN, settled: None, left: Some(1) };
        let unknown =
            Grid { equilibrium_known: false, equilibria: vec![], fates: vec![lost; 16], count: 4, ..grid(4) };
        assert!(distance_map(&unknown, &game()).alt.contains("No equilibrium"));
        assert_eq!(arrival_map(&unknown, &game()), None);
        assert!(arrival_map(&grid(9), &game()).is_some());
    }
}
