//! Bytes of a file, unpacked where gzip packed them, and never more of them than asked for.

use super::FileError;
use super::error::unreadable;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The first two bytes of whatever gzip packed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file that is read front to back.
pub struct Bytes {
    path: PathBuf,
    reader: Box<dyn Read>,
    packed: bool,
    /// Bytes that were read.
    position: u64,
}

impl Bytes {
    /// Opens a regular file, packed or not.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        // A device or a pipe could be read for ever.
        if !std::fs::metadata(path).map_err(unreadable(path))?.is_file() {
            return Err(FileError::Kind { path: path.into(), wanted: "file", remedy: "name a file" });
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable(path))?);
        let packed = file.fill_buf().map_err(unreadable(path))?.starts_with(&GZIP);
        let reader: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Bytes { path: path.into(), reader, packed, position: 0 })
    }

    /// Whether gzip packed the file.
    pub fn packed(&self) -> bool {
        self.packed
    }

    /// The next `count` bytes; `what` says why there should be so many. Memory grows with what is there, not with what
    /// a header claims.
    pub fn take(&mut self, count: u64, what: impl Fn() -> String) -> Result<Vec<u8>, FileError> {
        let mut out = Vec::new();
        let read = self.reader.by_ref().take(count).read_to_end(&mut out);
        self.position += out.len() as u64;
        read.map_err(|e| self.broken(e))?;
        if (out.len() as u64) < count {
            return Err(self.length(what(), format!("ends after {} bytes", self.position)));
        }
        Ok(out)
    }

    /// Makes sure that nothing follows.
    pub fn end(mut self, what: impl Fn() -> String) -> Result<(), FileError> {
        let mut one = Vec::new();
        self.reader.by_ref().take(1).read_to_end(&mut one).map_err(|e| self.broken(e))?;
        if one.is_empty() {
            return Ok(());
        }
        Err(self.length(what(), format!("goes on after those {} bytes", self.position)))
    }

    fn length(&self, what: String, found: String) -> FileError {
        FileError::Length { path: self.path.clone(), what, found }
    }

    fn broken(&self, error: std::io::Error) -> FileError {
        match error.kind() {
            ErrorKind::UnexpectedEof if self.packed => {
                let what = format!("are cut off after {} unpacked bytes", self.position);
                FileError::Gzip { path: self.path.clone(), what }
            }
            ErrorKind::InvalidInput | ErrorKind::InvalidData if self.packed => {
                FileError::Gzip { path: self.path.clone(), what: format!("are damaged ({error})") }
            }
            _ => FileError::Read { path: self.path.clone(), source: error },
        }
    }
}
