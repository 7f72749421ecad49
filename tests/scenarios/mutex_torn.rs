//! Mutexes whose holder dies between two stores of one value, so that the bytes it leaves behind are no value.
#![allow(unsafe_code, reason = "writes a part of a value, as an assignment that is interrupted would")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use shmcore::process::{Child, fork_child};
use shmcore::sync::{PoisonCause, TryLockError};
use shmcore::{Shared, ShmMutex, ShmSafe, create_shared_with};

#[derive(ShmSafe, Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
enum Order {
    None = 1,
    Limit { side: Side, price: u64 } = 2,
}

#[derive(ShmSafe, Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
#[expect(dead_code, reason = "one is enough to tear")]
enum Side {
    Buy = 1,
    Sell = 2,
}

const LIMIT: Order = Order::Limit { side: Side::Sell, price: 9 };

/// What the torn value is told as.
const SHOWN: &str = "Order::Limit.side: 0 is no variant of Side";

/// A mutex whose holder has died after it had written the tag of a variant, and before its fields.
fn torn() -> (Shared<ShmMutex<Order>>, Child) {
    let mutex = create_shared_with(ShmMutex::new(Order::None)).expect("created");
    // SAFETY: `write_bytes` requires a place that is valid for writes of a whole `Order`, and this process has it alone. The
    // tag is written again before anybody looks.
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one value")]
    unsafe {
        let mut guard = mutex.lock().expect("free");
        let order: *mut Order = &raw mut *guard;
        order.write_bytes(0, 1);
        order.cast::<u8>().write(1);
    }
    let child = fork_child(|| {
        let mut guard = mutex.lock().expect("free");
        let order: *mut Order = &raw mut *guard;
        // SAFETY: `write` requires an aligned place that is valid for writes: the tag is at offset 0 of what the guard leads to.
        unsafe { order.cast::<u8>().write(2) };
        std::process::abort();
    });
    let child = child.expect("forked");
    child.wait().expect("waited for");
    (mutex, child)
}

fn died(child: &Child) -> PoisonCause {
    PoisonCause::OwnerDied { pid: child.id() }
}

/// Whoever locks the mutex is told that the value is torn, by whom, and how; and that it is poisoned.
#[track_caller]
fn assert_torn(mutex: &ShmMutex<Order>, by: &Child) {
    let error = mutex.lock().expect_err("torn");
    assert!(error.is_torn() && error.cause() == died(by), "{error:?}");
    assert!(error.to_string().ends_with(SHOWN), "{error}");
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)), "the error has the lock");
}

pub(crate) fn torn_value_is_told_of_and_given_to_nobody() {
    let (mutex, child) = torn();
    std::panic::set_hook(Box::new(|_| ()));
    assert_torn(&mutex, &child);
    let panics = |f: &dyn Fn()| catch_unwind(AssertUnwindSafe(f)).is_err();
    assert!(panics(&|| drop(mutex.lock().expect_err("torn").into_inner())));
    assert!(panics(&|| _ = mutex.lock().expect_err("torn").get_ref()));
    assert!(panics(&|| _ = mutex.lock().expect_err("torn").get_mut()));
    assert!(panics(&|| drop(mutex.lock().expect("not poisoned"))));
    // None of these panics has hidden what it comes from.
    assert_torn(&mutex, &child);
    assert!(format!("{mutex:?}").ends_with("Side>, .. }"), "{mutex:?}");
}

pub(crate) fn torn_value_is_given_to_nobody_after_clear_poison_either() {
    let (mutex, child) = torn();
    mutex.clear_poison();
    assert_torn(&mutex, &child);
    mutex.clear_poison();
    assert!(!mutex.is_poisoned());
    assert_torn(&mutex, &child);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(error)) if error.is_torn()));
}

pub(crate) fn overwriting_repairs_a_torn_value() {
    let (mutex, child) = torn();
    let mut guard = mutex.lock().expect_err("torn").overwrite(LIMIT);
    assert_eq!(*guard, LIMIT);
    *guard = Order::None;
    drop(guard);
    let poisoned = mutex.lock().expect_err("still poisoned");
    assert!(!poisoned.is_torn() && poisoned.cause() == died(&child));
    assert_eq!(*poisoned.into_inner(), Order::None);
    mutex.clear_poison();
    assert_eq!(*mutex.lock().expect("in order"), Order::None);
}

pub(crate) fn who_dies_with_a_torn_value_in_hand_leaves_it_torn() {
    let (mutex, _) = torn();
    let recoverer = fork_child(|| std::mem::forget(mutex.lock().expect_err("torn"))).expect("forked");
    recoverer.wait().expect("waited for");
    assert_torn(&mutex, &recoverer);
    // Also who dies amidst of the repair.
    let recoverer = fork_child(|| {
        std::mem::forget(mutex.lock().expect_err("torn").overwrite(LIMIT));
    });
    let recoverer = recoverer.expect("forked");
    recoverer.wait().expect("waited for");
    let poisoned = mutex.lock().expect_err("poisoned");
    assert!(!poisoned.is_torn() && poisoned.cause() == died(&recoverer));
    assert_eq!(*poisoned.into_inner(), LIMIT);
}
