//! What can be wrong with image files.

use std::path::{Path, PathBuf};

/// Why image files cannot be used. Each message names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system would not give the file or folder.
    #[error(
        "cannot read {path}: {source}; a relative path starts at the scenario's own folder, that of a shipped one at the current folder"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file was wanted and the path is something else, or a folder was.
    #[error("{path} is not a {wanted}; {remedy}")]
    Kind {
        /// The path.
        path: PathBuf,
        /// "file" or "folder".
        wanted: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The gzip data end early or are damaged.
    #[error("{path}: its gzip data {what}; fetch the file again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        what: String,
    },
    /// The file is of another format.
    #[error("{path}: {what}; {remedy}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The file is shorter or longer than its header says.
    #[error("{path}: {what}, but the file {found}; fetch the file again")]
    Length {
        /// The file.
        path: PathBuf,
        /// What the header, or the format, says.
        what: String,
        /// Where the file ends.
        found: String,
    },
    /// Labels and images differ in number.
    #[error(
        "{labels} holds {found} labels for the {wanted} images of {images}; name the two files that belong together"
    )]
    Labels {
        /// The file of labels.
        labels: PathBuf,
        /// The file of images.
        images: PathBuf,
        /// Labels.
        found: u64,
        /// Images.
        wanted: u64,
    },
    /// There are no images.
    #[error("{path} holds no {what}")]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What it should hold, and in which form.
        what: &'static str,
    },
    /// A file of a folder is no image that can be read.
    #[error("{first}{}; repair or remove it, or set `data.on_error = \"skip\"` to leave such files out", others(*more))]
    Image {
        /// The first such file.
        first: Unread,
        /// How many more there are, as far as was looked.
        more: usize,
    },
    /// A file of a folder has another size than the first one.
    #[error(
        "{path} has {found} pixels and {first} has {expected}; set `data.size` to crop and resize all of them"
    )]
    Mixed {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: String,
        /// The first file.
        first: PathBuf,
        /// Its size.
        expected: String,
    },
    /// There are more classes than labels can tell apart.
    #[error("{path} has {found} classes and at most {most} can be told apart; merge some of its subfolders")]
    Classes {
        /// The folder.
        path: PathBuf,
        /// Classes.
        found: usize,
        /// The most that there may be.
        most: usize,
    },
}

/// A file that cannot be read as an image, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}", path = path.display())]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

/// Names a file in what the system said.
pub(super) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> FileError + '_ {
    |source| FileError::Read { path: path.into(), source }
}

fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => " (and another file cannot be read)".into(),
        more => format!(" (and {more} more files cannot be read)"),
    }
}
