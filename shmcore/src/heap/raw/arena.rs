//! The part of a region that the allocator manages: where its words lie, and what they are when the heap is new.
//!
//! # Safety
//!
//! 1. `base` points to `len` bytes that stay mapped for reading and writing as long as the arena is used; they are aligned to a
//!    page of the machine. The words of the arena, which are those from `start` to before the first page, are read and written as
//!    atomics only.
//! 2. `start` is a multiple of 64, and `start`, the offsets computed from it and `pages` satisfy `first_page + pages * PAGE <= len`.
#![allow(unsafe_code, reason = "looks at memory as atomics")]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::classes::{COUNT, Classes, PAGE};
use super::error::{Corrupt, corrupt};
use super::transaction::Transaction;
use crate::sync::raw::mutex::RawMutex;

/// Bytes of a word.
pub(super) const WORD: usize = size_of::<u64>();

/// Entries of the log, which one transaction may not exceed.
pub(super) const LOG: usize = 96;

/// Lists of free runs: four to each doubling of their length.
pub(super) const LISTS: usize = 4 * 32;

/// The words of the head, by their index from the start of the arena.
pub(super) mod head {
    use super::{COUNT, LISTS, LOG};

    /// The region's: see there.
    pub(in crate::heap) const GENERATION: usize = 0;
    pub(super) const MAGIC: usize = 1;
    /// The number of pages.
    pub(super) const PAGES: usize = 2;
    /// Two words.
    pub(super) const LOCK: usize = 4;
    #[cfg(test)]
    pub(in crate::heap::raw) const LOCK_WORDS: std::ops::Range<usize> = LOCK..LOCK + 2;
    /// The last nonce that was given.
    pub(in crate::heap::raw) const NONCE: usize = 6;
    /// Bytes of all blocks.
    pub(in crate::heap::raw) const USED: usize = 7;
    /// Complete entries of the log: 0, or a transaction is being applied.
    pub(in crate::heap::raw) const LOGGED: usize = 8;
    /// For each list a bit, whether it has runs: two words.
    pub(in crate::heap::raw) const FILLED: usize = 10;
    /// The first chunk with free slots of each class: its page and one, or 0.
    pub(in crate::heap::raw) const CLASSES: usize = 16;
    /// The chunk of each class that is kept although all its slots are free: its page and one, or 0.
    pub(in crate::heap::raw) const SPARES: usize = CLASSES + COUNT;
    /// The first free run of each list: its page and one, or 0.
    pub(in crate::heap::raw) const RUNS: usize = SPARES + COUNT;
    /// Two words an entry: offset from the region's start, and value.
    pub(in crate::heap::raw) const ENTRIES: usize = RUNS + LISTS;
    pub(super) const END: usize = ENTRIES + 2 * LOG;
}

/// The greatest capacity of a heap in bytes: 1 TiB.
const MOST_BYTES: usize = 1 << 40;

/// `shmheap` and the version of all that is here.
const MAGIC: u64 = u64::from_le_bytes(*b"shmheap\x01");

/// The words of a page's entry.
pub(super) mod entry {
    /// What the run is that begins here, if one does; or the length of the free run that ends here.
    pub(in crate::heap::raw) const RUN: usize = 0;
    /// Of free runs and chunks in a list: the next one's page and one in the lower half, the previous one's in the upper half.
    pub(in crate::heap::raw) const LINKS: usize = 1;
    /// Of a chunk: a bit for each free slot.
    pub(in crate::heap::raw) const FREE: usize = 2;
    pub(super) const WORDS: usize = 4;
}

/// A heap's words. What is computed from the region's length is computed once and kept here, in the process's own memory.
#[derive(Debug, Clone)]
pub(crate) struct Arena {
    base: NonNull<u8>,
    /// Bytes of the region.
    len: usize,
    /// Offset of the arena, in bytes from the region's start, as for all below.
    start: usize,
    /// Of the bits of first pages.
    firsts: usize,
    entries: usize,
    first_page: usize,
    pages: u32,
    classes: &'static Classes,
}

// SAFETY: `Send` and `Sync` require that threads may use the arena at once: its words are atomics (invariant 1), and the rest are
// numbers.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// The arena in `len` bytes at `base` that begins at `start`; `None` if not even one page fits.
    ///
    /// # Safety
    ///
    /// `base` points to `len` bytes that stay mapped for reading and writing as long as the arena is used, aligned to a page of the
    /// machine; `start` is a multiple of 64. Between `start` and `len` nobody reads or writes but through the arena, but for
    /// what blocks are given to.
    pub(crate) unsafe fn new(base: NonNull<u8>, len: usize, start: usize) -> Option<Self> {
        let firsts = start.checked_add(head::END * WORD)?;
        let room = len.checked_sub(firsts)?;
        // Each page takes its bytes, its entry, and an eighth of a byte; what may be lost is bits to a whole word and alignment.
        let mut pages = room / (PAGE + entry::WORDS * WORD);
        loop {
            let entries = firsts + pages.div_ceil(64) * WORD;
            let first_page = (entries + pages * entry::WORDS * WORD).next_multiple_of(PAGE);
            if pages == 0 {
                return None;
            }
            if first_page + pages * PAGE <= len {
                let pages = u32::try_from(pages).ok().filter(|&pages| pages < 1 << 31)?;
                let classes = Classes::of(pages as usize * PAGE);
                return Some(Self { base, len, start, firsts, entries, first_page, pages, classes });
            }
            pages -= 1;
        }
    }

    /// How long an arena must be that gives at least so many bytes to blocks. What overflows, or has more pages than there are
    /// numbers for, is as long as can be.
    pub(crate) fn bytes_for(capacity: usize) -> usize {
        if capacity > MOST_BYTES {
            return usize::MAX;
        }
        let pages = capacity.div_ceil(PAGE).max(1);
        let table =
            pages.div_ceil(64).saturating_add(pages.saturating_mul(entry::WORDS)).saturating_mul(WORD);
        // A page more, because the first one begins at a multiple of its size.
        table.saturating_add(head::END * WORD).saturating_add(pages.saturating_add(1).saturating_mul(PAGE))
    }

    /// Makes the words of a new heap, of which all are zero but the first.
    ///
    /// # Errors
    ///
    /// None, if they were zero.
    pub(crate) fn format(&self) -> Result<(), Corrupt> {
        let mut first = Transaction::new(self);
        first.add_all_pages()?;
        first.commit();
        self.head(head::PAGES).store(u64::from(self.pages), Ordering::Relaxed);
        self.head(head::MAGIC).store(MAGIC, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the words are those of a heap of this size.
    pub(crate) fn examine(&self) -> Result<(), Corrupt> {
        let magic = self.head(head::MAGIC).load(Ordering::Relaxed);
        if magic != MAGIC {
            return corrupt("this is no heap of this version", magic);
        }
        let pages = self.head(head::PAGES).load(Ordering::Relaxed);
        if pages != u64::from(self.pages) {
            return corrupt("the number of pages is not that of the region", pages);
        }
        Ok(())
    }

    pub(crate) const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Bytes of the region.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) const fn classes(&self) -> &'static Classes {
        self.classes
    }

    #[inline]
    pub(super) const fn pages(&self) -> u32 {
        self.pages
    }

    /// Bytes of all pages.
    pub(crate) const fn capacity(&self) -> usize {
        self.pages as usize * PAGE
    }

    /// The region's generation: see the region.
    #[inline]
    pub(crate) fn generation(&self) -> &AtomicU64 {
        let generation = self.pointer(self.start + head::GENERATION * WORD).cast::<AtomicU64>();
        // SAFETY: a reference requires aligned memory that lives as long, initialised, and accessed as atomics only: a word of the
        // arena (invariants 1 and 2). `word` would ask again at each use of a container.
        unsafe { generation.as_ref() }
    }

    /// The lock of all that is here.
    #[inline]
    pub(super) fn lock(&self) -> &RawMutex {
        let lock = self.pointer(self.start + head::LOCK * WORD).cast::<RawMutex>();
        // SAFETY: a reference requires aligned memory that lives as long and is used as the type says: two atomic words inside the
        // arena (invariants 1 and 2), of which `RawMutex` consists.
        unsafe { lock.as_ref() }
    }

    /// The entries of the log: offset and value each.
    #[inline]
    pub(super) fn log(&self) -> &[[AtomicU64; 2]; LOG] {
        let log = self.pointer(self.start + head::ENTRIES * WORD).cast::<[[AtomicU64; 2]; LOG]>();
        // SAFETY: a reference requires aligned, initialised memory that lives as long and is used as atomics: words of the head, which
        // lies inside the mapping (invariants 1 and 2).
        unsafe { log.as_ref() }
    }

    /// A word of the head.
    #[inline]
    pub(super) fn head(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index < head::END);
        let word = self.pointer(self.start + index * WORD).cast::<AtomicU64>();
        // SAFETY: as in `log`.
        unsafe { word.as_ref() }
    }

    /// The offset of a word of the head.
    #[cfg(test)]
    pub(super) const fn head_at(&self, index: usize) -> usize {
        self.start + index * WORD
    }

    /// The words of a page's entry.
    #[inline]
    pub(super) fn entry(&self, page: u32) -> &[AtomicU64; entry::WORDS] {
        assert!(page < self.pages, "no page {page}");
        let entry = self.pointer(self.entries + page as usize * (entry::WORDS * WORD));
        // SAFETY: a reference requires aligned, initialised memory that lives as long and is used as atomics: a page that the heap has,
        // so its entry lies inside the mapping (invariants 1 and 2).
        unsafe { entry.cast().as_ref() }
    }

    /// The word with the bit of a first page, and the bit.
    #[inline]
    pub(super) fn first(&self, page: u32) -> (&AtomicU64, u64) {
        assert!(page < self.pages, "no page {page}");
        let word = self.pointer(self.firsts + page as usize / 64 * WORD);
        // SAFETY: as in `entry`.
        (unsafe { word.cast().as_ref() }, 1 << (page % 64))
    }

    /// The offset of a word.
    ///
    /// # Panics
    ///
    /// If it lies outside the region.
    #[inline]
    pub(super) fn offset_of(&self, word: &AtomicU64) -> usize {
        let offset = std::ptr::from_ref(word).addr().wrapping_sub(self.base.addr().get());
        assert!(offset < self.len, "a word outside the region");
        offset
    }

    /// The offset of a page.
    #[inline]
    pub(super) const fn page_at(&self, page: u32) -> usize {
        self.first_page + page as usize * PAGE
    }

    /// The page that an offset lies in.
    #[inline]
    pub(super) fn page_of(&self, offset: usize) -> Option<u32> {
        let page = offset.checked_sub(self.first_page)? / PAGE;
        u32::try_from(page).ok().filter(|&page| page < self.pages)
    }

    /// Whether a whole word lies at the offset: for offsets that are read from shared memory.
    #[inline]
    pub(super) const fn has_word(&self, offset: usize) -> bool {
        // A region is at least a page long.
        offset.is_multiple_of(WORD) && offset <= self.len - WORD
    }

    /// The word at an offset.
    ///
    /// # Panics
    ///
    /// If there is none: offsets are computed from what was checked.
    #[inline]
    pub(super) fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(self.has_word(offset), "no word at offset {offset}");
        let word = self.pointer(offset).cast::<AtomicU64>();
        // SAFETY: a reference requires aligned memory that lives as long, initialised, and accessed as atomics only: just asserted;
        // a region is bytes; and the callers ask for words of the arena (invariant 1), of free memory that nobody else uses, or
        // of containers, which are atomics too.
        unsafe { word.as_ref() }
    }

    /// The address of an offset inside the region.
    #[inline]
    fn pointer(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: `add` requires that the result is inside the mapping: the callers have compared with `len` (invariant 2).
        unsafe { self.base.add(offset) }
    }
}
