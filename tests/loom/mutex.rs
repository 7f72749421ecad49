//! The lock with one owner.
//!
//! Two threads, or three with at most two preemptions; each locks once or twice.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::model;
use crate::raw::mutex::{PANICKED, RawMutex};
use crate::raw::world::{AtomicU64, Patience, die, die_before_waking};

/// A value and its lock. The cell lets loom report accesses that are not ordered.
struct Locked {
    raw: RawMutex,
    value: UnsafeCell<u32>,
}

impl Locked {
    fn new() -> Arc<Self> {
        let raw = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { raw, value: UnsafeCell::new(0) })
    }

    /// Takes the lock; returns whether it was poisoned.
    fn lock(&self, me: u64) -> bool {
        let acquired =
            if self.raw.lock_fast(me) { None } else { self.raw.lock_slow(me, Patience::Forever).ok() };
        acquired.is_some_and(|acquired| acquired.is_poisoned)
    }

    /// For the holder.
    fn add(&self) {
        // SAFETY: the model has the lock, and loom verifies that nobody else is here.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }

    /// For the holder.
    fn value(&self) -> u32 {
        // SAFETY: the model has the lock, and loom verifies that nobody writes.
        self.value.with(|value| unsafe { *value })
    }
}

#[test]
fn holders_exclude_each_other_and_see_what_was_done_before() {
    model(3, || {
        let locked = Locked::new();
        let threads: Vec<_> = [1, 2]
            .map(|me| {
                let locked = Arc::clone(&locked);
                thread::spawn(move || {
                    for _ in 0..2 {
                        assert!(!locked.lock(me));
                        locked.add();
                        locked.raw.unlock(me);
                    }
                })
            })
            .into();
        for thread in threads {
            thread.join().expect("no panic");
        }
        locked.lock(3);
        assert_eq!(locked.value(), 4);
    });
}

#[test]
fn each_of_three_is_woken() {
    model(2, || {
        let locked = Locked::new();
        let threads: Vec<_> = [1, 2, 3]
            .map(|me| {
                let locked = Arc::clone(&locked);
                thread::spawn(move || {
                    locked.lock(me);
                    locked.add();
                    locked.raw.unlock(me);
                })
            })
            .into();
        for thread in threads {
            thread.join().expect("no panic");
        }
        locked.lock(4);
        assert_eq!(locked.value(), 3);
    });
}

#[test]
fn lock_of_a_dead_holder_is_taken_by_one_and_poisoned_for_all() {
    model(2, || {
        let locked = Locked::new();
        let victim = {
            let locked = Arc::clone(&locked);
            thread::spawn(move || {
                locked.lock(1);
                locked.add();
                die(1);
            })
        };
        let survivor = {
            let locked = Arc::clone(&locked);
            thread::spawn(move || {
                let was_poisoned = locked.lock(2);
                assert_eq!(was_poisoned, locked.raw.cause() == 1);
                assert_eq!(was_poisoned, locked.value() == 1);
                locked.raw.unlock(2);
            })
        };
        victim.join().expect("no panic");
        assert!(locked.lock(3));
        assert_eq!((locked.value(), locked.raw.cause()), (1, 1));
        assert!(locked.raw.state().is_suspect);
        locked.raw.unlock(3);
        survivor.join().expect("no panic");
    });
}

#[test]
fn process_that_dies_before_it_wakes_leaves_nobody_asleep() {
    model(2, || {
        let locked = Locked::new();
        locked.lock(1);
        let waiters: Vec<_> = [2, 3]
            .map(|me| {
                let locked = Arc::clone(&locked);
                thread::spawn(move || {
                    assert!(!locked.lock(me));
                    locked.raw.unlock(me);
                })
            })
            .into();
        let locked = Arc::clone(&locked);
        die_before_waking();
        locked.raw.unlock(1);
        die(1);
        for thread in waiters {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn poison_stays_until_it_is_cleared() {
    model(3, || {
        let locked = Locked::new();
        let thread = {
            let locked = Arc::clone(&locked);
            thread::spawn(move || {
                locked.lock(1);
                locked.raw.poison();
                locked.raw.unlock(1);
            })
        };
        let was_poisoned = locked.lock(2);
        assert_eq!(was_poisoned, locked.raw.cause() == PANICKED);
        locked.raw.unlock(2);
        thread.join().expect("no panic");
        assert!(locked.lock(2));
        locked.raw.clear_poison();
        locked.raw.unlock(2);
        assert!(!locked.lock(2));
    });
}
