//! The runs of a sweep, several at once.
//!
//! A run begins as soon as a core is free, and computes on it alone until all have begun; then those under way share what
//! cores the others have left. Its folder is that which `ganscope run` makes of its scenario. What a run comes to is a row;
//! the table follows from the run folders and is written whole now and then.

use super::folder::SweepFolder;
use super::plan::Plan;
use super::row::{Row, RowStatus, found, share};
use super::table::{write_csv, write_parquet};
use crate::run::folder::{FolderError, write_whole};
use crate::run::{KernelChoice, Lock, Outcome, Progress, RunError, RunOptions, Seat, Seats, train_on};
use crate::scenario::Loaded;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How a sweep is run, apart from what it is.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// The folder.
    pub out: PathBuf,
    /// Runs at once.
    pub jobs: usize,
    /// Which kernels the products use.
    pub kernels: KernelChoice,
    /// Whether to go on with the sweep that is in the folder.
    pub resume: bool,
    /// Whether to replace it.
    pub force: bool,
}

/// Someone who watches a sweep.
pub trait Watch: Sync {
    /// Something worth knowing that changes nothing, as a sentence.
    fn note(&self, text: &str);
    /// So many of all runs are done already.
    fn start(&self, done: usize, all: usize);
    /// A run came closer to its end by a share of its steps.
    fn moved(&self, share: f64);
    /// A run came to an end.
    fn ended(&self, row: &Row);
}

/// How a sweep ended.
#[derive(Debug)]
pub struct Swept {
    /// A row for each run.
    pub rows: Vec<Row>,
    /// What stopped the sweep before its end, where that was not the user.
    pub broken: Option<FolderError>,
}

/// Pause between two writings of the table.
const PAUSE: Duration = Duration::from_secs(2);

/// Makes the runs that are missing. `seconds` says how long a run of each setting is thought to take: the longest begin
/// first. `stop` is looked at between steps; once set, every run under way is left resumable. `finish` is called with the
/// folder of every run that has ended.
pub fn run(
    plan: &Plan,
    seconds: &[f32],
    options: &SweepOptions,
    watch: &dyn Watch,
    stop: &AtomicBool,
    finish: &(dyn Fn(&Outcome) -> Result<(), RunError> + Sync),
) -> Result<Swept, RunError> {
    let folder = SweepFolder::new(&options.out);
    let mut lock = Lock::claim(&options.out)?;
    folder.prepare(plan, options.resume, options.force)?;
    if lock.is_none() {
        lock = Lock::claim(&options.out)?;
    }
    let all = plan.design.runs().unwrap_or(0);
    let mut todo = Vec::new();
    let mut rows = Vec::with_capacity(all);
    for run in 0..all {
        let (row, state) = state(plan, &folder, run, options.resume, watch)?;
        rows.push(row);
        todo.extend(state.map(|state| (run, state)));
    }
    share(&mut rows);
    let length = |run: usize| seconds.get(plan.design.run(run).0).copied().unwrap_or(0.0);
    todo.sort_by(|a, b| length(b.0).total_cmp(&length(a.0)));
    watch.start(all - todo.len(), all);
    let hall = Hall {
        plan,
        folder: &folder,
        options,
        watch,
        stop,
        finish,
        todo,
        next: AtomicUsize::new(0),
        seats: Seats::new(options.jobs),
        books: Mutex::new(Books { rows, names: Vec::new(), written: Instant::now(), broken: None }),
    };
    std::thread::scope(|scope| {
        // While half of the workers compute, the others may still write what their last run came to.
        for _ in 0..(2 * options.jobs).min(hall.todo.len()) {
            scope.spawn(|| hall.work());
        }
    });
    let Books { rows, mut broken, .. } =
        hall.books.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    let written =
        write_csv(&folder, &plan.design, &rows).and_then(|()| write_parquet(&folder, &plan.design, &rows));
    if let Err(error) = written {
        broken.get_or_insert(error);
    }
    drop(lock);
    Ok(Swept { rows, broken })
}

/// What has to be done about a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Task {
    /// It is begun, or goes on from its last checkpoint.
    GoOn,
    /// What lies in its folder is damaged; it begins again.
    Again,
}

/// How a run stands, and what has to be done about it.
fn state(
    plan: &Plan,
    folder: &SweepFolder,
    run: usize,
    resume: bool,
    watch: &dyn Watch,
) -> Result<(Row, Option<Task>), RunError> {
    let name = plan.design.run_name(run);
    if !resume {
        return Ok((Row::bare(run, RowStatus::Waiting, ""), Some(Task::GoOn)));
    }
    let damaged = |what: String| {
        watch.note(&format!("{name} is made again: {what}"));
        (Row::bare(run, RowStatus::Waiting, ""), Some(Task::Again))
    };
    match found(run, &name, folder, &|scenario| plan.goal(scenario)) {
        Ok(row) if row.status.ended() => {
            let theirs = std::fs::read_to_string(folder.run(&name).scenario()).unwrap_or_default();
            let own = plan.run(run)?.to_toml().map_err(|e| RunError::Failed(e.to_string()))?;
            // A program of another version may write the same scenario in other words.
            match theirs == own
                || toml::from_str(&theirs)
                    .is_ok_and(|theirs: crate::scenario::Scenario| toml::from_str(&own) == Ok(theirs))
            {
                true => Ok((row, None)),
                false => Ok(damaged("its folder holds a run of another scenario".into())),
            }
        }
        Ok(row) => Ok((row, Some(Task::GoOn))),
        Err(error) => Ok(damaged(error.to_string())),
    }
}

/// Where the workers work.
struct Hall<'a> {
    plan: &'a Plan,
    folder: &'a SweepFolder,
    options: &'a SweepOptions,
    watch: &'a dyn Watch,
    stop: &'a AtomicBool,
    finish: &'a (dyn Fn(&Outcome) -> Result<(), RunError> + Sync),
    todo: Vec<(usize, Task)>,
    next: AtomicUsize,
    seats: Seats,
    books: Mutex<Books>,
}

/// What the workers write down.
struct Books {
    rows: Vec<Row>,
    /// Names of measures that some rows have.
    names: Vec<Arc<[String]>>,
    written: Instant,
    broken: Option<FolderError>,
}

impl Hall<'_> {
    fn work(&self) {
        loop {
            let seat = self.seats.begin();
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((run, task)) = self.todo.get(next) else { return };
            if next + 1 == self.todo.len() {
                self.seats.all_begun();
            }
            let row = match self.one(*run, *task, seat) {
                Ok(row) => row,
                // A disk that is full is full for all: the runs under way stop where they can go on.
                Err(RunError::Folder(error @ FolderError::Write { .. })) => return self.give_up(error),
                Err(error) => self.failed(*run, &error.to_string()),
            };
            self.enter(row);
        }
    }

    /// Makes a run.
    fn one(&self, run: usize, task: Task, seat: Seat) -> Result<Row, RunError> {
        let name = self.plan.design.run_name(run);
        let loaded = self.plan.run(run)?;
        let failure = self.folder.failure(&name);
        if failure.exists() {
            let gone = std::fs::remove_file(&failure);
            gone.map_err(|source| FolderError::Write { path: failure, source })?;
        }
        let begun = self.folder.run(&name).scenario().exists();
        let outcome = match self.train(&loaded, &name, task, seat) {
            // What is there and cannot be gone on with is made again.
            Err(RunError::Refused(what)) if task == Task::GoOn && begun => self.again(&loaded, &name, &what),
            Err(RunError::Folder(error @ (FolderError::Read { .. } | FolderError::Damaged { .. })))
                if task == Task::GoOn && begun =>
            {
                self.again(&loaded, &name, &error.to_string())
            }
            other => other,
        }?;
        let row = Row::of(run, &self.folder.run(&name), self.plan.goal(&loaded.scenario).as_ref())?;
        if row.status.ended() {
            (self.finish)(&outcome)?;
        }
        Ok(row)
    }

    fn again(&self, loaded: &Loaded, name: &str, why: &str) -> Result<Outcome, RunError> {
        self.watch.note(&format!("{name} is made again: {why}"));
        self.train(loaded, name, Task::Again, self.seats.begin())
    }

    fn train(&self, loaded: &Loaded, name: &str, task: Task, seat: Seat) -> Result<Outcome, RunError> {
        let options = RunOptions {
            kernels: self.options.kernels,
            resume: task == Task::GoOn,
            force: task == Task::Again,
            ..RunOptions::new(self.folder.run(name).path)
        };
        let mut share = Share { watch: self.watch, name, steps: loaded.scenario.train.steps, told: 0 };
        // A fault of this program in one run is no end of the others.
        let made =
            catch_unwind(AssertUnwindSafe(|| train_on(Some(seat), loaded, &options, &mut share, self.stop)));
        made.unwrap_or_else(|_| {
            Err(RunError::Failed("the program failed within this run; please report it".into()))
        })
    }

    /// Writes down why a run could not be made.
    fn failed(&self, run: usize, why: &str) -> Row {
        let name = self.plan.design.run_name(run);
        self.watch.note(&format!("{name} failed: {why}"));
        if let Err(error) = write_whole(&self.folder.failure(&name), format!("{why}\n").as_bytes()) {
            self.give_up(error);
        }
        Row::bare(run, RowStatus::Failed, why)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn give_up(&self, error: FolderError) {
        self.books().broken.get_or_insert(error);
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Enters a row and, now and then, writes the table.
    fn enter(&self, mut row: Row) {
        let mut books = self.books();
        self.watch.ended(&row);
        match books.names.iter().find(|names| **names == row.names) {
            Some(names) => row.names = names.clone(),
            None => books.names.push(row.names.clone()),
        }
        let place = row.run;
        books.rows[place] = row;
        if books.written.elapsed() < PAUSE {
            return;
        }
        let written = write_csv(self.folder, &self.plan.design, &books.rows);
        books.written = Instant::now();
        drop(books);
        if let Err(error) = written {
            self.give_up(error);
        }
    }
}

/// Shares of a run's steps, told now and then.
struct Share<'a> {
    watch: &'a dyn Watch,
    name: &'a str,
    steps: u64,
    told: u64,
}

/// Times that a run tells how far it is.
const TOLD: u64 = 100;

impl Progress for Share<'_> {
    fn note(&mut self, text: &str) {
        // That a run begins is nothing to tell of a sweep.
        if !text.contains("holds no run yet") {
            self.watch.note(&format!("{}: {text}", self.name));
        }
    }

    fn start(&mut self, _: u64, done: u64) {
        self.told = done;
        self.watch.moved(done as f64 / self.steps.max(1) as f64);
    }

    fn step(&mut self, step: u64) {
        let ahead = step.saturating_sub(self.told);
        if ahead * TOLD >= self.steps || step == self.steps {
            self.told = step;
            self.watch.moved(ahead as f64 / self.steps.max(1) as f64);
        }
    }

    fn record(&mut self, _: u64, _: &[String], _: &[f64]) {}

    fn finish(&mut self) {
        // What a diverged run did not do is not to come either.
        self.watch.moved(self.steps.saturating_sub(self.told) as f64 / self.steps.max(1) as f64);
    }
}
