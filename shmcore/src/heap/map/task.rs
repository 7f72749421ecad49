//! The changes of a table, and how one is ended that a process has left half done.
//!
//! A slot gets or loses its entry with one mark; what follows from that is counted again. What changes more is a *task*: its number stands in
//! the lower 8 bits of its word, above it a slot.
//!
//! | task | slot | what is left to do |
//! |---|---|---|
//! | 0 | | nothing |
//! | `REPLACE` | of the entry | the value that waits goes into the slot |
//! | `REMOVE` | of the entry | its value is somebody else's; its key is freed, then its mark goes |
//! | `ERASE` | of the entry | its value and its key are freed, then its mark goes |
//! | `CLEAR` | | all entries are freed, then all marks go |
//! | `FREE` | | all entries are freed, then the block |
//!
//! # Safety
//!
//! 1. As of [`table`](super::table).
#![allow(unsafe_code, reason = "frees what entries own")]

use super::shape::Entries;
use super::table::{COUNTING, EMPTY, FEWEST, GONE, LEN, Table, capacity_of, mark_of};
use crate::fixed::map::group::GROUP;
use crate::heap::access::Access;
use crate::heap::error::HeapError;
use crate::heap::mend::Mended;
use crate::heap::raw;
use crate::layout::owns_heap_memory;

pub(super) const NONE: u64 = 0;
pub(super) const REPLACE: u64 = 1;
pub(super) const REMOVE: u64 = 2;
pub(super) const ERASE: u64 = 3;
pub(super) const CLEAR: u64 = 4;
pub(super) const FREE: u64 = 5;

/// The word of a task with a slot.
#[inline]
pub(super) const fn with(task: u64, slot: usize) -> u64 {
    task | (slot as u64) << 8
}

impl<E: Entries> Table<'_, E> {
    /// Makes a slot an entry whose key and value were written into it.
    #[inline]
    pub(super) fn add(self, slot: usize, hash: u64) {
        self.set_hash(slot, hash);
        let before = self.mark(slot);
        let len = self.len();
        self.set_len(len as u64 | COUNTING);
        self.end_add(slot, hash, before, len);
    }

    /// The same, when it was said that it is counted; with the mark that the slot had before, and the number of entries.
    #[inline]
    pub(super) fn end_add(self, slot: usize, hash: u64, before: u8, len: usize) {
        self.set_mark(slot, mark_of(hash));
        if before != EMPTY {
            self.set_limit(self.limit().wrapping_add(1));
        }
        self.set_len((len as u64).wrapping_add(1));
    }

    /// Takes the mark of a slot away, whose key and value are somebody else's, or freed.
    #[inline]
    pub(super) fn remove(self, slot: usize) {
        let mark = self.mark_of_gone(slot);
        let len = self.len();
        self.set_len(len as u64 | COUNTING);
        self.end_remove(slot, mark, len);
    }

    /// The same, when it was said that it is counted; with the mark that the slot will have, and the number of entries.
    #[inline]
    pub(super) fn end_remove(self, slot: usize, mark: u8, len: usize) {
        self.set_mark(slot, mark);
        if mark != EMPTY {
            self.set_limit(self.limit().saturating_sub(1));
        }
        self.set_len((len as u64).saturating_sub(1));
    }

    /// Lets the value that waits replace that in a slot.
    #[inline]
    pub(super) fn replace(self, slot: usize) {
        self.set_task(with(REPLACE, slot));
        self.end_replace(slot);
    }

    /// The same, when the task is set.
    #[inline]
    pub(super) fn end_replace(self, slot: usize) {
        self.move_waiting_value(slot);
        self.set_task(NONE);
    }

    /// Frees the key of an entry whose value is somebody else's, as the task says, and removes it.
    pub(super) fn remove_with_key(self, access: &mut Access<'_>, slot: usize) {
        // The key is this map's and no copy. Of one that is not, nothing is freed.
        let _ = self.free_key(access, slot);
        self.remove(slot);
        self.set_task(NONE);
    }

    /// Frees an entry.
    pub(super) fn erase(self, access: &mut Access<'_>, slot: usize) -> Result<(), HeapError> {
        self.set_task(with(ERASE, slot));
        let freed = self.free_entry(access, slot);
        if freed.is_ok() {
            self.remove(slot);
        }
        self.set_task(NONE);
        freed
    }

    /// Frees all entries. After an error there are those that were not reached.
    pub(super) fn clear(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        self.set_task(CLEAR);
        match self.free_entries(access) {
            Ok(()) => self.forget_entries(),
            Err(error) => {
                self.recount();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Makes all slots empty, whose entries own nothing or nothing any more.
    pub(super) fn forget_entries(self) {
        self.set_task(CLEAR);
        self.clear_marks();
        self.set_limit(capacity_of(self.slots));
        self.set_len(0);
        self.set_task(NONE);
    }

    /// Makes all agree with the marks; nothing is left to do then.
    pub(super) fn recount(self) {
        raw::store(self.block.word(LEN), COUNTING);
        let (mut len, mut gone) = (0, 0);
        for slot in 0..self.slots {
            let mark = self.mark(slot);
            len += u64::from(mark >> 7);
            gone += usize::from(mark == GONE);
        }
        for at in 0..GROUP {
            self.repeat_mark(at);
        }
        self.set_limit(capacity_of(self.slots).saturating_sub(gone));
        self.set_task(NONE);
        self.set_len(len);
    }

    /// Ends what was begun.
    pub(in crate::heap) fn mend(self, access: &mut Access<'_>) -> Result<Mended, HeapError> {
        self.demand_size(access)?;
        let word = self.task();
        if word == NONE && !self.is_counting() {
            return Ok(Mended::Kept);
        }
        let slot = usize::try_from(word >> 8).unwrap_or(usize::MAX);
        let has_entry = slot < self.slots && self.mark(slot) > GONE;
        match word & 0xff {
            NONE => {}
            // Whoever mended it before has died when only the counts were left.
            REPLACE | REMOVE | ERASE if !has_entry => {}
            REPLACE => self.move_waiting_value(slot),
            REMOVE => {
                Self::is_done(self.free_key(access, slot))?;
                self.set_mark(slot, GONE);
            }
            ERASE => {
                if Self::is_done(self.free_entry(access, slot))? {
                    self.set_mark(slot, GONE);
                }
            }
            CLEAR => {
                if Self::is_done(self.free_entries(access))? {
                    self.clear_marks();
                }
            }
            FREE => {
                if Self::is_done(self.free_entries(access))? {
                    return Ok(Mended::Free);
                }
            }
            _ => return Err(HeapError::Corrupt { what: "a map was in an unknown change", number: word }),
        }
        self.recount();
        Ok(Mended::Kept)
    }

    /// Whether all could be freed. What belongs to another heap was put there by hand, and stays.
    fn is_done(freed: Result<(), HeapError>) -> Result<bool, HeapError> {
        match freed {
            Ok(()) => Ok(true),
            Err(HeapError::OtherHeap) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// That this is a block, by the heap's own tables, with room for so many slots.
    fn demand_size(self, access: &Access<'_>) -> Result<(), HeapError> {
        // How many bytes there are was computed when it was found that they end inside the region.
        let is_number = self.slots.is_power_of_two() && self.slots >= FEWEST;
        if is_number && self.shape().bytes(self.slots) <= access.size_of(self.block)? {
            return Ok(());
        }
        Err(HeapError::Corrupt { what: "a map has more slots than room", number: self.slots as u64 })
    }

    /// Frees what all entries own, before the block is freed.
    pub(in crate::heap) fn free_contents(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        if !owns_heap_memory(self.shape().key) && !owns_heap_memory(self.shape().value) {
            return Ok(());
        }
        // What a dead process had begun comes first.
        if self.mend(access)? == Mended::Kept {
            self.set_task(FREE);
            self.free_entries(access).inspect_err(|_| self.recount())?;
        }
        Ok(())
    }

    fn free_entries(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        if !owns_heap_memory(self.shape().key) && !owns_heap_memory(self.shape().value) {
            return Ok(());
        }
        for slot in self.occupied() {
            self.free_entry(access, slot)?;
            self.write_mark(slot, GONE);
        }
        Ok(())
    }

    /// Frees what an entry owns. One that was freed before has empty containers.
    fn free_entry(self, access: &mut Access<'_>, slot: usize) -> Result<(), HeapError> {
        if owns_heap_memory(self.shape().value) {
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: that of an entry which is
            // going (invariant 1).
            unsafe { access.free_owned_by(self.shape().value, self.value(slot)) }?;
        }
        self.free_key(access, slot)
    }

    fn free_key(self, access: &mut Access<'_>, slot: usize) -> Result<(), HeapError> {
        if owns_heap_memory(self.shape().key) {
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: that of an entry which is
            // going (invariant 1).
            unsafe { access.free_owned_by(self.shape().key, self.key(slot)) }?;
        }
        Ok(())
    }
}
