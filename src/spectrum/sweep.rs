//! How eigenvalues move with one parameter, and where they cross the margin of stability.

use serde::{Deserialize, Serialize};

/// Eigenvalues over the values of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Name of the parameter.
    pub parameter: String,
    /// What was found at each value.
    pub points: Vec<SweepPoint>,
    /// Where a direction begins or ceases to grow, in the order of the values.
    pub crossings: Vec<Crossing>,
}

/// What is found at one value of the parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The parameter's value.
    pub value: f64,
    /// The eigenvalues, as pairs.
    pub eigenvalues: Vec<[f64; 2]>,
    /// The largest real part apart from flat directions; None where there is none.
    pub largest_real: Option<f64>,
    /// The largest multiplier of the rule; None where there is none.
    pub largest_multiplier: Option<f64>,
}

/// A value at which something crosses its margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The value.
    pub value: f64,
    /// It lies between this one
    pub low: f64,
    /// and this one.
    pub high: f64,
    /// What crosses.
    pub what: Crossed,
    /// Whether it grows beyond the value rather than before it. Either side may be on the margin itself.
    pub grows_beyond: bool,
}

/// What crosses its margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossed {
    /// The largest real part, at 0.
    LargestReal,
    /// The largest multiplier, at 1.
    LargestMultiplier,
}

impl Crossed {
    /// The name in words.
    pub fn name(self) -> &'static str {
        match self {
            Crossed::LargestReal => "largest real part",
            Crossed::LargestMultiplier => "largest multiplier",
        }
    }
}

/// A crossing is located to this share of its value,
const WIDTH: f64 = 1e-6;
/// or to this share of the distance between the values around it, where it lies at zero.
const LEAST: f64 = 1e-9;
/// What lies nearer to the margin than this share of the largest magnitude is on it.
const MARGIN: f64 = 1e-12;

/// Takes the spectrum at each value and locates every crossing between neighbours by bisection. `at` may be asked at
/// any value between the smallest and the largest.
pub fn sweep<E>(
    parameter: &str,
    values: &[f64],
    mut at: impl FnMut(f64) -> Result<SweepPoint, E>,
) -> Result<Sweep, E> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let points = values.iter().map(|v| at(*v)).collect::<Result<Vec<_>, E>>()?;
    let mut crossings = Vec::new();
    for what in [Crossed::LargestReal, Crossed::LargestMultiplier] {
        let sides: Vec<Option<i8>> = points.iter().map(|p| side(p, what)).collect();
        let mut k = 0;
        while k + 1 < points.len() {
            let (Some(before), Some(after)) = (sides[k], sides[k + 1]) else {
                k += 1;
                continue;
            };
            let next = sides.get(k + 2).copied().flatten();
            if before != 0 && after == 0 && next.is_some_and(|n| n != 0) {
                // One value happens to lie on the margin: crossed there, or only touched.
                let value = values[k + 1];
                if next != Some(before) {
                    crossings.push(Crossing {
                        value,
                        low: value,
                        high: value,
                        what,
                        grows_beyond: before < 0,
                    });
                }
                k += 2;
                continue;
            }
            if before != after {
                let (low, high) =
                    bisected((values[k], values[k + 1]), |v| Ok(side(&at(v)?, what) == Some(before)))?;
                let grows_beyond = before < after;
                crossings.push(Crossing { value: 0.5 * (low + high), low, high, what, grows_beyond });
            }
            k += 1;
        }
    }
    crossings.sort_by(|a, b| a.value.total_cmp(&b.value));
    Ok(Sweep { parameter: parameter.into(), points, crossings })
}

/// -1 where nothing grows, 0 on the margin, 1 where something grows.
fn side(point: &SweepPoint, what: Crossed) -> Option<i8> {
    let (growth, scale) = match what {
        Crossed::LargestReal => {
            let radius = point.eigenvalues.iter().map(|[re, im]| re.hypot(*im)).fold(0.0, f64::max);
            (point.largest_real?, radius)
        }
        Crossed::LargestMultiplier => (point.largest_multiplier? - 1.0, 1.0),
    };
    match growth {
        g if !g.is_finite() => None,
        g if g.abs() <= MARGIN * scale => Some(0),
        g => Some(if g > 0.0 { 1 } else { -1 }),
    }
}

fn bisected<E>(
    (mut low, mut high): (f64, f64),
    mut as_before: impl FnMut(f64) -> Result<bool, E>,
) -> Result<(f64, f64), E> {
    let least = LEAST * (high - low);
    while high - low > (WIDTH * low.abs().max(high.abs())).max(least) {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if as_before(middle)? { low = middle } else { high = middle }
    }
    Ok((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn point(value: f64, eigenvalues: Vec<[f64; 2]>, h: f64) -> Result<SweepPoint, Infallible> {
        let largest_real = eigenvalues.iter().map(|e| e[0]).reduce(f64::max);
        let largest_multiplier =
            eigenvalues.iter().map(|[re, im]| (1.0 + h * re).hypot(h * im)).reduce(f64::max);
        Ok(SweepPoint { value, eigenvalues, largest_real, largest_multiplier })
    }

    /// lambda = p - 0.3 ± i under simultaneous steps of size 0.1: |mu|^2 = (1 + 0.1 x)^2 + 0.01 with x = p - 0.3.
    #[test]
    fn a_hopf_point_is_found_for_the_flow_and_for_the_rule() {
        let at = |p: f64| point(p, vec![[p - 0.3, 1.0], [p - 0.3, -1.0], [-5.0, 0.0]], 0.1);
        let Ok(found) = sweep("p", &[1.0, 0.0, 0.5, -0.5], at);
        assert_eq!(found.points.iter().map(|p| p.value).collect::<Vec<_>>(), [-0.5, 0.0, 0.5, 1.0]);
        let rule = 0.3 + 10.0 * (0.99f64.sqrt() - 1.0);
        let want = [(rule, Crossed::LargestMultiplier), (0.3, Crossed::LargestReal)];
        assert_eq!(found.crossings.len(), 2);
        for (crossing, (value, what)) in found.crossings.iter().zip(want) {
            assert_eq!(crossing.what, what);
            assert!(crossing.grows_beyond && crossing.low <= value && value <= crossing.high);
            assert!(crossing.high - crossing.low <= 1e-6 * value, "{crossing:?}");
        }
    }

    /// A margin at the first value (the Wasserstein GAN at eta = 0), on a value, at zero between two, touched, and
    /// everywhere.
    #[test]
    fn margins_that_values_meet() {
        let crossed = |values: &[f64], real: fn(f64) -> f64| {
            let Ok(found) = sweep("eta", values, |p| point(p, vec![[real(p), 1.0], [real(p), -1.0]], 1e-9));
            let of_flow = found.crossings.into_iter().filter(|c| c.what == Crossed::LargestReal);
            of_flow.map(|c| (c.value, c.grows_beyond)).collect::<Vec<_>>()
        };
        let first = crossed(&[0.0, 0.5, 1.0], |p| -p);
        assert!(first.len() == 1 && first[0].0.abs() < 1e-8 && !first[0].1, "{first:?}");
        assert_eq!(crossed(&[-1.0, 0.0, 1.0], |p| p), [(0.0, true)]);
        let between = crossed(&[-1.0, 0.7], |p| p);
        assert!(between.len() == 1 && between[0].0.abs() < 1e-8, "{between:?}");
        assert!(crossed(&[-1.0, 0.0, 1.0], |p| -p * p).is_empty());
        assert!(crossed(&[0.0, 1.0, 2.0], |_| 1e-17).is_empty());
        assert!(crossed(&[], |p| p).is_empty() && crossed(&[1.0], |p| p).is_empty());
    }

    #[test]
    fn what_is_not_a_number_crosses_nothing_and_is_written_as_null() {
        let none = |value: f64| {
            Ok::<_, Infallible>(SweepPoint {
                value,
                eigenvalues: Vec::new(),
                largest_real: None,
                largest_multiplier: (value > 0.0).then_some(f64::NAN),
            })
        };
        let Ok(found) = sweep("h", &[0.0, 1.0, f64::NAN], none);
        assert!(found.crossings.is_empty() && found.points.len() == 2);
        assert!(serde_json::to_string(&found).is_ok_and(|text| text.contains("\"largest_real\":null")));
    }
}
