//! The plan of a sweep: a scenario, a design, and what is made of every run.

use super::axes::{Axis, axes_of, sound};
use super::cost::{Cost, cost};
use super::design::Design;
use crate::run::{RunError, columns_of, modes_of, unknown_measures};
use crate::scenario::{Data, Expect, Game, Loaded, Override, Problems, Scenario, Source, parse, read};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct SweepRequest {
    /// A shipped scenario by its name, or a file.
    pub scenario: String,
    /// Values that replace the scenario's own in every run.
    pub set: Vec<Override>,
    /// Axes beside those of the file's `[sweep]` table.
    pub vary: Vec<Axis>,
    /// Seeds in place of the file's.
    pub seeds: Option<Vec<u64>>,
    /// The goal in place of the file's: bounds as in `[expect]`.
    pub reached: BTreeMap<String, String>,
    /// Measures in place of the file's.
    pub measures: Vec<String>,
    /// Whether runs keep what their own pictures need.
    pub frames: bool,
}

/// A sweep that can be run. Runs are made from it one by one, so that a large one takes no memory.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario as every run has it, but for its axes and its seed.
    pub base: Loaded,
    /// Axes and seeds.
    pub design: Design,
    /// The goal that was named; none stands for all modes of the data.
    pub reached: BTreeMap<String, String>,
    /// Measures whose medians are shown, where they were named.
    pub measures: Vec<String>,
    /// What settings are held to: the scenario's `[expect]`, where the file is one of a sweep.
    pub expecting: bool,
    source: Source,
    text: String,
    set: Vec<Override>,
    frames: bool,
    checkpoints: bool,
}

/// A run that takes no longer than this, as estimated for one core, has one checkpoint, at its end.
const UNGUARDED_S: f64 = 120.0;

impl Plan {
    /// Reads the scenario and works out the design. Its settings are not looked at yet: see [`Plan::check`].
    pub fn new(request: &SweepRequest) -> Result<Self, RunError> {
        let refuse = |what: String| RunError::Refused(format!("{}: {what}", request.scenario));
        let (source, text) = read(&request.scenario).map_err(problems)?;
        let base = parse(&text, source.clone(), &request.set).map_err(problems)?;
        let table = base.sweep.clone().unwrap_or_default();
        let axes = [axes_of(&table).map_err(&refuse)?, request.vary.clone()].concat();
        sound(&axes).map_err(&refuse)?;
        let seeds = match (&request.seeds, &table.seeds) {
            (Some(seeds), _) => seeds.clone(),
            (None, Some(seeds)) => seeds.all().map_err(&refuse)?,
            (None, None) => vec![base.scenario.seed],
        };
        let other = |theirs: &Vec<String>| {
            if request.measures.is_empty() { theirs.clone() } else { request.measures.clone() }
        };
        let goal = |theirs: &BTreeMap<String, String>| {
            if request.reached.is_empty() { theirs.clone() } else { request.reached.clone() }
        };
        let says = |key: &str| request.set.iter().any(|over| over.key() == key);
        let mut plan = Plan {
            design: Design { axes, seeds },
            reached: goal(&table.reached),
            measures: other(&table.measures),
            expecting: base.sweep.is_some() && base.scenario.expect.is_some(),
            source,
            frames: request.frames || says("record.frames"),
            checkpoints: says("record.checkpoint_every") || writes(&text, "record", "checkpoint_every"),
            text,
            set: request.set.clone(),
            base,
        };
        for key in plan.design.keys() {
            plan.frames |= key == "record.frames";
            plan.checkpoints |= key == "record.checkpoint_every";
        }
        let mut base = plan.base.clone();
        plan.spare(&mut base);
        plan.base = base;
        Ok(plan)
    }

    /// The scenario of a setting, resolved, with its first seed.
    pub fn setting(&self, setting: usize) -> Result<Loaded, RunError> {
        let mut set = self.set.clone();
        for choice in self.design.choices(setting) {
            set.push(choice.set().map_err(RunError::Refused)?);
        }
        set.extend(self.design.seeds.first().map(|seed| Override::seed(*seed)));
        let mut loaded = parse(&self.text, self.source.clone(), &set).map_err(problems)?;
        self.spare(&mut loaded);
        Ok(loaded)
    }

    /// The scenario of a run, resolved: what `ganscope run` would make the same bytes of.
    pub fn run(&self, run: usize) -> Result<Loaded, RunError> {
        let (setting, seed) = self.design.run(run);
        let mut loaded = self.setting(setting)?;
        loaded.scenario.seed = seed;
        Ok(loaded)
    }

    /// Lets runs write no more than a sweep needs, where nobody asked for it: no frames for pictures, and checkpoints only
    /// as often as a kill would hurt.
    fn spare(&self, loaded: &mut Loaded) {
        let steps = loaded.scenario.train.steps;
        let record = &mut loaded.scenario.record;
        if !self.frames && matches!(loaded.scenario.game, Game::Gan(_)) {
            record.frames = 0;
        }
        if !self.checkpoints {
            let parts = (loaded.estimate.seconds / UNGUARDED_S).ceil().clamp(1.0, 10.0);
            record.checkpoint_every = Some((steps as f64 / parts).ceil() as u64);
        }
    }

    /// What the sweep will need, from its first, middle and last setting.
    pub fn cost(&self) -> Result<Cost, RunError> {
        let settings = self.design.settings().unwrap_or(usize::MAX).max(1);
        let mut looked = vec![0, settings / 2, settings - 1];
        looked.dedup();
        let some: Vec<Loaded> = looked.into_iter().map(|k| self.setting(k)).collect::<Result<_, _>>()?;
        let runs = settings as f64 * self.design.seeds.len() as f64;
        Ok(cost(&some, runs))
    }

    /// Checks every setting, and that what is asked of the runs is measured; returns how many seconds of one core a run of
    /// each is thought to take. `tick` is told how many are done.
    pub fn check(&self, tick: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, RunError> {
        let settings = self.design.settings().unwrap_or(usize::MAX);
        let done = AtomicUsize::new(0);
        let found: Vec<Result<f32, RunError>> = (0..settings)
            .into_par_iter()
            .map(|k| {
                let checked = self.setting(k);
                tick(done.fetch_add(1, Ordering::Relaxed) + 1);
                checked.map(|loaded| loaded.estimate.seconds as f32)
            })
            .collect();
        // The first problem in the order of the settings, whichever thread finds one first.
        let seconds: Vec<f32> = found.into_iter().collect::<Result<_, _>>()?;
        self.measured()?;
        Ok(seconds)
    }

    /// Refuses measures that the runs do not take.
    fn measured(&self) -> Result<(), RunError> {
        let expect = if self.expecting { self.base.scenario.expect.as_ref() } else { None };
        let expect = expect.map(|expect| expect.bounds.clone()).unwrap_or_default();
        let shown = self.measures.iter().map(|measure| (format!("final.{measure}"), String::new())).collect();
        let images = self.base.scenario.data.as_ref().is_some_and(Data::is_images);
        let named: [(&str, &BTreeMap<String, String>); 3] =
            [("reached", &self.reached), ("expect", &expect), ("measures", &shown)];
        // What the columns are takes a game to know; data that cannot be read shows there too.
        if !images && named.iter().all(|(_, bounds)| bounds.is_empty()) {
            return Ok(());
        }
        let columns = columns_of(&self.setting(0)?)?;
        let unknown = named.iter().flat_map(|(table, bounds)| unknown_measures(table, bounds, &columns));
        let lines: Vec<String> = unknown.collect();
        if lines.is_empty() { Ok(()) } else { Err(RunError::Refused(lines.join("\n"))) }
    }

    /// The goal of a scenario's runs: what was named, or all modes where the data has modes; None where it has none.
    pub fn goal(&self, scenario: &Scenario) -> Option<Expect> {
        goal(&self.reached, scenario)
    }
}

/// The goal of a scenario's runs under named bounds.
pub fn goal(reached: &BTreeMap<String, String>, scenario: &Scenario) -> Option<Expect> {
    let mut bounds = reached.clone();
    if bounds.is_empty() {
        let modes = modes_of(scenario)?.len();
        bounds.insert("final.modes_covered".into(), format!(">= {modes}"));
    }
    Some(Expect { bounds, ..Expect::default() })
}

/// Whether a text of TOML has a key in a table.
fn writes(text: &str, table: &str, key: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|all| all.get(table).is_some_and(|t| t.get(key).is_some()))
}

fn problems(problems: Problems) -> RunError {
    RunError::Refused(problems.to_string())
}
