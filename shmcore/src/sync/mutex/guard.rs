//! The guard of a `ShmMutex`: what its holder does with the value.
//!
//! # Safety
//!
//! As of the mutex, whose invariants these are; a guard exists for the holder of the lock only, and for the copy of it in a forked
//! child.
#![allow(unsafe_code, reason = "hands out references to the value")]

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::ShmMutex;
use crate::ShmSafe;
use crate::sync::PoisonError;
use crate::sync::held::Held;
use crate::sync::me::{Claim, Holder};
use crate::sync::raw::mutex::RawMutex;

/// The lock of a [`ShmMutex`]: gives the value, and the lock back when it is dropped.
///
/// It stays on its thread. Dropped in a forked child it does nothing: the lock is its parent's. Forgotten, the lock
/// stays held until this process ends or unmaps the region; then the others see a dead holder.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct ShmMutexGuard<'a, T> {
    mutex: &'a ShmMutex<T>,
    holder: Holder,
    _held: Held,
}

impl<'a, T> ShmMutexGuard<'a, T> {
    /// The guard of a lock that was just taken.
    #[inline]
    pub(super) const fn new(mutex: &'a ShmMutex<T>, holder: Holder, held: Held) -> Self {
        Self { mutex, holder, _held: held }
    }
}

/// For condition variables. No methods, which would hide those of the value.
impl<'a, T> ShmMutexGuard<'a, T> {
    pub(in crate::sync) fn mutex(guard: &Self) -> &'a ShmMutex<T> {
        guard.mutex
    }

    pub(in crate::sync) fn holder(guard: &Self) -> &Holder {
        &guard.holder
    }
}

impl<'a, T: ShmSafe> PoisonError<ShmMutexGuard<'a, T>> {
    /// Puts a whole new value in the place of what a holder left behind, be it torn or not. The lock stays poisoned until
    /// [`clear_poison`](ShmMutex::clear_poison).
    ///
    /// # Process death
    ///
    /// As of any holder: the next one gets the poison, and a torn value shows as such.
    pub fn overwrite(self, value: T) -> ShmMutexGuard<'a, T> {
        let guard = self.into_guard();
        guard.holder.debug_assert_this_process();
        // SAFETY: `write` requires an aligned place that is valid for writes: the value's, of whose lock this is the guard
        // (invariant 1).
        unsafe { guard.mutex.value.get().write(value) };
        guard.mutex.raw.clear_suspicion();
        guard
    }
}

impl<T> Deref for ShmMutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.holder.debug_assert_this_process();
        // SAFETY: a reference requires an aligned, valid value that nobody writes: this is the guard of its lock
        // (invariants 1 and 2).
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for ShmMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.holder.debug_assert_this_process();
        // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: this is the guard of its lock, borrowed
        // exclusively (invariants 1 and 2).
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for ShmMutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let claim = self.holder.claim();
        let is_done = claim.plain().is_some_and(|me| self.mutex.raw.unlock_fast(me));
        if !is_done {
            unlock_slow(&self.mutex.raw, claim);
        }
    }
}

#[cold]
fn unlock_slow(raw: &RawMutex, claim: Claim) {
    if claim.is_this_process() {
        if claim.has_panicked() {
            raw.poison();
        }
        raw.unlock(claim.token());
    }
}

impl<T: fmt::Debug> fmt::Debug for ShmMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for ShmMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
