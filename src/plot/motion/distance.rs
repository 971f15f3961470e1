//! How a game's run comes to its equilibrium or leaves it: the distance on a logarithmic axis with the slope that the
//! rule's largest multiplier predicts, the parameters, and the energy of games that have one.

use super::super::Picture;
use super::super::canvas::Sheet;
use super::super::lanes::{Form, Lane, Series, csv, stack, stack_height};
use super::super::panel::At;
use super::super::scale::{bounds, many_sizes, padded, short, step_text, usable};
use super::super::spectra::caption::{Words, captioned, plain};
use super::super::theme::{DISCRIMINATOR, GENERATOR, INK, MUTED, THIRD};
use super::rate::{Rate, measured};
use super::rest::{Rest, points};
use crate::run::folder::RunData;
use crate::run::paper_of;

const TOP: f64 = 34.0;
const RIGHT: f64 = 32.0;
/// An energy that strays farther than this share of itself is not kept.
const KEPT: f64 = 0.5;

/// The picture; None where nothing of it was recorded.
pub fn distance(run: &RunData, rest: Option<&Rest>) -> Option<Picture> {
    let away = rest.and_then(|rest| Away::of(run, rest));
    let lanes: Vec<Lane> = [away.as_ref().map(Away::lane), parameters(run), energy(run), drift(run)]
        .into_iter()
        .flatten()
        .filter(|lane| lane.series.iter().any(|s| !s.column.is_empty()))
        .collect();
    if lanes.is_empty() {
        return None;
    }
    let words = Words {
        name: "distance",
        title: "Motion over the steps",
        right: run.scenario.name.clone(),
        caption: caption(run, rest, away.as_ref()),
        csv: csv(run, &lanes),
    };
    Some(captioned(words, TOP + stack_height(&lanes), |sheet: &Sheet| stack(sheet, run, &lanes, TOP, RIGHT)))
}

/// The distance from an equilibrium over the steps, with its rates.
struct Away {
    records: Vec<At>,
    /// ln |mu| of the largest multiplier.
    predicted: Option<f64>,
    measured: Option<Rate>,
    /// The distance of the averaged point, where an average was kept.
    average: Option<Series>,
}

impl Away {
    fn of(run: &RunData, rest: &Rest) -> Option<Self> {
        let steps = run.table.column("step")?;
        let distances = match points(run, rest.at.sizes()) {
            Some(points) => points.iter().map(|p| p.distance(&rest.at)).collect(),
            None if rest.known => run.table.column("distance_equilibrium")?,
            None => return None,
        };
        let records: Vec<At> = steps.into_iter().zip(distances).take_while(|r| usable(r.1)).collect();
        let rule = rest.linear.as_ref().ok().map(|linear| &linear.spectrum.rule);
        let largest = rule.and_then(|rule| rule.largest);
        let size = |m: &[f64; 2]| m[0].hypot(m[1]);
        // The turn of the multiplier that decides; of a pair either.
        let decides = largest.and_then(|largest| {
            let near = |m: &&[f64; 2]| (size(m) - largest).abs() <= 1e-9 * largest;
            rule?.multipliers.iter().find(near)
        });
        let turn = decides.map_or(0.0, |m| m[1].atan2(m[0]));
        let measured = measured(&records, turn, rest.at.norm());
        let predicted = largest.map(f64::ln).filter(|r| r.is_finite());
        let column = "average_distance_equilibrium";
        let average = Series::of(run, column, "distance of the average over the steps", DISCRIMINATOR);
        Some(Away { records, predicted, measured, average })
    }

    fn lane(&self) -> Lane {
        let mut series = vec![Series {
            column: "distance_from_equilibrium".into(),
            points: self.records.clone(),
            label: "distance".into(),
            color: THIRD,
            width: 1.5,
            form: Form::Line,
        }];
        series.extend(self.average.clone());
        if let Some(rate) = &self.measured {
            let line = |log: f64| self.line(log, rate);
            let label = format!("measured: × {} a step", factor(rate.log));
            series.push(reference(line(rate.log), &label, INK));
        }
        if let (Some(log), Some(rate)) = (self.predicted, &self.measured) {
            let label = format!("predicted: × {} a step", factor(log));
            series.push(reference(self.line(log, rate), &label, GENERATOR));
        }
        let all = series.iter().flat_map(|s| &s.points).map(|p| p.1);
        let log = many_sizes(all);
        Lane { label: "distance from the equilibrium".into(), log, series, height: 190.0, ..Lane::default() }
    }

    /// The exponential with a rate through the middle of what was measured, as far as it stays among the distances.
    fn line(&self, log: f64, rate: &Rate) -> Vec<At> {
        let middle = 0.5 * (rate.span.0 + rate.span.1);
        let (low, high) = bounds(self.records.iter().map(|r| r.1)).unwrap_or((0.0, f64::INFINITY));
        let line = self.records.iter().map(|r| (r.0, (rate.middle + log * (r.0 - middle)).exp()));
        line.filter(|p| p.1 >= low / 3.0 && p.1 <= high * 3.0).collect()
    }
}

fn reference(points: Vec<At>, label: &str, color: plotters::style::RGBColor) -> Series {
    Series { column: String::new(), points, label: label.into(), color, width: 1.3, form: Form::Dashed }
}

/// e to the power of a rate, with the digits that tell it from 1.
pub fn factor(log: f64) -> String {
    let digits = (1.0 - log.abs().max(1e-12).log10()).ceil().clamp(4.0, 9.0) as i32;
    plain(log.exp(), digits + 1)
}

fn parameters(run: &RunData) -> Option<Lane> {
    let names = super::super::phase::names(&run.scenario.game);
    let two = run.info.parameters == [1, 1];
    let label = |k: usize| if two { names[k].to_string() } else { ["d0", "g0"][k].to_string() };
    let series = [
        Series::of(run, "d0", &format!("{} (discriminator)", label(0)), DISCRIMINATOR),
        Series::of(run, "g0", &format!("{} (generator)", label(1)), GENERATOR),
    ];
    let series: Vec<Series> = series.into_iter().flatten().collect();
    // A motion that grows through all sizes is seen in the distance; its numbers have no room here.
    let (low, high) = bounds(series.iter().flat_map(|s| &s.points).map(|p| p.1))?;
    if low.abs().max(high.abs()) >= 1e5 {
        return None;
    }
    let name = if two { "parameters" } else { "first parameters" };
    let range = Some(padded(low, high, 0.06));
    (!series.is_empty()).then(|| Lane { label: name.into(), range, series, height: 120.0, ..Lane::default() })
}

/// The energy that a game keeps along its flow.
fn energy(run: &RunData) -> Option<Lane> {
    let series = Series::of(run, "energy", "energy", MUTED)?;
    let values = || series.points.iter().map(|p| p.1).filter(|e| usable(*e));
    let log = values().all(|e| e > 0.0) && many_sizes(values());
    let range = bounds(values()).filter(|_| !log).map(|(low, high)| padded(low, high, 0.06));
    Some(Lane { label: "energy".into(), log, range, series: vec![series], height: 110.0, ..Lane::default() })
}

/// How far the energy is from where it started, as a share of that; None where it is not kept at all, so that the energy
/// itself says more.
fn drift(run: &RunData) -> Option<Lane> {
    let mut series = Series::of(run, "energy", "|energy − its start| / |its start|", INK)?;
    let start = series.points.iter().map(|p| p.1).find(|e| usable(*e))?;
    if start == 0.0 {
        return None;
    }
    series.points.iter_mut().for_each(|p| p.1 = ((p.1 - start) / start).abs());
    series.column = "energy_drift".into();
    if series.points.iter().any(|p| p.1 > KEPT) {
        return None;
    }
    let log = many_sizes(series.points.iter().map(|p| p.1));
    Some(Lane { label: "relative drift".into(), log, series: vec![series], height: 110.0, ..Lane::default() })
}

fn caption(run: &RunData, rest: Option<&Rest>, away: Option<&Away>) -> String {
    let mut all = Vec::new();
    if let Some((first, last)) = away.and_then(|away| Some((away.records.first()?, away.records.last()?))) {
        all.push(format!(
            "The distance from the equilibrium goes from {} to {} in {} steps.",
            short(first.1, 3),
            short(last.1, 3),
            step_text(last.0 as u64)
        ));
    }
    let rates = away.map(|away| (away.predicted, away.measured));
    match rates {
        Some((Some(p), Some(m))) => all.push(format!(
            "The rule's largest multiplier there predicts a rate ln|μ| of {} a step; {} was measured over steps {} to {}.",
            plain(p, 4),
            plain(m.log, 4),
            step_text(m.span.0 as u64),
            step_text(m.span.1 as u64)
        )),
        Some((Some(p), None)) => all.push(format!(
            "The rule's largest multiplier there predicts a rate ln|μ| of {} a step; there are too few records to measure \
             it.",
            plain(p, 4)
        )),
        _ => {}
    }
    match rest.map(|rest| &rest.linear) {
        Some(Err(why)) => all.push(format!("No rate is predicted: {why}.")),
        Some(Ok(linear)) => {
            let refused = linear.spectrum.rule.refused.as_ref();
            all.extend(refused.map(|why| format!("No rate is predicted: {why}.")));
        }
        None => {
            all.push(match paper_of(&run.scenario).ok().and_then(|game| game.kink_at_rest(run.info.step)) {
                Some(kink) => format!(
                    "Where the game would rest the field has no derivative, so no rate is predicted: {kink}."
                ),
                None => "The game has no equilibrium that is known or that the run came to.".into(),
            })
        }
    }
    if let Some(energy) = Series::of(run, "energy", "", MUTED) {
        let values: Vec<f64> = energy.points.iter().map(|p| p.1).filter(|e| usable(*e)).collect();
        if let (Some(first), Some(last)) = (values.first(), values.last()) {
            all.push(format!("The energy goes from {} to {}.", short(*first, 5), short(*last, 5)));
        }
    }
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::fixture::game;

    /// The Dirac-GAN with R1 at gamma = 1/2: lambda = (-1/2 +- i sqrt(3) / 2) / 2, so |1 + h lambda|^2 = 1 - h/2 + h^2/4.
    #[test]
    fn a_damped_dirac_gan_comes_home_at_the_predicted_rate() {
        let r1 = "objective = \"minimax\"\nstart = { d = [0], g = [0.5] }\n[[game.regularizer]]\nkind = \"r1\"\n\
                  gamma = 0.5";
        let run = game("dirac", r1, "lr = 0.1", "steps = 1000", "every = 2");
        let rest = Rest::of(&run).unwrap();
        let away = Away::of(&run, &rest).unwrap();
        let exact = 0.5 * libm::log(1.0 - 0.05 + 0.0025);
        let (predicted, measured) = (away.predicted.unwrap(), away.measured.unwrap());
        assert!((predicted - exact).abs() < 1e-14, "{predicted} {exact}");
        assert!((measured.log - exact).abs() < 1e-3 * exact.abs(), "{measured:?} {exact}");
        let picture = distance(&run, Some(&rest)).unwrap();
        assert!(picture.svg.contains("predicted: × 0.97596 a step"));
    }

    /// Simultaneous descent on V = d g grows by exactly sqrt(1 + h^2) a step.
    #[test]
    fn a_bilinear_game_grows_as_predicted() {
        let run = game("bilinear", "matrix = [[1.0]]", "lr = 0.2", "steps = 300", "every = 1");
        let away = Away::of(&run, &Rest::of(&run).unwrap()).unwrap();
        let exact = 0.5 * libm::log(1.04);
        assert!((away.predicted.unwrap() - exact).abs() < 1e-14);
        assert!((away.measured.unwrap().log - exact).abs() < 1e-12);
    }
}
