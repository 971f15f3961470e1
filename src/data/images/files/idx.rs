//! The IDX format of MNIST (LeCun, Cortes & Burges 1998) and Fashion-MNIST, packed by gzip or not.
//!
//! Four bytes of magic: two zeros, the type of the numbers (8 for unsigned bytes), the number of dimensions; then each
//! dimension as a big-endian 32-bit integer; then the numbers. Images have three dimensions, labels one. A large file of
//! images that is not packed stays on disk and is looked at where it lies.

use super::bytes::Bytes;
use super::{FileError, Labels, Look, MAPPED_FROM, Pixels, RawImages};
use crate::scenario::Extent;
use std::path::Path;

const REMEDY: &str =
    "give MNIST's `...-images-idx3-ubyte` for `images` and `...-labels-idx1-ubyte` for `labels`";

/// Bytes before the numbers of images.
const HEADER: usize = 16;

/// What the header and the length of a file of images tell.
struct Size {
    shape: Extent,
    images: u64,
    /// Whether the numbers stay in the file.
    mapped: bool,
}

/// Shape and memory of the images, by their header.
pub fn look(images: &Path) -> Result<Look, FileError> {
    let Size { shape, images, mapped } = size(images, MAPPED_FROM)?;
    Ok(if mapped { Look { shape, bytes: 0.0 } } else { Look::whole(shape, images) })
}

fn size(images: &Path, mapped_from: u64) -> Result<Size, FileError> {
    let mut bytes = Bytes::open(images)?;
    let [count, height, width] = header(&mut bytes, images)?;
    let shape = Extent { channels: 1, height: height as usize, width: width as usize };
    let pixels = (height as u64).checked_mul(width as u64).and_then(|area| area.checked_mul(count as u64));
    let Some(pixels) = pixels.filter(|pixels| *pixels > 0) else {
        let what = format!("its header says {count} images of {height} x {width} pixels");
        return Err(FileError::Format { path: images.into(), what, remedy: REMEDY });
    };
    Ok(Size { shape, images: count.into(), mapped: pixels >= mapped_from && !bytes.packed() })
}

/// Reads images, and their labels where there is a file of them. Files with so many bytes of images stay where they are.
pub fn read(images: &Path, labels: Option<&Path>, mapped_from: u64) -> Result<RawImages, FileError> {
    let Size { shape, images: count, mapped } = size(images, mapped_from)?;
    let labels = labels.map(|path| read_labels(path, images, count)).transpose()?;
    let size = count * shape.numbers() as u64;
    let what = || {
        format!("its header says {count} images of {} x {} pixels, {size} bytes", shape.height, shape.width)
    };
    let pixels = if mapped {
        let pixels = Pixels::map(images, HEADER)?;
        if pixels.len() as u64 != size {
            let found = format!("has {} behind its header", pixels.len());
            return Err(FileError::Length { path: images.into(), what: what(), found });
        }
        pixels
    } else {
        let mut bytes = Bytes::open(images)?;
        header::<3>(&mut bytes, images)?;
        let pixels = bytes.take(size, what)?;
        bytes.end(what)?;
        pixels.into()
    };
    Ok(RawImages { shape, pixels, white: u8::MAX, labels, apart: 0 })
}

/// Classes of the images, by the file of labels alone.
pub fn classes(images: &Path, labels: &Path) -> Result<usize, FileError> {
    let Size { images: count, .. } = size(images, MAPPED_FROM)?;
    Ok(read_labels(labels, images, count)?.names.len())
}

fn read_labels(path: &Path, images: &Path, wanted: u64) -> Result<Labels, FileError> {
    let mut bytes = Bytes::open(path)?;
    let [count] = header(&mut bytes, path)?;
    let found = u64::from(count);
    if found != wanted {
        return Err(FileError::Labels { labels: path.into(), images: images.into(), found, wanted });
    }
    let what = || format!("its header says {count} labels, a byte each");
    let numbers = bytes.take(found, what)?;
    bytes.end(what)?;
    Ok(Labels::numbered(&numbers, |number| number.to_string()))
}

/// The dimensions of a file that must have `N` of them.
fn header<const N: usize>(bytes: &mut Bytes, path: &Path) -> Result<[u32; N], FileError> {
    let what = || format!("an IDX file of {N} dimensions begins with {} bytes of header", 4 + 4 * N);
    let magic = bytes.take(4, what)?;
    if magic != [0, 0, 8, N as u8] {
        let what =
            format!("begins with {magic:02x?}, not with IDX's [00, 00, 08, {N:02x}]: {}", guess(&magic, N));
        return Err(FileError::Format { path: path.into(), what, remedy: REMEDY });
    }
    let mut dimensions = [0; N];
    for (dimension, word) in dimensions.iter_mut().zip(bytes.take(4 * N as u64, what)?.chunks_exact(4)) {
        *dimension = word.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    }
    Ok(dimensions)
}

/// What a file with another magic seems to be.
fn guess(magic: &[u8], wanted: usize) -> &'static str {
    match (magic, wanted) {
        ([0, 0, 8, 1], 3) => "these are labels",
        ([0, 0, 8, 3], 1) => "these are images",
        ([0, 0, 8, _], _) => "it has another number of dimensions",
        ([0, 0, 9..=14, _], _) => "its numbers are no unsigned bytes",
        _ => "it is no IDX file",
    }
}
