//! A rule's multipliers for a ladder of step sizes.

use super::rest::FLAT;
use crate::rule::LinearRound;
use crate::spectrum::{apart_from_flat, eigenvalues};
use nalgebra::{Complex, DMatrix};

/// Factors on the step sizes where the scenario names none.
const USUAL: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// The usual ladder is made longer, in doublings, up to this factor either way, where stability ends beyond it.
const LONGEST: f64 = 64.0;

/// The factors that a scenario asks for, in increasing order; where it asks for none, the usual ones and as many more as
/// it takes to pass the factor at which stability ends.
pub fn factors(asked: &[f64], limit: Option<f64>) -> Vec<f64> {
    let mut all = if asked.is_empty() { USUAL.to_vec() } else { asked.to_vec() };
    if let Some(limit) = limit.filter(|limit| asked.is_empty() && (1.0 / LONGEST..LONGEST).contains(limit)) {
        let ends = |by: f64, from: f64| std::iter::successors(Some(from), move |f| Some(f * by));
        all.extend(ends(2.0, 16.0).take_while(|f| *f < 2.0 * limit));
        all.extend(ends(0.5, 0.0625).take_while(|f| *f > 0.5 * limit));
    }
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// A factor on a step size h in words: "h/8", "h", "2h".
pub fn words(factor: f64) -> String {
    let whole = |x: f64| (x.round() - x).abs() < 1e-9 * x;
    match factor {
        1.0 => "h".into(),
        f if whole(f) => format!("{}h", f.round()),
        f if whole(1.0 / f) => format!("h/{}", (1.0 / f).round()),
        f => format!("{}h", super::super::spectra::caption::plain(f, 3)),
    }
}

/// A rung: the rule's step sizes times a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// The factor.
    pub factor: f64,
    /// What is drawn: h lambda of each eigenvalue that is not flat where the rule has a region in that plane, each
    /// multiplier that is not flat where not.
    pub values: Vec<Complex<f64>>,
    /// The largest multiplier that comes from each of these.
    pub sizes: Vec<f64>,
}

impl Rung {
    /// The rung of a factor; None where no eigenvalues can be had.
    pub fn of(round: &LinearRound, jacobian: &DMatrix<f64>, factor: f64) -> Option<Self> {
        let scaled = round.scaled(factor);
        match scaled.preconditioned(jacobian) {
            Some(product) => {
                let values = apart_from_flat(&eigenvalues(&product).ok()?, FLAT);
                let sizes = values.iter().map(|z| largest(&scaled, *z)).collect();
                Some(Rung { factor, values, sizes })
            }
            None => {
                let all = eigenvalues(&scaled.matrix(jacobian)).ok()?;
                // What is flat stays at 1.
                let off: Vec<Complex<f64>> = all.iter().map(|mu| mu - 1.0).collect();
                let values: Vec<Complex<f64>> = apart_from_flat(&off, FLAT).iter().map(|z| z + 1.0).collect();
                let sizes = values.iter().map(|mu| mu.norm()).collect();
                Some(Rung { factor, values, sizes })
            }
        }
    }

    /// The place that bears the rung's name: of a pair the upper one, of several the one that decides.
    pub fn named(&self) -> Option<(f64, f64)> {
        let upper = self.values.iter().zip(&self.sizes).filter(|(z, _)| z.im >= 0.0);
        upper.max_by(|a, b| a.1.total_cmp(b.1)).map(|(z, _)| (z.re, z.im))
    }

    /// |mu| - 1 of the largest multiplier; None where every direction is flat.
    pub fn growth(&self) -> Option<f64> {
        self.sizes.iter().copied().reduce(f64::max).map(|size| size - 1.0)
    }
}

/// The size of the largest multiplier that belongs to an eigenvalue z of h J; infinite where none can be had.
pub fn largest(round: &LinearRound, z: Complex<f64>) -> f64 {
    let size = round.multipliers_of(z).iter().map(|mu| mu.norm()).reduce(f64::max);
    size.filter(|size| !size.is_nan()).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_read_as_people_write_them() {
        let read = |f: f64| words(f);
        assert_eq!([0.125, 1.0, 4.0, 0.3].map(read), ["h/8", "h", "4h", "0.3h"]);
        assert_eq!(factors(&[2.0, 0.5, 2.0], Some(20.0)), [0.5, 2.0]);
        assert_eq!(factors(&[], None).len(), 7);
        assert_eq!(factors(&[], Some(20.0))[7..], [16.0, 32.0]);
        assert_eq!(factors(&[], Some(0.05))[..2], [0.03125, 0.0625]);
    }
}
