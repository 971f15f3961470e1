//! A measure over the training, over the seeds of a setting.

use super::results::Setting;
use super::statistics::quartiles;
use crate::run::folder::FolderError;
use crate::run::record::Table;
use std::collections::BTreeMap;

/// A measure of a setting at a recorded step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The step.
    pub step: u64,
    /// A quarter of the runs are below this.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// A quarter of the runs are above this.
    pub high: f64,
}

/// The curves of some measures, in their order: at every step that at least half of the setting's ended runs recorded.
pub fn curves(setting: &Setting, measures: &[String]) -> Result<Vec<Vec<CurvePoint>>, FolderError> {
    let mut at: Vec<BTreeMap<u64, Vec<f64>>> = vec![BTreeMap::new(); measures.len()];
    for folder in &setting.folders {
        let table = folder.read_table()?;
        let steps = table.column("step").unwrap_or_default();
        for (values, measure) in at.iter_mut().zip(measures) {
            enter(values, &steps, &table, measure);
        }
    }
    let half = setting.folders.len().div_ceil(2);
    let curve = |values: BTreeMap<u64, Vec<f64>>| {
        let enough = values.into_iter().filter(|(_, values)| values.len() >= half);
        enough
            .map(|(step, values)| {
                let [low, median, high] = quartiles(&values);
                CurvePoint { step, low, median, high }
            })
            .collect()
    };
    Ok(at.into_iter().map(curve).collect())
}

fn enter(values: &mut BTreeMap<u64, Vec<f64>>, steps: &[f64], table: &Table, measure: &str) {
    for (step, value) in steps.iter().zip(table.column(measure).unwrap_or_default()) {
        if value.is_finite() {
            values.entry(*step as u64).or_default().push(value);
        }
    }
}
