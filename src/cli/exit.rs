//! How the program ends: exit codes, and the one place where errors become text.

use ganscope::run::RunError;
use ganscope::run::folder::FolderError;
use ganscope::scenario::Problems;
use std::io::Write;

/// All was done as asked.
pub const DONE: u8 = 0;
/// Something went wrong that is not the user's doing.
pub const FAILED: u8 = 1;
/// The user's input was wrong: a flag, a scenario, a file, a folder.
pub const INPUT: u8 = 2;
/// A run diverged, and its scenario does not expect that.
pub const DIVERGED: u8 = 3;
/// An expectation of a scenario does not hold.
pub const UNEXPECTED: u8 = 4;
/// The user interrupted the program, which left a run that can be resumed.
pub const INTERRUPTED: u8 = 130;

/// An end other than a good one.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What to tell the user; nothing where that has been said.
    pub message: String,
}

impl Failure {
    /// The user's input was wrong.
    pub fn input(message: impl Into<String>) -> Self {
        Failure { code: INPUT, message: message.into() }
    }

    /// An end of which the user has been told.
    pub fn told(code: u8) -> Self {
        Failure { code, message: String::new() }
    }
}

/// What a command gives back: an exit code, or why it could not do its work.
pub type Ending = Result<u8, Failure>;

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Failure::input(problems.to_string())
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Failure::input(error.to_string())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let code = match error {
            RunError::Refused(_) | RunError::Folder(_) => INPUT,
            RunError::Failed(_) => FAILED,
        };
        Failure { code, message: error.to_string() }
    }
}

/// Prints to the standard output. A closed pipe, as in `ganscope list | head -1`, ends the program quietly: the reader
/// has all it wanted.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::told(DONE)),
        Err(e) => Err(Failure::input(format!("cannot write to the standard output: {e}"))),
    }
}

/// Prints to the standard error, as far as anyone reads it.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
