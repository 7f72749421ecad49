//! What the heaps of a process are found by: a slot that is looked at while its thing is taken away, and another one put there.
//!
//! Three threads with at most three preemptions.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::model;
use crate::raw::slot::Slot;

/// A generation, as loom sees whether it is used and taken away at once: both are accesses to the cell.
struct Thing(UnsafeCell<u64>);

impl Thing {
    fn boxed(value: u64) -> *mut Self {
        Box::into_raw(Box::new(Self(UnsafeCell::new(value))))
    }

    /// Takes it away, which loom reports if somebody may look at it, and says what it held.
    ///
    /// # Safety
    ///
    /// It is [boxed](Self::boxed), and nobody has it.
    unsafe fn free(this: *mut Self) -> u64 {
        // SAFETY: the caller vouches for both.
        let this = unsafe { Box::from_raw(this) };
        // SAFETY: loom verifies that nobody else is here.
        this.0.with_mut(|value| unsafe { std::mem::replace(&mut *value, 0) })
    }
}

/// What is in the slot, 0 if it is free.
fn look(slot: &Slot<Thing>) -> u64 {
    let mut seen = 0;
    slot.look(|thing| {
        // SAFETY: `as_ref` requires null or a thing that stays: it is freed when nobody looks, as this model is to show.
        if let Some(thing) = unsafe { thing.as_ref() } {
            // SAFETY: loom verifies that nobody writes.
            seen = thing.0.with(|value| unsafe { *value });
        }
    });
    seen
}

#[test]
fn thing_is_not_taken_away_while_somebody_looks() {
    model(3, || {
        let thing = Thing::boxed(1);
        let slot = Arc::new(Slot::new(thing));
        let lookers: Vec<_> = (0..2)
            .map(|_| {
                let slot = Arc::clone(&slot);
                thread::spawn(move || assert!(look(&slot) <= 1))
            })
            .collect();
        assert!(slot.holds(thing));
        slot.empty();
        // SAFETY: `free` requires that nobody has it: the slot is empty.
        assert_eq!(unsafe { Thing::free(thing) }, 1);
        for looker in lookers {
            looker.join().expect("no panic");
        }
        assert_eq!(look(&slot), 0);
    });
}

#[test]
fn slot_is_filled_again_while_the_last_one_waits_for_those_that_look() {
    model(3, || {
        let first = Thing::boxed(1);
        let slot = Arc::new(Slot::new(first));
        let looker = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || assert!(look(&slot) <= 2))
        };
        let filler = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                let second = Thing::boxed(2);
                (slot.try_fill(second), second.expose_provenance())
            })
        };
        slot.empty();
        // SAFETY: `free` requires that nobody has it: the slot is without it.
        assert_eq!(unsafe { Thing::free(first) }, 1);
        looker.join().expect("no panic");
        let (is_filled, second) = filler.join().expect("no panic");
        if is_filled {
            assert_eq!(look(&slot), 2);
            slot.empty();
        }
        let second = std::ptr::with_exposed_provenance_mut(second);
        // SAFETY: `free` requires that nobody has it: it was not put into the slot, or is out of it.
        assert_eq!(unsafe { Thing::free(second) }, 2);
    });
}
