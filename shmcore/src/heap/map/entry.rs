//! An entry of a map, as `entry` finds it.
//!
//! # Safety
//!
//! 1. The table is that of the map, which is borrowed exclusively; the slot of an [`OccupiedEntry`] has an entry, and that of a
//!    [`VacantEntry`] has none and room for one, of this hash.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::marker::PhantomData;

use super::{HashMap, IntoKey, TableOf};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::IntoHeap;

/// What a map has for a key: [`std::collections::hash_map::Entry`], of a [`heap::HashMap`](HashMap). The key is a `Q`, from which one is made.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::HashMap};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashMap<char, u32>>>(64 << 10)?;
/// let mut counts = heap.root().lock().expect("nobody has died");
/// for letter in "abba".chars() {
///     *counts.entry(&heap, letter)?.or_insert(0)? += 1;
/// }
/// assert_eq!(counts.get(&heap, &'b')?, Some(&2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub enum Entry<'a, K: ShmSafe, V: ShmSafe, Q = K> {
    /// There is an entry.
    Occupied(OccupiedEntry<'a, K, V>),
    /// There is none.
    Vacant(VacantEntry<'a, K, V, Q>),
}

/// An entry that is there.
pub struct OccupiedEntry<'a, K: ShmSafe, V: ShmSafe> {
    heap: &'a Heap,
    table: TableOf<'a, K, V>,
    slot: usize,
    map: PhantomData<&'a mut HashMap<K, V>>,
}

/// An entry that is not there, and what its key will be made of.
pub struct VacantEntry<'a, K: ShmSafe, V: ShmSafe, Q = K> {
    heap: &'a Heap,
    table: TableOf<'a, K, V>,
    gap: usize,
    hash: u64,
    key: Q,
    map: PhantomData<&'a mut HashMap<K, V>>,
}

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// The entry of a key, to be looked at, changed or made. There will be room for it.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the map would have to grow and cannot, and as [`len`](Self::len); with the key.
    #[inline]
    pub fn entry<'a, Q: IntoKey<K>>(
        &'a mut self,
        heap: &'a Heap,
        key: Q,
    ) -> Result<Entry<'a, K, V, Q>, InsertError<Q>> {
        match self.find_or_gap(heap, &key) {
            Ok((table, _, Ok(slot))) => {
                // What cannot be freed stays allocated.
                let _ = key.free(heap);
                Ok(Entry::Occupied(OccupiedEntry { heap, table, slot, map: PhantomData }))
            }
            Ok((table, hash, Err(gap))) => {
                Ok(Entry::Vacant(VacantEntry { heap, table, gap, hash, key, map: PhantomData }))
            }
            Err(error) => Err(InsertError::new(key, error)),
        }
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, Q: IntoKey<K>> Entry<'a, K, V, Q> {
    /// The value, which is `default` if there was none. One that is not needed is freed.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`], with key and value.
    #[inline]
    pub fn or_insert<W: IntoHeap<V>>(self, default: W) -> Result<&'a mut V, InsertError<(Q, W)>> {
        match self {
            Self::Occupied(entry) => {
                // What cannot be freed stays allocated.
                let _ = default.free(entry.heap);
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
    #[inline]
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
    #[inline]
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
    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1.
        unsafe { HashMap::<K, V>::key_in(self.table, self.slot) }
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        // SAFETY: `value_in` requires a borrowed map and a slot with an entry: invariant 1.
        unsafe { HashMap::<K, V>::value_in(self.table, self.slot) }
    }

    /// The value, to be changed.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: invariant 1; that nobody else
        // has the value: `self` is borrowed exclusively.
        unsafe { HashMap::<K, V>::value_in_mut(self.table, self.slot) }
    }

    /// The value, to be changed, for as long as the map is borrowed.
    #[must_use]
    #[inline]
    pub fn into_mut(self) -> &'a mut V {
        // SAFETY: as in `get_mut`; `self` is gone.
        unsafe { HashMap::<K, V>::value_in_mut(self.table, self.slot) }
    }

    /// Replaces the value, and returns the old one, which is this process's own now.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if what is to be made has no room, and as [`HashMap::len`]; with the value. The old one is still there.
    pub fn insert<W: IntoHeap<V>>(&mut self, value: W) -> Result<V, InsertError<W>> {
        HashMap::<K, V>::replace(self.heap, self.table, self.slot, value)
    }

    /// Removes the entry, and returns its value, which is this process's own now. What the key owns is freed.
    ///
    /// # Errors
    ///
    /// As [`HashMap::len`].
    pub fn remove(self) -> Result<V, HeapError> {
        HashMap::<K, V>::take_value(self.heap, self.table, self.slot)
    }

    /// Removes the entry, and returns it; it is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`HashMap::len`].
    pub fn remove_entry(self) -> Result<(K, V), HeapError> {
        HashMap::<K, V>::take_entry(self.heap, self.table, self.slot)
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, Q: IntoKey<K>> VacantEntry<'a, K, V, Q> {
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
    /// [`HeapError::OutOfMemory`] if what is to be made has no room, and as [`HashMap::len`]; with key and value.
    #[inline]
    pub fn insert<W: IntoHeap<V>>(self, value: W) -> Result<&'a mut V, InsertError<(Q, W)>> {
        let Self { heap, table, gap, hash, key, .. } = self;
        HashMap::<K, V>::put(heap, table, gap, hash, key, value)?;
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: just put there; that nobody
        // else has the value: `self` is gone.
        Ok(unsafe { HashMap::<K, V>::value_in_mut(table, gap) })
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
