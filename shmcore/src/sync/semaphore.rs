//! `ShmSemaphore`: a number of permits, which processes take and give.
//!
//! The state machine is [`RawSemaphore`]; here is the guard.
//!
//! # Safety
//!
//! 1. `repr(C)`: words only. All zeroes is a semaphore without permits.
#![allow(unsafe_code, reason = "vouches for the layout")]

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::error::TimeoutError;
use super::me::{self, Holder};
use super::raw::mutex::RawMutex;
use super::raw::semaphore::{Place, RawSemaphore, TooMany};
use super::raw::world::Patience;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

/// So many processes have guards at once, at most.
const HOLDERS: usize = 32;

/// A number of permits between processes.
///
/// It is two things, which may be mixed:
///
/// - **a limited resource**: [`access`](Self::access) takes a permit and gives it back when its guard is dropped, **or when its
///   process dies**;
/// - **a signal**: [`acquire`](Self::acquire) takes a permit away, and [`release`](Self::release), by anybody, makes
///   one. Nothing is remembered of who did.
///
/// # Layout
///
/// `#[repr(C)]`: 35 words of 8 bytes, a lock, the state, and a word for each of the 32 processes that may have guards at
/// once; each may have any number. A 33rd one waits until another one has given back all of its own. All zeroes is a
/// semaphore without permits.
///
/// # Memory ordering
///
/// Giving a permit is a release operation, taking one an acquire operation: who takes a permit sees what was done before
/// it was given, and what a dead process has done.
///
/// # Process death
///
/// A permit whose guard a dead process had is available again. Who needs one learns of it at its first try, and who
/// sleeps already within 10 ms, with what is said of [`ShmMutex`](crate::ShmMutex). A process that is stopped, or slow, keeps its permits.
///
/// A permit that was acquired is gone, also if the process dies before it makes use of it; one that was released stays.
/// Whoever dies inside any operation, the number of permits is that before or after it.
///
/// # Forks
///
/// A guard belongs to the process that has made it: in a forked child its drop does nothing.
/// [`fork_child`](crate::process::fork_child) refuses while a guard of this process lives.
///
/// # Fairness
///
/// None is promised: who comes later may take a permit before those who sleep.
///
/// # Signals
///
/// [`release`](Self::release), [`try_acquire`](Self::try_acquire) and [`try_access`](Self::try_access) may be called in a
/// signal handler once this process has taken any lock.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmSemaphore, create_shared_with, process::fork_child};
///
/// let licences = create_shared_with(ShmSemaphore::new(2))?;
/// let worker = fork_child(|| {
///     let _licence = licences.access();
///     std::process::abort(); // or `kill -9`
/// })?;
/// worker.wait()?;
/// assert_eq!(licences.available_permits(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmSemaphore {
    raw: RawSemaphore<HOLDERS>,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers and tokens are the same for every process; 2. an exact layout: `repr(C)` with words only; the
//    kind is opaque because only this file knows what they mean; 3. interior mutability in core atomics only; 4. no drop
//    glue: atomics have none; 5. every pattern of the words is a state of the semaphore.
#[diagnostic::do_not_recommend]
unsafe impl ShmSafe for ShmSemaphore {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmSemaphore",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 2,
            fields: &[
                Field { name: "lock", offset: 0, layout: <[AtomicU64; 2]>::LAYOUT },
                Field { name: "state", offset: 16, layout: AtomicU64::LAYOUT },
                Field { name: "holders", offset: 24, layout: <[AtomicU64; HOLDERS]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are a semaphore without permits (invariant 1), and there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl PlacementDefault for ShmSemaphore {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl ShmSemaphore {
    /// A semaphore with so many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Self {
        let lock = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        let permits = AtomicU64::new(permits as u64);
        Self { raw: RawSemaphore::from_words(lock, permits, [const { AtomicU64::new(0) }; HOLDERS]) }
    }

    /// Takes a permit away; waits until there is one.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`ShmMutex::lock`](crate::ShmMutex::lock).
    #[inline]
    pub fn acquire(&self) {
        if !self.raw.acquire_fast() && !self.acquire_within(Patience::Forever) {
            // Nobody waits longer than for ever.
            unreachable!("the semaphore was given up");
        }
    }

    /// Takes a permit away if there is one. Never blocks.
    ///
    /// `false` also if another thread is about to take one, and was interrupted in the short moment that it needs.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[must_use = "whether a permit was there"]
    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.raw.acquire_fast() || self.acquire_within(Patience::None)
    }

    /// Takes a permit away; waits for one at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if there was none.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    pub fn acquire_timeout(&self, time: Duration) -> Result<(), TimeoutError> {
        let is_acquired = self.raw.acquire_fast() || self.acquire_within(Patience::of(time));
        is_acquired.then_some(()).ok_or(TimeoutError)
    }

    /// Makes one more permit, and wakes one of those who wait. Never blocks.
    ///
    /// # Panics
    ///
    /// As [`add_permits`](Self::add_permits).
    #[inline]
    #[track_caller]
    pub fn release(&self) {
        self.add_permits(1);
    }

    /// Makes `n` more permits, and wakes as many of those who wait. Never blocks. The permits come all at once.
    ///
    /// # Panics
    ///
    /// If there would be more than [`u32::MAX`] permits, those of guards included. Then none is made.
    #[inline]
    #[track_caller]
    pub fn add_permits(&self, n: u32) {
        assert!(self.raw.add(n) != Err(TooMany), "the semaphore would have more than {} permits", u32::MAX);
    }

    /// Takes a permit for as long as the guard, and this process, lives; waits until there is one.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn access(&self) -> ShmSemaphoreGuard<'_> {
        let guard = self.access_fast().or_else(|| self.access_within(Patience::Forever));
        // Nobody waits longer than for ever.
        guard.unwrap_or_else(|| unreachable!("the semaphore was given up"))
    }

    /// [`access`](Self::access) if there is a permit. Never blocks.
    ///
    /// `None` also in the case that [`try_acquire`](Self::try_acquire) names.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn try_access(&self) -> Option<ShmSemaphoreGuard<'_>> {
        self.access_fast().or_else(|| self.access_within(Patience::None))
    }

    /// [`access`](Self::access); waits for a permit at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if there was none.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSemaphore;
    /// use std::time::Duration;
    ///
    /// let semaphore = ShmSemaphore::new(1);
    /// let guard = semaphore.access();
    /// assert!(semaphore.access_timeout(Duration::from_millis(1)).is_err());
    /// drop(guard);
    /// assert!(semaphore.access_timeout(Duration::ZERO).is_ok());
    /// ```
    pub fn access_timeout(&self, time: Duration) -> Result<ShmSemaphoreGuard<'_>, TimeoutError> {
        self.access_within(Patience::of(time)).ok_or(TimeoutError)
    }

    /// How many permits are available at the moment, with those of dead processes.
    #[must_use]
    pub fn available_permits(&self) -> u32 {
        self.raw.available()
    }

    /// In whatever state the semaphore is; `false` if the patience is over.
    #[cold]
    fn acquire_within(&self, patience: Patience) -> bool {
        self.raw.acquire(me::token(), patience).is_ok()
    }

    /// The usual case: a permit is there, nobody is taking one, and this thread is in order.
    fn access_fast(&self) -> Option<ShmSemaphoreGuard<'_>> {
        let me = me::plain_token()?;
        let place = self.raw.access_fast(me)?;
        Some(ShmSemaphoreGuard { semaphore: self, holder: Holder::plain(me), place })
    }

    /// In whatever state the semaphore is; `None` if the patience is over.
    #[cold]
    fn access_within(&self, patience: Patience) -> Option<ShmSemaphoreGuard<'_>> {
        let me = me::token();
        let place = self.raw.access(me, patience).ok()?;
        Some(ShmSemaphoreGuard { semaphore: self, holder: Holder::new(me), place })
    }
}

impl Default for ShmSemaphore {
    /// No permits.
    fn default() -> Self {
        Self::new(0)
    }
}

impl fmt::Debug for ShmSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmSemaphore").field("available", &self.available_permits()).finish_non_exhaustive()
    }
}

/// A permit of a [`ShmSemaphore`], which is given back when this is dropped.
///
/// It stays on its thread. Dropped in a forked child it does nothing: the permit is its parent's. Forgotten, the permit
/// stays taken until this process ends or unmaps the region.
#[must_use = "the permit is given back at once if the guard is not kept"]
pub struct ShmSemaphoreGuard<'a> {
    semaphore: &'a ShmSemaphore,
    holder: Holder,
    place: Place,
}

impl Drop for ShmSemaphoreGuard<'_> {
    fn drop(&mut self) {
        if self.holder.is_this_process() {
            self.semaphore.raw.give_back(self.place);
        }
    }
}

impl fmt::Debug for ShmSemaphoreGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmSemaphoreGuard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
