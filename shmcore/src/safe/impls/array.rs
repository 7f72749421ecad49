//! Arrays of any length: a const generic, so there is no limit at 32 elements.
//!
//! # Safety
//!
//! 1. `[T; N]` is `N` values of `T` one after the other, without padding between, and aligned as `T`
//!    (Reference, "Array layout").
#![allow(unsafe_code, reason = "the closed list of impls is one of the places where the promises are made")]

use crate::layout::{Kind, TypeLayout};
use crate::safe::{Immutable, PlacementDefault, Pod, ShmSafe};

// SAFETY: `ShmSafe` requires 1. to 5. of `[T; N]`; each holds because it holds of every element and the array
// adds nothing to them (invariant 1), which the layout says.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> ShmSafe for [T; N] {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "array",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Array { element: T::LAYOUT, len: N },
    };
}

// SAFETY: `placement_default` makes each element; the array is all zeroes by default if its elements are.
#[diagnostic::do_not_recommend]
unsafe impl<T: PlacementDefault, const N: usize> PlacementDefault for [T; N] {
    const DEFAULT_IS_ZERO: bool = T::DEFAULT_IS_ZERO || N == 0;

    unsafe fn placement_default(slot: *mut Self) {
        if Self::DEFAULT_IS_ZERO {
            return;
        }
        let first = slot.cast::<T>();
        for index in 0..N {
            // SAFETY: `add` requires that the offset stays inside one allocation: `index < N`, and the caller
            // gives a slot for `N` elements.
            let element = unsafe { first.add(index) };
            // SAFETY: the slot of the element is a part of the caller's slot, so it is aligned (invariant 1),
            // zeroed and ours.
            unsafe { T::placement_default(element) };
        }
    }
}

// SAFETY: no padding between the elements (invariant 1), and every bit pattern of each is valid.
#[diagnostic::do_not_recommend]
unsafe impl<T: Pod, const N: usize> Pod for [T; N] {}

// SAFETY: the array has no parts but its elements (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable, const N: usize> Immutable for [T; N] {}
