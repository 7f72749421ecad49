//! Broken on purpose: a lock whose waiters do not ask whether the owner lives. The lab must find that they hang.

use std::fs::File;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use shmcore::{Shared, create_shared};

use crate::child::Verdict;
use crate::scenario::Scenario;

pub(crate) struct DeafLock {
    word: Shared<AtomicU32>,
}

pub(crate) fn new() -> DeafLock {
    DeafLock { word: create_shared().expect("a region") }
}

impl DeafLock {
    fn lock_and_unlock(&self) {
        // Pairs with the store below: who gets the lock sees what was done under it.
        while self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            thread::yield_now();
        }
        self.word.store(0, Ordering::Release);
    }
}

impl Scenario for DeafLock {
    fn setup(&mut self) {
        self.word.store(0, Ordering::Relaxed);
    }

    fn stretch(&self) {
        self.lock_and_unlock();
    }

    fn recover_and_check(&self) {
        self.lock_and_unlock();
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.word.try_clone_fd().expect("a descriptor"))]
    }

    fn expected(&self) -> Verdict {
        Verdict::Hung
    }

    fn deadline(&self) -> Duration {
        Duration::from_millis(500)
    }
}
