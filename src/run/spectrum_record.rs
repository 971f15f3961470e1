//! Spectra along a training: taken in double precision on a batch of their own, written beside the run.

use super::checkpoint::Carried;
use super::error::RunError;
use super::folder::Folder;
use super::host;
use super::options::RunOptions;
use super::point::game_of;
use super::spectra::{SpectrumFiles, read_spectrum, write_spectrum};
use super::subject::{Subject, steady};
use crate::game::Joint;
use crate::rule::{OptimizerState, State};
use crate::scalar::Scalar;
use crate::scenario::{Loaded, SpectrumMethod, SpectrumRecord};
use crate::spectrum::{Method, Request, Search, Spectrum};

/// Takes and writes the spectrum of a training's point. Says, in a sentence, when what contracted at the spectrum
/// before grows now: eigenvalues tell earlier than losses.
pub fn keep_spectrum<T: Scalar>(
    loaded: &Loaded,
    folder: &Folder,
    now: &Carried<T>,
    how: &SpectrumRecord,
) -> Result<Option<String>, RunError> {
    let game = steady(game_of(loaded, &RunOptions::new(&folder.path))?);
    let subject = Subject {
        loaded: loaded.clone(),
        game,
        at: wide_point(&now.at),
        state: wide_state(&now.state),
        step: now.step,
    };
    let request = Request {
        method: how.method.map(|method| match method {
            SpectrumMethod::Dense => Method::Dense,
            SpectrumMethod::Krylov => Method::Krylov,
        }),
        search: Search { count: how.count, seed: loaded.scenario.seed, restarts: 30, ..Search::default() },
        memory_bytes: host::available_memory_bytes(),
        ..Request::default()
    };
    let batches = subject.batches(how.batches, None);
    let mut spectrum = subject.spectrum(&batches, &request, &|_| ())?;
    let warning = before(folder, now.step)?.and_then(|before| turned(&before, &spectrum));
    write_spectrum(
        &subject,
        &mut spectrum,
        batches.first(),
        &SpectrumFiles::new(&folder.spectra(), now.step),
    )?;
    Ok(warning)
}

/// The spectrum before a step, where there is one.
fn before(folder: &Folder, step: u64) -> Result<Option<Spectrum>, RunError> {
    let there = folder.steps_with(&folder.spectra(), ".json")?;
    let last = there.into_iter().rev().find(|(at, _)| *at < step);
    Ok(last.map(|(_, path)| read_spectrum(&path)).transpose()?)
}

/// A warning where a direction grows that did not.
fn turned(before: &Spectrum, now: &Spectrum) -> Option<String> {
    (before.judgement.verdict.contracts() && now.judgement.verdict.grows()).then(|| {
        format!(
            "the spectrum turned from {} (step {}) to {} (step {}): its largest real part went from {:.3e} to {:.3e}",
            before.judgement.verdict.name(),
            before.step,
            now.judgement.verdict.name(),
            now.step,
            before.largest_real,
            now.largest_real
        )
    })
}

fn wide<T: Scalar>(v: &[T]) -> Vec<f64> {
    v.iter().map(|x| x.f64()).collect()
}

fn wide_point<T: Scalar>(at: &Joint<T>) -> Joint<f64> {
    Joint { d: wide(&at.d), g: wide(&at.g) }
}

fn wide_state<T: Scalar>(state: &State<T>) -> State<f64> {
    let of = |own: &OptimizerState<T>| OptimizerState {
        count: own.count,
        vectors: own.vectors.iter().map(|(name, vector)| (*name, wide(vector))).collect(),
    };
    State { players: [of(&state.players[0]), of(&state.players[1])], ..State::default() }
}
