//! An entry of an ordered map, as `entry` finds it.
//!
//! # Safety
//!
//! 1. The node is one of the tree of the map, which is borrowed exclusively; an [`OccupiedEntry`] has the index of an entry of it, and a
//!    [`VacantEntry`] that of a place in a leaf with room for one.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::marker::PhantomData;

use super::node::Node;
use super::tree::Tree;
use super::{BTreeMap, IntoOrderedKey};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::InsertError;
use crate::heap::into_heap::IntoHeap;

/// What a map has for a key: [`std::collections::btree_map::Entry`], of a [`heap::BTreeMap`](BTreeMap). The key is a `Q`, from which one is
/// made.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::BTreeMap};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeMap<u32, u64>>>(64 << 10)?;
/// let mut book = heap.root().lock().expect("nobody has died");
/// for (price, quantity) in [(101, 5), (99, 7), (101, 3)] {
///     *book.entry(&heap, price)?.or_insert(0)? += quantity;
/// }
/// assert_eq!(book.first_key_value(&heap)?, Some((&99, &7)));
/// assert_eq!(book.last_key_value(&heap)?, Some((&101, &8)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub enum Entry<'a, K: ShmSafe, V: ShmSafe, Q = K> {
    /// There is an entry.
    Occupied(OccupiedEntry<'a, K, V>),
    /// There is none.
    Vacant(VacantEntry<'a, K, V, Q>),
}

/// An entry that is there. It is removed by [`BTreeMap::remove`].
pub struct OccupiedEntry<'a, K: ShmSafe, V: ShmSafe> {
    tree: Tree<'a>,
    node: Node<'a>,
    index: usize,
    map: PhantomData<&'a mut BTreeMap<K, V>>,
}

/// An entry that is not there, and what its key will be made of.
pub struct VacantEntry<'a, K: ShmSafe, V: ShmSafe, Q = K> {
    tree: Tree<'a>,
    leaf: Node<'a>,
    index: usize,
    key: Q,
    map: PhantomData<&'a mut BTreeMap<K, V>>,
}

impl<K: ShmSafe, V: ShmSafe> BTreeMap<K, V> {
    /// The entry of a key, to be looked at, changed or made. There will be room for it.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`](crate::heap::HeapError::OutOfMemory) if a node would have to be split and cannot, and as
    /// [`len`](Self::len); with the key.
    pub fn entry<'a, Q: IntoOrderedKey<K>>(
        &'a mut self,
        heap: &'a Heap,
        key: Q,
    ) -> Result<Entry<'a, K, V, Q>, InsertError<Q>> {
        match self.place(heap, &key) {
            Ok((tree, node, Ok(index))) => {
                // What cannot be freed stays allocated.
                let _ = key.free(heap);
                Ok(Entry::Occupied(OccupiedEntry { tree, node, index, map: PhantomData }))
            }
            Ok((tree, leaf, Err(index))) => {
                Ok(Entry::Vacant(VacantEntry { tree, leaf, index, key, map: PhantomData }))
            }
            Err(error) => Err(InsertError::new(key, error)),
        }
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, Q: IntoOrderedKey<K>> Entry<'a, K, V, Q> {
    /// The value, which is `default` if there was none. One that is not needed is freed.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`](crate::heap::HeapError::OutOfMemory), with key and value.
    pub fn or_insert<W: IntoHeap<V>>(self, default: W) -> Result<&'a mut V, InsertError<(Q, W)>> {
        match self {
            Self::Occupied(entry) => {
                // What cannot be freed stays allocated.
                let _ = default.free(entry.tree.heap);
                Ok(entry.into_mut())
            }
            Self::Vacant(entry) => entry.insert(default),
        }
    }

    /// The value, which is what `default` returns if there was none.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_insert_with<W: IntoHeap<V>>(
        self,
        default: impl FnOnce() -> W,
    ) -> Result<&'a mut V, InsertError<(Q, W)>> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => entry.insert(default()),
        }
    }

    /// The value, which is the default of its type if there was none.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_default(self) -> Result<&'a mut V, InsertError<(Q, V)>>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if there is one.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> OccupiedEntry<'a, K, V> {
    fn slot(&self) -> usize {
        self.node.order.slot(self.index)
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1.
        unsafe { BTreeMap::<K, V>::key_in(self.node, self.slot()) }
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        // SAFETY: `value_in` requires a borrowed map and a slot with an entry: invariant 1.
        unsafe { BTreeMap::<K, V>::value_in(self.node, self.slot()) }
    }

    /// The value, to be changed.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: invariant 1; that nobody else
        // has the value: `self` is borrowed exclusively.
        unsafe { BTreeMap::<K, V>::value_in_mut(self.node, self.slot()) }
    }

    /// The value, to be changed, for as long as the map is borrowed.
    #[must_use]
    pub fn into_mut(self) -> &'a mut V {
        // SAFETY: as in `get_mut`; `self` is gone.
        unsafe { BTreeMap::<K, V>::value_in_mut(self.node, self.slot()) }
    }

    /// Replaces the value, and returns the old one, which is this process's own now.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`](crate::heap::HeapError::OutOfMemory) if what is to be made has no room, and as [`BTreeMap::len`]; with
    /// the value. The old one is still there.
    pub fn insert<W: IntoHeap<V>>(&mut self, value: W) -> Result<V, InsertError<W>> {
        let old = BTreeMap::<K, V>::replace(&self.tree, self.node, self.index, value)?;
        // The new one lies in another slot.
        self.node.order = self.node.order.replaced(self.index);
        Ok(old)
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, Q: IntoOrderedKey<K>> VacantEntry<'a, K, V, Q> {
    /// What the key will be made of.
    #[must_use]
    pub fn key(&self) -> &Q {
        &self.key
    }

    /// The same, by value.
    #[must_use]
    pub fn into_key(self) -> Q {
        self.key
    }

    /// Inserts the entry.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`](crate::heap::HeapError::OutOfMemory) if what is to be made has no room, and as [`BTreeMap::len`]; with
    /// key and value.
    pub fn insert<W: IntoHeap<V>>(self, value: W) -> Result<&'a mut V, InsertError<(Q, W)>> {
        let Self { tree, leaf, index, key, .. } = self;
        BTreeMap::<K, V>::put(&tree, leaf, index, key, value)?;
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: that which was free; that nobody
        // else has the value: `self` is gone.
        Ok(unsafe { BTreeMap::<K, V>::value_in_mut(leaf, leaf.order.free_slot()) })
    }
}

impl<K: ShmSafe, V: ShmSafe, Q> fmt::Debug for Entry<'_, K, V, Q> {
    /// Neither key nor value, which may be to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Occupied").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Vacant").field(entry).finish(),
        }
    }
}

impl<K: ShmSafe, V: ShmSafe> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").finish_non_exhaustive()
    }
}

impl<K: ShmSafe, V: ShmSafe, Q> fmt::Debug for VacantEntry<'_, K, V, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VacantEntry").finish_non_exhaustive()
    }
}
