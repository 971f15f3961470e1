//! The sliders for what is added to the losses: one for each term of the scenario, and for those that a reader may want
//! to add.

use crate::game::{Analytic, Penalty, Term};
use crate::scenario::{PlayerName, Regularizer, Scenario, Schedule};
use serde_json::{Value, json};

/// A slider for the strength of a term.
pub struct Knob {
    /// What it is called.
    pub label: String,
    /// The strength in the scenario, in the scenario's own terms (gamma, not gamma / 2); 0 where it is not in it.
    pub value: f64,
    /// The largest strength.
    pub most: f64,
    regularizer: Regularizer,
    steps: u64,
}

/// The sliders of a game.
pub fn knobs(scenario: &Scenario, game: &Analytic) -> Vec<Knob> {
    let steps = scenario.train.steps;
    let knob = |regularizer: &Regularizer| {
        let (label, most) = named(regularizer);
        let value = regularizer.strength().at(0, steps);
        Knob { label, value, most: most.max(3.0 * value), regularizer: regularizer.clone(), steps }
    };
    let mut found: Vec<Knob> = scenario.game.regularizers().iter().map(knob).collect();
    for extra in extras() {
        let there = found.iter().any(|knob| named(&knob.regularizer).0 == named(&extra).0);
        let extra = knob(&extra);
        // A game without samples has no slope of D to penalise.
        let sampled = extra.penalty().is_none_or(|penalty| game.written(&[penalty]).penalties[0].is_some());
        if !there && sampled {
            found.push(extra);
        }
    }
    found
}

/// What a reader may add.
fn extras() -> [Regularizer; 3] {
    let (none, every) = (Schedule::Constant(0.0), 1);
    [
        Regularizer::GradientNorm {
            eta: none.clone(),
            of: PlayerName::Discriminator,
            paid_by: PlayerName::Generator,
            every,
        },
        Regularizer::R1 { gamma: none.clone(), every },
        Regularizer::Consensus { gamma: none, every },
    ]
}

/// Label and the strength to which its slider goes at least.
fn named(regularizer: &Regularizer) -> (String, f64) {
    let (label, most) = match regularizer {
        Regularizer::GradientNorm { of, paid_by, .. } => match (of, paid_by) {
            (PlayerName::Discriminator, PlayerName::Generator) => ("NK17’s η", 3.0),
            (PlayerName::Generator, PlayerName::Discriminator) => ("‖∇g‖² paid by d, η", 3.0),
            (PlayerName::Discriminator, PlayerName::Discriminator) => ("‖∇d‖² paid by d, η", 3.0),
            (PlayerName::Generator, PlayerName::Generator) => ("‖∇g‖² paid by g, η", 3.0),
        },
        Regularizer::R1 { .. } => ("R1 γ", 4.0),
        Regularizer::R2 { .. } => ("R2 γ", 4.0),
        Regularizer::GradientPenalty { center, one_sided, .. } => {
            let side = if *one_sided { ", one-sided" } else { "" };
            return (format!("penalty λ, centre {center}{side}"), 10.0);
        }
        Regularizer::Consensus { .. } => ("consensus γ", 2.0),
        Regularizer::WeightDecay { player: PlayerName::Discriminator, .. } => ("weight decay of d", 2.0),
        Regularizer::WeightDecay { player: PlayerName::Generator, .. } => ("weight decay of g", 2.0),
    };
    (label.to_string(), most)
}

impl Knob {
    /// The term at a strength, applied at every step.
    pub fn term(&self, value: f64) -> Term {
        let mut term = Term::new(&self.regularizer.clone().with_strength(value), self.steps);
        term.apply_always();
        term
    }

    /// The penalty on the discriminator's slope, where the term is one.
    pub fn penalty(&self) -> Option<Penalty> {
        match self.term(1.0) {
            Term::Input { penalty, .. } => Some(penalty),
            _ => None,
        }
    }

    /// The term for the page: its kind, its strength, the factor from the strength to that of the loss, and for a
    /// penalty its place among the operations.
    pub fn data(&self, place: Option<usize>) -> Value {
        let unit = self.term(1.0);
        let (strength, factor) = (self.value, unit.strength_at(0));
        match unit {
            Term::GradientNorm { of, paid_by, .. } => json!({
                "kind": "gradient_norm", "strength": strength, "factor": factor,
                "of": of as usize, "paid_by": paid_by as usize,
            }),
            Term::Input { .. } => {
                json!({ "kind": "penalty", "strength": strength, "factor": factor, "place": place })
            }
            Term::Consensus { .. } => json!({ "kind": "consensus", "strength": strength, "factor": factor }),
            Term::Decay { player, .. } => json!({
                "kind": "decay", "strength": strength, "factor": factor, "player": player as usize,
            }),
        }
    }
}
