//! Integers, floats, `bool` and `char`.
//!
//! # Safety
//!
//! 1. A number, `bool` or `char` is its bytes: no address, no handle, no drop glue, no interior mutability.
//! 2. Its layout is one node with the size and alignment that the compiler reports.
//! 3. Zero bytes are the value 0, 0.0, `false` and `'\0'` (Reference, "Type layout" and "Behavior considered
//!    undefined").
#![allow(unsafe_code, reason = "the closed list of impls is one of the places where the promises are made")]

use crate::layout::{Kind, Primitive, TypeLayout};
use crate::safe::{Immutable, PlacementDefault, Pod, ShmSafe};

macro_rules! number {
    ($($type:ident $primitive:ident,)*) => {$(
        // SAFETY: `ShmSafe` requires 1. to 5.; 1., 3. and 4. by invariant 1 of this file, 2. by invariant 2,
        // 5. because validity of a number, `bool` or `char` depends on its bytes alone.
        #[diagnostic::do_not_recommend]
        unsafe impl ShmSafe for $type {
            const LAYOUT: &'static TypeLayout = &TypeLayout {
                name: stringify!($type),
                size: size_of::<$type>(),
                align: align_of::<$type>(),
                kind: Kind::Primitive(Primitive::$primitive),
            };
        }

        // SAFETY: a slot of zeroes holds a valid value (invariant 3), so there is nothing to write.
        #[diagnostic::do_not_recommend]
        unsafe impl PlacementDefault for $type {
            const DEFAULT_IS_ZERO: bool = true;

            unsafe fn placement_default(_: *mut Self) {}
        }

        // SAFETY: no interior mutability (invariant 1).
        #[diagnostic::do_not_recommend]
        unsafe impl Immutable for $type {}
    )*};
}

macro_rules! plain {
    ($($type:ident)*) => {$(
        // SAFETY: every bit pattern of an integer or a float is a value (Reference, "Numeric types"), there is
        // no padding, and no interior mutability (invariant 1).
        #[diagnostic::do_not_recommend]
        unsafe impl Pod for $type {}
    )*};
}

number! {
    u8 U8, u16 U16, u32 U32, u64 U64, u128 U128, usize Usize,
    i8 I8, i16 I16, i32 I32, i64 I64, i128 I128, isize Isize,
    f32 F32, f64 F64, bool Bool, char Char,
}

plain! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 }
