//! A run under way: its steps, and what is recorded of them.

use super::checkpoint::{Carried, Origin};
use super::clerk::{Clerk, Desk, Task};
use super::error::RunError;
use super::folder::{Folder, write_points};
use super::host;
use super::info::{Divergence, Quantiles, RunInfo, Status};
use super::options::{DeviceChoice, RunOptions};
use super::parquet::write_parquet;
use super::prepare::{Preparation, restore};
use super::progress::Progress;
use super::record::Table;
use super::seats::{Room, Seat};
use super::spectrum_record::keep_spectrum;
use super::table_file::TableFile;
use super::train::Outcome;
use super::undo::Undo;
use super::watch::Stage;
use crate::game;
use crate::rule::{Halt, Rule, rule_of};
use crate::scalar::Scalar;
use crate::scenario::{Loaded, Scenario};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How a run ended: why as a sentence, and where it diverged.
pub type Ended = (Status, String, Option<Divergence>);

/// A run under way.
pub struct Training<'a, T: Scalar, G: game::Game<T>> {
    loaded: &'a Loaded,
    scenario: &'a Scenario,
    folder: Folder,
    stage: &'a Stage<T, G>,
    rule: Box<dyn Rule<T, G>>,
    now: Carried<T>,
    undo: Undo<T>,
    /// Step of the last row.
    recorded: Option<u64>,
    info: RunInfo,
    /// What it holds of the cores of a sweep.
    seat: Option<Seat<'a>>,
    started: Instant,
    /// Seconds of training before this session.
    seconds_before: f64,
    step_ms: Vec<f32>,
}

impl<'a, T: Scalar, G: game::Game<T> + 'static> Training<'a, T, G> {
    /// A training from the start, or from where it was left, and who does its tasks, with the threads of `beside`.
    pub fn new(
        loaded: &'a Loaded,
        options: &RunOptions,
        Room { pool, seat }: Room<'a>,
        beside: &'a rayon::ThreadPool,
        stage: &'a Stage<T, G>,
        preparation: Preparation,
        progress: &mut dyn Progress,
    ) -> Result<(Self, Clerk<'a, T, G>), RunError> {
        let scenario = &loaded.scenario;
        let folder = Folder::new(&options.out);
        let rule: Box<dyn Rule<T, G>> =
            rule_of(&scenario.dynamics, scenario.train.steps, scenario.train.divergence_bound);
        let (at, columns) = (stage.start.clone(), stage.watch.columns());
        let average = scenario.train.average.map(|_| at.clone());
        let blank = Carried { step: 0, state: rule.start(at.sizes()), at, average, before: Vec::new() };
        let (now, origin, known) = match preparation {
            Preparation::Fresh => (blank, None, None),
            Preparation::Resumed(known) => {
                let (now, origin) = restore(&folder, &stage.layouts, blank, scenario, &columns)?;
                (now, origin, known)
            }
        };
        let kernels = stage.kernels.clone();
        if let Some(origin) = origin.filter(|origin| origin.kernels != kernels) {
            progress.note(&format!(
                "warning: this run was made with {} kernels and goes on with {kernels} ones; from here on it differs \
                 in the last bits from a run that was made in one go",
                origin.kernels
            ));
        }
        let seconds_before = known.as_ref().map_or(0.0, |known| known.train_s);
        let info = RunInfo {
            format: 1,
            program: concat!("ganscope ", env!("CARGO_PKG_VERSION")).to_string(),
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            status: Status::Running,
            reason: String::new(),
            step: now.step,
            divergence: None,
            device: device_name(options.device),
            kernels,
            threads: pool.current_num_threads(),
            host: host::host(),
            parameters: stage.game.sizes(),
            started_unix_s: known.as_ref().map_or_else(unix_seconds, |known| known.started_unix_s),
            train_s: seconds_before,
            ms_per_step: known.as_ref().map_or_else(Quantiles::default, |known| known.ms_per_step),
            peak_rss_mib: known.as_ref().map_or(0.0, |known| known.peak_rss_mib),
            measures: stage.watch.settings(),
            last: Default::default(),
            warnings: known.as_ref().map_or_else(Vec::new, |known| known.warnings.clone()),
        };
        let table = TableFile::open(&folder, columns)?;
        if let Some(backdrop) = stage.watch.backdrop(&stage.game) {
            write_points(&folder.real(), &backdrop)?;
        }
        if let Some(images) = stage.watch.images(&stage.game) {
            images.write(&folder)?;
        }
        let training = Training {
            loaded,
            scenario,
            folder,
            stage,
            rule,
            undo: Undo::new(&now),
            now,
            recorded: table.last_step(),
            info,
            seat,
            started: Instant::now(),
            seconds_before,
            step_ms: Vec::new(),
        };
        training.folder.write_info(&training.info)?;
        let origin = Origin { seed: scenario.seed, kernels: training.info.kernels.clone() };
        let clerk = Clerk { folder: training.folder.clone(), pool: beside, stage, origin, table };
        Ok((training, clerk))
    }

    fn steps(&self) -> u64 {
        self.scenario.train.steps
    }

    /// Trains to the end, to divergence, or until stopped, and leaves its seat.
    pub fn train(
        &mut self,
        desk: &mut Desk<'_, '_, T, G>,
        progress: &mut dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Ended, RunError> {
        progress.start(self.steps(), self.now.step);
        let ended = self.go(desk, progress, stop);
        self.seat = None;
        ended
    }

    fn go(
        &mut self,
        desk: &mut Desk<'_, '_, T, G>,
        progress: &mut dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Ended, RunError> {
        if self.recorded.is_none() {
            self.record(desk, progress)?;
        }
        while self.now.step < self.steps() {
            if stop.load(Ordering::SeqCst) {
                self.checkpoint(desk, progress)?;
                let reason = format!("interrupted after step {}", self.now.step);
                return Ok((Status::Stopped, reason, None));
            }
            if let Some(pool) = self.wider() {
                return pool.install(|| self.go(desk, progress, stop));
            }
            let began = Instant::now();
            if let Err(halt) = self.step() {
                return self.halted(halt, desk, progress);
            }
            self.step_ms.push(began.elapsed().as_secs_f32() * 1e3);
            progress.step(self.now.step);
            desk.report(progress)?;
            if self.scenario.record.is_record(self.now.step, self.steps()) {
                self.record(desk, progress)?;
            }
            let every = self.scenario.record.checkpoint_every(self.steps());
            if self.now.step.is_multiple_of(every) || self.now.step == self.steps() {
                self.checkpoint(desk, progress)?;
            }
            if self.scenario.record.is_spectrum(self.now.step, self.steps()) {
                self.spectrum(progress)?;
            }
        }
        Ok((Status::Finished, format!("all {} steps done", self.steps()), None))
    }

    /// Threads for more cores than before, if other runs have left any. Games on paper gain nothing by them.
    fn wider(&mut self) -> Option<rayon::ThreadPool> {
        let seat = self.seat.as_mut().filter(|_| self.stage.watch.takes_long())?;
        seat.widen().then(|| host::pool(seat.cores()).ok()).flatten()
    }

    fn step(&mut self) -> Result<(), Halt<G::Error>> {
        self.remember();
        self.undo.keep(&self.now);
        let now = &mut self.now;
        self.rule.round(&self.stage.game, &mut now.at, &mut now.state, now.step)?;
        now.step += 1;
        if let (Some(average), Some(of)) = (&mut now.average, self.scenario.train.average) {
            let share = of.share(now.step);
            average.scale(1.0 - share);
            average.add_scaled(share, &now.at);
        }
        Ok(())
    }

    /// Keeps the point before this step if a record one or two steps on needs it for the angle between steps.
    fn remember(&mut self) {
        let soon = [1, 2].iter().any(|ahead| {
            let step = self.now.step + ahead;
            step <= self.steps() && self.scenario.record.is_record(step, self.steps())
        });
        if soon {
            self.now.before.insert(0, self.now.at.clone());
            self.now.before.truncate(2);
        } else {
            self.now.before.clear();
        }
    }

    fn record(&mut self, desk: &mut Desk<'_, '_, T, G>, progress: &mut dyn Progress) -> Result<(), RunError> {
        self.recorded = Some(self.now.step);
        let frame = self.scenario.record.is_frame(self.now.step, self.steps());
        desk.put(Task::Measure { now: self.now.seen(), row: true, frame }, progress)
    }

    fn spectrum(&mut self, progress: &mut dyn Progress) -> Result<(), RunError> {
        let Some(how) = &self.scenario.record.spectrum else { return Ok(()) };
        if let Some(warning) = keep_spectrum(self.loaded, &self.folder, &self.now, how)? {
            progress.note(&format!("warning: {warning}"));
            // A resumed run takes some spectra again.
            if !self.info.warnings.contains(&warning) {
                self.info.warnings.push(warning);
            }
        }
        Ok(())
    }

    fn checkpoint(
        &mut self,
        desk: &mut Desk<'_, '_, T, G>,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        // Points of earlier steps matter only where the next record still looks back at them.
        let next = self.now.step + 1;
        let next_is_record = next <= self.steps() && self.scenario.record.is_record(next, self.steps());
        let mut carried = self.now.clone();
        carried.before.truncate(usize::from(next_is_record));
        self.update_info();
        desk.put(Task::Checkpoint { now: carried, info: Box::new(self.info.clone()) }, progress)
    }

    fn halted(
        &mut self,
        halt: Halt<G::Error>,
        desk: &mut Desk<'_, '_, T, G>,
        progress: &mut dyn Progress,
    ) -> Result<Ended, RunError> {
        let (player, what) = match halt {
            Halt::Failed(error) => return Err(failed(error)),
            Halt::Diverged { player, what } => (player, what),
        };
        let step = self.now.step + 1;
        // The same steps from the same point end where they ended.
        for again in self.undo.take_back(&mut self.now)..self.now.step {
            let now = &mut self.now;
            let made = self.rule.round(&self.stage.game, &mut now.at, &mut now.state, again);
            made.map_err(|_| RunError::Failed(format!("step {again} could not be made again")))?;
        }
        self.now.before.clear();
        // The last point that there was is shown.
        let row = self.recorded != Some(self.now.step);
        let frame = row || !self.scenario.record.is_frame(self.now.step, self.steps());
        if row || frame {
            desk.put(Task::Measure { now: self.now.seen(), row, frame }, progress)?;
        }
        self.checkpoint(desk, progress)?;
        let reason = format!("the {} diverged in step {step}: {what}", player.name());
        let divergence = Divergence { step, player: player.name().to_string(), what };
        Ok((Status::Diverged, reason, Some(divergence)))
    }

    fn update_info(&mut self) {
        self.info.step = self.now.step;
        self.info.train_s = self.seconds_before + self.started.elapsed().as_secs_f64();
        if !self.step_ms.is_empty() {
            self.info.ms_per_step = Quantiles::of(&self.step_ms);
        }
        self.info.peak_rss_mib = self.info.peak_rss_mib.max(host::peak_rss_mib());
    }

    /// Writes what a run comes to.
    pub fn finish(
        mut self,
        (status, reason, divergence): Ended,
        rows: &TableFile,
    ) -> Result<Outcome, RunError> {
        self.info.status = status;
        self.info.reason.clone_from(&reason);
        self.info.divergence = divergence;
        self.update_info();
        self.info.last = rows.last_row();
        // A run that was interrupted goes on; it is looked at when it has ended.
        if status != Status::Stopped
            && let Some(look) = self.stage.watch.image_look(&self.stage.game, &self.now)
        {
            look.write(&self.folder)?;
        }
        let table: Table = self.folder.read_table()?;
        write_parquet(&self.folder.metrics_parquet(), &table)?;
        self.folder.write_info(&self.info)?;
        Ok(Outcome { folder: self.folder.path, status, reason, step: self.now.step })
    }
}

fn failed(error: impl std::error::Error) -> RunError {
    RunError::Failed(error.to_string())
}

fn device_name(choice: DeviceChoice) -> String {
    match choice {
        DeviceChoice::Cpu => "cpu".to_string(),
        DeviceChoice::Cuda(index) => format!("cuda:{index}"),
        DeviceChoice::Metal => "metal".to_string(),
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
