//! The plane of a game on paper with one parameter a player: its field, its equilibria, and paths through it.

mod column;
mod equilibria;
mod film;
mod ground;
mod nullclines;
mod parts;
mod paths;
mod plane;
mod projection;
mod streamlines;

pub use film::film;
pub use paths::walk;
pub use plane::names;

use super::Picture;
use super::canvas::{Drawn, Key, Mark, Rect, Sheet};
use super::panel::{At, Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use super::scale::{step_text, usable};
use super::spectra::caption::{Words, captioned, plain};
use super::table::Csv;
use super::theme::{ALARM, INK, PAPER, RUNS, THIRD, speed};
use crate::game::Joint;
use crate::run::folder::RunData;
use crate::run::paper_of;
use column::{Column, Sign, cross};
use equilibria::{CURVE, Equilibrium, Kind, equilibria};
use ground::{Ground, NULLCLINES, draw_nullclines};
use nalgebra::Complex;
use nullclines::nullclines;
use paths::{flow, leaves, replayed, time_of};
use plane::{Plane, Window, place, point};
use plotters::style::RGBColor;

const SIDE: f64 = 540.0;
const TOP: f64 = 40.0;
const LEFT: f64 = ROOM_LEFT + 8.0;
/// The colour bar, and the column of signs beside it.
const BAR: f64 = LEFT + SIDE + 12.0;
const COLUMN: f64 = BAR + 82.0;
/// Distance of streamlines in shares of the window.
const SEPARATION: f64 = 0.032;
/// Paths from further starts.
const FURTHER: RGBColor = RUNS[3];
/// Records farther apart than this many pixels, in the mean, get a dot each.
const DOTS: f64 = 14.0;
/// More records than this would be a string of beads.
const DOTTED: usize = 200;
/// Of a curve of equilibria some are marked, so far apart in shares of the window.
const BESIDE: f64 = 0.08;
/// Equilibria that are named one by one.
const NAMED: usize = 5;

/// The plane of a game of two parameters, and what its field is made of there; of a game of more a projection of the path
/// alone; nothing for networks.
pub fn phase(run: &RunData) -> Vec<Picture> {
    match Scene::of(run) {
        Some(scene) => vec![plane_of(&scene), parts::parts(&scene)],
        None => projection::projection(run).into_iter().collect(),
    }
}

/// The generator's parameter across, the discriminator's up.
fn plane_of(scene: &Scene) -> Picture {
    let words = Words {
        name: "phase",
        title: "The field, and the path through it",
        right: scene.run.scenario.name.clone(),
        caption: scene.caption(),
        csv: scene.csv(),
    };
    captioned(words, TOP + SIDE + ROOM_BELOW + 6.0, |sheet| scene.draw(sheet))
}

/// All that the picture shows.
struct Scene<'a> {
    run: &'a RunData,
    plane: Plane,
    window: Window,
    /// The records of the run: step, and place.
    records: Vec<(f64, At)>,
    /// The run's path, the points between its records too.
    path: Vec<At>,
    /// Paths from further starts.
    further: Vec<Vec<At>>,
    flow: Vec<At>,
    equilibria: Vec<Equilibrium>,
    nullclines: [Vec<Vec<At>>; 2],
    names: [String; 2],
}

impl<'a> Scene<'a> {
    fn of(run: &'a RunData) -> Option<Self> {
        let plane = Plane::of(paper_of(&run.scenario).ok()?, run.info.step)?;
        let records = records(run)?;
        let steps = run.info.step.max(1);
        let further: Vec<Vec<At>> = run
            .scenario
            .record
            .starts
            .iter()
            .map(|start| {
                let start = Joint { d: start.d.clone(), g: start.g.clone() };
                let walked = walk(&run.scenario, &plane.game, &start, run.scenario.train.steps);
                walked.iter().map(|(_, point)| place(point)).collect()
            })
            .collect();
        let recorded = records.iter().map(|(step, at)| (*step as u64, point(*at))).collect();
        let replayed = replayed(run, &plane.game, recorded);
        let path: Vec<At> = replayed.iter().map(|(_, at)| place(at)).collect();
        let last = *path.last()?;
        let nearest = plane.game.nearest_equilibrium(&point(last), plane.step).as_ref().map(place);
        let paths: Vec<Vec<At>> = std::iter::once(path.clone()).chain(further.iter().cloned()).collect();
        let window = Window::around(&paths, nearest);
        let flow = flow(&plane, path[0], time_of(&run.scenario, steps), window);
        let equilibria = equilibria(&plane, window);
        let nullclines = nullclines(&|at| plane.field(at), window);
        let names = names(&run.scenario.game);
        Some(Scene { run, plane, window, records, path, further, flow, equilibria, nullclines, names })
    }

    fn draw(&self, sheet: &Sheet) -> Drawn {
        let [d, g] = &self.names;
        let frame = Rect { x: LEFT, y: TOP, w: SIDE, h: SIDE };
        let across = Axis::linear(self.window.x, 6, format!("{g} (generator)")).room(ROOM_BELOW);
        let up = Axis::linear(self.window.y, 6, format!("{d} (discriminator)"));
        let mut panel = Panel::new(sheet, frame, &across, &up, false)?;
        let field = |at: At| self.plane.field(at);
        let ground = Ground::new(&field, self.window, SEPARATION);
        ground.draw(sheet, &mut panel, 1.0)?;
        draw_nullclines(&mut panel, &self.nullclines)?;
        for path in &self.further {
            cased(&mut panel, path, FURTHER)?;
        }
        cased(&mut panel, &self.path, INK)?;
        let records: Vec<At> = self.records.iter().map(|r| r.1).collect();
        if self.dotted() {
            panel.dots(&records, INK, 2.2)?;
        }
        panel.dashed(&self.flow, THIRD, 1.8)?;
        for equilibrium in self.marked() {
            equilibrium.kind.mark(sheet, panel.place(equilibrium.at), 5.0)?;
        }
        path_ends(sheet, &mut panel, &self.path, &self.further, self.window)?;
        panel.close(sheet)?;
        ground.bar("speed ‖v‖").draw(sheet, Rect { x: BAR, y: TOP, w: 12.0, h: SIDE }, 48.0)?;
        self.column(sheet)
    }

    /// Whether records are few and far enough apart to have a dot each.
    fn dotted(&self) -> bool {
        let inside: Vec<&[(f64, At)]> =
            self.records.windows(2).filter(|pair| pair.iter().all(|r| self.window.holds(r.1))).collect();
        let apart = |pair: &&[(f64, At)]| (pair[1].1.0 - pair[0].1.0).hypot(pair[1].1.1 - pair[0].1.1);
        let mean = inside.iter().map(apart).sum::<f64>() / inside.len().max(1) as f64;
        (1..=DOTTED).contains(&inside.len()) && mean * SIDE / self.window.width() > DOTS
    }

    /// What each sign means, at the right of the plane.
    fn column(&self, sheet: &Sheet) -> Drawn {
        let [d, g] = &self.names;
        let mut column = Column { x: COLUMN, y: TOP + 8.0 };
        let field = [
            Key::new("streamlines, darker where faster", speed(0.7), Mark::Arrow),
            Key::new(format!("{g} at rest (nullcline)"), NULLCLINES[0], Mark::Dashed),
            Key::new(format!("{d} at rest (nullcline)"), NULLCLINES[1], Mark::Dashed),
            Key::new(self.path_words(), INK, Mark::Line),
            Key::new("its start", INK, Mark::Ring),
        ];
        field.into_iter().try_for_each(|key| column.key(sheet, key))?;
        match leaves(&self.path, self.window) {
            None => {
                let label = format!("step {}", step_text(self.run.info.step));
                column.key(sheet, Key::new(label, ALARM, Mark::Dot))?;
            }
            Some(_) => column.entry(sheet, Sign::Cross, &[&self.leaving()])?,
        }
        column.key(sheet, Key::new("continuous flow from the same start", THIRD, Mark::Dashed))?;
        match self.further.len() {
            0 => {}
            1 => column.key(sheet, Key::new("path from a further start", FURTHER, Mark::Line))?,
            n => {
                column.key(sheet, Key::new(format!("paths from {n} further starts"), FURTHER, Mark::Line))?
            }
        }
        column.y += 8.0;
        self.kinds().iter().try_for_each(|(kind, words)| {
            let lines: Vec<&str> = words.split(": ").collect();
            column.entry(sheet, Sign::Kind(*kind), &lines)
        })
    }

    fn path_words(&self) -> String {
        match (self.dotted(), self.run.scenario.record.every) {
            (false, _) => "the run's path".into(),
            (true, 1) => "the run's path, a dot a step".into(),
            (true, every) => format!("the run's path, a dot every {} steps", step_text(every)),
        }
    }

    /// Where the path left the window, in words.
    fn leaving(&self) -> String {
        let out =
            self.records.iter().rposition(|r| self.window.holds(r.1)).and_then(|k| self.records.get(k + 1));
        let step = out.map_or(self.run.info.step, |r| r.0 as u64);
        format!("leaves the picture by step {}", step_text(step))
    }

    /// The equilibria that have a mark: of a curve of them some, well apart.
    fn marked(&self) -> Vec<&Equilibrium> {
        let mut marked: Vec<&Equilibrium> = Vec::new();
        for e in &self.equilibria {
            let near = |other: &&Equilibrium| {
                let (a, b) = (self.window.shares(e.at), self.window.shares(other.at));
                e.kind == Kind::Degenerate && (a.0 - b.0).hypot(a.1 - b.1) < BESIDE
            };
            if !marked.iter().any(near) {
                marked.push(e);
            }
        }
        marked
    }

    /// The equilibria in words, each with its sign; many degenerate ones as a curve.
    fn kinds(&self) -> Vec<(Kind, String)> {
        let curve = self.equilibria.iter().filter(|e| e.kind == Kind::Degenerate).count() > CURVE;
        let single = self.equilibria.iter().filter(|e| !(curve && e.kind == Kind::Degenerate));
        let mut all: Vec<(Kind, String)> = single
            .clone()
            .take(NAMED)
            .map(|e| {
                // What is at rounding is 0.
                let round = |v: f64| if v.abs() < 1e-9 * self.window.width() { 0.0 } else { v };
                let (x, y) = (plain(round(e.at.0), 3), plain(round(e.at.1), 3));
                let values = spectrum_words(&e.eigenvalues);
                (e.kind, format!("{} at ({x}, {y}){values}", e.kind.name()))
            })
            .collect();
        if single.clone().count() > NAMED {
            let more = single.skip(NAMED).count();
            all.push((all[0].0, format!("and {more} more of these and other kinds")));
        }
        if curve {
            all.push((Kind::Degenerate, "a curve of equilibria, some of them marked".into()));
        }
        all
    }

    fn caption(&self) -> String {
        let [d, g] = &self.names;
        let at = |(x, y): At| format!("({}, {})", plain(x, 4), plain(y, 4));
        let path = &self.path;
        let (first, last) = (path[0], path[path.len() - 1]);
        let end = match leaves(path, self.window) {
            None => format!("is at {} at step {}", at(last), step_text(self.run.info.step)),
            Some(_) => self.leaving(),
        };
        let kinds: Vec<String> = self.kinds().into_iter().map(|(_, words)| words).collect();
        let rest = match kinds.len() {
            0 => "No equilibrium was found in the window.".to_string(),
            _ => format!("Equilibria: {}.", kinds.join("; ")),
        };
        let flow = self.flow.last().map_or(String::new(), |end| match self.window.holds(*end) {
            true => {
                format!(" The continuous flow from the same start comes to {} in the same time.", at(*end))
            }
            false => " The continuous flow from the same start leaves the picture too.".into(),
        });
        format!(
            "The plane of {g} (across) and {d} (up). Streamlines follow the field, darker where it is faster; a dashed \
             line is where one player rests. The path starts at {} and {end}.{flow} {rest}",
            at(first)
        )
    }

    fn csv(&self) -> Option<Vec<u8>> {
        let mut csv = Csv::new(&["path", "step", "d0", "g0", "re", "im"]);
        for (step, (x, y)) in &self.records {
            csv.row(&["run"], &[*step, *y, *x]);
        }
        let others = self.further.iter().enumerate().map(|(k, path)| (format!("start {}", k + 1), path));
        for (name, path) in others.chain([("flow".to_string(), &self.flow)]) {
            path.iter().for_each(|(x, y)| csv.row(&[&name], &[f64::NAN, *y, *x]));
        }
        for e in &self.equilibria {
            let values = e.eigenvalues.iter().map(|v| (v.re, v.im)).collect::<Vec<_>>();
            for (re, im) in if values.is_empty() { vec![(f64::NAN, f64::NAN)] } else { values } {
                csv.row(&[e.kind.name()], &[f64::NAN, e.at.1, e.at.0, re, im]);
            }
        }
        csv.finish()
    }
}

/// The records of a run: step and place, as far as there are any.
fn records(run: &RunData) -> Option<Vec<(f64, At)>> {
    let (steps, g, d) = (run.table.column("step")?, run.table.column("g0")?, run.table.column("d0")?);
    let all = steps.into_iter().zip(g.into_iter().zip(d));
    let all: Vec<(f64, At)> = all.take_while(|(_, p)| usable(p.0) && usable(p.1)).collect();
    (!all.is_empty()).then_some(all)
}

/// A path with a rim of paper, so that it stands out of the streamlines.
fn cased(panel: &mut Panel, path: &[At], color: RGBColor) -> Drawn {
    let span = (panel.x.1 - panel.x.0).max(panel.y.1 - panel.y.0);
    let path = super::contours::simplified(path.iter().copied(), 3e-4 * span);
    panel.curve(&path, PAPER, 3.6)?;
    panel.curve(&path, color, 1.7)
}

/// Starts of paths, and where the run's path ends or leaves the window.
fn path_ends(sheet: &Sheet, panel: &mut Panel, path: &[At], further: &[Vec<At>], window: Window) -> Drawn {
    let starts: Vec<At> = further.iter().filter_map(|path| path.first().copied()).collect();
    for (starts, color) in [(&starts[..], FURTHER), (&path[..1], INK)] {
        panel.dots(starts, PAPER, 4.6)?;
        panel.rings(starts, color, 4.0)?;
    }
    match leaves(path, window) {
        None => {
            let last = &path[path.len() - 1..];
            panel.dots(last, PAPER, 4.4)?;
            panel.dots(last, ALARM, 3.4)
        }
        Some((index, out)) => {
            let pieces = super::clip::path(&[path[index - 1], out], panel.x, panel.y);
            let edge = pieces.last().and_then(|piece| piece.last().copied()).unwrap_or(path[index - 1]);
            cross(sheet, panel.place(edge))
        }
    }
}

/// Eigenvalues in words: ": λ = −0.25 ± 0.43i".
fn spectrum_words(values: &[Complex<f64>]) -> String {
    match values {
        [a, _] if a.im != 0.0 => format!(": λ = {}", value_words(*a)),
        [a, b] => format!(": λ = {}, {}", plain(a.re, 3), plain(b.re, 3)),
        _ => String::new(),
    }
}

/// An eigenvalue of a pair in words: "−0.25 ± 0.43i"; a real one as it is.
fn value_words(value: Complex<f64>) -> String {
    let turn = format!("± {}i", plain(value.im.abs(), 3));
    match value {
        v if v.im == 0.0 => plain(v.re, 3),
        v if v.re.abs() < 1e-12 * v.norm() => turn,
        v => format!("{} {turn}", plain(v.re, 3)),
    }
}
