//! What is linear about a game's run, beside what happened: step sizes and stability at its equilibrium, and how fast it
//! comes there.

mod distance;
mod ladder;
mod region;
mod rest;
mod slope;
mod stability;

use super::Picture;
use crate::run::folder::RunData;
use rest::Rest;

/// The pictures of a game's motion that its run has the data for; none for networks.
pub fn motion(run: &RunData) -> Vec<Picture> {
    if run.scenario.game.on_paper().is_none() {
        return Vec::new();
    }
    let rest = Rest::of(run);
    let stability = rest.as_ref().and_then(|rest| stability::stability(run, rest));
    [stability, distance::distance(run, rest.as_ref())].into_iter().flatten().collect()
}
