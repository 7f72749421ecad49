//! What a region may hold, as a handle's type says it: one value or a slice.
//!
//! # Safety
//!
//! 1. A region's value is `region.len()` values of the type whose facts it was made or examined with, one after the
//!    other, at the type's alignment and inside the mapping.
#![allow(unsafe_code, reason = "makes pointers into the mapping")]

use std::ptr::NonNull;

use crate::ShmSafe;
use crate::layout::{TypeLayout, owns_heap_memory};
use crate::region::{Expected, Region, TypeFacts};

/// Refuses, when it is compiled, a type with containers of a heap: their heap would not be told of a process that dies while it
/// moves one in a region that is not the heap's own.
pub(super) const fn refuse_containers_of_heaps(layout: &TypeLayout) {
    assert!(
        !owns_heap_memory(layout),
        "containers of a heap lie in a heap: use `ShmOptions::…::create_heap::<T>(bytes)` instead of `create_shared::<T>()`"
    );
}

/// `T` or `[T]`, of a `T` that is [`ShmSafe`]. Implemented for these and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between processes: it is not `ShmSafe`",
    label = "not `ShmSafe`",
    note = "cause: it is not known to be free of heap memory, addresses, handles, process-local locks and \
            layouts that are not fixed",
    note = "cure: put `#[derive(ShmSafe)]` and `#[repr(C)]` on a type of your own"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait Contents: Sealed {}

#[diagnostic::do_not_recommend]
impl<T: ShmSafe> Contents for T {}
#[diagnostic::do_not_recommend]
impl<T: ShmSafe> Contents for [T] {}

/// What a region must know of the type, and how its value is found.
pub(crate) trait Sealed {
    const EXPECTED: Expected;
    fn facts() -> &'static TypeFacts;
    /// The value of a region that was made, or examined, as this type.
    fn pointer(region: &Region) -> NonNull<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: ShmSafe> Sealed for T {
    const EXPECTED: Expected = Expected::Value;

    fn facts() -> &'static TypeFacts {
        const { refuse_containers_of_heaps(T::LAYOUT) };
        TypeFacts::of::<T>()
    }

    fn pointer(region: &Region) -> NonNull<Self> {
        // SAFETY: `new_unchecked` requires that the address is not 0: it lies inside a mapping, behind the header.
        unsafe { NonNull::new_unchecked(region.value().cast()) }
    }
}

#[diagnostic::do_not_recommend]
impl<T: ShmSafe> Sealed for [T] {
    const EXPECTED: Expected = Expected::Slice;

    fn facts() -> &'static TypeFacts {
        const { refuse_containers_of_heaps(T::LAYOUT) };
        TypeFacts::of::<T>()
    }

    fn pointer(region: &Region) -> NonNull<Self> {
        let slice = std::ptr::slice_from_raw_parts_mut(region.value().cast(), region.len());
        // SAFETY: `new_unchecked` requires that the address is not 0: it lies inside a mapping, behind the header.
        unsafe { NonNull::new_unchecked(slice) }
    }
}
