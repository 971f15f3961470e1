//! A game at a point, with the rule that moves it: what a spectrum is taken of.

use super::error::RunError;
use super::folder::Folder;
use super::options::RunOptions;
use super::point::{Playable, game_of, load_point};
use crate::game::{Analytic, Draw, Gan, GanBatch, Joint, Player, Source, Term};
use crate::nn::{Network, Role};
use crate::rule::{LinearRound, NotLinear, State, rule_of};
use crate::scenario::{Loaded, load};
use crate::spectrum::{
    AnalysisError, Hunt, HuntError, Kinks, NoEigenvalues, Path, Report, Request, Spectrum, analyse, at_rest,
    dense_jacobian, equilibrium, kinks, path,
};
use nalgebra::DMatrix;
use std::borrow::Cow;

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
        let (clip, round) = match &self.game {
            Playable::Gan(gan) => {
                let rule = rule_of::<f64, Gan<f64>>(dynamics, steps, None);
                (gan.losses.clip, rule.linearize(gan, &self.state, self.step)?)
            }
            Playable::Paper(game) => {
                let rule = rule_of::<f64, Analytic>(dynamics, steps, None);
                (game.clip, rule.linearize(game, &self.state, self.step)?)
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

    /// Moves to an equilibrium: the nearest that a game on paper knows, the exact one where a teacher makes the data, else
    /// the one that Gauss-Newton steps find from the point on the first analysis batch. Says in a sentence what was
    /// found; refuses where that is no equilibrium.
    pub fn to_equilibrium(&mut self, tell: &dyn Fn(&str)) -> Result<(String, Option<Report>), RunError> {
        let start = self.at.clone();
        let far = |to: &Joint<f64>| start.distance(to);
        let known = match &self.game {
            Playable::Gan(gan) => match &gan.source {
                Source::Teacher { paired: true, .. } => gan.solution(),
                _ => None,
            },
            Playable::Paper(game) => game.nearest_equilibrium(&start, self.step),
        };
        if let Some(known) = known {
            let sentence = format!("an exact equilibrium, at a distance of {:.3e}", far(&known));
            self.at = known;
            return Ok((sentence, None));
        }
        if let Playable::Paper(game) = &self.game
            && let Some(what) = game.kink_at_rest(self.step)
        {
            return Err(RunError::Refused(format!("no Jacobian at the equilibrium: {what}")));
        }
        let told = |steps: usize, field: f64| tell(&format!("equilibrium: step {steps}, ‖v‖ = {field:.3e}"));
        let hunt = Hunt::default();
        let mut kinked = String::new();
        let found = match &self.game {
            Playable::Gan(gan) => {
                let batch = self.batch(gan, None);
                let found = equilibrium(gan.as_ref(), &start, &batch, &hunt, &told).map_err(failed)?;
                let kinks = kinks(gan, &start, &found.at, &batch);
                if kinks.seen > 0 {
                    let Kinks { crossed, seen, at_kink } = kinks;
                    kinked = format!("; {crossed} of {seen} kinks crossed, {at_kink} met");
                }
                found
            }
            Playable::Paper(game) => equilibrium(game, &start, &self.draw(), &hunt, &told).map_err(failed)?,
        };
        let sentence = found.report.sentence() + &kinked;
        if !found.report.equilibrium {
            return Err(RunError::Refused(sentence));
        }
        self.at = found.at;
        Ok((sentence, Some(found.report)))
    }

    /// Whether the field vanishes at the point, as a spectrum would say.
    pub fn is_equilibrium(&self, batch: Option<&GanBatch<f64>>) -> Result<bool, RunError> {
        let found = match &self.game {
            Playable::Gan(gan) => {
                at_rest(gan.as_ref(), &self.at, &self.batch(gan, batch)).map_err(computed)?
            }
            Playable::Paper(game) => at_rest(game, &self.at, &self.draw()).map_err(computed)?,
        };
        found.ok_or_else(|| computed(NoEigenvalues))
    }

    /// The whole Jacobian at the point.
    pub fn jacobian(&self, batch: Option<&GanBatch<f64>>) -> Result<DMatrix<f64>, RunError> {
        match &self.game {
            Playable::Gan(gan) => {
                dense_jacobian(gan.as_ref(), &self.at, &self.batch(gan, batch)).map_err(computed)
            }
            Playable::Paper(game) => dense_jacobian(game, &self.at, &self.draw()).map_err(computed),
        }
    }

    /// The batch on which something is asked of a GAN: the first for analysis where none is given.
    pub fn batch<'a>(&self, gan: &Gan<f64>, given: Option<&'a GanBatch<f64>>) -> Cow<'a, GanBatch<f64>> {
        let own = || Cow::Owned(gan.analysis_batch(0, gan.batch, self.step));
        given.map_or_else(own, Cow::Borrowed)
    }

    /// What a game on paper has in place of a batch: the step whose strengths apply.
    pub fn draw(&self) -> Draw {
        Draw { step: self.step, draw: 0 }
    }

    /// Where the layers of both networks begin in the joint vector; a game on paper has none.
    pub fn layer_starts(&self) -> Vec<usize> {
        let Playable::Gan(gan) = &self.game else { return Vec::new() };
        let starts = |network: &Network, from: usize| {
            let slots = network.slots().into_iter().filter(|slot| slot.role != Role::Shift);
            slots.map(move |slot| from + slot.range.start).collect::<Vec<_>>()
        };
        [starts(&gan.discriminator, 0), starts(&gan.generator, gan.discriminator.parameters())].concat()
    }

    /// The field along the straight line from another point to this one.
    pub fn path_from(
        &self,
        from: &Joint<f64>,
        batch: Option<&GanBatch<f64>>,
        places: &[f64],
    ) -> Result<Path, RunError> {
        match &self.game {
            Playable::Gan(gan) => {
                path(gan.as_ref(), from, &self.at, &self.batch(gan, batch), places).map_err(computed)
            }
            Playable::Paper(game) => path(game, from, &self.at, &self.draw(), places).map_err(computed),
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
                analyse(game, &self.at, &[self.draw()], self.round(), request, tell).map_err(told)
            }
        };
        out.map(|out| Spectrum { step: self.step, ..out })
    }
}

fn computed<E: std::error::Error>(error: E) -> RunError {
    RunError::Failed(error.to_string())
}

/// A hunt that could not be made: from a point that is none, the user must choose another.
fn failed<E: std::error::Error>(error: HuntError<E>) -> RunError {
    match error {
        HuntError::Game(_) => RunError::Failed(error.to_string()),
        _ => RunError::Refused(error.to_string()),
    }
}

/// The game with its lazy regularisers at their mean strength at every step, rather than k times as strong at each
/// k-th: a spectrum speaks of the motion over many steps.
pub fn steady(mut game: Playable) -> Playable {
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
