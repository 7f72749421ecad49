//! The default variant of an enum, made in place: the tag from the layout, then the fields at its offsets.
//!
//! # Safety
//!
//! 1. The layout of a `ShmSafe` type is exact (its contract, 2.): an enum has its tag at offset 0, in the type that
//!    the layout names.
#![allow(unsafe_code, reason = "writes the tag of an enum whose variant cannot be named as a value")]

use crate::ShmSafe;
use crate::layout::{Kind, Primitive};

/// Whether zeroed memory has the tag of the variant already. An enum that is `repr(transparent)` has no tag.
#[must_use]
pub const fn tag_is_zero<T: ShmSafe>(variant: usize) -> bool {
    match T::LAYOUT.kind {
        Kind::Enum { variants, .. } => variants[variant].discriminant == 0,
        _ => true,
    }
}

/// Writes the tag of the variant.
///
/// # Safety
///
/// `slot` is aligned for `T` and valid for a write of `T`; nobody else reads or writes it during the call.
pub unsafe fn write_tag<T: ShmSafe>(slot: *mut T, variant: usize) {
    let Kind::Enum { tag, variants } = T::LAYOUT.kind else { return };
    let (bytes, size) = (tag_bytes(tag, variants[variant].discriminant), tag.size());
    // SAFETY: `copy_nonoverlapping` requires
    // 1. the bytes are readable: `bytes` has 16, and no tag is larger;
    // 2. the slot is writable for them: the tag lies at its start (invariant 1), and the caller vouches for the slot;
    // 3. both are aligned for `u8` and do not overlap: `bytes` is a local.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), slot.cast::<u8>(), size) }
}

/// The bytes of a tag, as many as it has, before others without meaning.
pub(super) const fn tag_bytes(tag: Primitive, discriminant: i128) -> [u8; 16] {
    // The two's complement of a discriminant in the width of the tag is what its low bytes are.
    if cfg!(target_endian = "little") {
        discriminant.to_ne_bytes()
    } else {
        (discriminant << (8 * (16 - tag.size()))).to_ne_bytes()
    }
}
