//! Numbers of images: in memory, or in a large file that the system pages in where they are looked at.

use super::FileError;
use super::error::unreadable;
use memmap2::Mmap;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// The size in bytes from which on a file's numbers stay in the file.
pub const MAPPED_FROM: u64 = 256 << 20;

/// Numbers of all images, one after the other, a byte each. Cloning is cheap.
#[derive(Clone, Debug)]
pub enum Pixels {
    /// In memory.
    Whole(Arc<[u8]>),
    /// In a file, behind so many bytes of header.
    Mapped {
        /// The file.
        file: Arc<Mmap>,
        /// Length of its header in bytes.
        header: usize,
    },
}

impl Pixels {
    /// The numbers of a file behind its header.
    pub fn map(path: &Path, header: usize) -> Result<Self, FileError> {
        let file = File::open(path).map_err(unreadable(path))?;
        // SAFETY: a mapping must not change while it is borrowed. It is opened to read, nothing here writes to data files,
        // and its bytes are only ever copied out, of which any value is valid. Another program that shortens the file
        // under a run gets the process stopped by the system at the next look behind the end, as a kill would; the run
        // resumes from there once the file is back.
        let file = unsafe { Mmap::map(&file) }.map_err(unreadable(path))?;
        Ok(Pixels::Mapped { file: Arc::new(file), header })
    }
}

impl From<Vec<u8>> for Pixels {
    fn from(numbers: Vec<u8>) -> Self {
        Pixels::Whole(numbers.into())
    }
}

impl Deref for Pixels {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Pixels::Whole(numbers) => numbers,
            Pixels::Mapped { file, header } => file.get(*header..).unwrap_or_default(),
        }
    }
}
