//! What stands at the start of every region: who made it, whether it is ready, and where what lies.
//!
//! ```text
//! offset size
//!      0    8  magic            "\x89shmcore"
//!      8    4  byte order       0x01020304 as the creator stores it
//!     12    4  format           the version of this table
//!     16    4  pointer width    bits
//!     20    4  page size        bytes
//!     24    4  shape            1 one value, 2 a slice, 3 a heap: one value and an arena
//!     28    4  state            0 the rest is not written yet, 1 ready
//!     32   16  boot id          of the machine's boot in which the region was made
//!     48   16  uuid             random; no other region has it
//!     64   16  fingerprint      of the type's layout, little endian
//!     80    8  type size        bytes of one value
//!     88    8  type align       bytes
//!     96    8  count            1, or the length of the slice, or the bytes of the arena, which ends with the region
//!    104    8  layout offset    where the encoded layout of the type starts
//!    112    8  layout length    bytes
//!    120    8  value offset     where the first value starts
//!    128    8  region length    bytes, all told: the length of the file
//!    136    8  device           of the file, and
//!    144    8  inode            its number there: a copy of the file has another one
//!    152       the encoded layout, then the value
//! ```
//!
//! A region with a name has its header before it has the name. An anonymous region gets its header when its descriptor is first about to leave the process: until then nobody could
//! read it, and a region that only forked children share costs no page for it. Several processes may do so at
//! once, and each may die on the way. So every word is stored atomically, all of them write the same words, of the
//! uuid's words the first one stays, and the state is written last.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, Ordering};

use super::facts::TypeFacts;
use super::geometry::{Geometry, Shape};
use crate::sys::file::FileFacts;
use crate::{ShmSafe, sys};

/// The first bytes of every region. The first is no ASCII, so that no text is taken for a region.
pub(super) const MAGIC: [u8; 8] = *b"\x89shmcore";
/// The version of the header's table. Raised whenever a field changes its place or its meaning.
pub(super) const FORMAT: u32 = 1;
/// Tells the byte order of who wrote it.
pub(super) const BYTE_ORDER: u32 = 0x0102_0304;

/// The values of the shape.
pub(super) const VALUE: u32 = 1;
pub(super) const SLICE: u32 = 2;
pub(super) const HEAP: u32 = 3;
/// A value of the state word.
pub(super) const READY: u32 = 1;

/// Words in the header.
const WORDS: usize = size_of::<Header>() / 4;
/// The words that are not the same for all who write them.
const STATE_WORD: usize = std::mem::offset_of!(Header, state) / 4;
const UUID_WORD: usize = std::mem::offset_of!(Header, uuid) / 4;
const UUID_END: usize = UUID_WORD + 4;

/// The table above.
#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    pub(super) byte_order: u32,
    pub(super) format: u32,
    pub(super) pointer_width: u32,
    pub(super) page_size: u32,
    pub(super) shape: u32,
    pub(super) state: u32,
    pub(super) boot_id: [u8; 16],
    pub(super) uuid: [u8; 16],
    pub(super) fingerprint: [u8; 16],
    pub(super) type_size: u64,
    pub(super) type_align: u64,
    pub(super) count: u64,
    pub(super) layout_offset: u64,
    pub(super) layout_len: u64,
    pub(super) value_offset: u64,
    pub(super) region_len: u64,
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl Header {
    fn new(geometry: &Geometry, facts: &TypeFacts, file: &FileFacts) -> Result<Self, sys::Failed> {
        let shape = match geometry.shape {
            Shape::Value => VALUE,
            Shape::Slice { .. } => SLICE,
            Shape::Heap { .. } => HEAP,
        };
        Ok(Self {
            magic: MAGIC,
            byte_order: BYTE_ORDER,
            format: FORMAT,
            pointer_width: usize::BITS,
            page_size: u32::try_from(sys::page::size()).unwrap_or(u32::MAX),
            shape,
            state: 0,
            boot_id: sys::random::boot_id()?,
            uuid: sys::random::bytes()?,
            fingerprint: facts.fingerprint.as_u128().to_le_bytes(),
            type_size: facts.layout.size as u64,
            type_align: facts.layout.align as u64,
            count: geometry.shape.count() as u64,
            layout_offset: size_of::<Self>() as u64,
            layout_len: facts.encoded_len as u64,
            value_offset: geometry.value_offset as u64,
            region_len: geometry.region_len as u64,
            device: file.device,
            inode: file.inode,
        })
    }

    fn from_bytes(bytes: [u8; size_of::<Self>()]) -> Self {
        #![allow(unsafe_code, reason = "looks at bytes as a struct")]
        // SAFETY: `transmute` requires equal sizes, which it verifies, and bytes that are valid: every bit pattern of every
        // field is, and there is no padding (`deny_padding`).
        unsafe { std::mem::transmute::<[u8; size_of::<Self>()], Self>(bytes) }
    }

    fn into_words(self) -> [u32; WORDS] {
        #![allow(unsafe_code, reason = "looks at a struct as numbers")]
        // SAFETY: `transmute` requires equal sizes, which it verifies, and that the bytes are valid as numbers: all are
        // initialised, because the header has no padding (`deny_padding`), and every bit pattern is a number.
        unsafe { std::mem::transmute::<Self, [u32; WORDS]>(self) }
    }
}

/// The first bytes of a region, as they are in the moment of a call: a copy, which nobody writes to while it is looked at.
///
/// They are read from the file and not through a mapping: that costs one system call instead of a page fault, and a file
/// that is no region is never mapped.
pub(super) struct Beginning {
    /// Header and encoded layout, if that is not very long.
    bytes: [u8; 1024],
    len: usize,
}

impl Beginning {
    pub(super) fn read(file: BorrowedFd<'_>) -> Result<Self, sys::Failed> {
        let mut bytes = [0; 1024];
        let len = sys::file::read_at(file, &mut bytes, 0)?;
        Ok(Self { bytes, len })
    }

    /// The header; `None` if the file is shorter.
    pub(super) fn header(&self) -> Option<Header> {
        let bytes = self.bytes[..self.len].first_chunk::<{ size_of::<Header>() }>()?;
        Some(Header::from_bytes(*bytes))
    }

    /// The encoded layout of `len` bytes; the file may have become shorter since.
    pub(super) fn layout(&self, file: BorrowedFd<'_>, len: usize) -> Result<Vec<u8>, sys::Failed> {
        let start = size_of::<Header>();
        if let Some(layout) = self.bytes[..self.len].get(start..start.saturating_add(len)) {
            return Ok(layout.to_vec());
        }
        let mut layout = vec![0; len];
        let read = sys::file::read_at(file, &mut layout, start as u64)?;
        layout.truncate(read);
        Ok(layout)
    }
}

/// Writes header and encoded layout to the start of a region, unless they are there.
///
/// `region` is the region's words; they are zero where nothing was written yet, and the value lies behind those
/// that the header needs.
pub(super) fn write_once(
    region: &[AtomicU32],
    geometry: &Geometry,
    facts: &TypeFacts,
    file: &FileFacts,
) -> Result<(), sys::Failed> {
    // Pairs with the `Release` below: who finds the region ready finds everything else written.
    if region[STATE_WORD].load(Ordering::Acquire) == READY {
        return Ok(());
    }
    let header = Header::new(geometry, facts, file)?.into_words();
    let mut layout = vec![0; facts.encoded_len.next_multiple_of(4)];
    let written = facts.layout.encode(&mut layout);
    debug_assert_eq!(written, Some(facts.encoded_len), "the encoded layout has the length announced");
    let (layout, _) = layout.as_chunks::<4>();
    let words = header.into_iter().chain(layout.iter().copied().map(u32::from_ne_bytes));
    for (index, (word, shared)) in words.zip(region).enumerate() {
        match index {
            STATE_WORD => {}
            UUID_WORD..UUID_END => {
                // Whoever is first decides; 0 is not decided, so it is no word of a uuid.
                let _ = shared.compare_exchange(0, word.max(1), Ordering::Relaxed, Ordering::Relaxed);
            }
            _ => shared.store(word, Ordering::Relaxed),
        }
    }
    region[STATE_WORD].store(READY, Ordering::Release);
    Ok(())
}

/// The number of words that [`write_once`] may touch.
pub(super) fn words(facts: &TypeFacts) -> usize {
    WORDS + facts.encoded_len.div_ceil(4)
}

#[cfg(test)]
mod tests;
