//! The guard of a writer that writes often: it is the only one as long as it lives, so its writes lock nothing.

use std::fmt;

use super::super::held::Held;
use super::super::me::Holder;
use super::ShmSeqLock;
use crate::Pod;

/// The right to write a [`ShmSeqLock`], which nobody else has as long as this lives; made by
/// [`writer`](ShmSeqLock::writer) and its siblings.
///
/// A write is a copy and two plain stores. Readers do not notice that somebody has the right.
///
/// It stays on its thread. In a forked child its drop does nothing, and to write is a panic: the right is its
/// parent's. Forgotten, nobody else writes until this process ends or unmaps the region.
///
/// # Process death
///
/// The next writer takes over, and readers have the last value whose write was complete: see [`ShmSeqLock`].
#[must_use = "the right to write is given back at once if it is not kept"]
pub struct ShmSeqLockWriter<'a, T: Pod> {
    lock: &'a ShmSeqLock<T>,
    holder: Holder,
    _held: Held,
}

impl<'a, T: Pod> ShmSeqLockWriter<'a, T> {
    /// Of the lock whose writer this thread has just become.
    #[inline]
    pub(super) fn new(lock: &'a ShmSeqLock<T>, holder: Holder) -> Self {
        Self { lock, holder, _held: Held::new(lock) }
    }

    /// Writes the value.
    ///
    /// # Panics
    ///
    /// In a forked child: the parent may be writing.
    #[inline]
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "it is moved into the lock, as into a cell")]
    pub fn write(&mut self, value: T) {
        self.require_this_process();
        self.lock.raw.write(|index| self.lock.copies.store(index, &value));
    }

    /// Changes the value by `f`. Readers have the value from before until `f` has returned; if it panics, nothing is
    /// written.
    ///
    /// # Panics
    ///
    /// As [`write`](Self::write), and if `f` does.
    #[inline]
    #[track_caller]
    pub fn update<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.lock.read();
        let result = f(&mut value);
        self.write(value);
        result
    }

    #[inline]
    #[track_caller]
    fn require_this_process(&self) {
        assert!(
            self.holder.is_this_process(),
            "a writer is used in a forked child: the right to write is its parent's"
        );
    }
}

impl<T: Pod> Drop for ShmSeqLockWriter<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.holder.is_this_process() {
            self.lock.raw.unlock(self.holder.token());
        }
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for ShmSeqLockWriter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmSeqLockWriter").field("value", &self.lock.read()).finish_non_exhaustive()
    }
}
