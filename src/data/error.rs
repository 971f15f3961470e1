//! What can be wrong with the data of a scenario.

use super::images::files::FileError;
use std::path::PathBuf;

/// Why data cannot be sampled from. Each message names the place and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A setting of the scenario is out of range.
    #[error("data: {what}; {remedy}")]
    Setting {
        /// What is wrong.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The points file could not be read.
    #[error(
        "cannot read the points file {path}: {source}; a relative `file` starts at the scenario's own folder"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The path of the points file is a folder or a device.
    #[error("{path} is not a file; let `file` name a CSV file")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The points file holds no rows of numbers.
    #[error("{path} holds no points; it needs one row of comma-separated numbers for each point")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The points file is not text.
    #[error("{path}, line {line}: not UTF-8 text; save the file as a plain CSV file")]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// A row is shorter or longer than the first one.
    #[error(
        "{path}, line {line}: {found} columns where the first row has {expected}; give every row the same columns"
    )]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Columns of this row.
        found: usize,
        /// Columns of the first row.
        expected: usize,
    },
    /// A cell is not a coordinate.
    #[error("{path}, line {line}, column {column}: {cell:?} is not {expected}; {remedy}")]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: usize,
        /// The cell, cut short where it is long.
        cell: String,
        /// What it should be.
        expected: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The label column does not exist.
    #[error("{path} has no column {label:?}; its columns are {columns}")]
    NoLabel {
        /// The file.
        path: PathBuf,
        /// The `label` of the scenario.
        label: String,
        /// The columns' names, or their number where they have none.
        columns: String,
    },
    /// The label column is the only one.
    #[error("{path} has no columns beside its label {label:?}; a point needs at least one coordinate")]
    OnlyLabel {
        /// The file.
        path: PathBuf,
        /// The `label` of the scenario.
        label: String,
    },
    /// The files of images cannot be used.
    #[error(transparent)]
    Images(#[from] FileError),
}

/// An error about a setting.
pub(super) fn setting(what: impl Into<String>, remedy: &'static str) -> DataError {
    DataError::Setting { what: what.into(), remedy }
}

/// Accepts a finite number that is not negative.
pub(super) fn non_negative(name: &str, value: f64) -> Result<f64, DataError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(setting(format!("`{name}` is {value}"), "give a finite number, zero or more"))
    }
}

/// Accepts a finite number.
pub(super) fn finite(name: &str, value: f64) -> Result<f64, DataError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(setting(format!("`{name}` is {value}"), "give a finite number"))
    }
}
