//! The semaphore, with words for one holder or two.
//!
//! Two or three threads, with two or three preemptions; each takes one permit or two.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

use crate::model;
use crate::raw::mutex::RawMutex;
use crate::raw::semaphore::RawSemaphore;
use crate::raw::world::{AtomicU64, Ordering, Patience, die, die_before_waking};

/// The last of the changes, so that they go over the end.
const LAST_CHANGE: u64 = 0x01ff_ffff << 32;

fn with_permits<const HOLDERS: usize>(permits: u64) -> Arc<RawSemaphore<HOLDERS>> {
    let lock = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
    let holders = std::array::from_fn(|_| AtomicU64::new(0));
    Arc::new(RawSemaphore::from_words(lock, AtomicU64::new(LAST_CHANGE | permits), holders))
}

fn spawn<const HOLDERS: usize>(
    semaphore: &Arc<RawSemaphore<HOLDERS>>,
    f: impl FnOnce(&RawSemaphore<HOLDERS>) + 'static,
) -> JoinHandle<()> {
    let semaphore = Arc::clone(semaphore);
    thread::spawn(move || f(&semaphore))
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}

fn acquire<const HOLDERS: usize>(semaphore: &RawSemaphore<HOLDERS>, me: u64) {
    if !semaphore.acquire_fast() {
        semaphore.acquire(me, Patience::Forever).expect("waited for");
    }
}

#[test]
fn one_permit_is_for_one_at_a_time_who_sees_what_was_done_before() {
    model(3, || {
        let semaphore = with_permits::<2>(1);
        let value = Arc::new(UnsafeCell::new(0));
        let threads = [1, 2].map(|me| {
            let value = Arc::clone(&value);
            spawn(&semaphore, move |semaphore| {
                let place = semaphore.access(me, Patience::Forever).expect("waited for");
                // SAFETY: loom verifies that nobody else is here.
                value.with_mut(|value| unsafe { *value += 1 });
                semaphore.give_back(place);
            })
        });
        join(threads);
        let place = semaphore.access(3, Patience::None).expect("available");
        // SAFETY: loom verifies that nobody writes.
        assert_eq!(value.with(|value| unsafe { *value }), 2);
        semaphore.give_back(place);
        assert_eq!(semaphore.available(), 1);
    });
}

/// Somebody lies down between the look for sleepers, which finds none, and the end of the flag.
#[test]
fn permit_that_goes_round_wakes_all_who_sleep() {
    model(3, || {
        let semaphore = with_permits::<1>(1);
        let place = semaphore.access(1, Patience::None).expect("available");
        let giver = spawn(&semaphore, move |semaphore| semaphore.give_back(place));
        let taker = spawn(&semaphore, move |semaphore| {
            if let Ok(place) = semaphore.access(2, Patience::None) {
                semaphore.give_back(place);
            }
        });
        acquire(&semaphore, 3);
        join([giver, taker]);
    });
}

/// A taker between them changes the state that both have seen.
#[test]
fn two_who_give_back_at_once_wake_two() {
    model(2, || {
        let semaphore = with_permits::<1>(2);
        let places = [(); 2].map(|()| semaphore.access(1, Patience::None).expect("available"));
        let giver = spawn(&semaphore, move |semaphore| semaphore.give_back(places[0]));
        let takers = [2, 3].map(|me| spawn(&semaphore, move |semaphore| acquire(semaphore, me)));
        semaphore.give_back(places[1]);
        join([giver]);
        join(takers);
    });
}

/// One takes it without the lock, the other counts it in a word.
#[test]
fn one_permit_is_not_acquired_and_held() {
    model(3, || {
        let semaphore = with_permits::<2>(1);
        let owners = Arc::new(AtomicU64::new(0));
        let owns = |owners: &Arc<AtomicU64>| {
            let owners = Arc::clone(owners);
            move || assert_eq!(owners.fetch_add(1, Ordering::Relaxed), 0, "another one has it")
        };
        let (one, other) = (owns(&owners), owns(&owners));
        let taker = spawn(&semaphore, move |semaphore| {
            if semaphore.acquire_fast() {
                one();
            }
        });
        let holder = spawn(&semaphore, move |semaphore| {
            if semaphore.access(1, Patience::None).is_ok() {
                other();
            }
        });
        join([taker, holder]);
        assert_eq!(semaphore.available(), 0);
    });
}

/// Who takes it without the lock has not looked at the word that it came back in.
#[test]
fn who_acquires_a_permit_that_was_given_back_sees_what_was_done_with_it() {
    model(3, || {
        let semaphore = with_permits::<1>(2);
        let value = Arc::new(UnsafeCell::new(0));
        let seen = Arc::clone(&value);
        let place = semaphore.access(1, Patience::None).expect("available");
        let other = spawn(&semaphore, |semaphore| _ = semaphore.acquire(2, Patience::None));
        let taker = spawn(&semaphore, move |semaphore| {
            if semaphore.acquire_fast() {
                // SAFETY: loom verifies that nobody writes.
                assert_eq!(seen.with(|value| unsafe { *value }), 1);
            }
        });
        // SAFETY: loom verifies that nobody else is here.
        value.with_mut(|value| unsafe { *value = 1 });
        semaphore.give_back(place);
        join([other, taker]);
    });
}

#[test]
fn threads_of_a_process_share_a_word() {
    model(3, || {
        let semaphore = with_permits::<2>(2);
        let twice = |semaphore: &RawSemaphore<2>| {
            for _ in 0..2 {
                let place = semaphore.access(1, Patience::Forever).expect("waited for");
                semaphore.give_back(place);
            }
        };
        let thread = spawn(&semaphore, twice);
        twice(&semaphore);
        join([thread]);
        assert_eq!(semaphore.available(), 2);
    });
}

#[test]
fn each_released_permit_is_acquired_once() {
    model(2, || {
        let semaphore = with_permits::<1>(0);
        let value = Arc::new(UnsafeCell::new(0));
        let consumers = [1, 2].map(|me| {
            let value = Arc::clone(&value);
            spawn(&semaphore, move |semaphore| {
                acquire(semaphore, me);
                // SAFETY: loom verifies that nobody writes.
                assert_ne!(value.with(|value| unsafe { *value }), 0);
            })
        });
        // SAFETY: loom verifies that nobody else is here.
        value.with_mut(|value| unsafe { *value = 1 });
        for _ in 0..2 {
            semaphore.add(1).expect("not too many");
        }
        join(consumers);
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn permits_that_come_together_wake_as_many() {
    model(3, || {
        let semaphore = with_permits::<1>(0);
        let consumers = [1, 2].map(|me| spawn(&semaphore, move |semaphore| acquire(semaphore, me)));
        semaphore.add(2).expect("not too many");
        join(consumers);
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn permit_of_the_dead_comes_back_to_who_sleeps() {
    model(2, || {
        let semaphore = with_permits::<2>(2);
        for _ in 0..2 {
            semaphore.access(1, Patience::None).expect("available");
        }
        let waiters = [2, 3].map(|me| {
            spawn(&semaphore, move |semaphore| {
                semaphore.access(me, Patience::Forever).expect("waited for");
            })
        });
        die(1);
        join(waiters);
        // What the waiters have not given back.
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn giver_that_dies_before_it_wakes_leaves_nobody_asleep() {
    model(2, || {
        let semaphore = with_permits::<2>(1);
        let place = semaphore.access(1, Patience::None).expect("available");
        let waiters = [2, 3].map(|me| spawn(&semaphore, move |semaphore| acquire(semaphore, me)));
        die_before_waking();
        semaphore.give_back(place);
        semaphore.add(1).expect("not too many");
        die(1);
        join(waiters);
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn who_was_woken_and_dies_leaves_the_permit_to_the_others() {
    model(2, || {
        let semaphore = with_permits::<2>(1);
        let place = semaphore.access(1, Patience::None).expect("available");
        let victim = spawn(&semaphore, |semaphore| {
            semaphore.access(2, Patience::Forever).expect("waited for");
            die(2);
        });
        let waiter = spawn(&semaphore, |semaphore| {
            let place = semaphore.access(3, Patience::Forever).expect("waited for");
            semaphore.give_back(place);
        });
        semaphore.give_back(place);
        join([victim, waiter]);
        assert_eq!(semaphore.available(), 1);
    });
}
