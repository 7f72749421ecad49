use std::num::NonZero;
#[cfg(debug_assertions)]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::ShmOnceLock;
use crate::layout::Kind;
use crate::{PlacementDefault, ShmSafe};

#[test]
fn value_is_set_once() {
    let mut lock = ShmOnceLock::new();
    assert_eq!(lock.get(), None);
    assert_eq!(lock.get_mut(), None);
    assert_eq!(format!("{lock:?}"), "ShmOnceLock(<uninit>)");
    assert_eq!(lock.set(1_u32), Ok(()));
    assert_eq!(lock.set(2), Err(2));
    assert_eq!(lock.get_or_init(|| 3), &1);
    assert_eq!((lock.get(), lock.wait(), lock.wait_timeout(Duration::ZERO)), (Some(&1), &1, Some(&1)));
    *lock.get_mut().expect("it is there") = 4;
    assert_eq!(format!("{lock:?}"), "ShmOnceLock(4)");
    assert_eq!(lock.take(), Some(4));
    assert_eq!(lock.get(), None);
    assert_eq!(lock.take(), None);
    assert_eq!(lock.get_or_init(|| 5), &5);
    assert_eq!(lock.into_inner(), Some(5));
}

#[test]
fn value_of_many_threads_is_made_by_one() {
    let locks: [ShmOnceLock<[u64; 8]>; 200] = std::array::from_fn(|_| ShmOnceLock::new());
    let made = AtomicU32::new(0);
    thread::scope(|scope| {
        for me in 1..=4 {
            let (locks, made) = (&locks, &made);
            scope.spawn(move || {
                for lock in locks {
                    let value = lock.get_or_init(|| {
                        made.fetch_add(1, Relaxed);
                        thread::yield_now();
                        [me; 8]
                    });
                    assert!(value[0] != 0 && value.iter().all(|&word| word == value[0]));
                    assert_eq!(lock.wait(), value);
                }
            });
        }
    });
    assert_eq!(made.load(Relaxed), 200);
}

#[test]
fn panic_leaves_it_empty_and_wakes_the_next() {
    let lock = ShmOnceLock::new();
    let has_begun = AtomicU32::new(0);
    thread::scope(|scope| {
        let panicking = scope.spawn(|| {
            lock.get_or_init(|| {
                has_begun.store(1, Relaxed);
                let deadline = Instant::now() + Duration::from_mins(1);
                while has_begun.load(Relaxed) == 1 {
                    assert!(Instant::now() < deadline, "nobody else came");
                    thread::yield_now();
                }
                panic!("on purpose");
            });
        });
        while has_begun.load(Relaxed) == 0 {
            thread::yield_now();
        }
        let waiting = scope.spawn(|| *lock.wait());
        let next = scope.spawn(|| {
            has_begun.store(2, Relaxed);
            *lock.get_or_init(|| 7_u32)
        });
        assert_eq!((next.join().expect("no panic"), waiting.join().expect("no panic")), (7, 7));
        assert!(panicking.join().is_err());
    });
}

#[test]
fn nothing_is_seen_of_a_value_in_the_making() {
    let lock = ShmOnceLock::new();
    lock.get_or_init(|| {
        assert_eq!((lock.get(), lock.wait_timeout(Duration::from_millis(5))), (None, None));
        assert_eq!(format!("{lock:?}"), "ShmOnceLock(<uninit>)");
        3_u8
    });
    assert_eq!(lock.get(), Some(&3));
}

#[test]
#[cfg(debug_assertions)]
fn making_it_while_this_thread_makes_it_panics() {
    let lock = ShmOnceLock::new();
    let ways: [fn(&ShmOnceLock<u32>); 3] =
        [|lock| _ = lock.get_or_init(|| 1), |lock| _ = lock.set(1), |lock| _ = lock.wait()];
    for way in ways {
        let twice = catch_unwind(AssertUnwindSafe(|| {
            lock.get_or_init(|| {
                way(&lock);
                2
            });
        }));
        assert!(twice.is_err());
        assert_eq!(lock.get(), None);
    }
    assert_eq!(lock.get_or_init(|| 3), &3);
}

#[test]
fn lock_in_the_value_of_a_lock_is_another_one() {
    let outer = ShmOnceLock::new();
    let inner = outer.get_or_init(|| {
        let inner = ShmOnceLock::new();
        inner.get_or_init(|| 1_u8);
        inner
    });
    assert_eq!(inner.get(), Some(&1));
}

#[test]
fn default_is_all_zeroes_whatever_the_value_is() {
    const { assert!(<ShmOnceLock<NonZero<u64>> as PlacementDefault>::DEFAULT_IS_ZERO) };
    assert_eq!(size_of::<ShmOnceLock<u8>>(), 16);
    let Kind::Opaque { fields, .. } = ShmOnceLock::<u8>::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 8]);
    assert_eq!(ShmOnceLock::<u8>::default().get(), None);
    assert_eq!(ShmOnceLock::from(2_u8).get(), Some(&2));
}
