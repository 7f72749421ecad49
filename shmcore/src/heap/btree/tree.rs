//! The block of a tree, and how its nodes change: split, merged, lent an entry. Only layouts of keys and values are known here.
//!
//! ```text
//! header | len | task | root
//! ```
//!
//! | task | what is left to do |
//! |---|---|
//! | 0 | nothing |
//! | `FREE` | all nodes and what their entries own are freed, then the block |
//! | offset of a node, slot | what the entry owned that was in the slot is freed; with `KEY_ONLY`, that of its key |
//!
//! Every change of nodes is one transaction of the heap, so a process that dies leaves a tree of search behind, whatever it was at.
//! While entries that own nothing come and go, which takes no transaction, `len` says that it is being counted, and whoever mends the
//! tree does.
//!
//! # Safety
//!
//! 1. The block is that of a tree with this shape. The caller has the tree exclusively where it changes something, or holds the heap's
//!    lock and found it in need of mending.
#![allow(unsafe_code, reason = "frees what entries own")]

use std::sync::atomic::Ordering;

use super::node::{LEVELS, Node};
use super::order::{MOST, Order};
use super::shape::Shape;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::block::{Block, HEADER};
use crate::heap::error::HeapError;
use crate::heap::into_heap::put_or_trim;
use crate::heap::owned::{Kind, Words};

/// Indices of the words of a tree's own block.
pub(super) const LEN: usize = 3;
pub(super) const TASK: usize = 4;
pub(super) const ROOT: usize = 5;
/// Bytes of that block.
pub(super) const SIZE: usize = HEADER + 3 * size_of::<u64>();

/// In `len`: it is one less, one more, or what it says.
pub(super) const COUNTING: u64 = 1 << 63;

/// The fewest entries of a node that is not the root nor the last one of its level, unless a process has died before it could repair
/// that.
pub(super) const FEWEST: usize = 6;
/// Entries that stay in a node that is split.
const HALF: usize = MOST / 2;

const _: () =
    assert!(2 * FEWEST < MOST, "two nodes of which one has too few, and an entry, are one node or can lend");

/// A tree whose own block lies inside the region.
#[derive(Debug, Clone, Copy)]
pub(in crate::heap) struct Tree<'a> {
    pub(super) heap: &'a Heap,
    pub(super) block: Block<'a>,
    pub(super) shape: Shape,
}

impl<'a> Tree<'a> {
    /// The tree in a block: all blocks have room for its words.
    #[inline]
    pub(in crate::heap) const fn of(heap: &'a Heap, block: Block<'a>, shape: Shape) -> Self {
        Self { heap, block, shape }
    }

    /// Makes a tree without entries at the commit, for a container at an address; the container's words.
    pub(super) fn make(
        access: &mut Access<'a>,
        shape: Shape,
        kind: Kind,
        owner: usize,
    ) -> Result<(Self, Words), HeapError> {
        let new = access.allocate(SIZE, 8, kind, owner)?;
        let tree = Self { heap: access.heap, block: new.block, shape };
        let root = tree.new_node(access, 0, 0)?;
        let words = [(LEN, 0), (TASK, 0), (ROOT, root.offset())];
        for (index, value) in words {
            new.block.word(index).store(value, Ordering::Relaxed);
        }
        Ok((tree, new.words))
    }

    /// Allocates a node without entries at the commit.
    fn new_node(
        &self,
        access: &mut Access<'a>,
        level: usize,
        first_child: u64,
    ) -> Result<Node<'a>, HeapError> {
        let kind = Kind { layout: self.shape.key, mark: self.shape.mark };
        // Whose the node is says that it is in the heap: it has no holder.
        let owner = std::ptr::from_ref(self.block.word(0)).addr();
        let new = access.allocate(self.shape.size(level), self.shape.align, kind, owner)?;
        Ok(Node::format(new.block, level, first_child))
    }

    #[inline]
    pub(super) fn root(&self) -> Result<Node<'a>, HeapError> {
        Node::at(self.heap, &self.shape, self.block.word(ROOT).load(Ordering::Relaxed), None)
    }

    /// The child of a node before the entry with this index, or behind the last one.
    #[inline]
    pub(super) fn child(&self, node: Node<'a>, index: usize) -> Result<Node<'a>, HeapError> {
        node.child(self.heap, &self.shape, index)
    }

    /// The number of entries.
    #[inline]
    pub(super) fn len(&self) -> usize {
        (self.block.word(LEN).load(Ordering::Relaxed) & !COUNTING) as usize
    }

    /// Changes the order of a node by an entry that owns nothing, of so many more or less.
    #[inline]
    pub(super) fn change_plain(&self, node: Node<'_>, order: Order, len: usize) {
        let word = self.block.word(LEN);
        word.store(word.load(Ordering::Relaxed) | COUNTING, Ordering::Relaxed);
        // Release, for the compiler, as in all of these: one comes after the other.
        node.set_order(order);
        word.store(len as u64, Ordering::Release);
    }

    /// Writes the number of entries at the commit.
    pub(super) fn write_len(&self, access: &mut Access<'_>, len: usize) {
        access.write(self.block, LEN, len as u64);
    }

    /// A leaf that is not full, where `choose` leads to from the root: by the index of a child. Nodes on the way are split that are full.
    ///
    /// The index in the leaf is returned too.
    pub(super) fn leaf_with_room(
        &self,
        mut choose: impl FnMut(Node<'a>) -> Result<usize, HeapError>,
    ) -> Result<(Node<'a>, usize), HeapError> {
        // Each round but the last one splits a node, from above.
        for _ in 0..2 * LEVELS {
            let (mut parent, mut node) = (None, self.root()?);
            let mut is_last = true;
            loop {
                let index = choose(node)?;
                is_last &= index == node.count();
                if node.order.is_full() {
                    self.split(parent, node, is_last)?;
                    break;
                }
                if node.is_leaf() {
                    return Ok((node, index));
                }
                parent = Some((node, index));
                node = self.child(node, index)?;
            }
        }
        Err(changing())
    }

    /// Splits a full leaf, whose parent is not full, where an entry is to come before the one with this index; the leaf for it, and the
    /// index in that.
    pub(super) fn split_leaf(
        &self,
        parent: Option<(Node<'a>, usize)>,
        leaf: Node<'a>,
        index: usize,
        is_last: bool,
    ) -> Result<(Node<'a>, usize), HeapError> {
        let (left, right) = self.split(parent, leaf, is_last)?;
        // The entry in between has gone up.
        Ok(index.checked_sub(left.count() + 1).map_or((left, index), |index| (right, index)))
    }

    /// Splits a full node, which is the child of a parent at an index, or the root: some entries stay, and the next one goes up. It may be
    /// split for an entry that will be the last one of all.
    fn split(
        &self,
        parent: Option<(Node<'a>, usize)>,
        node: Node<'a>,
        is_last: bool,
    ) -> Result<(Node<'a>, Node<'a>), HeapError> {
        let shape = &self.shape;
        // Entries that come in order leave their nodes full.
        let kept = if is_last { MOST - 1 } else { HALF };
        let mut access = Access::new(self.heap)?;
        let middle = node.order.slot(kept);
        let split = |access: &mut Access<'a>| {
            let mut right = self.new_node(access, node.level(), node.child_behind(shape, middle))?;
            let mut order = right.order;
            for index in kept + 1..node.count() {
                order = append(shape, node, node.order.slot(index), right, order);
            }
            right.set_order(order);
            right.order = order;
            match parent {
                Some((parent, index)) => {
                    self.place(node, middle, parent, right.offset());
                    access.write(parent.block, Node::ORDER, parent.order.inserted(index).bits());
                }
                None if node.level() + 1 < LEVELS => {
                    let root = self.new_node(access, node.level() + 1, node.offset())?;
                    self.place(node, middle, root, right.offset());
                    root.set_order(root.order.inserted(0));
                    access.write(self.block, ROOT, root.offset());
                }
                None => return Err(changing()),
            }
            let mut left = node;
            left.order = node.order.truncated(kept);
            access.write(left.block, Node::ORDER, left.order.bits());
            access.commit();
            Ok((left, right))
        };
        put_or_trim(&mut access, split)
    }

    /// Writes an entry, and the child behind it, into the free slot of a node.
    fn place(&self, from: Node<'_>, slot: usize, to: Node<'_>, child: u64) {
        from.copy_entry(&self.shape, slot, to, to.order.free_slot());
        to.set_child(&self.shape, to.order.free_slot(), child);
    }

    /// Makes sure that an entry can be taken out of the leaf where `choose` leads to, and of all nodes on the way there, which then still
    /// have enough.
    pub(super) fn repair(
        &self,
        mut choose: impl FnMut(Node<'a>) -> Result<usize, HeapError>,
    ) -> Result<(), HeapError> {
        // Each round but the last one changes a node.
        for _ in 0..2 * MOST * LEVELS {
            let mut node = self.root()?;
            loop {
                if node.is_leaf() {
                    return Ok(());
                }
                let index = choose(node)?;
                let child = self.child(node, index)?;
                if child.count() <= FEWEST && node.count() > 0 {
                    self.give_entries(node, index)?;
                    break;
                }
                node = child;
            }
        }
        Err(changing())
    }

    /// Gives more entries to the child at an index, which has too few: those of the one beside it, or one of them.
    pub(super) fn give_entries(&self, parent: Node<'a>, index: usize) -> Result<(), HeapError> {
        // The entry between the two.
        let between = index.saturating_sub(1);
        let (left, right) = (self.child(parent, between)?, self.child(parent, between + 1)?);
        let mut access = Access::new(self.heap)?;
        if left.offset() == right.offset() {
            return Err(HeapError::Corrupt {
                what: "a node of a tree is in it twice",
                number: left.offset(),
            });
        }
        // They are compared as they were found now: without the right to, somebody may have written there since.
        if left.count() + right.count() < MOST {
            self.merge(&mut access, parent, between, left, right)?;
        } else if left.count() <= FEWEST {
            self.lend_left(&mut access, parent, between, left, right);
        } else if right.count() <= FEWEST {
            self.lend_right(&mut access, parent, between, left, right);
        } else {
            let number = parent.offset();
            return Err(HeapError::Corrupt { what: "a node of a tree has changed meanwhile", number });
        }
        access.commit();
        Ok(())
    }

    /// Makes one node of two and the entry between them. A root that had no other entry is none any more.
    fn merge(
        &self,
        access: &mut Access<'a>,
        parent: Node<'a>,
        between: usize,
        left: Node<'a>,
        right: Node<'a>,
    ) -> Result<(), HeapError> {
        let shape = &self.shape;
        self.place(parent, parent.order.slot(between), left, right.first_child());
        let mut order = left.order.inserted(left.count());
        for index in 0..right.count() {
            order = append(shape, right, right.order.slot(index), left, order);
        }
        access.free_block(right.block).inspect_err(|_| access.abandon())?;
        access.write(left.block, Node::ORDER, order.bits());
        if parent.count() == 1 && parent.offset() == self.root()?.offset() {
            access.free_block(parent.block).inspect_err(|_| access.abandon())?;
            access.write(self.block, ROOT, left.offset());
        } else {
            access.write(parent.block, Node::ORDER, parent.order.removed(between).bits());
        }
        Ok(())
    }

    /// Moves the entry between two nodes to the left one, and the first one of the right up.
    fn lend_left(
        &self,
        access: &mut Access<'_>,
        parent: Node<'_>,
        between: usize,
        left: Node<'_>,
        right: Node<'_>,
    ) {
        let first = right.order.slot(0);
        self.place(parent, parent.order.slot(between), left, right.first_child());
        self.place(right, first, parent, right.offset());
        if !right.is_leaf() {
            access.write(right.block, Node::FIRST_CHILD, right.child_behind(&self.shape, first));
        }
        access.write(left.block, Node::ORDER, left.order.inserted(left.count()).bits());
        access.write(right.block, Node::ORDER, right.order.removed(0).bits());
        access.write(parent.block, Node::ORDER, parent.order.replaced(between).bits());
    }

    /// Moves the entry between two nodes to the right one, and the last one of the left up.
    fn lend_right(
        &self,
        access: &mut Access<'_>,
        parent: Node<'_>,
        between: usize,
        left: Node<'_>,
        right: Node<'_>,
    ) {
        let last = left.order.slot(left.count() - 1);
        self.place(parent, parent.order.slot(between), right, right.first_child());
        self.place(left, last, parent, right.offset());
        if !right.is_leaf() {
            access.write(right.block, Node::FIRST_CHILD, left.child_behind(&self.shape, last));
        }
        access.write(right.block, Node::ORDER, right.order.inserted(0).bits());
        access.write(left.block, Node::ORDER, left.order.removed(left.count() - 1).bits());
        access.write(parent.block, Node::ORDER, parent.order.replaced(between).bits());
    }
}

/// Copies an entry and the child behind it to the end of a node with this order; the order then.
fn append(shape: &Shape, from: Node<'_>, slot: usize, to: Node<'_>, order: Order) -> Order {
    from.copy_entry(shape, slot, to, order.free_slot());
    to.set_child(shape, order.free_slot(), from.child_behind(shape, slot));
    order.inserted(order.count())
}

#[cold]
pub(super) const fn changing() -> HeapError {
    HeapError::Corrupt { what: "a tree has more levels than there can be", number: LEVELS as u64 }
}
