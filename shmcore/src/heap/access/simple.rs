//! The usual case: a container that lies in the heap and owns nothing gets a small block, or one gives its block, which owns nothing,
//! and nothing else changes. Apart from the general way because it is a few straight steps, which are compiled into who takes them.

use std::sync::atomic::Ordering;

use super::Access;
use crate::heap::Heap;
use crate::heap::block::Block;
use crate::heap::error::HeapError;
use crate::heap::owned::{Kind, RawOwned, Words};
use crate::heap::raw::Slot;

/// A block that is allocated at the commit, by [`Access::take_small`].
pub(in crate::heap) struct SmallBlock<'h> {
    pub(in crate::heap) block: Block<'h>,
    /// Bytes, at least as many as were asked for.
    pub(in crate::heap) size: usize,
    slot: Slot<'h>,
    words: Words,
}

impl<'h> Access<'h> {
    /// A small block for a container of a kind that owns nothing. Its words but the first three are not set. `None` if it takes more than
    /// that; then nothing is changed.
    #[inline]
    pub(in crate::heap) fn small_block(
        &mut self,
        size: usize,
        align: usize,
        kind: Kind,
        owned: &RawOwned,
    ) -> Option<SmallBlock<'h>> {
        debug_assert!(owned.is_empty());
        if !self.heap.holds(owned.address()) {
            return None;
        }
        let slot = self.locked.slot_to_take(size, align)?;
        // If the heap is corrupt, it may be anywhere, and the general way says so.
        let block = self.heap.block_at(slot.offset as u64)?;
        if !self.heap.has_room(block, slot.size, align) {
            return None;
        }
        let nonce = self.locked.next_nonce();
        // As in `allocate`.
        block.word(Block::NONCE).store(nonce, Ordering::Relaxed);
        block.word(Block::HOLDER).store(0, Ordering::Relaxed);
        block.word(Block::KIND).store(kind.mark, Ordering::Relaxed);
        let words = Words { block: slot.offset as u64, nonce, stamp: self.heap.generation() };
        Some(SmallBlock { block, size: slot.size, slot, words })
    }

    /// Gives the block to the container: the commit.
    #[inline]
    pub(in crate::heap) fn take_small(mut self, new: &SmallBlock<'h>, owned: &RawOwned) {
        self.locked.take(&new.slot, owned.changes(new.words));
    }

    /// Frees what a container owns, whose contents own nothing. It owns nothing then.
    ///
    /// # Errors
    ///
    /// As of [`RawOwned::block`].
    pub(in crate::heap) fn free_plain(
        heap: &'h Heap,
        owned: &'h RawOwned,
        kind: &Kind,
    ) -> Result<(), HeapError> {
        let Some(offset) = owned.bound_offset(heap) else { return Self::free_unbound(heap, owned, kind) };
        let mut access = Self::new(heap)?;
        match access.locked.slot_to_give(offset) {
            Some(slot) => {
                access.locked.give(&slot, owned.emptied());
                Ok(())
            }
            None => access.free_slow(owned, kind),
        }
    }

    /// Takes the lock by value: where it is not called the access has no address.
    #[cold]
    fn free_slow(mut self, owned: &'h RawOwned, kind: &Kind) -> Result<(), HeapError> {
        self.free(owned, kind.layout)
    }

    #[cold]
    fn free_unbound(heap: &'h Heap, owned: &'h RawOwned, kind: &Kind) -> Result<(), HeapError> {
        // What was begun in it is ended first, and a copy is an error.
        match owned.block(heap, *kind)? {
            Some(_) => Self::new(heap)?.free_slow(owned, kind),
            None => Ok(()),
        }
    }
}
