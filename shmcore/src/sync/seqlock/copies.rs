//! The copies of the value, one of which is the last whole one. They are apart from the lock, which knows which one that is.
//!
//! # Safety
//!
//! 1. While several threads have the copies, they are read by [`copy::load`] and written by [`copy::store`] only, all of them with
//!    the size of `T`.
//! 2. All bytes of the copies are initialised, and `T: Pod`: any bytes are a value.
#![allow(unsafe_code, reason = "copies by pointers")]

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use super::copy;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, Pod, ShmSafe};

/// With two copies, readers starve under a writer without pause; with eight they do not notice it.
pub(super) const COUNT: usize = 8;

/// The copies.
#[repr(transparent)]
pub(super) struct Copies<T>([Slot<T>; COUNT]);

/// One copy, aligned so that it is accessed in words.
#[repr(C, align(8))]
struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: `Sync` requires that several threads may have a `&Slot`. They access it by atomics only (invariant 1), which hands
// values over; that needs `T: Send`, which a `Pod` type is. Nobody gets a reference to one.
unsafe impl<T: Pod> Sync for Slot<T> {}

// SAFETY: `ShmSafe` requires
// 1. self-containment: the value is `T: ShmSafe`; 2. an exact layout: `repr(C)` of one field, at offset 0;
// 3. interior mutability in this crate's own type, whose bytes are accessed atomically (invariant 1);
// 4. no drop glue: `MaybeUninit` has none; 5. every pattern is valid, as it is for `T` (`Pod`).
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod> ShmSafe for Slot<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "Slot",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Struct { fields: &[Field { name: "0", offset: 0, layout: T::LAYOUT }] },
    };
}

// SAFETY: as the array that it is.
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod> ShmSafe for Copies<T> {
    const LAYOUT: &'static TypeLayout = <[Slot<T>; COUNT]>::LAYOUT;
}

// SAFETY: zeroes are copies of bytes, which are initialised; the first one's value is made in its place.
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod + PlacementDefault> PlacementDefault for Copies<T> {
    const DEFAULT_IS_ZERO: bool = T::DEFAULT_IS_ZERO;

    unsafe fn placement_default(slot: *mut Self) {
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: the first part of the caller's.
        unsafe { T::placement_default(slot.cast()) }
    }
}

impl<T> Slot<T> {
    const fn new(value: T) -> Self {
        Self(UnsafeCell::new(MaybeUninit::new(value)))
    }

    const fn zeroed() -> Self {
        Self(UnsafeCell::new(MaybeUninit::zeroed()))
    }
}

impl<T: Pod> Copies<T> {
    /// The value is in the first copy.
    pub(super) const fn new(value: T) -> Self {
        Self([
            Slot::new(value),
            Slot::zeroed(),
            Slot::zeroed(),
            Slot::zeroed(),
            Slot::zeroed(),
            Slot::zeroed(),
            Slot::zeroed(),
            Slot::zeroed(),
        ])
    }

    /// What the copy holds, all of it: its bytes are those of several values if somebody is writing it.
    #[inline]
    pub(super) fn load(&self, index: usize, value: &mut MaybeUninit<T>) {
        let slot = self.0[index].0.get();
        // SAFETY: `load` requires
        // 1. an aligned copy, whose bytes are initialised: `Slot`, and invariant 2; 2. that others write it by `store`, with
        //    the same size: invariant 1; 3. a private place of this size: `value`.
        unsafe { copy::load(slot.cast(), value.as_mut_ptr().cast(), size_of::<T>()) };
    }

    /// Writes the copy. Two that do this at once leave a mixture of their values.
    #[inline]
    pub(super) fn store(&self, index: usize, value: &T) {
        let slot = self.0[index].0.get();
        // SAFETY: `store` requires
        // 1. an aligned copy, whose bytes are initialised: `Slot`, and invariant 2; 2. that others access it by `load` and
        //    `store`, with the same size: invariant 1; 3. a private value of initialised bytes: a `Pod` has no others.
        unsafe { copy::store(slot.cast(), std::ptr::from_ref(value).cast(), size_of::<T>()) };
    }

    /// The copy, which nobody else has.
    pub(super) fn get_mut(&mut self, index: usize) -> &mut T {
        // SAFETY: `assume_init_mut` requires a value: invariant 2.
        unsafe { self.0[index].0.get_mut().assume_init_mut() }
    }
}
