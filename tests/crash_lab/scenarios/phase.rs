//! Where a process was, as far as it could say, when it died: with a lock, without it, or on the way.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::{Shared, create_shared};

/// Where the process is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Phase {
    /// It does not have the lock.
    Outside,
    /// It may have it.
    Between,
    /// It has it.
    Inside,
}

/// What is known of the process that dies. It lies in a region of its own.
pub(crate) struct Phases(Shared<AtomicU64>);

const OUTSIDE: u64 = 0;
const BETWEEN: u64 = 1;
const INSIDE: u64 = 2;
/// Set by the first process that recovers.
const RECOVERING: u64 = 4;

impl Phases {
    pub(crate) fn new() -> Self {
        Self(create_shared().expect("a region"))
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let phase = match phase {
            Phase::Outside => OUTSIDE,
            Phase::Between => BETWEEN,
            Phase::Inside => INSIDE,
        };
        // SeqCst: it stays where it is among the steps of the lock.
        self.0.store(phase, Ordering::SeqCst);
    }

    /// Where the process has died. `None` if another one has begun to recover before, which may have died anywhere.
    pub(crate) fn begin_recovery(&self) -> Option<Phase> {
        match self.0.fetch_or(RECOVERING, Ordering::SeqCst) {
            OUTSIDE => Some(Phase::Outside),
            BETWEEN => Some(Phase::Between),
            INSIDE => Some(Phase::Inside),
            _ => None,
        }
    }

    pub(crate) fn reset(&self) {
        self.0.store(OUTSIDE, Ordering::SeqCst);
    }

    /// For [`Scenario::files`](crate::scenario::Scenario::files).
    pub(crate) fn file(&self) -> File {
        File::from(self.0.try_clone_fd().expect("a descriptor"))
    }
}
