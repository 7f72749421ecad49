//! What the fuzz targets in `shmcore/fuzz` call. It exists under `cfg(fuzzing)` only, which cargo-fuzz sets, so that
//! nothing here is part of the crate.
#![allow(unsafe_code, reason = "passes an unsafe function on")]

use super::tree::Layout;
use super::{Arena, TypeLayout};

/// Decodes and hands on what comes out; the error is its text.
pub fn decode<R>(encoded: &[u8], then: impl FnOnce(&Layout<'_>) -> R) -> Result<R, String> {
    let arena = Arena::default();
    match super::decode(encoded, &arena) {
        Ok(layout) => Ok(then(layout)),
        Err(error) => Err(error.to_string()),
    }
}

/// Checks a value; the error is its text.
///
/// # Safety
///
/// As `validate_published` in the file of this name.
pub unsafe fn validate(layout: &TypeLayout, value: *const u8) -> Result<(), String> {
    // SAFETY: the conditions are those of this function.
    unsafe { super::validate_published(layout, value) }.map_err(|error| error.to_string())
}
