use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::{LockTimeoutError, PoisonCause, TryLockError};
use super::{Patience, ShmMutex};
use crate::layout::Kind;
use crate::process::Token;
use crate::{PlacementDefault, ShmSafe};

#[derive(ShmSafe, Debug, PartialEq)]
#[repr(C)]
struct Pair {
    left: u32,
    right: u32,
}

static IN_A_STATIC: ShmMutex<u64> = ShmMutex::new(5);

#[test]
fn mutex_in_a_static_guards_its_value() {
    *IN_A_STATIC.lock().expect("not poisoned") += 1;
    assert_eq!(*IN_A_STATIC.lock().expect("not poisoned"), 6);
}

#[test]
fn threads_exclude_each_other() {
    let counter = ShmMutex::new([0_u64; 2]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let mut counter = counter.lock().expect("not poisoned");
                    counter[0] += 1;
                    assert_eq!(counter[0], counter[1] + 1);
                    counter[1] += 1;
                }
            });
        }
    });
    assert_eq!(counter.into_inner().expect("not poisoned"), [40_000; 2]);
}

#[test]
fn held_lock_is_not_taken_by_those_who_do_not_wait_for_ever() {
    let mutex = ShmMutex::new(1_u32);
    let guard = mutex.lock().expect("not poisoned");
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    let start = Instant::now();
    let late = mutex.lock_timeout(Duration::from_millis(20));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(format!("{mutex:?}"), "ShmMutex { value: <the lock is held by a process that lives>, .. }");
    drop(guard);
    assert_eq!(*mutex.lock_timeout(Duration::ZERO).expect("free"), 1);
    assert_eq!(format!("{mutex:?}"), "ShmMutex { value: 1, .. }");
}

#[test]
fn panic_of_a_holder_poisons_until_it_is_cleared() {
    let mutex = ShmMutex::new(Pair { left: 0, right: 0 });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut pair = mutex.lock().expect("not poisoned");
        pair.left = 1;
        panic!("on purpose");
    }));
    assert!(panicked.is_err() && mutex.is_poisoned());
    let poisoned = mutex.lock().expect_err("poisoned");
    assert_eq!((poisoned.cause(), poisoned.is_torn()), (PoisonCause::Panicked, false));
    assert_eq!(poisoned.to_string(), "the lock is poisoned: a thread panicked while it held the lock");
    let mut guard = poisoned.into_inner();
    guard.right = 1;
    drop(guard);
    assert!(mutex.is_poisoned());
    assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
    mutex.clear_poison();
    assert!(!mutex.is_poisoned());
    assert_eq!(*mutex.lock().expect("cleared"), Pair { left: 1, right: 1 });
}

#[test]
fn guard_that_is_dropped_while_a_panic_from_before_unwinds_does_not_poison() {
    struct LocksWhenDropped(Arc<ShmMutex<u32>>);
    impl Drop for LocksWhenDropped {
        fn drop(&mut self) {
            *self.0.lock().expect("not poisoned") += 1;
        }
    }
    let mutex = Arc::new(ShmMutex::new(0));
    let locks = LocksWhenDropped(Arc::clone(&mutex));
    let thread = thread::spawn(move || {
        let _locks = locks;
        panic!("on purpose");
    });
    assert!(thread.join().is_err());
    assert_eq!(*mutex.lock().expect("not poisoned"), 1);
}

#[test]
#[cfg(debug_assertions)]
fn locking_twice_on_one_thread_panics() {
    let mutex = ShmMutex::new(0_u32);
    let guard = mutex.lock().expect("not poisoned");
    let twice = catch_unwind(AssertUnwindSafe(|| drop(mutex.lock())));
    drop(guard);
    assert!(twice.is_err());
    assert_eq!(*mutex.lock().expect("it was not the guard that panicked"), 0);
}

#[test]
fn mutex_that_is_moved_while_locked_stays_locked() {
    let mut first = ShmMutex::new(1_u32);
    mem::forget(first.lock().expect("not poisoned"));
    let mut second = ShmMutex::new(2_u32);
    mem::swap(&mut first, &mut second);
    assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
    assert_eq!(*first.lock().expect("free"), 2);
    assert_eq!(*second.get_mut().expect("nobody else has it"), 1);
}

#[derive(ShmSafe, Debug, PartialEq, Clone, Copy)]
#[repr(u8)]
enum Step {
    First = 1,
    Second = 2,
}

/// Locks it as a process that has died, and leaves this byte behind.
fn leave_behind(mutex: &ShmMutex<Step>, byte: u8) {
    let dead = Token::from_bits(Token::current().expect("drawn").to_bits() ^ 1).expect("a token");
    assert!(mutex.raw.lock_fast(dead.to_bits()));
    // SAFETY: `write` requires an aligned place of one byte that nobody else uses: that of the enum, and this test has it
    // alone.
    unsafe { mutex.value.get().cast::<u8>().write(byte) };
}

/// The holder has died with the lock around it too, so nobody has taken this one from it.
#[test]
fn value_that_nobody_has_locked_since_its_holder_died_is_looked_at_without_a_lock_too() {
    let mut mutex = ShmMutex::new(Step::First);
    leave_behind(&mutex, 2);
    let poisoned = mutex.get_mut().expect_err("its holder is dead");
    assert_eq!(**poisoned.get_ref(), Step::Second);
    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: std::process::id() });
    drop(poisoned);
    assert_eq!(mutex.into_inner().expect_err("still poisoned").into_inner(), Step::Second);

    let mut mutex = ShmMutex::new(Step::First);
    leave_behind(&mutex, 7);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(mutex.get_mut()))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(mutex.into_inner()))).is_err());
}

/// Whole mutexes may be written under the lock of one around them, so the word of an inner one says nothing of its value
/// when the process dies that does it.
#[test]
fn mutex_inside_a_value_that_was_left_behind_is_torn_with_it() {
    let outer = ShmMutex::new(ShmMutex::new(Step::First));
    let dead = Token::from_bits(Token::current().expect("drawn").to_bits() ^ 1).expect("a token");
    assert!(outer.raw.lock_fast(dead.to_bits()));
    // SAFETY: this test has the outer mutex alone, and makes the reference once.
    let inner = unsafe { &*outer.value.get() };
    leave_behind(inner, 7);
    inner.raw.unlock(dead.to_bits());
    let torn = outer.lock().expect_err("its holder is dead");
    assert!(torn.is_torn(), "{torn}");
    drop(torn.overwrite(ShmMutex::new(Step::Second)));
    let outer = outer.lock().expect_err("poisoned, and a value again").into_inner();
    assert_eq!(*outer.lock().expect("a new one"), Step::Second);
}

/// It had the lock, the poison and the suspicion, and nothing else yet.
#[test]
fn torn_value_is_told_of_also_if_the_next_holder_has_died_before_it_looked() {
    let mutex = ShmMutex::new(Step::First);
    leave_behind(&mutex, 7);
    let next = Token::from_bits(Token::current().expect("drawn").to_bits() ^ 2).expect("a token");
    assert!(mutex.raw.lock_slow(next.to_bits(), Patience::None).is_ok());
    mutex.clear_poison();
    let torn = mutex.lock().expect_err("both are dead");
    assert!(torn.is_torn() && mutex.is_poisoned());
    assert_eq!(mutex.raw.cause(), next.to_bits());
}

#[test]
fn panic_of_the_next_holder_does_not_hide_that_one_has_died() {
    let mutex = ShmMutex::new(Step::First);
    leave_behind(&mutex, 2);
    let died = PoisonCause::OwnerDied { pid: std::process::id() };
    // The guard is in the error, and is dropped while the panic unwinds.
    assert!(catch_unwind(AssertUnwindSafe(|| drop(mutex.lock().unwrap()))).is_err());
    assert_eq!(mutex.lock().expect_err("poisoned").cause(), died);
    mutex.clear_poison();
    let guard = mutex.lock().expect("cleared");
    assert!(
        catch_unwind(AssertUnwindSafe(|| {
            let _guard = guard;
            panic!("on purpose")
        }))
        .is_err()
    );
    assert_eq!(mutex.lock().expect_err("poisoned").cause(), PoisonCause::Panicked);
}

#[test]
fn nested_mutexes_are_two_locks() {
    let outer = ShmMutex::new(ShmMutex::new(3_u32));
    let guard = outer.lock().expect("not poisoned");
    *guard.lock().expect("not poisoned") = 4;
    assert_eq!(*guard.lock().expect("not poisoned"), 4);
}

#[test]
fn default_is_all_zeroes_if_that_of_the_value_is() {
    const { assert!(<ShmMutex<[u64; 3]> as PlacementDefault>::DEFAULT_IS_ZERO) };
    assert_eq!(size_of::<ShmMutex<u8>>(), 24);
    let Kind::Opaque { fields, .. } = ShmMutex::<u8>::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 8, 16]);
}
