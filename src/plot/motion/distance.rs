//! How a game's run comes to its equilibrium or leaves it: the distance on a logarithmic axis with the slope that the
//! rule's largest multiplier predicts, the parameters, and the energy of games that have one.

use super::super::Picture;
use super::super::canvas::Sheet;
use super::super::lanes::{Form, Lane, Series, csv, stack, stack_height};
use super::super::panel::At;
use super::super::scale::{bounds, many_sizes, padded, short, step_text, usable};
use super::super::spectra::caption::{Words, captioned, plain};
use super::super::theme::{DISCRIMINATOR, GENERATOR, INK, MUTED, THIRD};
use super::rest::Rest;
use super::slope::{summed, through};
use crate::inspect::forecast::{ROUNDING, Refusal, Stretch, adapts, changing, points};
use crate::run::folder::RunData;
use crate::run::paper_of;
use plotters::style::RGBColor;

const TOP: f64 = 34.0;
const RIGHT: f64 = 32.0;
/// The distance of the averaged point.
const AVERAGE: &str = "average_distance_equilibrium";
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
    /// ln |mu| of the largest multiplier, at the last step.
    predicted: Option<f64>,
    /// ln of the measured factor a step, or why there is none.
    measured: Option<Result<f64, Refusal>>,
    /// What changes over the run, so that there is no one rate.
    changing: Option<&'static str>,
    /// Lines through the records: label, points, colour.
    lines: Vec<(String, Vec<At>, RGBColor)>,
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
        let largest = rest.linear.as_ref().ok().and_then(|linear| linear.spectrum.rule.largest);
        let predicted = largest.map(f64::ln).filter(|r| r.is_finite());
        let measured = rest.factor.as_ref().map(|factor| factor.measured.clone().map(f64::ln));
        let changing = changing(&run.scenario);
        let average = Series::of(run, AVERAGE, "distance of the average over the steps", DISCRIMINATOR);
        let mut away = Away { records, predicted, measured, changing, lines: Vec::new(), average };
        away.lines = match changing {
            None => away.exponentials(rest.stretch.as_ref()),
            Some(what) if !adapts(&run.scenario) => away.sum(run, rest, what).into_iter().collect(),
            Some(_) => Vec::new(),
        };
        Some(away)
    }

    /// The measured and the predicted exponential through the middle of the part that was measured.
    fn exponentials(&self, stretch: Option<&Stretch>) -> Vec<(String, Vec<At>, RGBColor)> {
        let (Some(stretch), Some(Ok(measured))) = (stretch, &self.measured) else { return Vec::new() };
        let within = |r: &&At| (stretch.from as f64..=stretch.to as f64).contains(&r.0);
        let part: Vec<&At> = self.records.iter().filter(within).collect();
        let mean = |of: fn(&At) -> f64| part.iter().map(|r| of(r)).sum::<f64>() / part.len() as f64;
        let middle = (mean(|r| r.0), mean(|r| r.1.ln()));
        let line = |name: &str, log: f64, color: RGBColor| {
            let at = |r: &At| (r.0, (middle.1 + log * (r.0 - middle.0)).exp());
            let points = self.among(self.records.iter().map(at).collect());
            (format!("{name}: × {} a step", factor(log)), points, color)
        };
        let lines =
            [Some(("measured", *measured, INK)), self.predicted.map(|log| ("predicted", log, GENERATOR))];
        lines.into_iter().flatten().map(|(name, log, color)| line(name, log, color)).collect()
    }

    /// The sum of the multipliers' logarithms, through the record that is nearest to the equilibrium and above rounding.
    fn sum(&self, run: &RunData, rest: &Rest, what: &str) -> Option<(String, Vec<At>, RGBColor)> {
        let floor = ROUNDING * rest.at.norm().max(1.0);
        let clear = self.records.iter().filter(|r| r.1 > floor);
        let nearest = clear.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let points = self.among(through(&summed(run, &rest.at)?, *nearest));
        Some((format!("predicted: |μ| as {what} changes, multiplied up"), points, GENERATOR))
    }

    /// A line as far as it stays among the distances.
    fn among(&self, mut line: Vec<At>) -> Vec<At> {
        let (low, high) = bounds(self.records.iter().map(|r| r.1)).unwrap_or((0.0, f64::INFINITY));
        line.retain(|p| p.1 >= low / 3.0 && p.1 <= high * 3.0);
        line
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
        series
            .extend(self.lines.iter().map(|(label, points, color)| reference(points.clone(), label, *color)));
        let all = series.iter().flat_map(|s| &s.points).map(|p| p.1);
        let log = many_sizes(all);
        Lane { label: "distance from the equilibrium".into(), log, series, height: 190.0, ..Lane::default() }
    }
}

fn reference(points: Vec<At>, label: &str, color: RGBColor) -> Series {
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
    all.extend(away.and_then(rates));
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

/// The rates in words: what the rule predicts, and what was measured or why nothing was.
fn rates(away: &Away) -> Option<String> {
    let rate = plain(away.predicted?, 4);
    let told = "The rule's largest multiplier there predicts a rate ln|μ| of";
    Some(match (&away.measured, away.changing) {
        (_, Some(what)) => format!(
            "{told} {rate} a step at the last step; {what} changes over the run, so no one rate was measured."
        ),
        (Some(Ok(measured)), None) => format!("{told} {rate} a step; {} was measured.", plain(*measured, 4)),
        (Some(Err(why)), None) => format!("{told} {rate} a step; none was measured: {why}."),
        (None, None) => format!("{told} {rate} a step."),
    })
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
        let (predicted, measured) = (away.predicted.unwrap(), away.measured.unwrap().unwrap());
        assert!((predicted - exact).abs() < 1e-14, "{predicted} {exact}");
        assert!((measured - exact).abs() < 1e-3 * exact.abs(), "{measured:?} {exact}");
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
        assert!((away.measured.unwrap().unwrap() - exact).abs() < 1e-12);
    }

    /// h falls to 0 along a line, so the distance after all steps is the product of sqrt(1 + h_k^2).
    #[test]
    fn a_changing_step_size_is_summed_up() {
        let lr = "lr = { start = 0.2, end = 0.0, shape = \"linear\" }";
        let run = game("bilinear", "matrix = [[1.0]]", lr, "steps = 300", "every = 1");
        let rest = Rest::of(&run).unwrap();
        let curve = summed(&run, &rest.at).unwrap();
        let distances = run.table.column("distance_equilibrium").unwrap();
        let exact = libm::log(distances[300] / distances[0]);
        let found = curve.last().unwrap().1;
        assert!((found - exact).abs() < 0.01 * exact && exact > 1.0, "{found} {exact}");
        let picture = distance(&run, Some(&rest)).unwrap();
        assert!(picture.svg.contains("as the step size changes"));
    }
}
