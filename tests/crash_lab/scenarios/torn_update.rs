//! Broken on purpose: two words that must be equal, written one after the other. The lab must catch it.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::{Shared, create_shared};

use crate::child::Verdict;
use crate::scenario::Scenario;

pub(crate) struct TornUpdate {
    pair: Shared<[AtomicU64; 2]>,
}

pub(crate) fn new() -> TornUpdate {
    TornUpdate { pair: create_shared().expect("a region") }
}

impl Scenario for TornUpdate {
    fn setup(&mut self) {
        for word in self.pair.iter() {
            word.store(0, Relaxed);
        }
    }

    fn stretch(&self) {
        for word in self.pair.iter() {
            word.store(1, Relaxed);
        }
    }

    fn recover_and_check(&self) {
        // Quietly: this is what must happen.
        std::panic::set_hook(Box::new(|_| ()));
        let [left, right] = &*self.pair;
        assert_eq!(left.load(Relaxed), right.load(Relaxed));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.pair.try_clone_fd().expect("a descriptor"))]
    }

    fn expected(&self) -> Verdict {
        Verdict::Broken
    }
}
