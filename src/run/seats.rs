//! The cores that runs share, those of a sweep.
//!
//! A run begins on a seat of one core and leaves it as soon as its steps are done, so that another begins while its last
//! files are still being written. Once all runs have begun, seats that are left over go to the runs that are under way.

use super::host;
use std::sync::{Condvar, Mutex, MutexGuard};

/// So many cores for runs.
#[derive(Debug)]
pub struct Seats {
    state: Mutex<State>,
    left: Condvar,
    /// Cores that one run can use.
    most: usize,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// Runs that hold a seat.
    running: usize,
    /// Whether no run is still to begin.
    all_begun: bool,
}

/// The cores that a run holds; they are free again when it is dropped.
#[derive(Debug)]
pub struct Seat<'a> {
    seats: &'a Seats,
    cores: usize,
}

/// Where a run computes: its threads, and its seat if other runs go on beside it.
pub(super) struct Room<'a> {
    pub pool: &'a rayon::ThreadPool,
    pub seat: Option<Seat<'a>>,
}

impl Seats {
    /// Seats of `cores` cores, all free.
    pub fn new(cores: usize) -> Self {
        let state = State { free: cores, running: 0, all_begun: false };
        Seats { state: Mutex::new(state), left: Condvar::new(), most: host::cores() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic is done under the lock.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A seat of one core for a run that begins; waits for it.
    pub fn begin(&self) -> Seat<'_> {
        let waited = self.left.wait_while(self.state(), |state| state.free == 0);
        let mut state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        state.free -= 1;
        state.running += 1;
        Seat { seats: self, cores: 1 }
    }

    /// From now on no run is still to begin.
    pub fn all_begun(&self) {
        self.state().all_begun = true;
    }
}

impl Seat<'_> {
    /// Cores that it holds.
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// Takes its part of what other runs have left over, as far as this machine has cores; whether there was any.
    pub fn widen(&mut self) -> bool {
        let mut state = self.seats.state();
        if !state.all_begun {
            return false;
        }
        let part = state.free.div_ceil(state.running.max(1));
        let more = part.min(self.seats.most.saturating_sub(self.cores));
        state.free -= more;
        self.cores += more;
        more > 0
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut state = self.seats.state();
        state.free += self.cores;
        state.running -= 1;
        drop(state);
        self.seats.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(cores: usize, most: usize) -> Seats {
        Seats { most, ..Seats::new(cores) }
    }

    #[test]
    fn cores_go_to_runs_that_begin_first_and_then_evenly_to_those_under_way() {
        let seats = seats(5, 8);
        let (mut a, mut b) = (seats.begin(), seats.begin());
        assert!(!a.widen());
        seats.all_begun();
        assert!(a.widen() && b.widen());
        assert_eq!([a.cores(), b.cores()], [3, 2]);
        assert!(!a.widen() && !b.widen());
        drop(a);
        assert!(b.widen());
        assert_eq!(b.cores(), 5);
    }

    #[test]
    fn no_run_takes_more_cores_than_the_machine_has() {
        let seats = seats(8, 2);
        seats.all_begun();
        let mut seat = seats.begin();
        assert!(seat.widen());
        assert_eq!(seat.cores(), 2);
        assert!(!seat.widen());
    }

    #[test]
    fn who_begins_waits_for_a_core() {
        let seats = seats(1, 2);
        let first = seats.begin();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| seats.begin().cores());
            assert!(!second.is_finished());
            drop(first);
            assert_eq!(second.join().ok(), Some(1));
        });
    }
}
