//! How fast a distance falls or grows: the rate that is predicted, and the rate that was measured.

/// A measured rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Natural logarithm of the factor a step.
    pub log: f64,
    /// The steps that it was measured over: first and last.
    pub span: (f64, f64),
    /// Natural logarithm of the distance at the middle of the span.
    pub middle: f64,
}

/// Distances below this, in units of the equilibrium's size (at least 1), are rounding.
const FLOOR: f64 = 1e-12;
/// Records that a measurement needs.
const LEAST: usize = 8;

/// The rate of a distance, from records (step, distance) in order of steps; None where there are too few.
///
/// It is taken over that half of the records before rounding that is nearer to the equilibrium, where the motion is the
/// more linear. A motion that turns by `turn` radian a step swings about its exponential twice a turn; so what is averaged
/// is the fall over a whole number of half turns, from which the swing drops out.
pub fn measured(records: &[(f64, f64)], turn: f64, size: f64) -> Option<Rate> {
    let floor = FLOOR * size.max(1.0);
    let clean: Vec<(f64, f64)> =
        records.iter().take_while(|r| r.1 > floor && r.1.is_finite()).map(|r| (r.0, r.1.ln())).collect();
    let half = clean.len().div_ceil(2);
    if half < LEAST {
        return None;
    }
    let mean = |part: &[(f64, f64)]| part.iter().map(|r| r.1).sum::<f64>() / part.len() as f64;
    let (first, second) = (&clean[..half], &clean[clean.len() - half..]);
    let part = if mean(first) < mean(second) { first } else { second };
    let span = (part[0].0, part[half - 1].0);
    let long = 0.5 * (span.1 - span.0);
    let period = std::f64::consts::PI / turn.abs().max(1e-12);
    // No turn within the span: the motion does not swing there.
    let lag = if period <= long { (long / period).floor() * period } else { long };
    let falls: Vec<f64> = part
        .iter()
        .filter(|r| r.0 + lag <= span.1)
        .filter_map(|r| Some((between(part, r.0 + lag)? - r.1) / lag))
        .collect();
    let log = falls.iter().sum::<f64>() / falls.len() as f64;
    log.is_finite().then_some(Rate { log, span, middle: mean(part) })
}

/// The value at a step, straight between the records beside it.
fn between(records: &[(f64, f64)], step: f64) -> Option<f64> {
    let above = records.partition_point(|r| r.0 < step).clamp(1, records.len() - 1);
    let ((a, u), (b, v)) = (records[above - 1], records[above]);
    (b > a).then(|| u + (v - u) * (step - a) / (b - a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// r = e^(-rate t) (1 + swing cos 2 (turn t + phase)) / norm: the shape of a spiral's distance.
        #[test]
        fn a_swing_about_an_exponential_drops_out(
            rate in -0.02f64..0.05, turn in 0.02f64..0.15, phase in 0.0f64..3.0, swing in 0.0f64..0.8,
        ) {
            let at = |t: f64| libm::exp(-rate * t) * (1.0 + swing * libm::cos(2.0 * (turn * t + phase)));
            let records: Vec<(f64, f64)> = (0..=1000).map(|t| (f64::from(t), at(f64::from(t)))).collect();
            let found = measured(&records, turn, 1.0).unwrap();
            prop_assert!((found.log + rate).abs() < 2e-4, "{} {}", found.log, -rate);
        }
    }

    #[test]
    fn rounding_is_left_out_and_few_records_say_nothing() {
        let at = |t: f64| libm::exp(-0.1 * t) + 1e-15;
        let records: Vec<(f64, f64)> = (0..2000).map(|t| (f64::from(t), at(f64::from(t)))).collect();
        let found = measured(&records, 0.0, 1.0).unwrap();
        assert!((found.log + 0.1).abs() < 1e-4 && found.span.1 < 280.0);
        assert_eq!(measured(&records[..10], 0.0, 1.0), None);
        assert_eq!(measured(&[], 0.0, 1.0), None);
    }
}
