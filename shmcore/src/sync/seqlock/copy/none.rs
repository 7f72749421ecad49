//! No assembly, for machines and tools without it: all is copied in words.
#![allow(unsafe_code, reason = "has the conditions of those that copy")]

/// How many bytes, from the first on, are copied in pieces.
pub(super) const fn in_pieces(_: usize) -> usize {
    0
}

/// Does nothing.
///
/// # Safety
///
/// There are no pieces.
pub(super) const unsafe fn load(_: *const u8, _: *mut u8, _: usize) {}

/// Does nothing.
///
/// # Safety
///
/// There are no pieces.
pub(super) const unsafe fn store(_: *mut u8, _: *const u8, _: usize) {}
