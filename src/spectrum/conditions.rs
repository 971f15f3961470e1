//! The conditions of a theorem, each with the number by which it is judged.

use super::verdict::{EQUILIBRIUM, is_equilibrium};
use crate::game::{Game, Gan, GanBatch, GanError, Joint, Source};
use serde::{Deserialize, Serialize};

/// Largest number that counts as zero.
const ZERO: f64 = 1e-6;

/// A condition and the number by which it is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// A name.
    pub name: String,
    /// What is asked.
    pub asks: String,
    /// The number.
    pub number: f64,
    /// Whether it holds; null where the number does not decide.
    pub holds: Option<bool>,
}

impl Condition {
    pub(super) fn zero(name: &str, asks: &str, number: f64) -> Self {
        Condition { name: name.into(), asks: asks.into(), number, holds: Some(number <= ZERO) }
    }
}

/// NK17's assumption I, and of IV what enters the blocks.
pub(super) fn realisability(
    gan: &Gan<f64>,
    at: &Joint<f64>,
    batch: &GanBatch<f64>,
    rho: f64,
) -> Result<Vec<Condition>, GanError> {
    let norm = |w: &Joint<f64>| w.flat().iter().map(|w| w * w).sum::<f64>().sqrt();
    let (field, theta) = (norm(&gan.field(at, batch)?), norm(at));
    let rest = Condition {
        name: "equilibrium".into(),
        asks: "‖v‖ = 0 on the batch (in units of rho max(1, ‖theta‖))".into(),
        number: field / (rho * theta.max(1.0)).max(f64::MIN_POSITIVE),
        holds: Some(is_equilibrium(field, theta, rho, EQUILIBRIUM)),
    };
    let fake = gan.fakes(&at.g, &batch.z);
    let largest = |values: &[f64]| values.iter().fold(0.0f64, |a, b| if b.abs() > a { b.abs() } else { a });
    let apart = |a: &[f64], b: &[f64]| largest(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    let logit = largest(&[gan.judge(&at.d, &batch.x), gan.judge(&at.d, &fake)].concat());
    let pairs = apart(&batch.x, &fake) / largest(&batch.x).max(f64::MIN_POSITIVE);
    // Equal functions of z are equal distributions, whatever z the real samples of the batch came from.
    let realised = match &gan.source {
        Source::Teacher { theta, .. } => Condition::zero(
            "realised distribution",
            "G(z) = T(z) on the batch (largest difference over largest |x|)",
            apart(&gan.generate(theta, &batch.z), &fake) / largest(&batch.x).max(f64::MIN_POSITIVE),
        ),
        _ => Condition {
            // Two samples of one distribution differ too, so a large number refutes nothing.
            holds: (pairs <= ZERO).then_some(true),
            ..Condition::zero(
                "realised distribution",
                "x = G(z) row by row (largest difference over largest |x|)",
                pairs,
            )
        },
    };
    let slopes = input_slope(gan, &at.d, &batch.x).max(input_slope(gan, &at.d, &fake));
    Ok(vec![
        rest,
        Condition::zero("D = 0 on the samples", "largest |D| over x and G(z)", logit),
        Condition::zero("D = 0 near the samples", "largest |grad_x D| over x and G(z)", slopes),
        realised,
    ])
}

/// The largest ‖grad_x D‖ over samples.
fn input_slope(gan: &Gan<f64>, d: &[f64], x: &[f64]) -> f64 {
    let mut pass = gan.discriminator.pass(gan.kernels);
    let mut worst = 0.0f64;
    for row in x.chunks_exact(gan.discriminator.inputs()) {
        let mut slope = vec![0.0; row.len()];
        pass.forward(d, row);
        pass.backward(d, &[1.0], None, Some(&mut slope));
        worst = worst.max(slope.iter().map(|s| s * s).sum::<f64>().sqrt());
    }
    worst
}
