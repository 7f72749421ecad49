//! What is done once.
//!
//! Two threads with at most three preemptions, or three with at most two.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::model;
use crate::raw::once::{Begun, RawOnce};
use crate::raw::world::{AtomicU64, Patience, die, die_before_waking};

/// A value and its lock. The cell lets loom report accesses that are not ordered.
struct Locked {
    raw: RawOnce,
    value: UnsafeCell<u64>,
}

impl Locked {
    fn new() -> Arc<Self> {
        Arc::new(Self { raw: RawOnce::from_word(AtomicU64::new(0)), value: UnsafeCell::new(0) })
    }

    /// Whether this process must make the value.
    fn begin(&self, me: u64) -> bool {
        !self.raw.is_complete() && self.raw.begin(me, Patience::Forever) == Ok(Begun::ByMe)
    }

    /// The value, which is the token of the process that has made it.
    fn get_or_init(&self, me: u64) -> u64 {
        if self.begin(me) {
            self.write(me);
            self.raw.complete(me);
        }
        self.value()
    }

    /// For the owner.
    fn write(&self, value: u64) {
        // SAFETY: the model is the owner, and loom verifies that nobody else is here.
        self.value.with_mut(|place| unsafe { *place = value });
    }

    /// For all, once it is complete.
    fn value(&self) -> u64 {
        // SAFETY: it is complete, and loom verifies that nobody writes.
        self.value.with(|place| unsafe { *place })
    }
}

fn spawn(locked: &Arc<Locked>, f: impl FnOnce(&Locked) + 'static) -> thread::JoinHandle<()> {
    let locked = Arc::clone(locked);
    thread::spawn(move || f(&locked))
}

fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}

#[test]
fn value_is_made_by_one_and_seen_by_all() {
    model(2, || {
        let locked = Locked::new();
        let others = [1, 2].map(|me| {
            spawn(&locked, move |locked| {
                let value = locked.get_or_init(me);
                assert_eq!(locked.get_or_init(me), value);
            })
        });
        let value = locked.get_or_init(3);
        join(others);
        assert_eq!(locked.value(), value);
    });
}

#[test]
fn who_waits_is_woken_and_sees_the_value() {
    model(2, || {
        let locked = Locked::new();
        let waiters = [(); 2].map(|()| {
            spawn(&locked, |locked| {
                locked.raw.wait(Patience::Forever).expect("not given up");
                assert_eq!(locked.value(), 1);
            })
        });
        assert_eq!(locked.get_or_init(1), 1);
        join(waiters);
    });
}

#[test]
fn one_takes_the_place_of_a_dead_one() {
    model(2, || {
        let locked = Locked::new();
        let victim = spawn(&locked, |locked| {
            if locked.begin(1) {
                locked.write(100);
                die(1);
            }
        });
        let other = spawn(&locked, |locked| assert!([2, 3].contains(&locked.get_or_init(2))));
        let value = locked.get_or_init(3);
        join([victim, other]);
        assert_eq!(locked.get_or_init(4), value);
    });
}

#[test]
fn process_that_dies_before_it_wakes_leaves_nobody_asleep() {
    model(2, || {
        let locked = Locked::new();
        let waiter = spawn(&locked, |locked| {
            locked.raw.wait(Patience::Forever).expect("not given up");
            assert_eq!(locked.value(), 1);
        });
        assert!(locked.begin(1));
        let other = spawn(&locked, |locked| assert_eq!(locked.get_or_init(2), 1));
        locked.write(1);
        die_before_waking();
        locked.raw.complete(1);
        die(1);
        join([waiter, other]);
    });
}

#[test]
fn abandoned_one_is_begun_by_the_next() {
    model(2, || {
        let locked = Locked::new();
        assert!(locked.begin(1));
        let waiter = spawn(&locked, |locked| {
            locked.raw.wait(Patience::Forever).expect("not given up");
            assert_eq!(locked.value(), 2);
        });
        let other = spawn(&locked, |locked| assert_eq!(locked.get_or_init(2), 2));
        locked.write(100);
        locked.raw.abandon(1);
        join([waiter, other]);
    });
}

#[test]
fn who_does_not_wait_is_told_that_it_is_under_way() {
    model(3, || {
        let locked = Locked::new();
        let maker = spawn(&locked, |locked| assert_eq!(locked.get_or_init(1), 1));
        match locked.raw.wait(Patience::None) {
            Ok(()) => assert_eq!(locked.value(), 1),
            Err(_) => locked.raw.wait(Patience::Forever).expect("not given up"),
        }
        join([maker]);
        assert_eq!(locked.raw.begin(2, Patience::None), Ok(Begun::Complete));
    });
}
