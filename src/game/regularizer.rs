//! What is added to the losses, resolved from the scenario.

use super::joint::Player;
use crate::scenario::{Regularizer, Schedule};

/// A strength over training: its schedule, and how rarely it is applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    schedule: Schedule,
    every: u64,
    steps: u64,
}

impl Strength {
    /// A schedule over a training of `steps` steps, applied at every `every`-th.
    pub fn new(schedule: &Schedule, every: usize, steps: u64) -> Self {
        Strength { schedule: schedule.clone(), every: every.max(1) as u64, steps }
    }

    /// The strength at a step: a lazy term is `every` times as strong where it is applied and 0 elsewhere
    /// (Karras et al. 2020).
    pub fn at(&self, step: u64) -> f64 {
        if step.is_multiple_of(self.every) {
            self.schedule.at(step, self.steps) * self.every as f64
        } else {
            0.0
        }
    }
}

/// A term, in the form in which the engines compute it.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// strength ‖grad_of loss_of‖^2, added to the loss of `paid_by`; the loss without regularisers.
    GradientNorm {
        /// Strength eta.
        strength: Strength,
        /// Whose gradient.
        of: Player,
        /// Whose loss.
        paid_by: Player,
    },
    /// strength E (‖grad_x D‖ - center)^2, added to the discriminator's loss.
    Input {
        /// Strength: gamma / 2 for R1 and R2, lambda for a gradient penalty.
        strength: Strength,
        /// Where, and from which norm on.
        penalty: Penalty,
    },
    /// The field v becomes v - strength J' v.
    Consensus {
        /// Strength gamma.
        strength: Strength,
    },
    /// strength / 2 ‖theta_player‖^2, added to the loss of `player`.
    Decay {
        /// Strength.
        strength: Strength,
        /// Who decays.
        player: Player,
    },
}

/// A penalty on the discriminator's gradient by its input: (‖grad_x D‖ - center)^2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// Where the gradient is taken.
    pub points: PenaltyPoints,
    /// The norm that is asked for.
    pub center: f64,
    /// Whether norms below the centre are free.
    pub one_sided: bool,
}

/// Where a penalty on the gradient by the input is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PenaltyPoints {
    /// At real samples.
    Real,
    /// At generated samples.
    Fake,
    /// At m x + (1 - m) G(z), m uniform on [0, 1].
    Mixed,
}

impl Penalty {
    /// The factor u in `grad (‖g‖ - c)^2 = u g`, with g = grad_x D of one sample and the norm of g: 2 (1 - c / ‖g‖).
    /// It is 0 where a one-sided penalty rests, and where g is 0 (the norm has no gradient there).
    pub fn factor(&self, norm: f64) -> f64 {
        if self.center == 0.0 {
            2.0
        } else if norm == 0.0 || (self.one_sided && norm < self.center) {
            0.0
        } else {
            2.0 * (1.0 - self.center / norm)
        }
    }

    /// The derivative of `factor` along a direction in which g moves by g_dot, given g' g_dot.
    pub fn factor_dot(&self, norm: f64, inner: f64) -> f64 {
        if self.factor(norm) == 0.0 || self.center == 0.0 {
            0.0
        } else {
            2.0 * self.center * inner / (norm * norm * norm)
        }
    }
}

impl Term {
    fn strength(&self) -> &Strength {
        match self {
            Term::GradientNorm { strength, .. }
            | Term::Input { strength, .. }
            | Term::Consensus { strength }
            | Term::Decay { strength, .. } => strength,
        }
    }

    /// The strength at a step.
    pub fn strength_at(&self, step: u64) -> f64 {
        self.strength().at(step)
    }

    /// Makes a lazy term one that is applied at every step, at its plain strength.
    pub fn apply_always(&mut self) {
        match self {
            Term::GradientNorm { strength, .. }
            | Term::Input { strength, .. }
            | Term::Consensus { strength }
            | Term::Decay { strength, .. } => strength.every = 1,
        }
    }

    /// The term that a scenario's regulariser names, in a training of `steps` steps.
    pub fn new(regularizer: &Regularizer, steps: u64) -> Self {
        let halved = |schedule: &Schedule| match schedule.clone() {
            Schedule::Constant(value) => Schedule::Constant(value / 2.0),
            Schedule::Curve(mut curve) => {
                curve.start /= 2.0;
                curve.end /= 2.0;
                Schedule::Curve(curve)
            }
        };
        let input = |schedule: &Schedule, every: usize, points, center, one_sided| Term::Input {
            strength: Strength::new(schedule, every, steps),
            penalty: Penalty { points, center, one_sided },
        };
        match regularizer {
            Regularizer::GradientNorm { eta, of, paid_by, every } => Term::GradientNorm {
                strength: Strength::new(eta, *every, steps),
                of: (*of).into(),
                paid_by: (*paid_by).into(),
            },
            Regularizer::R1 { gamma, every } => {
                input(&halved(gamma), *every, PenaltyPoints::Real, 0.0, false)
            }
            Regularizer::R2 { gamma, every } => {
                input(&halved(gamma), *every, PenaltyPoints::Fake, 0.0, false)
            }
            Regularizer::GradientPenalty { lambda, center, one_sided, every } => {
                input(lambda, *every, PenaltyPoints::Mixed, *center, *one_sided)
            }
            Regularizer::Consensus { gamma, every } => {
                Term::Consensus { strength: Strength::new(gamma, *every, steps) }
            }
            Regularizer::WeightDecay { strength, player } => {
                Term::Decay { strength: Strength::new(strength, 1, steps), player: (*player).into() }
            }
        }
    }
}
