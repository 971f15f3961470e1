//! What theory predicts of a run and what was measured, in sentences and as rows of a table.

use super::super::number::{complex, number, precise, whole};
use crate::inspect::forecast::{Compared, Ending, Forecast, Refusal};
use crate::run::folder::RunData;
use crate::spectrum::{Spectrum, Verdict};
use nalgebra::Complex;

/// A row of the table: what, predicted, measured, off by. What is not known is a dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is compared.
    pub what: String,
    /// What theory gives.
    pub predicted: String,
    /// What was measured or computed.
    pub measured: String,
    /// The difference.
    pub off: String,
}

/// Parameters that are written out.
const SHOWN: usize = 4;
/// Eigenvalues that are written out.
const LISTED: usize = 6;

/// The sentences.
pub fn sentences(run: &RunData, forecast: &Forecast) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(place(forecast));
    told.extend(closed_form(forecast));
    match &forecast.spectrum {
        Err(why) => told.push(format!("Theory gives no numbers for this run: {why}.")),
        Ok(spectrum) => {
            told.push(flow(spectrum));
            told.push(rule(spectrum, forecast));
            told.extend(measured(forecast));
            told.extend(limit(spectrum, forecast));
            told.extend(fate(run, spectrum, forecast));
        }
    }
    told
}

fn place(forecast: &Forecast) -> Option<String> {
    let at = forecast.equilibrium.as_ref()?.flat();
    Some(if at.len() <= SHOWN {
        let numbers: Vec<String> = at.iter().map(|x| number(*x)).collect();
        let which = match forecast.known {
            true => "The equilibrium that the run ended nearest to is",
            false => {
                "The game has no equilibrium that is known beforehand; the run ended at one that was found there,"
            }
        };
        format!("{which} ({}).", numbers.join(", "))
    } else {
        format!(
            "The run is held against the equilibrium it ended nearest to, a point of {} parameters.",
            at.len()
        )
    })
}

/// The closed form and how far the program's Jacobian is from it.
fn closed_form(forecast: &Forecast) -> Option<String> {
    let known = forecast.closed_form.as_ref()?;
    // Without a spectrum the reason is the same, and it is told there.
    forecast.spectrum.as_ref().ok()?;
    let remark = known.remark.as_ref().map_or(String::new(), |remark| format!(" {}.", sentence(remark)));
    if known.eigenvalues.is_empty() {
        return Some(format!("{} gives no eigenvalues for this game.{remark}", known.source));
    }
    let off = forecast.closed_form_off().map_or(String::new(), |off| {
        format!("; the eigenvalues of the program's own Jacobian are off by {}", number(off))
    });
    let values = list(&known.eigenvalues);
    Some(format!(
        "In closed form ({}; {}) the eigenvalues are {values}{off}.{remark}",
        known.formula, known.source
    ))
}

/// A text that begins as a sentence and does not yet end as one.
fn sentence(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Values as text, a conjugate pair as one, the outermost on the growing side first. What is 0 to rounding is 0.
fn list(values: &[Complex<f64>]) -> String {
    let rounding = 1e-13 * values.iter().map(|v| v.norm()).fold(0.0, f64::max);
    let clear = |x: f64| if x.abs() <= rounding { 0.0 } else { x };
    let values = values.iter().map(|v| Complex::new(clear(v.re), clear(v.im)));
    let mut upper: Vec<_> = values.filter(|v| v.im >= 0.0).collect();
    upper.sort_by(|a, b| b.re.total_cmp(&a.re));
    let more = upper.len().saturating_sub(LISTED);
    let mut text = upper.iter().take(LISTED).map(|v| complex(v.re, v.im)).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {} more", whole(more as u64));
    }
    text
}

fn flow(spectrum: &Spectrum) -> String {
    let says = match spectrum.judgement.verdict {
        Verdict::Stable => "the continuous motion closes in (stable)".to_string(),
        Verdict::Marginal => {
            "to first order the continuous motion goes round and neither closes in nor leaves (marginal)"
                .to_string()
        }
        Verdict::Unstable => "the continuous motion leaves (unstable)".to_string(),
        _ => format!(
            "linearisation does not decide about the continuous motion: {}",
            spectrum.judgement.reason
        ),
    };
    format!("Theory: the eigenvalues of the Jacobian there are {}: {says}.", list(&spectrum.values()))
}

fn rule(spectrum: &Spectrum, forecast: &Forecast) -> String {
    if let Some(why) = &spectrum.rule.refused {
        return format!("The rule has no multipliers: {why}.");
    }
    let [d, g] = forecast.steps.map(number);
    let with = if d == g { format!("step size {d}") } else { format!("step sizes {d} and {g}") };
    match (&forecast.factor, spectrum.rule.largest) {
        (Some(Compared { predicted, .. }), _) => {
            let does = match predicted - 1.0 {
                x if x.abs() < 1e-9 => "should neither shrink nor grow to first order",
                x if x < 0.0 => "should shrink by this factor a step",
                _ => "should grow by this factor a step",
            };
            let mu = precise(*predicted);
            format!("With {with} the largest multiplier of the rule has |mu| = {mu}: the distance {does}.")
        }
        (None, Some(mu)) => {
            let mu = precise(mu);
            format!(
                "With {with} the largest multiplier of the rule has |mu| = {mu}, which does not decide either."
            )
        }
        (None, None) => {
            format!("With {with} all multipliers of the rule are 1, which does not decide either.")
        }
    }
}

fn measured(forecast: &Forecast) -> Option<String> {
    let factor = forecast.factor.as_ref()?;
    let value = match &factor.measured {
        Ok(value) => value,
        Err(why) => return Some(format!("The factor could not be measured on this run: {why}.")),
    };
    let stretch = forecast.stretch.as_ref()?;
    let near = stretch.share.map_or(String::new(), |share| {
        format!(", where other than linear parts of the field make up at most {} of it", percent(share))
    });
    let mut told = format!(
        "Measured from step {} to step {}{near}: a factor of {} a step, off by {}",
        whole(stretch.from),
        whole(stretch.to),
        precise(*value),
        number(value - factor.predicted)
    );
    if !stretch.clean {
        told += " (the factor is so near to 1 that these parts can matter as much)";
    }
    if let Some(Compared { predicted, measured: Ok(turn) }) = &forecast.turn {
        told += &format!("; a turn should take {} steps and took {}", precise(*predicted), precise(*turn));
    }
    if let Some(Compared { predicted, measured: Ok(energy) }) = &forecast.energy {
        told += &format!(
            "; what the unregularised flow conserves should change by |mu|^2 = {} a step and changed by {}",
            precise(*predicted),
            precise(*energy)
        );
    }
    Some(told + ".")
}

/// A share in per cent with one digit, however small it is.
fn percent(share: f64) -> String {
    if share < 1e-6 { "a millionth".into() } else { format!("{} %", number(100.0 * share)) }
}

fn limit(spectrum: &Spectrum, forecast: &Forecast) -> Option<String> {
    let limits = spectrum.rule.limits.as_ref()?;
    forecast.factor.as_ref()?;
    let [d, g] = forecast.steps;
    Some(match limits.stable {
        Some(0.0) => "For no step size is the rule stable there.".into(),
        None => "The rule is stable there for every step size that was tried.".into(),
        Some(factor) if d == g => {
            format!(
                "The rule is stable there for step sizes below {}; the run had {}.",
                number(factor * d),
                number(d)
            )
        }
        Some(factor) => {
            format!(
                "The rule is stable there for step sizes below {} times those of the run.",
                number(factor)
            )
        }
    })
}

/// Whether the run did what the rule's multipliers say.
fn fate(run: &RunData, spectrum: &Spectrum, forecast: &Forecast) -> Option<String> {
    let ending = forecast.ending?;
    let verdict = spectrum.rule.judgement.as_ref()?.verdict;
    let did = did(ending);
    let frozen = matches!(&forecast.factor, Some(Compared { measured: Err(Refusal::Changing(_)), .. }));
    let after = whole(run.info.step);
    let agrees = match verdict {
        Verdict::Stable => matches!(ending, Ending::Converged | Ending::Nearer),
        Verdict::Marginal => ending == Ending::Kept,
        Verdict::Unstable => matches!(ending, Ending::Farther | Ending::Left),
        _ => return Some(format!("In {after} steps the run {did}.")),
    };
    if frozen {
        return Some(format!("In {after} steps the run {did}; the prediction is for its last step alone."));
    }
    if ending == Ending::NearMiss {
        return Some(format!("In {after} steps the run {did}."));
    }
    Some(match (agrees, verdict) {
        (true, _) => format!("The run agrees: in {after} steps it {did}."),
        (false, Verdict::Stable) => format!(
            "In {after} steps the run {did}: it did not come into the neighbourhood in which the equilibrium attracts."
        ),
        (false, _) => {
            format!(
                "In {after} steps the run {did}: what holds near the equilibrium does not hold farther out."
            )
        }
    })
}

fn did(ending: Ending) -> &'static str {
    match ending {
        Ending::Converged => "closed in on the equilibrium",
        Ending::Nearer => "came nearer to the equilibrium",
        Ending::Kept => "kept its distance from the equilibrium",
        Ending::Farther => "went farther from the equilibrium",
        Ending::Left => "left the equilibrium far behind",
        Ending::NearMiss => "came near to the equilibrium and left it again",
    }
}

/// The rows of the table; none where theory gives no numbers.
pub fn rows(forecast: &Forecast) -> Vec<Row> {
    let Ok(spectrum) = &forecast.spectrum else { return Vec::new() };
    let dash = || "–".to_string();
    let known = forecast.closed_form.as_ref().filter(|known| !known.eigenvalues.is_empty());
    let mut rows = vec![Row {
        what: "eigenvalues at the equilibrium: closed form, and of the program's Jacobian".into(),
        predicted: known.map_or_else(dash, |known| list(&known.eigenvalues)),
        measured: list(&spectrum.values()),
        off: forecast.closed_form_off().map_or_else(dash, number),
    }];
    let numbers = [
        ("factor on the distance a step", &forecast.factor),
        ("steps a turn about the equilibrium", &forecast.turn),
        ("factor a step on what the unregularised flow conserves", &forecast.energy),
    ];
    for (what, compared) in numbers {
        let Some(Compared { predicted, measured }) = compared else { continue };
        rows.push(Row {
            what: what.into(),
            predicted: precise(*predicted),
            measured: measured
                .as_ref()
                .map_or_else(|why| format!("not measured: {why}"), |value| precise(*value)),
            off: measured.as_ref().map_or_else(|_| dash(), |value| number(value - predicted)),
        });
    }
    if let Some(judgement) = &spectrum.rule.judgement {
        rows.push(Row {
            what: "the run".into(),
            predicted: judgement.verdict.name().into(),
            measured: forecast.ending.map_or_else(dash, |ending| did(ending).into()),
            off: dash(),
        });
    }
    rows
}
