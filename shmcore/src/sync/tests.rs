//! What holds of all guards.

use super::{ShmMutex, ShmMutexGuard, ShmSemaphoreGuard, ShmSeqLockWriter};

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
