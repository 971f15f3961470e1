//! Signals. Ctrl-C: the first asks the run to stop at the next step, the second ends the program at once.

use super::exit::{INTERRUPTED, note};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// A flag that the first Ctrl-C sets.
pub fn on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let handler = move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        note("stopping after this step to leave the run resumable; once more to stop at once");
    };
    // Without a handler Ctrl-C still ends the program, only less politely.
    let _ = ctrlc::set_handler(handler);
    stop
}

/// Makes a file that outgrows the user's limit (`ulimit -f`) an error of writing, as a full disk is, rather than the
/// end of the program.
pub fn outlive_limits() {
    #[cfg(unix)]
    // SAFETY: ignoring a signal runs no code of ours in a handler.
    let _ = unsafe {
        use nix::sys::signal::{SigHandler, Signal, signal};
        signal(Signal::SIGXFSZ, SigHandler::SigIgn)
    };
}

/// Held while files are written, so that Ctrl-C leaves none half made.
#[derive(Clone, Default)]
pub struct Guard(Arc<Mutex<()>>);

impl Guard {
    /// Until what this returns is dropped, Ctrl-C waits.
    pub fn writing(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// From here on Ctrl-C ends the program at once, except while files are written.
pub fn at_once() -> Guard {
    let guard = Guard::default();
    let held = guard.clone();
    let handler = move || {
        let _whole = held.writing();
        std::process::exit(i32::from(INTERRUPTED));
    };
    let _ = ctrlc::set_handler(handler);
    guard
}
