use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::super::raw::condvar::RawCondvar;
use super::super::{PoisonCause, ShmMutex};
use super::ShmCondvar;
use crate::layout::Kind;
use crate::{PlacementDefault, ShmSafe};

fn starting_at(word: u64) -> ShmCondvar {
    ShmCondvar { raw: RawCondvar::from_word(AtomicU64::new(word)) }
}

/// Two threads that wait for each other's turn so many times.
fn take_turns(condvar: &ShmCondvar, times: u64, notify: fn(&ShmCondvar)) {
    let turn = ShmMutex::new(0_u64);
    thread::scope(|scope| {
        for parity in 0..2 {
            let turn = &turn;
            scope.spawn(move || {
                for _ in 0..times {
                    let guard = turn.lock().expect("not poisoned");
                    let mut guard =
                        condvar.wait_while(guard, |turn| *turn % 2 != parity).expect("not poisoned");
                    *guard += 1;
                    drop(guard);
                    notify(condvar);
                }
            });
        }
    });
    assert_eq!(turn.into_inner().expect("not poisoned"), 2 * times);
}

#[test]
fn threads_take_turns() {
    static IN_A_STATIC: ShmCondvar = ShmCondvar::new();
    take_turns(&IN_A_STATIC, 2000, ShmCondvar::notify_one);
    take_turns(&IN_A_STATIC, 2000, ShmCondvar::notify_all);
}

#[test]
fn sequence_goes_on_after_the_greatest_number_of_32_and_of_64_bits() {
    for start in [u64::from(u32::MAX) - 7, u64::MAX - 7, u64::MAX, u64::MAX - 1] {
        take_turns(&starting_at(start), 20, ShmCondvar::notify_one);
        take_turns(&starting_at(start), 20, ShmCondvar::notify_all);
    }
}

#[test]
fn all_are_woken_at_once() {
    const WAITERS: u32 = 8;
    let (state, condvar) = (ShmMutex::new([0_u32; 2]), ShmCondvar::new());
    thread::scope(|scope| {
        for _ in 0..WAITERS {
            scope.spawn(|| {
                let mut guard = state.lock().expect("not poisoned");
                guard[0] += 1;
                drop(condvar.wait_while(guard, |state| state[1] == 0).expect("not poisoned"));
            });
        }
        loop {
            let mut guard = state.lock().expect("not poisoned");
            // Under the mutex, whoever has counted waits.
            if guard[0] == WAITERS {
                guard[1] = 1;
                break;
            }
            drop(guard);
            thread::yield_now();
        }
        condvar.notify_all();
    });
}

#[test]
fn wait_ends_when_its_time_is_over() {
    const TIME: Duration = Duration::from_millis(20);
    let (mutex, condvar) = (ShmMutex::new(false), ShmCondvar::new());
    let start = Instant::now();
    let (guard, result) = condvar.wait_timeout(mutex.lock().expect("free"), TIME).expect("not poisoned");
    assert!(result.timed_out() && start.elapsed() >= TIME);
    let (guard, result) = condvar.wait_timeout_while(guard, TIME, |done| !*done).expect("not poisoned");
    assert!(result.timed_out() && start.elapsed() >= 2 * TIME);
    let mut looked = 0;
    let only_once_more = |_: &mut bool| {
        looked += 1;
        looked == 1
    };
    let (guard, result) =
        condvar.wait_timeout_while(guard, Duration::ZERO, only_once_more).expect("not poisoned");
    assert!(!result.timed_out() && looked == 2, "the condition is looked at after the time is over");
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn notification_in_time_is_no_timeout() {
    let (mutex, condvar) = (ShmMutex::new(false), ShmCondvar::new());
    thread::scope(|scope| {
        let guard = mutex.lock().expect("free");
        scope.spawn(|| {
            *mutex.lock().expect("not poisoned") = true;
            condvar.notify_one();
        });
        let waited = condvar.wait_timeout(guard, Duration::from_mins(1));
        let (guard, result) = waited.expect("not poisoned");
        assert!(*guard && !result.timed_out());
    });
}

#[test]
fn notifiers_find_the_flag_of_waiters_and_take_it_away() {
    let (mutex, condvar) = (ShmMutex::new(()), ShmCondvar::new());
    let seen = |condvar: &ShmCondvar| condvar.raw.word();
    condvar.notify_one();
    condvar.notify_all();
    assert_eq!(seen(&condvar), 0, "nobody waits");
    for notify in [ShmCondvar::notify_one, ShmCondvar::notify_all] {
        drop(condvar.wait_timeout(mutex.lock().expect("free"), Duration::ZERO).expect("not poisoned"));
        let before = seen(&condvar);
        assert_eq!(before & 1, 1, "a waiter that has gone leaves the flag");
        notify(&condvar);
        let after = seen(&condvar);
        assert!(after & 1 == 0 && after != before & !1);
        notify(&condvar);
        assert_eq!(seen(&condvar), after);
    }
}

#[test]
fn poison_is_handed_to_who_waits() {
    let (mutex, condvar) = (ShmMutex::new(0_u32), ShmCondvar::new());
    thread::scope(|scope| {
        let guard = mutex.lock().expect("free");
        let thread = scope.spawn(|| {
            let _guard = mutex.lock().expect("not poisoned");
            condvar.notify_one();
            panic!("on purpose");
        });
        let poisoned = condvar.wait_while(guard, |_| true).expect_err("poisoned");
        assert_eq!(poisoned.cause(), PoisonCause::Panicked);
        let waited = condvar.wait_timeout(poisoned.into_inner(), Duration::ZERO);
        let (guard, result) = waited.expect_err("poisoned still").overwrite(7);
        assert!(*guard == 7 && result.timed_out());
        assert!(thread.join().is_err());
    });
}

#[test]
fn condition_that_panics_poisons() {
    let (mutex, condvar) = (ShmMutex::new(0_u32), ShmCondvar::new());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _ = condvar.wait_while(mutex.lock().expect("free"), |_| panic!("on purpose"));
    }));
    assert!(panicked.is_err() && mutex.is_poisoned());
}

#[test]
fn one_condition_variable_serves_two_mutexes() {
    let condvar = ShmCondvar::new();
    let done = AtomicU64::new(0);
    let mutexes = [ShmMutex::new(false), ShmMutex::new(false)];
    thread::scope(|scope| {
        for mutex in &mutexes {
            let guard = mutex.lock().expect("free");
            let (condvar, done) = (&condvar, &done);
            scope.spawn(move || {
                let guard = mutex.lock().expect("not poisoned");
                drop(condvar.wait_while(guard, |go| !*go).expect("not poisoned"));
                done.fetch_add(1, Relaxed);
            });
            drop(guard);
        }
        for mutex in &mutexes {
            *mutex.lock().expect("not poisoned") = true;
            condvar.notify_all();
        }
    });
    assert_eq!(done.into_inner(), 2);
}

#[test]
fn default_is_all_zeroes_and_one_word() {
    const { assert!(ShmCondvar::DEFAULT_IS_ZERO && size_of::<ShmCondvar>() == 8) };
    let Kind::Opaque { fields, .. } = ShmCondvar::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.len(), 1);
}
