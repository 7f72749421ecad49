//! Guards and locked mutexes that a fork duplicates. Where the safe fork refuses, the raw one is used: what must not happen
//! then is known, and is asked for here.
#![allow(unsafe_code, reason = "forks with guards that live, as `fork_child` would not")]

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rustix::process::Pid;
use shm_tests::trace;
use shmcore::process::{ForkError, Token, fork_child};
use shmcore::sync::{PoisonCause, TryLockError};
use shmcore::{ShmMutex, create_shared};

use crate::holders::{holder, kill, must_succeed};

static IN_A_STATIC: ShmMutex<[u32; 2]> = ShmMutex::new([3, 4]);

/// Forks, guards and all, and waits for the child, which runs `f` and must not fail.
#[track_caller]
fn fork_anyway(f: impl FnOnce()) {
    // SAFETY: `fork` requires of a child that does more than async-signal-safe calls that this is the only thread: it is, in
    // each of these scenarios.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", io::Error::last_os_error()),
        0 => {
            let is_well = catch_unwind(AssertUnwindSafe(f)).is_ok();
            // SAFETY: `_exit` requires nothing (_exit(2)).
            unsafe { libc::_exit(i32::from(!is_well)) }
        }
        child => {
            let status = trace::wait(Pid::from_raw(child).expect("a pid")).expect("waited for");
            assert_eq!(status.exit_status(), Some(0), "the child failed: {status:?}");
        }
    }
}

pub(crate) fn inherited_guard_dropped_in_the_child_leaves_the_lock_to_the_parent() {
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    let mut guard = mutex.lock().expect("free");
    *guard = 1;
    let mut inherited = Some(guard);
    fork_anyway(|| {
        drop(inherited.take());
        assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)), "the parent has it");
        assert!(!mutex.is_poisoned());
    });
    let mut guard = inherited.expect("the child has taken its own");
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    *guard += 1;
    drop(guard);
    assert_eq!(*mutex.lock().expect("given back once, by its holder"), 2);
}

/// Neither does the panic poison what is not the child's.
pub(crate) fn inherited_guard_is_not_to_be_used_in_debug_builds() {
    if !cfg!(debug_assertions) {
        println!("SKIPPED: a build without debug assertions does not look");
        return;
    }
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    let mut inherited = Some(mutex.lock().expect("free"));
    fork_anyway(|| {
        std::panic::set_hook(Box::new(|_| ()));
        let mut guard = inherited.take().expect("inherited");
        assert!(catch_unwind(AssertUnwindSafe(|| *guard)).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| *guard = 9)).is_err());
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _guard = guard;
            panic!("with the guard");
        }));
        assert!(unwound.is_err() && !mutex.is_poisoned());
    });
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    drop(inherited);
    assert_eq!(*mutex.lock().expect("not poisoned"), 0);
}

pub(crate) fn fork_is_refused_while_a_guard_lives() {
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    let refused = |count| {
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::ExclusiveBorrow { count: found } if found == count), "{error}");
    };
    let guard = mutex.lock().expect("free");
    refused(1);
    let other = IN_A_STATIC.lock().expect("free");
    refused(2);
    drop(guard);
    refused(1);
    drop(other);
    must_succeed(&fork_child(|| ()).expect("no guard lives"));

    let child = holder(&mutex);
    kill(&child);
    let poisoned = mutex.lock().expect_err("poisoned");
    refused(1);
    drop(poisoned);
    must_succeed(&fork_child(|| drop(mutex.lock().expect_err("poisoned"))).expect("no guard lives"));
}

pub(crate) fn fork_is_refused_after_a_guard_was_forgotten_on_a_thread_that_has_ended() {
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    thread::scope(|scope| {
        scope.spawn(|| mem::forget(mutex.lock().expect("free")));
    });
    let error = fork_child(|| ()).expect_err("refused");
    assert!(matches!(error, ForkError::ExclusiveBorrow { count: 1 }), "{error}");
}

pub(crate) fn mapping_is_inherited_with_the_state_of_its_locks() {
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    let address = std::ptr::from_ref(&*mutex).addr();
    *mutex.lock().expect("free") = 5;
    let child = fork_child(|| {
        assert_eq!(std::ptr::from_ref(&*mutex).addr(), address);
        let mut value = mutex.lock().expect("free");
        assert_eq!(*value, 5);
        *value = 6;
    });
    must_succeed(&child.expect("forked"));
    assert_eq!(*mutex.lock().expect("free"), 6);
}

/// No region has told the process of forks yet.
pub(crate) fn child_of_a_process_without_regions_has_a_token_of_its_own() {
    let mine = Token::current().expect("drawn");
    let child = fork_child(|| assert_ne!(Token::current().expect("drawn"), mine));
    must_succeed(&child.expect("forked"));
}

/// A copy in private memory: its holder is another process, which is dead to it. That of the parent is another lock.
pub(crate) fn private_mutex_that_was_locked_at_a_fork_is_poisoned_in_the_child_only() {
    let on_the_stack = ShmMutex::new(8_u32);
    mem::forget(IN_A_STATIC.lock().expect("free"));
    mem::forget(on_the_stack.lock().expect("free"));
    let parent = PoisonCause::OwnerDied { pid: std::process::id() };
    fork_anyway(|| {
        let poisoned = IN_A_STATIC.lock().expect_err("its holder is not here");
        assert_eq!((poisoned.cause(), poisoned.is_torn()), (parent, false));
        poisoned.into_inner()[0] = 9;
        IN_A_STATIC.clear_poison();
        assert_eq!(*IN_A_STATIC.lock().expect("cleared"), [9, 4]);
        let poisoned = on_the_stack.try_lock();
        assert!(matches!(poisoned, Err(TryLockError::Poisoned(error)) if error.cause() == parent));
    });
    assert!(matches!(IN_A_STATIC.try_lock(), Err(TryLockError::WouldBlock)));
    assert!(matches!(on_the_stack.try_lock(), Err(TryLockError::WouldBlock)));
    assert!(!IN_A_STATIC.is_poisoned() && !on_the_stack.is_poisoned());
}
