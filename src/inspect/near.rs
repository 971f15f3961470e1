//! What theory says near an equilibrium, asked of a run: NK17's blocks and conditions, and an eigenpair along training.

use crate::game::{Analytic, Frozen, Gan, GanBatch};
use crate::rule::rule_of;
use crate::run::{Playable, RunError, Subject};
use crate::spectrum::{Theory, TheoryError, Track, TrackError, Tracking, theory, track};

/// Holds a run's Jacobian at its point to the theory of Nagarajan & Kolter (2017), on the batch of its spectrum. `rho`
/// is the largest magnitude of an eigenvalue, `flat` the share of the largest up to which a direction is flat.
pub fn theory_of(
    subject: &Subject,
    batch: Option<&GanBatch<f64>>,
    rho: f64,
    flat: f64,
) -> Result<Theory, RunError> {
    let Playable::Gan(gan) = &subject.game else {
        let text = "the comparison with theory is made of networks; games on paper have their closed forms";
        return Err(RunError::Refused(text.into()));
    };
    let batch = subject.batch(gan, batch);
    theory(gan, &subject.at, &batch, &subject.jacobian(Some(&batch))?, rho, flat).map_err(|error| match error
    {
        TheoryError::NotCovered(_) => RunError::Refused(error.to_string()),
        _ => RunError::Failed(error.to_string()),
    })
}

/// Leaves a run's equilibrium along an eigenpair of its rule and follows it, every round on the same batch.
pub fn follow(
    subject: &Subject,
    batch: Option<&GanBatch<f64>>,
    tracking: &Tracking,
) -> Result<Track, RunError> {
    let (dynamics, train) = (&subject.loaded.scenario.dynamics, &subject.loaded.scenario.train);
    match &subject.game {
        Playable::Gan(gan) => {
            let batch = subject.batch(gan, batch);
            let game = Frozen::new(gan.as_ref(), &batch);
            let rule = rule_of::<f64, Frozen<f64, Gan<f64>>>(dynamics, train.steps, None);
            track(&game, rule.as_ref(), &subject.at, tracking).map_err(told)
        }
        Playable::Paper(game) => {
            let batch = subject.draw();
            let game = Frozen::new(game, &batch);
            let rule = rule_of::<f64, Frozen<f64, Analytic>>(dynamics, train.steps, None);
            track(&game, rule.as_ref(), &subject.at, tracking).map_err(told)
        }
    }
}

fn told<E: std::error::Error>(error: TrackError<E>) -> RunError {
    match error {
        TrackError::Game(_) | TrackError::NoEigenvalues(_) => RunError::Failed(error.to_string()),
        _ => RunError::Refused(error.to_string()),
    }
}
