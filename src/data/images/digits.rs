//! The handwritten digits that the program carries: UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak
//! 1998), CC BY 4.0; the credit stands beside the file.

use super::files::{Labels, RawImages};
use crate::scenario::Extent;
use flate2::read::GzDecoder;
use std::io::Read;

/// Shape of each image.
pub const SHAPE: Extent = Extent { channels: 1, height: 8, width: 8 };
/// Number of images.
pub const COUNT: u64 = 1797;
/// The number that stands for full ink.
const INK: u8 = 16;

/// Rows of 64 numbers and a label.
static PACKED: &[u8] = include_bytes!("../../../scenarios/data/digits.csv.gz");

/// All digits with their labels.
pub fn read() -> RawImages {
    let mut text = String::new();
    // The program's own bytes, which a test unpacks; were they damaged, there would be no digits.
    let _ = GzDecoder::new(PACKED).read_to_string(&mut text);
    let mut pixels = Vec::with_capacity(COUNT as usize * SHAPE.numbers());
    let mut numbers = Vec::with_capacity(COUNT as usize);
    for line in text.lines() {
        let mut row: Vec<u8> = line.split(',').filter_map(|cell| cell.parse().ok()).collect();
        numbers.extend(row.pop());
        pixels.append(&mut row);
    }
    let labels = Some(Labels::numbered(&numbers, |digit| digit.to_string()));
    RawImages { shape: SHAPE, pixels: pixels.into(), white: INK, labels, apart: 0 }
}
