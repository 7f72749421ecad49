//! The table in the block of a map, of which only the layouts of keys and values are known: where an entry is, and the marks that
//! say so.
//!
//! ```text
//! header | len | slots N | task | limit | seed | marks: N + 16 bytes | maybe hashes: N times 64 bits | entries: N + 1, aligned …
//! ```
//!
//! | mark | means |
//! |---|---|
//! | `EMPTY` (0) | no entry, and no search goes on behind it |
//! | `GONE` (1) | no entry, but searches go on behind it |
//! | 0x80 + the upper 7 bits of the hash | an entry |
//!
//! A search begins at the slot that the lower bits of the hash say, and looks at 16 marks at once; then at the 16 that begin 16
//! slots on, then 32, and so on: in all slots, as their number is a power of two. The last 16 marks repeat the first ones, so that the
//! marks of any slot and of the 15 behind it lie side by side. At most 7 of 8 slots are not empty: when `len` is `limit`, no empty one is
//! filled any more.
//!
//! Hashes are kept if keys have something in the heap, so that a map grows without asking them: it would take long, and may fail.
//! The entry behind the last one is where a value waits that is about to replace another.
//!
//! `len`, `limit` and the repeated marks follow from the others. While they do not, `len` has the bit `COUNTING`.
//!
//! # Safety
//!
//! 1. The block is that of a map whose keys and values have the layouts of its [`Shape`]; `N` is a power of two and at least 4, and the block
//!    has [`Shape::bytes`] of it. If another process has written over it without the right to: so many bytes end inside the region
//!    (`Table::of`), no slot is told that is not below `N`, and whatever the marks and counts are, all ends.
//! 2. A slot with the mark of an entry has a key and a value, where no task is under way. A mark is set after they were written.
//! 3. Who writes has the container exclusively, or holds the heap's lock and found it in need of mending.
#![allow(unsafe_code, reason = "points to entries and marks")]

use std::mem::MaybeUninit;
use std::sync::atomic::{Ordering, compiler_fence};

use super::shape::{Entries, Shape};
use super::task;
use crate::fixed::map::group::GROUP;
use crate::heap::Heap;
use crate::heap::block::Block;
use crate::heap::raw;

/// Indices of a block's words.
pub(super) const LEN: usize = 3;
pub(super) const SLOTS: usize = 4;
pub(super) const TASK: usize = 5;
/// How many entries there may be: the capacity, less the slots whose mark is `GONE`.
pub(super) const LIMIT: usize = 6;
pub(super) const SEED: usize = 7;
/// The index of the word with the first marks.
const MARKS: usize = 8;

/// Where the marks are, in bytes from the block's start.
pub(super) const FIRST_MARK: usize = MARKS * size_of::<u64>();

/// Set in the word `LEN` while what follows from the marks may not agree with them.
pub(super) const COUNTING: u64 = 1 << 63;

/// The mark of a slot that had no entry yet.
pub(super) const EMPTY: u8 = 0;
/// That of one whose entry is gone.
pub(super) const GONE: u8 = 1;
/// Set in that of an entry.
const ENTRY: u8 = 0x80;

/// The least number of slots.
pub(super) const FEWEST: usize = 4;

/// Where the first hash is, in bytes from the block's start.
#[inline]
pub(super) const fn first_hash(slots: usize) -> usize {
    FIRST_MARK + slots + GROUP
}

/// The mark of an entry with this hash.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "8 bits are left")]
pub(super) const fn mark_of(hash: u64) -> u8 {
    (hash >> 57 | ENTRY as u64) as u8
}

/// How many slots may be filled.
#[inline]
pub(super) const fn capacity_of(slots: usize) -> usize {
    if slots < 8 { slots - 1 } else { slots / 8 * 7 }
}

/// How many slots so many entries need. `None` if there is no such number.
pub(super) fn slots_for(entries: usize) -> Option<usize> {
    match entries {
        0..4 => Some(FEWEST),
        4..8 => Some(8),
        _ => Some((entries.checked_mul(8)? / 7).checked_next_power_of_two()?),
    }
}

/// A block of a map.
#[derive(Clone, Copy)]
pub(in crate::heap) struct Table<'a, E> {
    pub(super) block: Block<'a>,
    entries: E,
    pub(super) slots: usize,
}

impl<'a, E: Entries> Table<'a, E> {
    /// The block is one of a map with these entries (invariant 1), if nobody has written over it. `None` if it would end outside the region.
    #[inline]
    pub(in crate::heap) fn of(heap: &Heap, block: Block<'a>, entries: E) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "a number of slots")]
        let slots = block.word(SLOTS).load(Ordering::Relaxed) as usize;
        entries.shape().is_inside(heap, block, slots).then_some(Self { block, entries, slots })
    }

    /// Makes a new block, of which nothing is set but what all blocks have, an empty table.
    pub(super) fn format(block: Block<'a>, entries: E, slots: usize, seed: u64) -> Self {
        for (index, value) in [(LEN, 0), (SLOTS, slots as u64), (TASK, task::NONE), (SEED, seed)] {
            block.word(index).store(value, Ordering::Relaxed);
        }
        block.word(LIMIT).store(capacity_of(slots) as u64, Ordering::Relaxed);
        let table = Self { block, entries, slots };
        table.clear_marks();
        table
    }

    /// How its entries lie in the block.
    #[inline]
    pub(super) fn shape(self) -> Shape {
        self.entries.shape()
    }

    /// All accesses of words are relaxed: the lock that the map lies behind orders them, or the heap's.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "numbers of slots")]
    fn number(self, index: usize) -> usize {
        self.block.word(index).load(Ordering::Relaxed) as usize
    }

    /// The number of entries, which is no more than that of slots.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.number(LEN)
    }

    /// How many entries there may be before another slot must stay empty.
    #[inline]
    pub(super) fn limit(self) -> usize {
        self.number(LIMIT)
    }

    #[inline]
    pub(super) fn seed(self) -> u64 {
        self.block.word(SEED).load(Ordering::Relaxed)
    }

    /// What is left to do.
    pub(super) fn task(self) -> u64 {
        self.block.word(TASK).load(Ordering::Relaxed)
    }

    /// Whether what follows from the marks may not agree with them.
    pub(super) fn is_counting(self) -> bool {
        self.block.word(LEN).load(Ordering::Relaxed) & COUNTING != 0
    }

    /// Says what is left to do. What was done before is done when this shows, and the other way round: for the compiler; a process
    /// that dies has done what comes before.
    #[inline]
    pub(super) fn set_task(self, task: u64) {
        compiler_fence(Ordering::SeqCst);
        raw::store(self.block.word(TASK), task);
        compiler_fence(Ordering::SeqCst);
    }

    /// Sets the number of entries, with [`COUNTING`] before marks change and without it afterwards; ordered as tasks are.
    #[inline]
    pub(super) fn set_len(self, len: u64) {
        compiler_fence(Ordering::SeqCst);
        raw::store(self.block.word(LEN), len);
        compiler_fence(Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn set_limit(self, limit: usize) {
        raw::store(self.block.word(LIMIT), limit as u64);
    }

    /// The address of a byte of the marks.
    #[inline]
    fn mark_at(self, at: usize) -> *mut u8 {
        // SAFETY: `byte` requires that it is inside the block: positions are below `N + 16` (invariant 1).
        unsafe { self.block.byte(FIRST_MARK + at) }.as_ptr()
    }

    /// The mark of a slot.
    #[inline]
    pub(super) fn mark(self, slot: usize) -> u8 {
        // SAFETY: `read` requires a valid byte that nobody writes: inside the block; invariant 3.
        unsafe { self.mark_at(slot).read() }
    }

    /// Sets one mark, and none that repeats it.
    #[inline]
    pub(super) fn write_mark(self, at: usize, mark: u8) {
        raw::before_store();
        // SAFETY: `write` requires a valid byte that nobody else uses: inside the block; invariant 3.
        unsafe { self.mark_at(at).write(mark) };
    }

    /// The marks of a slot and of those behind it.
    #[inline]
    pub(super) fn group(self, slot: usize) -> [u8; GROUP] {
        // SAFETY: `read` requires as many valid bytes that nobody writes: 16 bytes from a slot on are inside, as there are 16 marks
        // more than slots; invariant 3.
        unsafe { self.mark_at(slot).cast::<[u8; GROUP]>().read() }
    }

    /// Sets the mark of a slot, and those that repeat it.
    #[inline]
    pub(super) fn set_mark(self, slot: usize, mark: u8) {
        self.write_mark(slot, mark);
        if slot < GROUP {
            self.repeat_marks_of(slot, mark);
        }
    }

    #[inline]
    fn repeat_marks_of(self, slot: usize, mark: u8) {
        // Once; more often in a table with fewer slots than repeated marks.
        let mut at = slot.saturating_add(self.slots);
        while at < self.slots + GROUP {
            self.write_mark(at, mark);
            at += self.slots;
        }
    }

    /// Makes one of the last marks repeat the one that it stands for.
    pub(super) fn repeat_mark(self, at: usize) {
        self.write_mark(self.slots + at, self.mark(at & (self.slots - 1)));
    }

    /// The word that the mark of a slot lies in, and how it will be when that mark has changed.
    pub(super) fn word_with_mark(self, slot: usize, mark: u8) -> (usize, u64) {
        let index = MARKS + slot / 8;
        let mut bytes = self.block.word(index).load(Ordering::Relaxed).to_ne_bytes();
        bytes[slot % 8] = mark;
        (index, u64::from_ne_bytes(bytes))
    }

    /// Sets all marks to those of empty slots.
    pub(super) fn clear_marks(self) {
        raw::before_store();
        // SAFETY: `write_bytes` requires as many bytes that nobody else uses: all marks; invariant 3.
        unsafe { self.mark_at(0).write_bytes(EMPTY, self.slots + GROUP) };
    }

    #[inline]
    fn hash_at(self, slot: usize) -> *mut u64 {
        let at = first_hash(self.slots) + slot * size_of::<u64>();
        // SAFETY: `byte` requires that it is inside the block: slots are below `N`, and hashes are kept (invariant 1).
        unsafe { self.block.byte(at) }.as_ptr().cast()
    }

    /// The hash of the entry in a slot, if hashes are kept.
    pub(super) fn hash(self, slot: usize) -> Option<u64> {
        // SAFETY: `read_unaligned` requires a valid number that nobody writes: inside the block; invariant 3.
        (self.shape().hash_size > 0).then(|| unsafe { self.hash_at(slot).read_unaligned() })
    }

    /// Sets the hash of a slot that has no entry yet, if hashes are kept.
    #[inline]
    pub(super) fn set_hash(self, slot: usize, hash: u64) {
        if self.shape().hash_size > 0 {
            // SAFETY: `write_unaligned` requires a place that nobody else uses: as above.
            unsafe { self.hash_at(slot).write_unaligned(hash) };
        }
    }

    /// The address of the key in a slot, and of the entry.
    #[inline]
    pub(super) fn key(self, slot: usize) -> *mut u8 {
        let at = self.shape().first_entry(self.slots) + slot * self.shape().size;
        // SAFETY: `byte` requires that it is inside the block, or its end: slots are at most `N`, and there is an entry more
        // (invariant 1).
        unsafe { self.block.byte(at) }.as_ptr()
    }

    /// The address of the value in a slot.
    #[inline]
    pub(super) fn value(self, slot: usize) -> *mut u8 {
        // SAFETY: `add` requires that the result is inside the block, or its end: a value lies inside its entry.
        unsafe { self.key(slot).add(self.shape().value_at) }
    }

    /// The address of the value that is about to replace another.
    #[inline]
    pub(super) fn waiting_value(self) -> *mut u8 {
        self.value(self.slots)
    }

    /// Moves the value that waits into a slot, over what was there.
    #[inline]
    pub(super) fn move_waiting_value(self, slot: usize) {
        let (from, to, size) = (self.waiting_value(), self.value(slot), self.shape().value_size);
        #[cfg(test)]
        if raw::is_last_store() {
            // SAFETY: as below. The process dies in the middle of it.
            unsafe { from.copy_to_nonoverlapping(to, size / 2) };
        }
        raw::before_store();
        // SAFETY: `copy_nonoverlapping` requires that both are valid for as many bytes and do not overlap: they are values of
        // different entries, which nobody else uses (invariant 3).
        unsafe { from.copy_to_nonoverlapping(to, size) };
    }

    /// Moves a value into a slot by one store, over what was there. For values which [are a word](Shape::value_is_word).
    ///
    /// # Safety
    ///
    /// `value` is valid for reads of a value, and aligned.
    #[inline]
    pub(super) unsafe fn store_word(self, slot: usize, value: *const u8) {
        raw::before_store();
        let to = self.value(slot);
        match self.shape().value_size {
            // SAFETY: `move_word` requires aligned places of as many bytes: the caller's condition, and invariant 1.
            1 => unsafe { move_word::<u8>(value, to) },
            // SAFETY: as above.
            2 => unsafe { move_word::<u16>(value, to) },
            // SAFETY: as above.
            4 => unsafe { move_word::<u32>(value, to) },
            // SAFETY: as above.
            _ => unsafe { move_word::<u64>(value, to) },
        }
    }

    /// Copies an entry with this hash into an empty slot of another table.
    pub(super) fn copy_to(self, slot: usize, other: Self, empty: usize, hash: u64) {
        // SAFETY: `copy` requires that both are valid for as many bytes: entries of two blocks of the same shape, of which nobody else
        // uses the other one. They may overlap: of a block that was written over, slots may be told that lie in another one.
        unsafe { self.key(slot).copy_to(other.key(empty), self.shape().size) };
        other.set_hash(empty, hash);
        other.set_mark(empty, mark_of(hash));
    }
}

/// Moves a word by one load and one store, which are not split: they are volatile, of a type that a register holds.
///
/// # Safety
///
/// `from` is valid for reads of a `T`, whose bytes may be uninitialised, and `to` for writes; both are aligned.
#[inline]
unsafe fn move_word<T>(from: *const u8, to: *mut u8) {
    // SAFETY: `read` requires what the caller vouches for.
    let word = unsafe { from.cast::<MaybeUninit<T>>().read() };
    // SAFETY: `write_volatile` requires what the caller vouches for.
    unsafe { to.cast::<MaybeUninit<T>>().write_volatile(word) };
}
