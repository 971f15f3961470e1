//! `sweep.csv` and `sweep.parquet`: one row a run.
//!
//! Columns: `run`, the axes' keys, `seed`, `status`, `reached` (1 or 0), the measures of the last record, `steps`,
//! `seconds`, `reason`. A value that is not there is an empty cell, or null.

use super::design::Design;
use super::folder::SweepFolder;
use super::row::Row;
use crate::run::folder::{FolderError, write_whole};
use crate::run::{Column, write_columns};

/// Writes the rows as text, whole or not at all.
pub fn write_csv(folder: &SweepFolder, design: &Design, rows: &[Row]) -> Result<(), FolderError> {
    let path = folder.csv();
    let columns = columns(design, rows);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| FolderError::Write { path: path.clone(), source: std::io::Error::other(e) };
    writer.write_record(columns.iter().map(|(name, _)| name)).map_err(failed)?;
    for row in 0..rows.len() {
        writer.write_record(columns.iter().map(|(_, column)| cell(column, row))).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.into_error().into()))?;
    write_whole(&path, &bytes)
}

/// Writes the rows as Parquet, whole or not at all.
pub fn write_parquet(folder: &SweepFolder, design: &Design, rows: &[Row]) -> Result<(), FolderError> {
    write_columns(&folder.parquet(), "sweep", &columns(design, rows))
}

fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Whole(all) => all[row].to_string(),
        Column::Numbers(all) if all[row].is_nan() => String::new(),
        Column::Numbers(all) => all[row].to_string(),
        Column::Words(all) => all[row].clone(),
    }
}

/// The table by columns.
fn columns(design: &Design, rows: &[Row]) -> Vec<(String, Column)> {
    let words = |of: &dyn Fn(&Row) -> String| Column::Words(rows.iter().map(of).collect());
    let numbers = |of: &dyn Fn(&Row) -> f64| Column::Numbers(rows.iter().map(of).collect());
    let mut all = vec![("run".to_string(), words(&|row| design.run_name(row.run)))];
    all.extend(design.keys().into_iter().map(|key| (key.to_string(), setting(design, rows, key))));
    all.push(("seed".into(), Column::Whole(rows.iter().map(|row| design.run(row.run).1 as i64).collect())));
    all.push(("status".into(), words(&|row| row.status.word().into())));
    let reached = |row: &Row| row.reached.map_or(f64::NAN, |reached| f64::from(u8::from(reached)));
    all.push(("reached".into(), numbers(&reached)));
    let mut names: Vec<&String> = Vec::new();
    let mut last: Option<&Row> = None;
    for row in rows {
        // Rows share their names as a rule; only others are worth a look.
        if last.is_none_or(|last| last.names != row.names) {
            names.extend(row.names.iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        }
        last = Some(row);
    }
    all.extend(names.into_iter().map(|name| (name.clone(), numbers(&|row| row.value(name)))));
    all.push(("steps".into(), Column::Whole(rows.iter().map(|row| row.steps as i64).collect())));
    all.push(("seconds".into(), numbers(&|row| row.seconds)));
    all.push(("reason".into(), words(&|row| row.reason.clone())));
    all
}

/// The values of a key: numbers where all of them are.
fn setting(design: &Design, rows: &[Row], key: &str) -> Column {
    let choice = |row: &Row| {
        let setting = design.run(row.run).0;
        design.choices(setting).into_iter().find(|choice| choice.key == key)
    };
    let numeric = rows.iter().filter_map(choice).all(|choice| choice.value.is_number());
    match numeric {
        true => {
            let number = |row: &Row| choice(row).and_then(|c| c.value.as_f64()).unwrap_or(f64::NAN);
            Column::Numbers(rows.iter().map(number).collect())
        }
        false => {
            Column::Words(rows.iter().map(|row| choice(row).map_or_else(String::new, |c| c.text())).collect())
        }
    }
}
