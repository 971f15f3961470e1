//! The discriminator over the plane: its logit as filled contours, where it pushes samples, and who is there.

use super::Picture;
use super::canvas::{About, Drawn, Key, Mark, Rect, Sheet, legend, picture, stroke};
use super::cloud::{CLOUD, Window, centers, chosen, plane};
use super::colorbar::ColorBar;
use super::contours::{Grid, Levels, any_usable};
use super::panel::{At, Panel};
use super::scale::{quantile, short, step_text, usable};
use super::table::Csv;
use super::theme::{GENERATOR, INK, PAPER, WIDTH, mix};
use crate::data::{Mode, Points};
use crate::run::folder::RunData;
use crate::run::record::{Frame, Landscape};
use crate::scenario::{Game, Objective, ObjectiveKind};

const PANELS: usize = 4;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 96.0;
const GAP: f64 = 10.0;

/// The discriminator's landscape at four steps; None where the run kept none.
pub fn landscape(run: &RunData, modes: Option<&[Mode]>) -> Option<Picture> {
    let frames = chosen(run, PANELS, |f| f.landscape.is_some());
    let levels = levels(&frames)?;
    let side = (WIDTH - LEFT - RIGHT - GAP * (PANELS - 1) as f64) / PANELS as f64;
    let about = About {
        name: "landscape",
        title: "The discriminator's landscape and its push",
        run: &run.scenario.name,
        alt: alt(&frames),
        csv: csv(run, &frames),
    };
    Some(picture(about, 78.0 + side + 42.0, |sheet| {
        legend(sheet, &keys(modes, is_critic(run)), (LEFT, 42.0), WIDTH)?;
        for (k, frame) in frames.iter().enumerate() {
            let r = Rect { x: LEFT + k as f64 * (side + GAP), y: 78.0, w: side, h: side };
            one(sheet, r, frame, &levels, run, modes, k == 0)?;
        }
        let bar = Rect { x: WIDTH - RIGHT + 8.0, y: 78.0, w: 14.0, h: side };
        color_bar(&levels, is_critic(run)).draw(sheet, bar, 62.0)
    }))
}

/// Whether the losses see differences of logits only, so that a constant added to the discriminator changes nothing.
pub fn is_critic(run: &RunData) -> bool {
    let Game::Gan(gan) = &run.scenario.game else { return false };
    let kinds = [ObjectiveKind::Wasserstein, ObjectiveKind::Relativistic];
    matches!(&gan.objective, Objective::Named(kind) if kinds.contains(kind))
}

/// Makes the median of every landscape 0 where only differences of logits mean anything.
pub fn center_critic(run: &mut RunData) {
    if !is_critic(run) {
        return;
    }
    for landscape in run.frames.iter_mut().filter_map(|f| f.landscape.as_mut()) {
        let logits: Vec<f64> = landscape.logits.iter().map(|v| f64::from(*v)).collect();
        let Some(median) = quantile(&logits, 0.5) else { continue };
        landscape.logits.iter_mut().for_each(|v| *v -= median as f32);
    }
}

/// Levels that suit the landscapes of all the frames.
pub fn levels(frames: &[&Frame]) -> Option<Levels> {
    let landscapes = frames.iter().filter_map(|f| f.landscape.as_ref());
    let logits: Vec<f64> = landscapes.flat_map(|l| l.logits.iter().map(|v| f64::from(*v))).collect();
    (!logits.is_empty()).then(|| Levels::new(&logits))
}

/// What the dark dots are.
pub fn data_key(modes: Option<&[Mode]>) -> Key {
    let label = if centers(modes).is_empty() { "real" } else { "centres of the data's modes" };
    Key::new(label, INK, Mark::Dot)
}

fn keys(modes: Option<&[Mode]>, critic: bool) -> [Key; 4] {
    [
        data_key(modes),
        Key::new("generated", GENERATOR, Mark::Dot),
        Key::new(if critic { "median of D" } else { "D = 0" }, INK, Mark::Line),
        Key::new("push of the generator's loss on a sample", mix(INK, PAPER, 0.2), Mark::Arrow),
    ]
}

fn one(
    sheet: &Sheet,
    r: Rect,
    frame: &Frame,
    levels: &Levels,
    run: &RunData,
    modes: Option<&[Mode]>,
    left: bool,
) -> Drawn {
    let Some(landscape) = &frame.landscape else { return Ok(()) };
    let [x0, x1, y0, y1] = landscape.window;
    let window = Window { x: (x0, x1), y: (y0, y1) };
    if !(usable(x0) && usable(y0) && x1 > x0 && y1 > y0) {
        return Ok(());
    }
    let (x, y) = window.axes(2, left, true);
    let mut panel = Panel::new(sheet, r, &x, &y, false)?;
    if any_usable(&landscape.logits) {
        ground(&mut panel, landscape, levels)?;
    } else {
        panel.note(sheet, "no finite logit")?;
    }
    arrows(&mut panel, landscape, r.w)?;
    who(&mut panel, &run.real, &frame.samples, modes)?;
    panel.close(sheet)?;
    panel.title(sheet, &format!("step {}", step_text(frame.step)))
}

/// Paints the contours and the line D = 0.
pub fn ground(panel: &mut Panel, landscape: &Landscape, levels: &Levels) -> Drawn {
    let grid = Grid { side: landscape.side, values: &landscape.logits, window: landscape.window };
    let (colors, rings) = (levels.colors(), levels.rings(&grid));
    for ring in &rings {
        panel.polygon(&ring.corners, colors[ring.band])?;
    }
    let zero = levels.at.len() / 2;
    let [x0, x1, y0, y1] = landscape.window;
    let on_edge = |p: &At| p.0 <= x0 || p.0 >= x1 || p.1 <= y0 || p.1 >= y1;
    for ring in rings.iter().skip(1).filter(|r| r.edge == zero) {
        // Where a ring runs along the window's edge it is no contour.
        let broken: Vec<At> = ring
            .corners
            .iter()
            .flat_map(|p| if on_edge(p) { vec![*p, (f64::NAN, f64::NAN), *p] } else { vec![*p] })
            .collect();
        panel.path(&broken, stroke(mix(INK, PAPER, 0.2), 1.0))?;
    }
    Ok(())
}

/// Draws the push: direction as it is, length as the root of the size relative to the largest of the panel.
fn arrows(panel: &mut Panel, landscape: &Landscape, width: f64) -> Drawn {
    let side = landscape.push_side;
    let size = |p: &[f32; 2]| f64::from(p[0]).hypot(f64::from(p[1]));
    let largest = landscape.push.iter().map(size).filter(|s| usable(*s)).fold(0.0, f64::max);
    if side == 0 || landscape.push.len() != side * side || largest <= 0.0 {
        return Ok(());
    }
    let [x0, x1, y0, y1] = landscape.window;
    let cell = ((x1 - x0) / side as f64, (y1 - y0) / side as f64);
    let style = stroke(mix(INK, PAPER, 0.4), 0.7);
    for (k, push) in landscape.push.iter().enumerate() {
        let share = (size(push) / largest).sqrt();
        if !share.is_finite() || share * width / (side as f64) < 2.0 {
            continue;
        }
        let center = (x0 + cell.0 * ((k % side) as f64 + 0.5), y0 + cell.1 * ((k / side) as f64 + 0.5));
        let unit = (f64::from(push[0]) / size(push), f64::from(push[1]) / size(push));
        panel.path(&arrow(center, unit, (0.92 * share * cell.0, 0.92 * share * cell.1)), style)?;
    }
    Ok(())
}

/// One arrow as one stroke: shaft, then both barbs.
fn arrow(center: At, unit: At, length: At) -> [At; 5] {
    let along = |u: f64, v: f64| {
        (center.0 + length.0 * (u * unit.0 - v * unit.1), center.1 + length.1 * (u * unit.1 + v * unit.0))
    };
    [along(-0.5, 0.0), along(0.5, 0.0), along(0.2, 0.2), along(0.5, 0.0), along(0.2, -0.2)]
}

/// Real and generated samples, each with a pale edge that keeps them apart from the ground.
pub fn who(panel: &mut Panel, real: &Points, samples: &Points, modes: Option<&[Mode]>) -> Drawn {
    marks(panel, real, modes)?;
    let generated = plane(samples, CLOUD / 2);
    panel.dots(&generated, PAPER, 1.9)?;
    panel.dots(&generated, GENERATOR, 1.2)
}

/// The centres of the modes, or some real samples where there are no modes.
pub fn marks(panel: &mut Panel, real: &Points, modes: Option<&[Mode]>) -> Drawn {
    let centers = centers(modes);
    let (points, radius) = if centers.is_empty() { (plane(real, CLOUD / 3), 1.0) } else { (centers, 2.2) };
    panel.dots(&points, PAPER, radius + 0.8)?;
    panel.dots(&points, INK, radius)
}

fn color_bar(levels: &Levels, critic: bool) -> ColorBar {
    let bands = levels.at.len() as f64 + 1.0;
    let ticks = levels.at.iter().enumerate().map(|(k, v)| ((k + 1) as f64 / bands, short(*v, 1)));
    ColorBar {
        colors: levels.colors(),
        ticks: ticks.collect(),
        label: if critic { "D(x) less its median" } else { "logit D(x)" }.into(),
    }
}

fn alt(frames: &[&Frame]) -> String {
    let steps: Vec<String> = frames.iter().map(|f| step_text(f.step)).collect();
    format!(
        "The discriminator's logit over the plane at steps {}: green where it takes a point for real, purple where \
         it takes it for generated, with real samples (black), generated samples (orange) and the direction in which \
         the generator's loss pushes a sample. Arrow lengths grow with the square root of the push.",
        steps.join("; ")
    )
}

fn csv(run: &RunData, frames: &[&Frame]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["kind", "step", "x1", "x2", "value1", "value2"]);
    for (x, y) in plane(&run.real, CLOUD) {
        csv.row(&["real"], &[f64::NAN, x, y]);
    }
    for frame in frames {
        let Some(l) = &frame.landscape else { continue };
        let step = frame.step as f64;
        let [x0, x1, y0, y1] = l.window;
        let node = |k: usize, from: f64, to: f64| from + (to - from) * k as f64 / (l.side.max(2) - 1) as f64;
        let middle =
            |k: usize, from: f64, to: f64| from + (to - from) * (k as f64 + 0.5) / l.push_side as f64;
        for (k, v) in l.logits.iter().enumerate().filter(|_| l.side > 0) {
            csv.row(&["logit"], &[step, node(k % l.side, x0, x1), node(k / l.side, y0, y1), f64::from(*v)]);
        }
        for (k, p) in l.push.iter().enumerate().filter(|_| l.push_side > 0) {
            let at = (middle(k % l.push_side, x0, x1), middle(k / l.push_side, y0, y1));
            csv.row(&["push"], &[step, at.0, at.1, f64::from(p[0]), f64::from(p[1])]);
        }
        for (x, y) in plane(&frame.samples, CLOUD) {
            csv.row(&["generated"], &[step, x, y]);
        }
    }
    csv.finish()
}
