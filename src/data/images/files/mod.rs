//! Image files as they come: IDX, the batches of CIFAR-10, PNG and JPEG in folders. Each reader holds a file to its own
//! header and names what departs from it. Nothing here knows of scenarios, so that their first look at a file uses the
//! same readers as the data.

mod bytes;
pub mod cifar10;
mod decode;
mod error;
mod fit;
pub mod folder;
pub mod idx;
mod labels;
mod orientation;
mod pixels;

pub use error::{FileError, Unread};
pub use labels::{Labels, MOST_CLASSES};
pub use pixels::{MAPPED_FROM, Pixels};

use crate::scenario::Extent;

/// What a first look at image files tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Shape of each image.
    pub shape: Extent,
    /// Bytes of memory that they will take, by the number of images that the files are said to hold.
    pub bytes: f64,
}

impl Look {
    /// Images that are read into memory, where there are as many bytes again while they are read.
    pub fn whole(shape: Extent, images: u64) -> Self {
        Look { shape, bytes: 2.0 * images as f64 * shape.numbers() as f64 }
    }
}

/// Images as they were read, a byte a number.
#[derive(Clone, Debug)]
pub struct RawImages {
    /// Shape of each image.
    pub shape: Extent,
    /// Numbers of all images, one after the other.
    pub pixels: Pixels,
    /// The value of a byte that stands for 1; zero stands for -1.
    pub white: u8,
    /// The labels, where there are any.
    pub labels: Option<Labels>,
    /// Images at the end that the files themselves set apart for testing.
    pub apart: usize,
}
