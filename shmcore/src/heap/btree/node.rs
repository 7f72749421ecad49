//! A node of a tree: a block with at most [`MOST`](super::order::MOST) entries, of which only layouts are known here.
//!
//! ```text
//! header | order | level | first child | keys, aligned … | values, aligned … | children …
//! ```
//!
//! The child behind an entry, with the entries greater than it and smaller than the next one, has the number of the entry's slot. The
//! level of leaves is 0; they have no children, and no room for any. A node has no holder: it belongs to the tree in whose block it is
//! found, directly or by its parent.
//!
//! # Safety
//!
//! 1. A node lies inside the region with all its slots (checked when it is found). What its order calls an entry is a key and a value,
//!    unless somebody has written there without the right to.
#![allow(unsafe_code, reason = "reaches entries")]

use std::sync::atomic::Ordering;

use super::order::{Order, SLOTS};
use super::shape::Shape;
use crate::fixed::map::group::prefetch;
use crate::heap::Heap;
use crate::heap::block::{Block, HEADER};
use crate::heap::error::HeapError;
use crate::heap::word::Word;

/// Indices of a node's words.
const ORDER: usize = 3;
const LEVEL: usize = 4;
const FIRST_CHILD: usize = 5;
/// Where keys may begin, in bytes from the block's start.
pub(super) const FIRST: usize = HEADER + 3 * size_of::<u64>();

/// Bytes of a line of the cache, on most machines.
const LINE: usize = 64;

/// More levels than a tree can have: each node but the root has at least 6 children once it was split off, and blocks have 2^36 places.
pub(super) const LEVELS: usize = 20;

/// A node that lies inside the region, and its order when that was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) block: Block<'a>,
    pub(super) order: Order,
    level: usize,
}

#[cold]
const fn corrupt(what: &'static str, number: u64) -> HeapError {
    HeapError::Corrupt { what, number }
}

impl<'a> Node<'a> {
    /// The node at an offset, which is a child of one at the level above, or the root.
    #[inline]
    pub(super) fn at(
        heap: &'a Heap,
        shape: &Shape,
        offset: u64,
        parent: Option<usize>,
    ) -> Result<Self, HeapError> {
        let found = heap.block_at(offset).inspect(|block| Self::prefetch(*block, shape));
        let Some(block) = found.filter(|block| block.kind() == shape.mark) else {
            return Err(corrupt("there is no node of a tree at an offset", offset));
        };
        let level = block.word(LEVEL).load(Ordering::Relaxed);
        // The levels below are one less each, so there is no way in a circle.
        let most = parent.map_or(LEVELS as u64 - 1, |parent| (parent as u64).wrapping_sub(1));
        if level > most || parent.is_some() && level != most {
            return Err(corrupt("a node of a tree is at another level than where it was found", level));
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than LEVELS")]
        let level = level as usize;
        let bits = block.word(ORDER).load(Ordering::Relaxed);
        let Some(order) = Order::from_bits(bits) else {
            return Err(corrupt("the order of entries in a node of a tree is none", bits));
        };
        if !heap.has_room(block, shape.size(level), shape.align) {
            return Err(corrupt("a node of a tree ends outside the region", offset));
        }
        Ok(Self { block, order, level })
    }

    /// Lets keys and children come into the cache while the words before them do, not after them.
    #[inline]
    fn prefetch(block: Block<'_>, shape: &Shape) {
        let start = block.address();
        prefetch(start.wrapping_add(LINE));
        prefetch(start.wrapping_add(2 * LINE));
        prefetch(start.wrapping_add(shape.children));
        prefetch(start.wrapping_add(shape.children + LINE));
    }

    /// Writes the words of a new node, which is no one's yet. It is a leaf, or has this first child.
    pub(super) fn format(block: Block<'a>, level: usize, first_child: u64) -> Self {
        block.word(ORDER).store(Order::EMPTY.bits(), Ordering::Relaxed);
        block.word(LEVEL).store(level as u64, Ordering::Relaxed);
        block.word(FIRST_CHILD).store(first_child, Ordering::Relaxed);
        Self { block, order: Order::EMPTY, level }
    }

    #[inline]
    pub(super) const fn level(self) -> usize {
        self.level
    }

    #[inline]
    pub(super) const fn is_leaf(self) -> bool {
        self.level == 0
    }

    #[inline]
    pub(super) const fn offset(self) -> u64 {
        self.block.offset() as u64
    }

    /// The number of entries.
    #[inline]
    pub(super) const fn count(self) -> usize {
        self.order.count()
    }

    /// Says which slots have entries. All that they hold was written before, for the compiler; a process that dies has done what comes
    /// before.
    #[inline]
    pub(super) fn set_order(self, order: Order) {
        self.block.word(ORDER).store(order.bits(), Ordering::Release);
    }

    /// The word with the order, and its index.
    pub(super) const ORDER: usize = ORDER;
    /// The index of the word with the first child.
    pub(super) const FIRST_CHILD: usize = FIRST_CHILD;

    /// The address of the key in a slot.
    #[inline]
    pub(super) fn key(self, shape: &Shape, slot: usize) -> *mut u8 {
        self.byte(shape.keys + slot * shape.key.size)
    }

    /// The address of the value in a slot.
    #[inline]
    pub(super) fn value(self, shape: &Shape, slot: usize) -> *mut u8 {
        self.byte(shape.values + slot * shape.value.size)
    }

    #[inline]
    fn byte(self, at: usize) -> *mut u8 {
        // SAFETY: `byte` requires that it is inside the block or its end: there is room for all slots (invariant 1), and the numbers of
        // slots are below `SLOTS`.
        unsafe { self.block.byte(at) }.as_ptr()
    }

    /// The word with the child behind the entry in a slot, of a node that is no leaf.
    #[inline]
    pub(super) fn child_of_slot(self, shape: &Shape, slot: usize) -> &'a Word {
        debug_assert!(!self.is_leaf() && slot < SLOTS);
        self.block.word(shape.children / size_of::<u64>() + slot)
    }

    /// The word with the child before the entry with this index, or behind the last one.
    #[inline]
    pub(super) fn child_word(self, shape: &Shape, index: usize) -> &'a Word {
        match index.checked_sub(1) {
            None => self.block.word(FIRST_CHILD),
            Some(before) => self.child_of_slot(shape, self.order.slot(before)),
        }
    }

    /// The child before the entry with this index, or behind the last one.
    #[inline]
    pub(super) fn child(self, heap: &'a Heap, shape: &Shape, index: usize) -> Result<Self, HeapError> {
        let offset = self.child_word(shape, index).load(Ordering::Relaxed);
        Self::at(heap, shape, offset, Some(self.level))
    }

    /// Copies an entry, without the child behind it, into a slot of a node. One of the two will not be an entry.
    pub(super) fn copy_entry(self, shape: &Shape, slot: usize, to: Self, to_slot: usize) {
        // SAFETY: `copy` requires that both are valid for as many bytes: keys in slots of nodes. They may overlap: of nodes that were
        // written over.
        unsafe { self.key(shape, slot).copy_to(to.key(shape, to_slot), shape.key.size) };
        // SAFETY: as above, values.
        unsafe { self.value(shape, slot).copy_to(to.value(shape, to_slot), shape.value.size) };
    }

    /// Sets the child behind a slot that has no entry yet. Nothing in a leaf.
    pub(super) fn set_child(self, shape: &Shape, slot: usize, child: u64) {
        if !self.is_leaf() {
            self.child_of_slot(shape, slot).store(child, Ordering::Relaxed);
        }
    }

    /// The child behind the entry in a slot; 0 in a leaf.
    pub(super) fn child_behind(self, shape: &Shape, slot: usize) -> u64 {
        if self.is_leaf() { 0 } else { self.child_of_slot(shape, slot).load(Ordering::Relaxed) }
    }

    /// The first child; 0 in a leaf.
    pub(super) fn first_child(self) -> u64 {
        if self.is_leaf() { 0 } else { self.block.word(FIRST_CHILD).load(Ordering::Relaxed) }
    }
}
