//! Three processes that contend for a `ShmMutex` and die: whoever is next repairs, and no addition is lost or made twice.

use shmcore::sync::PoisonError;
use shmcore::{Shared, ShmMutex, create_shared};

use crate::scenario::{Acknowledged, Scenario};

const ACTORS: u64 = 3;
const ROUNDS: usize = 1000;

/// Two counters that are equal under the lock, except while an addition is under way: then the first is one ahead.
pub(crate) struct MutexRace {
    counters: Shared<ShmMutex<[u64; 2]>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> MutexRace {
    MutexRace { counters: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl MutexRace {
    fn with_lock(&self, f: impl FnOnce(&mut [u64; 2])) {
        let mut counters = self.counters.lock().unwrap_or_else(|poisoned| {
            let [left, right] = **poisoned.get_ref();
            assert!((0..=1).contains(&(left - right)), "{left} {right}");
            let mut counters = PoisonError::into_inner(poisoned);
            counters[1] = counters[0];
            self.counters.clear_poison();
            counters
        });
        assert_eq!(counters[0], counters[1]);
        f(&mut counters);
    }
}

impl Scenario for MutexRace {
    fn setup(&mut self) {
        self.with_lock(|counters| *counters = [0; 2]);
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        for _ in 0..ROUNDS {
            self.with_lock(|counters| {
                counters[0] += 1;
                counters[1] += 1;
            });
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        self.with_lock(|counters| {
            let acknowledged = self.acknowledged.count();
            // Each may have died between an addition and its acknowledgement.
            assert!(
                (acknowledged..=acknowledged + ACTORS).contains(&counters[0]),
                "{acknowledged} {counters:?}"
            );
        });
        assert!(self.counters.try_lock().is_ok(), "neither poisoned nor held");
    }

    fn actors(&self) -> usize {
        usize::try_from(ACTORS).expect("a small number")
    }
}
