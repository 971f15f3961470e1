//! The metrics table on disk: rows appended whole.

use super::folder::{Folder, FolderError, write_whole};
use serde_json::{Map, Number, Value};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// `metrics.csv`, open for appending.
pub struct TableFile {
    path: PathBuf,
    file: File,
    names: Vec<String>,
    last: Option<Vec<f64>>,
}

impl TableFile {
    /// Opens the table of a folder, with a header if it is new; rows of an earlier session, whose columns have these
    /// names, stay.
    pub fn open(folder: &Folder, names: Vec<String>) -> Result<Self, FolderError> {
        let path = folder.metrics_csv();
        let last = if path.exists() {
            folder.read_table()?.rows.pop()
        } else {
            write_whole(&path, format!("{}\n", names.join(",")).as_bytes())?;
            None
        };
        let file = File::options().append(true).open(&path);
        let file = file.map_err(|source| FolderError::Write { path: path.clone(), source })?;
        Ok(TableFile { path, file, names, last })
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Step of the last row.
    pub fn last_step(&self) -> Option<u64> {
        self.last.as_ref().and_then(|row| row.first()).map(|step| *step as u64)
    }

    /// Appends a row in one write. NaN becomes an empty cell.
    pub fn append(&mut self, row: &[f64]) -> Result<(), FolderError> {
        let cells: Vec<String> = row.iter().map(|v| cell(*v)).collect();
        let line = format!("{}\n", cells.join(","));
        let done = self.file.write_all(line.as_bytes());
        done.map_err(|source| FolderError::Write { path: self.path.clone(), source })?;
        self.last = Some(row.to_vec());
        Ok(())
    }

    /// Waits until the rows are on the disk.
    pub fn sync(&self) -> Result<(), FolderError> {
        self.file.sync_data().map_err(|source| FolderError::Write { path: self.path.clone(), source })
    }

    /// The last row by column name; what is not a finite number is null.
    pub fn last_row(&self) -> Map<String, Value> {
        let row = self.last.iter().flatten();
        let value = |v: &f64| Number::from_f64(*v).map_or(Value::Null, Value::Number);
        self.names.iter().cloned().zip(row.map(value)).collect()
    }
}

/// The shortest text that reads back as the same number; whole numbers without a point, NaN as nothing.
fn cell(v: f64) -> String {
    match v {
        v if v.is_nan() => String::new(),
        v if v.fract() == 0.0 && v.abs() < 1e15 => format!("{v:.0}"),
        v => format!("{v:?}"),
    }
}
