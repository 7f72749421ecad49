//! The fields of a type as one tuple, so that a fact about all of them is one question to the compiler.
//!
//! Tuples have up to twelve types; [`More`] chains them.
//!
//! # Safety
//!
//! 1. A tuple stands for the types of a struct's fields, in declaration order; it is never a value.
#![allow(unsafe_code, reason = "makes each field in its place")]

use super::zero_default::ZeroDefault;
use crate::layout::{Field, Kind};
use crate::{Immutable, PlacementDefault, Pod, ShmSafe};

/// The types of `A`, and those of `B` behind them.
#[derive(Debug)]
pub struct More<A, B>(A, B);

/// Any types.
pub trait Any {
    /// The sum of their sizes in bytes.
    const SIZE: usize;
}

/// Every type is [`Pod`].
pub trait AllPod {}

/// Every type is [`ZeroDefault`].
pub trait AllZeroDefault {}

/// The bytes of `S` that are in no field, if `T` has the types of its fields.
#[must_use]
pub const fn padding<S, T: Any>() -> usize {
    size_of::<S>() - T::SIZE
}

/// Every type is [`Immutable`].
pub trait AllImmutable {}

/// Every type is [`PlacementDefault`].
pub trait AllPlacementDefault {
    /// Whether all defaults are zero.
    const IS_ZERO: bool;
    /// The number of types.
    const COUNT: usize;

    /// Makes the default of each field in its place: the first type at the offset of the first of `fields`.
    ///
    /// # Safety
    ///
    /// The fields lie inside `slot` and have these types. What `PlacementDefault::placement_default` requires holds of the
    /// slot of each.
    unsafe fn make(slot: *mut u8, fields: &'static [Field]);
}

macro_rules! tuple {
    ($($count:literal: $($type:ident $index:literal)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($type),*> Any for ($($type,)*) {
            const SIZE: usize = 0 $(+ size_of::<$type>())*;
        }

        #[diagnostic::do_not_recommend]
        impl<$($type: Pod),*> AllPod for ($($type,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($type: ZeroDefault),*> AllZeroDefault for ($($type,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($type: Immutable),*> AllImmutable for ($($type,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($type: PlacementDefault),*> AllPlacementDefault for ($($type,)*) {
            const IS_ZERO: bool = true $(&& $type::DEFAULT_IS_ZERO)*;
            const COUNT: usize = $count;

            unsafe fn make(slot: *mut u8, fields: &'static [Field]) {
                let _ = (slot, fields);
                $(
                    // SAFETY: `add` requires that the result is inside the slot: the caller vouches for the field.
                    let field = unsafe { slot.add(fields[$index].offset) };
                    // SAFETY: the caller vouches for the slot of each field.
                    unsafe { $type::placement_default(field.cast()) };
                )*
            }
        }
    )*};
}

tuple! {
    0: ;
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

#[diagnostic::do_not_recommend]
impl<A: Any, B: Any> Any for More<A, B> {
    const SIZE: usize = A::SIZE + B::SIZE;
}

#[diagnostic::do_not_recommend]
impl<A: AllPod, B: AllPod> AllPod for More<A, B> {}

#[diagnostic::do_not_recommend]
impl<A: AllZeroDefault, B: AllZeroDefault> AllZeroDefault for More<A, B> {}

#[diagnostic::do_not_recommend]
impl<A: AllImmutable, B: AllImmutable> AllImmutable for More<A, B> {}

#[diagnostic::do_not_recommend]
impl<A: AllPlacementDefault, B: AllPlacementDefault> AllPlacementDefault for More<A, B> {
    const IS_ZERO: bool = A::IS_ZERO && B::IS_ZERO;
    const COUNT: usize = A::COUNT + B::COUNT;

    unsafe fn make(slot: *mut u8, fields: &'static [Field]) {
        let (first, second) = fields.split_at(A::COUNT);
        // SAFETY: the caller vouches for all fields, and these are the first of them.
        unsafe { A::make(slot, first) };
        // SAFETY: the caller vouches for all fields, and these are the rest.
        unsafe { B::make(slot, second) };
    }
}

/// Whether all defaults are zero.
#[must_use]
pub const fn is_zero<T: AllPlacementDefault>() -> bool {
    T::IS_ZERO
}

/// Makes the default of a struct whose fields have the types of `T`.
///
/// # Safety
///
/// What `PlacementDefault::placement_default` requires holds of `slot`, and `T` has the types of the fields in
/// declaration order.
pub unsafe fn make_struct<S: ShmSafe, T: AllPlacementDefault>(slot: *mut S) {
    if T::IS_ZERO {
        return;
    }
    // The derive calls it for structs only.
    if let Kind::Struct { fields } = S::LAYOUT.kind {
        // SAFETY: `make` requires fields inside the slot, of these types: the layout of a `ShmSafe` type is exact (its
        // contract, 2.), and the caller vouches for the types and the slot.
        unsafe { T::make(slot.cast(), fields) };
    }
}

/// Makes the defaults of the fields of a variant, which have the types of `T`.
///
/// # Safety
///
/// What `PlacementDefault::placement_default` requires holds of `slot`, and `T` has the types of the fields of the variant with
/// the number `variant`, in declaration order.
pub unsafe fn make_variant<S: ShmSafe, T: AllPlacementDefault>(slot: *mut S, variant: usize) {
    let fields = match S::LAYOUT.kind {
        Kind::Enum { variants, .. } => variants[variant].fields,
        // An enum that is `repr(transparent)`.
        Kind::Struct { fields } => fields,
        // The derive makes no other kind.
        _ => return,
    };
    // SAFETY: `make` requires fields inside the slot, of these types: the layout of a `ShmSafe` type is exact (its contract,
    // 2.), and the caller vouches for the types and the slot.
    unsafe { T::make(slot.cast(), fields) };
}
