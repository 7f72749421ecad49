//! How entries are put into a map: in one step each, with all that they own.
//!
//! An entry is written into a free slot of a node, where nobody looks, and is there with the one store of the node's order. What owns
//! something changes hands in the transaction that stores it.
//!
//! # Safety
//!
//! 1. As of [`btree`](super).
#![allow(unsafe_code, reason = "moves keys and values")]

use super::node::Node;
use super::tree::Tree;
use super::{BTreeMap, IntoOrderedKey, Search};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::{IntoHeap, put_or_trim};

/// How many words of a transaction are enough for a block, and what says that it is there.
const ENOUGH: usize = 48;

impl<K: ShmSafe, V: ShmSafe> BTreeMap<K, V> {
    /// Inserts an entry, or replaces the value of the key; returns the old value. As in std, the key stays the old one then. What makes
    /// a key or a value in the heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
    ///
    /// What the old value owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if a node would have to be split and cannot, or what is to be made has no room, and as
    /// [`len`](Self::len); with key and value. The map has the entries that it had.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::BTreeMap};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeMap<u32, u64>>>(64 << 10)?;
    /// let mut map = heap.root().lock().expect("nobody has died");
    /// assert_eq!(map.insert(&heap, 1, 10)?, None);
    /// assert_eq!(map.insert(&heap, 1, 20)?, Some(10));
    /// assert_eq!(map.get(&heap, &1)?, Some(&20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn insert<Q: IntoOrderedKey<K>, W: IntoHeap<V>>(
        &mut self,
        heap: &Heap,
        key: Q,
        value: W,
    ) -> Result<Option<V>, InsertError<(Q, W)>> {
        let (tree, node, search) = match self.place(heap, &key) {
            Ok(found) => found,
            Err(error) => return Err(InsertError::new((key, value), error)),
        };
        match search {
            Err(index) => Self::put(&tree, node, index, key, value).map(|()| None),
            Ok(index) => match Self::replace(&tree, node, index, value) {
                Ok(old) => {
                    // What cannot be freed stays allocated: the map has its new value.
                    let _ = key.free(heap);
                    Ok(Some(old))
                }
                Err(error) => {
                    let reason = error.error();
                    Err(InsertError::new((key, error.into_inner()), reason))
                }
            },
        }
    }

    /// The node with the entry of a key, and its index; or a leaf with room for it, and the index where.
    pub(super) fn place<'a, Q: IntoOrderedKey<K>>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<(Tree<'a>, Node<'a>, Search), HeapError> {
        let tree = match self.tree(heap)? {
            Some(tree) => tree,
            None => self.make(heap)?,
        };
        let search = |node| Self::search(node, |there| key.compare_key(heap, there));
        let (mut parent, mut node, mut is_last) = (None, tree.root()?, true);
        let index = loop {
            let index = match search(node)? {
                Ok(index) => return Ok((tree, node, Ok(index))),
                Err(index) => index,
            };
            is_last &= index == node.count();
            if node.is_leaf() {
                break index;
            }
            parent = Some((node, index));
            node = tree.child(node, index)?;
        };
        let (leaf, index) = if !node.order.is_full() {
            (node, index)
        } else if parent.is_none_or(|(parent, _)| !parent.order.is_full()) {
            tree.split_leaf(parent, node, index, is_last)?
        } else {
            tree.leaf_with_room(|node| Ok(search(node)?.unwrap_or_else(|index| index)))?
        };
        Ok((tree, leaf, Err(index)))
    }

    /// Gives a map without a block one, and a leaf.
    #[cold]
    fn make<'a>(&'a self, heap: &'a Heap) -> Result<Tree<'a>, HeapError> {
        const { assert!(align_of::<K>() <= 4096, "a type in shared memory is aligned to at most 4096 bytes") };
        const { assert!(align_of::<V>() <= 4096, "a type in shared memory is aligned to at most 4096 bytes") };
        let mut access = Access::new(heap)?;
        put_or_trim(&mut access, |access| {
            let (_, words) = Tree::make(access, Self::SHAPE, Self::KIND, self.owned.address())?;
            access.set(&self.owned, words);
            access.commit();
            Ok(())
        })?;
        drop(access);
        let made = self.tree(heap)?;
        made.ok_or(HeapError::Corrupt { what: "a tree that was just made is gone", number: 0 })
    }

    /// Makes an entry at an index of a leaf that has room for it.
    pub(super) fn put<Q: IntoOrderedKey<K>, W: IntoHeap<V>>(
        tree: &Tree<'_>,
        leaf: Node<'_>,
        index: usize,
        key: Q,
        value: W,
    ) -> Result<(), InsertError<(Q, W)>> {
        if !(Q::IS_PLAIN && W::IS_PLAIN) {
            return Self::put_owning(tree, leaf, index, key, value);
        }
        let slot = leaf.order.free_slot();
        // SAFETY: `put_plain` requires an aligned place that nobody else uses: that of a value in a slot without an entry.
        unsafe { value.put_plain(leaf.value(&Self::SHAPE, slot).cast()) };
        // SAFETY: as above, of a key.
        unsafe { key.put_plain(leaf.key(&Self::SHAPE, slot).cast()) };
        tree.change_plain(leaf, leaf.order.inserted(index), tree.len() + 1);
        Ok(())
    }

    fn put_owning<Q: IntoOrderedKey<K>, W: IntoHeap<V>>(
        tree: &Tree<'_>,
        leaf: Node<'_>,
        index: usize,
        key: Q,
        value: W,
    ) -> Result<(), InsertError<(Q, W)>> {
        let mut access = match Access::new(tree.heap) {
            Ok(access) => access,
            Err(error) => return Err(InsertError::new((key, value), error)),
        };
        let key = match key.bind(&mut access) {
            Ok(key) => key,
            Err((key, error)) => return Err(InsertError::new((key, value), error)),
        };
        let value = match value.bind(&mut access) {
            Ok(value) => value,
            Err((value, error)) => return Err(InsertError::new((key, value), error)),
        };
        let slot = leaf.order.free_slot();
        let put = |access: &mut Access<'_>| {
            // SAFETY: `put` requires an aligned place in the heap that nobody else uses: that of a value in a slot without an
            // entry.
            unsafe { value.put(access, leaf.value(&Self::SHAPE, slot).cast()) }?;
            if access.room() < ENOUGH {
                // It has given many blocks, and allocated none.
                access.commit();
            }
            // SAFETY: as above, of a key.
            unsafe { key.put(access, leaf.key(&Self::SHAPE, slot).cast()) }
        };
        if let Err(error) = put_or_trim(&mut access, put) {
            return Err(InsertError::new((key, value), error));
        }
        access.write(leaf.block, Node::ORDER, leaf.order.inserted(index).bits());
        tree.write_len(&mut access, tree.len() + 1);
        access.commit();
        Ok(())
    }

    /// Replaces the value of an entry, and returns the old one: key, new value and the child behind them are written into the free slot,
    /// which takes the place of the entry's.
    pub(super) fn replace<W: IntoHeap<V>>(
        tree: &Tree<'_>,
        node: Node<'_>,
        index: usize,
        value: W,
    ) -> Result<V, InsertError<W>> {
        let (slot, free) = (node.order.slot(index), node.order.free_slot());
        let place = node.value(&Self::SHAPE, free).cast::<V>();
        let mut access = None;
        let value = if W::IS_PLAIN {
            value
        } else {
            let taken = match Access::new(tree.heap) {
                Ok(taken) => access.insert(taken),
                Err(error) => return Err(InsertError::new(value, error)),
            };
            let value = match value.bind(taken) {
                Ok(value) => value,
                Err((value, error)) => return Err(InsertError::new(value, error)),
            };
            // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
            if let Err(error) = unsafe { taken.bind_all(V::LAYOUT, node.value(&Self::SHAPE, slot)) } {
                return Err(InsertError::new(value, error));
            }
            value
        };
        // The old value too, which is written over next.
        node.copy_entry(&Self::SHAPE, slot, node, free);
        node.set_child(&Self::SHAPE, free, node.child_behind(&Self::SHAPE, slot));
        let Some(mut access) = access else {
            // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is replaced.
            let old = unsafe { node.value(&Self::SHAPE, slot).cast::<V>().read() };
            // SAFETY: `put_plain` requires an aligned place that nobody else uses: in a slot without an entry.
            unsafe { value.put_plain(place) };
            node.set_order(node.order.replaced(index));
            return Ok(old);
        };
        // SAFETY: as above.
        if let Err(error) = put_or_trim(&mut access, |access| unsafe { value.put(access, place) }) {
            return Err(InsertError::new(value, error));
        }
        // SAFETY: `take` requires what `bind_all` does.
        unsafe { access.take(V::LAYOUT, node.value(&Self::SHAPE, slot)) };
        // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is replaced.
        let old = unsafe { node.value(&Self::SHAPE, slot).cast::<V>().read() };
        access.write(node.block, Node::ORDER, node.order.replaced(index).bits());
        access.commit();
        Ok(old)
    }
}
