//! `()`, `PhantomData`, `Wrapping` and `MaybeUninit`: types that add nothing, or promise less, than what they
//! hold.
//!
//! # Safety
//!
//! 1. `()` and `PhantomData<T>` have size 0 and alignment 1, whatever `T` is.
//! 2. `Wrapping<T>` is `repr(transparent)` over a public field of type `T`.
//! 3. `MaybeUninit<T>` has the size and alignment of `T`, no drop glue, and every byte string, initialised or
//!    not, is a value of it (docs of `MaybeUninit`, "Layout").
#![allow(unsafe_code, reason = "the closed list of impls is one of the places where the promises are made")]

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::num::Wrapping;

use crate::layout::{Field, Kind, TypeLayout};
use crate::safe::{Immutable, PlacementDefault, Pod, ShmSafe};

// SAFETY: no bytes at all (invariant 1), so 1. to 5. hold of none.
#[diagnostic::do_not_recommend]
unsafe impl ShmSafe for () {
    const LAYOUT: &'static TypeLayout =
        &TypeLayout { name: "()", size: 0, align: 1, kind: Kind::Struct { fields: &[] } };
}

// SAFETY: there is nothing to write (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl PlacementDefault for () {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no bytes (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl Pod for () {}

// SAFETY: no bytes (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl Immutable for () {}

// SAFETY: no bytes at all (invariant 1): what `T` would do is never done. `Send`, `Sync` and `'static` are
// required of `T` because `PhantomData` has them from it.
#[diagnostic::do_not_recommend]
unsafe impl<T: ?Sized + Send + Sync + 'static> ShmSafe for PhantomData<T> {
    const LAYOUT: &'static TypeLayout =
        &TypeLayout { name: "PhantomData", size: 0, align: 1, kind: Kind::Struct { fields: &[] } };
}

// SAFETY: there is nothing to write (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ?Sized + Send + Sync + 'static> PlacementDefault for PhantomData<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no bytes (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ?Sized + Send + Sync + 'static> Pod for PhantomData<T> {}

// SAFETY: no bytes (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ?Sized + Send + Sync + 'static> Immutable for PhantomData<T> {}

// SAFETY: 1. to 5. hold of the field and there is nothing else (invariant 2).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Wrapping<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "Wrapping",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Struct { fields: &[Field { name: "0", offset: 0, layout: T::LAYOUT }] },
    };
}

// SAFETY: the field is made in place, at offset 0, and is all there is (invariant 2).
#[diagnostic::do_not_recommend]
unsafe impl<T: PlacementDefault> PlacementDefault for Wrapping<T> {
    const DEFAULT_IS_ZERO: bool = T::DEFAULT_IS_ZERO;

    unsafe fn placement_default(slot: *mut Self) {
        // SAFETY: the slot of a `Wrapping<T>` is a slot of a `T` (invariant 2).
        unsafe { T::placement_default(slot.cast()) }
    }
}

// SAFETY: as the field (invariant 2).
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod> Pod for Wrapping<T> {}

// SAFETY: as the field (invariant 2).
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable> Immutable for Wrapping<T> {}

// SAFETY: 1. the bytes of a `T`, or bytes that nobody may interpret; 2. size and alignment are those of `T`
// (invariant 3), and the kind is opaque because the bytes may be uninitialised; 3. interior mutability is that of
// `T`; 4. no drop glue and 5. always valid (invariant 3).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for MaybeUninit<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "MaybeUninit",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque { version: 1, fields: &[Field { name: "value", offset: 0, layout: T::LAYOUT }] },
    };
}

// SAFETY: any bytes are a value (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for MaybeUninit<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: interior mutability is that of `T` (invariant 3).
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable> Immutable for MaybeUninit<T> {}
