//! The motion as a looping GIF: the path growing through the plane, the distance from the equilibrium beside it.

use super::super::animation::{Palette, film as looped};
use super::super::canvas::{Drawn, Letters, Rect, Sheet, document, fitted, sheet, text};
use super::super::lanes::{Lane, Series, step_range};
use super::super::panel::{At, Axis, Panel, ROOM_BELOW};
use super::super::scale::{bounds, log_range, many_sizes, padded, step_text};
use super::super::theme::{ALARM, DISCRIMINATOR, GENERATOR, GRID, INK, MUTED, PAPER, THIRD, mix};
use super::ground::{Ground, SHADES, draw_nullclines, shade_color};
use super::{Scene, cased};
use crate::run::folder::RunData;

const WIDTH: f64 = 620.0;
const HEIGHT: f64 = 330.0;
const HEAD: f64 = 24.0;
const SIDE: f64 = 264.0;
/// Frames, the first and the last included.
const FRAMES: usize = 40;
/// Distance of streamlines in shares of the window.
const SEPARATION: f64 = 0.06;
/// A path nearer to its end than this share of the window has arrived, as far as can be seen.
const ARRIVED: f64 = 0.01;

/// The film; None where a player has more than one parameter, for networks, and where nothing moves.
pub fn film(run: &RunData) -> Option<Vec<u8>> {
    let scene = Scene::of(run)?;
    let last = scene.records.len() - 1;
    if last == 0 {
        return None;
    }
    let ends: Vec<usize> = frames(&scene);
    let beside = Beside::of(run);
    let field = |at: At| scene.plane.field(at);
    let ground = Ground::new(&field, scene.window, SEPARATION);
    let pictures = ends.iter().map(|end| {
        let (body, _) = sheet(WIDTH, HEIGHT, |sheet| draw(sheet, &scene, &ground, &beside, *end));
        document(WIDTH, HEIGHT, "", "", &body)
    });
    looped(pictures, ends.len(), (WIDTH as u16, HEIGHT as u16), &palette())
}

/// The record that each frame ends at: evenly spread over the part of the run in which something is seen to move.
fn frames(scene: &Scene) -> Vec<usize> {
    let last = scene.records.len() - 1;
    let end = scene.window.shares(scene.records[last].1);
    let moves = |record: &(f64, At)| {
        let at = scene.window.shares(record.1);
        scene.window.holds(record.1) && (at.0 - end.0).hypot(at.1 - end.1) > ARRIVED
    };
    let quiet = scene.records.iter().rposition(moves).map_or(last, |k| (k + 2).min(last));
    let count = FRAMES.min(quiet + 1).max(2);
    let mut all: Vec<usize> = (0..count).map(|k| quiet * k / (count - 1)).collect();
    if quiet < last {
        all.push(last);
    }
    all.dedup();
    all
}

/// The curves at the right of the plane.
struct Beside {
    label: &'static str,
    log: bool,
    range: (f64, f64),
    series: Vec<Series>,
    steps: (f64, f64),
}

impl Beside {
    fn of(run: &RunData) -> Self {
        let away = Series::of(run, "distance_equilibrium", "", THIRD);
        let (label, series) = match away {
            Some(away) => ("distance from the equilibrium", vec![away]),
            None => {
                let all = [Series::of(run, "d0", "", DISCRIMINATOR), Series::of(run, "g0", "", GENERATOR)];
                ("parameters", all.into_iter().flatten().collect())
            }
        };
        let values: Vec<f64> = series.iter().flat_map(|s| &s.points).map(|p| p.1).collect();
        let log = label != "parameters" && many_sizes(values.iter().copied());
        let range = match log {
            true => log_range(&values.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect::<Vec<_>>()),
            false => bounds(values).map_or((0.0, 1.0), |(low, high)| padded(low, high, 0.06)),
        };
        Beside { label, log, range, series, steps: step_range(&[run]) }
    }

    /// The curves up to a step.
    fn draw(&self, sheet: &Sheet, frame: Rect, step: f64) -> Drawn {
        let cut = |series: &Series| Series {
            points: series.points.iter().copied().filter(|p| p.0 <= step).collect(),
            ..series.clone()
        };
        let series = self.series.iter().map(cut).collect();
        let (label, range) = (self.label.to_string(), Some(self.range));
        let lane = Lane { label, log: self.log, whole: false, range, series, height: frame.h };
        let panel = lane.draw(sheet, frame, self.steps, true)?;
        panel.close(sheet)
    }
}

fn draw(sheet: &Sheet, scene: &Scene, ground: &Ground, beside: &Beside, end: usize) -> Drawn {
    let [d, g] = &scene.names;
    let frame = Rect { x: 48.0, y: HEAD, w: SIDE, h: SIDE };
    let across = Axis::linear(scene.window.x, 4, g.as_str()).room(ROOM_BELOW);
    let up = Axis::linear(scene.window.y, 5, d.as_str()).room(44.0);
    let mut panel = Panel::new(sheet, frame, &across, &up, false)?;
    ground.draw(sheet, &mut panel, 0.9)?;
    draw_nullclines(&mut panel, &scene.nullclines)?;
    // The path between the records, in proportion.
    let share = (scene.path.len() - 1) * end / (scene.records.len() - 1).max(1);
    let path = &scene.path[..=share];
    cased(&mut panel, path, INK)?;
    for equilibrium in scene.marked() {
        equilibrium.kind.mark(sheet, panel.place(equilibrium.at), 4.0)?;
    }
    panel.dots(&path[share..], PAPER, 4.6)?;
    panel.dots(&path[share..], ALARM, 3.6)?;
    panel.close(sheet)?;
    let step = scene.records[end].0;
    let x = frame.x + SIDE + 80.0;
    beside.draw(sheet, Rect { x, w: WIDTH - 20.0 - x, ..frame }, step)?;
    let letters = Letters::small().size(12.0);
    text(sheet, &format!("step {}", step_text(step as u64)), (frame.x, HEAD / 2.0), letters)?;
    let name = fitted(&scene.run.scenario.name, WIDTH - 220.0, letters);
    text(sheet, &name, (WIDTH - 20.0, HEAD / 2.0), letters.color(MUTED).ending())
}

/// All that is drawn, and what lies between it along edges.
fn palette() -> Palette {
    let marks = [INK, ALARM, MUTED, GRID, THIRD, DISCRIMINATOR, GENERATOR];
    let mut colors = vec![PAPER];
    for mark in marks {
        colors.extend((0..8).map(|k| mix(mark, PAPER, f64::from(k) / 8.0)));
    }
    for shade in 0..SHADES {
        colors.extend((0..6).map(|k| mix(shade_color(shade), PAPER, f64::from(k) / 6.0)));
        colors.push(mix(shade_color(shade), INK, 0.5));
    }
    Palette::of(colors)
}
