//! How entries lie in a node of a tree. Apart from the tree, which is used with types that are known when it is compiled, and with
//! layouts that are found.

use super::node::FIRST;
use super::order::SLOTS;
use crate::layout::{TypeLayout, owns_heap_memory};

/// Where keys, values and children lie in a node with entries of these layouts: all keys, all values, and in nodes that are no leaves the
/// children. All are in bytes from the block's start.
#[derive(Debug, Clone, Copy)]
pub(in crate::heap) struct Shape {
    pub(super) key: &'static TypeLayout,
    pub(super) value: &'static TypeLayout,
    pub(super) keys: usize,
    pub(super) values: usize,
    /// They are words.
    pub(super) children: usize,
    pub(super) align: usize,
    /// Whether entries own memory in the heap.
    pub(super) owns: bool,
    /// The kind of the blocks of its nodes.
    pub(super) mark: u64,
}

impl Shape {
    /// Of entries with keys and values of these layouts, for a container whose blocks have this mark.
    pub(in crate::heap) const fn of(key: &'static TypeLayout, value: &'static TypeLayout, mark: u64) -> Self {
        let keys = FIRST.next_multiple_of(key.align);
        let values = (keys + SLOTS * key.size).next_multiple_of(value.align);
        let children = (values + SLOTS * value.size).next_multiple_of(8);
        let align = if key.align > value.align { key.align } else { value.align };
        let owns = owns_heap_memory(key) || owns_heap_memory(value);
        // No container has a node as its block.
        Self { key, value, keys, values, children, align, owns, mark: !mark }
    }

    /// Bytes of a node at this level above the leaves.
    #[inline]
    pub(super) const fn size(&self, level: usize) -> usize {
        self.children + if level == 0 { 0 } else { SLOTS * size_of::<u64>() }
    }
}
