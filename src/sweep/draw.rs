//! Settings drawn from ranges and lists: at random, or evenly.
//!
//! The even draws are the additive recurrence of Roberts ("The unreasonable effectiveness of quasirandom sequences",
//! 2018): `u_n = frac(shift + n alpha)` with `alpha_i = phi^-i`, where phi is the positive root of
//! `x^(d+1) = x + 1`; in one dimension that is the golden ratio's sequence. The shift is random (Cranley & Patterson
//! 1976), so that another seed gives another sequence as even.

use crate::random::{Address, Stream};
use crate::scenario::{Draws, Range, Scale, Values};
use rand::RngExt;
use serde_json::{Number, Value as Json};

/// How the numbers behind draws are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Independent and uniform.
    Random,
    /// Spread evenly.
    Even,
}

/// The settings that are drawn, each with a value for every key in their order; all different.
pub fn settings(draws: &Draws, manner: Manner) -> Result<Vec<Vec<Json>>, String> {
    let dim = draws.keys.0.len();
    let mut found: Vec<Vec<Json>> = Vec::new();
    // Where the keys have few values a draw may come again; another one is taken for it.
    for n in 0..draws.draws as u64 * 50 {
        let point = point(draws.seed, n, dim, manner);
        let setting: Vec<Json> =
            draws.keys.0.iter().zip(point).map(|((_, values), u)| value(values, u)).collect();
        if !found.contains(&setting) {
            found.push(setting);
        }
        if found.len() == draws.draws {
            return Ok(found);
        }
    }
    Err(format!(
        "{} different settings are asked for and only {} were found; draw fewer, or from more values",
        draws.draws,
        found.len()
    ))
}

/// The n-th point of the unit cube.
fn point(seed: u64, n: u64, dim: usize, manner: Manner) -> Vec<f64> {
    let uniform = |step: u64| {
        let mut rng = Address::new(seed, Stream::Sweep, step).rng();
        (0..dim).map(|_| rng.random::<f64>()).collect::<Vec<_>>()
    };
    match manner {
        Manner::Random => uniform(n + 1),
        Manner::Even => {
            let phi = generalised_golden_ratio(dim);
            let alpha = |k: usize| phi.powi(-(k as i32 + 1));
            uniform(0)
                .into_iter()
                .enumerate()
                .map(|(k, shift)| (shift + n as f64 * alpha(k)).fract())
                .collect()
        }
    }
}

/// The positive root of `x^(dim+1) = x + 1`, by the iteration `x <- (1 + x)^(1/(dim+1))`, which contracts.
fn generalised_golden_ratio(dim: usize) -> f64 {
    (0..64).fold(2.0, |x: f64, _| (1.0 + x).powf(1.0 / (dim as f64 + 1.0)))
}

/// The value at a share `u` in [0, 1) of what a key may be.
fn value(values: &Values, u: f64) -> Json {
    match values {
        Values::List(list) => {
            list.get(((u * list.len() as f64) as usize).min(list.len() - 1)).cloned().unwrap_or(Json::Null)
        }
        Values::Range(range) => number(between(range, u), range.whole),
    }
}

/// The number at a share of a range.
pub fn between(range: &Range, share: f64) -> f64 {
    match range.scale {
        Scale::Linear => range.from + (range.to - range.from) * share,
        Scale::Log => (range.from.ln() + (range.to.ln() - range.from.ln()) * share).exp(),
    }
}

/// A number to four significant digits, or a whole one.
pub fn number(x: f64, whole: bool) -> Json {
    let rounded = if whole { x.round() } else { format!("{x:.3e}").parse().unwrap_or(x) };
    match rounded {
        x if x.fract() == 0.0 && x.abs() < 1e15 => Json::from(x as i64),
        x => Number::from_f64(x).map_or(Json::Null, Json::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Keyed;

    fn draws(count: usize, keys: Vec<(&str, Values)>) -> Draws {
        let keys = Keyed(keys.into_iter().map(|(key, values)| (key.to_string(), values)).collect());
        Draws { draws: count, seed: 1, keys }
    }

    fn range(from: f64, to: f64, scale: Scale, whole: bool) -> Values {
        Values::Range(Range { from, to, count: None, scale, whole })
    }

    /// The three-distance theorem (Steinhaus; Sós 1958): n multiples of any number cut the circle into gaps of at most
    /// three lengths. Random points would make n different ones.
    #[test]
    fn even_draws_leave_gaps_of_three_lengths() {
        for n in [5, 21, 100] {
            let mut at: Vec<f64> = (0..n).map(|k| point(3, k, 1, Manner::Even)[0]).collect();
            at.sort_by(f64::total_cmp);
            let around = at[0] + 1.0 - at[at.len() - 1];
            let mut gaps: Vec<f64> = at.windows(2).map(|p| p[1] - p[0]).chain([around]).collect();
            gaps.sort_by(f64::total_cmp);
            gaps.dedup_by(|a, b| (*a - *b).abs() < 1e-12);
            assert!(gaps.len() <= 3, "{n}: {gaps:?}");
            assert!(gaps[gaps.len() - 1] < 2.7 / n as f64, "{n}: {gaps:?}");
        }
        assert!((generalised_golden_ratio(1) - f64::midpoint(1.0, 5.0f64.sqrt())).abs() < 1e-12);
        let x = generalised_golden_ratio(4);
        assert!((x.powi(5) - x - 1.0).abs() < 1e-12);
    }

    #[test]
    fn draws_are_different_stay_inside_and_follow_the_seed() {
        let keys = vec![
            ("lr", range(1e-4, 1e-2, Scale::Log, false)),
            ("batch", range(1.0, 8.0, Scale::Linear, true)),
        ];
        for manner in [Manner::Random, Manner::Even] {
            let some = draws(40, keys.clone());
            let found = settings(&some, manner).unwrap();
            assert_eq!(found, settings(&some, manner).unwrap());
            assert_ne!(found, settings(&Draws { seed: 2, ..some.clone() }, manner).unwrap());
            for setting in &found {
                let (lr, batch) = (setting[0].as_f64().unwrap(), setting[1].as_i64().unwrap());
                assert!((1e-4..=1e-2).contains(&lr) && (1..=8).contains(&batch));
            }
            assert!((0..found.len()).all(|k| !found[..k].contains(&found[k])));
            // Half of the draws at equal ratios lie below the geometric mean.
            let low = found.iter().filter(|s| s[0].as_f64().unwrap() < 1e-3).count();
            assert!((10..=30).contains(&low), "{low}");
        }
        let few = draws(9, vec![("batch", range(1.0, 8.0, Scale::Linear, true))]);
        assert!(settings(&few, Manner::Random).unwrap_err().contains("only 8"));
    }
}
