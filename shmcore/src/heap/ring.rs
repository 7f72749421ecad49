//! The block of a queue, of which only the layout of the elements is known here.
//!
//! ```text
//! header | start | capacity | task | end | elements, aligned …
//! ```
//!
//! The elements have *positions*, from `start` to before `end`; that at position `p` lies in place `p % capacity`, and the capacity is a
//! power of two. So adding an element and removing one, at either end, is the store of one word, and an element keeps its position when
//! it moves to a larger block. Positions wrap around at 2^64.
//!
//! What frees several elements is a *task*, so that whoever finds it half done can end it. Its number stands in the lower 8 bits of its
//! word, above it the number of elements before it.
//!
//! | task | what is left to do |
//! |---|---|
//! | 0 | nothing |
//! | `TRUNCATE` | those that were behind the end are freed |
//! | `FREE` | all elements are freed, then the block |
//!
//! # Safety
//!
//! 1. The block is that of a queue whose elements have the layout; there are at most as many as the capacity, and they are values. Those
//!    that a task frees may have been freed. The caller has the container exclusively, or holds the heap's lock and found it in need of
//!    mending.
#![allow(unsafe_code, reason = "frees what elements own")]

use std::sync::atomic::{Ordering, compiler_fence};

use super::access::Access;
use super::block::{Block, HEADER};
use super::error::HeapError;
use super::mend::Mended;
use super::raw;
use super::sequence::first_element;
use crate::layout::{TypeLayout, owns_heap_memory};

/// Indices of a block's words.
pub(super) const START: usize = 3;
pub(super) const CAPACITY: usize = 4;
pub(super) const TASK: usize = 5;
pub(super) const END: usize = 6;

pub(super) mod task {
    pub(in crate::heap) const NONE: u64 = 0;
    pub(in crate::heap) const TRUNCATE: u64 = 1;
    pub(in crate::heap) const FREE: u64 = 2;
}

/// What the words of a block say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Positions {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) capacity: u64,
}

impl Positions {
    /// Relaxed: words are changed by who has the queue exclusively, or under the heap's lock.
    #[inline]
    pub(super) fn of(block: Block<'_>) -> Self {
        let word = |index| block.word(index).load(Ordering::Relaxed);
        Self { start: word(START), end: word(END), capacity: word(CAPACITY) }
    }

    /// The number of elements.
    #[inline]
    pub(super) const fn len(self) -> u64 {
        self.end.wrapping_sub(self.start)
    }

    /// Where the element at a position lies, counted in elements.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    pub(super) const fn place_of(self, position: u64) -> usize {
        (position & self.capacity.wrapping_sub(1)) as usize
    }

    /// Whether there can be such a queue, if there can be its capacity.
    #[inline]
    pub(super) const fn can_be(self) -> bool {
        self.capacity.is_power_of_two() && self.len() <= self.capacity
    }

    /// The elements in two pieces, one behind the other: the first place of each, and how many places.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    pub(super) const fn pieces(self) -> [(usize, usize); 2] {
        let (len, first) = (self.len() as usize, self.place_of(self.start));
        let to_the_end = self.capacity as usize - first;
        let front = if len < to_the_end { len } else { to_the_end };
        [(first, front), (0, len - front)]
    }
}

/// A block and what is known of its elements.
#[derive(Clone, Copy)]
pub(super) struct Ring<'a> {
    block: Block<'a>,
    element: &'static TypeLayout,
}

impl<'a> Ring<'a> {
    /// The block is one of a queue of elements with this layout (invariant 1).
    pub(super) const fn of(block: Block<'a>, element: &'static TypeLayout) -> Self {
        Self { block, element }
    }

    /// That of the elements.
    pub(super) const fn layout(self) -> &'static TypeLayout {
        self.element
    }

    /// Where the elements lie, and how many in each piece.
    pub(super) fn pieces(self) -> [(*mut u8, usize); 2] {
        Positions::of(self.block).pieces().map(|(place, len)| (self.at(place), len))
    }

    /// The address of a place, which is inside the block.
    fn at(self, place: usize) -> *mut u8 {
        let at = first_element(self.element.align) + place * self.element.size;
        // SAFETY: `byte` requires that it is inside the block or its end: places are below the capacity, which was computed from the
        // block's size, or found to agree with it.
        unsafe { self.block.byte(at) }.as_ptr()
    }

    /// Changes a word. What was done before is done when this shows, and the other way round: for the compiler; a process that dies has
    /// done what comes before.
    fn store(self, word: usize, value: u64) {
        compiler_fence(Ordering::SeqCst);
        raw::store(self.block.word(word), value);
        compiler_fence(Ordering::SeqCst);
    }

    /// Ends what was begun.
    pub(super) fn mend(self, access: &mut Access<'_>) -> Result<Mended, HeapError> {
        let positions = self.checked(access)?;
        let word = self.block.word(TASK).load(Ordering::Relaxed);
        let before = word >> 8;
        if before > positions.capacity {
            return Err(HeapError::Corrupt { what: "a queue was in a change that cannot be", number: word });
        }
        match word & 0xff {
            task::NONE => Ok(Mended::Kept),
            task::TRUNCATE if positions.len() <= before => {
                self.end_truncate(access, positions, before)?;
                Ok(Mended::Kept)
            }
            task::FREE => {
                self.free_between(access, positions, 0, before)?;
                Ok(Mended::Free)
            }
            _ => Err(HeapError::Corrupt { what: "a queue was in an unknown change", number: word }),
        }
    }

    /// What the words say, if this is a block with room for them and for as many elements, by the heap's own tables.
    pub(super) fn checked(self, access: &Access<'_>) -> Result<Positions, HeapError> {
        let size = access.size_of(self.block)?;
        if size < HEADER + 4 * size_of::<u64>() {
            return Err(HeapError::Corrupt { what: "a block is too small for a queue", number: size as u64 });
        }
        let positions = Positions::of(self.block);
        let room = size.saturating_sub(first_element(self.element.align));
        let has_room =
            room.checked_div(self.element.size).is_none_or(|most| positions.capacity <= most as u64);
        if positions.can_be() && has_room {
            return Ok(positions);
        }
        Err(HeapError::Corrupt { what: "a queue has more elements than room", number: positions.len() })
    }

    /// Keeps the first `len` elements of more, and frees what the others own.
    pub(super) fn truncate(self, access: &mut Access<'_>, len: u64) -> Result<(), HeapError> {
        let positions = self.checked(access)?;
        let before = positions.len();
        if len >= before {
            return Ok(());
        }
        self.store(TASK, task::TRUNCATE | before << 8);
        let end = positions.start.wrapping_add(len);
        self.store(END, end);
        self.end_truncate(access, Positions { end, ..positions }, before)
    }

    fn end_truncate(
        self,
        access: &mut Access<'_>,
        positions: Positions,
        before: u64,
    ) -> Result<(), HeapError> {
        self.free_between(access, positions, positions.len(), before)?;
        self.store(TASK, task::NONE);
        Ok(())
    }

    /// Frees what all elements own, before the block is freed.
    pub(super) fn free_contents(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        if !owns_heap_memory(self.element) {
            return Ok(());
        }
        // What a dead process had begun comes first.
        if self.mend(access)? == Mended::Kept {
            let positions = self.checked(access)?;
            self.store(TASK, task::FREE | positions.len() << 8);
            self.free_between(access, positions, 0, positions.len())?;
        }
        Ok(())
    }

    /// Frees what elements own, which are counted from the start.
    fn free_between(
        self,
        access: &mut Access<'_>,
        positions: Positions,
        from: u64,
        to: u64,
    ) -> Result<(), HeapError> {
        if !owns_heap_memory(self.element) {
            return Ok(());
        }
        for index in from..to {
            let element = self.at(positions.place_of(positions.start.wrapping_add(index)));
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: an element that was one
            // (invariant 1), of those that are going. One that was freed before has empty containers.
            unsafe { access.free_owned_by(self.element, element) }?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn elements_lie_in_two_pieces_around_the_end_also_where_positions_wrap() {
        for start in [0, 5, 7, 8, u64::MAX - 10, u64::MAX - 2, u64::MAX] {
            for len in 0..=8 {
                let positions = Positions { start, end: start.wrapping_add(len), capacity: 8 };
                assert!(positions.can_be());
                let places = positions.pieces().into_iter().flat_map(|(first, len)| first..first + len);
                let expected = (0..len).map(|index| positions.place_of(start.wrapping_add(index)));
                assert!(places.eq(expected), "{positions:?}");
            }
        }
    }

    #[test]
    fn words_that_no_queue_has_are_known() {
        for (start, end, capacity) in [(0, 9, 8), (1, 0, 8), (0, 0, 0), (0, 0, 6), (0, 1, u64::MAX)] {
            assert!(!Positions { start, end, capacity }.can_be());
        }
    }
}
