//! Points read from a CSV file.

use super::error::non_negative;
use super::moments::trace;
use super::{DataError, Mode, Points, mean_and_covariance, smallest_eigenvalue};
use crate::random::{Address, fill_normal};
use crate::scenario::shipped::{is_shipped, read_file};
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use rand::RngExt;
use std::collections::BTreeMap;
use std::path::Path;

/// A label's covariance gets its smallest eigenvalue raised to at least this share of the mean variance of all data.
const SINGULAR: f64 = 1e-9;
/// Characters of a bad cell that an error message repeats.
const SHOWN: usize = 40;

/// The rows of a file, drawn with replacement, plus noise.
#[derive(Clone, Debug)]
pub(super) struct Table {
    points: Points,
    /// One label a point, if the file has labels.
    labels: Option<Vec<String>>,
    /// Standard deviation of the noise on each axis.
    noise: f64,
}

impl Table {
    /// Reads a file of comma-separated numbers. `label` names the label column, or counts it from 1.
    pub fn read(path: &Path, label: Option<&str>, noise: f64) -> Result<Self, DataError> {
        let noise = non_negative("noise", noise)?;
        let unreadable = |source| DataError::Read { path: path.into(), source };
        // A device or a pipe could be read for ever.
        if !is_shipped(path) && !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(DataError::NotAFile { path: path.into() });
        }
        let bytes = read_file(path).map_err(unreadable)?;
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(&bytes[..]);
        let mut record = StringRecord::new();
        let mut next = |record: &mut StringRecord| {
            reader.read_record(record).map_err(|error| {
                let line = line_of(&bytes, error.position());
                match error.into_kind() {
                    ErrorKind::Io(source) => DataError::Read { path: path.into(), source },
                    // With neither headers nor serde nor equal lengths, only the encoding is left to complain of.
                    _ => DataError::NotText { path: path.into(), line },
                }
            })
        };

        let empty = || DataError::Empty { path: path.into() };
        if !next(&mut record)? {
            return Err(empty());
        }
        let columns = record.len();
        let label_column = label.map(|label| find_label(path, label, &record)).transpose()?;
        let dim = columns - usize::from(label_column.is_some());
        if let (0, Some(label)) = (dim, label) {
            return Err(DataError::OnlyLabel { path: path.into(), label: label.into() });
        }
        let mut more = true;
        if is_header(&record, label_column) {
            more = next(&mut record)?;
        }

        let mut values = Vec::new();
        let mut labels = Vec::new();
        while more {
            if record.len() != columns {
                return Err(DataError::Ragged {
                    path: path.into(),
                    line: line_of(&bytes, record.position()),
                    found: record.len(),
                    expected: columns,
                });
            }
            for (column, cell) in record.iter().enumerate() {
                if Some(column) == label_column {
                    labels.push(cell.to_string());
                } else {
                    let place = || (line_of(&bytes, record.position()), column + 1);
                    values.push(coordinate(path, place, cell)?);
                }
            }
            more = next(&mut record)?;
        }
        if values.is_empty() {
            return Err(empty());
        }
        Ok(Table { points: Points::new(dim, values), labels: label_column.map(|_| labels), noise })
    }

    pub fn dim(&self) -> usize {
        self.points.dim
    }

    /// One mode for each label, in the labels' alphabetical order (numbers by their size): the mean, the covariance
    /// of what `sample` draws (the points' own plus the noise's), and the share of the points. A covariance that is
    /// singular for practical purposes gets a small multiple of the identity added. `None` without labels.
    pub fn modes(&self) -> Option<Vec<Mode>> {
        let mut members: BTreeMap<(Rank, &str), Vec<usize>> = BTreeMap::new();
        for (index, label) in self.labels.as_ref()?.iter().enumerate() {
            members.entry((rank(label), label)).or_default().push(index);
        }
        let dim = self.dim();
        let (_, whole) = mean_and_covariance(dim, self.points.rows(), 0);
        let scale = trace(dim, &whole) / dim as f64;
        // Duplicates of a single point have no scale of their own.
        let floor = if scale > 0.0 { SINGULAR * scale } else { SINGULAR };
        let mode = |indices: Vec<usize>| {
            let rows = indices.iter().map(|&i| self.points.row(i));
            let (center, mut covariance) = mean_and_covariance(dim, rows, 0);
            let mut raise = |by: f64| (0..dim).for_each(|i| covariance[i * dim + i] += by);
            raise(self.noise * self.noise);
            let smallest = smallest_eigenvalue(dim, &covariance);
            if smallest < floor {
                (0..dim).for_each(|i| covariance[i * dim + i] += floor - smallest);
            }
            Mode { center, covariance, weight: indices.len() as f64 / self.points.len() as f64 }
        };
        Some(members.into_values().map(mode).collect())
    }

    pub fn sample(&self, address: Address, n: usize) -> Points {
        let dim = self.dim();
        let mut values = vec![0.0; n * dim];
        if self.noise > 0.0 {
            fill_normal(address, &mut values);
        }
        let mut rng = address.rng();
        for row in values.chunks_exact_mut(dim) {
            let drawn = self.points.row(rng.random_range(0..self.points.len()));
            for (x, center) in row.iter_mut().zip(drawn) {
                *x = center + self.noise * *x;
            }
        }
        Points::new(dim, values)
    }
}

/// Where a label stands among others: the bits of a number in the numbers' order, then everything else.
type Rank = (bool, i64);

fn rank(label: &str) -> Rank {
    match label.parse::<f64>() {
        Ok(number) => {
            let bits = number.to_bits() as i64;
            (false, bits ^ ((((bits >> 63) as u64) >> 1) as i64))
        }
        Err(_) => (true, 0),
    }
}

/// The index of the label column: by its name if the first row has it, else by its number from 1.
fn find_label(path: &Path, label: &str, first: &StringRecord) -> Result<usize, DataError> {
    if let Some(index) = first.iter().position(|cell| cell == label.trim()) {
        // "2" in a first row of plain numbers is a coordinate, not a name.
        if is_header(first, None) {
            return Ok(index);
        }
    }
    match label.trim().parse::<usize>() {
        Ok(number) if (1..=first.len()).contains(&number) => Ok(number - 1),
        _ => {
            let columns = if is_header(first, None) {
                first.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
            } else {
                format!("1 to {} (the first row is no header)", first.len())
            };
            Err(DataError::NoLabel { path: path.into(), label: label.into(), columns: cut(&columns, 400) })
        }
    }
}

/// Whether a first row is a header: a cell outside the label column that is not a number.
fn is_header(first: &StringRecord, label: Option<usize>) -> bool {
    first.iter().enumerate().any(|(column, cell)| Some(column) != label && cell.parse::<f64>().is_err())
}

/// A cell as a coordinate; `place` tells its line and column.
fn coordinate(path: &Path, place: impl Fn() -> (u64, usize), cell: &str) -> Result<f64, DataError> {
    let wrong = |expected, remedy| {
        let (line, column) = place();
        DataError::Cell { path: path.into(), line, column, cell: cut(cell, SHOWN), expected, remedy }
    };
    match cell.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err(wrong("a finite number", "remove the row or replace the value")),
        Err(_) => Err(wrong(
            "a number",
            "write numbers with a decimal point, separate them by commas, and name a label column in `label`",
        )),
    }
}

/// The line, from 1, that a record starts on. The reader's own count stands at the end of the record before, ahead
/// of blank lines and of the second half of a Windows line end.
fn line_of(bytes: &[u8], position: Option<&csv::Position>) -> u64 {
    let from = position.map_or(0, |p| p.byte() as usize).min(bytes.len());
    let blank = bytes[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let before = &bytes[..from + blank];
    let ends = |pair: &[u8]| pair[0] == b'\n' || (pair[0] == b'\r' && pair[1] != b'\n');
    let last = before.last().is_some_and(|b| matches!(b, b'\r' | b'\n'));
    1 + before.windows(2).filter(|pair| ends(pair)).count() as u64 + u64::from(last)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn read(content: &[u8], label: Option<&str>) -> Result<Table, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        std::fs::write(&path, content).unwrap();
        Table::read(&path, label, 0.0)
    }

    #[test]
    fn a_header_is_optional_and_any_dimension_will_do() {
        for text in ["1,2,3\n4,5,6\n", "x,y,z\n1,2,3\n4,5,6", "\u{feff}x, y, z\r\n 1 , 2,3\r\n\r\n4,5,6\r\n"]
        {
            let table = read(text.as_bytes(), None).unwrap();
            assert_eq!(table.points, Points::new(3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
            assert!(table.modes().is_none());
        }
        assert_eq!(read(b"1\n2\n", None).unwrap().dim(), 1);
        let wide = vec!["0.5"; 1000].join(",");
        assert_eq!(read(wide.as_bytes(), None).unwrap().dim(), 1000);
    }

    #[test]
    fn labels_make_modes() {
        let text = "kind,x,y\n10,0,0\n9,5,1\n10,2,0\n10,0,4\n10,2,4\n9,7,1\n9,5,3\n9,7,3\n9,6,2\n9,6,2\n";
        for label in ["kind", "1"] {
            let modes = read(text.as_bytes(), Some(label)).unwrap().modes().unwrap();
            // 9 comes before 10.
            assert_eq!(modes[0].center, [6.0, 2.0]);
            assert_eq!(modes[0].weight, 0.6);
            assert_eq!(modes[1].center, [1.0, 2.0]);
            assert_eq!(modes[1].covariance, [1.0, 0.0, 0.0, 4.0]);
            assert_eq!(modes[1].weight, 0.4);
        }
        let without_header = read(b"1,2,a\n3,4,b\n", Some("3")).unwrap();
        assert_eq!(without_header.points.len(), 2);
    }

    #[test]
    fn a_singular_label_gets_a_ridge_and_noise_is_part_of_the_covariance() {
        let text = "0,0,a\n1,1,a\n2,2,a\n5,5,b\n";
        for mode in read(text.as_bytes(), Some("3")).unwrap().modes().unwrap() {
            let smallest = smallest_eigenvalue(2, &mode.covariance);
            assert!(smallest > 1e-10 && smallest < 1e-7, "{smallest}");
        }
        let mut table = read(b"3,1\n3,1\n", Some("2")).unwrap();
        assert!(table.modes().unwrap()[0].covariance[0] > 0.0);
        table.noise = 0.5;
        assert_eq!(table.modes().unwrap()[0].covariance, [0.25]);
    }

    #[test]
    fn samples_are_rows_and_each_row_gets_its_share() {
        let table = read(b"1,10\n2,20\n3,30\n4,40\n", None).unwrap();
        let n = 40_000;
        let points = table.sample(Address::new(1, Stream::Data, 0), n);
        for k in 1..=4 {
            let hits = points.rows().filter(|p| p[0] == k as f64 && p[1] == 10.0 * k as f64).count();
            assert!((hits as f64 / n as f64 - 0.25).abs() < 5.0 * (0.1875 / n as f64).sqrt());
        }
        let noisy = Table { noise: 0.1, ..table }.sample(Address::new(1, Stream::Data, 0), n);
        let change: Vec<f64> = noisy.values.iter().zip(&points.values).map(|(a, b)| a - b).collect();
        let (mean, variance) = mean_and_covariance(1, change.chunks_exact(1), 0);
        assert!(mean[0].abs() < 5.0 * 0.1 / (2.0 * n as f64).sqrt());
        assert!((variance[0] - 0.01).abs() < 5.0 * 0.01 / (n as f64).sqrt());
    }

    #[test]
    fn every_fault_of_a_file_is_named_with_its_place() {
        let cases: [(&[u8], Option<&str>, &[&str]); 16] = [
            (b"x,y\r\n1,2\r\n\r\n3,4\r\n5,b\r\n", None, &["line 5", "column 2"]),
            (b"", None, &["holds no points"]),
            (b"\n\n", None, &["holds no points"]),
            (b"x,y\n", None, &["holds no points"]),
            (b"1,2\n3\n", None, &["line 2", "1 columns", "has 2"]),
            (b"1,2\n3,4,5\n", None, &["line 2", "3 columns"]),
            (b"x,y\n1,2\n\n3,four\n", None, &["line 4", "column 2", "\"four\"", "not a number"]),
            (b"1,2\n3,\n", None, &["line 2", "column 2", "not a number"]),
            (b"1,2\nNaN,4\n", None, &["line 2", "column 1", "finite"]),
            (b"1,inf\n3,4\n", None, &["line 1", "column 2", "finite"]),
            (b"1;2\n3;4\n", None, &["line 2", "commas"]),
            (b"x\n1,5\n", None, &["line 2", "2 columns"]),
            (b"1,2\n\xff\xfe,4\n", None, &["line 2", "not UTF-8"]),
            (b"x,y\n1,2\n", Some("class"), &["no column \"class\"", "\"x\", \"y\""]),
            (b"1,2\n3,4\n", Some("3"), &["no column \"3\"", "1 to 2"]),
            (b"a\nb\n", Some("1"), &["no columns beside"]),
        ];
        for (content, label, words) in cases {
            let text = read(content, label).unwrap_err().to_string();
            for word in words.iter().chain(&["points.csv"]) {
                assert!(text.contains(word), "{text:?} lacks {word:?}");
            }
        }
        let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
        assert!(read(&binary, None).is_err());
        assert!(read(&[0; 4096], None).is_err());
    }

    #[test]
    fn missing_files_and_folders_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Table::read(&folder.path().join("no.csv"), None, 0.0).unwrap_err();
        assert!(
            missing.to_string().contains("no.csv") && missing.to_string().contains("scenario's own folder")
        );
        assert!(matches!(Table::read(folder.path(), None, 0.0), Err(DataError::NotAFile { .. })));
        let noise = Table::read(folder.path(), None, f64::NAN).unwrap_err();
        assert!(noise.to_string().contains("noise"));
    }
}
