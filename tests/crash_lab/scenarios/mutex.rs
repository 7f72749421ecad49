//! `ShmMutex`, alone: an update under the lock is whole, or its poison is told of; and nothing else is poison.

use std::fs::File;
use std::num::NonZero;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shmcore::sync::{PoisonCause, PoisonError, ShmMutexGuard};
use shmcore::{Shared, ShmMutex, ShmSafe, create_shared_with};

use super::phase::{Phase, Phases};
use crate::scenario::{Acknowledged, Scenario};

/// Equal under the lock, except while an update is under way: then some are one ahead.
#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Pair {
    left: u64,
    half: NonZero<u128>,
    right: u64,
}

/// Each has one word of two that is not zero. Stored in two pieces, one of the ways from one to the other leads over zero, which
/// is no value: so each recoverer looks at it.
const HALVES: [NonZero<u128>; 2] = [NonZero::new(1).expect("not 0"), NonZero::new(1 << 64).expect("not 0")];

impl Pair {
    const START: Self = Self::new(0);

    const fn new(number: u64) -> Self {
        Self { left: number, half: HALVES[(number % 2) as usize], right: number }
    }

    /// Whether the half is one of the two, or both, on the other way.
    fn is_half(&self) -> bool {
        HALVES.contains(&self.half) || self.half == HALVES[0] | HALVES[1]
    }
}

#[derive(ShmSafe)]
#[repr(C)]
struct State {
    pair: ShmMutex<Pair>,
    /// The process that dies.
    process: AtomicU64,
}

pub(crate) struct Mutex {
    state: Shared<State>,
    phases: Phases,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> Mutex {
    let state = State { pair: ShmMutex::new(Pair::START), process: AtomicU64::new(0) };
    Mutex {
        state: create_shared_with(state).expect("a region"),
        phases: Phases::new(),
        acknowledged: Acknowledged::new(),
    }
}

impl Mutex {
    fn update(&self, lock: impl FnOnce(&ShmMutex<Pair>) -> ShmMutexGuard<'_, Pair>) {
        self.phases.enter(Phase::Between);
        let mut pair = lock(&self.state.pair);
        self.phases.enter(Phase::Inside);
        pair.left += 1;
        pair.half = Pair::new(pair.left).half;
        pair.right += 1;
        self.phases.enter(Phase::Between);
        drop(pair);
        self.phases.enter(Phase::Outside);
        self.acknowledged.add();
    }
}

/// The guard of what a dead process has left behind, as a value again.
fn repair(poisoned: PoisonError<ShmMutexGuard<'_, Pair>>, at_least: u64) -> ShmMutexGuard<'_, Pair> {
    if poisoned.is_torn() {
        return poisoned.overwrite(Pair::new(at_least));
    }
    let mut pair = poisoned.into_inner();
    assert!((0..=1).contains(&(pair.left - pair.right)) && pair.is_half(), "{pair:?}");
    pair.right = pair.left;
    pair
}

impl Scenario for Mutex {
    fn setup(&mut self) {
        let mut pair = self.state.pair.lock().unwrap_or_else(|poisoned| repair(poisoned, 0));
        *pair = Pair::START;
        drop(pair);
        self.state.pair.clear_poison();
        self.phases.reset();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        self.state.process.store(process::id().into(), Ordering::Relaxed);
        self.update(|mutex| mutex.lock().expect("nobody has died"));
        self.update(|mutex| mutex.try_lock().expect("nobody else is here"));
        self.update(|mutex| mutex.lock_timeout(Duration::from_secs(1)).expect("nobody else is here"));
    }

    fn recover_and_check(&self) {
        let expected = self.phases.begin_recovery();
        let acknowledged = self.acknowledged.count();
        let mut pair = match self.state.pair.lock() {
            Ok(pair) => {
                assert_ne!(expected, Some(Phase::Inside), "it died with the lock, and nobody says so");
                assert_eq!(pair.left, pair.right, "not poisoned, so it is whole");
                pair
            }
            Err(poisoned) => {
                assert_ne!(expected, Some(Phase::Outside), "it died without the lock: {poisoned}");
                if expected.is_some() {
                    let process = u32::try_from(self.state.process.load(Ordering::Relaxed));
                    let pid = process.expect("a process id");
                    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid });
                }
                repair(poisoned, acknowledged)
            }
        };
        assert!((acknowledged..=acknowledged + 1).contains(&pair.left), "{acknowledged} of {pair:?}");
        *pair = Pair::new(pair.left);
        drop(pair);
        self.state.pair.clear_poison();
        let pair = self.state.pair.try_lock().expect("repaired, and free");
        assert_eq!((pair.left, pair.half), (pair.right, Pair::new(pair.left).half));
    }

    fn files(&self) -> Vec<File> {
        let file = File::from(self.state.try_clone_fd().expect("a descriptor"));
        vec![file, self.phases.file(), self.acknowledged.file()]
    }

    fn repetitions(&self) -> u32 {
        100
    }
}
