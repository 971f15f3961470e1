//! What eigenvalues say of a point, and what they do not.

use super::eigen::Eigen;
use nalgebra::Complex;
use serde::{Deserialize, Serialize};

/// The word for a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At an equilibrium every direction that is not flat contracts.
    Stable,
    /// At an equilibrium the slowest direction neither grows nor contracts, as far as its uncertainty lets one say.
    Marginal,
    /// At an equilibrium some direction grows.
    Unstable,
    /// Away from an equilibrium every direction that is not flat contracts.
    LocalContraction,
    /// Away from an equilibrium some direction grows.
    LocalGrowth,
    /// The eigenvalues do not decide.
    Undetermined,
}

impl Verdict {
    /// Whether some direction grows.
    pub fn grows(self) -> bool {
        matches!(self, Verdict::Unstable | Verdict::LocalGrowth)
    }

    /// Whether every direction that is not flat contracts.
    pub fn contracts(self) -> bool {
        matches!(self, Verdict::Stable | Verdict::LocalContraction)
    }

    /// The word as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Stable => "stable",
            Verdict::Marginal => "marginal",
            Verdict::Unstable => "unstable",
            Verdict::LocalContraction => "local contraction",
            Verdict::LocalGrowth => "local growth",
            Verdict::Undetermined => "undetermined",
        }
    }
}

/// A verdict with its reason, in a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The word.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// Tolerance of `is_equilibrium` where none is given.
pub const EQUILIBRIUM: f64 = 1e-6;

/// Whether a point is an equilibrium: ‖v‖ is at most `tolerance` times rho max(1, ‖theta‖), with rho the largest
/// magnitude of an eigenvalue there. To first order a field of that size is undone by a move of that share of theta.
pub fn is_equilibrium(field: f64, theta: f64, rho: f64, tolerance: f64) -> bool {
    field <= tolerance * rho * theta.max(1.0)
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The eigenvalues apart from flat ones.
    pub eigen: &'a [Eigen],
    /// How far each is on the growing side: a real part, or |mu| - 1.
    pub growth: fn(Complex<f64>) -> f64,
    /// Whether the field vanishes at the point.
    pub equilibrium: bool,
    /// Whether every eigenvalue is among them. If not, those found are the outermost ones on the growing side.
    pub complete: bool,
    /// Zero eigenvalues beyond the dimension of the null space.
    pub defective_zeros: usize,
    /// A number that no eigenvalue's growth exceeds, where one is known.
    pub bound: Option<f64>,
}

/// The verdict. A growing direction counts only where its eigenvalue converged and lies farther from the margin than
/// its uncertainty; a stable one only if no eigenvalue could lie on the other side.
pub fn judge(evidence: Evidence) -> Judgement {
    let Evidence { growth, equilibrium, complete, .. } = evidence;
    let surely_grows = |e: &&Eigen| e.converged && growth(e.value) > e.uncertainty;
    let growing = evidence.eigen.iter().filter(surely_grows).map(|e| growth(e.value)).fold(0.0, f64::max);
    let judged = |at_rest, away, reason: String| Judgement {
        verdict: if equilibrium { at_rest } else { away },
        reason,
    };
    if growing > 0.0 {
        let reason = format!("a direction grows at the rate {growing:.3e}");
        return judged(Verdict::Unstable, Verdict::LocalGrowth, reason);
    }
    let undetermined = |reason: String| Judgement { verdict: Verdict::Undetermined, reason };
    let bound = evidence.bound.map_or(String::new(), |b| format!("; no rate exceeds {b:.3e}"));
    if !complete {
        if let Some(e) = evidence.eigen.iter().find(|e| !e.converged) {
            return undetermined(format!(
                "the eigenvalue near {:.3e}{:+.3e}i did not converge (residual {:.1e}){bound}",
                e.value.re, e.value.im, e.residual
            ));
        }
        if evidence.eigen.is_empty() {
            return undetermined(format!("no eigenvalue apart from flat directions converged{bound}"));
        }
    }
    if evidence.defective_zeros > 0 {
        return undetermined(format!(
            "zero is {} times more often an eigenvalue than it has directions: along those the linear part does not \
             decide",
            evidence.defective_zeros
        ));
    }
    let Some(last) = evidence.eigen.iter().max_by(|a, b| growth(a.value).total_cmp(&growth(b.value))) else {
        return undetermined("every direction is flat: linearisation says nothing here".into());
    };
    let unsure = evidence.eigen.iter().filter(|e| growth(e.value) + e.uncertainty >= 0.0);
    let Some(close) = unsure.max_by(|a, b| a.uncertainty.total_cmp(&b.uncertainty)) else {
        let reason = format!("the slowest direction contracts at the rate {:.3e}", -growth(last.value));
        return judged(Verdict::Stable, Verdict::LocalContraction, reason);
    };
    // An uncertainty that is itself large says nothing; one at rounding says that the margin is met.
    if close.uncertainty > SHARP * (close.value.norm() + close.uncertainty) {
        return undetermined(format!(
            "the eigenvalue near {:.3e}{:+.3e}i is uncertain by {:.1e} (its condition number is {:.1e}){bound}",
            close.value.re, close.value.im, close.uncertainty, close.condition
        ));
    }
    judged(
        Verdict::Marginal,
        Verdict::Undetermined,
        format!("the slowest direction neither grows nor contracts: {:.1e}", growth(last.value)),
    )
}

/// An eigenvalue known to this share of itself is sharp enough to be called marginal.
const SHARP: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn one(re: f64, im: f64, uncertainty: f64, converged: bool) -> Eigen {
        Eigen { value: Complex::new(re, im), residual: 0.0, condition: 1.0, converged, uncertainty }
    }

    fn verdict(eigen: &[Eigen], equilibrium: bool, complete: bool, defective_zeros: usize) -> Verdict {
        let growth = |v: Complex<f64>| v.re;
        judge(Evidence { eigen, growth, equilibrium, complete, defective_zeros, bound: None }).verdict
    }

    #[test]
    fn each_word_has_its_case() {
        let left = one(-1.0, 2.0, 1e-14, true);
        let center = one(1e-16, 1.0, 1e-15, true);
        let right = one(0.1, 0.0, 1e-14, true);
        let vague = one(-0.1, 1.0, 0.5, true);
        let loose = one(0.2, 0.0, 0.3, false);
        assert_eq!(verdict(&[left], true, true, 0), Verdict::Stable);
        assert_eq!(verdict(&[left, center], true, true, 0), Verdict::Marginal);
        assert_eq!(verdict(&[left, center, right], true, true, 0), Verdict::Unstable);
        assert_eq!(verdict(&[left], false, true, 0), Verdict::LocalContraction);
        assert_eq!(verdict(&[left, right], false, true, 0), Verdict::LocalGrowth);
        assert_eq!(verdict(&[left, vague], true, true, 0), Verdict::Undetermined);
        assert_eq!(verdict(&[left, loose], true, false, 0), Verdict::Undetermined);
        assert_eq!(verdict(&[left], true, true, 1), Verdict::Undetermined);
        assert_eq!(verdict(&[], true, true, 0), Verdict::Undetermined);
    }
}
