//! The first look at a CSV of points: is it there, and how many coordinates has a point?

use super::check::Flaw;
use super::shipped;
use super::validate::nearest;
use std::io::Read;
use std::path::Path;

/// Dimension of the points of a CSV file: its columns, less the label's.
pub fn dimension(file: &Path, label: Option<&str>) -> Result<usize, Flaw> {
    let flaw = |what: String| ("data.file".to_string(), format!("{}: {what}", file.display()));
    let reader = open(file).map_err(flaw)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(reader);
    let first = match reader.records().next() {
        None => return Err(flaw("the file is empty; give rows of numbers".into())),
        Some(Err(e)) => return Err(flaw(format!("not a CSV file: {e}"))),
        Some(Ok(record)) => record,
    };
    let cells: Vec<&str> = first.iter().collect();
    let columns = cells.len();
    let Some(label) = label else { return Ok(columns) };
    if label_column(&cells, label).is_none() {
        let hint = nearest(label, &cells).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        let what = format!("{} has no column `{label}` among its {columns}{hint}", file.display());
        return Err(("data.label".into(), what));
    }
    match columns {
        1 => Err(flaw("has no column besides the label's; give at least one coordinate".into())),
        _ => Ok(columns - 1),
    }
}

/// The column (from 0) that a label names: by its header, or by its number from 1.
pub fn label_column(first_row: &[&str], label: &str) -> Option<usize> {
    let by_name = first_row.iter().position(|cell| *cell == label);
    let by_number = || label.parse::<usize>().ok()?.checked_sub(1).filter(|i| *i < first_row.len());
    by_name.or_else(by_number)
}

/// Whether the first row of a CSV names its columns: a cell other than the label's is no number.
pub fn is_header(first_row: &[&str], label: Option<usize>) -> bool {
    let number = |cell: &str| cell.parse::<f64>().is_ok();
    first_row.iter().enumerate().any(|(index, cell)| Some(index) != label && !number(cell))
}

fn open(file: &Path) -> Result<Box<dyn Read>, String> {
    if shipped::is_shipped(file) {
        let bytes = shipped::read_file(file).map_err(|e| e.to_string())?;
        return Ok(Box::new(std::io::Cursor::new(bytes)));
    }
    match file.metadata() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err("no such file; a relative path starts from the scenario's own folder".into())
        }
        Err(e) => Err(format!("cannot be read: {e}")),
        Ok(m) if m.is_dir() => Err("is a folder; give a CSV file".into()),
        Ok(m) if !m.is_file() => Err("is not a regular file; give a CSV file".into()),
        Ok(_) => match std::fs::File::open(file) {
            // A row without an end must not fill the memory.
            Ok(f) => Ok(Box::new(std::io::BufReader::new(f).take(1 << 20))),
            Err(e) => Err(format!("cannot be read: {e}")),
        },
    }
}
