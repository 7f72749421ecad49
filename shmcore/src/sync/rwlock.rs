//! `ShmRwLock<T>`: many readers or one writer, between processes.
//!
//! The state machine is [`RawRwLock`]; here is the value, and in [`guards`] what leads to it.
//!
//! # Safety
//!
//! 1. `value` is written by the holder of the write lock only, and read by holders of a read lock, through their guards. A
//!    holder is a thread of a process that lives; what a dead one was doing, nobody does any more.
//! 2. While the lock is suspect, nobody makes a reference to the value before its bytes were found to be one.
//! 3. `repr(C)`: three words, the slots of readers, then the value. All zeroes is an unlocked lock if zeroes are a value.
#![allow(unsafe_code, reason = "looks at the value, and lets threads share it")]

mod guards;
mod traits;

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

use super::error::{LockResult, LockTimeoutError, PoisonCause, PoisonError, TryLockError};
use super::held;
use super::me::{self, Holder};
use super::raw::mutex::{Acquired, RawMutex};
use super::raw::rwlock::{RawRwLock, Reading};
use super::raw::world::Patience;
use crate::layout::{self, InvalidValue};
use crate::{ShmSafe, region};

pub use guards::{ShmRwLockReadGuard, ShmRwLockWriteGuard};

/// As many processes read at once.
const SLOTS: usize = 32;

/// Many readers or one writer, between processes: [`std::sync::RwLock`], in shared memory.
///
/// It has the interface of its namesake, and works wherever it lies: in a region, for all processes that have it; in a
/// `static`, on the stack or on the heap, for the threads of this process.
///
/// At most 32 processes read at the same time, each with as many guards as it likes; the next one waits until one of them
/// has no guard any more.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes with the writer and three flags, one with the cause of a poisoning, 4 bytes that say whether the
/// writer has begun, 4 bytes that say which of the next words were ever used, 32 words with a process that reads and the number of its
/// guards, the value. All zeroes is an unlocked lock. There is no address in it.
///
/// # Memory ordering
///
/// Taking the lock is an acquire operation, giving it back a release operation: a holder sees all that former writers
/// have done, and a writer comes after all that former readers have done; also where those died, since the kernel reports
/// a death after the last instruction.
///
/// # Process death
///
/// A writer that dies poisons the lock, as one that panics does: [`read`](Self::read) and [`write`](Self::write) give the
/// guard inside a [`PoisonError`], whose [`cause`](PoisonError::cause) has the process id. A reader that dies or panics leaves no
/// trace, nor does a process that dies while it waits.
///
/// Who comes later learns of a death at its first try, who sleeps already within 10 ms, with what is said of
/// [`ShmMutex`](crate::ShmMutex). A holder that is stopped, or slow, is never robbed: a writer waits for a stopped reader.
///
/// # Forks
///
/// A guard belongs to the process that has locked. In a forked child its drop does nothing, and its use is a panic in debug
/// builds. [`fork_child`](crate::process::fork_child) refuses while a guard of this process lives.
///
/// # Fairness
///
/// A writer that waits keeps new readers out, so it is not starved by them. No order is promised among writers, nor
/// that readers are not starved. Priorities are not inherited.
///
/// # Signals
///
/// [`try_read`](Self::try_read) and [`try_write`](Self::try_write) may be called in a signal handler once this process has taken
/// any lock; those that wait may not: the handler may have interrupted a holder.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmRwLock, ShmSafe, create_shared, process::fork_child};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Prices { bid: u64, ask: u64 }
///
/// let prices = create_shared::<ShmRwLock<Prices>>()?;
/// let child = fork_child(|| {
///     let mut prices = prices.write().expect("nobody has died");
///     prices.bid = 99;
///     prices.ask = 101;
/// })?;
/// child.wait()?;
/// let (one, another) = (prices.read().unwrap(), prices.read().unwrap());
/// assert_eq!((one.bid, another.ask), (99, 101));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmRwLock<T> {
    raw: RawRwLock<SLOTS>,
    value: UnsafeCell<T>,
}

// SAFETY: `Sync` requires that several threads may have a `&ShmRwLock`. It gives the value to one at a time, which needs
// `T: Send` as handing it over does, or a `&T` to several, which needs `T: Sync` (invariant 1).
unsafe impl<T: Send + Sync> Sync for ShmRwLock<T> {}

impl<T> ShmRwLock<T> {
    /// An unlocked lock.
    pub const fn new(value: T) -> Self {
        let writers = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        let readers = [const { AtomicU64::new(0) }; SLOTS];
        Self {
            raw: RawRwLock::from_parts(writers, [const { AtomicU32::new(0) }; 2], readers),
            value: UnsafeCell::new(value),
        }
    }
}

impl<T: ShmSafe> ShmRwLock<T> {
    /// Takes the lock for reading; waits as long as somebody who lives has it for writing, or waits for that.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the guard, if a writer has panicked or died since the last
    /// [`clear_poison`](Self::clear_poison). Of a torn value, one reader at a time is told.
    ///
    /// # Panics
    ///
    /// In debug builds, if this thread would wait for itself: it has the lock for writing, or it has it for reading and a writer
    /// waits for that; in others it waits for ever then. At the first lock in a process, if the kernel refuses the file lock by
    /// which other processes see that this one lives.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> LockResult<ShmRwLockReadGuard<'_, T>> {
        match self.read_fast() {
            Some(guard) => Ok(guard),
            None => self.read_slow(),
        }
    }

    /// Takes the lock for reading if nobody who lives has it for writing, or waits for that. Never blocks.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if a writer is there; [`TryLockError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`read`](Self::read).
    #[inline]
    pub fn try_read(&self) -> Result<ShmRwLockReadGuard<'_, T>, TryLockError<ShmRwLockReadGuard<'_, T>>> {
        match self.read_fast() {
            Some(guard) => Ok(guard),
            None => Ok(self.read_within(Patience::None).ok_or(TryLockError::WouldBlock)??),
        }
    }

    /// Takes the lock for reading; waits at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`LockTimeoutError::TimedOut`] if writers were there all the time; [`LockTimeoutError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`read`](Self::read).
    pub fn read_timeout(
        &self,
        time: Duration,
    ) -> Result<ShmRwLockReadGuard<'_, T>, LockTimeoutError<ShmRwLockReadGuard<'_, T>>> {
        Ok(self.read_within(Patience::of(time)).ok_or(LockTimeoutError::TimedOut)??)
    }

    /// Takes the lock for writing; waits as long as somebody who lives has it.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the guard, if a writer has panicked or died since the last
    /// [`clear_poison`](Self::clear_poison).
    ///
    /// # Panics
    ///
    /// In debug builds, if this thread has the lock already; in others it waits for ever then. At the first lock in a process, as
    /// [`read`](Self::read).
    #[inline]
    #[track_caller]
    pub fn write(&self) -> LockResult<ShmRwLockWriteGuard<'_, T>> {
        match self.write_fast() {
            Some(guard) => Ok(guard),
            None => self.write_slow(),
        }
    }

    /// Takes the lock for writing if nobody who lives has it. Never blocks.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if the lock is held, also by this thread; [`TryLockError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`read`](Self::read).
    #[inline]
    pub fn try_write(&self) -> Result<ShmRwLockWriteGuard<'_, T>, TryLockError<ShmRwLockWriteGuard<'_, T>>> {
        match self.write_fast() {
            Some(guard) => Ok(guard),
            None => Ok(self.write_within(Patience::None).ok_or(TryLockError::WouldBlock)??),
        }
    }

    /// Takes the lock for writing; waits at most for `time`, by the monotonic clock. While it waits, no reader comes in.
    ///
    /// # Errors
    ///
    /// [`LockTimeoutError::TimedOut`] if somebody who lives had the lock all the time, this thread included;
    /// [`LockTimeoutError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmRwLock, sync::LockTimeoutError};
    /// use std::time::Duration;
    ///
    /// let lock = ShmRwLock::new(7_u32);
    /// let reader = lock.read().unwrap();
    /// let late = lock.write_timeout(Duration::from_millis(1));
    /// assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    /// assert_eq!(*reader, 7);
    /// ```
    pub fn write_timeout(
        &self,
        time: Duration,
    ) -> Result<ShmRwLockWriteGuard<'_, T>, LockTimeoutError<ShmRwLockWriteGuard<'_, T>>> {
        Ok(self.write_within(Patience::of(time)).ok_or(LockTimeoutError::TimedOut)??)
    }

    /// Whether a writer has panicked or died, as far as anybody has noticed: a death shows when somebody takes the lock next.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.writers().state().is_poisoned
    }

    /// Says that the value is in order again. May be called with or without the lock.
    pub fn clear_poison(&self) {
        self.raw.writers().clear_poison();
    }

    /// The value, by exclusive reference: nobody else has the lock, so nothing is locked.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the reference.
    ///
    /// # Panics
    ///
    /// If a writer has died and left bytes that are no value. At the first lock in a process, as [`read`](Self::read).
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.poisoned();
        let value = self.value.get_mut();
        match poisoned {
            None => Ok(value),
            Some(cause) => Err(PoisonError::new(value, cause)),
        }
    }

    /// The value, out of the lock.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the value.
    ///
    /// # Panics
    ///
    /// As [`get_mut`](Self::get_mut).
    #[track_caller]
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.poisoned();
        let value = self.value.into_inner();
        match poisoned {
            None => Ok(value),
            Some(cause) => Err(PoisonError::new(value, cause)),
        }
    }

    /// The cause if the lock, which nobody else has, is poisoned. What is no value is a panic.
    #[track_caller]
    fn poisoned(&self) -> Option<PoisonCause> {
        let mut is_suspect = false;
        if self.raw.writers().owner() != 0 {
            // Its writer died, together with what this lock lies in, and nobody has locked it since; or has forgotten the guard.
            // It counts as living also if nobody can tell.
            is_suspect = !self.raw.bury_writer(me::token());
        }
        let mut found = self.raw.writers().state();
        found.is_suspect |= is_suspect;
        let cause = PoisonCause::of(self.raw.writers().cause());
        if let Err(invalid) = self.examine(found) {
            panic!("{cause}, and left behind what is no value: {invalid}");
        }
        found.is_poisoned.then_some(cause)
    }

    /// The usual case: no writer, no other guard of this process, all in order, and so is this thread.
    #[inline]
    fn read_fast(&self) -> Option<ShmRwLockReadGuard<'_, T>> {
        let me = me::plain_token()?;
        let slot = self.raw.read_fast(me)?;
        Some(ShmRwLockReadGuard::new(self, Holder::plain(me), slot))
    }

    /// The usual case: the lock is free and in order, and so is this thread.
    #[inline]
    fn write_fast(&self) -> Option<ShmRwLockWriteGuard<'_, T>> {
        let me = me::plain_token()?;
        self.raw.write_fast(me).then(|| ShmRwLockWriteGuard::new(self, Holder::plain(me)))
    }

    #[cold]
    #[track_caller]
    fn read_slow(&self) -> LockResult<ShmRwLockReadGuard<'_, T>> {
        held::forbid_twice(self, || {
            let writers = self.raw.writers();
            // To look at what is suspect, it must be alone.
            (writers.owner() != 0 || writers.state().is_suspect) && self.raw.is_held_by(me::token())
        });
        // Nobody waits longer than for ever.
        self.read_within(Patience::Forever).unwrap_or_else(|| unreachable!("the lock was given up"))
    }

    #[cold]
    #[track_caller]
    fn write_slow(&self) -> LockResult<ShmRwLockWriteGuard<'_, T>> {
        held::forbid_twice(self, || self.raw.is_held_by(me::token()));
        // Nobody waits longer than for ever.
        self.write_within(Patience::Forever).unwrap_or_else(|| unreachable!("the lock was given up"))
    }

    /// Takes the lock for reading, in whatever state it is; `None` if the patience is over.
    #[cold]
    fn read_within(&self, patience: Patience) -> Option<LockResult<ShmRwLockReadGuard<'_, T>>> {
        let me = me::token();
        let Reading { mut slot, mut found } = self.raw.read_slow(me, patience).ok()?;
        let mut examined = Ok(());
        if found.is_suspect {
            // Other readers could change what is inside of locks in the value.
            self.raw.read_unlock(me, slot);
            found = self.raw.write_nothing(me, patience).ok()?;
            examined = self.examine(found);
            slot = self.raw.downgrade(me);
        }
        let guard = ShmRwLockReadGuard::new(self, Holder::new(me), slot);
        Some(self.judge(found, examined, guard))
    }

    /// Takes the lock for writing, in whatever state it is; `None` if the patience is over.
    #[cold]
    fn write_within(&self, patience: Patience) -> Option<LockResult<ShmRwLockWriteGuard<'_, T>>> {
        let me = me::token();
        let found = self.raw.write_slow(me, patience).ok()?;
        let guard = ShmRwLockWriteGuard::new(self, Holder::new(me));
        Some(self.judge(found, self.examine(found), guard))
    }

    /// The guard, or what is wrong with what it leads to.
    fn judge<G>(&self, found: Acquired, examined: Result<(), InvalidValue>, guard: G) -> LockResult<G> {
        let cause = PoisonCause::of(self.raw.writers().cause());
        match examined {
            Err(invalid) => Err(PoisonError::torn(guard, cause, invalid)),
            Ok(()) if found.is_poisoned => Err(PoisonError::new(guard, cause)),
            Ok(()) => Ok(guard),
        }
    }

    /// Looks at the bytes that a dead writer left behind. The caller has the lock as for writing, or nobody else has it at all.
    fn examine(&self, found: Acquired) -> Result<(), InvalidValue> {
        if !found.is_suspect {
            return Ok(());
        }
        // What the value holds may be there twice: before anybody looks at it, all have to ask whose it is.
        region::note_torn();
        // SAFETY: `validate` requires
        // 1. the bytes of a `T`, aligned, that stay mapped: those of the value, whose lock is borrowed;
        // 2. that they are initialised: the value was made before the lock, and written as a `T` since;
        // 3. that nobody writes them, also not to the inside of locks among them: nobody else has this lock, be it for
        //    reading, and whoever holds one that lies in the value holds this one too.
        unsafe { layout::validate(T::LAYOUT, self.value.get().cast()) }?;
        self.raw.writers().clear_suspicion();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
