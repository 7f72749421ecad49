//! `ShmSeqLock<T>`: a value that many read, without a lock, while one writes.
//!
//! The state machine is [`RawSeqLock`]; here is what it looks like from outside. The copies of the value are in [`copies`], and
//! how one is made in [`copy`]; the guard of a writer is in [`writer`], and reads by a handle that cannot write are in
//! `read_only`.
//!
//! # Safety
//!
//! 1. `T: Pod`: any bytes that were loaded are a value.
//! 2. `repr(C)`: four words, then the copies. Zeroes have the initial value in the first copy.
#![allow(unsafe_code, reason = "vouches for what was loaded")]

mod copies;
mod copy;
mod error;
#[cfg(target_pointer_width = "64")]
mod read_only;
mod writer;

use std::fmt;
use std::mem::{MaybeUninit, offset_of};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

pub use self::error::OtherWriterError;
pub use self::writer::ShmSeqLockWriter;

use self::copies::Copies;
use super::held;
use super::me::{self, Holder};
use super::raw::mutex::{Held, RawMutex};
use super::raw::seqlock::RawSeqLock;
use super::raw::world::Patience;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, Pod, ShmSafe};

/// A value that many processes read while one writes it: readers never wait, and never see half a write.
///
/// [`read`](Self::read) gives the last value that was written completely. It takes no lock and writes nothing, so readers do
/// not disturb each other, and a process that has the memory [read-only](crate::ReadOnly) reads as well. Writers exclude each
/// other; no reader can make them wait. It is for what is read often and copied quickly: prices, positions, states of a machine.
///
/// The value is [`Pod`]: nothing but its bytes. What is written is a whole value; what depends on the one before is an
/// [`update`](Self::update). Who writes often takes a [`writer`](Self::writer) and keeps it: its writes need no locked
/// instruction, and a second writer is refused.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes with the token of the writer and flags, a word that says which writer died last, the number
/// of the write that began last, that of the last one that is complete, and eight copies of the value, each at a multiple of 8
/// bytes at least. All zeroes are a value of zeroes. Write `n` goes into copy `n % 8`.
///
/// # Memory ordering
///
/// A write is a release operation, and a read that returns its value is an acquire operation: the reader sees all that the
/// writer has done before. One reader never sees an older value after a newer one.
///
/// # Process death
///
/// A writer that is killed, or stopped, wherever that is, leaves the last complete value to the readers, and they do not wait for
/// anybody. The next writer notices the death at its first try, and simply writes. Nothing is ever poisoned. A write
/// that has returned is never lost; one whose process died inside may be there or not, as a whole. A reader that dies leaves no trace.
///
/// # Forks
///
/// A [`ShmSeqLockWriter`] belongs to the process that has made it. In a forked child its drop does nothing, and its use is a
/// panic. [`fork_child`](crate::process::fork_child) refuses while one of this process lives.
///
/// # Signals
///
/// `read` may be called in a signal handler, and so may [`try_write`](Self::try_write) once this process has taken any lock.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmSafe, ShmSeqLock, create_shared, process::fork_child};
///
/// #[derive(ShmSafe, Clone, Copy, Debug, PartialEq)]
/// #[repr(C)]
/// struct Quote { bid: f64, ask: f64 }
///
/// let quote = create_shared::<ShmSeqLock<Quote>>()?;
/// let feed = fork_child(|| {
///     for cents in 1..=100 {
///         quote.write(Quote { bid: f64::from(cents), ask: f64::from(cents) + 0.5 });
///     }
///     std::process::abort(); // or `kill -9`, also in the middle of a write
/// })?;
/// while quote.read().bid < 100.0 {
///     let Quote { bid, ask } = quote.read();
///     assert!(bid == 0.0 || ask == bid + 0.5);
/// }
/// feed.wait()?;
/// quote.write(Quote { bid: 7.0, ask: 7.5 });
/// assert_eq!(quote.read().ask, 7.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmSeqLock<T> {
    raw: RawSeqLock<{ copies::COUNT }>,
    copies: Copies<T>,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: tokens and numbers are the same for every process, and the value is `T: ShmSafe`;
// 2. an exact layout: `repr(C)`, and sizes and offsets are the compiler's; the kind is opaque because only this file knows
//    which copy counts;
// 3. interior mutability in core atomics and in `Copies: ShmSafe`;
// 4. no drop glue: neither atomics nor copies have any; 5. every pattern is a state of the lock, and of `T` (`Pod`).
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod> ShmSafe for ShmSeqLock<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmSeqLock",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "writer", offset: 0, layout: AtomicU64::LAYOUT },
                Field { name: "cause", offset: 8, layout: AtomicU64::LAYOUT },
                Field { name: "begun", offset: 16, layout: AtomicU64::LAYOUT },
                Field { name: "published", offset: 24, layout: AtomicU64::LAYOUT },
                Field { name: "copies", offset: offset_of!(Self, copies), layout: Copies::<T>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are a lock without a writer, whose value is in the first copy (invariant 2); it is made in its place.
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod + PlacementDefault> PlacementDefault for ShmSeqLock<T> {
    const DEFAULT_IS_ZERO: bool = Copies::<T>::DEFAULT_IS_ZERO;

    unsafe fn placement_default(slot: *mut Self) {
        // SAFETY: a place expression requires that `slot` is inside an allocation: it is a slot of `Self`.
        let copies = unsafe { &raw mut (*slot).copies };
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: a part of that of `Self`.
        unsafe { Copies::placement_default(copies) }
    }
}

impl<T: Pod> ShmSeqLock<T> {
    /// A lock with this value, and without a writer.
    pub const fn new(value: T) -> Self {
        let writer = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        Self {
            raw: RawSeqLock::from_words(writer, AtomicU64::new(0), AtomicU64::new(0)),
            copies: Copies::new(value),
        }
    }

    /// The last value that was written completely. Never blocks, whatever a writer does or has suffered.
    ///
    /// It costs a copy of the value and a look at one cache line. It copies again if a writer has made nearly eight writes
    /// meanwhile.
    #[inline]
    #[must_use]
    pub fn read(&self) -> T {
        let mut value = MaybeUninit::uninit();
        if size_of::<T>() > copy::LARGE {
            self.read_large(&mut value);
        } else {
            self.raw.read(|index| self.copies.load(index, &mut value));
        }
        // SAFETY: `assume_init` requires a value: all bytes were loaded, and any will do (invariant 1).
        unsafe { value.assume_init() }
    }

    /// Writes the value; waits as long as another writer, who lives, writes or has a [`writer`](Self::writer).
    ///
    /// # Panics
    ///
    /// In debug builds, if this thread has the writer; in others it waits for ever then. At the first lock in a process, if the kernel
    /// refuses the file lock by which other processes see that this one lives.
    #[inline]
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "it is moved into the lock, as into a cell")]
    pub fn write(&self, value: T) {
        if !self.write_fast(&value) {
            held::forbid_twice(self, || self.raw.writer() == me::token());
            self.write_within(&value, Patience::Forever);
        }
    }

    /// Writes the value if nobody who lives is writing. Never blocks.
    ///
    /// # Errors
    ///
    /// [`OtherWriterError`] with the value, if there is another writer, also on this thread.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSeqLock;
    ///
    /// let level = ShmSeqLock::new(5_u32);
    /// let writer = level.writer();
    /// let refused = level.try_write(6).unwrap_err();
    /// assert_eq!((refused.pid(), refused.into_inner()), (Some(std::process::id()), 6));
    /// drop(writer);
    /// level.try_write(6)?;
    /// assert_eq!(level.read(), 6);
    /// # Ok::<(), shmcore::sync::OtherWriterError<u32>>(())
    /// ```
    #[inline]
    pub fn try_write(&self, value: T) -> Result<(), OtherWriterError<T>> {
        if self.write_fast(&value) || self.write_within(&value, Patience::None) {
            return Ok(());
        }
        Err(OtherWriterError::new(value, self.raw.writer()))
    }

    /// Writes the value; waits at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`OtherWriterError`] with the value, if another writer was there all the time, also on this thread.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`write`](Self::write).
    pub fn write_timeout(&self, value: T, time: Duration) -> Result<(), OtherWriterError<T>> {
        if self.write_within(&value, Patience::of(time)) {
            return Ok(());
        }
        Err(OtherWriterError::new(value, self.raw.writer()))
    }

    /// Changes the value by `f`, which nobody else's write can come between; waits as [`write`](Self::write) does. Readers have
    /// the value from before until `f` has returned, so it may take its time.
    ///
    /// If `f` panics, nothing is written, and others may write.
    ///
    /// # Process death
    ///
    /// A process that dies inside has written nothing.
    ///
    /// # Panics
    ///
    /// As [`write`](Self::write), and if `f` does.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSeqLock;
    ///
    /// let position = ShmSeqLock::new([0_i64; 3]);
    /// position.update(|[x, _, z]| (*x, *z) = (3, *x - 1));
    /// assert_eq!(position.read(), [3, 0, -1]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn update<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.writer().update(f)
    }

    /// Becomes the only writer, until the result is dropped; waits as long as another one lives.
    ///
    /// # Panics
    ///
    /// As [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSeqLock;
    ///
    /// static PROGRESS: ShmSeqLock<[u32; 2]> = ShmSeqLock::new([0; 2]);
    ///
    /// let mut writer = PROGRESS.writer();
    /// for done in 1..=100 {
    ///     writer.write([done, 100]);
    /// }
    /// assert_eq!(PROGRESS.read(), [100; 2]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn writer(&self) -> ShmSeqLockWriter<'_, T> {
        match self.writer_fast() {
            Some(writer) => writer,
            None => self.writer_slow(),
        }
    }

    /// Becomes the only writer if nobody who lives is one. Never blocks.
    ///
    /// # Errors
    ///
    /// [`OtherWriterError`] if there is another writer, also on this thread.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`write`](Self::write).
    pub fn try_writer(&self) -> Result<ShmSeqLockWriter<'_, T>, OtherWriterError> {
        self.writer_fast().map_or_else(|| self.writer_within(Patience::None), Ok)
    }

    /// Becomes the only writer; waits at most for `time`, by the monotonic clock.
    ///
    /// # Errors
    ///
    /// [`OtherWriterError`] if another writer was there all the time, also on this thread.
    ///
    /// # Panics
    ///
    /// At the first lock in a process, as [`write`](Self::write).
    pub fn writer_timeout(&self, time: Duration) -> Result<ShmSeqLockWriter<'_, T>, OtherWriterError> {
        self.writer_within(Patience::of(time))
    }

    /// The value, by exclusive reference: nobody else has the lock, so nobody reads it meanwhile.
    pub fn get_mut(&mut self) -> &mut T {
        self.copies.get_mut(self.raw.current())
    }

    /// The value, out of the lock.
    pub fn into_inner(self) -> T {
        self.read()
    }

    /// The usual case: nobody writes, and nobody has died.
    #[inline]
    fn write_fast(&self, value: &T) -> bool {
        let me = me::known_token().filter(|&me| self.raw.lock_fast(me));
        me.map(|me| self.write_and_unlock(me, value)).is_some()
    }

    /// In whatever state the lock is; `false` if the patience is over.
    #[cold]
    fn write_within(&self, value: &T, patience: Patience) -> bool {
        let me = me::token();
        self.raw.lock_slow(me, patience).map(|()| self.write_and_unlock(me, value)).is_ok()
    }

    /// For the writer. Nothing of the user's runs in between, so nothing panics or forks.
    #[inline]
    fn write_and_unlock(&self, me: u64, value: &T) {
        self.raw.write(|index| self.copies.store(index, value));
        self.raw.unlock(me);
    }

    /// The usual case: nobody writes, nobody has died, and this thread is in order.
    #[inline]
    fn writer_fast(&self) -> Option<ShmSeqLockWriter<'_, T>> {
        let me = me::plain_token()?;
        self.raw.lock_fast(me).then(|| ShmSeqLockWriter::new(self, Holder::plain(me)))
    }

    #[cold]
    #[track_caller]
    fn writer_slow(&self) -> ShmSeqLockWriter<'_, T> {
        held::forbid_twice(self, || self.raw.writer() == me::token());
        // Nobody waits longer than for ever.
        self.writer_within(Patience::Forever).unwrap_or_else(|_| unreachable!("the lock was given up"))
    }

    /// In whatever state the lock is.
    #[cold]
    fn writer_within(&self, patience: Patience) -> Result<ShmSeqLockWriter<'_, T>, OtherWriterError> {
        let me = me::token();
        match self.raw.lock_slow(me, patience) {
            Ok(()) => Ok(ShmSeqLockWriter::new(self, Holder::new(me))),
            Err(Held) => Err(OtherWriterError::new((), self.raw.writer())),
        }
    }

    /// Reads, in a function of its own: the compiler then gives it the place where the caller wants the value, and copies nothing
    /// afterwards.
    #[inline(never)]
    fn read_large(&self, value: &mut MaybeUninit<T>) {
        self.raw.read(|index| self.copies.load(index, value));
    }
}

impl<T: Pod + Default> Default for ShmSeqLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Pod> From<T> for ShmSeqLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for ShmSeqLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmSeqLock").field("value", &self.read()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
