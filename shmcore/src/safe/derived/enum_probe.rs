//! The comparison of a computed enum layout with rustc's, in const evaluation: a value that has a tag and nothing
//! else, on which the derive matches.
//!
//! # Safety
//!
//! 1. A `Probe` lives in const evaluation only: it is made by the derive's output, inside a constant. There an invalid
//!    operation is an error of the compilation, never undefined behaviour of the program.
//! 2. `match` on a place reads the tag, and of the fields that a pattern binds by reference it takes the addresses. The
//!    references point to bytes that are no valid value of the field's type, perhaps not initialised. Whether a
//!    reference to such bytes may exist is under debate (Reference, "Behavior considered undefined", on references);
//!    nothing is read through these, and they do not leave the constant.
#![allow(unsafe_code, reason = "makes a value of an enum from its tag alone")]

use core::mem::MaybeUninit;

use super::enum_default::tag_bytes;
use crate::layout::Primitive;

/// What every assertion about an enum says.
pub(super) const NOT_AS_DECLARED: &str = "the layout of this enum is not the one of its declaration; cure: put the \
    `#[derive(ShmSafe)]` below every attribute macro that changes the enum";

/// A value of the enum `T` of which only the tag is there.
#[derive(Debug)]
pub struct Probe<T> {
    value: MaybeUninit<T>,
}

impl<T> Probe<T> {
    /// For an enum without a tag.
    #[must_use]
    pub const fn without_tag() -> Self {
        Self { value: MaybeUninit::uninit() }
    }

    /// The value with the discriminant, in a tag of the given type at offset 0.
    ///
    /// # Panics
    ///
    /// If the tag is larger than the enum.
    #[must_use]
    #[track_caller]
    pub const fn with_tag(tag: Primitive, discriminant: i128) -> Self {
        let mut value = MaybeUninit::<T>::uninit();
        let (bytes, size) = (tag_bytes(tag, discriminant), tag.size());
        assert!(size <= size_of::<T>(), "{}", NOT_AS_DECLARED);
        let slot = value.as_mut_ptr().cast::<u8>();
        // SAFETY: `copy_nonoverlapping` requires
        // 1. the bytes are readable: `bytes` has 16, and no tag is larger;
        // 2. the slot is writable for them: `value` is a local, of at least `size` bytes (asserted);
        // 3. both are aligned for `u8`, and they do not overlap: they are two locals.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), slot, size) };
        Self { value }
    }

    /// The place to match on.
    ///
    /// # Safety
    ///
    /// Nothing but the tag may be read through the reference. It is for const evaluation only (invariants 1 and 2).
    #[must_use]
    pub const unsafe fn as_ref(&self) -> &T {
        // SAFETY: a reference requires
        // 1. alignment and a size that is there: `value` is a `MaybeUninit<T>`, which has both from `T`, and it is
        //    borrowed for as long;
        // 2. a valid value, which this is not: see invariant 2.
        unsafe { &*self.value.as_ptr() }
    }

    /// Where a field of the value lies, in bytes from its start.
    ///
    /// # Panics
    ///
    /// If it lies before.
    ///
    /// # Safety
    ///
    /// `field` points into this value.
    #[must_use]
    pub const unsafe fn offset_of<F>(&self, field: *const F) -> usize {
        // SAFETY: `byte_offset_from` requires that both point into one allocation, and that their distance fits an
        // `isize`: the caller vouches for the field, and the allocation is one value.
        let offset = unsafe { field.byte_offset_from(self.value.as_ptr()) };
        assert!(offset >= 0, "a field lies before its enum");
        offset.cast_unsigned()
    }

    /// Asserts that the field lies at the offset.
    ///
    /// # Panics
    ///
    /// If it does not.
    ///
    /// # Safety
    ///
    /// `field` points into this value.
    #[track_caller]
    pub const unsafe fn assert_offset<F>(&self, field: *const F, offset: usize) {
        // SAFETY: `offset_of` requires that `field` points into this value, as the caller says.
        let of_rustc = unsafe { self.offset_of(field) };
        assert!(of_rustc == offset, "{}", NOT_AS_DECLARED);
    }

    /// Asserts that the variant that rustc found is the one whose tag was written, both by their number.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[track_caller]
    pub const fn assert_variant(&self, written: usize, found: usize) {
        assert!(written == found, "{}", NOT_AS_DECLARED);
    }
}
