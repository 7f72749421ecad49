//! `ShmOption<T>`: an `Option` whose layout is fixed. It is apart from the containers because it is an enum that the derive
//! knows, and validates like all others.
//!
//! # Safety
//!
//! 1. `repr(u8)` is a union of `repr(C)` structs, one a variant, each with the tag first (Reference, "Primitive representation of
//!    enums with fields"): `Some` is a [`SomeParts`].
//! 2. The tag says `Some` after the value was written, and `None` before it is given away, in program order, in what this file does.
#![allow(unsafe_code, reason = "writes tag and value one after the other")]

use std::mem::{self, MaybeUninit};
use std::ptr;
use std::slice;
use std::sync::atomic::{Ordering, compiler_fence};

use crate::ShmSafe;

mod traits;

/// A value or none: [`Option`], with a layout that is fixed.
///
/// [`as_ref`](Self::as_ref), [`as_mut`](Self::as_mut) and [`into_option`](Self::into_option) make std's; `From` goes both ways.
///
/// # Layout
///
/// `#[repr(u8)]`: a tag, 0 for `None` and 1 for `Some`, then the value. All zeroes is `None`.
///
/// # Process death
///
/// If the process is killed inside [`insert`](Self::insert), [`replace`](Self::replace), [`take`](Self::take) or another method that puts a
/// value in or takes it out, the value is there, or there is none. An assignment, as of any enum, may be half done; the lock around it
/// is poisoned then.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOption, create_shared};
///
/// let job = create_shared::<ShmMutex<ShmOption<u64>>>()?;
/// let mut job = job.lock().expect("nobody has died");
/// assert!(job.is_none());
/// job.insert(7);
/// assert_eq!(*job, Some(7));
/// assert_eq!(job.take().into_option(), Some(7));
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[derive(ShmSafe, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ShmOption<T> {
    /// No value.
    #[default]
    None = 0,
    /// A value.
    Some(T) = 1,
}

use ShmOption::{None as Nothing, Some as Just};

/// What `Some` is in memory.
#[repr(C)]
struct SomeParts<T> {
    tag: u8,
    value: MaybeUninit<T>,
}

impl<T> ShmOption<T> {
    /// Whether there is a value.
    #[must_use]
    #[inline]
    pub const fn is_some(&self) -> bool {
        matches!(self, Just(_))
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub const fn is_none(&self) -> bool {
        !self.is_some()
    }

    /// Whether there is a value that fulfils a condition.
    #[must_use]
    pub fn is_some_and(self, condition: impl FnOnce(T) -> bool) -> bool {
        self.into_option().is_some_and(condition)
    }

    /// Whether there is none, or a value that fulfils a condition.
    #[must_use]
    pub fn is_none_or(self, condition: impl FnOnce(T) -> bool) -> bool {
        self.into_option().is_none_or(condition)
    }

    /// The value by reference.
    #[must_use]
    #[inline]
    pub const fn as_ref(&self) -> Option<&T> {
        match self {
            Just(value) => Some(value),
            Nothing => None,
        }
    }

    /// The value, to be changed.
    #[must_use]
    #[inline]
    pub const fn as_mut(&mut self) -> Option<&mut T> {
        match self {
            Just(value) => Some(value),
            Nothing => None,
        }
    }

    /// The value in a slice of one, or an empty slice.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.as_ref().map_or(&[], slice::from_ref)
    }

    /// The same as std's `Option`.
    #[must_use]
    #[inline]
    pub fn into_option(self) -> Option<T> {
        match self {
            Just(value) => Some(value),
            Nothing => None,
        }
    }

    /// The value.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn unwrap(self) -> T {
        self.into_option().expect("`unwrap` of a `ShmOption` that is `None`")
    }

    /// The value.
    ///
    /// # Panics
    ///
    /// If there is none, with `message`.
    #[must_use]
    #[track_caller]
    pub fn expect(self, message: &str) -> T {
        self.into_option().expect(message)
    }

    /// The value, or `default`.
    #[must_use]
    pub fn unwrap_or(self, default: T) -> T {
        self.into_option().unwrap_or(default)
    }

    /// The value, or what `default` returns.
    #[must_use]
    pub fn unwrap_or_else(self, default: impl FnOnce() -> T) -> T {
        self.into_option().unwrap_or_else(default)
    }

    /// The value, or the default of its type.
    #[must_use]
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.into_option().unwrap_or_default()
    }

    /// Makes another value of the value.
    #[must_use]
    pub fn map<U>(self, function: impl FnOnce(T) -> U) -> ShmOption<U> {
        self.into_option().map(function).into()
    }

    /// What `function` makes of the value, or `default`.
    #[must_use]
    pub fn map_or<U>(self, default: U, function: impl FnOnce(T) -> U) -> U {
        self.into_option().map_or(default, function)
    }

    /// What `function` makes of the value, or what `default` returns.
    #[must_use]
    pub fn map_or_else<U>(self, default: impl FnOnce() -> U, function: impl FnOnce(T) -> U) -> U {
        self.into_option().map_or_else(default, function)
    }

    /// What `function` makes of the value, if there is one.
    #[must_use]
    pub fn and_then<U>(self, function: impl FnOnce(T) -> ShmOption<U>) -> ShmOption<U> {
        match self {
            Just(value) => function(value),
            Nothing => Nothing,
        }
    }

    /// The other one if there is a value.
    #[must_use]
    pub fn and<U>(self, other: ShmOption<U>) -> ShmOption<U> {
        self.and_then(|_| other)
    }

    /// The value if it fulfils a condition.
    #[must_use]
    pub fn filter(self, condition: impl FnOnce(&T) -> bool) -> Self {
        self.into_option().filter(condition).into()
    }

    /// The value, or the other one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_some() { self } else { other }
    }

    /// The value, or what `other` returns.
    #[must_use]
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_some() { self } else { other() }
    }

    /// The value that there is, if only one of the two has one.
    #[must_use]
    pub fn xor(self, other: Self) -> Self {
        self.into_option().xor(other.into_option()).into()
    }

    /// The value, or an error.
    ///
    /// # Errors
    ///
    /// `error` if there is none.
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        self.into_option().ok_or(error)
    }

    /// The value, or an error.
    ///
    /// # Errors
    ///
    /// What `error` returns if there is none.
    pub fn ok_or_else<E>(self, error: impl FnOnce() -> E) -> Result<T, E> {
        self.into_option().ok_or_else(error)
    }

    /// The value, once, if there is one.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The value, once, if there is one, to be changed.
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, T> {
        self.as_mut().map_or(&mut [][..], slice::from_mut).iter_mut()
    }
}

#[expect(clippy::return_self_not_must_use, reason = "as in std, the old value may be of no interest")]
impl<T: ShmSafe> ShmOption<T> {
    /// Takes the value out, and leaves none.
    pub fn take(&mut self) -> Self {
        // SAFETY: `read` requires a valid value, which is not used twice as if it was two: this one is overwritten by `None` below,
        // and neither has drop glue (`ShmSafe`).
        let taken = unsafe { ptr::read(self) };
        self.set_none();
        taken
    }

    /// Takes the value out if it fulfils a condition.
    pub fn take_if(&mut self, condition: impl FnOnce(&mut T) -> bool) -> Self {
        if self.as_mut().is_some_and(condition) { self.take() } else { Nothing }
    }

    /// Puts a value in, and returns the old one.
    pub fn replace(&mut self, value: T) -> Self {
        let old = self.take();
        self.insert(value);
        old
    }

    /// Puts a value in, in place of the old one.
    pub fn insert(&mut self, value: T) -> &mut T {
        self.set_none();
        let parts = ptr::from_mut(self).cast::<SomeParts<T>>();
        // SAFETY: a place requires a pointer into an allocation: it is to `self`, of which `SomeParts` is a part (invariant 1).
        let place = unsafe { &raw mut (*parts).value };
        // SAFETY: `write` requires an aligned pointer that is valid for writes: it is to a part of what is borrowed exclusively. What is
        // written there is no part of the value now, which is `None`.
        unsafe { place.write(MaybeUninit::new(value)) };
        // Invariant 2: for whoever finds the bytes after this process was killed.
        compiler_fence(Ordering::Release);
        // SAFETY: as for `place`.
        let tag = unsafe { &raw mut (*parts).tag };
        // SAFETY: `write` requires an aligned pointer that is valid for writes, as above. The bytes are a `Some` then (invariant 1): the
        // value was just written.
        unsafe { tag.write(1) };
        compiler_fence(Ordering::Release);
        self.as_mut().unwrap_or_else(|| unreachable!("a value was put in"))
    }

    /// The value, which is `value` if there was none.
    pub fn get_or_insert(&mut self, value: T) -> &mut T {
        self.get_or_insert_with(|| value)
    }

    /// The value, which is what `value` returns if there was none.
    pub fn get_or_insert_with(&mut self, value: impl FnOnce() -> T) -> &mut T {
        if self.is_none() {
            self.insert(value());
        }
        self.as_mut().unwrap_or_else(|| unreachable!("there is a value"))
    }

    /// The value, which is the default of its type if there was none.
    pub fn get_or_insert_default(&mut self) -> &mut T
    where
        T: Default,
    {
        self.get_or_insert_with(T::default)
    }

    fn set_none(&mut self) {
        let parts = ptr::from_mut(self).cast::<SomeParts<T>>();
        compiler_fence(Ordering::Release);
        // SAFETY: a place requires a pointer into an allocation: it is to `self`, of which `SomeParts` is a part (invariant 1).
        let tag = unsafe { &raw mut (*parts).tag };
        // SAFETY: `write` requires an aligned pointer that is valid for writes: it is to a part of what is borrowed exclusively. With
        // the tag 0 any bytes are a `None`, and nothing has to be dropped (`ShmSafe`).
        unsafe { tag.write(0) };
        compiler_fence(Ordering::Release);
    }
}

const _: () = {
    assert!(mem::offset_of!(SomeParts<u64>, tag) == 0 && mem::offset_of!(SomeParts<u64>, value) == 8);
    assert!(size_of::<SomeParts<u64>>() == size_of::<ShmOption<u64>>());
};

#[cfg(test)]
mod tests;
