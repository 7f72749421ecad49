//! Plain old data: values that are nothing but their bytes.
#![allow(unsafe_code, reason = "declares an unsafe trait")]

use super::ShmSafe;

/// A type for which every bit pattern is a valid value: it may be copied word by word while others write.
///
/// `#[derive(ShmSafe)]` implements it for structs whose fields all have it and that have no padding. A generic
/// struct has it when it is `repr(transparent)`, or when all its fields are of one type or arrays of it.
///
/// # Safety
///
/// Every bit pattern of `size_of::<Self>()` bytes must be a valid value; there are no padding bytes and there
/// is no interior mutability.
///
/// # Examples
///
/// ```
/// use shmcore::{Pod, ShmSafe};
///
/// #[derive(ShmSafe, Clone, Copy)]
/// #[repr(C)]
/// struct Tick { price: f64, size: u32, flags: u32 }
///
/// fn any_bytes_will_do<T: Pod>() {}
/// any_bytes_will_do::<Tick>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain old data",
    label = "not `Pod`",
    note = "cause: some bit patterns are no valid value of it (`bool`, `char`, enums, `NonZero`), or it has padding, \
            interior mutability, or is not `ShmSafe`",
    note = "cure: derive `ShmSafe` on a `#[repr(C)]` struct of integers, floats and arrays of them, without padding"
)]
pub unsafe trait Pod: ShmSafe {}
