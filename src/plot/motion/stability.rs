//! Why a step size keeps or breaks an equilibrium: the eigenvalues of the Jacobian there, the rule's stability region
//! with h times the eigenvalues laid over it for a ladder of h, and how much the largest multiplier grows with h.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, legend, stroke, text};
use super::super::panel::{At, Axis, Panel};
use super::super::scale::{padded, step_text};
use super::super::spectra::caption::{Words, captioned, plain};
use super::super::spectra::symlog::Scale;
use super::super::spectra::view::{Cloud, View, dots};
use super::super::table::Csv;
use super::super::theme::{ALARM, GRID, GROWING, INK, MUTED, THIRD, WIDTH, mix};
use super::ladder::{Rung, factors, words};
use super::region::{extent, rings};
use super::rest::{Linear, Rest};
use crate::inspect::forecast::adapts;
use crate::rule::LinearRound;
use crate::run::folder::RunData;
use plotters::style::RGBColor;
use std::f64::consts::TAU;

const TOP: f64 = 74.0;
const LEFT: f64 = 76.0;
const GAP: f64 = 72.0;
const RIGHT: f64 = 16.0;
/// Rungs are named one by one up to this many; of more, the run's own and the ends.
const NAMED: usize = 9;
/// The ladder is shown enlarged where it is smaller than this share of the region.
const SMALL: f64 = 0.12;
/// A limit below this is none: multipliers so near 1 cannot be told from it.
const NO_STEP: f64 = 1e-3;
/// Values of the curve of growth over step sizes, and the largest map for which it is drawn.
const CURVE: usize = 97;
const DENSE: usize = 64;

/// The picture; None where nothing is linear at the equilibrium.
pub fn stability(run: &RunData, rest: &Rest) -> Option<Picture> {
    let linear = rest.linear.as_ref().ok()?;
    let ladder = Ladder::of(run, linear);
    let words = Words {
        name: "stability",
        title: "Step sizes and the equilibrium",
        right: run.scenario.name.clone(),
        caption: caption(rest, linear, ladder.as_ref()),
        csv: csv(linear, ladder.as_ref()),
    };
    let side = (WIDTH - LEFT - 2.0 * GAP - RIGHT) / 3.0;
    let frame = |k: usize| Rect { x: LEFT + k as f64 * (side + GAP), y: TOP, w: side, h: side };
    Some(captioned(words, TOP + side + 50.0, |sheet: &Sheet| -> Drawn {
        let clouds = [Cloud::of(&linear.spectrum)];
        let panel = View::linear(&clouds).draw(sheet, frame(0), &clouds[0], (true, true))?;
        panel.title(sheet, "eigenvalues of J")?;
        let Some(ladder) = &ladder else {
            let mut keys = Cloud::keys(&clouds);
            keys.truncate(4);
            legend(sheet, &keys, (LEFT, 40.0), WIDTH - RIGHT)?;
            return Ok(());
        };
        legend(sheet, &ladder.keys(), (LEFT, 40.0), WIDTH - RIGHT)?;
        match ladder.round.is_polynomial() {
            true => ladder.region(sheet, frame(1))?,
            false => ladder.circle(sheet, frame(1))?,
        }
        ladder.growth(sheet, frame(2))
    }))
}

/// The factor at which the rule's stability ends; 0 where there is none.
fn limit(linear: &Linear) -> Option<f64> {
    linear.spectrum.rule.limits.and_then(|limits| limits.stable)
}

/// The rungs of a rule at an equilibrium.
struct Ladder<'a> {
    round: &'a LinearRound,
    linear: &'a Linear,
    rungs: Vec<Rung>,
    /// Whether a player's optimiser has a preconditioner.
    adaptive: bool,
}

impl<'a> Ladder<'a> {
    fn of(run: &RunData, linear: &'a Linear) -> Option<Self> {
        let round = linear.round.as_ref().ok()?;
        let rung = |factor: f64| Rung::of(round, &linear.jacobian, factor);
        let limit = limit(linear).filter(|limit| *limit > NO_STEP);
        let factors = factors(&run.scenario.record.ladder, limit);
        let rungs: Vec<Rung> = factors.into_iter().filter_map(rung).collect();
        let adaptive = adapts(&run.scenario);
        rungs.iter().any(|r| !r.values.is_empty()).then_some(Ladder { round, linear, rungs, adaptive })
    }

    /// The factor at which the rule's stability ends, where it begins and ends.
    fn limit(&self) -> Option<f64> {
        limit(self.linear).filter(|limit| *limit > NO_STEP)
    }

    fn keys(&self) -> Vec<Key> {
        let region =
            if self.round.is_polynomial() { "stability region: every |μ| < 1" } else { "every |μ| < 1" };
        vec![
            Key::new(region, STABLE, Mark::Patch),
            Key::new("growing side", GROWING, Mark::Patch),
            Key::new("decays or stays", INK, Mark::Dot),
            Key::new("grows", ALARM, Mark::Dot),
            Key::new("h: the run's own", MUTED, Mark::Ring),
        ]
    }

    fn points(&self) -> impl Iterator<Item = (&Rung, At, f64)> {
        self.rungs.iter().flat_map(|rung| {
            rung.values.iter().zip(&rung.sizes).map(move |(z, size)| (rung, (z.re, z.im), *size))
        })
    }

    /// The rule's region in the plane of z = h lambda, and the ladder in it.
    fn region(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let (view, enlarged) = self.view();
        let [x, y] = [(view.0, "Re hλ"), (view.1, "Im hλ")].map(|(range, what)| Axis::linear(range, 4, what));
        let mut panel = Panel::new(sheet, frame, &x.room(38.0), &y.room(50.0), false)?;
        for ring in rings(self.round, view) {
            panel.polygon(&ring.corners, if ring.band == 1 { STABLE } else { GROWING })?;
            if ring.band == 1 {
                edge(&mut panel, &ring.corners)?;
            }
        }
        axes(&mut panel)?;
        for z in self.rungs.last().into_iter().flat_map(|rung| &rung.values) {
            panel.path(&[(0.0, 0.0), (z.re, z.im)], stroke(mix(GRID, INK, 0.25), 0.8))?;
        }
        self.rungs_in(sheet, &mut panel)?;
        panel.close(sheet)?;
        let out = self.points().filter(|(_, z, _)| !super::super::clip::inside(*z, panel.x, panel.y)).count();
        let note = if out > 0 { format!("{} farther out", step_text(out as u64)) } else { String::new() };
        panel.corner(sheet, &note, &self.points().map(|(_, z, _)| z).collect::<Vec<_>>())?;
        panel.title(sheet, if enlarged { "the region near 0, and h λ" } else { "stability region, and h λ" })
    }

    /// The window of the plane of z: the region and the ladder, or the ladder alone where it is much smaller.
    fn view(&self) -> (super::region::View, bool) {
        let reach = self.points().map(|(_, z, _)| z.0.hypot(z.1)).fold(0.0, f64::max);
        let whole = extent(self.round);
        let size = |(x, y): super::region::View| (x.1 - x.0).max(y.1 - y.0);
        let near = |r: f64| ((-1.25 * r, 1.25 * r), (-1.25 * r, 1.25 * r));
        let (x, y) = match whole {
            None => return (near(reach.max(1e-300)), false),
            Some(all) if reach < SMALL * size(all) => return (near(reach.max(1e-300)), true),
            Some(all) => all,
        };
        // Rungs far outside are left out, or nobody would see the region.
        let near: Vec<At> =
            self.points().map(|p| p.1).filter(|z| z.0.hypot(z.1) < 0.75 * size((x, y))).collect();
        let x = near.iter().fold(x, |x, z| (x.0.min(z.0), x.1.max(z.0)));
        let y = near.iter().fold(y, |y, z| (y.0.min(z.1), y.1.max(z.1)));
        let (x, y) = (padded(x.0, x.1, 0.1), padded(y.0, y.1, 0.12));
        let (w, h) = (x.1 - x.0, y.1 - y.0);
        if w > 3.0 * h || h > 3.0 * w {
            return ((x, y), false);
        }
        let half = 0.5 * w.max(h);
        let square = |r: At| (0.5 * (r.0 + r.1) - half, 0.5 * (r.0 + r.1) + half);
        ((square(x), square(y)), false)
    }

    /// The multipliers of each rung in the plane, against the unit circle.
    fn circle(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let reach = self.points().map(|p| p.1.0.hypot(p.1.1)).fold(1.0, f64::max).min(2.0);
        let range = (-1.12 * reach, 1.12 * reach);
        let [x, y] = ["Re μ", "Im μ"].map(|what| Axis::linear(range, 4, what));
        let mut panel = Panel::new(sheet, frame, &x.room(38.0), &y.room(50.0), false)?;
        panel.cell((panel.x.0, panel.y.0), (panel.x.1, panel.y.1), GROWING)?;
        let circle: Vec<At> =
            (0..=720).map(|k| TAU * f64::from(k) / 720.0).map(|t| (t.cos(), t.sin())).collect();
        panel.polygon(&circle, STABLE)?;
        axes(&mut panel)?;
        panel.path(&circle, stroke(INK, 1.1))?;
        self.rungs_in(sheet, &mut panel)?;
        panel.close(sheet)?;
        panel.title(sheet, "multipliers at each step size")
    }

    fn rungs_in(&self, sheet: &Sheet, panel: &mut Panel) -> Drawn {
        let (inside, outside): (Vec<_>, Vec<_>) = self.points().partition(|(_, _, size)| *size < 1.0 + 1e-12);
        for (list, color) in [(inside, INK), (outside, ALARM)] {
            let places: Vec<At> = list.iter().map(|p| p.1).collect();
            dots(panel, &places, color)?;
        }
        let own: Vec<At> = self.points().filter(|p| p.0.factor == 1.0).map(|p| p.1).collect();
        panel.rings(&own, MUTED, 5.5)?;
        let named = |k: usize| {
            self.rungs.len() <= NAMED || k == 0 || k + 1 == self.rungs.len() || self.rungs[k].factor == 1.0
        };
        // The outermost first: those nearer to 0 are named as long as there is room.
        let mut taken: Vec<At> = Vec::new();
        for (_, rung) in self.rungs.iter().enumerate().rev().filter(|(k, _)| named(*k)) {
            let Some(z) = rung.named().filter(|z| super::super::clip::inside(*z, panel.x, panel.y)) else {
                continue;
            };
            let (x, y) = panel.place(z);
            let (x, y) = (x + 8.0, y - 5.0);
            if taken.iter().all(|t| (t.1 - y).abs() > 11.0 || (t.0 - x).abs() > 24.0) {
                text(sheet, &words(rung.factor), (x, y), Letters::small().size(9.5))?;
                taken.push((x, y));
            }
        }
        Ok(())
    }

    /// The growth of the largest multiplier over the factor on the step sizes.
    fn growth(&self, sheet: &Sheet, frame: Rect) -> Drawn {
        let (low, high) = (self.rungs[0].factor, self.rungs[self.rungs.len() - 1].factor);
        let low = low.min(self.limit().unwrap_or(low)).log10() - 0.15;
        let high = high.max(self.limit().filter(|l| *l < 1e3).unwrap_or(high)).log10() + 0.15;
        let curve: Vec<At> = match self.round.dimension() <= DENSE {
            true => {
                (0..CURVE).map(|k| low + (high - low) * k as f64 / (CURVE - 1) as f64).collect::<Vec<f64>>()
            }
            false => Vec::new(),
        }
        .into_iter()
        .filter_map(|at| Some((at, Rung::of(self.round, &self.linear.jacobian, 10f64.powf(at))?.growth()?)))
        .collect();
        let marks: Vec<At> =
            self.rungs.iter().filter_map(|r| Some((r.factor.log10(), r.growth()?))).collect();
        let rates: Vec<f64> = curve.iter().chain(&marks).map(|p| p.1.min(9.0)).collect();
        let scale = Scale::symlog(&rates, 0.05, 1e-12);
        let y = scale.axis_of(&[rates.clone(), vec![0.0]].concat(), 10, "largest |μ| − 1").room(70.0);
        let x = Axis::log((low, high), 5, "factor on the run's step sizes").room(38.0);
        let mut panel = Panel::new(sheet, frame, &x, &y, false)?;
        panel.cell((panel.x.0, 0.0), (panel.x.1, panel.y.1), GROWING)?;
        panel.cell((panel.x.0, panel.y.0), (panel.x.1, 0.0), STABLE)?;
        panel.path(&[(panel.x.0, 0.0), (panel.x.1, 0.0)], stroke(INK, 1.1))?;
        let at = |points: &[At]| points.iter().map(|p| (p.0, scale.at(p.1))).collect::<Vec<At>>();
        panel.curve(&at(&curve), MUTED, 1.4)?;
        let (decay, grow): (Vec<At>, Vec<At>) = marks.iter().partition(|p| p.1 < 1e-12);
        dots(&mut panel, &at(&decay), INK)?;
        dots(&mut panel, &at(&grow), ALARM)?;
        let own: Vec<At> = marks.iter().copied().filter(|p| p.0 == 0.0).collect();
        panel.rings(&at(&own), MUTED, 5.5)?;
        if let Some(limit) = self.limit() {
            panel.moment(sheet, limit.log10(), &format!("{} h", plain(limit, 3)))?;
        }
        panel.close(sheet)?;
        panel.title(sheet, "growth a round")
    }
}

/// The inside of a stability region.
const STABLE: RGBColor = RGBColor(0xDD, 0xF0, 0xE9);

/// The edge of a region, without the part along the frame.
fn edge(panel: &mut Panel, ring: &[At]) -> Drawn {
    let (x, y) = (panel.x, panel.y);
    let near = |v: f64, range: At| (v - range.0).min(range.1 - v) < 1e-9 * (range.1 - range.0);
    let on_frame = |a: &At, b: &At| (near(a.0, x) && near(b.0, x)) || (near(a.1, y) && near(b.1, y));
    let next = ring.iter().cycle().skip(1);
    for (a, b) in ring.iter().zip(next).filter(|(a, b)| !on_frame(a, b)) {
        panel.path(&[*a, *b], stroke(mix(THIRD, INK, 0.5), 1.2))?;
    }
    Ok(())
}

fn axes(panel: &mut Panel) -> Drawn {
    let line = stroke(mix(GRID, INK, 0.25), 0.7);
    panel.path(&[(panel.x.0, 0.0), (panel.x.1, 0.0)], line)?;
    panel.path(&[(0.0, panel.y.0), (0.0, panel.y.1)], line)
}

fn caption(rest: &Rest, linear: &Linear, ladder: Option<&Ladder>) -> String {
    let judgement = &linear.spectrum.judgement;
    let whose = if rest.known { "At the equilibrium" } else { "Where the run came to rest" };
    let first = format!("{whose} the field is {} ({}).", judgement.verdict.name(), judgement.reason);
    let Some(ladder) = ladder else {
        let why = match &linear.round {
            Err(refused) => refused.to_string(),
            Ok(_) => "every direction is flat".into(),
        };
        return format!("{first} No step sizes are shown: {why}.");
    };
    let own = ladder.rungs.iter().find(|r| r.factor == 1.0).and_then(Rung::growth);
    let own = own.or_else(|| Rung::of(ladder.round, &linear.jacobian, 1.0)?.growth());
    let own = own.map_or(String::new(), |growth| {
        format!(" At the run's step sizes h the largest multiplier has |μ| = 1 {}.", offset(growth))
    });
    let limit = match limit(linear) {
        Some(limit) if limit <= NO_STEP => " It grows however small the step is.".to_string(),
        Some(limit) => format!(" Beyond {} h it grows.", plain(limit, 4)),
        None if linear.spectrum.rule.limits.is_some() => {
            " At no step size that was tried does it grow.".into()
        }
        None => String::new(),
    };
    let how = match ladder.round.is_polynomial() {
        true => "The shaded region holds every hλ that this rule makes decay",
        false => {
            "This rule mixes eigenvalues, so that it has no region in their plane; its multipliers must lie in the unit circle"
        }
    };
    let held = match ladder.adaptive {
        true => " The preconditioner is held as it was at the run's last step.",
        false => "",
    };
    format!("{first} {how}.{own}{limit}{held}")
}

fn offset(growth: f64) -> String {
    match growth {
        g if g.abs() <= 1e-13 => "to rounding".into(),
        g => format!("{} {}", if g > 0.0 { "+" } else { "−" }, plain(g.abs(), 3)),
    }
}

fn csv(linear: &Linear, ladder: Option<&Ladder>) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["what", "factor", "re", "im", "largest_multiplier"]);
    for [re, im] in &linear.spectrum.eigenvalues {
        csv.row(&["eigenvalue"], &[f64::NAN, *re, *im]);
    }
    if let Some(ladder) = ladder {
        let what = if ladder.round.is_polynomial() { "h lambda" } else { "multiplier" };
        ladder.points().for_each(|(rung, z, size)| csv.row(&[what], &[rung.factor, z.0, z.1, size]));
    }
    csv.finish()
}
