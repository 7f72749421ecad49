//! What holds of all guards, and of all locks.

use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{
    ShmBarrier, ShmCondvar, ShmMutex, ShmMutexGuard, ShmOnceLock, ShmRwLock, ShmSemaphore, ShmSemaphoreGuard,
    ShmSeqLock, ShmSeqLockWriter,
};
use crate::{ReadOnly, Shared, ShmHeap};

/// Does not compile if the type is `Send` or `Sync`: then it has the method by two ways.
macro_rules! assert_stays_on_its_thread {
    ($($type:ty)*) => {
        trait Otherwise<Way> {
            const HOLDS: () = ();
        }
        struct IfSend;
        struct IfSync;
        impl<T: ?Sized> Otherwise<()> for T {}
        impl<T: ?Sized + Send> Otherwise<IfSend> for T {}
        impl<T: ?Sized + Sync> Otherwise<IfSync> for T {}
        $(const _: () = <$type as Otherwise<_>>::HOLDS;)*
    };
}

assert_stays_on_its_thread! {
    ShmMutexGuard<'static, u64>
    ShmSemaphoreGuard<'static>
    ShmSeqLockWriter<'static, u64>
}

/// What the guards lead to may go to another thread, so it is they that are kept.
const fn assert_goes_anywhere<T: Send + Sync>() {}

const _: () = assert_goes_anywhere::<ShmMutex<u64>>();

/// As std's, and what leads to them.
const fn assert_may_be_seen_after_a_panic<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    /// What may be half changed: what a lock holds does not matter.
    type Seen = *const std::cell::Cell<u64>;
    assert_may_be_seen_after_a_panic::<ShmMutex<Seen>>();
    assert_may_be_seen_after_a_panic::<ShmRwLock<Seen>>();
    assert_may_be_seen_after_a_panic::<ShmOnceLock<u64>>();
    assert_may_be_seen_after_a_panic::<ShmSeqLock<u64>>();
    assert_may_be_seen_after_a_panic::<ShmCondvar>();
    assert_may_be_seen_after_a_panic::<ShmSemaphore>();
    assert_may_be_seen_after_a_panic::<ShmBarrier>();
    assert_may_be_seen_after_a_panic::<Shared<ShmMutex<u64>>>();
    assert_may_be_seen_after_a_panic::<ReadOnly<ShmSeqLock<u64>>>();
    assert_may_be_seen_after_a_panic::<ShmHeap<ShmMutex<u64>>>();
};
