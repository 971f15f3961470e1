//! How the eigenvalues at a point move with one value of the scenario.

use crate::game::GanBatch;
use crate::run::folder::Folder;
use crate::run::{RunError, RunOptions, Subject, game_of, steady};
use crate::scenario::{Override, Range, Scale, load};
use crate::spectrum::{Request, Sweep, SweepPoint, Verdict, sweep};

/// A key of the scenario and the values it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Vary {
    /// The key, as --set names it.
    pub key: String,
    /// The values.
    pub values: Vec<f64>,
}

impl Vary {
    /// Parses `KEY=FROM..TO`, `KEY=FROM..TO:COUNT`, `KEY=FROM..TO:COUNT:log` or `KEY=A,B,C`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "expected KEY=FROM..TO, KEY=FROM..TO:COUNT, KEY=FROM..TO:COUNT:log or KEY=A,B,C";
        let (key, values) = text.split_once('=').ok_or(form)?;
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(x),
            _ => Err(format!("`{text}` is no number; {form}")),
        };
        let values = if values.contains("..") {
            spread(&values.parse().map_err(|e| format!("{e}; {form}"))?)
        } else {
            values.split(',').map(number).collect::<Result<Vec<_>, _>>()?
        };
        if key.trim().is_empty() || values.len() < 2 {
            return Err(format!("a key and at least two values are needed; {form}"));
        }
        Ok(Vary { key: key.trim().to_string(), values })
    }
}

/// The numbers of a range, 21 where it names no count. The ends are what was typed, to the last digit.
fn spread(range: &Range) -> Vec<f64> {
    let Range { from, to, scale, .. } = *range;
    let count = range.count.unwrap_or(21);
    let at = |k: usize| match scale {
        Scale::Linear => between(from, to, k, count),
        Scale::Log if k == 0 => from,
        Scale::Log if k + 1 == count => to,
        Scale::Log => between(from.ln(), to.ln(), k, count).exp(),
    };
    (0..count).map(at).collect()
}

/// The k-th of `count` numbers at equal distances from one to another.
fn between(from: f64, to: f64, k: usize, count: usize) -> f64 {
    from + (to - from) * k as f64 / (count - 1) as f64
}

/// The spectrum of a run's point under each value, on one batch, with every crossing of a margin located. Every value
/// is checked as `--set` would check it.
pub fn vary(
    subject: &Subject,
    folder: &Folder,
    vary: &Vary,
    batches: &[GanBatch<f64>],
    request: &Request,
    tell: &dyn Fn(&str),
) -> Result<Sweep, RunError> {
    let request = Request { blocks: false, ..request.clone() };
    let path = folder.scenario().display().to_string();
    let batches = &batches[..batches.len().min(1)];
    let at = |value: f64| {
        tell(&format!("{} = {value}", vary.key));
        let set = Override::parse(&format!("{}={value:?}", vary.key)).map_err(RunError::Refused)?;
        let loaded = load(&path, &[set], None).map_err(|problems| RunError::Refused(problems.to_string()))?;
        let game = steady(game_of(&loaded, &RunOptions::new(&folder.path))?);
        if game.sizes() != subject.game.sizes() {
            let text = format!("{} changes the number of parameters; the point would not fit", vary.key);
            return Err(RunError::Refused(text));
        }
        let (at, state) = (subject.at.clone(), subject.state.clone());
        let moved = Subject { loaded, game, at, state, step: subject.step };
        let found = moved.spectrum(batches, &request, &|_| ())?;
        // What is marginal is 0 but for rounding.
        let marginal = found.judgement.verdict == Verdict::Marginal;
        let real = if marginal { 0.0 } else { found.largest_real };
        Ok(SweepPoint {
            value,
            largest_real: real.is_finite().then_some(real),
            largest_multiplier: found.rule.largest,
            eigenvalues: found.eigenvalues,
        })
    };
    sweep(&vary.key, &vary.values, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_four_forms() {
        let values = |text: &str| Vary::parse(text).map(|v| v.values);
        assert_eq!(values("a.b=0..1:3"), Ok(vec![0.0, 0.5, 1.0]));
        assert_eq!(values("a=1,2.5, 3"), Ok(vec![1.0, 2.5, 3.0]));
        assert_eq!(values("a=-1..1").map(|v| v.len()), Ok(21));
        let ratios = values("a=0.01..100:5:log").unwrap();
        assert_eq!((ratios[0], ratios[4]), (0.01, 100.0));
        assert!(ratios.iter().zip([0.01, 0.1, 1.0, 10.0, 100.0]).all(|(a, b)| (a / b - 1.0).abs() < 1e-14));
        for bad in [
            "a",
            "=1,2",
            "a=1",
            "a=x..2",
            "a=0..1:1",
            "a=0..inf",
            "a=",
            "a=0..1:5:log",
            "a=1..2:5:ln",
            "a=1..2:1000000",
        ] {
            assert!(values(bad).is_err(), "{bad}");
        }
    }
}
