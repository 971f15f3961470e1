//! Measuring and writing beside the training: rows, frames and checkpoints, in the order in which they are asked for.
//!
//! A training hands points over and goes on; a thread of its own, the clerk's, has them measured on the run's threads and
//! writes: waiting for a disk keeps none of those threads from training. What takes no longer than to hand it over is done
//! at once instead.

use super::checkpoint::{self, Carried, Origin};
use super::error::RunError;
use super::folder::{Folder, write_frame};
use super::info::RunInfo;
use super::progress::Progress;
use super::table_file::TableFile;
use super::watch::Stage;
use crate::game::Game;
use crate::scalar::Scalar;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Tasks that wait while another is done, at most: each holds a copy of the point.
const WAITING: usize = 2;

/// What is to be done about a point.
pub enum Task<T> {
    /// To measure it: for a row of the table, for a frame, or for both. Needs no state of a rule.
    Measure {
        /// The point.
        now: Carried<T>,
        /// Whether a row is appended.
        row: bool,
        /// Whether what pictures need is kept.
        frame: bool,
    },
    /// To make sure that the run can go on from it.
    Checkpoint {
        /// All that the run carries.
        now: Carried<T>,
        /// The run's facts, but for the last row.
        info: Box<RunInfo>,
    },
}

/// Does the tasks of a run.
pub struct Clerk<'a, T: Scalar, G> {
    /// The run's folder.
    pub folder: Folder,
    /// Threads for what is computed.
    pub pool: &'a rayon::ThreadPool,
    /// The game and what is recorded of it.
    pub stage: &'a Stage<T, G>,
    /// What checkpoints say of where they come from.
    pub origin: Origin,
    /// The table.
    pub table: TableFile,
}

/// A row that was appended.
type Row = Option<Vec<f64>>;

impl<T: Scalar, G: Game<T>> Clerk<'_, T, G> {
    fn work(&mut self, task: Task<T>) -> Result<Row, RunError> {
        match task {
            Task::Measure { now, row, frame } => self.measure(&now, row, frame),
            Task::Checkpoint { now, mut info } => {
                self.table.sync()?;
                let path = self.folder.checkpoint(now.step);
                checkpoint::write(&path, &self.stage.layouts, &now, &self.origin)?;
                info.last = self.table.last_row();
                self.folder.write_info(&info)?;
                Ok(None)
            }
        }
    }

    fn measure(&mut self, now: &Carried<T>, row: bool, frame: bool) -> Result<Row, RunError> {
        let Stage { game, watch, .. } = self.stage;
        let (row, frame) = self.pool.install(|| {
            let row = row.then(|| watch.row(game, now)).transpose();
            let row = row.map_err(|error| RunError::Failed(error.to_string()))?;
            Ok::<_, RunError>((row, frame.then(|| watch.frame(game, now)).flatten()))
        })?;
        if let Some(frame) = frame {
            write_frame(&self.folder.frame(now.step), &frame)?;
        }
        row.iter().try_for_each(|row| self.table.append(row))?;
        Ok(row)
    }
}

/// Where a training puts its tasks.
pub struct Desk<'s, 'a, T: Scalar, G> {
    names: Vec<String>,
    place: Place<'s, 'a, T, G>,
}

enum Place<'s, 'a, T: Scalar, G> {
    /// They are done at once.
    Here(Clerk<'a, T, G>),
    /// They are done on another thread.
    Beside {
        tasks: SyncSender<Task<T>>,
        done: Receiver<Result<Row, RunError>>,
        waiting: usize,
        thread: ScopedJoinHandle<'s, Clerk<'a, T, G>>,
    },
}

impl<'s, 'a, T: Scalar, G: Game<T>> Desk<'s, 'a, T, G> {
    /// A desk whose tasks are done by `clerk`: on another thread where looking takes long.
    pub fn open<'e>(scope: &'s Scope<'s, 'e>, mut clerk: Clerk<'a, T, G>) -> Self
    where
        'a: 's,
    {
        let names = clerk.table.names().to_vec();
        if !clerk.stage.watch.takes_long() {
            return Desk { names, place: Place::Here(clerk) };
        }
        let (tasks, inbox) = sync_channel::<Task<T>>(WAITING);
        let (outbox, done) = channel();
        let thread = scope.spawn(move || {
            for task in inbox {
                let made = clerk.work(task);
                let failed = made.is_err();
                // Behind a failure nothing is written: what lies in the folder has no gap.
                if outbox.send(made).is_err() || failed {
                    break;
                }
            }
            clerk
        });
        Desk { names, place: Place::Beside { tasks, done, waiting: 0, thread } }
    }

    /// Hands a task over.
    pub fn put(&mut self, task: Task<T>, progress: &mut dyn Progress) -> Result<(), RunError> {
        if let Place::Here(clerk) = &mut self.place {
            let row = clerk.work(task)?;
            tell(&self.names, row, progress);
            return Ok(());
        }
        self.report(progress)?;
        if let Place::Beside { tasks, waiting, .. } = &mut self.place {
            match tasks.send(task) {
                Ok(()) => *waiting += 1,
                // The clerk has stopped; why lies in the answers.
                Err(_) => return self.wait(progress),
            }
        }
        Ok(())
    }

    /// Tells of the rows that were made since the last report; the error is that of a task.
    pub fn report(&mut self, progress: &mut dyn Progress) -> Result<(), RunError> {
        let Place::Beside { done, waiting, .. } = &mut self.place else { return Ok(()) };
        while let Ok(made) = done.try_recv() {
            *waiting -= 1;
            tell(&self.names, made?, progress);
        }
        Ok(())
    }

    /// Waits until all is done.
    fn wait(&mut self, progress: &mut dyn Progress) -> Result<(), RunError> {
        let Place::Beside { done, waiting, .. } = &mut self.place else { return Ok(()) };
        while *waiting > 0
            && let Ok(made) = done.recv()
        {
            *waiting -= 1;
            tell(&self.names, made?, progress);
        }
        Ok(())
    }

    /// Waits until all is done, and gives the table back.
    pub fn close(mut self, progress: &mut dyn Progress) -> Result<TableFile, RunError> {
        self.wait(progress)?;
        match self.place {
            Place::Here(clerk) => Ok(clerk.table),
            Place::Beside { tasks, thread, .. } => {
                drop(tasks);
                match thread.join() {
                    Ok(clerk) => Ok(clerk.table),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        }
    }
}

fn tell(names: &[String], row: Row, progress: &mut dyn Progress) {
    if let Some(row) = row {
        progress.record(row.first().map_or(0, |step| *step as u64), names, &row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Points;
    use crate::game::{Analytic, AnalyticError};
    use crate::run::paper::paper_stage;
    use crate::run::progress::Silent;
    use crate::run::record::Frame;
    use crate::run::watch::Watch;
    use crate::scenario::{Source, parse};

    const DIRAC: &str = r#"
name = "dirac"
game = { kind = "dirac", objective = "non_saturating" }
dynamics = { optimizer = { kind = "sgd", lr = 0.1 } }
train = { steps = 10 }
"#;

    type PaperStage = Stage<f64, Analytic>;

    /// A watch whose looks are worth another thread.
    struct Long(Box<dyn Watch<f64, Analytic> + Sync>);

    impl Watch<f64, Analytic> for Long {
        fn takes_long(&self) -> bool {
            true
        }
        fn settings(&self) -> serde_json::Map<String, serde_json::Value> {
            self.0.settings()
        }
        fn columns(&self) -> Vec<String> {
            self.0.columns()
        }
        fn row(&self, game: &Analytic, now: &Carried<f64>) -> Result<Vec<f64>, AnalyticError> {
            self.0.row(game, now)
        }
        fn frame(&self, game: &Analytic, now: &Carried<f64>) -> Option<Frame> {
            self.0.frame(game, now)
        }
        fn backdrop(&self, game: &Analytic) -> Option<Points> {
            self.0.backdrop(game)
        }
    }

    fn stage(long: bool) -> PaperStage {
        let stage = paper_stage(&parse(DIRAC, Source::Text, &[]).unwrap().scenario).unwrap();
        if !long {
            return stage;
        }
        Stage { watch: Box::new(Long(stage.watch)), ..stage }
    }

    /// Looks at the start as at steps 0 to 9, and before step `lost` removes the folder; returns the table's text as far as it
    /// was written, and the error.
    fn looked(stage: &PaperStage, lost: Option<u64>) -> (String, Option<RunError>) {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("run"));
        let table = TableFile::open(&folder, stage.watch.columns()).unwrap();
        let text = home.path().join("text");
        std::fs::hard_link(folder.metrics_csv(), &text).unwrap();
        let pool = crate::run::pool(1).unwrap();
        let origin = Origin { seed: 1, kernels: String::new() };
        let clerk = Clerk { folder: folder.clone(), pool: &pool, stage, origin, table };
        let ended = std::thread::scope(|scope| {
            let mut desk = Desk::open(scope, clerk);
            for step in 0..10 {
                let now = Carried {
                    step,
                    at: stage.start.clone(),
                    state: Default::default(),
                    average: None,
                    before: Vec::new(),
                };
                if lost == Some(step) {
                    desk.wait(&mut Silent)?;
                    std::fs::remove_dir_all(&folder.path).unwrap();
                    std::fs::write(&folder.path, "no folder").unwrap();
                    let info = serde_json::from_str(INFO).unwrap();
                    desk.put(Task::Checkpoint { now: now.clone(), info: Box::new(info) }, &mut Silent)?;
                }
                desk.put(Task::Measure { now, row: true, frame: false }, &mut Silent)?;
            }
            desk.close(&mut Silent).map(|_| ())
        });
        (std::fs::read_to_string(text).unwrap(), ended.err())
    }

    const INFO: &str = r#"{ "format": 1, "program": "", "scenario": "", "seed": 1, "status": "running", "reason": "", "step": 0,
        "device": "", "kernels": "", "threads": 1, "host": { "system": "", "cpu": "", "cores": 1, "memory_mib": 1 },
        "parameters": [1, 1], "started_unix_s": 0, "train_s": 0, "ms_per_step": { "p10": 0, "median": 0, "p90": 0 },
        "peak_rss_mib": 0, "measures": {}, "final": {} }"#;

    #[test]
    fn rows_made_beside_the_training_are_those_made_at_once() {
        let (here, none) = looked(&stage(false), None);
        assert!(none.is_none() && here.lines().count() == 11);
        assert_eq!(looked(&stage(true), None).0, here);
    }

    #[test]
    fn behind_a_failure_nothing_is_written() {
        for long in [false, true] {
            let (text, error) = looked(&stage(long), Some(4));
            assert!(matches!(error, Some(RunError::Folder(_))), "{error:?}");
            assert_eq!(text.lines().count(), 5);
        }
    }
}
