use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{LockTimeoutError, PoisonCause, TryLockError};
use super::{Patience, SLOTS, ShmRwLock, ShmRwLockReadGuard, ShmRwLockWriteGuard};
use crate::layout::Kind;
use crate::process::Token;
use crate::{PlacementDefault, ShmSafe};

static IN_A_STATIC: ShmRwLock<u64> = ShmRwLock::new(5);

#[test]
fn lock_in_a_static_guards_its_value() {
    *IN_A_STATIC.write().expect("not poisoned") += 1;
    assert_eq!(*IN_A_STATIC.read().expect("not poisoned"), 6);
}

#[test]
fn threads_read_together_and_write_alone() {
    let pair = ShmRwLock::new([0_u64; 2]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let mut pair = pair.write().expect("not poisoned");
                    pair[0] += 1;
                    assert_eq!(pair[0], pair[1] + 1);
                    pair[1] += 1;
                }
            });
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let pair = pair.read().expect("not poisoned");
                    assert_eq!(pair[0], pair[1]);
                }
            });
        }
    });
    assert_eq!(pair.into_inner().expect("not poisoned"), [20_000; 2]);
}

/// As many processes as there are slots, by turns: a writer sees the one that reads, however many have read before.
#[test]
fn writer_sees_a_reader_in_any_slot() {
    for first in [1, 20] {
        let lock = ShmRwLock::new(());
        for number in 0..SLOTS as u64 {
            let process = first + number;
            let patience = Patience::None;
            let reading = lock.raw.read_slow(process, patience).expect("no writer");
            assert_eq!(reading.slot as u64, process % SLOTS as u64);
            assert!(!lock.raw.write_fast(99), "process {process} reads");
            lock.raw.read_unlock(process, reading.slot);
            assert!(lock.raw.write_fast(99), "nobody reads");
            lock.raw.write_unlock(99);
        }
        for process in 1..=SLOTS as u64 {
            let slot = lock.raw.read_fast(process).expect("it was used");
            assert!(!lock.raw.write_fast(99), "process {process} reads");
            lock.raw.read_unlock(process, slot);
        }
    }
}

#[test]
fn readers_share_and_keep_writers_out() {
    let lock = ShmRwLock::new(1_u32);
    let first = lock.read().expect("not poisoned");
    let second = lock.read().expect("not poisoned");
    let third = lock.try_read().expect("no writer");
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    let start = Instant::now();
    let late = lock.write_timeout(Duration::from_millis(20));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    assert!(start.elapsed() >= Duration::from_millis(20));
    // The writer that gave up keeps nobody out.
    assert_eq!(*lock.read_timeout(Duration::ZERO).expect("no writer"), 1);
    drop((second, first));
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)), "one is left");
    drop(third);
    *lock.try_write().expect("free") = 2;
    assert!(!lock.is_poisoned());
    assert_eq!(format!("{lock:?}"), "ShmRwLock { value: 2, .. }");
}

#[test]
fn writer_keeps_readers_and_writers_out() {
    let lock = ShmRwLock::new(1_u32);
    let writer = lock.write().expect("not poisoned");
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    assert!(matches!(lock.read_timeout(Duration::from_millis(5)), Err(LockTimeoutError::TimedOut)));
    assert!(matches!(lock.write_timeout(Duration::from_millis(5)), Err(LockTimeoutError::TimedOut)));
    assert_eq!(format!("{lock:?}"), "ShmRwLock { value: <the lock is held by a process that lives>, .. }");
    drop(writer);
    assert_eq!(*lock.write_timeout(Duration::ZERO).expect("free"), 1);
}

#[test]
fn writer_that_waits_keeps_new_readers_out() {
    let lock = ShmRwLock::new(0_u32);
    let reader = lock.read().expect("not poisoned");
    thread::scope(|scope| {
        let writer = scope.spawn(|| *lock.write().expect("not poisoned") += 1);
        let deadline = Instant::now() + Duration::from_mins(1);
        while lock.try_read().is_ok() {
            assert!(Instant::now() < deadline, "readers get in without end");
            thread::yield_now();
        }
        // It would wait for the writer, which waits for this thread.
        if cfg!(debug_assertions) {
            assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.read()))).is_err());
        }
        assert_eq!(*reader, 0);
        drop(reader);
        writer.join().expect("no panic");
    });
    assert_eq!(*lock.read().expect("not poisoned"), 1);
}

#[test]
fn only_the_panic_of_a_writer_poisons() {
    let lock = ShmRwLock::new([0_u32; 2]);
    let reader = catch_unwind(AssertUnwindSafe(|| {
        let _reader = lock.read().expect("not poisoned");
        panic!("on purpose");
    }));
    assert!(reader.is_err() && !lock.is_poisoned());
    assert!(lock.try_write().is_ok(), "the reader has left");
    let writer = catch_unwind(AssertUnwindSafe(|| {
        lock.write().expect("not poisoned")[0] = 1;
        let _writer = lock.write().expect("not poisoned");
        panic!("on purpose");
    }));
    assert!(writer.is_err() && lock.is_poisoned());

    let poisoned = lock.read().expect_err("poisoned");
    assert_eq!((poisoned.cause(), poisoned.is_torn()), (PoisonCause::Panicked, false));
    assert_eq!(*poisoned.into_inner(), [1, 0]);
    assert!(matches!(lock.try_read(), Err(TryLockError::Poisoned(_))));
    assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
    lock.write().expect_err("poisoned").into_inner()[1] = 1;
    assert!(lock.is_poisoned());
    lock.clear_poison();
    assert_eq!(*lock.read().expect("cleared"), [1, 1]);
    assert_eq!(*lock.write().expect("cleared"), [1, 1]);
}

#[test]
fn poison_shows_to_who_has_the_lock_alone() {
    let mut lock = ShmRwLock::new(3_u32);
    let writer = catch_unwind(AssertUnwindSafe(|| {
        let _writer = lock.write().expect("not poisoned");
        panic!("on purpose");
    }));
    assert!(writer.is_err());
    **lock.get_mut().expect_err("poisoned").get_mut() = 4;
    assert_eq!(lock.into_inner().expect_err("poisoned").into_inner(), 4);
}

#[test]
fn downgraded_writer_keeps_its_value_and_lets_readers_in() {
    let lock = ShmRwLock::new(0_u32);
    let mut writer = lock.write().expect("not poisoned");
    *writer = 1;
    let first = ShmRwLockWriteGuard::downgrade(writer);
    let second = lock.try_read().expect("no writer");
    assert_eq!((*first, *second), (1, 1));
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(second);
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(first);
    assert!(lock.try_write().is_ok());
}

/// The lock would count a writer among its readers if a downgraded guard were still the writer's.
#[test]
fn downgraded_guards_of_threads_never_meet_a_writer() {
    let lock = ShmRwLock::new(0_u64);
    let is_written = AtomicBool::new(false);
    let rounds = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while rounds.fetch_add(1, Relaxed) < 3000 {
                    let mut writer = lock.write().expect("not poisoned");
                    is_written.store(true, Relaxed);
                    *writer += 1;
                    is_written.store(false, Relaxed);
                    let reader = ShmRwLockWriteGuard::downgrade(writer);
                    let value = *reader;
                    thread::yield_now();
                    assert!(!is_written.load(Relaxed) && *reader == value);
                }
            });
        }
    });
    assert_eq!(lock.into_inner().expect("not poisoned"), 3000);
}

#[test]
#[cfg(debug_assertions)]
fn locking_for_writing_what_this_thread_holds_panics() {
    let lock = ShmRwLock::new(0_u32);
    let reader = lock.read().expect("not poisoned");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.write()))).is_err());
    drop(reader);
    let writer = lock.write().expect("not poisoned");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.write()))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.read()))).is_err());
    drop(writer);
    assert_eq!(*lock.read().expect("it was not a guard that panicked"), 0);
}

/// Of a type that is `Send` or `Sync`, it is not to be told which of the functions is meant, and this does not compile.
#[test]
fn guards_stay_on_their_thread() {
    trait NotSend<Way> {
        fn stays() {}
    }
    impl<T> NotSend<()> for T {}
    impl<T: Send> NotSend<u8> for T {}
    impl<T: Sync> NotSend<u16> for T {}
    <ShmRwLockReadGuard<'_, u32> as NotSend<_>>::stays();
    <ShmRwLockWriteGuard<'_, u32> as NotSend<_>>::stays();
}

#[derive(ShmSafe, Debug, PartialEq, Clone, Copy)]
#[repr(u8)]
enum Step {
    First = 1,
    Second = 2,
}

/// Locks it for writing as a process that has died, and leaves this byte behind.
fn leave_behind(lock: &ShmRwLock<Step>, byte: u8) {
    let dead = Token::from_bits(Token::current().expect("drawn").to_bits() ^ 1).expect("a token");
    assert!(lock.raw.write_fast(dead.to_bits()));
    // SAFETY: `write` requires an aligned place of one byte that nobody else uses: that of the enum, and this test has it
    // alone.
    unsafe { lock.value.get().cast::<u8>().write(byte) };
}

/// The writer has died with the lock around it too, so nobody has taken this one from it.
#[test]
fn value_that_nobody_has_locked_since_its_writer_died_is_looked_at_without_a_lock_too() {
    let mut lock = ShmRwLock::new(Step::First);
    leave_behind(&lock, 2);
    let poisoned = lock.get_mut().expect_err("its writer is dead");
    assert_eq!(**poisoned.get_ref(), Step::Second);
    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: std::process::id() });
    drop(poisoned);
    assert_eq!(lock.into_inner().expect_err("still poisoned").into_inner(), Step::Second);

    let mut lock = ShmRwLock::new(Step::First);
    leave_behind(&lock, 7);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.get_mut()))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lock.into_inner()))).is_err());
}

#[test]
fn value_of_a_lock_whose_guards_were_forgotten_is_in_order() {
    let mut lock = ShmRwLock::new(Step::First);
    mem::forget(lock.read().expect("not poisoned"));
    assert_eq!(lock.get_mut().expect("nobody has died"), &Step::First);
    let mut lock = ShmRwLock::new(Step::First);
    mem::forget(lock.write().expect("not poisoned"));
    assert_eq!(lock.get_mut().expect("nobody has died"), &Step::First);
}

/// Also to readers, of which one after the other is told.
#[test]
fn lock_inside_a_value_that_was_left_behind_is_torn_with_it() {
    let outer = ShmRwLock::new(ShmRwLock::new(Step::First));
    let dead = Token::from_bits(Token::current().expect("drawn").to_bits() ^ 1).expect("a token");
    assert!(outer.raw.write_fast(dead.to_bits()));
    // SAFETY: a place expression requires that the value is there; nobody else uses it.
    let inner = unsafe { &mut *outer.value.get() };
    // SAFETY: as in `leave_behind`. The word of the inner lock says nothing of it.
    unsafe { inner.value.get().cast::<u8>().write(7) };
    for _ in 0..2 {
        assert!(outer.read().expect_err("its writer is dead").is_torn());
    }
    let repaired = outer.write().expect_err("torn").overwrite(ShmRwLock::new(Step::Second));
    assert_eq!(*repaired.read().expect("new"), Step::Second);
}

#[test]
fn forgotten_guard_holds_the_lock() {
    let lock = ShmRwLock::new(1_u32);
    mem::forget(lock.read().expect("not poisoned"));
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    assert_eq!(*lock.try_read().expect("no writer"), 1);
}

#[test]
fn lock_that_is_moved_while_it_is_held_stays_held() {
    let mut first = ShmRwLock::new(1_u32);
    mem::forget(first.write().expect("not poisoned"));
    let mut second = ShmRwLock::new(2_u32);
    mem::swap(&mut first, &mut second);
    assert!(matches!(second.try_read(), Err(TryLockError::WouldBlock)));
    assert_eq!(*first.write().expect("free"), 2);
    assert_eq!(*second.get_mut().expect("nobody else has it"), 1);
}

/// A slot counts 65535 guards.
#[test]
fn process_with_more_guards_than_a_slot_counts_has_several_slots() {
    let lock = ShmRwLock::new(1_u32);
    let mut readers: Vec<_> = (0..140_000).map(|_| lock.read().expect("not poisoned")).collect();
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    // Also where the one that comes last goes first.
    readers.rotate_left(70_000);
    while let Some(reader) = readers.pop() {
        drop(reader);
        if readers.len() == 1 {
            assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
        }
    }
    assert!(lock.try_write().is_ok());
}

#[test]
fn default_is_all_zeroes_if_that_of_the_value_is() {
    const { assert!(<ShmRwLock<[u64; 3]> as PlacementDefault>::DEFAULT_IS_ZERO) };
    assert_eq!(size_of::<ShmRwLock<u8>>(), 288);
    let Kind::Opaque { fields, .. } = ShmRwLock::<u8>::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 8, 16, 20, 24, 280]);
    assert_eq!(*ShmRwLock::<u8>::default().read().expect("not poisoned"), 0);
    assert_eq!(ShmRwLock::from(2_u8).into_inner().expect("not poisoned"), 2);
}
