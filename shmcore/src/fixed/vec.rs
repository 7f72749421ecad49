//! `ShmVec<T, N>`: a list of at most `N` elements, in one piece.
//!
//! # Safety
//!
//! 1. The first `len` places hold values of `T`; the others may hold anything. A `len` beyond `N`, which only damaged bytes have,
//!    counts as `N`: what validation has let through, or safe code has made, is never such.
//! 2. `len` grows after the places were written, and shrinks before they are given away, in program order: whoever finds
//!    the bytes of a process that was killed finds values in the first `len` places, unless it died while it moved elements.
//! 3. `repr(C)`: eight bytes of `len`, then `N` places. All zeroes is the empty list.
#![allow(unsafe_code, reason = "its places are uninitialised memory")]

use std::mem::{MaybeUninit, offset_of};
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::slice;
use std::sync::atomic::{Ordering, compiler_fence};

use super::CapacityError;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

mod convert;
mod into_iter;
mod many;
mod traits;

pub use into_iter::IntoIter;

/// A list of at most `N` elements: [`Vec`], inside the value.
///
/// It derefs to `[T]`. Nothing is on the heap: its size is that of `N` elements and eight bytes, whatever it holds.
///
/// # Layout
///
/// `#[repr(C)]`: the number of elements as `u64`, then `N` places for elements. All zeroes is the empty list.
///
/// # Process death
///
/// If the process is killed inside [`push`](Self::push) or [`pop`](Self::pop), the element is there or it is not. Inside what moves
/// elements, such as [`insert`](Self::insert), some may be there twice or be half moved; the lock around it is poisoned then.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmVec, create_shared};
///
/// let jobs = create_shared::<ShmMutex<ShmVec<u64, 1000>>>()?;
/// let mut jobs = jobs.lock().expect("nobody has died");
/// jobs.push(3)?;
/// jobs.extend_from_slice(&[1, 2])?;
/// jobs.sort_unstable();
/// assert_eq!(*jobs, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmVec<T, const N: usize> {
    len: u64,
    slots: [MaybeUninit<T>; N],
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: a number and values of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's, a
//    `MaybeUninit<T>` is laid out as `T`; validation knows the kind by its name; 3. no interior mutability but that of `T`;
// 4. no drop glue: `MaybeUninit` has none; 5. the number means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> ShmSafe for ShmVec<T, N> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmVec",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "len", offset: 0, layout: u64::LAYOUT },
                Field { name: "slots", offset: offset_of!(Self, slots), layout: <[T; N]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the empty list (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> PlacementDefault for ShmVec<T, N> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no interior mutability but that of the elements.
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable, const N: usize> Immutable for ShmVec<T, N> {}

impl<T: ShmSafe, const N: usize> ShmVec<T, N> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, slots: [const { MaybeUninit::uninit() }; N] }
    }

    /// A list of clones of `elements`.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there are more than `N`.
    pub fn from_slice(elements: &[T]) -> Result<Self, CapacityError<()>>
    where
        T: Clone,
    {
        let mut list = Self::new();
        list.extend_from_slice(elements)?;
        Ok(list)
    }

    /// How many elements it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The number of elements.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is bounded by `N`")]
    pub const fn len(&self) -> usize {
        if self.len < N as u64 { self.len as usize } else { N }
    }

    /// Whether there are no elements.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another element.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// The elements.
    #[must_use]
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        // SAFETY: `from_raw_parts` requires `len` values in one piece, borrowed: the first places hold values (invariant 1), and
        // `len() <= N`.
        unsafe { slice::from_raw_parts(self.slots.as_ptr().cast(), self.len()) }
    }

    /// The elements, to be changed.
    #[must_use]
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        let len = self.len();
        // SAFETY: `from_raw_parts_mut` requires `len` values in one piece, borrowed exclusively: as above.
        unsafe { slice::from_raw_parts_mut(self.slots.as_mut_ptr().cast(), len) }
    }

    fn start(&mut self) -> *mut T {
        self.slots.as_mut_ptr().cast()
    }

    /// Says that the first `len` places hold values.
    ///
    /// # Safety
    ///
    /// They do, and `len <= N`.
    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        // Invariant 2: what was written before stays before, for whoever finds the bytes after this process was killed.
        compiler_fence(Ordering::Release);
        self.len = len as u64;
        compiler_fence(Ordering::Release);
    }

    /// Adds an element at the end.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the list is full.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), CapacityError<T>> {
        let len = self.len();
        let Some(slot) = self.slots.get_mut(len) else { return Err(CapacityError::new(value, N)) };
        slot.write(value);
        // SAFETY: `set_len` requires values in the first places: the last one was just written, and `len < N`.
        unsafe { self.set_len(len + 1) };
        Ok(())
    }

    /// Takes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let len = self.len().checked_sub(1)?;
        // SAFETY: `set_len` requires values in the first places: fewer than before.
        unsafe { self.set_len(len) };
        // SAFETY: `assume_init_read` requires a value, which is used once: the place held one (invariant 1), and belongs to the
        // list no more.
        Some(unsafe { self.slots[len].assume_init_read() })
    }

    /// Takes the last element if it fulfils a condition.
    pub fn pop_if(&mut self, condition: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if condition(self.last_mut()?) { self.pop() } else { None }
    }

    /// Inserts an element at `index`, and moves those behind it.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the list is full.
    ///
    /// # Panics
    ///
    /// If `index` is greater than the length.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), CapacityError<T>> {
        let len = self.len();
        assert!(index <= len, "insertion at {index} of {len} elements");
        if len == N {
            return Err(CapacityError::new(value, N));
        }
        // SAFETY: `add` requires a result inside the places: `index <= len < N`.
        let place = unsafe { self.start().add(index) };
        // SAFETY: as above: `index + 1 <= N`.
        let behind = unsafe { place.add(1) };
        // SAFETY: `copy` requires places that are valid for reads and writes: `len - index` from `index` on, and one further, which is
        // inside because `len < N`.
        unsafe { ptr::copy(place, behind, len - index) };
        // SAFETY: `write` requires an aligned place; what it held was copied, and a `T` has no drop glue.
        unsafe { place.write(value) };
        // SAFETY: `set_len` requires values in the first places: all were moved by one, and the gap was filled.
        unsafe { self.set_len(len + 1) };
        Ok(())
    }

    /// Takes the element at `index`, and moves those behind it.
    ///
    /// # Panics
    ///
    /// If there is no element at `index`.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(index < len, "removal at {index} of {len} elements");
        // SAFETY: `add` requires a result inside the places: `index < len`.
        let place = unsafe { self.start().add(index) };
        // SAFETY: `read` requires a value: the place holds one (invariant 1), and is overwritten or given up below.
        let value = unsafe { place.read() };
        // SAFETY: as above: `index + 1 <= len`.
        let behind = unsafe { place.add(1) };
        // SAFETY: `copy` requires places that are valid for reads and writes: those behind `index`, of which there are
        // `len - index - 1`.
        unsafe { ptr::copy(behind, place, len - index - 1) };
        // SAFETY: `set_len` requires values in the first places: all behind `index` were moved there.
        unsafe { self.set_len(len - 1) };
        value
    }

    /// Takes the element at `index`, and puts the last one in its place.
    ///
    /// # Panics
    ///
    /// If there is no element at `index`.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(index < len, "removal at {index} of {len} elements");
        self.swap(index, len - 1);
        self.pop().unwrap_or_else(|| unreachable!("there is a last element"))
    }

    /// Keeps the first `len` elements.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            // SAFETY: `set_len` requires values in the first places: fewer than before.
            unsafe { self.set_len(len) };
        }
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.truncate(0);
    }
}

impl<T: ShmSafe, const N: usize> Deref for ShmVec<T, N> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: ShmSafe, const N: usize> DerefMut for ShmVec<T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

#[cfg(test)]
mod tests;
