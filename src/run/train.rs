//! Training a scenario into a run folder.

use super::build::gan_stage;
use super::clerk::Desk;
use super::error::RunError;
use super::host;
use super::info::Status;
use super::lock::Lock;
use super::options::{DeviceChoice, RunOptions};
use super::paper::paper_stage;
use super::prepare::{Preparation, prepare};
use super::progress::Progress;
use super::seats::{Room, Seat};
use super::training::Training;
use super::watch::Stage;
use crate::game;
use crate::scalar::Scalar;
use crate::scenario::{Game, Loaded, Precision, Scenario};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// How a run ended and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The run folder.
    pub folder: PathBuf,
    /// How it ended.
    pub status: Status,
    /// Why, as a sentence.
    pub reason: String,
    /// Last completed step.
    pub step: u64,
}

/// Trains a scenario. `stop` is looked at between steps; once set, a checkpoint is written and the run is left
/// resumable.
pub fn train(
    loaded: &Loaded,
    options: &RunOptions,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    train_on(None, loaded, options, progress, stop)
}

/// The same beside other runs: on the cores of a seat, whatever `options` says of threads. The seat is left when the steps
/// are done, which is before all is written.
pub fn train_on(
    seat: Option<Seat>,
    loaded: &Loaded,
    options: &RunOptions,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    refuse_pairs(&loaded.scenario, options)?;
    let threads = seat.as_ref().map(Seat::cores).or(options.threads).unwrap_or_else(host::cores);
    let room = Room { pool: &host::pool(threads)?, seat };
    let scenario = &loaded.scenario;
    room.pool.install(|| match (&scenario.game, scenario.train.precision) {
        (Game::Gan(_), Precision::F32) => {
            run(gan_stage::<f32>(loaded, options)?, loaded, options, room, progress, stop)
        }
        (Game::Gan(_), Precision::F64) => {
            run(gan_stage::<f64>(loaded, options)?, loaded, options, room, progress, stop)
        }
        _ => run(paper_stage(scenario)?, loaded, options, room, progress, stop),
    })
}

/// Options and scenarios that do not go together.
fn refuse_pairs(scenario: &Scenario, options: &RunOptions) -> Result<(), RunError> {
    if !matches!(scenario.game, Game::Gan(_)) {
        let text = "a game on paper is computed on the processor; leave --device out";
        return if options.device == DeviceChoice::Cpu {
            Ok(())
        } else {
            Err(RunError::Refused(text.into()))
        };
    }
    if options.device == DeviceChoice::Metal && scenario.train.precision == Precision::F64 {
        return Err(RunError::Refused(
            "Metal has no double precision; set train.precision = \"f32\" or use --device cpu".into(),
        ));
    }
    Ok(())
}

/// Trains a game from its start, or from where it was left.
fn run<T: Scalar, G: game::Game<T> + 'static>(
    mut stage: Stage<T, G>,
    loaded: &Loaded,
    options: &RunOptions,
    room: Room,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    stage.notes.iter().for_each(|note| progress.note(note));
    // Before the folder is touched: a run that cannot be measured replaces none.
    stage.watch.begin(&stage.game).map_err(RunError::Refused)?.iter().for_each(|note| progress.note(note));
    let mut lock = Lock::claim(&options.out)?;
    let preparation = prepare(loaded, options)?;
    if lock.is_none() {
        lock = Lock::claim(&options.out)?;
    }
    if options.resume && preparation == Preparation::Fresh {
        progress.note(&format!("{} holds no run yet: it starts at step 0", options.out.display()));
    }
    // On one thread all workers are busy with the training; who works beside it needs one of its own.
    let busy = stage.watch.takes_long() && room.pool.current_num_threads() == 1;
    let own = busy.then(|| host::pool(1)).transpose()?;
    let beside = own.as_ref().unwrap_or(room.pool);
    let (mut training, clerk) = Training::new(loaded, options, room, beside, &stage, preparation, progress)?;
    let ended = std::thread::scope(|scope| {
        let mut desk = Desk::open(scope, clerk);
        let ended = training.train(&mut desk, progress, stop)?;
        Ok::<_, RunError>((ended, desk.close(progress)?))
    });
    progress.finish();
    let (ended, table) = ended?;
    let outcome = training.finish(ended, &table);
    drop(lock);
    outcome
}
