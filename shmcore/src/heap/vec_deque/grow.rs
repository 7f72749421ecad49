//! The block of a queue, as it grows and shrinks.
//!
//! # Safety
//!
//! 1. As of [`vec_deque`](super).
#![allow(unsafe_code, reason = "moves elements")]

use std::sync::atomic::Ordering;

use super::{Parts, VecDeque};
use crate::ShmSafe;
use crate::heap::access::Access;
use crate::heap::block::Block;
use crate::heap::error::HeapError;
use crate::heap::ring::{CAPACITY, END, Positions, START, TASK, task};
use crate::heap::{Heap, Vec};

impl<T: ShmSafe> VecDeque<T> {
    /// Makes room for so many elements more.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`], and as [`len`](Self::len).
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        self.with_room(heap, additional).map(drop)
    }

    /// The block with room for so many elements more.
    pub(super) fn with_room<'a>(&'a self, heap: &'a Heap, additional: usize) -> Result<Parts<'a>, HeapError> {
        let old = self.parts(heap)?;
        let (len, capacity) = old.map_or((0, 0), |parts| (parts.len(), parts.capacity()));
        if let Some(parts) = old
            && additional <= capacity - len
        {
            return Ok(parts);
        }
        let needed = len.checked_add(additional).ok_or_else(|| heap.out_of_memory(usize::MAX))?;
        self.replace(heap, old, needed.max(Vec::<T>::SMALLEST))
    }

    /// Gives the queue another block for at least `needed` elements, in place of the one that it has.
    #[cold]
    fn replace<'a>(
        &'a self,
        heap: &'a Heap,
        old: Option<Parts<'a>>,
        needed: usize,
    ) -> Result<Parts<'a>, HeapError> {
        let wanted = needed.checked_next_power_of_two().ok_or_else(|| heap.out_of_memory(usize::MAX))?;
        let size = Vec::<T>::size(heap, wanted)?;
        let mut access = Access::new(heap)?;
        let new = access.allocate(size, align_of::<T>(), Self::KIND, self.owned.address())?;
        let (start, end) = old.map_or((0, 0), |old| (old.positions.start, old.positions.end));
        // What an allocator gives may be more than was asked for: the greatest power of two.
        let capacity = 1 << Vec::<T>::capacity_in(new.size).ilog2();
        let positions = Positions { start, end, capacity };
        for (word, value) in [(START, start), (END, end), (CAPACITY, capacity), (TASK, task::NONE)] {
            new.block.word(word).store(value, Ordering::Relaxed);
        }
        if let Some(old) = old {
            // SAFETY: as required, both have room for as many elements as there are, and the new block is nobody else's.
            unsafe { Self::move_all(old, new.block, positions) };
            access.free_block(old.block)?;
        }
        access.set(&self.owned, new.words);
        access.commit();
        Ok(Parts { block: new.block, positions })
    }

    /// Copies the elements to where they lie in another block. Only one of the two will be the queue's.
    ///
    /// # Safety
    ///
    /// Both blocks have room for their capacities, which are at least the number of elements, and nobody else uses the new one.
    unsafe fn move_all(old: Parts<'_>, new: Block<'_>, positions: Positions) {
        let mut position = positions.start;
        for (place, len) in old.positions.pieces() {
            // A piece of one may lie around the end of the other.
            let mut moved = 0;
            while moved < len {
                let to = positions.place_of(position);
                #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
                let count = (len - moved).min(positions.capacity as usize - to);
                let from = Vec::<T>::element(old.block, place + moved);
                // SAFETY: `copy` requires as many elements on both sides: the caller's condition. They may overlap: of a block that was
                // written over, a capacity may be told that leads into another one.
                unsafe { from.copy_to(Vec::<T>::element(new, to), count) };
                moved += count;
                position = position.wrapping_add(count as u64);
            }
        }
    }

    /// Gives memory back that is not needed for the elements there are.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve): a smaller block is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError> {
        let Some(parts) = self.parts(heap)? else { return Ok(()) };
        let len = parts.len();
        if len == 0 {
            return self.free(heap);
        }
        if len.next_power_of_two() < parts.capacity() {
            self.replace(heap, Some(parts), len)?;
        }
        Ok(())
    }
}
