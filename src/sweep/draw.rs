//! Settings drawn from ranges and lists: at random, or evenly.
//!
//! The even draws are Halton's sequence (1960): in the k-th dimension the digits of n in the k-th prime, mirrored at the
//! point. It is shifted at random (Cranley & Patterson 1976), so that another seed gives another sequence as even.

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
            let shifts = uniform(0).into_iter().zip(primes());
            shifts.map(|(shift, base)| (shift + radical_inverse(n, base)).fract()).collect()
        }
    }
}

/// The digits of n in a base, mirrored at the point: 6 = 110 in base 2 gives 0.011.
fn radical_inverse(mut n: u64, base: u64) -> f64 {
    let (mut value, mut place) = (0.0, 1.0);
    while n > 0 {
        place /= base as f64;
        value += place * (n % base) as f64;
        n /= base;
    }
    value
}

/// The primes in order.
fn primes() -> impl Iterator<Item = u64> {
    (2..).filter(|n: &u64| (2..*n).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d)))
}

/// The value at a share `u` in [0, 1) of what a key may be.
fn value(values: &Values, u: f64) -> Json {
    match values {
        Values::List(list) => {
            list.get(((u * list.len() as f64) as usize).min(list.len() - 1)).cloned().unwrap_or(Json::Null)
        }
        Values::Range(range) => json(rounded(between(range, u), 4), range.whole),
    }
}

/// The number at a share of a range.
fn between(range: &Range, share: f64) -> f64 {
    match range.scale {
        Scale::Linear => range.from + (range.to - range.from) * share,
        Scale::Log => (range.from.ln() + (range.to.ln() - range.from.ln()) * share).exp(),
    }
}

/// The k-th of `count` numbers from one end of a range to the other. The ends are what they were said to be; between them
/// numbers at equal ratios have four significant digits, and those at equal distances no more than were meant.
pub fn step(range: &Range, k: usize, count: usize) -> Json {
    let last = count.saturating_sub(1).max(1);
    let x = between(range, k as f64 / last as f64);
    let digits = if range.scale == Scale::Log { 4 } else { 12 };
    match k {
        0 => json(range.from, range.whole),
        k if k == last => json(range.to, range.whole),
        _ => json(rounded(x, digits), range.whole),
    }
}

/// A number to so many significant digits.
fn rounded(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits - 1).parse().unwrap_or(x)
}

/// A number as JSON; whole ones without a point, as keys of whole numbers want it.
fn json(x: f64, whole: bool) -> Json {
    match if whole { x.round() } else { x } {
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

    /// In base b the first b^k numbers of the sequence hold every interval [j, j + 1) / b^k exactly once.
    #[test]
    fn every_interval_gets_its_one_point() {
        assert_eq!(primes().take(6).collect::<Vec<_>>(), [2, 3, 5, 7, 11, 13]);
        for (base, count) in [(2u64, 64u64), (3, 81), (5, 125)] {
            let cell = |n: u64| (radical_inverse(n, base) * count as f64 + 1e-9).floor() as u64;
            let mut cells: Vec<u64> = (0..count).map(cell).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn steps_of_a_range_are_round_and_end_where_they_should() {
        let of = |from: f64, to: f64, scale: Scale, count: usize| -> Vec<f64> {
            let range = Range { from, to, count: None, scale, whole: false };
            (0..count).map(|k| step(&range, k, count).as_f64().unwrap()).collect()
        };
        assert_eq!(of(0.0, 0.3, Scale::Linear, 4), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(of(0.02, 2.0, Scale::Log, 5), [0.02, 0.06325, 0.2, 0.6325, 2.0]);
        assert_eq!(of(1.0, 100_001.0, Scale::Linear, 3), [1.0, 50_001.0, 100_001.0]);
        assert_eq!(of(0.123456, 1.0, Scale::Log, 2), [0.123456, 1.0]);
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
