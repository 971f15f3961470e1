//! A game at a point, with the rule that moves it: what a spectrum is taken of.

use crate::game::{Analytic, Draw, Gan, GanBatch, Joint, Player, Term};
use crate::rule::{LinearRound, NotLinear, State, rule_of};
use crate::run::folder::Folder;
use crate::run::{Playable, RunError, RunOptions, game_of, load_point};
use crate::scenario::{Loaded, load};
use crate::spectrum::{AnalysisError, Request, Spectrum, analyse};

/// A game at a point.
pub struct Subject {
    /// Its scenario.
    pub loaded: Loaded,
    /// The game.
    pub game: Playable,
    /// The point.
    pub at: Joint<f64>,
    /// The state of the scenario's rule there.
    pub state: State<f64>,
    /// Training steps done.
    pub step: u64,
}

impl Subject {
    /// The point of a run after a step; the last checkpoint where none is named.
    pub fn of_run(folder: &Folder, step: Option<u64>) -> Result<Self, RunError> {
        let loaded = load(&folder.scenario().display().to_string(), &[], None)
            .map_err(|problems| RunError::Refused(problems.to_string()))?;
        let game = steady(game_of(&loaded, &RunOptions::new(&folder.path))?);
        let carried = load_point(&loaded, &game, folder, step)?;
        Ok(Subject { loaded, game, at: carried.at, state: carried.state, step: carried.step })
    }

    /// The same game at another point of the run.
    pub fn moved_to(&self, folder: &Folder, step: u64) -> Result<Joint<f64>, RunError> {
        Ok(load_point(&self.loaded, &self.game, folder, Some(step))?.at)
    }

    /// The next round of the scenario's rule, linearised.
    pub fn round(&self) -> Result<LinearRound, NotLinear> {
        let (dynamics, steps) = (&self.loaded.scenario.dynamics, self.loaded.scenario.train.steps);
        let sizes = self.game.sizes();
        let (clip, round) = match &self.game {
            Playable::Gan(gan) => {
                let rule = rule_of::<f64, Gan<f64>>(dynamics, steps, None);
                (gan.losses.clip, rule.linearize(&self.state, sizes, self.step)?)
            }
            Playable::Paper(game) => {
                let rule = rule_of::<f64, Analytic>(dynamics, steps, None);
                (game.clip, rule.linearize(&self.state, sizes, self.step)?)
            }
        };
        let held = clip.map_or(0, |clip| self.at.d.iter().filter(|x| x.abs() >= clip * (1.0 - 1e-6)).count());
        if held > 0 {
            let what =
                format!("{held} of its {} parameters lie at the clipping bound, a kink", self.at.d.len());
            return Err(NotLinear { player: Player::Discriminator.name(), what });
        }
        Ok(round)
    }

    /// Batches of a GAN for analysis: the first is the one that is kept.
    pub fn batches(&self, count: u64, rows: Option<usize>) -> Vec<GanBatch<f64>> {
        match &self.game {
            Playable::Gan(gan) => {
                (0..count).map(|k| gan.analysis_batch(k, rows.unwrap_or(gan.batch), self.step)).collect()
            }
            Playable::Paper(_) => Vec::new(),
        }
    }

    /// The spectrum at the point; a game on paper needs no batches.
    pub fn spectrum(
        &self,
        batches: &[GanBatch<f64>],
        request: &Request,
        tell: &dyn Fn(&str),
    ) -> Result<Spectrum, RunError> {
        let out = match &self.game {
            Playable::Gan(gan) => {
                analyse(gan.as_ref(), &self.at, batches, self.round(), request, tell).map_err(told)
            }
            Playable::Paper(game) => {
                let batch = [Draw { step: self.step, draw: 0 }];
                analyse(game, &self.at, &batch, self.round(), request, tell).map_err(told)
            }
        };
        out.map(|out| Spectrum { step: self.step, ..out })
    }
}

/// The game with its lazy regularisers at their mean strength at every step, rather than k times as strong at each
/// k-th: a spectrum speaks of the motion over many steps.
pub(super) fn steady(mut game: Playable) -> Playable {
    let terms = match &mut game {
        Playable::Gan(gan) => &mut gan.terms,
        Playable::Paper(game) => &mut game.terms,
    };
    terms.iter_mut().for_each(Term::apply_always);
    game
}

fn told<E: std::error::Error>(error: AnalysisError<E>) -> RunError {
    match error {
        AnalysisError::TooLarge { .. } => RunError::Refused(error.to_string()),
        _ => RunError::Failed(error.to_string()),
    }
}
