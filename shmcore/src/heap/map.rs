//! `HashMap<K, V>`: a hash map in the heap, which grows.
//!
//! The table in its block knows marks and bytes only; here is what they mean: keys, values, a hash with a seed, std's interface.
//!
//! # Safety
//!
//! 1. The block of a bound map is one of a `Table` of this map's keys and values: see there. While no task is under way, a slot with the mark
//!    of an entry has a `K` and a `V`.
//!    A map reaches nothing outside the region, whatever another process has written into its words and its block without the right to.
//! 2. The block is written by who has the map exclusively, so it does not change while the map is borrowed.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::marker::PhantomData;

use super::access::Access;
use super::block::Block;
use super::error::HeapError;
use super::owned::{Kind, RawOwned};
use super::{Heap, container_layout};
use crate::layout::{Field, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

mod change;
mod entry;
mod grow;
mod iter;
mod key;
mod look_up;
mod search;
mod shape;
mod table;
mod task;
mod view;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Drain, Iter, IterMut, Keys, Values, ValuesMut};
pub use key::{IntoKey, Key};
use shape::Of;
pub(super) use shape::Shape;
pub(super) use table::Table;
pub use view::View;

/// The table of a map with these keys and values.
type TableOf<'a, K, V> = Table<'a, Of<K, V>>;

/// A table, and a slot of it that has an entry.
type Found<'a, K, V> = (TableOf<'a, K, V>, usize);

/// A hash map in a heap: the twin of [`std::collections::HashMap`].
///
/// The heap is an argument of each method that reaches the entries. All zero bytes are an empty map, which owns nothing. It has no
/// destructor, as nothing in shared memory has: what it owns is freed by [`free`](Self::free), or with the container that it lies
/// in; a map that is overwritten by an assignment leaks.
///
/// Every process finds what another has inserted: the hash depends on the key, and on a seed that the map draws at its first
/// insertion and keeps. `Hash` and `Eq` of the key must mean the same in all of them.
///
/// # Process death
///
/// Each operation is done or was never begun, and nothing leaks: the next process that uses the map, having taken over the lock that
/// it lies behind, ends or takes back what was half done. What is changed through a `&mut` of a value is as the value leaves it. What a map
/// in a process's *own* memory owns stays allocated if the process dies, until [`ShmHeap::reclaim`](crate::ShmHeap::reclaim).
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{HashMap, String, Vec}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashMap<String, Vec<String>>>>(64 << 10)?;
/// let mut map = heap.root().lock().expect("nobody has died");
/// map.entry(&heap, "key")?.or_default()?.push(&heap, "item")?;
/// map.insert(&heap, "other", Vec::new())?;
/// assert_eq!(map.len(&heap)?, 2);
///
/// let items = map.get(&heap, "key")?.expect("just inserted");
/// assert_eq!(items.as_slice(&heap)?[0].as_str(&heap)?, "item");
///
/// map.free(&heap)?; // and all that is in it
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct HashMap<K, V> {
    owned: RawOwned,
    entries: PhantomData<(K, V)>,
}

// SAFETY: 1. Self-contained: the words lead to memory of the region only, and mean nothing elsewhere. 2. `repr(C)`: the words, as
// described; the version is that of their meaning, and of the hash, which is foldhash 0.2. 3. Interior mutability in atomics only.
// 4. No `Drop`, here or in `K` and `V`. 5. Words that do not lead to a block of the same heap are an error.
#[diagnostic::do_not_recommend]
unsafe impl<K: ShmSafe, V: ShmSafe> ShmSafe for HashMap<K, V> {
    const LAYOUT: &'static TypeLayout = container_layout!(
        "HeapMap",
        Self,
        [
            Field { name: "keys", offset: 0, layout: <[K; 0]>::LAYOUT },
            Field { name: "values", offset: 0, layout: <[V; 0]>::LAYOUT }
        ]
    );
}

// SAFETY: zeroes are an empty map.
#[diagnostic::do_not_recommend]
unsafe impl<K: ShmSafe, V: ShmSafe> PlacementDefault for HashMap<K, V> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl<K, V> HashMap<K, V> {
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

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    const KIND: Kind = Kind::of(Self::LAYOUT);
    const KEY_OWNS: bool = owns_heap_memory(K::LAYOUT);
    const VALUE_OWNS: bool = owns_heap_memory(V::LAYOUT);

    /// The table, which is inside the region, whatever stands in its block.
    #[inline]
    fn table<'a>(&'a self, heap: &'a Heap) -> Result<Option<TableOf<'a, K, V>>, HeapError> {
        match self.bound_table(heap) {
            Some(table) => Ok(Some(table)),
            None => self.table_slow(heap),
        }
    }

    /// The same for a map that lies in the heap and was bound in this generation.
    #[inline]
    fn bound_table<'a>(&'a self, heap: &'a Heap) -> Option<TableOf<'a, K, V>> {
        Table::of(heap, self.owned.bound_block(heap)?, Of::NEW)
    }

    #[cold]
    fn table_slow<'a>(&'a self, heap: &'a Heap) -> Result<Option<TableOf<'a, K, V>>, HeapError> {
        match self.owned.block(heap, Self::KIND)? {
            Some(block) => Table::of(heap, block, Of::NEW).map(Some).ok_or_else(|| beyond_the_region(block)),
            None => Ok(None),
        }
    }

    /// The key in a slot.
    ///
    /// # Safety
    ///
    /// The table is that of a map which is borrowed as long as the key, and the slot has an entry.
    #[inline]
    unsafe fn key_in(table: TableOf<'_, K, V>, slot: usize) -> &K {
        // SAFETY: a reference requires an aligned, valid key that nobody writes: invariants 1 and 2.
        unsafe { &*table.key(slot).cast::<K>() }
    }

    /// The value in a slot.
    ///
    /// # Safety
    ///
    /// As [`key_in`](Self::key_in).
    #[inline]
    unsafe fn value_in(table: TableOf<'_, K, V>, slot: usize) -> &V {
        // SAFETY: a reference requires an aligned, valid value that nobody writes: invariants 1 and 2.
        unsafe { &*table.value(slot).cast::<V>() }
    }

    /// The value in a slot, to be changed.
    ///
    /// # Safety
    ///
    /// As [`key_in`](Self::key_in); the map is borrowed exclusively, and nobody else has the value.
    #[inline]
    unsafe fn value_in_mut(table: TableOf<'_, K, V>, slot: usize) -> &mut V {
        // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: invariants 1 and 2.
        unsafe { &mut *table.value(slot).cast::<V>() }
    }

    /// The number of entries.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.table(heap)?.map_or(0, Table::len))
    }

    /// Whether there are no entries.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        Ok(self.len(heap)? == 0)
    }

    /// How many entries there is room for before the map grows, at least.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.table(heap)?.map_or(0, Table::limit))
    }

    /// Removes the entry with this key, and returns its value. What the key owns is freed.
    ///
    /// What the value owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn remove<Q: ?Sized>(&mut self, heap: &Heap, key: &Q) -> Result<Option<V>, HeapError>
    where
        K: Key<Q>,
    {
        match self.find(heap, key)? {
            Some((table, slot)) => Self::take_value(heap, table, slot).map(Some),
            None => Ok(None),
        }
    }

    /// Removes the entry with this key, and returns it.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn remove_entry<Q: ?Sized>(&mut self, heap: &Heap, key: &Q) -> Result<Option<(K, V)>, HeapError>
    where
        K: Key<Q>,
    {
        match self.find(heap, key)? {
            Some((table, slot)) => Self::take_entry(heap, table, slot).map(Some),
            None => Ok(None),
        }
    }

    /// Keeps the entries that fulfil a condition, which may change the values, and frees what the others own.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the entries that were not asked about are kept.
    pub fn retain(
        &mut self,
        heap: &Heap,
        mut condition: impl FnMut(&K, &mut V) -> bool,
    ) -> Result<(), HeapError> {
        let Some(table) = self.table(heap)? else { return Ok(()) };
        for slot in table.occupied() {
            // SAFETY: `key_in` requires a borrowed map and a slot with an entry: none is added or moved meanwhile.
            let key = unsafe { Self::key_in(table, slot) };
            // SAFETY: as above; the map is borrowed exclusively.
            let value = unsafe { Self::value_in_mut(table, slot) };
            if !condition(key, value) {
                Self::erase(heap, table, slot)?;
            }
        }
        Ok(())
    }

    /// Removes all entries and frees what they own; the map keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the entries that were not reached are kept.
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.table(heap)?.map_or(Ok(()), |table| Self::clear_table(heap, table))
    }

    fn clear_table(heap: &Heap, table: TableOf<'_, K, V>) -> Result<(), HeapError> {
        if Self::KEY_OWNS || Self::VALUE_OWNS {
            return table.clear(&mut Access::new(heap)?);
        }
        table.forget_entries();
        Ok(())
    }

    /// Frees all that the map owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`clear`](Self::clear).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        if self.table(heap)?.is_some() {
            Access::new(heap)?.free(&self.owned, Self::LAYOUT)?;
        }
        Ok(())
    }
}

#[cold]
pub(super) const fn beyond_the_region(block: Block<'_>) -> HeapError {
    HeapError::Corrupt { what: "a map ends outside the region", number: block.offset() as u64 }
}

impl<K, V> Default for HashMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> fmt::Debug for HashMap<K, V> {
    /// Not the entries, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMap").field("is_empty", &self.owned.is_empty()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
