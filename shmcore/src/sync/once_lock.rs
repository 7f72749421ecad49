//! `ShmOnceLock<T>`: a value that is made once, by whichever process comes first.
//!
//! The state machine is [`RawOnce`]; here is the value.
//!
//! # Safety
//!
//! 1. Until `raw` is complete, `value` is written by its owner only, a thread of a process that lives, and read by nobody.
//! 2. Once `raw` is complete, `value` is a value, and nobody writes it but who has the whole lock exclusively.
//! 3. `repr(C)`: a word, then the value. All zeroes is an empty lock.
#![allow(unsafe_code, reason = "hands out references to the value")]

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::{MaybeUninit, offset_of};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::held::{self, Held};
use super::me::{self, Holder};
use super::raw::once::{Begun, RawOnce};
use super::raw::world::Patience;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

/// A value that is made once, by whichever process comes first: [`std::sync::OnceLock`], in shared memory.
///
/// It has the interface of its namesake, and works wherever it lies: in a region, for all processes that have it; in a
/// `static`, on the stack or on the heap, for the threads of this process.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes with the process that makes the value and two flags, and room for the value. All zeroes is an
/// empty lock, whatever `T` is. There is no address in it.
///
/// # Memory ordering
///
/// [`get`](Self::get) is one acquire load; the value is published by a release operation after it was written.
///
/// # Process death
///
/// If the process that makes the value dies, the lock is as empty as before: the next one that calls
/// [`get_or_init`](Self::get_or_init) or [`set`](Self::set) makes the value from the start, and one that waits there for the dead one
/// goes on in its place within 10 ms, with what is said of [`ShmMutex`](crate::ShmMutex). Nobody ever sees half of a value. Side effects of the closure may have happened for each process that began.
///
/// A process that is stopped while it makes the value is waited for.
///
/// # Forks
///
/// [`fork_child`](crate::process::fork_child) refuses in a closure that makes the value. After a raw fork in it the value is made by
/// the parent; a child that returns from the closure panics, and leaves the lock alone.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmOnceLock, create_shared, process::fork_child};
///
/// let seed = create_shared::<ShmOnceLock<u64>>()?;
/// let child = fork_child(|| {
///     seed.get_or_init(|| u64::from(std::process::id()));
/// })?;
/// child.wait()?;
/// let seed = *seed.get_or_init(|| u64::from(std::process::id()));
/// assert_eq!(seed, u64::from(child.id()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmOnceLock<T> {
    raw: RawOnce,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: `Sync` requires that several threads may have a `&ShmOnceLock`. One of them makes the value and another may take it
// out, which needs `T: Send`; several have a `&T`, which needs `T: Sync` (invariants 1 and 2).
unsafe impl<T: Send + Sync> Sync for ShmOnceLock<T> {}

// SAFETY: `ShmSafe` requires
// 1. self-containment: tokens are the same for every process, and the value is `T: ShmSafe`;
// 2. an exact layout: `repr(C)`, and sizes and offsets are the compiler's; the kind is opaque because only this file knows what
//    the word means, and when there is a value;
// 3. interior mutability in core atomics, in the value while nobody reads it (invariant 1), and in what `T` has of it;
// 4. no drop glue: atomics and `MaybeUninit` have none; 5. every pattern of the word is a state of the lock, and the value
//    is `T`, or nothing that is looked at.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for ShmOnceLock<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmOnceLock",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "word", offset: 0, layout: AtomicU64::LAYOUT },
                Field { name: "value", offset: offset_of!(Self, value), layout: MaybeUninit::<T>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are an empty lock (invariant 3).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for ShmOnceLock<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl<T> ShmOnceLock<T> {
    /// An empty lock.
    #[must_use]
    pub const fn new() -> Self {
        Self { raw: RawOnce::from_word(AtomicU64::new(0)), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

impl<T: ShmSafe> ShmOnceLock<T> {
    /// The value, if it is there. Never blocks.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.raw.is_complete().then(|| self.value())
    }

    /// The value, which is made by `f` if it is not there. Waits as long as a process that lives makes it.
    ///
    /// # Process death
    ///
    /// A process that is killed in `f` leaves the lock empty. `f` runs to its end in one process only.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is empty then. In debug builds, if `f` asks for the value of the same lock; in others it waits for
    /// ever then. In a forked child to which `f` returns, if a raw fork was made in it. At the first lock in a process, if the
    /// kernel refuses the file lock by which other processes see that this one lives.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmOnceLock;
    ///
    /// static LIMIT: ShmOnceLock<u32> = ShmOnceLock::new();
    /// assert_eq!(LIMIT.get(), None);
    /// assert_eq!(LIMIT.get_or_init(|| 40), &40);
    /// assert_eq!(LIMIT.get_or_init(|| unreachable!("it is there")), &40);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        if !self.raw.is_complete() {
            self.make(f);
        }
        self.value()
    }

    /// Puts the value there, unless there is one. Waits as long as a process that lives makes one.
    ///
    /// # Errors
    ///
    /// The argument, if there is a value already.
    ///
    /// # Panics
    ///
    /// In debug builds, in the closure that makes the value; and at the first lock in a process, as
    /// [`get_or_init`](Self::get_or_init).
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.raw.is_complete() {
            return Err(value);
        }
        match self.begin() {
            Some(making) => {
                making.complete(value);
                Ok(())
            }
            None => Err(value),
        }
    }

    /// The value; waits until somebody has made it.
    ///
    /// # Process death
    ///
    /// If the process that makes the value dies, it is waited for the next one that does.
    ///
    /// # Panics
    ///
    /// In debug builds, in the closure that makes the value; in others it waits for ever then.
    #[track_caller]
    pub fn wait(&self) -> &T {
        if !self.raw.is_complete() {
            self.forbid_twice();
            // Nobody waits longer than for ever.
            self.raw.wait(Patience::Forever).unwrap_or_else(|_| unreachable!("the wait was given up"));
        }
        self.value()
    }

    /// The value; waits until somebody has made it, but at most for `time`, by the monotonic clock. `None` if it is not there
    /// by then.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmOnceLock;
    /// use std::time::Duration;
    ///
    /// let lock = ShmOnceLock::new();
    /// assert_eq!(lock.wait_timeout(Duration::from_millis(1)), None);
    /// assert_eq!(lock.set(7_u8), Ok(()));
    /// assert_eq!(lock.wait_timeout(Duration::from_millis(1)), Some(&7));
    /// ```
    #[must_use]
    pub fn wait_timeout(&self, time: Duration) -> Option<&T> {
        if !self.raw.is_complete() {
            self.raw.wait(Patience::of(time)).ok()?;
        }
        Some(self.value())
    }

    /// The value, by exclusive reference, if it is there: nobody else has the lock.
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if !self.raw.is_complete() {
            return None;
        }
        // SAFETY: `assume_init_mut` requires a value: the lock is complete (invariant 2).
        Some(unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// The value, out of the lock, if it is there.
    #[must_use]
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// Takes the value out, if it is there, and leaves the lock empty.
    ///
    /// # Process death
    ///
    /// A process that is killed here leaves the value there, or an empty lock.
    pub fn take(&mut self) -> Option<T> {
        if !self.raw.is_complete() {
            return None;
        }
        self.raw.reset();
        // SAFETY: `assume_init_read` requires a value that is not used twice: the lock was complete (invariant 2), and is not
        // any more.
        Some(unsafe { self.value.get_mut().assume_init_read() })
    }

    /// The value. The lock is complete.
    #[inline]
    fn value(&self) -> &T {
        debug_assert!(self.raw.is_complete(), "there is a value");
        // SAFETY: a reference requires an aligned, valid value that nobody writes as long as the lock is borrowed: the lock
        // is complete (invariant 2).
        unsafe { &*self.value.get().cast::<T>() }
    }

    #[cold]
    #[track_caller]
    fn make(&self, f: impl FnOnce() -> T) {
        if let Some(making) = self.begin() {
            making.complete(f());
        }
    }

    /// Begins to make the value; `None` if it is there.
    #[track_caller]
    fn begin(&self) -> Option<Making<'_, T>> {
        let me = me::token();
        self.forbid_twice();
        match self.raw.begin(me, Patience::Forever) {
            Ok(Begun::Complete) => None,
            Ok(Begun::ByMe) => Some(Making { lock: self, holder: Holder::new(me), _held: Held::new(self) }),
            // Nobody waits longer than for ever.
            Err(_) => unreachable!("the wait was given up"),
        }
    }

    /// Panics, in debug builds, if this thread makes the value.
    #[track_caller]
    fn forbid_twice(&self) {
        held::forbid_twice(self, || self.raw.is_owned_by(me::token()));
    }
}

/// The right to make the value. Dropped before it was made, by a panic, it leaves the lock empty; in a forked child it does
/// nothing.
struct Making<'a, T> {
    lock: &'a ShmOnceLock<T>,
    holder: Holder,
    _held: Held,
}

impl<T> Making<'_, T> {
    #[track_caller]
    fn complete(self, value: T) {
        assert!(
            self.holder.is_this_process(),
            "the value is made by the process from which this one was forked meanwhile"
        );
        // SAFETY: `write` requires an aligned place that is valid for writes and that nobody else uses: this is the owner, and
        // the lock is not complete (invariant 1).
        unsafe { self.lock.value.get().cast::<T>().write(value) };
        self.lock.raw.complete(self.holder.token());
    }
}

impl<T> Drop for Making<'_, T> {
    fn drop(&mut self) {
        if self.holder.is_this_process() {
            // Nothing, if it is complete.
            self.lock.raw.abandon(self.holder.token());
        }
    }
}

impl<T> Default for ShmOnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ShmSafe> From<T> for ShmOnceLock<T> {
    /// A lock with the value.
    fn from(value: T) -> Self {
        Self {
            raw: RawOnce::from_word(AtomicU64::new(RawOnce::COMPLETE)),
            value: UnsafeCell::new(MaybeUninit::new(value)),
        }
    }
}

impl<T: ShmSafe + fmt::Debug> fmt::Debug for ShmOnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_tuple("ShmOnceLock");
        match self.get() {
            Some(value) => debug.field(value),
            None => debug.field(&format_args!("<uninit>")),
        };
        debug.finish()
    }
}

#[cfg(test)]
mod tests;
