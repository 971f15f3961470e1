//! The losses of the two players as functions of the logits.
//!
//! With V(d, g) = E f(D(x)) + E f(-D(G(z))): loss_d = -V, and loss_g = V or the named alternative. Each loss is a
//! mean over the batch of a curve of the real logit plus a curve of the fake one, or (relativistic) of one curve of
//! their difference, pair by pair.

pub use super::curve::{Curve, ObjectiveError};
use super::joint::Player;
use crate::scenario::{Formula, Objective, ObjectiveKind};

/// The losses of both players and what goes with them.
#[derive(Clone, Debug)]
pub struct Losses {
    /// The discriminator's loss.
    pub d: Terms,
    /// The generator's loss.
    pub g: Terms,
    /// Bound on the discriminator's parameters, for weight clipping.
    pub clip: Option<f64>,
}

impl Losses {
    /// A player's loss.
    pub fn of(&self, player: Player) -> &Terms {
        match player {
            Player::Discriminator => &self.d,
            Player::Generator => &self.g,
        }
    }
}

/// One player's loss.
#[derive(Clone, Debug)]
pub enum Terms {
    /// mean real(D(x)) + mean fake(D(G(z))).
    Separate {
        /// Curve of real logits.
        real: Curve,
        /// Curve of fake logits.
        fake: Curve,
    },
    /// mean c(D(x_i) - D(G(z_i))).
    Paired(Curve),
}

impl Losses {
    /// Whether, as functions of the generator, the losses are each other's negatives.
    pub fn zero_sum(&self) -> bool {
        match (&self.d, &self.g) {
            (Terms::Separate { fake: a, .. }, Terms::Separate { fake: b, .. }) => a.opposes(b),
            (Terms::Paired(a), Terms::Paired(b)) => a.opposes(b),
            _ => false,
        }
    }

    /// Whether the losses are each other's negatives altogether.
    pub fn cancel(&self) -> bool {
        let on_data = match (&self.d, &self.g) {
            (Terms::Separate { real: a, .. }, Terms::Separate { real: b, .. }) => a.opposes(b),
            (d, g) => matches!((d, g), (Terms::Paired(_), Terms::Paired(_))),
        };
        on_data && self.zero_sum()
    }
}

impl Terms {
    /// The loss's derivative by the real and the fake logit of one pair (for `Separate`, each by itself); that by the real one
    /// where it is wanted, else 0.
    pub fn slopes(&self, [real, fake]: [f64; 2], of_real: bool) -> [f64; 2] {
        match self {
            Terms::Separate { fake: b, .. } if !of_real => [0.0, b.at(1, fake)],
            _ => self.derivatives(1, real, fake),
        }
    }

    /// `slopes` differentiated further, up to `order`, by the curves' own arguments: the logits for `Separate`, their
    /// difference for `Paired`.
    pub fn derivatives(&self, order: usize, real: f64, fake: f64) -> [f64; 2] {
        match self {
            Terms::Separate { real: a, fake: b } => [a.at(order, real), b.at(order, fake)],
            Terms::Paired(c) => {
                let slope = c.at(order, real - fake);
                [slope, -slope]
            }
        }
    }

    /// `slopes`, and their directional derivative along (real_dot, fake_dot).
    pub fn slopes_along(
        &self,
        [real, fake]: [f64; 2],
        [real_dot, fake_dot]: [f64; 2],
        of_real: bool,
    ) -> ([f64; 2], [f64; 2]) {
        match self {
            Terms::Separate { fake: b, .. } if !of_real => {
                let [slope, bend] = b.slope_and_bend(fake);
                ([0.0, slope], [0.0, bend * fake_dot])
            }
            Terms::Separate { real: a, fake: b } => {
                let ([of_real, real_bend], [of_fake, fake_bend]) =
                    (a.slope_and_bend(real), b.slope_and_bend(fake));
                ([of_real, of_fake], [real_bend * real_dot, fake_bend * fake_dot])
            }
            Terms::Paired(c) => {
                let [slope, bend] = c.slope_and_bend(real - fake);
                let along = bend * (real_dot - fake_dot);
                ([slope, -slope], [along, -along])
            }
        }
    }

    /// The loss of one pair.
    pub fn value(&self, real: f64, fake: f64) -> f64 {
        match self {
            Terms::Separate { real: a, fake: b } => a.at(0, real) + b.at(0, fake),
            Terms::Paired(c) => c.at(0, real - fake),
        }
    }

    /// Whether the loss is plainly linear in the logits.
    pub fn is_linear(&self) -> bool {
        let linear = |curve: &Curve| matches!(curve, Curve::Zero | Curve::Linear(_));
        match self {
            Terms::Separate { real, fake } => linear(real) && linear(fake),
            Terms::Paired(c) => linear(c),
        }
    }

    /// Whether derivatives by the fake logits need the real ones.
    pub fn fake_needs_real(&self) -> bool {
        matches!(self, Terms::Paired(_))
    }

    /// Whether the loss depends on real logits at all.
    pub fn has_real(&self) -> bool {
        match self {
            Terms::Separate { real, .. } => !real.is_zero(),
            Terms::Paired(_) => true,
        }
    }
}

/// The losses that a scenario names.
pub fn losses_of(objective: &Objective) -> Result<Losses, ObjectiveError> {
    Ok(match objective {
        Objective::Named(kind) => known(*kind),
        Objective::Set(Formula::Wasserstein { clip }) => {
            Losses { clip: Some(*clip), ..known(ObjectiveKind::Wasserstein) }
        }
        Objective::Set(Formula::Formula { d_real, d_fake, g }) => Losses {
            d: Terms::Separate { real: Curve::formula(d_real)?, fake: Curve::formula(d_fake)? },
            g: Terms::Separate { real: Curve::Zero, fake: Curve::formula(g)? },
            clip: None,
        },
    })
}

fn known(kind: ObjectiveKind) -> Losses {
    let softplus = |c: f64, s: f64| Curve::Softplus { c, s };
    let separate = |real: Curve, fake: Curve| Terms::Separate { real, fake };
    let (d, g) = match kind {
        ObjectiveKind::Minimax => (
            separate(softplus(1.0, -1.0), softplus(1.0, 1.0)),
            separate(softplus(-1.0, -1.0), softplus(-1.0, 1.0)),
        ),
        ObjectiveKind::NonSaturating => {
            (separate(softplus(1.0, -1.0), softplus(1.0, 1.0)), separate(Curve::Zero, softplus(1.0, -1.0)))
        }
        ObjectiveKind::Wasserstein => (
            separate(Curve::Linear(-1.0), Curve::Linear(1.0)),
            separate(Curve::Linear(1.0), Curve::Linear(-1.0)),
        ),
        ObjectiveKind::LeastSquares => (
            separate(Curve::Square { target: 1.0 }, Curve::Square { target: 0.0 }),
            separate(Curve::Zero, Curve::Square { target: 1.0 }),
        ),
        ObjectiveKind::Hinge => (
            separate(Curve::Hinge { s: -1.0 }, Curve::Hinge { s: 1.0 }),
            separate(Curve::Zero, Curve::Linear(-1.0)),
        ),
        ObjectiveKind::Relativistic => {
            (Terms::Paired(softplus(1.0, -1.0)), Terms::Paired(softplus(1.0, 1.0)))
        }
    };
    Losses { d, g, clip: None }
}
