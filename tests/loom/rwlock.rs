//! The lock with many readers or one writer, with one slot or two.
//!
//! Two threads with at most three preemptions, or three with at most two; each locks once or twice.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::model;
use crate::raw::mutex::RawMutex;
use crate::raw::rwlock::RawRwLock;
use crate::raw::world::{AtomicU32, AtomicU64, Patience, die, die_before_waking};

/// A value and its lock. The cell lets loom report accesses that are not ordered.
struct Locked<const SLOTS: usize> {
    raw: RawRwLock<SLOTS>,
    value: UnsafeCell<u32>,
}

impl<const SLOTS: usize> Locked<SLOTS> {
    fn new() -> Arc<Self> {
        Self::whose_slots_were_used(0)
    }

    /// One whose slots were used before, as told bit by bit.
    fn whose_slots_were_used(used: u32) -> Arc<Self> {
        let writers = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        let readers = std::array::from_fn(|_| AtomicU64::new(0));
        let raw = RawRwLock::from_parts(writers, [0, used].map(AtomicU32::new), readers);
        Arc::new(Self { raw, value: UnsafeCell::new(0) })
    }

    /// Takes the lock for reading; returns the slot, and whether it was poisoned.
    fn read(&self, me: u64) -> (usize, bool) {
        if let Some(slot) = self.raw.read_fast(me) {
            return (slot, false);
        }
        let reading = self.raw.read_slow(me, Patience::Forever).expect("not given up");
        (reading.slot, reading.found.is_poisoned)
    }

    /// Takes the lock for writing; returns whether it was poisoned.
    fn write(&self, me: u64) -> bool {
        let is_in_order = self.raw.write_fast(me);
        !is_in_order && self.raw.write_slow(me, Patience::Forever).expect("not given up").is_poisoned
    }

    /// Reads once, in a lock that is in order.
    fn look(&self, me: u64) -> u32 {
        let (slot, was_poisoned) = self.read(me);
        assert!(!was_poisoned);
        let value = self.value();
        self.raw.read_unlock(me, slot);
        value
    }

    /// Writes once, in a lock that is in order.
    fn add_one(&self, me: u64) {
        assert!(!self.write(me));
        self.add();
        self.raw.write_unlock(me);
    }

    /// For the writer.
    fn add(&self) {
        // SAFETY: the model has the lock for writing, and loom verifies that nobody else is here.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }

    /// For a holder.
    fn value(&self) -> u32 {
        // SAFETY: the model has the lock, and loom verifies that nobody writes.
        self.value.with(|value| unsafe { *value })
    }
}

/// A thread that does `f` with the lock.
fn spawn<const SLOTS: usize>(
    locked: &Arc<Locked<SLOTS>>,
    f: impl FnOnce(&Locked<SLOTS>) + 'static,
) -> thread::JoinHandle<()> {
    let locked = Arc::clone(locked);
    thread::spawn(move || f(&locked))
}

fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}

#[test]
fn reader_and_writer_exclude_each_other() {
    for used in [0b00, 0b01] {
        model(3, move || {
            let locked = Locked::<2>::whose_slots_were_used(used);
            let writer = spawn(&locked, |locked| locked.add_one(1));
            assert!(locked.look(2) <= 1);
            join([writer]);
            assert_eq!(locked.look(2), 1);
        });
    }
}

#[test]
fn reader_in_a_slot_that_another_uses_for_the_first_time_is_seen() {
    model(3, || {
        let locked = Locked::<2>::new();
        let reader = spawn(&locked, |locked| assert!(locked.look(4) <= 1));
        let other = spawn(&locked, |locked| {
            if let Some(slot) = locked.raw.read_fast(2) {
                assert!(locked.value() <= 1);
                locked.raw.read_unlock(2, slot);
            }
        });
        if locked.raw.write_fast(1) {
            locked.add();
            locked.raw.write_unlock(1);
        }
        join([reader, other]);
    });
}

#[test]
fn reader_and_writer_that_come_again_exclude_each_other() {
    model(2, || {
        let locked = Locked::<1>::whose_slots_were_used(0b1);
        let writer = spawn(&locked, |locked| (0..2).for_each(|_| locked.add_one(1)));
        let before = locked.look(2);
        let after = locked.look(2);
        assert!(before <= after && after <= 2);
        join([writer]);
        assert_eq!(locked.look(2), 2);
    });
}

#[test]
fn two_writers_and_a_reader_exclude_each_other_and_each_is_woken() {
    model(2, || {
        let locked = Locked::<2>::whose_slots_were_used(0b10);
        let writers = [1, 2].map(|me| spawn(&locked, move |locked| locked.add_one(me)));
        assert!(locked.look(3) <= 2);
        join(writers);
        assert_eq!(locked.look(3), 2);
    });
}

#[test]
fn two_readers_and_a_writer_exclude_each_other_and_each_is_woken() {
    model(1, || {
        let locked = Locked::<2>::whose_slots_were_used(0b01);
        // The tokens have one slot in common, so one reader finds it taken.
        let readers = [2, 4].map(|me| spawn(&locked, move |locked| assert!(locked.look(me) <= 1)));
        locked.add_one(1);
        join(readers);
        assert_eq!(locked.look(2), 1);
    });
}

#[test]
fn guards_of_one_process_are_counted() {
    model(3, || {
        let locked = Locked::<1>::new();
        let reader = spawn(&locked, |locked| assert_eq!(locked.look(2), 0));
        let (slot, _) = locked.read(2);
        assert_eq!(locked.look(2), 0);
        assert!(locked.raw.write_slow(1, Patience::None).is_err(), "one is left");
        locked.raw.read_unlock(2, slot);
        join([reader]);
        assert!(locked.raw.write_fast(1), "all are gone");
    });
}

#[test]
fn reader_without_a_slot_waits_for_one() {
    model(3, || {
        let locked = Locked::<1>::new();
        let readers = [2, 3].map(|me| spawn(&locked, move |locked| assert_eq!(locked.look(me), 0)));
        join(readers);
        assert!(!locked.raw.is_held_by(2) && !locked.raw.is_held_by(3));
    });
}

#[test]
fn dead_reader_is_no_reader_and_poisons_nothing() {
    model(3, || {
        let locked = Locked::<2>::new();
        let victim = spawn(&locked, |locked| {
            locked.read(2);
            locked.value();
            die(2);
        });
        locked.add_one(1);
        join([victim]);
        locked.add_one(1);
        assert_eq!(locked.look(4), 2);
    });
}

#[test]
fn slot_of_a_dead_reader_is_taken_by_another() {
    model(2, || {
        let locked = Locked::<1>::new();
        let victim = spawn(&locked, |locked| {
            locked.read(2);
            die(2);
        });
        let reader = spawn(&locked, |locked| assert_eq!(locked.look(3), 0));
        assert_eq!(locked.look(4), 0);
        join([victim, reader]);
    });
}

#[test]
fn reader_that_dies_before_it_wakes_leaves_no_writer_asleep() {
    model(2, || {
        let locked = Locked::<2>::new();
        let (slot, _) = locked.read(2);
        let writers = [1, 3].map(|me| spawn(&locked, move |locked| locked.add_one(me)));
        die_before_waking();
        locked.raw.read_unlock(2, slot);
        die(2);
        join(writers);
    });
}

#[test]
fn dead_writer_poisons_for_readers_too() {
    model(2, || {
        let locked = Locked::<2>::new();
        let victim = spawn(&locked, |locked| {
            locked.write(1);
            locked.add();
            die(1);
        });
        let reader = spawn(&locked, |locked| {
            let (slot, was_poisoned) = locked.read(2);
            assert_eq!(was_poisoned, locked.value() == 1);
            assert!(!was_poisoned || locked.raw.writers().cause() == 1);
            locked.raw.read_unlock(2, slot);
        });
        join([victim]);
        let (slot, was_poisoned) = locked.read(3);
        assert!(was_poisoned && locked.raw.writers().state().is_suspect);
        assert_eq!((locked.value(), locked.raw.writers().cause()), (1, 1));
        locked.raw.read_unlock(3, slot);
        join([reader]);
    });
}

#[test]
fn writer_that_dies_before_it_wakes_leaves_nobody_asleep() {
    model(2, || {
        let locked = Locked::<2>::new();
        locked.write(1);
        locked.add();
        let reader = spawn(&locked, |locked| assert!(locked.look(2) >= 1));
        let writer = spawn(&locked, |locked| locked.add_one(3));
        die_before_waking();
        locked.raw.write_unlock(1);
        die(1);
        join([reader, writer]);
    });
}

#[test]
fn writer_that_dies_while_it_waits_poisons_nothing() {
    model(2, || {
        let locked = Locked::<2>::new();
        let (slot, _) = locked.read(2);
        let victim = spawn(&locked, |locked| {
            // It is killed in its wait, that is, it takes the lock of writers and does no more.
            assert!(locked.raw.writers().lock_slow(1, Patience::Forever).is_ok());
            die(1);
        });
        let writer = spawn(&locked, |locked| locked.add_one(3));
        locked.raw.read_unlock(2, slot);
        assert!(locked.look(2) <= 1);
        join([victim, writer]);
        assert_eq!(locked.look(2), 1);
    });
}

#[test]
fn writer_that_gives_up_lets_readers_in() {
    model(2, || {
        let locked = Locked::<2>::new();
        let (slot, _) = locked.read(2);
        let reader = spawn(&locked, |locked| assert_eq!(locked.look(3), 0));
        assert!(locked.raw.write_slow(1, Patience::None).is_err());
        locked.raw.read_unlock(2, slot);
        join([reader]);
        locked.add_one(1);
    });
}

#[test]
fn no_writer_comes_in_between_when_a_writer_becomes_a_reader() {
    model(3, || {
        let locked = Locked::<2>::new();
        locked.write(1);
        let writer = spawn(&locked, |locked| locked.add_one(3));
        locked.add();
        let slot = locked.raw.downgrade(1);
        assert_eq!(locked.value(), 1);
        locked.raw.read_unlock(1, slot);
        join([writer]);
        assert_eq!(locked.look(1), 2);
    });
}
