//! `ShmString<N>`: a text of at most `N` bytes of UTF-8. It is apart from the list because its bytes are not free.
//!
//! # Safety
//!
//! 1. The first `len` bytes are UTF-8. A `len` beyond `N`, which only damaged bytes have, counts as 0: the bytes may be anything
//!    then. What validation has let through, or safe code has made, is never such.
//! 2. That holds after every store: bytes in front of `len` are overwritten only through a `&mut str`; whatever moves text
//!    lowers `len` before, and raises it afterwards, in program order. So the text of a process that was killed is UTF-8, unless it
//!    died inside a change of a `&mut str`.
//! 3. `repr(C)`: eight bytes of `len`, then `N` bytes. All zeroes is the empty text.
#![allow(unsafe_code, reason = "its bytes are known to be UTF-8")]

use std::mem::offset_of;
use std::ops::{Deref, DerefMut};
use std::str;
use std::sync::atomic::{Ordering, compiler_fence};

use super::CapacityError;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

mod convert;
mod traits;

/// A text of at most `N` bytes: [`String`], inside the value.
///
/// It derefs to `str`, and hashes and compares as one, so that a [`ShmMap`](crate::ShmMap) whose keys are such texts is asked with
/// a `&str`. Nothing is on the heap: its size is that of `N` bytes and a number, whatever it holds.
///
/// # Layout
///
/// `#[repr(C)]`: the number of bytes as `u64`, then `N` bytes. All zeroes is the empty text.
///
/// # Process death
///
/// If the process is killed inside [`push`](Self::push), [`push_str`](Self::push_str), [`pop`](Self::pop) or
/// [`truncate`](Self::truncate), it is done or it is not. Inside what moves text, such as [`insert`](Self::insert), what was behind the
/// place may be gone; what is left is a text in any case.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMap, ShmMutex, ShmString, create_shared};
/// use std::fmt::Write;
///
/// let prices = create_shared::<ShmMutex<ShmMap<ShmString<16>, u64, 1000>>>()?;
/// let mut prices = prices.lock().expect("nobody has died");
/// let mut name = ShmString::try_from("EUR")?;
/// write!(name, "/{}", "USD")?;
/// prices.insert(name, 109)?;
/// assert_eq!(prices.get("EUR/USD"), Some(&109));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmString<const N: usize> {
    len: u64,
    slots: [u8; N],
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: a number and bytes; 2. an exact layout: `repr(C)`, offsets are the compiler's; validation knows the kind by
//    its name; 3. no interior mutability; 4. no drop glue: there is none; 5. the number means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> ShmSafe for ShmString<N> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmString",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "len", offset: 0, layout: u64::LAYOUT },
                Field { name: "slots", offset: offset_of!(Self, slots), layout: <[u8; N]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the empty text (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> PlacementDefault for ShmString<N> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no interior mutability.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> Immutable for ShmString<N> {}

impl<const N: usize> ShmString<N> {
    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, slots: [0; N] }
    }

    /// How many bytes it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The number of bytes.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is bounded by `N`")]
    pub const fn len(&self) -> usize {
        let len = self.len;
        if len <= N as u64 { len as usize } else { 0 }
    }

    /// Whether there are no bytes.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another byte.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// The text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        let bytes = &self.slots[..self.len()];
        // SAFETY: `from_utf8_unchecked` requires UTF-8: the first `len()` bytes are (invariant 1).
        unsafe { str::from_utf8_unchecked(bytes) }
    }

    /// The text, to be changed without a change of its length.
    #[must_use]
    #[inline]
    pub fn as_mut_str(&mut self) -> &mut str {
        let len = self.len();
        let bytes = &mut self.slots[..len];
        // SAFETY: `from_utf8_unchecked_mut` requires UTF-8: the first `len()` bytes are (invariant 1). They stay it: safe code
        // cannot make anything else of a `&mut str`.
        unsafe { str::from_utf8_unchecked_mut(bytes) }
    }

    /// Says that the first `len` bytes are UTF-8.
    ///
    /// # Safety
    ///
    /// They are, and `len <= N`.
    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        // Invariant 2: what was written before stays before, for whoever finds the bytes after this process was killed; and what
        // is written afterwards stays behind.
        compiler_fence(Ordering::Release);
        self.len = len as u64;
        compiler_fence(Ordering::Release);
    }

    /// Adds a character at the end.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the character if it does not fit.
    #[inline]
    pub fn push(&mut self, character: char) -> Result<(), CapacityError<char>> {
        let pushed = self.push_str(character.encode_utf8(&mut [0; 4]));
        pushed.map_err(|_| CapacityError::new(character, N))
    }

    /// Adds all of `text` at the end, or nothing.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if it does not fit.
    #[inline]
    pub fn push_str(&mut self, text: &str) -> Result<(), CapacityError<()>> {
        let len = self.len();
        let Some(places) = self.slots[len..].get_mut(..text.len()) else {
            return Err(CapacityError::new((), N));
        };
        places.copy_from_slice(text.as_bytes());
        // SAFETY: `set_len` requires UTF-8, inside: `text` is behind what was it, and there were places for all of it.
        unsafe { self.set_len(len + text.len()) };
        Ok(())
    }

    /// Takes the last character.
    pub fn pop(&mut self) -> Option<char> {
        let last = self.chars().next_back()?;
        self.truncate(self.len() - last.len_utf8());
        Some(last)
    }

    /// Keeps the first `len` bytes.
    ///
    /// # Panics
    ///
    /// If `len` is inside a character.
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            assert!(self.is_char_boundary(len), "byte {len} is inside a character");
            // SAFETY: `set_len` requires UTF-8: what is in front of a boundary is.
            unsafe { self.set_len(len) };
        }
    }

    /// Removes all text.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Inserts a character at the byte `index`, and moves what is behind it.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the character if it does not fit.
    ///
    /// # Panics
    ///
    /// If `index` is greater than the length, or inside a character.
    #[track_caller]
    pub fn insert(&mut self, index: usize, character: char) -> Result<(), CapacityError<char>> {
        let inserted = self.insert_str(index, character.encode_utf8(&mut [0; 4]));
        inserted.map_err(|_| CapacityError::new(character, N))
    }

    /// Inserts all of `text` at the byte `index`, or nothing, and moves what is behind it.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if it does not fit.
    ///
    /// # Panics
    ///
    /// If `index` is greater than the length, or inside a character.
    #[track_caller]
    pub fn insert_str(&mut self, index: usize, text: &str) -> Result<(), CapacityError<()>> {
        assert!(self.is_char_boundary(index), "byte {index} is behind the text or inside a character");
        let len = self.len();
        if text.len() > N - len {
            return Err(CapacityError::new((), N));
        }
        // SAFETY: `set_len` requires UTF-8: what is in front of a boundary is. What is behind it is free then (invariant 2).
        unsafe { self.set_len(index) };
        let end = index + text.len();
        self.slots.copy_within(index..len, end);
        self.slots[index..end].copy_from_slice(text.as_bytes());
        // SAFETY: `set_len` requires UTF-8, inside: `text` is between the two parts of what was it, and it fits.
        unsafe { self.set_len(len + text.len()) };
        Ok(())
    }

    /// Takes the character at the byte `index`, and moves what is behind it.
    ///
    /// # Panics
    ///
    /// If there is no character that begins at `index`.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> char {
        let removed = self.get(index..).and_then(|text| text.chars().next());
        let Some(removed) = removed else { panic!("no character begins at byte {index}") };
        let len = self.len();
        // SAFETY: `set_len` requires UTF-8: what is in front of a boundary is. What is behind it is free then (invariant 2).
        unsafe { self.set_len(index) };
        self.slots.copy_within(index + removed.len_utf8()..len, index);
        // SAFETY: `set_len` requires UTF-8: what was behind the character follows what was in front of it.
        unsafe { self.set_len(len - removed.len_utf8()) };
        removed
    }

    /// Keeps the characters that fulfil a condition, in order.
    ///
    /// If it panics, those that it was not asked about may be gone.
    pub fn retain(&mut self, mut condition: impl FnMut(char) -> bool) {
        let len = self.len();
        let (mut kept, mut next) = (0, 0);
        // SAFETY: `from_utf8_unchecked` requires UTF-8: of what was it (invariant 1), whole characters were taken off in front; the
        // others are in their places still, because text is moved only to what is in front of `next`.
        while let Some(character) = unsafe { str::from_utf8_unchecked(&self.slots[next..len]) }.chars().next()
        {
            let end = next + character.len_utf8();
            if condition(character) {
                if kept < next {
                    self.slots.copy_within(next..end, kept);
                }
                kept += end - next;
            }
            next = end;
            if kept < next {
                // SAFETY: `set_len` requires UTF-8: whole characters, one after the other. What is behind is free then (invariant 2).
                unsafe { self.set_len(kept) };
            }
        }
    }
}

impl<const N: usize> Deref for ShmString<N> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> DerefMut for ShmString<N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut str {
        self.as_mut_str()
    }
}

#[cfg(test)]
mod tests;
