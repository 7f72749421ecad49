//! A semaphore with two processes that sleep until they get a permit: who gives or takes one and dies strands nobody.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use shmcore::{Shared, ShmSafe, ShmSemaphore, create_shared};

use super::sleepers::Sleepers;
use crate::scenario::{Acknowledged, Scenario};

const SLEEPERS: u64 = 2;

#[derive(ShmSafe)]
#[repr(C)]
struct Queue {
    semaphore: ShmSemaphore,
    /// How many sleepers have got one.
    served: AtomicU64,
}

pub(crate) struct SleepingForPermits {
    queue: Shared<Queue>,
    acknowledged: Acknowledged,
    sleepers: Sleepers,
}

pub(crate) fn new() -> SleepingForPermits {
    SleepingForPermits {
        queue: create_shared().expect("a region"),
        acknowledged: Acknowledged::new(),
        sleepers: Sleepers::default(),
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

impl Scenario for SleepingForPermits {
    fn setup(&mut self) {
        self.sleepers.end();
        while self.queue.semaphore.try_acquire() {}
        self.queue.served.store(0, Relaxed);
        self.acknowledged.reset();
        for _ in 0..SLEEPERS {
            self.sleepers.start(|| {
                self.queue.semaphore.acquire();
                self.queue.served.fetch_add(1, Relaxed);
            });
        }
        self.sleepers.wait_until_asleep();
    }

    fn stretch(&self) {
        // It may get the permit that a sleeper is woken for, and give it back: by its hands, or by its death.
        for _ in 0..SLEEPERS {
            self.queue.semaphore.release();
            drop(self.queue.semaphore.try_access());
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let served = || self.queue.served.load(Relaxed);
        // With nobody's help: no one sleeps while there is a permit.
        let is_settled = || served() == SLEEPERS || self.queue.semaphore.available_permits() == 0;
        wait_until(|| is_settled() && served() >= self.acknowledged.count());
        for _ in 0..SLEEPERS {
            self.queue.semaphore.release();
        }
        wait_until(|| served() == SLEEPERS);
        assert!(u64::from(self.queue.semaphore.available_permits()) >= self.acknowledged.count());
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }
}
