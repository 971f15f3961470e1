//! The metrics table as Parquet: `step` as a 64-bit integer, every other column as optional doubles whose missing
//! values are null. Names are those of the CSV. Written without compression, which every reader understands.

use super::folder::{FolderError, write_whole};
use super::record::Table;
use ::parquet::basic::{Repetition, Type as Physical};
use ::parquet::data_type::{DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use std::path::Path;
use std::sync::Arc;

/// Writes the table as a Parquet file, whole or not at all.
pub fn write_parquet(path: &Path, table: &Table) -> Result<(), FolderError> {
    let failed = |e: ParquetError| FolderError::Write { path: path.into(), source: std::io::Error::other(e) };
    write_whole(path, &bytes(table).map_err(failed)?)
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let field = |name: &String| {
        let (physical, repetition) = match name.as_str() {
            "step" => (Physical::INT64, Repetition::REQUIRED),
            _ => (Physical::DOUBLE, Repetition::OPTIONAL),
        };
        Type::primitive_type_builder(name, physical).with_repetition(repetition).build().map(Arc::new)
    };
    let fields = table.names.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("metrics").with_fields(fields).build()
}

fn bytes(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let properties =
        WriterProperties::builder().set_created_by(concat!("ganscope ", env!("CARGO_PKG_VERSION")).into());
    let mut writer =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema(table)?), Arc::new(properties.build()))?;
    let mut group = writer.next_row_group()?;
    for name in &table.names {
        let Some(mut column) = group.next_column()? else { break };
        if name == "step" {
            let steps: Vec<i64> = table.column(name).unwrap_or_default().iter().map(|s| *s as i64).collect();
            column.typed::<Int64Type>().write_batch(&steps, None, None)?;
        } else {
            let all = table.column(name).unwrap_or_default();
            let levels: Vec<i16> = all.iter().map(|v| i16::from(!v.is_nan())).collect();
            let present: Vec<f64> = all.into_iter().filter(|v| !v.is_nan()).collect();
            column.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
        }
        column.close()?;
    }
    group.close()?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;

    fn read(path: &Path) -> Table {
        let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut table = Table::default();
        for field in reader.metadata().file_metadata().schema().get_fields() {
            table.names.push(field.name().to_string());
        }
        for row in reader.get_row_iter(None).unwrap() {
            let number = |field: &Field| match field {
                Field::Long(step) => *step as f64,
                Field::Double(value) => *value,
                Field::Null => f64::NAN,
                other => panic!("unexpected {other:?}"),
            };
            table.rows.push(row.unwrap().get_column_iter().map(|(_, field)| number(field)).collect());
        }
        table
    }

    fn same(a: &Table, b: &Table) {
        assert_eq!(a.names, b.names);
        assert_eq!(a.rows.len(), b.rows.len());
        for (x, y) in a.rows.iter().flatten().zip(b.rows.iter().flatten()) {
            assert!(x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()), "{x} and {y}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.parquet");
        for table in [
            Table {
                names: ["step", "x", "y"].map(String::from).to_vec(),
                rows: vec![
                    vec![0.0, f64::INFINITY, -0.0],
                    vec![100.0, f64::NAN, 1e-300],
                    vec![1e9, 0.1, f64::NAN],
                ],
            },
            Table { names: vec!["step".into(), "x".into()], rows: vec![] },
        ] {
            write_parquet(&path, &table).unwrap();
            same(&table, &read(&path));
        }
    }
}
