//! The plane of a game on paper with one parameter a player: its field, the path through it, its equilibria.

use super::Picture;
use super::canvas::{About, Drawn, Key, Mark, Rect, Sheet, legend, picture, segment, stroke};
use super::lanes::{Lane, Series, divergence, step_range};
use super::panel::{At, Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use super::scale::{bounds, many_sizes, number, padded, quantile, step_text, usable};
use super::table::Csv;
use super::theme::{DISCRIMINATOR, GENERATOR, INK, MUTED, PAPER, THIRD, WIDTH, mix, sequential};
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::scenario::Game;

const SIDE: f64 = 500.0;
const TOP: f64 = 66.0;
const LEFT: f64 = ROOM_LEFT + 8.0;
/// Arrows along each side.
const ARROWS: usize = 19;
/// Pieces of the path, each a shade darker than the one before.
const PIECES: usize = 40;

/// The generator's parameter across, the discriminator's up; None where a player has more than one, or networks.
pub fn phase(run: &RunData) -> Option<Picture> {
    let game = paper_of(&run.scenario).ok().filter(|game| game.sizes() == [1, 1])?;
    let path: Vec<At> = run.table.column("g0")?.into_iter().zip(run.table.column("d0")?).collect();
    let shown: Vec<At> = path.iter().copied().filter(|p| usable(p.0) && usable(p.1)).collect();
    let (first, last) = (*shown.first()?, *shown.last()?);
    let spots: Vec<At> = game.equilibria(run.info.step).iter().map(|e| (e.g[0], e.d[0])).collect();
    let nearest = nearest(&spots, last);
    let (x, y) = window(&shown, nearest);
    let [d, g] = names(&run.scenario.game);
    let steps = step_range(&[run]);
    let keys: Vec<Key> = [
        Some(Key::new("field", mix(INK, PAPER, 0.45), Mark::Arrow)),
        Some(Key::new("path, darker with time", sequential(0.75), Mark::Line)),
        Some(Key::new("start", THIRD, Mark::Dot)),
        Some(Key::new(format!("step {}", step_text(run.info.step)), GENERATOR, Mark::Dot)),
        nearest.map(|_| Key::new("equilibrium", INK, Mark::Dot)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let about = About {
        name: "phase",
        title: "The path in the plane of the two players",
        run: &run.scenario.name,
        alt: alt(run, [d, g], first, last, nearest),
        csv: csv(run),
    };
    Some(picture(about, TOP + SIDE + ROOM_BELOW + 6.0, |sheet| {
        legend(sheet, &keys, (LEFT, 44.0), WIDTH - 14.0)?;
        let frame = Rect { x: LEFT, y: TOP, w: SIDE, h: SIDE };
        let across = Axis::linear(x, 6, format!("{g} (generator)"));
        let up = Axis::linear(y, 6, format!("{d} (discriminator)"));
        let mut panel = Panel::new(sheet, frame, &across.room(ROOM_BELOW), &up, true)?;
        arrows(sheet, &panel, &game, run.info.step)?;
        let piece = (path.len() / PIECES).max(1);
        for (k, points) in pieces(&path, piece).enumerate() {
            let share = (k * piece) as f64 / path.len() as f64;
            panel.curve(points, sequential(0.35 + 0.65 * share), 1.5)?;
        }
        panel.dots(&[first], THIRD, 4.5)?;
        panel.dots(&[last], GENERATOR, 4.5)?;
        // Small enough to leave a rim of a point that has arrived there.
        panel.dots(&spots, INK, 2.6)?;
        panel.close(sheet)?;
        beside(sheet, run, [d, g], steps)
    }))
}

/// The players' parameters and the distance over the steps, at the right of the plane.
fn beside(sheet: &Sheet, run: &RunData, [d, g]: [&str; 2], steps: (f64, f64)) -> Drawn {
    let series = [Series::of(run, "d0", d, DISCRIMINATOR), Series::of(run, "g0", g, GENERATOR)];
    let away = Series::of(run, "distance_equilibrium", "", MUTED);
    let lanes = [
        Lane { label: "parameter".into(), series: series.into_iter().flatten().collect(), ..Lane::default() },
        Lane {
            label: "distance from the equilibrium".into(),
            log: away.as_ref().is_some_and(|away| many_sizes(away.points.iter().map(|p| p.1))),
            series: away.into_iter().collect(),
            ..Lane::default()
        },
    ];
    let lanes: Vec<Lane> = lanes.into_iter().filter(|lane| !lane.series.is_empty()).collect();
    let x = LEFT + SIDE + ROOM_LEFT + 14.0;
    let gap = 34.0;
    let h = (SIDE - gap * (lanes.len() as f64 - 1.0)) / lanes.len() as f64;
    for (k, lane) in lanes.iter().enumerate() {
        let frame = Rect { x, y: TOP + k as f64 * (h + gap), w: WIDTH - 26.0 - x, h };
        let lane = Lane { height: h, ..lane.clone() };
        let mut panel = lane.draw(sheet, frame, steps, k + 1 == lanes.len())?;
        divergence(sheet, run, &mut panel, false)?;
        panel.close(sheet)?;
    }
    Ok(())
}

/// Pieces of a path that share their ends, so that no gap is seen.
fn pieces(path: &[At], piece: usize) -> impl Iterator<Item = &[At]> {
    (0..path.len()).step_by(piece).map(move |k| &path[k..path.len().min(k + piece + 1)])
}

/// The equilibrium that the path ended nearest to.
fn nearest(spots: &[At], last: At) -> Option<At> {
    let away = |p: &At| (p.0 - last.0).hypot(p.1 - last.1);
    spots.iter().copied().min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// How many times farther than its start or than half of its points a path is followed.
const REACH: f64 = 30.0;

/// A window of equal scales around the path and the equilibrium; a path that leaves every bound runs out of it.
fn window(path: &[At], equilibrium: Option<At>) -> (At, At) {
    let center = equilibrium.unwrap_or(path[0]);
    let away = |p: &At| (p.0 - center.0).hypot(p.1 - center.1);
    let usual = quantile(&path.iter().map(away).collect::<Vec<_>>(), 0.5).unwrap_or(0.0);
    let reach = REACH * away(&path[0]).max(usual);
    let all = || path.iter().copied().filter(|p| away(p) <= reach).chain(equilibrium);
    let range = |values: Vec<f64>| {
        let (low, high) = bounds(values).unwrap_or((-1.0, 1.0));
        padded(low, high, 0.1)
    };
    let (x, y) = (range(all().map(|p| p.0).collect()), range(all().map(|p| p.1).collect()));
    let half = 0.5 * (x.1 - x.0).max(y.1 - y.0);
    let around = |(low, high): (f64, f64)| (0.5 * (low + high) - half, 0.5 * (low + high) + half);
    (around(x), around(y))
}

/// An arrow along the field at the centre of each of equal cells; its length grows with the square root of the speed.
fn arrows(sheet: &Sheet, panel: &Panel, game: &Analytic, step: u64) -> Drawn {
    let middle = |k: usize, (low, high): (f64, f64)| low + (high - low) * (k as f64 + 0.5) / ARROWS as f64;
    let cells = (0..ARROWS * ARROWS).map(|k| (middle(k % ARROWS, panel.x), middle(k / ARROWS, panel.y)));
    let field = |(x, y): At| {
        let at = Joint { d: vec![y], g: vec![x] };
        let v = game.field(&at, &game.draw(Draw { step, draw: 0 })).ok()?;
        Some((v.g[0], v.d[0])).filter(|v| usable(v.0) && usable(v.1))
    };
    let all: Vec<(At, At)> = cells.filter_map(|at| Some((at, field(at)?))).collect();
    let fastest = all.iter().map(|(_, v)| v.0.hypot(v.1)).fold(0.0, f64::max);
    let cell = panel.frame.w / ARROWS as f64;
    for (at, v) in all {
        let speed = v.0.hypot(v.1);
        if speed <= 1e-12 * fastest {
            continue;
        }
        let length = 0.92 * cell * (speed / fastest).sqrt();
        let (ux, uy) = (v.0 / speed, -v.1 / speed);
        let (px, py) = panel.place(at);
        let tip = (px + 0.5 * length * ux, py + 0.5 * length * uy);
        let style = stroke(mix(INK, PAPER, 0.55), 0.9);
        segment(sheet, (px - 0.5 * length * ux, py - 0.5 * length * uy), tip, style)?;
        let head = (0.35 * length).min(5.0);
        for side in [-0.4, 0.4] {
            let back = (tip.0 - head * (ux + side * uy), tip.1 - head * (uy - side * ux));
            segment(sheet, tip, back, style)?;
        }
    }
    Ok(())
}

/// What the two parameters are called: discriminator, generator.
pub fn names(game: &Game) -> [&'static str; 2] {
    match game {
        Game::Dirac(_) => ["ψ", "θ"],
        Game::Uniform(_) => ["w", "a"],
        _ => ["d", "g"],
    }
}

fn alt(run: &RunData, [d, g]: [&str; 2], first: At, last: At, equilibrium: Option<At>) -> String {
    let place = |(x, y): At| format!("({}, {})", number(x, 1e-3), number(y, 1e-3));
    let there = equilibrium.map_or(String::new(), |e| format!("; the equilibrium is at {}", place(e)));
    format!(
        "The plane of {g} and {d} with arrows along the field, drawn at length growing with the square root of its \
         speed. The path starts at {} and is at {} at step {}{there}.",
        place(first),
        place(last),
        step_text(run.info.step)
    )
}

fn csv(run: &RunData) -> Option<Vec<u8>> {
    let columns = ["step", "d0", "g0", "distance_equilibrium"];
    let values: Vec<Vec<f64>> = columns.iter().map(|name| run.table.column(name)).collect::<Option<_>>()?;
    let mut csv = Csv::new(&columns);
    for row in 0..values[0].len() {
        csv.row(&[], &values.iter().map(|column| column[row]).collect::<Vec<_>>());
    }
    csv.finish()
}
