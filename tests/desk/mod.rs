//! A folder to work in and the program to run there.

// Each test program uses a part of this.
#![allow(dead_code)]

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A scenario of so little work that whole runs take a tenth of a second.
pub const TINY: &str = r#"
name = "tiny"
data = { kind = "ring", std = 0.1 }

[game]
kind = "gan"
objective = "non_saturating"
generator = { latent = 2, hidden = [8] }
discriminator = { hidden = [8] }

[train]
steps = 60
batch = 32

[record]
every = 10
samples = 100
keep = 50
frames = 3
"#;

pub struct Desk {
    folder: TempDir,
}

pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The exit code, with all that was said where it is another one.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// All of these stand in the standard error.
    #[track_caller]
    pub fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is missing in: {}", self.err);
        }
        self
    }
}

impl Desk {
    pub fn new() -> Self {
        Desk { folder: TempDir::new().unwrap() }
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganscope"));
        let done =
            command.current_dir(self.folder.path()).env("GANSCOPE_CACHE", "").args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    }

    /// Runs a scenario without pictures into a folder; it must end with 0.
    #[track_caller]
    pub fn train(&self, scenario: &str, out: &str, more: &[&str]) -> Said {
        self.run(&[&["run", scenario, "--out", out, "--no-plots"], more].concat()).ends(0)
    }

    /// Starts the program and lets it run.
    pub fn start(&self, args: &[&str]) -> Running {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ganscope"));
        command.current_dir(self.folder.path()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(Some(command.spawn().unwrap()))
    }

    /// `run.json` of a run folder.
    pub fn info(&self, run: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path(run).join("run.json")).unwrap()).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The files below a folder by their paths from there, with their bytes.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(folder);
        let of = |path: PathBuf| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
            (name, std::fs::read(path).unwrap())
        };
        contents(&root).into_iter().filter(|path| path.is_file()).map(of).collect()
    }
}

/// A program under way; it is killed where the test forgets it.
pub struct Running(Option<Child>);

impl Running {
    /// Waits until something is so, which takes as long as it takes.
    #[track_caller]
    pub fn until(mut self, so: impl Fn() -> bool) -> Self {
        let start = Instant::now();
        while !so() {
            let child = self.0.as_mut().unwrap();
            assert_eq!(child.try_wait().unwrap(), None, "it ended before");
            assert!(start.elapsed() < Duration::from_secs(120), "it never came");
            std::thread::sleep(Duration::from_millis(1));
        }
        self
    }

    /// Sends a signal and waits for the end.
    #[cfg(unix)]
    #[track_caller]
    pub fn signal(mut self, signal: nix::sys::signal::Signal) -> Said {
        let child = self.0.take().unwrap();
        let id = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
        nix::sys::signal::kill(id, signal).unwrap();
        let done = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Everything below a folder.
pub fn contents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
