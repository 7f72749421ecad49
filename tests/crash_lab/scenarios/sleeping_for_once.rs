//! A `ShmOnceLock` with a process that sleeps until the value is there: who makes it and dies strands nobody.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use shmcore::{Shared, ShmOnceLock, ShmSafe, create_shared};

use super::sleepers::Sleepers;
use crate::scenario::Scenario;

/// Naps of a millisecond in which the sleeper must wake up. Naps are counted, and no time is measured, because whoever keeps
/// the processor from the sleeper keeps it from the one that counts as well.
const NAPS: u32 = 50;

#[derive(ShmSafe)]
#[repr(C)]
struct Awaited {
    value: ShmOnceLock<[u64; 2]>,
    /// What the sleeper has seen of it.
    seen: AtomicU64,
}

pub(crate) struct SleepingForOnce {
    awaited: Shared<Awaited>,
    sleepers: Sleepers,
}

pub(crate) fn new() -> SleepingForOnce {
    SleepingForOnce { awaited: create_shared().expect("a region"), sleepers: Sleepers::default() }
}

impl Scenario for SleepingForOnce {
    fn setup(&mut self) {
        self.sleepers.end();
        self.awaited = create_shared().expect("a region");
        let awaited = &self.awaited;
        self.sleepers.start(|| {
            let [left, right] = *awaited.value.wait();
            assert_eq!(left, right);
            awaited.seen.store(left, Relaxed);
        });
        self.sleepers.wait_until_asleep();
    }

    fn stretch(&self) {
        self.awaited.value.get_or_init(|| [1; 2]);
    }

    fn recover_and_check(&self) {
        let Awaited { value, seen } = &*self.awaited;
        let [made, _] = *value.get_or_init(|| [2; 2]);
        let mut naps = 0;
        while seen.load(Relaxed) != made {
            assert!(naps < NAPS, "the sleeper does not see the value");
            thread::sleep(Duration::from_millis(1));
            naps += 1;
        }
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }
}
