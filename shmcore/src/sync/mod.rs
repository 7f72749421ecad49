//! Locks and signals between processes, which survive the death of any of them.
//!
//! Their words are the same in all processes and hold no address: a lock is usable in a region, in a `static`, on the
//! stack, nested in another one, and in arrays. Who holds a lock is a [`Token`](crate::process::Token); whether its
//! process lives is asked of the kernel, so a holder that was killed is noticed by the next locker at its first try and by one that
//! sleeps within some milliseconds, and a holder that is merely stopped keeps its lock.
//!
//! Each type says, under *Process death*, what the others see when a process dies inside.

mod barrier;
mod condvar;
mod error;
mod held;
pub(crate) mod me;
mod mutex;
mod once_lock;
pub(crate) mod raw;
mod rwlock;
mod semaphore;
mod seqlock;
mod unwind;

pub use barrier::{ShmBarrier, ShmBarrierWaitResult};
pub use condvar::{ShmCondvar, ShmWaitTimeoutResult};
pub use error::{LockResult, LockTimeoutError, PoisonCause, PoisonError, TimeoutError, TryLockError};
pub use mutex::{ShmMutex, ShmMutexGuard};
pub use once_lock::ShmOnceLock;
pub use rwlock::{ShmRwLock, ShmRwLockReadGuard, ShmRwLockWriteGuard};
pub use semaphore::{ShmSemaphore, ShmSemaphoreGuard};
pub use seqlock::{OtherWriterError, ShmSeqLock, ShmSeqLockWriter};

#[cfg(test)]
mod tests;
