use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::super::TimeoutError;
use super::super::raw::mutex::RawMutex;
use super::super::raw::semaphore::RawSemaphore;
use super::{HOLDERS, ShmSemaphore};
use crate::layout::Kind;
use crate::{PlacementDefault, ShmSafe};

/// With the first `used` words in use.
fn with_used(used: u64, permits: u64) -> u64 {
    used << 57 | permits
}

fn from_words(state: u64, holders: [u64; HOLDERS]) -> ShmSemaphore {
    let lock = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
    ShmSemaphore { raw: RawSemaphore::from_words(lock, AtomicU64::new(state), holders.map(AtomicU64::new)) }
}

#[test]
fn guards_give_their_permits_back_and_what_is_acquired_is_gone() {
    static IN_A_STATIC: ShmSemaphore = ShmSemaphore::new(3);
    let semaphore = &IN_A_STATIC;
    let guard = semaphore.access();
    semaphore.acquire();
    assert_eq!(semaphore.available_permits(), 1);
    let last = semaphore.try_access().expect("one is left");
    assert!(!semaphore.try_acquire() && semaphore.try_access().is_none());
    assert_eq!(semaphore.available_permits(), 0);
    drop(guard);
    drop(last);
    assert_eq!(format!("{semaphore:?}"), "ShmSemaphore { available: 2, .. }");
    semaphore.add_permits(5);
    semaphore.release();
    assert_eq!(semaphore.available_permits(), 8);
    assert!((0..8).all(|_| semaphore.try_acquire()));
    assert!(!semaphore.try_acquire());
}

#[test]
fn never_are_there_more_guards_than_permits() {
    let semaphore = ShmSemaphore::new(2);
    let guards = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2000 {
                    let guard = semaphore.access();
                    assert!(guards.fetch_add(1, Relaxed) < 2);
                    guards.fetch_sub(1, Relaxed);
                    drop(guard);
                }
            });
        }
    });
    assert_eq!(semaphore.available_permits(), 2);
}

/// Threads that consume what others produce, so many each.
fn produce_and_consume(semaphore: &ShmSemaphore, times: u32) {
    let before = semaphore.available_permits();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..times).for_each(|_| semaphore.acquire()));
            scope.spawn(|| (0..times / 2).for_each(|_| semaphore.add_permits(2)));
        }
    });
    assert_eq!(semaphore.available_permits(), before);
}

#[test]
fn each_released_permit_is_acquired_once() {
    produce_and_consume(&ShmSemaphore::new(0), 4000);
}

#[test]
fn changes_go_on_after_the_greatest_number() {
    produce_and_consume(&from_words(0x01ff_fffd_0000_0000, [0; HOLDERS]), 100);
}

#[test]
fn too_many_permits_are_a_panic_and_none_is_made() {
    let semaphore = ShmSemaphore::new(u32::MAX - 1);
    let guard = semaphore.access();
    let panicked = catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(2)));
    assert!(panicked.is_err());
    semaphore.release();
    drop(guard);
    assert_eq!(semaphore.available_permits(), u32::MAX);
}

#[test]
fn permit_is_waited_for_as_long_as_told() {
    const TIME: Duration = Duration::from_millis(20);
    let semaphore = ShmSemaphore::new(1);
    let guard = semaphore.access();
    let start = Instant::now();
    assert_eq!(semaphore.acquire_timeout(TIME), Err(TimeoutError));
    assert!(semaphore.access_timeout(TIME).is_err());
    assert!(start.elapsed() >= 2 * TIME);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| semaphore.acquire_timeout(Duration::from_mins(1)));
        drop(guard);
        assert_eq!(waiter.join().expect("no panic"), Ok(()));
    });
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn what_the_dead_hold_is_available() {
    // Outside of all regions, every other process is dead.
    let dead = |count: u64| count << 47 | 5;
    let holders = [0, dead(3), dead(1)];
    let semaphore = || {
        let holders = std::array::from_fn(|index| holders.get(index).copied().unwrap_or(0));
        from_words(with_used(3, 5), holders)
    };
    assert_eq!(semaphore().available_permits(), 5);
    let semaphore = semaphore();
    let guards: Vec<_> = (0..5).map(|_| semaphore.try_access().expect("a permit")).collect();
    assert!(semaphore.try_access().is_none());
    drop(guards);
    assert_eq!(semaphore.available_permits(), 5);
}

#[test]
fn places_of_the_dead_are_used_again() {
    let semaphore = from_words(with_used(HOLDERS as u64, 100), [1 << 47 | 5; HOLDERS]);
    let guard = semaphore.try_access().expect("a place");
    assert_eq!(semaphore.available_permits(), 99);
    drop(guard);
}

#[test]
fn words_are_in_use_until_somebody_takes_and_finds_none_that_is_needed() {
    let semaphore = ShmSemaphore::new(3);
    assert!(semaphore.raw.acquire_fast(), "nobody has a guard");
    let guard = semaphore.access();
    assert!(!semaphore.raw.acquire_fast(), "the permit may be the one of the guard");
    drop(guard);
    assert!(!semaphore.raw.acquire_fast(), "the word may be somebody's still");
    assert!(semaphore.try_acquire());
    assert!(semaphore.raw.acquire_fast(), "the word was seen to be nobody's");
    assert!(!semaphore.raw.acquire_fast() && !semaphore.try_acquire(), "none is left");
}

#[test]
fn word_in_between_that_is_nobodys_is_used_again() {
    let dead = 1 << 47 | 5;
    let semaphore =
        from_words(with_used(2, 5), std::array::from_fn(|index| if index == 1 { dead } else { 0 }));
    let guard = semaphore.access();
    assert!(semaphore.try_acquire());
    assert_eq!(semaphore.available_permits(), 3);
    drop(guard);
    assert_eq!(semaphore.available_permits(), 4);
}

#[test]
fn more_words_in_use_than_there_are_mean_all() {
    let semaphore = from_words(with_used(63, 2), [0; HOLDERS]);
    let guard = semaphore.access();
    assert!(semaphore.try_acquire() && !semaphore.try_acquire());
    drop(guard);
    assert!(semaphore.try_acquire());
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn process_may_have_more_guards_than_one_word_counts() {
    const GUARDS: u32 = 70_000;
    let semaphore = ShmSemaphore::new(GUARDS);
    let guards: Vec<_> = (0..GUARDS).map(|_| semaphore.access()).collect();
    assert!(semaphore.try_access().is_none());
    drop(guards);
    assert_eq!(semaphore.available_permits(), GUARDS);
}

#[test]
fn forgotten_guard_keeps_its_permit() {
    let semaphore = ShmSemaphore::new(2);
    mem::forget(semaphore.access());
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn default_is_all_zeroes_and_has_no_permits() {
    const { assert!(ShmSemaphore::DEFAULT_IS_ZERO && size_of::<ShmSemaphore>() == 35 * 8) };
    assert!(!ShmSemaphore::default().try_acquire());
    let Kind::Opaque { fields, .. } = ShmSemaphore::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 16, 24]);
}
