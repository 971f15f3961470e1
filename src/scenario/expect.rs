//! The `[expect]` table: what must hold of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What must hold of the scenario's runs. Besides the keys below, each key names a measure and each value bounds it:
/// `"final.modes_covered" = ">= 8"`, `"last10.high_quality" = ">= 0.65"`, `"every.modes_covered" = "<= 2"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Expect {
    /// Number of seeds: the scenario's own and the ones that follow it.
    #[serde(default = "one")]
    pub seeds: u64,
    /// Share of the seeds for which everything must hold.
    #[serde(default = "whole")]
    pub share_of_seeds: f64,
    /// Bounds on measures.
    #[serde(flatten)]
    pub bounds: BTreeMap<String, String>,
}

fn one() -> u64 {
    1
}
fn whole() -> f64 {
    1.0
}
