//! `ShmMutex<T>`: mutual exclusion between processes.
//!
//! The state machine is [`RawMutex`]; here is the value. What a holder may do with it is in the guard's file.
//!
//! # Safety
//!
//! 1. `value` is read and written by the holder of `raw` only, through its guard. A holder is a thread of a process that
//!    lives; what a dead one was writing, nobody writes any more.
//! 2. While the lock is suspect, nobody makes a reference to the value before its bytes were found to be one.
//! 3. `repr(C)`: two words, then the value. All zeroes is an unlocked mutex if zeroes are a value.
#![allow(unsafe_code, reason = "hands out references to the value")]

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::error::{LockResult, LockTimeoutError, PoisonCause, PoisonError, TryLockError};
use super::held::{self, Held};
use super::me::{self, Holder};
use super::raw::mutex::{Acquired, RawMutex};
use super::raw::world::Patience;
use crate::layout::{self, Field, InvalidValue, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe, region};

mod guard;

pub use guard::ShmMutexGuard;

/// Mutual exclusion between processes: [`std::sync::Mutex`], in shared memory.
///
/// It has the interface of its namesake, and works wherever it lies: in a region, for all processes that have it; in a
/// `static`, on the stack or on the heap, for the threads of this process.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes with the owner and three flags, a word of 8 bytes with the cause of a poisoning, the
/// value. All zeroes is an unlocked mutex. There is no address in it, and no limit on how many a process holds.
///
/// # Memory ordering
///
/// Taking the lock is an acquire operation, giving it back a release operation, so a holder sees all that former holders
/// have done; also what one did that died, since the kernel reports its death after its last instruction.
///
/// # Process death
///
/// A holder that dies poisons the lock, as one that panics does: [`lock`](Self::lock) gives the guard inside a
/// [`PoisonError`], whose [`cause`](PoisonError::cause) has the process id. A process that dies while it waits, or anywhere else,
/// leaves no trace.
///
/// Who comes later learns of the death at its first try, once the kernel has closed the files of the dead process. Before that it
/// frees the memory of the process, which takes some 20 ms for each 256 MiB. Who sleeps already looks every 4 ms, and every
/// 8 ms also in `/proc` whether the dead has given up its memory, so that it does not wait until all of that is free. That needs
/// a `/proc` of the same pid namespace, and the same user. A holder that is stopped, or slow, is never robbed.
///
/// # Forks
///
/// A guard belongs to the process that has locked. In a forked child its drop does nothing, and its use is a panic in debug
/// builds. [`fork_child`](crate::process::fork_child) refuses while a guard of this process lives.
///
/// # Fairness
///
/// None is promised: a thread that unlocks and locks again may overtake those who sleep. Priorities are not inherited.
///
/// # Signals
///
/// [`try_lock`](Self::try_lock) may be called in a signal handler on a thread that has taken any lock since its process began; `lock` may not:
/// the handler may have interrupted the holder. Where a holder has died and its value may be torn, which those with a `bool`, a
/// `char`, an enum or a `NonZero` may, the look at it takes memory, which a signal handler must not.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmMutex, ShmSafe, create_shared, process::fork_child};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Account { balance: i64, bookings: u64 }
///
/// let account = create_shared::<ShmMutex<Account>>()?;
/// let child = fork_child(|| {
///     let mut account = account.lock().expect("nobody has died");
///     account.balance += 100;
///     account.bookings += 1;
/// })?;
/// child.wait()?;
/// assert_eq!(account.lock().expect("nobody has died").balance, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmMutex<T> {
    raw: RawMutex,
    value: UnsafeCell<T>,
}

// SAFETY: `Sync` requires that several threads may have a `&ShmMutex`. It gives the value to one at a time (invariant 1),
// which needs `T: Send` as handing it over does.
unsafe impl<T: Send> Sync for ShmMutex<T> {}

// SAFETY: `ShmSafe` requires
// 1. self-containment: tokens are the same for every process, and the value is `T: ShmSafe`;
// 2. an exact layout: `repr(C)`, and sizes and offsets are the compiler's; the kind is opaque because only this file knows what
//    the words mean, and when the value may be looked at;
// 3. interior mutability in core atomics and in the value, which only the lock's holder touches (invariant 1);
// 4. no drop glue: atomics have none, nor has `T`; 5. every pattern of the words is a state of the lock, and the value is `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for ShmMutex<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmMutex",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "word", offset: 0, layout: AtomicU64::LAYOUT },
                Field { name: "cause", offset: 8, layout: AtomicU64::LAYOUT },
                Field { name: "value", offset: offset_of!(Self, value), layout: T::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are an unlocked mutex (invariant 3), and the value is made in its place.
#[diagnostic::do_not_recommend]
unsafe impl<T: PlacementDefault> PlacementDefault for ShmMutex<T> {
    const DEFAULT_IS_ZERO: bool = T::DEFAULT_IS_ZERO;

    unsafe fn placement_default(slot: *mut Self) {
        // SAFETY: a place expression requires that `slot` is inside an allocation: it is a slot of `Self`.
        let value = unsafe { &raw mut (*slot).value };
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: a part of that of `Self`.
        unsafe { T::placement_default(value.cast()) }
    }
}

impl<T> ShmMutex<T> {
    /// An unlocked mutex.
    pub const fn new(value: T) -> Self {
        Self {
            raw: RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0)),
            value: UnsafeCell::new(value),
        }
    }
}

impl<T: ShmSafe> ShmMutex<T> {
    /// Takes the lock; waits as long as somebody who lives holds it.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the guard, if a holder has panicked or died since the last
    /// [`clear_poison`](Self::clear_poison).
    ///
    /// # Panics
    ///
    /// In debug builds, if this thread holds the lock already; in others it waits for ever then. At the first lock in a process, if the
    /// kernel refuses the file lock by which other processes see that this one lives.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<ShmMutexGuard<'_, T>> {
        match self.lock_fast() {
            Some(guard) => Ok(guard),
            None => self.lock_slow(),
        }
    }

    /// Takes the lock if nobody who lives holds it. Never blocks.
    ///
    /// # Errors
    ///
    /// [`TryLockError::WouldBlock`] if the lock is held, also by this thread; [`TryLockError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`lock`](Self::lock).
    #[inline]
    pub fn try_lock(&self) -> Result<ShmMutexGuard<'_, T>, TryLockError<ShmMutexGuard<'_, T>>> {
        match self.lock_fast() {
            Some(guard) => Ok(guard),
            None => Ok(self.lock_within(Patience::None).ok_or(TryLockError::WouldBlock)??),
        }
    }

    /// Takes the lock; waits at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`LockTimeoutError::TimedOut`] if somebody who lives held the lock all the time, this thread included;
    /// [`LockTimeoutError::Poisoned`] with the guard.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, sync::LockTimeoutError};
    /// use std::time::Duration;
    ///
    /// let mutex = ShmMutex::new(7_u32);
    /// let guard = mutex.lock().expect("nobody has died");
    /// let late = mutex.lock_timeout(Duration::from_millis(1));
    /// assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    /// ```
    pub fn lock_timeout(
        &self,
        time: Duration,
    ) -> Result<ShmMutexGuard<'_, T>, LockTimeoutError<ShmMutexGuard<'_, T>>> {
        Ok(self.lock_within(Patience::of(time)).ok_or(LockTimeoutError::TimedOut)??)
    }

    /// Whether a holder has panicked or died, as far as anybody has noticed: a death shows when somebody takes the lock next.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.state().is_poisoned
    }

    /// Says that the value is in order again. May be called with or without the lock.
    pub fn clear_poison(&self) {
        self.raw.clear_poison();
    }

    /// The value, by exclusive reference: nobody else has the mutex, so nothing is locked.
    ///
    /// # Errors
    ///
    /// [`PoisonError`] with the reference.
    ///
    /// # Panics
    ///
    /// If a holder has died and left bytes that are no value. At the first lock in a process, as [`lock`](Self::lock).
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.poisoned();
        let value = self.value.get_mut();
        match poisoned {
            None => Ok(value),
            Some(cause) => Err(PoisonError::new(value, cause)),
        }
    }

    /// The value, out of the mutex.
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

    /// The cause if the mutex, which nobody else has, is poisoned. What is no value is a panic.
    #[track_caller]
    fn poisoned(&self) -> Option<PoisonCause> {
        let mut state = self.raw.state();
        if self.raw.owner() != 0 {
            // Its holder died, together with what this mutex lies in, and nobody has locked it since; or has forgotten the
            // guard.
            let me = me::token();
            match self.raw.lock_slow(me, Patience::None) {
                Ok(acquired) => {
                    state = acquired;
                    self.raw.unlock(me);
                }
                // It counts as living also if nobody can tell.
                Err(_) => state.is_suspect = true,
            }
        }
        let cause = PoisonCause::of(self.raw.cause());
        if let Err(invalid) = self.examine(state) {
            panic!("{cause}, and left behind what is no value: {invalid}");
        }
        state.is_poisoned.then_some(cause)
    }

    /// The usual case: the lock is free and in order, and so is this thread.
    #[inline]
    fn lock_fast(&self) -> Option<ShmMutexGuard<'_, T>> {
        let me = me::plain_token()?;
        self.raw.lock_fast(me).then(|| self.guard(Holder::plain(me)))
    }

    #[cold]
    #[track_caller]
    fn lock_slow(&self) -> LockResult<ShmMutexGuard<'_, T>> {
        held::forbid_twice(self, || self.raw.owner() == me::token());
        // Nobody waits longer than for ever.
        self.lock_within(Patience::Forever).unwrap_or_else(|| unreachable!("the lock was given up"))
    }

    /// Takes the lock, in whatever state it is; `None` if the patience is over.
    #[cold]
    pub(super) fn lock_within(&self, patience: Patience) -> Option<LockResult<ShmMutexGuard<'_, T>>> {
        let me = me::token();
        let acquired = self.raw.lock_slow(me, patience).ok()?;
        let guard = self.guard(Holder::new(me));
        let cause = PoisonCause::of(self.raw.cause());
        Some(match self.examine(acquired) {
            Err(invalid) => Err(PoisonError::torn(guard, cause, invalid)),
            Ok(()) if acquired.is_poisoned => Err(PoisonError::new(guard, cause)),
            Ok(()) => Ok(guard),
        })
    }

    /// The guard of the lock that was just taken.
    #[inline]
    fn guard(&self, holder: Holder) -> ShmMutexGuard<'_, T> {
        ShmMutexGuard::new(self, holder, Held::new(self))
    }

    /// Looks at the bytes that a dead holder left behind. The caller has the lock.
    fn examine(&self, state: Acquired) -> Result<(), InvalidValue> {
        if !state.is_suspect {
            return Ok(());
        }
        // What the value holds may be there twice: before anybody looks at it, all have to ask whose it is.
        region::note_torn();
        // SAFETY: `validate` requires
        // 1. the bytes of a `T`, aligned, that stay mapped: those of the value, whose lock is borrowed;
        // 2. that they are initialised: the value was made before the lock, and written as a `T` since;
        // 3. that nobody writes them, also not to the inside of locks among them: the caller has the lock (invariant 1),
        //    and whoever holds one that lies in the value holds this one too.
        unsafe { layout::validate(T::LAYOUT, self.value.get().cast()) }?;
        self.raw.clear_suspicion();
        Ok(())
    }
}

impl<T: Default> Default for ShmMutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for ShmMutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ShmSafe + fmt::Debug> fmt::Debug for ShmMutex<T> {
    /// The value if the lock is free and not poisoned.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ShmMutex");
        match self.try_lock() {
            Ok(guard) => debug.field("value", &*guard),
            Err(error) => debug.field("value", &format_args!("<{error}>")),
        };
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
