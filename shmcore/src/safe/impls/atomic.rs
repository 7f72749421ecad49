//! The lock-free atomics of at most 8 bytes. `AtomicPtr` is not among them: it holds an address.
//!
//! # Safety
//!
//! 1. A core atomic is its number in an `UnsafeCell`: same size, same bit validity (docs of each type), no
//!    address, no drop glue. Its alignment is what the compiler reports.
//! 2. Lock-free atomics of at most 8 bytes are address-free: they work between processes that map one page at
//!    different addresses. Where `core` has such a type, it is lock-free.
#![allow(unsafe_code, reason = "the closed list of impls is one of the places where the promises are made")]

use core::sync::atomic;

use crate::layout::{Kind, Primitive, TypeLayout};
use crate::safe::{PlacementDefault, ShmSafe};

macro_rules! atomic {
    ($($width:literal $type:ident $primitive:ident,)*) => {$(
        // SAFETY: `ShmSafe` requires 1. self-containment, 3. atomics as the only interior mutability and 4. no
        // drop glue: invariants 1 and 2; 2. an exact layout: invariant 1; 5. validity is that of the number.
        #[cfg(target_has_atomic = $width)]
        #[diagnostic::do_not_recommend]
        unsafe impl ShmSafe for atomic::$type {
            const LAYOUT: &'static TypeLayout = &TypeLayout {
                name: stringify!($type),
                size: size_of::<Self>(),
                align: align_of::<Self>(),
                kind: Kind::Primitive(Primitive::$primitive),
            };
        }

        // SAFETY: zero bytes are the atomic of 0 or `false` (invariant 1), so there is nothing to write.
        #[cfg(target_has_atomic = $width)]
        #[diagnostic::do_not_recommend]
        unsafe impl PlacementDefault for atomic::$type {
            const DEFAULT_IS_ZERO: bool = true;

            unsafe fn placement_default(_: *mut Self) {}
        }
    )*};
}

atomic! {
    "8" AtomicBool Bool,
    "8" AtomicU8 U8,
    "8" AtomicI8 I8,
    "16" AtomicU16 U16,
    "16" AtomicI16 I16,
    "32" AtomicU32 U32,
    "32" AtomicI32 I32,
    "64" AtomicU64 U64,
    "64" AtomicI64 I64,
    "ptr" AtomicUsize Usize,
    "ptr" AtomicIsize Isize,
}
