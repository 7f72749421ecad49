//! Barriers: one that another process sleeps at, and one that nobody else comes to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use shmcore::{Shared, ShmBarrier, ShmSafe, create_shared_with};

use super::sleepers::Sleepers;
use crate::scenario::{Acknowledged, Scenario};

#[derive(ShmSafe)]
#[repr(C)]
struct Meeting {
    /// For the one that dies and a sleeper.
    both: ShmBarrier,
    /// How often the sleeper has come through.
    passed: AtomicU64,
    /// For two, of whom one comes.
    lonely: ShmBarrier,
    /// Whether a recoverer may have come to the lonely one.
    is_recovered: AtomicU64,
}

pub(crate) struct Barrier {
    meeting: Shared<Meeting>,
    acknowledged: Acknowledged,
    sleepers: Sleepers,
}

pub(crate) fn new() -> Barrier {
    let meeting = Meeting {
        both: ShmBarrier::new(2),
        passed: AtomicU64::new(0),
        lonely: ShmBarrier::new(2),
        is_recovered: AtomicU64::new(0),
    };
    Barrier {
        meeting: create_shared_with(meeting).expect("a region"),
        acknowledged: Acknowledged::new(),
        sleepers: Sleepers::default(),
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

/// Opens a barrier for two if somebody's arrival stands there, and leaves none.
fn empty(barrier: &ShmBarrier) -> bool {
    barrier.wait_timeout(Duration::ZERO).is_ok()
}

impl Scenario for Barrier {
    fn setup(&mut self) {
        self.sleepers.end();
        empty(&self.meeting.both);
        empty(&self.meeting.lonely);
        self.meeting.passed.store(0, Relaxed);
        self.meeting.is_recovered.store(0, Relaxed);
        self.acknowledged.reset();
        self.sleepers.start(|| {
            self.meeting.both.wait();
            self.meeting.passed.fetch_add(1, Relaxed);
        });
        self.sleepers.wait_until_asleep();
    }

    fn stretch(&self) {
        assert!(self.meeting.lonely.wait_timeout(Duration::ZERO).is_err());
        self.acknowledged.add();
        assert!(self.meeting.both.wait().is_leader());
        self.acknowledged.add();
    }

    fn recover_and_check(&self) {
        let Meeting { both, passed, lonely, is_recovered } = &*self.meeting;
        let acknowledged = self.acknowledged.count();
        let is_first = is_recovered.swap(1, Relaxed) == 0;
        let stands = empty(lonely);
        assert!(!(stands && is_first && acknowledged > 0), "an arrival was taken back, and stands");
        assert!(!empty(lonely));
        if acknowledged < 2 {
            // The sleeper stands there, or the barrier has opened.
            empty(both);
        }
        wait_until(|| passed.load(Relaxed) == 1);
        assert!(!(empty(both) && is_first));
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }
}
