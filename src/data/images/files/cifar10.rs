//! The binary version of CIFAR-10 (Krizhevsky 2009): records of a label's byte and 3 x 32 x 32 bytes, red, green and
//! blue one after the other, in five files to train on and one to test.

use super::bytes::Bytes;
use super::error::unreadable;
use super::{FileError, Labels, Look, RawImages};
use crate::scenario::Extent;
use std::path::{Path, PathBuf};

const SHAPE: Extent = Extent { channels: 3, height: 32, width: 32 };
/// A label and an image.
const RECORD: u64 = 1 + 3 * 32 * 32;
const TRAINING: [&str; 5] =
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
const TEST: &str = "test_batch.bin";
const NAMES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Shape and number of the images, by the files' lengths.
pub fn look(folder: &Path) -> Result<Look, FileError> {
    let records = batches(folder)?.iter().map(|path| records(path)).sum::<Result<u64, _>>()?;
    Ok(Look::whole(SHAPE, records))
}

/// Reads all batches of a folder; the test batch, where it is there, comes last.
pub fn read(folder: &Path) -> Result<RawImages, FileError> {
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    let mut apart = 0;
    for path in batches(folder)? {
        let before = labels.len();
        read_batch(&path, &mut pixels, &mut labels)?;
        if path.ends_with(TEST) {
            apart = labels.len() - before;
        }
    }
    let labels = Labels::numbered(&labels, |number| NAMES[number as usize].to_string());
    Ok(RawImages { shape: SHAPE, pixels: pixels.into(), white: u8::MAX, labels: Some(labels), apart })
}

/// The batches that are there; those to train on must be.
fn batches(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !std::fs::metadata(folder).map_err(unreadable(folder))?.is_dir() {
        let remedy = "name the folder `cifar-10-batches-bin`";
        return Err(FileError::Kind { path: folder.into(), wanted: "folder", remedy });
    }
    let mut paths: Vec<PathBuf> = TRAINING.iter().map(|name| folder.join(name)).collect();
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        let what = format!("there is no {}", missing.display());
        let remedy = "unpack CIFAR-10's binary version and name the folder `cifar-10-batches-bin`";
        return Err(FileError::Format { path: folder.into(), what, remedy });
    }
    let test = folder.join(TEST);
    paths.extend(test.exists().then_some(test));
    Ok(paths)
}

fn records(path: &Path) -> Result<u64, FileError> {
    let length = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if length == 0 || !length.is_multiple_of(RECORD) {
        let what = format!("a batch of CIFAR-10 is records of {RECORD} bytes");
        return Err(FileError::Length { path: path.into(), what, found: format!("has {length}") });
    }
    Ok(length / RECORD)
}

fn read_batch(path: &Path, pixels: &mut Vec<u8>, labels: &mut Vec<u8>) -> Result<(), FileError> {
    let records = records(path)?;
    let what = || format!("it had {records} records of {RECORD} bytes");
    let bytes = Bytes::open(path)?.take(records * RECORD, what)?;
    for (number, record) in (1..).zip(bytes.chunks_exact(RECORD as usize)) {
        let label = record[0];
        if label as usize >= NAMES.len() {
            let what = format!("record {number} has label {label} of ten classes");
            let remedy = "give the binary version of CIFAR-10, not that of CIFAR-100";
            return Err(FileError::Format { path: path.into(), what, remedy });
        }
        labels.push(label);
        pixels.extend_from_slice(&record[1..]);
    }
    Ok(())
}
