//! What stands at the start of every region: who made it, whether it is ready, and where what lies.
//!
//! ```text
//! offset size
//!      0    8  magic            "\x89shmcore"
//!      8    4  byte order       0x01020304 as the creator stores it
//!     12    4  format           the version of this table
//!     16    4  pointer width    bits
//!     20    4  page size        bytes
//!     24    4  shape            1 one value, 2 a slice
//!     28    4  state            0 being made, 1 ready; atomic
//!     32   16  boot id          0 until the region is first shared by descriptor or name; atomic
//!     48   16  uuid             the same
//!     64   16  fingerprint      of the type's layout, little endian
//!     80    8  type size        bytes of one value
//!     88    8  type align       bytes
//!     96    8  count            number of values: 1, or the length of the slice
//!    104    8  layout offset    where the encoded layout of the type starts
//!    112    8  layout length    bytes
//!    120    8  value offset     where the first value starts
//!    128    8  region length    bytes, all told: the length of the file
//!    136       the encoded layout, then the value
//! ```
//!
//! The state is written last, with `Release`, and read first, with `Acquire`: who finds the region ready finds
//! everything else written.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::geometry::{Geometry, Shape};
use crate::layout::Fingerprint;
use crate::{ShmSafe, sys};

/// The first bytes of every region. The first is no ASCII, so that no text is taken for a region.
const MAGIC: [u8; 8] = *b"\x89shmcore";
/// The version of the header's table. Raised whenever a field changes its place or its meaning.
const FORMAT: u32 = 1;
/// Tells the byte order of who wrote it.
const BYTE_ORDER: u32 = 0x0102_0304;

/// Values of the state word.
const READY: u32 = 1;

/// The table above.
#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
pub(super) struct Header {
    magic: [u8; 8],
    byte_order: u32,
    format: u32,
    pointer_width: u32,
    page_size: u32,
    shape: u32,
    state: AtomicU32,
    boot_id: [AtomicU64; 2],
    uuid: [AtomicU64; 2],
    fingerprint: [u8; 16],
    type_size: u64,
    type_align: u64,
    count: u64,
    layout_offset: u64,
    layout_len: u64,
    value_offset: u64,
    region_len: u64,
}

impl Header {
    /// The header of a region that is not ready yet.
    pub(super) fn new(geometry: &Geometry, fingerprint: Fingerprint) -> Self {
        let (shape, count) = match geometry.shape {
            Shape::Value => (1, 1),
            Shape::Slice { len } => (2, len),
        };
        Self {
            magic: MAGIC,
            byte_order: BYTE_ORDER,
            format: FORMAT,
            pointer_width: usize::BITS,
            page_size: u32::try_from(sys::page::size()).unwrap_or(u32::MAX),
            shape,
            state: AtomicU32::new(0),
            boot_id: [AtomicU64::new(0), AtomicU64::new(0)],
            uuid: [AtomicU64::new(0), AtomicU64::new(0)],
            fingerprint: fingerprint.as_u128().to_le_bytes(),
            type_size: geometry.type_size as u64,
            type_align: geometry.type_align as u64,
            count: count as u64,
            layout_offset: size_of::<Self>() as u64,
            layout_len: geometry.layout_len as u64,
            value_offset: geometry.value_offset as u64,
            region_len: geometry.region_len as u64,
        }
    }

    /// Says that the region is complete.
    pub(super) fn set_ready(&self) {
        // Pairs with the `Acquire` load of whoever attaches.
        self.state.store(READY, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::Header;
    use crate::ShmSafe;

    /// A change here is a change of the format: raise `FORMAT` with it.
    #[test]
    fn header_has_the_documented_layout() {
        assert_eq!(Header::LAYOUT.to_string(), include_str!("header.layout").trim_end());
    }
}
