//! `BTreeMap<K, V>`: an ordered map in the heap.
//!
//! The tree knows bytes and places only; here is what they mean: keys, values, std's interface.
//!
//! # Safety
//!
//! 1. The block of a bound map is one of a `Tree` of this map's keys and values: see there. What the order of a node calls an entry is a
//!    `K` and a `V`. A map reaches nothing outside the region, whatever another process has written into its words and its nodes without
//!    the right to.
//! 2. The nodes are written by who has the map exclusively, so they do not change while the map is borrowed.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use super::access::Access;
use super::error::HeapError;
use super::owned::{Kind, RawOwned};
use super::{Heap, container_layout};
use crate::layout::{Field, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

mod change;
mod cursor;
mod entry;
mod iter;
mod key;
mod look_up;
mod node;
mod order;
mod remove;
mod shape;
mod task;
mod tree;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Iter, Keys, Range, Values};
pub use key::{IntoOrderedKey, OrderedKey};
use node::Node;
pub(super) use shape::Shape;
pub(super) use tree::Tree;

/// An ordered map in a heap: the twin of [`std::collections::BTreeMap`].
///
/// The heap is an argument of each method that reaches the entries. All zero bytes are an empty map, which owns nothing. It has no
/// destructor, as nothing in shared memory has: what it owns is freed by [`free`](Self::free), or with the container that it lies
/// in; a map that is overwritten by an assignment leaks.
///
/// Values are changed through [`get_mut`](Self::get_mut) and [`entry`](Self::entry), one at a time.
///
/// It is a B-tree whose nodes have 14 entries at most, and 6 at least but for the root and the last ones of each level. `Ord` of the key
/// must mean the same in all processes. If it does not, entries are not found, and nothing worse.
///
/// # Process death
///
/// Each operation is done or was never begun, and nothing leaks: the next process that uses the map, having taken over the lock that
/// it lies behind, ends what was half done. What is changed through a `&mut` of a value is as the value leaves it. What a map
/// in a process's *own* memory owns stays allocated if the process dies, until [`ShmHeap::reclaim`](crate::ShmHeap::reclaim).
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{BTreeMap, String}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeMap<u32, String>>>(64 << 10)?;
/// let mut orders = heap.root().lock().expect("nobody has died");
/// for (price, name) in [(70, "seventy"), (10, "ten"), (40, "forty")] {
///     orders.insert(&heap, price, name)?;
/// }
/// assert!(orders.keys(&heap)?.eq(&[10, 40, 70]));
/// let (price, name) = orders.range(&heap, 20..)?.next().expect("two");
/// assert_eq!((*price, name.as_str(&heap)?), (40, "forty"));
///
/// orders.free(&heap)?; // and all that is in it
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct BTreeMap<K, V> {
    owned: RawOwned,
    entries: PhantomData<(K, V)>,
}

// SAFETY: 1. Self-contained: the words lead to memory of the region only, and mean nothing elsewhere. 2. `repr(C)`: the words, as
// described; the version is that of their meaning, and of the nodes. 3. Interior mutability in atomics only.
// 4. No `Drop`, here or in `K` and `V`. 5. Words that do not lead to a block of the same heap are an error.
#[diagnostic::do_not_recommend]
unsafe impl<K: ShmSafe, V: ShmSafe> ShmSafe for BTreeMap<K, V> {
    const LAYOUT: &'static TypeLayout = container_layout!(
        "HeapTree",
        Self,
        [
            Field { name: "keys", offset: 0, layout: <[K; 0]>::LAYOUT },
            Field { name: "values", offset: 0, layout: <[V; 0]>::LAYOUT }
        ]
    );
}

// SAFETY: zeroes are an empty map.
#[diagnostic::do_not_recommend]
unsafe impl<K: ShmSafe, V: ShmSafe> PlacementDefault for BTreeMap<K, V> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl<K, V> BTreeMap<K, V> {
    /// A map without entries, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { owned: RawOwned::new(), entries: PhantomData }
    }

    /// Whether it has no block, and so no entries.
    pub(super) fn owns_nothing(&self) -> bool {
        self.owned.is_empty()
    }
}

/// Where a search in one node has led to: to the entry with an index, or before it.
type Search = Result<usize, usize>;

impl<K: ShmSafe, V: ShmSafe> BTreeMap<K, V> {
    const KIND: Kind = Kind::of(Self::LAYOUT);
    const SHAPE: Shape = Shape::of(K::LAYOUT, V::LAYOUT, Self::KIND.mark);
    const KEY_OWNS: bool = owns_heap_memory(K::LAYOUT);
    const OWNS: bool = Self::SHAPE.owns;

    /// The tree; `None` if the map has no block, and so no entries.
    #[inline]
    fn tree<'a>(&'a self, heap: &'a Heap) -> Result<Option<Tree<'a>>, HeapError> {
        Ok(self.owned.block(heap, Self::KIND)?.map(|block| Tree::of(heap, block, Self::SHAPE)))
    }

    /// Where a node has the entry for which `compare` says that it is equal. `compare` tells how an entry's key compares to the wanted
    /// one.
    #[inline]
    fn search(
        node: Node<'_>,
        mut compare: impl FnMut(&K) -> Result<Ordering, HeapError>,
    ) -> Result<Search, HeapError> {
        let mut compare = |slot| {
            // SAFETY: a reference requires an aligned, valid key that nobody writes: that of an entry of a map which the callers have
            // borrowed (invariants 1 and 2).
            compare(unsafe { &*node.key(&Self::SHAPE, slot).cast::<K>() })
        };
        if !Self::KEY_OWNS {
            // One after the other, as in std: what is guessed wrong takes longer than a comparison.
            for (index, slot) in node.order.slots().enumerate() {
                let ordering = compare(slot)?;
                if ordering.is_ge() {
                    return Ok(if ordering.is_eq() { Ok(index) } else { Err(index) });
                }
            }
            return Ok(Err(node.count()));
        }
        let (mut from, mut to) = (0, node.count());
        while from < to {
            let middle = from.midpoint(to);
            match compare(node.order.slot(middle))? {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Ok(Ok(middle)),
            }
        }
        Ok(Err(from))
    }

    /// The node with an entry, and its index; or the leaf where it would be, and the index of what would be behind it.
    #[inline]
    fn find<'a>(
        tree: &Tree<'a>,
        mut compare: impl FnMut(&K) -> Result<Ordering, HeapError>,
    ) -> Result<(Node<'a>, Search), HeapError> {
        let mut node = tree.root()?;
        loop {
            match Self::search(node, &mut compare)? {
                Err(index) if !node.is_leaf() => node = tree.child(node, index)?,
                search => return Ok((node, search)),
            }
        }
    }

    /// The key in a slot.
    ///
    /// # Safety
    ///
    /// The node is that of a map which is borrowed as long as the key, and the slot has an entry.
    #[inline]
    unsafe fn key_in(node: Node<'_>, slot: usize) -> &K {
        // SAFETY: a reference requires an aligned, valid key that nobody writes: invariants 1 and 2.
        unsafe { &*node.key(&Self::SHAPE, slot).cast::<K>() }
    }

    /// The value in a slot.
    ///
    /// # Safety
    ///
    /// As [`key_in`](Self::key_in).
    #[inline]
    unsafe fn value_in(node: Node<'_>, slot: usize) -> &V {
        // SAFETY: a reference requires an aligned, valid value that nobody writes: invariants 1 and 2.
        unsafe { &*node.value(&Self::SHAPE, slot).cast::<V>() }
    }

    /// The value in a slot, to be changed.
    ///
    /// # Safety
    ///
    /// As [`key_in`](Self::key_in); the map is borrowed exclusively, and nobody else has the value.
    #[inline]
    unsafe fn value_in_mut(node: Node<'_>, slot: usize) -> &mut V {
        // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: invariants 1 and 2.
        unsafe { &mut *node.value(&Self::SHAPE, slot).cast::<V>() }
    }

    /// The number of entries.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    #[inline]
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.tree(heap)?.map_or(0, |tree| tree.len()))
    }

    /// Whether there are no entries.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        Ok(self.len(heap)? == 0)
    }

    /// Removes all entries and frees what they own, and the nodes.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        // No part of a tree waits for more entries.
        self.free(heap)
    }

    /// Frees all that the map owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        // What was begun in it is ended first, and a copy is an error.
        if self.tree(heap)?.is_some() {
            Access::new(heap)?.free(&self.owned, Self::LAYOUT)?;
        }
        Ok(())
    }
}

impl<K, V> Default for BTreeMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> fmt::Debug for BTreeMap<K, V> {
    /// Not the entries, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BTreeMap").field("is_empty", &self.owns_nothing()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
