//! What holds a `ShmRwLock`: the guard of a reader and that of a writer. They are apart from the lock to keep both files
//! short.
//!
//! # Safety
//!
//! 1. A guard is made only for who has just taken the lock, and gives it back once: when it is dropped, or made into another.
//! 2. The lock of a guard is kept by its process until then; while that lives, nobody takes it away.
#![allow(unsafe_code, reason = "hands out references to the value")]

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::{SLOTS, ShmRwLock};
use crate::ShmSafe;
use crate::sync::error::PoisonError;
use crate::sync::held::Held;
use crate::sync::me::{Claim, Holder};
use crate::sync::raw::rwlock::RawRwLock;

/// The lock of a [`ShmRwLock`] for reading: gives the value, and the lock back when it is dropped.
///
/// It stays on its thread. Dropped in a forked child it does nothing: the lock is its parent's. Forgotten, the lock
/// stays held until this process ends or unmaps the region, and writers wait until then.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct ShmRwLockReadGuard<'a, T> {
    lock: &'a ShmRwLock<T>,
    /// It notes the index of the slot in which this guard counts. In a word of its own that would cost as much as the lock:
    /// guards of three words are moved through memory, and read there in other parts than they were written.
    holder: Holder,
    _held: Held,
}

/// The lock of a [`ShmRwLock`] for writing: gives the value, and the lock back when it is dropped.
///
/// It stays on its thread. Dropped in a forked child it does nothing: the lock is its parent's. Forgotten, the lock
/// stays held until this process ends or unmaps the region; then the others see a dead writer.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct ShmRwLockWriteGuard<'a, T> {
    lock: &'a ShmRwLock<T>,
    holder: Holder,
    held: Held,
}

impl<'a, T> ShmRwLockReadGuard<'a, T> {
    /// The guard of the read lock that was just taken.
    #[inline]
    pub(super) fn new(lock: &'a ShmRwLock<T>, holder: Holder, slot: usize) -> Self {
        Self { lock, holder: holder.noting(slot), _held: Held::new(lock) }
    }
}

impl<'a, T> ShmRwLockWriteGuard<'a, T> {
    /// The guard of the write lock that was just taken.
    #[inline]
    pub(super) fn new(lock: &'a ShmRwLock<T>, holder: Holder) -> Self {
        Self { lock, holder, held: Held::new(lock) }
    }

    /// Makes a guard for reading of the one for writing. No other writer comes in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmRwLock, sync::ShmRwLockWriteGuard};
    ///
    /// let lock = ShmRwLock::new(1_u32);
    /// let mut writer = lock.write().unwrap();
    /// *writer += 1;
    /// let reader = ShmRwLockWriteGuard::downgrade(writer);
    /// assert_eq!((*reader, *lock.read().unwrap()), (2, 2));
    /// ```
    pub fn downgrade(this: Self) -> ShmRwLockReadGuard<'a, T> {
        let slot = if this.holder.is_this_process() {
            poison_if_panicked(&this.lock.raw, this.holder.claim());
            this.lock.raw.downgrade(this.holder.token())
        } else {
            // The lock is the parent's, and the drop of the new guard does nothing either.
            0
        };
        // The write lock is given back.
        let this = ManuallyDrop::new(this);
        // SAFETY: `read` requires an aligned value, that of a reference; it is not dropped where it was, and not used there
        // again.
        let holder = unsafe { std::ptr::read(&raw const this.holder) };
        // SAFETY: as above.
        let held = unsafe { std::ptr::read(&raw const this.held) };
        ShmRwLockReadGuard { lock: this.lock, holder: holder.noting(slot), _held: held }
    }
}

impl<'a, T: ShmSafe> PoisonError<ShmRwLockWriteGuard<'a, T>> {
    /// Puts a whole new value in the place of what a writer left behind, be it torn or not. The lock stays poisoned until
    /// [`clear_poison`](ShmRwLock::clear_poison).
    ///
    /// # Process death
    ///
    /// As of any writer: the next holder gets the poison, and a torn value shows as such.
    pub fn overwrite(self, value: T) -> ShmRwLockWriteGuard<'a, T> {
        let guard = self.into_guard();
        guard.holder.debug_assert_this_process();
        // SAFETY: `write` requires an aligned place that is valid for writes: the value's, of whose lock this is the guard
        // (invariants 1 and 2).
        unsafe { guard.lock.value.get().write(value) };
        guard.lock.raw.writers().clear_suspicion();
        guard
    }
}

impl<T> Deref for ShmRwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.holder.debug_assert_this_process();
        // SAFETY: a reference requires an aligned, valid value that nobody writes: this is a guard of its lock (invariants 1
        // and 2, and 2 of the lock).
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> Deref for ShmRwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.holder.debug_assert_this_process();
        // SAFETY: a reference requires an aligned, valid value that nobody writes: this is the guard of its lock (invariants 1
        // and 2, and 2 of the lock).
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for ShmRwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.holder.debug_assert_this_process();
        // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: this is the guard of its lock for writing,
        // borrowed exclusively (invariants 1 and 2, and 2 of the lock).
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for ShmRwLockReadGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let claim = self.holder.claim();
        let is_done = claim.is_current() && self.lock.raw.read_unlock_fast(claim.token(), claim.note());
        if !is_done {
            read_unlock_slow(&self.lock.raw, claim);
        }
    }
}

#[cold]
fn read_unlock_slow(raw: &RawRwLock<SLOTS>, claim: Claim) {
    if claim.is_this_process() {
        raw.read_unlock(claim.token(), claim.note());
    }
}

impl<T> Drop for ShmRwLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let claim = self.holder.claim();
        let is_done = claim.plain().is_some_and(|me| self.lock.raw.write_unlock_fast(me));
        if !is_done {
            write_unlock_slow(&self.lock.raw, claim);
        }
    }
}

#[cold]
fn write_unlock_slow(raw: &RawRwLock<SLOTS>, claim: Claim) {
    if claim.is_this_process() {
        poison_if_panicked(raw, claim);
        raw.write_unlock(claim.token());
    }
}

fn poison_if_panicked(raw: &RawRwLock<SLOTS>, claim: Claim) {
    if claim.has_panicked() {
        raw.writers().poison();
    }
}

macro_rules! as_the_value {
    ($($guard:ident)*) => {$(
        impl<T: fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

as_the_value! { ShmRwLockReadGuard ShmRwLockWriteGuard }
