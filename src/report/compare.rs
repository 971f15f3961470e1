//! Several runs side by side: their last measures, and the settings in which they differ.

use super::differences::{Difference, differences};
use super::measures::{MEASURES, final_value, has};
use super::number::{cell, whole};
use crate::run::folder::RunData;
use crate::run::info::Status;

/// Runs side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What each run is called.
    pub labels: Vec<String>,
    /// How each run ended.
    pub status: Vec<String>,
    /// The last measures: a column's name, its value in each run (NaN where it has none).
    pub rows: Vec<(String, Vec<f64>)>,
    /// The settings in which the scenarios differ.
    pub differences: Vec<Difference>,
}

/// The last measures of several runs and the settings in which they differ. A run without a label goes by its
/// scenario's name.
pub fn compare_table(runs: &[RunData], labels: &[String]) -> Comparison {
    let scenarios: Vec<_> = runs.iter().map(|run| &run.scenario).collect();
    let label = |(i, run): (usize, &RunData)| labels.get(i).unwrap_or(&run.scenario.name).clone();
    let mut rows = vec![("step".to_string(), runs.iter().map(|run| run.info.step as f64).collect())];
    for measure in MEASURES {
        for column in [measure.column.to_string(), format!("real_{}", measure.column)] {
            if runs.iter().any(|run| has(&run.table, &column)) {
                let values = runs.iter().map(|run| final_value(&run.table, &column)).collect();
                rows.push((column, values));
            }
        }
    }
    rows.push(("ms_per_step".into(), runs.iter().map(|run| run.info.ms_per_step.median).collect()));
    Comparison {
        labels: runs.iter().enumerate().map(label).collect(),
        status: runs.iter().map(ended).collect(),
        rows,
        differences: differences(&scenarios),
    }
}

/// How a run ended, in a few words.
fn ended(run: &RunData) -> String {
    match (run.info.status, &run.info.divergence) {
        (Status::Finished, _) => "finished".into(),
        (Status::Diverged, Some(d)) => format!("diverged at {}", whole(d.step)),
        (Status::Diverged, None) => "diverged".into(),
        (Status::Stopped, _) => "stopped".into(),
        (Status::Running, _) => "not ended".into(),
    }
}

impl Comparison {
    /// The comparison as a table for the terminal: settings that differ, then the last measures.
    pub fn text(&self) -> String {
        let mut table = vec![with_first("", &self.labels), with_first("status", &self.status)];
        for difference in &self.differences {
            let values = difference.values.iter().map(|v| v.clone().unwrap_or("–".into()));
            table.push(with_first(&difference.key, &values.collect::<Vec<_>>()));
        }
        for (name, cells) in self.cells() {
            table.push(with_first(&name, &cells));
        }
        aligned(&table)
    }

    /// The last measures for a reader: few digits, what as many real samples score in brackets.
    pub fn cells(&self) -> Vec<(String, Vec<String>)> {
        let real =
            |name: &str| self.rows.iter().find(|row| row.0 == format!("real_{name}")).map(|row| &row.1);
        let shown = self.rows.iter().filter(|row| !row.0.starts_with("real_"));
        let text = |value: f64, real: Option<f64>| match real.filter(|r| !r.is_nan()) {
            Some(real) => format!("{} ({})", cell(value), cell(real)),
            None => cell(value),
        };
        let cells = |(name, values): &(String, Vec<f64>)| {
            let beside = real(name);
            let of = |(i, v): (usize, &f64)| text(*v, beside.and_then(|r| r.get(i).copied()));
            (name.clone(), values.iter().enumerate().map(of).collect())
        };
        shown.map(cells).collect()
    }

    /// The last measures as CSV: one row a run, full precision, empty where missing.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let names = ["run", "status"].into_iter().chain(self.rows.iter().map(|row| row.0.as_str()));
        let mut sound = writer.write_record(names).is_ok();
        for (i, label) in self.labels.iter().enumerate() {
            let value = |row: &(String, Vec<f64>)| match row.1[i] {
                v if v.is_nan() => String::new(),
                v => v.to_string(),
            };
            let cells =
                [label.clone(), self.status[i].clone()].into_iter().chain(self.rows.iter().map(value));
            sound &= writer.write_record(cells).is_ok();
        }
        debug_assert!(sound, "rows of one length, written to memory");
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

fn with_first(first: &str, rest: &[String]) -> Vec<String> {
    std::iter::once(first.to_string()).chain(rest.iter().cloned()).collect()
}

/// Rows of cells as lines, the first column to the left, the others to the right.
fn aligned(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| table.iter().filter_map(|row| row.get(c)).map(|s| s.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in table {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(c, (cell, w))| if c == 0 { format!("{cell:<w$}") } else { format!("{cell:>w$}") })
            .collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    #[test]
    fn runs_stand_side_by_side() {
        let runs = [ring(Fate::Reaches), ring(Fate::Hops), ring(Fate::NoModes)];
        let table = compare_table(&runs, &["with".into(), "without".into()]);
        assert_eq!(table.labels, ["with", "without", "spiral"]);
        let covered = &table.rows.iter().find(|r| r.0 == "modes_covered").unwrap().1;
        assert_eq!(covered[..2], [8.0, 1.0]);
        assert!(covered[2].is_nan());
        let text = table.text();
        assert!(text.contains("game.regularizer[0].eta"), "{text}");
        let csv = table.csv();
        let header = csv.lines().next().unwrap();
        assert!(csv.lines().all(|l| l.split(',').count() == header.split(',').count()), "{csv}");
        assert_eq!(csv.lines().count(), 4);
    }

    #[test]
    fn no_runs_make_an_empty_table() {
        let table = compare_table(&[], &[]);
        assert!(table.text().starts_with('\n'), "{:?}", table.text());
        assert_eq!(table.csv().lines().count(), 1);
    }
}
