//! The part of a region that the allocator manages: where its words lie, and what they are when the heap is new.
//!
//! # Safety
//!
//! 1. `base` points to `len` bytes that stay mapped for reading and writing as long as the arena is used; they are aligned to a
//!    page of the machine. The words of the arena, which are those before the first page, are read and written as
//!    atomics only.
//! 2. `head` points to the words of the head, at an offset that is a multiple of 64; `firsts` to a bit for each page, and `entries` to
//!    an entry for each: one behind the other before the offset `first_page`, and `first_page + pages * PAGE + BEHIND <= len`.
#![allow(unsafe_code, reason = "looks at memory as atomics")]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::classes::{COUNT, Classes, PAGE, SMALLEST};
use super::error::{Corrupt, corrupt};
use super::transaction::Transaction;
use crate::sync::raw::mutex::RawMutex;

/// Bytes of a word.
pub(super) const WORD: usize = size_of::<u64>();

/// Bytes that lie inside the region from any place on where a block can begin: the words that any container has, and some more, so that
/// a container can compare its size with the room at once. What is said to be its block may be a smaller one.
pub(crate) const ROOM: usize = 256;

/// Bytes behind the last page, so that there are as many behind the last place of a small block as well.
pub(crate) const BEHIND: usize = ROOM - SMALLEST;

/// Entries of the log, which one transaction may not exceed.
pub(super) const LOG: usize = 96;

/// Lists of free runs: four to each doubling of their length.
pub(super) const LISTS: usize = 4 * 32;

/// The words of the head, by their index from the start of the arena.
pub(super) mod head {
    use super::{COUNT, LISTS, LOG};

    /// The region's: see there. Whoever uses a container reads it, so that its cache line is one that seldom changes.
    pub(in crate::heap) const GENERATION: usize = 0;
    pub(super) const MAGIC: usize = 1;
    /// The number of pages.
    pub(super) const PAGES: usize = 2;
    /// Two words. They and what follows are changed by whoever has the lock: two cache lines, as long as the log is short.
    pub(super) const LOCK: usize = 8;
    #[cfg(test)]
    pub(in crate::heap::raw) const LOCK_WORDS: std::ops::Range<usize> = LOCK..LOCK + 2;
    /// The last nonce that was given.
    pub(in crate::heap::raw) const NONCE: usize = 10;
    /// Bytes of all blocks.
    pub(in crate::heap::raw) const USED: usize = 11;
    /// Complete entries of the log: 0, or a transaction is being applied.
    pub(in crate::heap::raw) const LOGGED: usize = 12;
    /// Two words an entry: the offset of a word, and its value.
    pub(in crate::heap::raw) const ENTRIES: usize = 13;
    /// For each list a bit, whether it has runs: two words.
    pub(in crate::heap::raw) const FILLED: usize = ENTRIES + 2 * LOG;
    /// The first chunk of the list of each class: its page and one, or 0.
    pub(in crate::heap::raw) const CLASSES: usize = FILLED + 2;
    /// The chunk of each class that is kept when all its slots are free: its page and one, or 0.
    pub(in crate::heap::raw) const SPARES: usize = CLASSES + COUNT;
    /// The first free run of each list: its page and one, or 0.
    pub(in crate::heap::raw) const RUNS: usize = SPARES + COUNT;
    /// Always 0: it lies before the bits of the first pages, for who looks at the bits before one.
    const NONE_BEFORE: usize = RUNS + LISTS;
    pub(super) const END: usize = NONE_BEFORE + 1;
}

/// The greatest capacity of a heap in bytes: 1 TiB.
const MOST_BYTES: usize = 1 << 40;

/// `shmheap` and the version of all that is here.
const MAGIC: u64 = u64::from_le_bytes(*b"shmheap\x01");

/// The words of a page's entry.
pub(super) mod entry {
    /// What the run is that begins here, if one does; or the length of the free run that ends here.
    pub(in crate::heap::raw) const RUN: usize = 0;
    /// Of free runs and chunks in a list: the next one's page and one in the lower half, the previous one's in the upper half. See
    /// there.
    pub(in crate::heap::raw) const LINKS: usize = 1;
    /// Of a chunk: a bit for each free slot.
    pub(in crate::heap::raw) const FREE: usize = 2;
    pub(super) const WORDS: usize = 4;
}

/// The words of a page's entry.
pub(super) type Entry = [AtomicU64; entry::WORDS];

/// A heap's words. What is computed from the region's length is computed once and kept here, in the process's own memory.
#[derive(Debug, Clone)]
pub(crate) struct Arena {
    base: NonNull<u8>,
    /// Bytes of the region.
    len: usize,
    /// The last place where a block can begin, as a number of 16 bytes from the first one on: see [`has_place_at`](Self::has_place_at).
    last_block: u64,
    /// What is added to an address, wrapping around, to get its distance from the base.
    to_distance: usize,
    head: NonNull<AtomicU64>,
    firsts: NonNull<AtomicU64>,
    entries: NonNull<Entry>,
    /// In bytes from the region's start.
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
            if first_page + pages * PAGE + BEHIND <= len {
                let pages = u32::try_from(pages).ok().filter(|&pages| pages < 1 << 31)?;
                let at = |offset: usize| base.map_addr(|base| base.saturating_add(offset));
                return Some(Self {
                    base,
                    len,
                    last_block: ((len - ROOM) / 16) as u64 - 1,
                    to_distance: base.addr().get().wrapping_neg(),
                    head: at(start).cast(),
                    firsts: at(firsts).cast(),
                    entries: at(entries).cast(),
                    first_page,
                    pages,
                    classes: Classes::of(pages as usize * PAGE),
                });
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
        let pages = pages.saturating_add(1).saturating_mul(PAGE);
        table.saturating_add(head::END * WORD).saturating_add(pages).saturating_add(BEHIND)
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

    /// Whether a block can begin at an offset: it is a multiple of 16, and not 0, and the words of any container have room there.
    #[inline]
    pub(crate) const fn has_place_at(&self, offset: u64) -> bool {
        // The first page lies behind the heap's own words, so 16 stands for the first place: 0 becomes too large, and so does what
        // is no multiple of 16.
        offset.wrapping_sub(16).rotate_right(4) <= self.last_block
    }

    /// Whether an address lies inside the region.
    #[inline]
    pub(crate) const fn holds(&self, address: usize) -> bool {
        address.wrapping_add(self.to_distance) < self.len
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
        self.head(head::GENERATION)
    }

    /// The lock of all that is here.
    #[inline]
    pub(super) fn lock(&self) -> &RawMutex {
        // SAFETY: `add` requires that the result lies inside the mapping: in the head (invariant 2).
        let lock = unsafe { self.head.add(head::LOCK) }.cast::<RawMutex>();
        // SAFETY: a reference requires aligned memory that lives as long and is used as the type says: two atomic words of the
        // head (invariants 1 and 2), of which `RawMutex` consists.
        unsafe { lock.as_ref() }
    }

    /// The entries of the log: offset and value each.
    #[inline]
    pub(super) fn log(&self) -> &[[AtomicU64; 2]; LOG] {
        // SAFETY: as in `lock`.
        let log = unsafe { self.head.add(head::ENTRIES) }.cast::<[[AtomicU64; 2]; LOG]>();
        // SAFETY: a reference requires aligned, initialised memory that lives as long and is used as atomics: words of the head
        // (invariants 1 and 2).
        unsafe { log.as_ref() }
    }

    /// A word of the head: one of those that are named, or one behind it that a class or a list has.
    #[inline]
    pub(super) fn head(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index < head::END, "no word {index} of the head");
        // SAFETY: as in `lock`: names, classes and lists are numbered in this program, and what is read is never an index.
        let word = unsafe { self.head.add(index) };
        // SAFETY: as in `log`.
        unsafe { word.as_ref() }
    }

    /// The offset of a word of the head.
    #[cfg(test)]
    pub(super) fn head_at(&self, index: usize) -> usize {
        usize::try_from(self.offset_of(self.head(index))).expect("inside")
    }

    /// The words of the entry of the page with this number, if the heap has it: for numbers that are read from shared memory.
    #[inline]
    pub(super) fn entry_at(&self, page: u64) -> Option<&Entry> {
        if page >= u64::from(self.pages) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than a `u32`")]
        // SAFETY: `add` requires that the result lies inside the mapping: there is an entry for each page (invariant 2).
        let entry = unsafe { self.entries.add(page as usize) };
        // SAFETY: as in `log`.
        Some(unsafe { entry.as_ref() })
    }

    /// The words of a page's entry.
    #[inline]
    pub(super) fn entry(&self, page: u32) -> &Entry {
        match self.entry_at(page.into()) {
            Some(entry) => entry,
            None => no_page(page),
        }
    }

    /// The word with the bit of a first page, and the bit.
    #[inline]
    pub(super) fn first(&self, page: u32) -> (&AtomicU64, u64) {
        // SAFETY: as in `log`.
        (unsafe { self.bits(page).as_ref() }, 1 << (page % 64))
    }

    /// The bits of first pages before a page, in two words: the second one has the page's own.
    #[inline]
    pub(super) fn firsts_before(&self, page: u32) -> [&AtomicU64; 2] {
        let own = self.bits(page);
        // SAFETY: `sub` requires that the result lies inside the mapping: other bits, or the head's last word, behind which they
        // begin (invariant 2).
        let before = unsafe { own.sub(1) };
        // SAFETY: as in `log`.
        let own = unsafe { own.as_ref() };
        // SAFETY: as in `log`.
        [unsafe { before.as_ref() }, own]
    }

    /// The word with the bit of a page: words of the arena lie on both sides of it.
    #[inline]
    fn bits(&self, page: u32) -> NonNull<AtomicU64> {
        if page >= self.pages {
            no_page(page);
        }
        // SAFETY: `add` requires that the result lies inside the mapping: there is a bit for each page (invariant 2).
        unsafe { self.firsts.add(page as usize / 64) }
    }

    /// The offset of a word. Of one that lies elsewhere, one that no word has.
    #[inline]
    pub(super) fn offset_of(&self, word: &AtomicU64) -> u64 {
        let offset = std::ptr::from_ref(word).addr().wrapping_sub(self.base.addr().get());
        debug_assert!(offset < self.len, "a word outside the region");
        offset as u64
    }

    /// The word at an offset, if there is one: for offsets that are read from shared memory.
    ///
    /// Those that are asked for are words of the arena, of free memory that nobody else uses, or of containers.
    #[inline]
    pub(super) fn word_at(&self, offset: u64) -> Option<&AtomicU64> {
        // The number of the word; of what is no multiple of its size, one that is too large.
        let index = offset.rotate_right(WORD.ilog2());
        if index >= (self.len / WORD) as u64 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than a `usize`")]
        // SAFETY: `add` requires that the result lies inside the mapping: just compared.
        let word = unsafe { self.base.cast::<AtomicU64>().add(index as usize) };
        // SAFETY: a reference requires aligned memory that lives as long, initialised, and accessed as atomics only: the base is
        // that of a page, a region is bytes, and so are the words that are asked for.
        Some(unsafe { word.as_ref() })
    }

    /// The offset of a page.
    #[inline]
    pub(super) const fn page_at(&self, page: u32) -> usize {
        self.first_page + page as usize * PAGE
    }

    /// The first page of the run that a page lies in, if it is one of the 63 before it or the page itself, by what the words say that
    /// are [before it](Self::firsts_before).
    #[inline]
    pub(super) const fn near_first(page: u32, [before, own]: [u64; 2]) -> Option<u32> {
        // The bit of the page becomes the highest one. Shifts are by the lowest 6 bits: `!page` is 63 less `page`.
        let bits = own.wrapping_shl(!page) | before.wrapping_shr(page) >> 1;
        if bits == 0 { None } else { page.checked_sub(bits.leading_zeros()) }
    }

    /// The page that an offset lies in.
    #[inline]
    pub(super) fn page_of(&self, offset: usize) -> Option<u32> {
        // An offset before the first page becomes too large.
        let page = offset.wrapping_sub(self.first_page) / PAGE;
        if page >= self.pages as usize {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than a `u32`")]
        Some(page as u32)
    }
}

/// Pages are compared with their number where they are read.
#[cold]
#[inline(never)]
fn no_page(page: u32) -> ! {
    panic!("no page {page}")
}
