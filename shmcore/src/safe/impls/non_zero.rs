//! `NonZero` integers and `Option` of them: the one `Option` whose layout is guaranteed.
//!
//! # Safety
//!
//! 1. `NonZero<u32>` is a `u32` that is not 0: same size, alignment and bit validity but for 0 (docs of
//!    `NonZero`, "Layout").
//! 2. `Option<NonZero<u32>>` has the size, alignment and bit validity of `u32`, and `None` is 0 (same place).
#![allow(unsafe_code, reason = "the closed list of impls is one of the places where the promises are made")]

use core::num::NonZero;

use crate::layout::{Kind, Primitive, TypeLayout};
use crate::safe::{Immutable, PlacementDefault, Pod, ShmSafe};

macro_rules! non_zero {
    ($($type:ident $primitive:ident,)*) => {$(
        // SAFETY: as for the integer (`number.rs`), and the layout says that it is never zero (invariant 1).
        #[diagnostic::do_not_recommend]
        unsafe impl ShmSafe for NonZero<$type> {
            const LAYOUT: &'static TypeLayout = &TypeLayout {
                name: concat!("NonZero<", stringify!($type), ">"),
                size: size_of::<Self>(),
                align: align_of::<Self>(),
                kind: Kind::NonZero(Primitive::$primitive),
            };
        }

        // SAFETY: no interior mutability, as in the integer (invariant 1).
        #[diagnostic::do_not_recommend]
        unsafe impl Immutable for NonZero<$type> {}

        // SAFETY: as for the integer: every bit pattern is a value (invariant 2).
        #[diagnostic::do_not_recommend]
        unsafe impl ShmSafe for Option<NonZero<$type>> {
            const LAYOUT: &'static TypeLayout = &TypeLayout {
                name: concat!("Option<NonZero<", stringify!($type), ">>"),
                size: size_of::<Self>(),
                align: align_of::<Self>(),
                kind: Kind::Primitive(Primitive::$primitive),
            };
        }

        // SAFETY: zero bytes are `None` (invariant 2), so there is nothing to write.
        #[diagnostic::do_not_recommend]
        unsafe impl PlacementDefault for Option<NonZero<$type>> {
            const DEFAULT_IS_ZERO: bool = true;

            unsafe fn placement_default(_: *mut Self) {}
        }

        // SAFETY: every bit pattern is a value, there is no padding (invariant 2) and no interior mutability.
        #[diagnostic::do_not_recommend]
        unsafe impl Pod for Option<NonZero<$type>> {}

        // SAFETY: no interior mutability, as in the integer (invariant 2).
        #[diagnostic::do_not_recommend]
        unsafe impl Immutable for Option<NonZero<$type>> {}
    )*};
}

non_zero! {
    u8 U8, u16 U16, u32 U32, u64 U64, u128 U128, usize Usize,
    i8 I8, i16 I16, i32 I32, i64 I64, i128 I128, isize Isize,
}
