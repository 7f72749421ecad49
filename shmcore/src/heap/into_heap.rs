//! What can be put into a container of a heap: a value, or what makes one in the heap.
//!
//! # Safety
//!
//! 1. A place that was put into holds a value.
#![allow(unsafe_code, reason = "writes values into the heap")]

use super::access::Access;
use super::error::HeapError;
use super::{Heap, String, Vec};
use crate::ShmSafe;
use crate::layout::owns_heap_memory;

/// Can be put into a container of a heap as a `T`: a `T` itself, and what makes one in the heap in the same step: `&str` for a
/// [`String`], `&[T]` and `[T; N]` of [`Copy`] values for a [`Vec`].
///
/// Implemented for these and nothing else.
///
/// # Examples
///
/// ```
/// use shmcore::heap::{Box, String, Vec};
/// use shmcore::{ShmMutex, ShmOptions};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<String>>>(64 << 10)?;
/// let mut names = heap.root().lock().expect("nobody has died");
/// names.push(&heap, "made where it will lie")?;
/// let mut own = String::from_str(&heap, "made here")?;
/// own.push_str(&heap, ", and moved")?;
/// names.push(&heap, own)?;
/// assert_eq!(names.get(&heap, 1)?.expect("two").as_str(&heap)?, "made here, and moved");
/// let mut numbers: Box<Vec<u64>> = Box::new(&heap, [1, 2, 3])?;
/// assert_eq!(numbers.get(&heap)?.expect("full").as_slice(&heap)?, [1, 2, 3]);
/// numbers.free(&heap)?;
/// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a heap as `{T}`",
    note = "a `{T}` can, and for a `heap::String` a `&str`, for a `heap::Vec<U>` a slice or an array of `Copy` values"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait IntoHeap<T>: Put<T> {}

/// How it is done.
pub(super) trait Put<T>: Sized {
    /// Whether the value owns nothing, so that the heap is not needed to put it anywhere.
    const IS_PLAIN: bool;

    /// Makes sure that what the value owns is bound to it, before anything else. Commits.
    fn bind(self, access: &mut Access<'_>) -> Result<Self, (Self, HeapError)>;

    /// Puts the value, which is [bound](Self::bind), into a place of the heap that is a value from the commit on. The caller forgets
    /// `self` then; if it does not commit, `self` is as it was.
    ///
    /// # Safety
    ///
    /// `place` is aligned and valid for writes of a `T`, and nobody else uses it.
    unsafe fn put(&self, access: &mut Access<'_>, place: *mut T) -> Result<(), HeapError>;

    /// Puts a plain value into a place.
    ///
    /// # Safety
    ///
    /// As [`put`](Self::put), and [`IS_PLAIN`](Self::IS_PLAIN).
    unsafe fn put_plain(self, place: *mut T);

    /// Frees what the value owns, which is not needed any more: it is put nowhere.
    fn free(self, heap: &Heap) -> Result<(), HeapError>;
}

impl<T: ShmSafe> IntoHeap<T> for T {}

impl<T: ShmSafe> Put<T> for T {
    const IS_PLAIN: bool = !owns_heap_memory(T::LAYOUT);

    fn bind(mut self, access: &mut Access<'_>) -> Result<Self, (Self, HeapError)> {
        if <Self as Put<T>>::IS_PLAIN {
            return Ok(self);
        }
        // SAFETY: `bind_all` requires a value that the caller has alone: it was given by value.
        match unsafe { access.bind_all(T::LAYOUT, (&raw mut self).cast()) } {
            Ok(()) => Ok(self),
            Err(error) => Err((self, error)),
        }
    }

    unsafe fn put(&self, access: &mut Access<'_>, place: *mut T) -> Result<(), HeapError> {
        // SAFETY: `copy_nonoverlapping` requires what the caller vouches for; one of the two is forgotten, which is a move.
        unsafe { place.copy_from_nonoverlapping(self, 1) };
        if !<Self as Put<T>>::IS_PLAIN {
            // SAFETY: `give` requires a value that the caller has alone: just written, where nobody else is.
            unsafe { access.give(T::LAYOUT, place.cast()) };
        }
        Ok(())
    }

    #[inline]
    unsafe fn put_plain(self, place: *mut T) {
        // SAFETY: `write` requires what the caller vouches for.
        unsafe { place.write(self) };
    }

    #[inline]
    fn free(mut self, heap: &Heap) -> Result<(), HeapError> {
        if <Self as Put<T>>::IS_PLAIN {
            return Ok(());
        }
        // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: it was given by value.
        unsafe { Access::new(heap)?.free_owned_by(T::LAYOUT, (&raw mut self).cast()) }
    }
}

/// Makes the vector of copies of these elements.
macro_rules! copies {
    ($([$($generics:tt)*] $type:ty => $target:ty, |$this:ident| $elements:expr;)*) => {$(
        impl<$($generics)*> IntoHeap<$target> for $type {}

        impl<$($generics)*> Put<$target> for $type {
            const IS_PLAIN: bool = false;

            fn bind(self, _: &mut Access<'_>) -> Result<Self, (Self, HeapError)> {
                Ok(self)
            }

            unsafe fn put(&self, access: &mut Access<'_>, place: *mut $target) -> Result<(), HeapError> {
                let $this = self;
                let made = <$target>::with_copies(access, $elements, place)?;
                // SAFETY: `write` requires what the caller vouches for.
                unsafe { place.write(made) };
                Ok(())
            }

            unsafe fn put_plain(self, _: *mut $target) {
                unreachable!("it is not plain")
            }

            fn free(self, _: &Heap) -> Result<(), HeapError> {
                Ok(())
            }
        }
    )*};
}

copies! {
    [] &str => String, |text| text;
    [] &std::string::String => String, |text| text.as_str();
    [T: ShmSafe + Copy] &[T] => Vec<T>, |elements| elements;
    [T: ShmSafe + Copy, const N: usize] [T; N] => Vec<T>, |elements| elements.as_slice();
    [T: ShmSafe + Copy, const N: usize] &[T; N] => Vec<T>, |elements| elements.as_slice();
}

/// Puts something into the heap. If there is no room, what is kept for small blocks is given back first, and it is tried again.
pub(super) fn put_or_trim<'h, R>(
    access: &mut Access<'h>,
    put: impl Fn(&mut Access<'h>) -> Result<R, HeapError>,
) -> Result<R, HeapError> {
    let mut result = put(access);
    if matches!(result, Err(HeapError::OutOfMemory { .. })) {
        access.abandon();
        access.trim()?;
        result = put(access);
    }
    result.inspect_err(|_| access.abandon())
}
