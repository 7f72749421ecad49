//! How entries are taken out of a map, in one step each.
//!
//! An entry of a leaf is gone with the store of its node's order. In the place of one of another node comes the one before it, which
//! is the last of a leaf.
//!
//! # Safety
//!
//! 1. As of [`btree`](super).
#![allow(unsafe_code, reason = "moves keys and values")]

use super::cursor::Cursor;
use super::node::Node;
use super::task::Part;
use super::tree::{FEWEST, Tree};
use super::{BTreeMap, OrderedKey};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::error::HeapError;

/// An entry that is to be removed.
struct Going<'a> {
    node: Node<'a>,
    index: usize,
    /// The leaf that has an entry less then: that of the entry, or of the one before it.
    leaf: Node<'a>,
}

impl Going<'_> {
    fn slot(&self) -> usize {
        self.node.order.slot(self.index)
    }
}

impl<K: ShmSafe, V: ShmSafe> BTreeMap<K, V> {
    /// Removes the entry with this key, frees what its key owns, and returns the value.
    ///
    /// What the value owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn remove<Q: ?Sized>(&mut self, heap: &Heap, key: &Q) -> Result<Option<V>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let Some(tree) = self.tree(heap)? else { return Ok(None) };
        let Some(going) = Self::going_by_key(&tree, key)? else { return Ok(None) };
        if !Self::KEY_OWNS {
            return Self::take_entry(&tree, &going).map(|(_, value)| Some(value));
        }
        let (node, slot) = (going.node, going.slot());
        let mut access = Access::new(heap)?;
        let place = node.value(&Self::SHAPE, slot);
        // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
        unsafe { access.bind_all(V::LAYOUT, place) }?;
        // SAFETY: `take` requires the same.
        unsafe { access.take(V::LAYOUT, place) };
        // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is taken.
        let value = unsafe { place.cast::<V>().read() };
        Self::write_removal(&mut access, &tree, &going);
        tree.write_part(&mut access, node, slot, Part::Key);
        access.commit();
        // The key is this map's and no copy. Of one that is not, nothing is freed.
        let _ = tree.free_part(&mut access, node, slot, Part::Key);
        Ok(Some(value))
    }

    /// Removes the entry with this key, and returns it.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn remove_entry<Q: ?Sized>(&mut self, heap: &Heap, key: &Q) -> Result<Option<(K, V)>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let Some(tree) = self.tree(heap)? else { return Ok(None) };
        let going = Self::going_by_key(&tree, key)?;
        going.map(|going| Self::take_entry(&tree, &going)).transpose()
    }

    /// Removes the entry with the least key, and returns it.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn pop_first(&mut self, heap: &Heap) -> Result<Option<(K, V)>, HeapError> {
        let Some(tree) = self.tree(heap)? else { return Ok(None) };
        let first = || Cursor::at(&tree, |_| Ok(0))?.next(&tree);
        let going = Self::going(&tree, || Ok(first()?.and_then(indexed)), |_| Ok(0))?;
        going.map(|going| Self::take_entry(&tree, &going)).transpose()
    }

    /// Removes the entry with the greatest key, and returns it.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn pop_last(&mut self, heap: &Heap) -> Result<Option<(K, V)>, HeapError> {
        let Some(tree) = self.tree(heap)? else { return Ok(None) };
        let last = || Cursor::at(&tree, |node| Ok(node.count()))?.next_back(&tree);
        let going = Self::going(&tree, || Ok(last()?.and_then(indexed)), |node| Ok(node.count()))?;
        going.map(|going| Self::take_entry(&tree, &going)).transpose()
    }

    /// The entry with this key, which can be removed.
    fn going_by_key<'a, Q: ?Sized>(tree: &Tree<'a>, key: &Q) -> Result<Option<Going<'a>>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let heap = tree.heap;
        let find = || {
            let (node, search) = Self::find(tree, |there| there.compare(heap, key))?;
            Ok(search.ok().map(|index| (node, index)))
        };
        // Before the entry, which leads to the one before it.
        let choose = |node| {
            let search = Self::search(node, |there| there.compare(heap, key))?;
            Ok(search.unwrap_or_else(|index| index))
        };
        Self::going(tree, find, choose)
    }

    /// The entry that `find` finds, which can be removed: the nodes where `choose` leads to, up to the leaf that has one less then, have
    /// enough.
    fn going<'a>(
        tree: &Tree<'a>,
        find: impl Fn() -> Result<Option<(Node<'a>, usize)>, HeapError>,
        choose: impl Fn(Node<'a>) -> Result<usize, HeapError>,
    ) -> Result<Option<Going<'a>>, HeapError> {
        let mut is_repaired = false;
        loop {
            let Some((node, index)) = find()? else { return Ok(None) };
            let mut leaf = node;
            if !leaf.is_leaf() {
                leaf = tree.child(leaf, index)?;
                while !leaf.is_leaf() {
                    leaf = tree.child(leaf, leaf.count())?;
                }
            }
            let is_enough = leaf.count() > FEWEST || leaf.offset() == tree.root()?.offset();
            if is_enough || is_repaired && leaf.count() > 0 {
                return Ok(Some(Going { node, index, leaf }));
            }
            if is_repaired {
                let number = leaf.offset();
                return Err(HeapError::Corrupt { what: "a leaf of a tree is empty, and stays so", number });
            }
            tree.repair(&choose)?;
            is_repaired = true;
        }
    }

    /// Removes an entry, and returns it.
    fn take_entry(tree: &Tree<'_>, going: &Going<'_>) -> Result<(K, V), HeapError> {
        let (node, slot) = (going.node, going.slot());
        let (key_at, value_at) = (node.key(&Self::SHAPE, slot), node.value(&Self::SHAPE, slot));
        // SAFETY: `read` requires an aligned, valid key: that of an entry (invariant 1). It is moved: the entry goes.
        let read_key = || unsafe { key_at.cast::<K>().read() };
        // SAFETY: as above, of a value.
        let read_value = || unsafe { value_at.cast::<V>().read() };
        if !Self::OWNS && node.is_leaf() {
            let entry = (read_key(), read_value());
            tree.change_plain(node, node.order.removed(going.index), tree.len().saturating_sub(1));
            return Ok(entry);
        }
        let mut access = Access::new(tree.heap)?;
        if Self::OWNS {
            // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
            unsafe { access.bind_all(K::LAYOUT, key_at) }?;
            // SAFETY: as above.
            unsafe { access.bind_all(V::LAYOUT, value_at) }?;
            // SAFETY: `take` requires the same.
            unsafe { access.take(K::LAYOUT, key_at) };
            // SAFETY: as above.
            unsafe { access.take(V::LAYOUT, value_at) };
        }
        let entry = (read_key(), read_value());
        Self::write_removal(&mut access, tree, going);
        access.commit();
        Ok(entry)
    }

    /// Removes an entry at the commit.
    fn write_removal(access: &mut Access<'_>, tree: &Tree<'_>, going: &Going<'_>) {
        let Going { node, index, leaf } = *going;
        if node.is_leaf() {
            access.write(node.block, Node::ORDER, node.order.removed(index).bits());
        } else {
            let (last, free) = (leaf.count() - 1, node.order.free_slot());
            leaf.copy_entry(&Self::SHAPE, leaf.order.slot(last), node, free);
            node.set_child(&Self::SHAPE, free, node.child_behind(&Self::SHAPE, going.slot()));
            access.write(node.block, Node::ORDER, node.order.replaced(index).bits());
            access.write(leaf.block, Node::ORDER, leaf.order.removed(last).bits());
        }
        tree.write_len(access, tree.len().saturating_sub(1));
    }
}

/// A node, and the index of the entry in one of its slots.
fn indexed((node, slot): (Node<'_>, usize)) -> Option<(Node<'_>, usize)> {
    (0..node.count()).find(|&index| node.order.slot(index) == slot).map(|index| (node, index))
}
