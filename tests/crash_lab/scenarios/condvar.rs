//! A condition variable with two waiters: whatever notifier or waiter dies, the others see what was notified, and those who
//! notify next reach all.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use shmcore::sync::ShmMutexGuard;
use shmcore::{Shared, ShmCondvar, ShmMutex, ShmSafe, create_shared};

use super::sleepers::Sleepers;
use crate::scenario::{Acknowledged, Scenario};

const WAITERS: usize = 2;

#[derive(ShmSafe)]
#[repr(C)]
struct Board {
    /// The number of announcements; under the mutex.
    announced: ShmMutex<u64>,
    condvar: ShmCondvar,
    /// One more than the last announcement that each waiter has seen.
    seen: [AtomicU64; WAITERS],
}

pub(crate) struct Condvar {
    board: Shared<Board>,
    acknowledged: Acknowledged,
    sleepers: Sleepers,
}

pub(crate) fn new() -> Condvar {
    Condvar {
        board: create_shared().expect("a region"),
        acknowledged: Acknowledged::new(),
        sleepers: Sleepers::default(),
    }
}

impl Board {
    /// The dead leave a number that is the one before or after.
    fn lock(&self) -> ShmMutexGuard<'_, u64> {
        self.announced.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Sees each announcement, and sleeps in between.
    fn watch(&self, seen: &AtomicU64) {
        let mut guard = self.lock();
        loop {
            // Under the mutex: who has it after this knows that this process waits.
            seen.store(*guard + 1, Relaxed);
            let now = *guard;
            guard = self
                .condvar
                .wait_while(guard, |announced| *announced == now)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }

    /// Waits until all waiters have seen so many announcements.
    fn wait_for(&self, announced: u64) {
        while self.seen.iter().any(|seen| seen.load(Relaxed) <= announced) {
            thread::yield_now();
        }
    }
}

impl Scenario for Condvar {
    fn setup(&mut self) {
        self.sleepers.end();
        // A waiter may have been killed with the mutex.
        *self.board.lock() = 0;
        self.board.announced.clear_poison();
        self.acknowledged.reset();
        for seen in &self.board.seen {
            seen.store(0, Relaxed);
            self.sleepers.start(|| self.board.watch(seen));
        }
        self.board.wait_for(0);
        drop(self.board.lock());
        self.sleepers.wait_until_asleep();
    }

    fn stretch(&self) {
        for notify in [ShmCondvar::notify_one, ShmCondvar::notify_all] {
            *self.board.lock() += 1;
            notify(&self.board.condvar);
            self.acknowledged.add();
            let guard = self.board.lock();
            drop(self.board.condvar.wait_timeout(guard, Duration::ZERO));
        }
        let mut guard = self.board.lock();
        *guard += 1;
        self.board.condvar.notify_all();
        drop(guard);
        self.acknowledged.add();
    }

    fn recover_and_check(&self) {
        // With nobody's help: what was notified is seen, by all, since each looks again by itself.
        self.board.wait_for(self.acknowledged.count());
        let mut guard = self.board.lock();
        // One that was not acknowledged, and one by a recoverer.
        let acknowledged = self.acknowledged.count();
        assert!((acknowledged..=acknowledged + 2).contains(&*guard), "{guard} of {acknowledged}");
        *guard += 1;
        let now = *guard;
        drop(guard);
        self.board.condvar.notify_all();
        self.board.wait_for(now);
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }
}
