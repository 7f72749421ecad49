//! The table in the block of a map, of which only the layouts of keys and values are known: where an entry is, and the marks that
//! say so.
//!
//! ```text
//! header | len | slots N | task | growth | seed | marks: N + 16 bytes | hashes: N times 32 bits | entries: N + 1, aligned …
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
//! marks of any slot and of the 15 behind it lie side by side. At most 7 of 8 slots are not empty; `growth` is how many may be filled yet.
//!
//! The hashes are there so that a map can grow without its keys: under the heap's lock, where no code of the user's may run.
//! The entry behind the last one is where a value waits that is about to replace another.
//!
//! `len`, `growth` and the repeated marks follow from the others.
//!
//! # Safety
//!
//! 1. The block is that of a map whose keys and values have the layouts of the [`Shape`]; `N` is a power of two and at least 4, and the block
//!    has [`Shape::bytes`] of it.
//! 2. A slot with the mark of an entry has a key and a value, where no task is under way. A mark is set after they were written.
//! 3. Who writes has the container exclusively, or holds the heap's lock and found it in need of mending.
#![allow(unsafe_code, reason = "points to entries and marks")]

use std::sync::atomic::{AtomicU64, Ordering, compiler_fence};

use super::task;
use crate::fixed::map::group::GROUP;
use crate::heap::block::Block;
use crate::heap::raw;
use crate::layout::TypeLayout;

/// Indices of a block's words.
pub(super) const LEN: usize = 3;
pub(super) const SLOTS: usize = 4;
pub(super) const TASK: usize = 5;
pub(super) const GROWTH: usize = 6;
pub(super) const SEED: usize = 7;
/// The index of the word with the first marks.
const MARKS: usize = 8;

/// Where the marks are, in bytes from the block's start.
const FIRST_MARK: usize = MARKS * size_of::<u64>();

/// The mark of a slot that had no entry yet.
pub(super) const EMPTY: u8 = 0;
/// That of one whose entry is gone.
pub(super) const GONE: u8 = 1;
/// Set in that of an entry.
const ENTRY: u8 = 0x80;

/// The least number of slots.
const FEWEST: usize = 4;

/// What a table keeps of a hash: all bits of it have a say.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the upper half has its say")]
pub(super) const fn short(hash: u64) -> u32 {
    (hash ^ hash >> 32) as u32
}

/// The mark of an entry with this hash.
#[inline]
pub(super) const fn mark_of(hash: u32) -> u8 {
    (hash >> 25) as u8 | ENTRY
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

/// How entries lie in a block: a key, and a value behind it, as in a `repr(C)` struct.
#[derive(Debug, Clone, Copy)]
pub(in crate::heap) struct Shape {
    pub(super) key: &'static TypeLayout,
    pub(super) value: &'static TypeLayout,
    /// Of the value, in the entry.
    value_at: usize,
    /// Of an entry.
    size: usize,
    pub(super) align: usize,
}

impl Shape {
    /// Of entries with keys and values of these layouts.
    pub(in crate::heap) const fn of(key: &'static TypeLayout, value: &'static TypeLayout) -> Self {
        let value_at = key.size.next_multiple_of(value.align);
        let align = if key.align > value.align { key.align } else { value.align };
        Self { key, value, value_at, size: (value_at + value.size).next_multiple_of(align), align }
    }

    /// Where the first entry is, in bytes from the block's start.
    #[inline]
    const fn first_entry(&self, slots: usize) -> usize {
        (FIRST_MARK + GROUP + slots * (1 + size_of::<u32>())).next_multiple_of(self.align)
    }

    /// Bytes of a block with so many slots. `None` if no block can have as many.
    pub(super) fn bytes(&self, slots: usize) -> Option<usize> {
        let most = usize::MAX / 2;
        if slots > most / 8 {
            return None;
        }
        let entries = self.size.checked_mul(slots + 1)?;
        entries.checked_add(self.first_entry(slots)).filter(|&bytes| bytes <= most)
    }
}

/// A block of a map.
#[derive(Clone, Copy)]
pub(in crate::heap) struct Table<'a> {
    pub(super) block: Block<'a>,
    pub(super) shape: Shape,
    pub(super) slots: usize,
}

impl<'a> Table<'a> {
    /// The block is one of a map with this shape (invariant 1).
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of slots")]
    pub(in crate::heap) fn of(block: Block<'a>, shape: Shape) -> Self {
        Self { block, shape, slots: block.word(SLOTS).load(Ordering::Relaxed) as usize }
    }

    /// Makes a new block, of which nothing is set but what all blocks have, an empty table.
    pub(super) fn format(block: Block<'a>, shape: Shape, slots: usize, seed: u64) -> Self {
        for (index, value) in [(LEN, 0), (SLOTS, slots as u64), (TASK, task::NONE), (SEED, seed)] {
            block.word(index).store(value, Ordering::Relaxed);
        }
        block.word(GROWTH).store(capacity_of(slots) as u64, Ordering::Relaxed);
        let table = Self { block, shape, slots };
        table.clear_marks();
        table
    }

    /// All accesses of words are relaxed: the lock that the map lies behind orders them, or the heap's.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "numbers of slots")]
    fn number(self, index: usize) -> usize {
        self.block.word(index).load(Ordering::Relaxed) as usize
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        self.number(LEN)
    }

    /// How many slots that are empty may be filled yet.
    #[inline]
    pub(super) fn growth(self) -> usize {
        self.number(GROWTH)
    }

    #[inline]
    pub(super) fn seed(self) -> u64 {
        self.block.word(SEED).load(Ordering::Relaxed)
    }

    pub(super) fn task(self) -> &'a AtomicU64 {
        self.block.word(TASK)
    }

    /// Says what is left to do. What was done before is done when this shows, and the other way round: for the compiler; a process
    /// that dies has done what comes before.
    #[inline]
    pub(super) fn set_task(self, task: u64) {
        compiler_fence(Ordering::SeqCst);
        raw::store(self.task(), task);
        compiler_fence(Ordering::SeqCst);
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
        let mut at = slot;
        // Once, or twice for the first 16; more often in a table with less.
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
    fn hash_at(self, slot: usize) -> *mut u32 {
        let at = FIRST_MARK + GROUP + self.slots + slot * size_of::<u32>();
        // SAFETY: `byte` requires that it is inside the block: slots are below `N` (invariant 1).
        unsafe { self.block.byte(at) }.as_ptr().cast()
    }

    /// The hash of the entry in a slot.
    #[inline]
    pub(super) fn hash(self, slot: usize) -> u32 {
        // SAFETY: `read` requires an aligned, valid number that nobody writes: as `FIRST_MARK`, 16 and the number of slots are
        // multiples of 4, so are the hashes' addresses; invariant 3.
        unsafe { self.hash_at(slot).read() }
    }

    /// Sets the hash of a slot that has no entry yet.
    #[inline]
    pub(super) fn set_hash(self, slot: usize, hash: u32) {
        // SAFETY: `write` requires an aligned place that nobody else uses: as above.
        unsafe { self.hash_at(slot).write(hash) };
    }

    /// The address of the key in a slot, and of the entry.
    #[inline]
    pub(super) fn key(self, slot: usize) -> *mut u8 {
        let at = self.shape.first_entry(self.slots) + slot * self.shape.size;
        // SAFETY: `byte` requires that it is inside the block, or its end: slots are at most `N`, and there is an entry more
        // (invariant 1).
        unsafe { self.block.byte(at) }.as_ptr()
    }

    /// The address of the value in a slot.
    #[inline]
    pub(super) fn value(self, slot: usize) -> *mut u8 {
        // SAFETY: `add` requires that the result is inside the block, or its end: a value lies inside its entry.
        unsafe { self.key(slot).add(self.shape.value_at) }
    }

    /// The address of the value that is about to replace another.
    #[inline]
    pub(super) fn waiting_value(self) -> *mut u8 {
        self.value(self.slots)
    }

    /// Moves the value that waits into a slot, over what was there.
    #[inline]
    pub(super) fn move_waiting_value(self, slot: usize) {
        raw::before_store();
        // SAFETY: `copy_nonoverlapping` requires that both are valid for as many bytes and do not overlap: they are values of
        // different entries, which nobody else uses (invariant 3).
        unsafe { self.waiting_value().copy_to_nonoverlapping(self.value(slot), self.shape.value.size) };
    }

    /// Copies an entry, and its hash, into a gap of another table.
    pub(super) fn copy_to(self, slot: usize, other: Table<'_>, gap: usize) {
        let hash = self.hash(slot);
        // SAFETY: `copy_nonoverlapping` requires that both are valid for as many bytes and do not overlap: entries of two blocks, of
        // the same shape, of which nobody else uses the other one.
        unsafe { self.key(slot).copy_to_nonoverlapping(other.key(gap), self.shape.size) };
        other.set_hash(gap, hash);
    }
}
