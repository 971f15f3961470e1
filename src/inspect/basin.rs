//! The region of attraction of a run's equilibrium, with its regularisers and without them.

use crate::game::{Analytic, Draw, Gan, GanBatch, Joint};
use crate::rule::rule_of;
use crate::run::folder::Folder;
use crate::run::{Playable, RunError, RunOptions, Subject, game_of};
use crate::scenario::{Loaded, Override, load};
use crate::spectrum::{BasinPoint, Trials, attraction};
use serde::{Deserialize, Serialize};

/// What came of all trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basin {
    /// Version of this format.
    pub version: u32,
    /// Number of parameters.
    pub n: usize,
    /// Training step of the point.
    pub step: u64,
    /// Rounds of each trial.
    pub rounds: u64,
    /// Share of its first value below which the field must be in the second half of the rounds.
    pub within: f64,
    /// A curve for each variant of the game.
    pub variants: Vec<Variant>,
}

/// One variant of the game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// "as it is", or the value that was set.
    pub name: String,
    /// Returns by radius.
    pub points: Vec<BasinPoint>,
}

/// Tries the starts around the subject's point: under the run's own scenario, and under each variant of it, a name and
/// the values that it sets.
pub fn basin(
    subject: &Subject,
    folder: &Folder,
    batch: Option<&GanBatch<f64>>,
    variants: &[(String, Vec<Override>)],
    trials: &Trials,
    tick: &(dyn Fn(&str, u64) + Sync),
) -> Result<Basin, RunError> {
    let mut out = Basin {
        version: 1,
        n: subject.game.sizes().iter().sum(),
        step: subject.step,
        rounds: trials.rounds,
        within: trials.within,
        variants: Vec::new(),
    };
    let path = folder.scenario().display().to_string();
    for (name, set) in variants {
        let loaded = load(&path, set, None).map_err(|problems| RunError::Refused(problems.to_string()))?;
        let points = one(&loaded, &subject.at, subject.step, batch, trials, &|done| tick(name, done))?;
        out.variants.push(Variant { name: name.clone(), points });
    }
    Ok(out)
}

fn one(
    loaded: &Loaded,
    center: &Joint<f64>,
    step: u64,
    batch: Option<&GanBatch<f64>>,
    trials: &Trials,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Vec<BasinPoint>, RunError> {
    let (dynamics, train) = (&loaded.scenario.dynamics, &loaded.scenario.train);
    let game = game_of(loaded, &RunOptions::new(""))?;
    let unfit =
        || RunError::Refused("a variant must not change what kind of game it is, nor its size".into());
    if game.sizes() != center.sizes() {
        return Err(unfit());
    }
    match (&game, batch) {
        (Playable::Gan(gan), Some(batch)) => {
            let rule = rule_of::<f64, Gan<f64>>(dynamics, train.steps, train.divergence_bound);
            let found = attraction(gan.as_ref(), rule.as_ref(), center, batch, trials, tick);
            found.map_err(|e| RunError::Failed(e.to_string()))
        }
        (Playable::Paper(game), None) => {
            let rule = rule_of::<f64, Analytic>(dynamics, train.steps, train.divergence_bound);
            let batch = Draw { step, draw: 0 };
            let found = attraction(game, rule.as_ref(), center, &batch, trials, tick);
            found.map_err(|e| RunError::Failed(e.to_string()))
        }
        _ => Err(unfit()),
    }
}
