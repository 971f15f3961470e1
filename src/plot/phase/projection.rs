//! The path of a game of more than two parameters, projected onto a plane. The field is left out: what it is at a place
//! of the plane depends on the coordinates that are not seen.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Mark, Rect, Sheet};
use super::super::panel::{At, Axis, Panel, ROOM_BELOW};
use super::super::scale::step_text;
use super::super::spectra::caption::{Words, captioned, plain};
use super::super::table::Csv;
use super::super::theme::{ALARM, GRID, INK, mix};
use super::column::{Column, Sign};
use super::equilibria::Kind;
use super::paths::{FOLLOWED, leaves, replayed, walk};
use super::plane::Window;
use super::{BAR, FURTHER, LEFT, SIDE, TOP, cased, path_ends};
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::inspect::forecast::{equilibrium_of, points};
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::spectrum::{EigenPair, dense_jacobian, eigenpairs};

/// Eigenvectors of a larger condition number span no plane that can be trusted.
const SKEW: f64 = 1e7;
/// Up to this share of the largest, an eigenvalue is flat.
const FLAT: f64 = 1e-7;

/// The picture; None for networks, and where too little was recorded.
pub fn projection(run: &RunData) -> Option<Picture> {
    let game = paper_of(&run.scenario).ok()?;
    let view = Projection::of(run, &game)?;
    let all: Vec<(f64, At)> = view.records(run, &game)?;
    let path: Vec<At> = all.iter().map(|r| r.1).collect();
    let further: Vec<Vec<At>> = match game.sizes().iter().sum::<usize>() <= FOLLOWED {
        true => run.scenario.record.starts.iter().map(|start| view.further(run, &game, start)).collect(),
        false => Vec::new(),
    };
    let center = view.center(&game);
    let paths: Vec<Vec<At>> = std::iter::once(path.clone()).chain(further.iter().cloned()).collect();
    let window = Window::around(&paths, center);
    let words = Words {
        name: "phase",
        title: view.title(),
        right: run.scenario.name.clone(),
        caption: view.caption(run, &path, window),
        csv: csv(&all, &further),
    };
    Some(captioned(words, TOP + SIDE + ROOM_BELOW + 6.0, |sheet: &Sheet| -> Drawn {
        let frame = Rect { x: LEFT, y: TOP, w: SIDE, h: SIDE };
        let [x, y] = view.labels();
        let across = Axis::linear(window.x, 6, x).room(ROOM_BELOW);
        let mut panel = Panel::new(sheet, frame, &across, &Axis::linear(window.y, 6, y), true)?;
        let line = mix(GRID, INK, 0.3);
        panel.curve(&[(window.x.0, 0.0), (window.x.1, 0.0)], line, 0.8)?;
        panel.curve(&[(0.0, window.y.0), (0.0, window.y.1)], line, 0.8)?;
        further.iter().try_for_each(|path| cased(&mut panel, path, FURTHER))?;
        cased(&mut panel, &path, INK)?;
        if let Some((center, kind)) = center.zip(view.kind()) {
            kind.mark(sheet, panel.place(center), 5.0)?;
        }
        path_ends(sheet, &mut panel, &path, &further, window)?;
        panel.close(sheet)?;
        view.column(sheet, run, leaves(&path, window).is_some(), further.len())
    }))
}

/// How points are projected.
enum Projection {
    /// Onto the part along the eigenvectors of the slowest eigenvalues: y' (theta - equilibrium) with y the left
    /// eigenvector; its real and its imaginary part where the slowest is a pair.
    Slowest { at: Joint<f64>, pairs: Vec<EigenPair>, kind: Kind },
    /// Onto the first parameter of each player.
    First,
}

impl Projection {
    fn of(run: &RunData, game: &Analytic) -> Option<Self> {
        let [d, g] = game.sizes();
        (d > 0 && g > 0).then_some(())?;
        // Without every parameter recorded there is no part along an eigenvector.
        Some(points(run, [d, g]).and_then(|_| Projection::slowest(run, game)).unwrap_or(Projection::First))
    }

    fn slowest(run: &RunData, game: &Analytic) -> Option<Self> {
        let (at, _) = equilibrium_of(run, game)?;
        let jacobian = dense_jacobian(game, &at, &game.draw(Draw { step: run.info.step, draw: 0 })).ok()?;
        let all = eigenpairs(&jacobian).ok()?;
        let radius = all.iter().map(|pair| pair.value.norm()).fold(0.0, f64::max);
        // Of a pair the upper one stands for both.
        let moving = all.into_iter().filter(|pair| pair.value.norm() > FLAT * radius && pair.value.im >= 0.0);
        let mut pairs: Vec<EigenPair> = moving.collect();
        // The turn decides between equally fast ones: of undamped pairs the slowest round is shown.
        pairs.sort_by(|a, b| {
            let equal = (a.value.re - b.value.re).abs() <= 1e-9 * radius;
            let turn = a.value.im.total_cmp(&b.value.im);
            if equal { turn } else { b.value.re.total_cmp(&a.value.re) }
        });
        pairs.truncate(if pairs.first()?.value.im > 0.0 { 1 } else { 2 });
        let plane = pairs.len() == 2 || pairs[0].value.im > 0.0;
        let fine = plane && pairs.iter().all(|pair| pair.condition < SKEW);
        let kind = Kind::of(&jacobian, 0.0, 1e-9);
        fine.then_some(Projection::Slowest { at, pairs, kind })
    }

    fn place(&self, point: &Joint<f64>) -> At {
        match self {
            Projection::First => (point.g[0], point.d[0]),
            Projection::Slowest { at, pairs, .. } => {
                let mut off = point.clone();
                off.add_scaled(-1.0, at);
                let part = pairs[0].part(&off.flat());
                match pairs.get(1) {
                    Some(second) => (part.re, second.part(&off.flat()).re),
                    None => (part.re, part.im),
                }
            }
        }
    }

    fn records(&self, run: &RunData, game: &Analytic) -> Option<Vec<(f64, At)>> {
        match self {
            Projection::First => super::records(run),
            Projection::Slowest { .. } => {
                let steps = run.table.column("step")?.into_iter().map(|step| step as u64);
                let all = replayed(run, game, steps.zip(points(run, game.sizes())?).collect());
                Some(all.iter().map(|(step, point)| (*step as f64, self.place(point))).collect())
                    .filter(|all: &Vec<(f64, At)>| !all.is_empty())
            }
        }
    }

    fn further(&self, run: &RunData, game: &Analytic, start: &crate::scenario::Start) -> Vec<At> {
        let start = Joint { d: start.d.clone(), g: start.g.clone() };
        let walked = walk(&run.scenario, game, &start, run.scenario.train.steps);
        walked.iter().map(|(_, point)| self.place(point)).collect()
    }

    /// Where the equilibrium is in the plane.
    fn center(&self, game: &Analytic) -> Option<At> {
        match self {
            Projection::Slowest { .. } => Some((0.0, 0.0)),
            Projection::First => game.equilibria(0).first().map(|at| (at.g[0], at.d[0])),
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Projection::Slowest { kind, .. } => Some(*kind),
            Projection::First => None,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Projection::First => "The path as d0 and g0 see it (a projection, without the field)",
            Projection::Slowest { pairs, .. } if pairs.len() == 1 => {
                "The path in the plane of its slowest pair (a projection, without the field)"
            }
            Projection::Slowest { .. } => {
                "The path in the plane of its two slowest directions (a projection, without the field)"
            }
        }
    }

    fn labels(&self) -> [String; 2] {
        match self {
            Projection::First => ["g0 (generator)".into(), "d0 (discriminator)".into()],
            Projection::Slowest { pairs, .. } => match &pairs[..] {
                [a, b] => [a, b].map(|pair| format!("part along λ = {}", plain(pair.value.re, 3))),
                _ => {
                    ["Re", "Im"].map(|part| format!("{part} of the part along λ = {}", self.slowest_words()))
                }
            },
        }
    }

    fn slowest_words(&self) -> String {
        match self {
            Projection::Slowest { pairs, .. } => super::value_words(pairs[0].value),
            Projection::First => String::new(),
        }
    }

    fn caption(&self, run: &RunData, path: &[At], window: Window) -> String {
        let count = step_text((run.info.parameters[0] + run.info.parameters[1]) as u64);
        let what = match self {
            Projection::First => "their first parameters alone".to_string(),
            Projection::Slowest { pairs, .. } if pairs.len() == 1 => {
                format!(
                    "the part along the slowest eigenpair λ = {} of the equilibrium's Jacobian",
                    self.slowest_words()
                )
            }
            Projection::Slowest { .. } => {
                "the parts along the two slowest eigenvectors of the equilibrium's Jacobian".into()
            }
        };
        let at = |(x, y): At| format!("({}, {})", plain(x, 4), plain(y, 4));
        let end = match leaves(path, window) {
            Some(_) => "leaves the picture".to_string(),
            None => format!("is at {} at step {}", at(path[path.len() - 1]), step_text(run.info.step)),
        };
        format!(
            "The game has {count} parameters; shown is {what}. The path starts at {} and {end}. No field is drawn: at a \
             place of this plane it depends on the parameters that are not seen.",
            at(path[0])
        )
    }

    fn column(&self, sheet: &Sheet, run: &RunData, left: bool, further: usize) -> Drawn {
        let mut column = Column { x: BAR + 14.0, y: TOP + 8.0 };
        column.key(sheet, Key::new("the run's path", INK, Mark::Line))?;
        column.key(sheet, Key::new("its start", INK, Mark::Ring))?;
        match left {
            true => column.entry(sheet, Sign::Cross, &["leaves the picture"])?,
            false => {
                column
                    .key(sheet, Key::new(format!("step {}", step_text(run.info.step)), ALARM, Mark::Dot))?;
            }
        }
        if further > 0 {
            column
                .key(sheet, Key::new(format!("paths from {further} further starts"), FURTHER, Mark::Line))?;
        }
        match self.kind() {
            Some(kind) => column.entry(sheet, Sign::Kind(kind), &["the equilibrium:", kind.name()]),
            None => Ok(()),
        }
    }
}

fn csv(records: &[(f64, At)], further: &[Vec<At>]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["path", "step", "across", "up"]);
    for (step, (x, y)) in records {
        csv.row(&["run"], &[*step, *x, *y]);
    }
    for (k, path) in further.iter().enumerate() {
        let name = format!("start {}", k + 1);
        path.iter().for_each(|(x, y)| csv.row(&[&name], &[f64::NAN, *x, *y]));
    }
    csv.finish()
}
