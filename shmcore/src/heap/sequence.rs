//! The block of a vector or a string, of which only the layout of the elements is known here.
//!
//! ```text
//! header | len | capacity | task | before | elements, aligned …
//! ```
//!
//! What changes more than the length is a *task*, so that whoever finds it half done can end it or take it back. Its number stands in
//! the lower 8 bits of its word, above it an index; `before` is the length before it.
//!
//! | task | index | what is left to do |
//! |---|---|---|
//! | 0 | | nothing |
//! | `INSERT` | hole | those behind the hole go back by one |
//! | `INSERTED` | | the length is one more than before |
//! | `REMOVE` | hole | those behind the hole go down by one, then the length is one less |
//! | `SWAP_REMOVE` | hole | the last one goes into the hole, then the length is one less |
//! | `TRUNCATE` | length | those from there on are freed |
//! | `FREE` | | all elements are freed, then the block |
//! | `RETAIN` … | element | see the file of that |
//!
//! # Safety
//!
//! 1. The block is that of a vector whose elements have the layout; `len <= capacity`, and the first `len` elements are values,
//!    where no task is under way. The caller has the container exclusively, or holds the heap's lock and found it in need of mending.
#![allow(unsafe_code, reason = "moves elements")]

use std::sync::atomic::{Ordering, compiler_fence};

mod retain;

use super::access::Access;
use super::block::{Block, HEADER};
use super::error::HeapError;
use super::mend::Mended;
use super::word::Word;
use crate::layout::{TypeLayout, owns_heap_memory};

/// What is to be done.
pub(super) mod task {
    pub(in crate::heap) const NONE: u64 = 0;
    pub(in crate::heap) const INSERT: u64 = 1;
    pub(in crate::heap) const INSERTED: u64 = 2;
    pub(in crate::heap) const REMOVE: u64 = 3;
    pub(in crate::heap) const SWAP_REMOVE: u64 = 4;
    pub(in crate::heap) const TRUNCATE: u64 = 5;
    pub(in crate::heap) const FREE: u64 = 6;
    pub(in crate::heap) const RETAIN: u64 = 7;
    pub(in crate::heap) const RETAINED: u64 = 12;

    /// The word of a task with an index.
    #[inline]
    pub(in crate::heap) const fn with(task: u64, index: usize) -> u64 {
        task | (index as u64) << 8
    }
}

/// Indices of a block's words.
pub(super) const LEN: usize = 3;
pub(super) const CAPACITY: usize = 4;
pub(super) const TASK: usize = 5;
pub(super) const BEFORE: usize = 6;

/// Where the elements may begin, in bytes from the block's start.
const WORDS_END: usize = HEADER + 4 * size_of::<u64>();

/// Where elements of this alignment begin.
pub(super) const fn first_element(align: usize) -> usize {
    WORDS_END.next_multiple_of(if align > 8 { align } else { 8 })
}

/// A block and what is known of its elements.
#[derive(Clone, Copy)]
pub(super) struct Sequence<'a> {
    block: Block<'a>,
    element: &'static TypeLayout,
}

impl<'a> Sequence<'a> {
    /// The block is one of a vector of elements with this layout (invariant 1).
    pub(super) const fn of(block: Block<'a>, element: &'static TypeLayout) -> Self {
        Self { block, element }
    }

    /// That of the elements.
    pub(super) const fn layout(self) -> &'static TypeLayout {
        self.element
    }

    /// The number of elements.
    pub(super) fn count(self) -> usize {
        usize::try_from(self.len().load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// Whether the elements, which are bytes, are UTF-8.
    pub(super) fn is_text(self) -> bool {
        // SAFETY: `from_raw_parts` requires as many initialised bytes that nobody writes meanwhile: the elements, which the caller has
        // alone (invariant 1).
        let bytes = unsafe { std::slice::from_raw_parts(self.element(0), self.count()) };
        std::str::from_utf8(bytes).is_ok()
    }

    fn len(self) -> &'a Word {
        self.block.word(LEN)
    }

    fn task(self) -> &'a Word {
        self.block.word(TASK)
    }

    pub(super) const fn block(self) -> Block<'a> {
        self.block
    }

    /// Where an element lies, in bytes from the block's start.
    pub(super) const fn offset_of(self, index: usize) -> usize {
        first_element(self.element.align) + index * self.element.size
    }

    /// The address of an element, which is inside the block.
    pub(super) fn element(self, index: usize) -> *mut u8 {
        // SAFETY: `byte` requires that it is inside the block or its end: indices are below the capacity, which was computed from
        // the block's size, or found to agree with it.
        unsafe { self.block.byte(self.offset_of(index)) }.as_ptr()
    }

    /// Moves an element's bytes.
    fn copy(self, from: usize, to: usize) {
        #[cfg(test)]
        self.copy_half_before_death(from, to);
        // SAFETY: `copy_nonoverlapping` requires that both are valid for as many bytes and do not overlap: they are different
        // elements inside the block, which nobody else uses (invariant 1).
        unsafe { self.element(from).copy_to_nonoverlapping(self.element(to), self.element.size) };
    }

    /// Lets a process die in the middle of moving an element.
    #[cfg(test)]
    fn copy_half_before_death(self, from: usize, to: usize) {
        if super::raw::is_last_store() {
            // SAFETY: as in `copy`.
            unsafe { self.element(from).copy_to_nonoverlapping(self.element(to), self.element.size / 2) };
        }
        super::raw::before_store();
    }

    /// Says what is left to do. What was done before is done when this shows, and the other way round: for the compiler; a process
    /// that dies has done what comes before.
    fn set_task(self, task: u64) {
        compiler_fence(Ordering::SeqCst);
        self.task().store(task, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }

    /// Ends what was begun.
    pub(super) fn mend(self, access: &mut Access<'_>) -> Result<Mended, HeapError> {
        self.demand_words(access)?;
        let word = self.task().load(Ordering::Relaxed);
        if word == task::NONE {
            self.demand_room_for(access, LEN)?;
            return Ok(Mended::Kept);
        }
        let (before, index) = self.checked(access, word)?;
        match word & 0xff {
            task::INSERT => self.close_hole(task::INSERT, index, before),
            task::INSERTED => self.finish(before + 1),
            task::REMOVE if before > 0 => self.end_remove(index, before),
            task::SWAP_REMOVE if before > 0 => self.end_swap_remove(index, before),
            task::TRUNCATE => self.end_truncate(access, index, before)?,
            task::FREE => {
                self.free_from(access, 0, before)?;
                return Ok(Mended::Free);
            }
            kind @ task::RETAIN..=task::RETAINED => self.mend_retain(access, kind, index, before)?,
            _ => return Err(HeapError::Corrupt { what: "a vector was in an unknown change", number: word }),
        }
        Ok(Mended::Kept)
    }

    /// That this is a block, by the heap's own tables, with room for as many elements as it says.
    pub(super) fn demand_room(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        self.demand_words(access)?;
        self.demand_room_for(access, LEN).map(drop)
    }

    /// That this is a block, by the heap's own tables, with room for the words of a vector.
    fn demand_words(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        match access.size_of(self.block)? {
            size if size >= WORDS_END => Ok(()),
            size => {
                Err(HeapError::Corrupt { what: "a block is too small for a vector", number: size as u64 })
            }
        }
    }

    /// The number of elements that stands in a word, and the capacity, if there can be so many in the block.
    fn demand_room_for(self, access: &mut Access<'_>, word: usize) -> Result<(usize, usize), HeapError> {
        let number =
            |index| usize::try_from(self.block.word(index).load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        let (count, capacity) = (number(word), number(CAPACITY));
        let room = access.size_of(self.block)?.saturating_sub(first_element(self.element.align));
        if count <= capacity && room.checked_div(self.element.size).is_none_or(|most| capacity <= most) {
            return Ok((count, capacity));
        }
        Err(HeapError::Corrupt { what: "a vector has more elements than room", number: count as u64 })
    }

    /// The length before the task and its index, if they can be.
    fn checked(self, access: &mut Access<'_>, word: u64) -> Result<(usize, usize), HeapError> {
        let (before, capacity) = self.demand_room_for(access, BEFORE)?;
        let index = usize::try_from(word >> 8).unwrap_or(usize::MAX);
        // An insertion needs one place more.
        let is_insertion = matches!(word & 0xff, task::INSERT | task::INSERTED);
        if index <= before && before + usize::from(is_insertion) <= capacity {
            Ok((before, index))
        } else {
            Err(HeapError::Corrupt { what: "a vector was in a change that cannot be", number: word })
        }
    }

    /// Moves those behind the hole to where they were.
    fn close_hole(self, kind: u64, mut hole: usize, before: usize) {
        while hole < before {
            self.copy(hole + 1, hole);
            hole += 1;
            self.set_task(task::with(kind, hole));
        }
        self.finish(before);
    }

    /// Begins to insert at an index, of `before` elements with room for one more: makes a hole there.
    pub(super) fn open_hole(self, index: usize, before: usize) {
        self.begin(task::with(task::INSERT, before), before);
        let mut hole = before;
        while hole > index {
            self.copy(hole - 1, hole);
            hole -= 1;
            self.set_task(task::with(task::INSERT, hole));
        }
    }

    /// Takes an insertion back whose hole is at an index.
    pub(super) fn close(self, hole: usize, before: usize) {
        self.close_hole(task::INSERT, hole, before);
    }

    /// Says how many elements there are before a task, and begins it.
    pub(super) fn begin(self, task: u64, before: usize) {
        self.block.word(BEFORE).store(before as u64, Ordering::Relaxed);
        self.set_task(task);
    }

    /// Ends an insertion whose hole was filled.
    pub(super) fn end_insert(self, before: usize) {
        self.set_task(task::INSERTED);
        self.finish(before + 1);
    }

    /// Moves those behind a hole down by one.
    pub(super) fn end_remove(self, mut hole: usize, before: usize) {
        while hole + 1 < before {
            self.copy(hole + 1, hole);
            hole += 1;
            self.set_task(task::with(task::REMOVE, hole));
        }
        self.finish(before - 1);
    }

    /// Moves the last one into a hole.
    pub(super) fn end_swap_remove(self, hole: usize, before: usize) {
        if hole + 1 < before {
            self.copy(before - 1, hole);
        }
        self.finish(before - 1);
    }

    /// Frees what the elements from `len` on own.
    pub(super) fn end_truncate(
        self,
        access: &mut Access<'_>,
        len: usize,
        before: usize,
    ) -> Result<(), HeapError> {
        self.len().store(len as u64, Ordering::Relaxed);
        self.free_from(access, len, before)?;
        self.finish(len);
        Ok(())
    }

    fn finish(self, len: usize) {
        compiler_fence(Ordering::SeqCst);
        self.len().store(len as u64, Ordering::Relaxed);
        self.set_task(task::NONE);
    }

    /// Frees what all elements own, before the block is freed.
    pub(super) fn free_contents(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        if !owns_heap_memory(self.element) {
            return Ok(());
        }
        // What a dead process had begun comes first.
        if self.mend(access)? == Mended::Kept {
            self.begin(task::FREE, self.count());
            let (before, _) = self.checked(access, task::FREE)?;
            self.free_from(access, 0, before)?;
        }
        Ok(())
    }

    fn free_from(self, access: &mut Access<'_>, from: usize, to: usize) -> Result<(), HeapError> {
        if !owns_heap_memory(self.element) {
            return Ok(());
        }
        for index in from..to {
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: an element that was one
            // (invariant 1), of those that are going. One that was freed before has empty containers.
            unsafe { access.free_owned_by(self.element, self.element(index)) }?;
        }
        Ok(())
    }
}
