//! A spectrum as it is written: one JSON object, version 1. Complex numbers are pairs `[re, im]`.

use super::blocks::Blocks;
use super::multipliers::StepLimits;
use super::verdict::Judgement;
use nalgebra::Complex;
use serde::{Deserialize, Serialize};

/// The version of the format.
pub const VERSION: u32 = 1;

/// How eigenvalues were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// All of them, from the whole Jacobian.
    Dense,
    /// The outermost, from products with vectors.
    Krylov,
}

/// A spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// Version of this format.
    pub version: u32,
    /// Number of parameters.
    pub n: usize,
    /// Of each player: discriminator, generator.
    pub sizes: [usize; 2],
    /// Training step of the point.
    pub step: u64,
    /// How the eigenvalues were found.
    pub method: Method,
    /// ‖v‖ at the point.
    pub field_norm: f64,
    /// Whether that is small enough for an equilibrium.
    pub equilibrium: bool,
    /// The eigenvalues of the Jacobian, as pairs.
    pub eigenvalues: Vec<[f64; 2]>,
    /// ‖J u - lambda u‖ of each.
    pub residuals: Vec<f64>,
    /// 1 / |y' u| of each; null where it is infinite or not known.
    pub condition_numbers: Vec<Option<f64>>,
    /// How far each may be off.
    pub uncertainties: Vec<f64>,
    /// Whether each converged.
    pub converged: Vec<bool>,
    /// The largest magnitude.
    pub radius: f64,
    /// The largest real part apart from flat directions.
    #[serde(with = "infinite")]
    pub largest_real: f64,
    /// The largest eigenvalue of (J + J') / 2, which bounds every real part.
    pub numerical_abscissa: Option<f64>,
    /// Sum of Im^2 over sum of |lambda|^2, of the eigenvalues that are listed and not flat.
    pub rotation_share: f64,
    /// ‖(J - J') / 2‖^2 over ‖J‖^2 (Frobenius; estimated where the method is krylov).
    pub hamiltonian_share: Option<f64>,
    /// The verdict on the continuous motion, `verdict` and `reason`.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// Flat directions.
    pub flat: Flat,
    /// The blocks of the Jacobian (dense only).
    pub blocks: Option<Blocks>,
    /// The run's own rule at this point: `multipliers` and what follows from them.
    #[serde(flatten)]
    pub rule: RuleSpectrum,
    /// How far the figures depend on the batch.
    pub over_batches: Option<OverBatches>,
    /// Name of the file with the batch, beside this one.
    pub batch: Option<String>,
}

/// Directions along which nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flat {
    /// Eigenvalues up to this share of the largest magnitude count as zero.
    pub tolerance: f64,
    /// How many there are; null where not all eigenvalues are known.
    pub eigenvalues: Option<usize>,
    /// Dimension of the null space; null where it is not known.
    pub null_space: Option<usize>,
}

/// The spectrum of one round of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleSpectrum {
    /// The multipliers, as pairs.
    pub multipliers: Vec<[f64; 2]>,
    /// Their residuals.
    #[serde(rename = "multiplier_residuals")]
    pub residuals: Vec<f64>,
    /// Whether these are all of them; else the outermost.
    #[serde(rename = "multipliers_complete")]
    pub complete: bool,
    /// The largest |mu| apart from flat directions.
    #[serde(rename = "largest_multiplier")]
    pub largest: Option<f64>,
    /// The verdict on the rule.
    #[serde(rename = "rule_judgement")]
    pub judgement: Option<Judgement>,
    /// Parameters of each player that are held because their second moment has died away.
    #[serde(rename = "held_parameters", default)]
    pub held: [usize; 2],
    /// Factors on the step sizes at which the motion changes; null where they were not computed.
    #[serde(rename = "step_limits")]
    pub limits: Option<StepLimits>,
    /// Why there are no multipliers.
    #[serde(rename = "rule_refused")]
    pub refused: Option<String>,
}

impl RuleSpectrum {
    /// A rule that has no linearisation.
    pub fn refused(why: String) -> Self {
        RuleSpectrum { refused: Some(why), ..Default::default() }
    }
}

/// Figures with their spread over batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverBatches {
    /// Of the largest real part.
    pub largest_real: Interval,
    /// Of the share of rotation.
    pub rotation_share: Interval,
    /// Of the largest multiplier.
    pub largest_multiplier: Option<Interval>,
}

/// A figure over several batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean (Student's t).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The values, batch by batch.
    pub values: Vec<f64>,
}

/// Student's t at 97.5 % for 1 to 10 degrees of freedom.
const STUDENT: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
/// The same for more, rounded up to that of 11.
const STUDENT_MORE: f64 = 2.201;

impl Interval {
    /// The 95 % interval of the mean of some values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        let t = values.len().checked_sub(2).map_or(f64::NAN, |k| *STUDENT.get(k).unwrap_or(&STUDENT_MORE));
        let half = t * (spread / (n - 1.0) / n).sqrt();
        Interval { mean, low: mean - half, high: mean + half, values: values.to_vec() }
    }
}

/// A complex number as it is written.
pub fn pair(z: Complex<f64>) -> [f64; 2] {
    [z.re, z.im]
}

/// JSON has no infinities: they are null, and read as minus infinity, the largest of no numbers.
mod infinite {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
        match x.is_finite() {
            true => to.serialize_f64(*x),
            false => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NEG_INFINITY))
    }
}

impl Spectrum {
    /// The eigenvalues as complex numbers.
    pub fn values(&self) -> Vec<Complex<f64>> {
        self.eigenvalues.iter().map(|[re, im]| Complex::new(*re, *im)).collect()
    }

    /// The multipliers as complex numbers.
    pub fn multipliers(&self) -> Vec<Complex<f64>> {
        self.rule.multipliers.iter().map(|[re, im]| Complex::new(*re, *im)).collect()
    }
}
