//! What is done with a whole tree: ending what a process that died had begun, freeing it, looking at each node.
#![allow(unsafe_code, reason = "frees what entries own")]

use std::sync::atomic::Ordering;

use super::node::Node;
use super::order::SLOTS;
use super::tree::{COUNTING, LEN, ROOT, SIZE, TASK, Tree};
use crate::heap::access::Access;
use crate::heap::error::HeapError;
use crate::heap::mend::Mended;
use crate::layout::{TypeLayout, owns_heap_memory};

/// The tasks: see there.
const NONE: u64 = 0;
const FREE: u64 = 1;
const KEY_ONLY: u64 = 1 << 63;
/// The lowest bits of a node's offset are 0, as many as a slot has.
const SLOT: u64 = 15;

/// What is freed of an entry that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Key,
    Both,
}

impl<'a> Tree<'a> {
    /// Says at the commit that an entry is to be freed that is none any more. [`free_part`](Self::free_part) does it then.
    pub(super) fn write_part(&self, access: &mut Access<'_>, node: Node<'_>, slot: usize, part: Part) {
        let flag = if part == Part::Key { KEY_ONLY } else { 0 };
        access.write(self.block, TASK, node.offset() | slot as u64 | flag);
    }

    fn set_task(&self, task: u64) {
        // Release, for the compiler: what comes before it was done.
        self.block.word(TASK).store(task, Ordering::Release);
    }

    /// Frees the part of an entry that was written down.
    pub(super) fn free_part(
        &self,
        access: &mut Access<'_>,
        node: Node<'_>,
        slot: usize,
        part: Part,
    ) -> Result<(), HeapError> {
        let freed = match part {
            Part::Key => self.free_key(access, node, slot),
            Part::Both => self.free_entry(access, node, slot),
        };
        self.set_task(NONE);
        freed
    }

    /// Frees what an entry owns. One that was freed before has empty containers.
    fn free_entry(&self, access: &mut Access<'_>, node: Node<'_>, slot: usize) -> Result<(), HeapError> {
        if owns_heap_memory(self.shape.value) {
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: that of an entry which is
            // going.
            unsafe { access.free_owned_by(self.shape.value, node.value(&self.shape, slot)) }?;
        }
        self.free_key(access, node, slot)
    }

    fn free_key(&self, access: &mut Access<'_>, node: Node<'_>, slot: usize) -> Result<(), HeapError> {
        if owns_heap_memory(self.shape.key) {
            // SAFETY: as above, a key.
            unsafe { access.free_owned_by(self.shape.key, node.key(&self.shape, slot)) }?;
        }
        Ok(())
    }

    /// Ends what was begun.
    pub(in crate::heap) fn mend(&self, access: &mut Access<'_>) -> Result<Mended, HeapError> {
        self.demand_words(access)?;
        match self.block.word(TASK).load(Ordering::Relaxed) {
            NONE => {}
            FREE => match self.free_nodes(access) {
                Ok(()) => return Ok(Mended::Free),
                Err(HeapError::OtherHeap) => self.keep_the_rest(access)?,
                Err(error) => return Err(error),
            },
            task => {
                let slot = (task & SLOT) as usize;
                let node = Node::at(self.heap, &self.shape, task & !KEY_ONLY & !SLOT, None)?;
                self.demand_node(access, node)?;
                if slot >= SLOTS {
                    return Err(HeapError::Corrupt {
                        what: "a tree was in a change that cannot be",
                        number: task,
                    });
                }
                let part = if task & KEY_ONLY == 0 { Part::Both } else { Part::Key };
                match self.free_part(access, node, slot, part) {
                    // What belongs to another heap was put there by hand.
                    Ok(()) | Err(HeapError::OtherHeap) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        if self.block.word(LEN).load(Ordering::Relaxed) & COUNTING != 0 {
            self.recount(access)?;
        }
        Ok(Mended::Kept)
    }

    fn recount(&self, access: &Access<'_>) -> Result<(), HeapError> {
        let mut len = 0;
        self.each_node(|node| {
            len += node.count() as u64;
            self.demand_node(access, node)
        })?;
        self.block.word(LEN).store(len, Ordering::Relaxed);
        Ok(())
    }

    /// Makes a tree again of what could not be freed.
    fn keep_the_rest(&self, access: &Access<'_>) -> Result<(), HeapError> {
        let word = self.block.word(LEN);
        word.store(word.load(Ordering::Relaxed) | COUNTING, Ordering::Relaxed);
        self.set_task(NONE);
        self.recount(access)
    }

    /// That this is a block, by the heap's own tables, with room for the words of a tree.
    fn demand_words(&self, access: &Access<'_>) -> Result<(), HeapError> {
        match access.size_of(self.block)? {
            size if size >= SIZE => Ok(()),
            size => Err(HeapError::Corrupt { what: "a block is too small for a tree", number: size as u64 }),
        }
    }

    /// That a node is a block, by the heap's own tables, with room for all its slots.
    fn demand_node(&self, access: &Access<'_>, node: Node<'_>) -> Result<(), HeapError> {
        if access.size_of(node.block)? >= self.shape.size(node.level()) {
            return Ok(());
        }
        Err(HeapError::Corrupt { what: "a block is too small for a node of a tree", number: node.offset() })
    }

    /// That the tree and all its nodes are blocks, by the heap's own tables.
    pub(in crate::heap) fn demand_room(&self, access: &Access<'_>) -> Result<(), HeapError> {
        self.demand_words(access)?;
        self.each_node(|node| self.demand_node(access, node))
    }

    /// Calls `each` with every node, with a parent before its children.
    fn each_node(&self, mut each: impl FnMut(Node<'a>) -> Result<(), HeapError>) -> Result<(), HeapError> {
        // Of a tree that was written over, whose nodes may be found in several ways, no more are looked at than there can be.
        let most = self.heap.capacity() / self.shape.size(0);
        let mut waiting = vec![self.root()?];
        let mut seen = 0;
        while let Some(node) = waiting.pop() {
            seen += 1;
            if seen > most {
                return Err(HeapError::Corrupt {
                    what: "a tree has more nodes than room",
                    number: seen as u64,
                });
            }
            each(node)?;
            if !node.is_leaf() {
                for index in 0..=node.count() {
                    waiting.push(self.child(node, index)?);
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with every key and every value, and its layout. Nobody holds the heap's lock, which `each` may take.
    pub(in crate::heap) fn each_value<E>(
        &self,
        mut each: impl FnMut(&'static TypeLayout, *mut u8) -> Result<(), E>,
    ) -> Result<Result<(), E>, HeapError> {
        let mut result = Ok(());
        self.each_node(|node| {
            for index in 0..node.count() {
                let slot = node.order.slot(index);
                if result.is_ok() {
                    result = each(self.shape.key, node.key(&self.shape, slot))
                        .and_then(|()| each(self.shape.value, node.value(&self.shape, slot)));
                }
            }
            Ok(())
        })?;
        Ok(result)
    }

    /// Frees all nodes and what their entries own, before the block is freed.
    pub(in crate::heap) fn free_contents(&self, access: &mut Access<'_>) -> Result<(), HeapError> {
        // What a dead process had begun comes first.
        if self.mend(access)? == Mended::Kept {
            self.set_task(FREE);
            if let Err(error) = self.free_nodes(access) {
                // If that cannot be done either, the tree is corrupt, and says so.
                let _ = self.keep_the_rest(access);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Frees the last node on the way down from the root until there is none, each one as a step. What is left is always a tree, but for
    /// a node whose last child has gone, which is next.
    fn free_nodes(&self, access: &mut Access<'_>) -> Result<(), HeapError> {
        loop {
            let root = self.block.word(ROOT).load(Ordering::Relaxed);
            if root == 0 {
                return Ok(());
            }
            let (mut parent, mut node) = (None, Node::at(self.heap, &self.shape, root, None)?);
            // A node whose first child was freed has none.
            while !node.is_leaf() && (node.count() > 0 || node.first_child() != 0) {
                parent = Some(node);
                node = self.child(node, node.count())?;
            }
            self.demand_node(access, node)?;
            if node.is_leaf() && self.shape.owns {
                for index in (0..node.count()).rev() {
                    self.free_entry(access, node, node.order.slot(index))?;
                    node.set_order(node.order.truncated(index));
                }
            }
            match parent {
                None => access.write(self.block, ROOT, 0),
                Some(parent) if parent.count() == 0 => access.write(parent.block, Node::FIRST_CHILD, 0),
                Some(parent) => {
                    // The child goes with the entry before it.
                    let last = parent.count() - 1;
                    self.free_entry(access, parent, parent.order.slot(last))?;
                    access.write(parent.block, Node::ORDER, parent.order.truncated(last).bits());
                }
            }
            access.free_block(node.block).inspect_err(|_| access.abandon())?;
            access.commit();
        }
    }
}
