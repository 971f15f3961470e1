//! The equilibrium that a game's run is measured against: where it is, its Jacobian, the rule's round there, and what was
//! measured of the motion near it.

use crate::game::{Draw, Game as _, Joint};
use crate::inspect::forecast::{Compared, Stretch, forecast, round_at};
use crate::rule::{LinearRound, NotLinear};
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::spectrum::{Spectrum, dense_jacobian};
use nalgebra::DMatrix;

/// An equilibrium of a run's game with what is linear about it.
pub struct Rest {
    /// Where.
    pub at: Joint<f64>,
    /// Whether the game knows it; else it was found beside the run's last point.
    pub known: bool,
    /// The Jacobian with the rule's round, or why there is none.
    pub linear: Result<Linear, String>,
    /// The factor on the distance a step beside the measured one, where the rule has one.
    pub factor: Option<Compared>,
    /// The part of the run on which that was measured.
    pub stretch: Option<Stretch>,
}

/// What is linear about an equilibrium.
pub struct Linear {
    /// The Jacobian, `[n, n]`.
    pub jacobian: DMatrix<f64>,
    /// Its spectrum, and the rule's.
    pub spectrum: Spectrum,
    /// The last round of the run's rule, linearised there, or why it is not.
    pub round: Result<LinearRound, NotLinear>,
}

/// Up to this share of the largest, an eigenvalue is flat.
pub const FLAT: f64 = 1e-7;

impl Rest {
    /// The equilibrium of a run's game; None where none is known and the run did not come to rest.
    pub fn of(run: &RunData) -> Option<Self> {
        let game = paper_of(&run.scenario).ok()?;
        let forecast = forecast(run)?;
        let at = forecast.equilibrium?;
        let draw = game.draw(Draw { step: run.info.step, draw: 0 });
        let linear = forecast.spectrum.and_then(|spectrum| {
            let jacobian = dense_jacobian(&game, &at, &draw).map_err(|e| e.to_string())?;
            Ok(Linear { jacobian, spectrum, round: round_at(run, &game, &at) })
        });
        Some(Rest { at, known: forecast.known, linear, factor: forecast.factor, stretch: forecast.stretch })
    }
}
