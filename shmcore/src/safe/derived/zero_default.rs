//! Types whose default is all zeroes, whatever they are called: what the derive asks of a struct of numbers and atomics.
#![allow(
    unsafe_code,
    reason = "declares an unsafe trait, and is one of the places where the promise is made"
)]

use core::sync::atomic;

use crate::PlacementDefault;

/// A type whose default is all zeroes.
///
/// # Safety
///
/// `PlacementDefault::DEFAULT_IS_ZERO` is `true`.
pub unsafe trait ZeroDefault: PlacementDefault {}

macro_rules! zero_default {
    ($($(#[$condition:meta])? $type:ty,)*) => {$(
        $(#[$condition])?
        #[diagnostic::do_not_recommend]
        // SAFETY: the default of numbers, `bool`, `char` and atomics is zero (their impls of `PlacementDefault`).
        unsafe impl ZeroDefault for $type {}
    )*};
}

zero_default! {
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char,
    #[cfg(target_has_atomic = "8")] atomic::AtomicBool,
    #[cfg(target_has_atomic = "8")] atomic::AtomicU8,
    #[cfg(target_has_atomic = "8")] atomic::AtomicI8,
    #[cfg(target_has_atomic = "16")] atomic::AtomicU16,
    #[cfg(target_has_atomic = "16")] atomic::AtomicI16,
    #[cfg(target_has_atomic = "32")] atomic::AtomicU32,
    #[cfg(target_has_atomic = "32")] atomic::AtomicI32,
    #[cfg(target_has_atomic = "64")] atomic::AtomicU64,
    #[cfg(target_has_atomic = "64")] atomic::AtomicI64,
    #[cfg(target_has_atomic = "ptr")] atomic::AtomicUsize,
    #[cfg(target_has_atomic = "ptr")] atomic::AtomicIsize,
}

// SAFETY: the default of an array is that of its elements.
#[diagnostic::do_not_recommend]
unsafe impl<T: ZeroDefault, const N: usize> ZeroDefault for [T; N] {}

#[cfg(test)]
mod tests {
    use super::ZeroDefault;

    fn is_zero<T: ZeroDefault>() -> bool {
        T::DEFAULT_IS_ZERO
    }

    #[test]
    fn defaults_are_zero_as_promised() {
        assert!(is_zero::<u8>() && is_zero::<f64>() && is_zero::<bool>() && is_zero::<char>());
        assert!(is_zero::<core::sync::atomic::AtomicU32>() && is_zero::<[[i128; 3]; 0]>());
    }
}
