//! Tables as Parquet: whole numbers, doubles whose missing values are null, words. Written without compression, which
//! every reader understands. In the metrics table `step` is a whole number and every other column doubles.

use super::folder::{FolderError, write_whole};
use super::record::Table;
use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use std::path::Path;
use std::sync::Arc;

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numbers; NaN where one is missing.
    Numbers(Vec<f64>),
    /// Words.
    Words(Vec<String>),
}

/// Writes a metrics table as a Parquet file, whole or not at all.
pub fn write_parquet(path: &Path, table: &Table) -> Result<(), FolderError> {
    let column = |name: &String| {
        let values = table.column(name).unwrap_or_default();
        let column = match name.as_str() {
            "step" => Column::Whole(values.iter().map(|step| *step as i64).collect()),
            _ => Column::Numbers(values),
        };
        (name.clone(), column)
    };
    write_columns(path, "metrics", &table.names.iter().map(column).collect::<Vec<_>>())
}

/// Writes columns of one length as a Parquet file, whole or not at all; `name` is that of the schema.
pub fn write_columns(path: &Path, name: &str, columns: &[(String, Column)]) -> Result<(), FolderError> {
    let failed = |e: ParquetError| FolderError::Write { path: path.into(), source: std::io::Error::other(e) };
    write_whole(path, &bytes(name, columns).map_err(failed)?)
}

fn schema(name: &str, columns: &[(String, Column)]) -> Result<Type, ParquetError> {
    let field = |(name, column): &(String, Column)| {
        let (physical, repetition, logical) = match column {
            Column::Whole(_) => (Physical::INT64, Repetition::REQUIRED, None),
            Column::Numbers(_) => (Physical::DOUBLE, Repetition::OPTIONAL, None),
            Column::Words(_) => (Physical::BYTE_ARRAY, Repetition::REQUIRED, Some(LogicalType::String)),
        };
        let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(name).with_fields(fields).build()
}

fn bytes(name: &str, columns: &[(String, Column)]) -> Result<Vec<u8>, ParquetError> {
    let properties =
        WriterProperties::builder().set_created_by(concat!("ganscope ", env!("CARGO_PKG_VERSION")).into());
    let schema = Arc::new(schema(name, columns)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
    let mut group = writer.next_row_group()?;
    for (_, values) in columns {
        let Some(mut column) = group.next_column()? else { break };
        match values {
            Column::Whole(all) => column.typed::<Int64Type>().write_batch(all, None, None)?,
            Column::Numbers(all) => {
                let levels: Vec<i16> = all.iter().map(|v| i16::from(!v.is_nan())).collect();
                let present: Vec<f64> = all.iter().copied().filter(|v| !v.is_nan()).collect();
                column.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?
            }
            Column::Words(all) => {
                let words: Vec<ByteArray> = all.iter().map(|word| word.as_str().into()).collect();
                column.typed::<ByteArrayType>().write_batch(&words, None, None)?
            }
        };
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
