//! The three words of a container by which it owns a block, and the proof that it does.
//!
//! ```text
//! block | offset of the block from the region's start; 0: none
//! nonce | that of the block
//! stamp | 63: in a process's own memory | 62 … 32: id of the heap | 31 … 0: the generation that the container was bound in |
//! ```
//!
//! # Ownership
//!
//! A container is moved as any value is, so nobody knows where the owner of a block lies, and a copy of its bytes looks the same.
//! There are two ways for safe code to come by a copy: a **fork** copies what lies in a process's own memory, and a process that is
//! **killed** while it moves a container in shared memory may leave two of them. Both begin a new generation of the heap.
//!
//! - A container whose stamp is the generation owns its block: it was bound in this generation, and there are no copies since.
//! - One of an older generation is bound anew at its first use, under the heap's lock: its nonce must be that of the block,
//!   which then gets another one. So of several copies the first one owns the block, and the others are an error for good.
//! - Whether an offset is that of a block is asked of the allocator's own tables, never of what lies there.
//! - A container lies in the heap's region, or in the own memory of a process: regions that are no heaps refuse types with containers
//!   when they are compiled, and a container in another heap is an error.
//! - A process that has bound containers in its own memory is not forked ([`fork_child`](crate::process::fork_child) refuses), so
//!   that what they have lent out is not copied either. The block's holder says which process that is.
//!
//! # Safety
//!
//! 1. If `stamp` is the heap's generation and the container lies in its region and has a block, or it is that with [`PRIVATE`], the
//!    block's holder is this process and the nonce is the block's, then `block` is the offset of an allocated block of the
//!    container's kind, and no other container is so bound to it. In the first case the block has no holder.
#![allow(unsafe_code, reason = "points to blocks")]

use std::sync::atomic::{AtomicU64, Ordering};

use super::Heap;
use super::access::Access;
use super::block::Block;
use super::error::HeapError;
use super::open;
use super::word::Word;
use crate::layout::TypeLayout;
use crate::region;

/// In the stamp of a container that lies in a process's own memory.
pub(super) const PRIVATE: u64 = 1 << 63;

/// What each container of a heap begins with. All zeroes: it owns nothing.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawOwned {
    block: Word,
    nonce: Word,
    stamp: Word,
}

/// Whether a stamp and a generation are of two heaps: their ids differ.
pub(super) const fn is_of_another_heap(stamp: u64, generation: u64) -> bool {
    is_of_a_heap(stamp) && ((stamp ^ generation) & !PRIVATE) >> 32 != 0
}

/// Whether a stamp has the id of a heap. That of a container which was half written when its process died may have none.
pub(super) const fn is_of_a_heap(stamp: u64) -> bool {
    (stamp & !PRIVATE) >> 32 != 0
}

/// The values of the three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) block: u64,
    pub(super) nonce: u64,
    pub(super) stamp: u64,
}

impl Words {
    pub(super) const EMPTY: Self = Self { block: 0, nonce: 0, stamp: 0 };
}

/// A type of container, as a block remembers it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Of the container.
    pub(super) layout: &'static TypeLayout,
    /// A part of the layout's fingerprint.
    pub(super) mark: u64,
}

impl Kind {
    /// The kind of the blocks of containers with this layout.
    pub(super) const fn of(layout: &'static TypeLayout) -> Self {
        Self { layout, mark: Self::mark_of(layout) }
    }

    /// What the blocks of containers with this layout are marked with.
    pub(super) const fn mark_of(layout: &TypeLayout) -> u64 {
        #[expect(clippy::cast_possible_truncation, reason = "half of it is enough")]
        {
            layout.fingerprint().as_u128() as u64
        }
    }
}

impl RawOwned {
    pub(super) const fn new() -> Self {
        Self { block: Word::new(0), nonce: Word::new(0), stamp: Word::new(0) }
    }

    /// The words. All accesses are relaxed: words are changed by who has the container exclusively, or under the heap's lock.
    #[inline]
    pub(super) fn words(&self) -> Words {
        Words {
            block: self.block.load(Ordering::Relaxed),
            nonce: self.nonce.load(Ordering::Relaxed),
            stamp: self.stamp.load(Ordering::Relaxed),
        }
    }

    /// Sets the words of a container that nobody else has.
    pub(super) fn set(&self, words: Words) {
        self.block.store(words.block, Ordering::Relaxed);
        self.nonce.store(words.nonce, Ordering::Relaxed);
        self.stamp.store(words.stamp, Ordering::Relaxed);
    }

    /// Says that the container was bound in no generation, and never will be: it is a copy.
    pub(super) fn forget_generation(&self) {
        self.stamp.store(0, Ordering::Relaxed);
    }

    /// Calls `change` with the words that must change so that they become these, and what they become. Of an empty container, only
    /// the block counts.
    #[inline]
    pub(super) fn each_changed(&self, words: Words, mut change: impl FnMut(&AtomicU64, u64)) {
        if words.block == 0 {
            let (word, value) = self.emptied();
            change(word, value);
        } else {
            self.changes(words).into_iter().for_each(|(word, value)| change(word, value));
        }
    }

    /// The words, and what they become so that the container owns a block.
    #[inline]
    pub(super) fn changes(&self, words: Words) -> [(&AtomicU64, u64); 3] {
        [(&self.block, words.block), (&self.nonce, words.nonce), (&self.stamp, words.stamp)]
    }

    /// The word, and what it becomes so that the container owns nothing.
    #[inline]
    pub(super) fn emptied(&self) -> (&AtomicU64, u64) {
        (&self.block, 0)
    }

    /// The address of the first word.
    #[inline]
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Whether it owns nothing.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.block.load(Ordering::Relaxed) == 0
    }

    /// The block, for a container of this kind; `None` if it owns nothing.
    ///
    /// # Errors
    ///
    /// If it does not own what it says.
    #[inline]
    pub(super) fn block<'a>(&'a self, heap: &'a Heap, kind: Kind) -> Result<Option<Block<'a>>, HeapError> {
        match self.bound_block(heap) {
            Some(block) => Ok(Some(block)),
            // Taken apart, so that what is found in the fast way stays in registers.
            None => match self.block_slow(heap, kind) {
                Ok(block) => Ok(block),
                Err(error) => Err(error),
            },
        }
    }

    /// The block of a container that lies in the heap and was bound in this generation.
    #[inline]
    pub(super) fn bound_block<'a>(&'a self, heap: &'a Heap) -> Option<Block<'a>> {
        // `None` for 0, of one that is empty.
        heap.block_at(self.bound_offset(heap)?)
    }

    /// The offset of the block of a container that lies in the heap and was bound in this generation (invariant 1), or 0 if it owns
    /// none.
    #[inline]
    pub(super) fn bound_offset(&self, heap: &Heap) -> Option<u64> {
        let is_bound = self.stamp.load(Ordering::Relaxed) == heap.generation();
        if is_bound && heap.holds(self.address()) { Some(self.block.load(Ordering::Relaxed)) } else { None }
    }

    #[cold]
    fn block_slow<'a>(&'a self, heap: &'a Heap, kind: Kind) -> Result<Option<Block<'a>>, HeapError> {
        let words = self.words();
        if words.block == 0 {
            return Ok(None);
        }
        let generation = heap.generation();
        if is_of_another_heap(words.stamp, generation) {
            return Err(HeapError::OtherHeap);
        }
        let is_inside = heap.holds(self.address());
        if !is_inside && open::is_in_a_heap(self.address()) {
            // What lies there is shared, but nobody would tell this heap of a process that died while it moved it.
            return Err(HeapError::OtherHeap);
        }
        if words.stamp == generation | PRIVATE
            && !is_inside
            && let Some(block) = heap.block_at(words.block)
            && region::owner::is_current(block.holder())
            && words.nonce == block.nonce()
        {
            return Ok(Some(block));
        }
        let mut access = Access::new(heap)?;
        access.bind(self, kind.layout, Some(kind.mark))?;
        drop(access);
        Ok(heap.block_at(self.block.load(Ordering::Relaxed)))
    }
}
