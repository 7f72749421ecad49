//! `ShmCondvar`: waiting for what another process does under a mutex.
//!
//! The state machine is [`RawCondvar`]; here are the mutex's guards, which are given up and taken again.
//!
//! # Safety
//!
//! 1. `repr(C)`: one word. All zeroes is a condition variable that nobody waits for.
#![allow(unsafe_code, reason = "vouches for the layout")]

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::error::{LockResult, PoisonError};
use super::mutex::ShmMutexGuard;
use super::raw::condvar::RawCondvar;
use super::raw::world::Patience;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

/// A condition variable between processes: [`std::sync::Condvar`], in shared memory.
///
/// It has the interface of its namesake, for the guards of [`ShmMutex`](crate::ShmMutex). It may be used with several mutexes,
/// and lie in another region than they do.
///
/// # Spurious wake-ups
///
/// As with its namesake, [`wait`](Self::wait) may return without a notification for it, so it belongs into a loop that looks
/// at the condition; [`wait_while`](Self::wait_while) is one. Here that happens regularly: all who wait at a
/// [`notify_one`](Self::notify_one) return within some milliseconds, because each might be the only one that lives on.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes, a flag and a number of notifications. All zeroes is a new condition variable. There is no
/// limit on how many wait.
///
/// # Memory ordering
///
/// None of its own: who waits sees what the mutex brings. As with its namesake, a notification is for those who have given
/// up the mutex before the notifier has locked it. It need not be locked any more while notifying.
///
/// # Process death
///
/// A waiter that dies leaves nothing but a notifier's needless look for it: notifying never waits, and wakes those who live. A
/// notification that is meant for one and wakes one that dies reaches the others within some milliseconds. So does
/// one whose process dies while it notifies, or it has not begun.
///
/// A process that dies in a wait after it has taken the mutex again poisons that, as any holder. A waiter learns it when
/// it has the mutex again.
///
/// # Signals
///
/// A signal handler may notify.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmCondvar, ShmMutex, ShmSafe, create_shared, process::fork_child};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Mailbox { letters: ShmMutex<u32>, arrived: ShmCondvar }
///
/// let mailbox = create_shared::<Mailbox>()?;
/// let reader = fork_child(|| {
///     let letters = mailbox.letters.lock().expect("nobody has died");
///     let letters = mailbox.arrived.wait_while(letters, |letters| *letters == 0);
///     assert_eq!(*letters.expect("nobody has died"), 1);
/// })?;
/// *mailbox.letters.lock().expect("nobody has died") += 1;
/// mailbox.arrived.notify_one();
/// assert!(reader.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmCondvar {
    raw: RawCondvar,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: a number and a flag are the same for every process; 2. an exact layout: `repr(C)` with one word;
// 3. interior mutability in a core atomic only; 4. no drop glue: atomics have none; 5. every pattern of the word is a
//    state of the condition variable.
#[diagnostic::do_not_recommend]
unsafe impl ShmSafe for ShmCondvar {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmCondvar",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[Field { name: "word", offset: 0, layout: AtomicU64::LAYOUT }],
        },
    };
}

// SAFETY: zeroes are a new condition variable (invariant 1), and there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl PlacementDefault for ShmCondvar {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

/// How a wait with a time ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShmWaitTimeoutResult(bool);

impl ShmWaitTimeoutResult {
    /// Whether the time was over, and nobody had notified.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl ShmCondvar {
    /// A condition variable that nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self { raw: RawCondvar::from_word(AtomicU64::new(0)) }
    }

    /// Unlocks the mutex, waits for a notification, and locks it again. No notification that comes after the
    /// unlocking is missed.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the guard, if the mutex is poisoned when it is locked again.
    ///
    /// # Panics
    ///
    /// In debug builds, if the guard is used in a forked child.
    #[track_caller]
    pub fn wait<'a, T: ShmSafe>(&self, guard: ShmMutexGuard<'a, T>) -> LockResult<ShmMutexGuard<'a, T>> {
        self.wait_within(guard, Patience::Forever).0
    }

    /// Waits until the condition is `false`, which is looked at with the mutex locked, first of all before the wait.
    ///
    /// # Errors
    ///
    /// As of [`wait`](Self::wait), without having looked at the condition.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T: ShmSafe>(
        &self,
        mut guard: ShmMutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<ShmMutexGuard<'a, T>> {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// [`wait`](Self::wait), at most for `time`, by the monotonic clock. Locking the mutex again may take longer.
    ///
    /// # Errors
    ///
    /// As of [`wait`](Self::wait). That the time is over is none.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmCondvar, ShmMutex};
    /// use std::time::Duration;
    ///
    /// let (mutex, condvar) = (ShmMutex::new(3_u32), ShmCondvar::new());
    /// let guard = mutex.lock().expect("not poisoned");
    /// let (guard, result) = condvar.wait_timeout(guard, Duration::from_millis(1)).expect("not poisoned");
    /// assert!(result.timed_out());
    /// assert_eq!(*guard, 3);
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T: ShmSafe>(
        &self,
        guard: ShmMutexGuard<'a, T>,
        time: Duration,
    ) -> LockResult<(ShmMutexGuard<'a, T>, ShmWaitTimeoutResult)> {
        let (locked, result) = self.wait_within(guard, Patience::of(time));
        match locked {
            Ok(guard) => Ok((guard, result)),
            Err(poisoned) => Err(poisoned.map(|guard| (guard, result))),
        }
    }

    /// [`wait_while`](Self::wait_while), at most for `time`, by the monotonic clock. If it has
    /// [timed out](ShmWaitTimeoutResult::timed_out), the condition was still `true` at the end.
    ///
    /// # Errors
    ///
    /// As of [`wait_while`](Self::wait_while). That the time is over is none.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ShmSafe>(
        &self,
        mut guard: ShmMutexGuard<'a, T>,
        time: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(ShmMutexGuard<'a, T>, ShmWaitTimeoutResult)> {
        let patience = Patience::of(time);
        let mut result = ShmWaitTimeoutResult(false);
        while condition(&mut *guard) {
            if result.timed_out() {
                return Ok((guard, result));
            }
            let locked;
            (locked, result) = self.wait_within(guard, patience);
            guard = match locked {
                Ok(guard) => guard,
                Err(poisoned) => return Err(poisoned.map(|guard| (guard, result))),
            };
        }
        Ok((guard, ShmWaitTimeoutResult(false)))
    }

    /// Wakes one of those who wait, if there is one. Without a waiter it is one load.
    #[inline]
    pub fn notify_one(&self) {
        self.raw.notify_one();
    }

    /// Wakes all who wait. Without a waiter it is one load.
    #[inline]
    pub fn notify_all(&self) {
        self.raw.notify_all();
    }

    #[track_caller]
    fn wait_within<'a, T: ShmSafe>(
        &self,
        guard: ShmMutexGuard<'a, T>,
        patience: Patience,
    ) -> (LockResult<ShmMutexGuard<'a, T>>, ShmWaitTimeoutResult) {
        let holder = ShmMutexGuard::holder(&guard);
        holder.debug_assert_this_process();
        let mutex = ShmMutexGuard::mutex(&guard);
        let mut has_timed_out = false;
        if holder.is_this_process() {
            let ticket = self.raw.ticket();
            drop(guard);
            has_timed_out = self.raw.wait(ticket, patience).is_err();
        } else {
            // A forked child has nothing to give up, so a notification could be missed. It is a spurious wake-up, with
            // a guard of its own.
            drop(guard);
        }
        (mutex.lock(), ShmWaitTimeoutResult(has_timed_out))
    }
}

impl Default for ShmCondvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ShmCondvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmCondvar").finish_non_exhaustive()
    }
}

impl<'a, T: ShmSafe> PoisonError<(ShmMutexGuard<'a, T>, ShmWaitTimeoutResult)> {
    /// Puts a whole new value in the place of what a holder left behind, as `overwrite` does for the error of
    /// [`lock`](crate::ShmMutex::lock).
    pub fn overwrite(self, value: T) -> (ShmMutexGuard<'a, T>, ShmWaitTimeoutResult) {
        let cause = self.cause();
        let (guard, result) = self.into_guard();
        (PoisonError::new(guard, cause).overwrite(value), result)
    }
}

#[cfg(test)]
mod tests;
