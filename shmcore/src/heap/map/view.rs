//! A map that was found in its region once: a look-up through it is one in a table, as of a map in a process's own memory.
//!
//! # Safety
//!
//! 1. The table is that of a map that is borrowed for `'a`.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::marker::PhantomData;

use super::iter::{Iter, Keys, Values};
use super::{Found, HashMap, Key, Table, TableOf};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::HeapError;

/// A [`HashMap`] to read, which was compared with its heap when the view was made, and not at each look-up again: for many of them.
///
/// It borrows the map, so nobody changes that meanwhile.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::HashMap};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashMap<u32, u64>>>(64 << 10)?;
/// let mut map = heap.root().lock().expect("nobody has died");
/// for number in 0..100 {
///     map.insert(&heap, number, u64::from(number) * 2)?;
/// }
/// let view = map.view(&heap)?;
/// for number in 0..100 {
///     assert_eq!(view.get(&number)?, Some(&(u64::from(number) * 2)));
/// }
/// assert_eq!(view.values().sum::<u64>(), 9900);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct View<'a, K: ShmSafe, V: ShmSafe> {
    heap: &'a Heap,
    table: Option<TableOf<'a, K, V>>,
    map: PhantomData<&'a HashMap<K, V>>,
}

impl<'a, K: ShmSafe, V: ShmSafe> View<'a, K, V> {
    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.map_or(0, Table::len)
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn find<Q: ?Sized>(&self, key: &Q) -> Result<Option<Found<'a, K, V>>, HeapError>
    where
        K: Key<Q>,
    {
        let Some(table) = self.table else { return Ok(None) };
        Ok(HashMap::<K, V>::find_in_table(self.heap, table, key)?.map(|slot| (table, slot)))
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// As [`HashMap::len`], of a key that has its contents in the heap, such as a [`String`](crate::heap::String); none if the key
    /// owns nothing.
    #[inline]
    pub fn get<Q: ?Sized>(&self, key: &Q) -> Result<Option<&'a V>, HeapError>
    where
        K: Key<Q>,
    {
        let found = self.find(key)?;
        // SAFETY: `value_in` requires a borrowed map and a slot with an entry: invariant 1, and just found.
        Ok(found.map(|(table, slot)| unsafe { HashMap::<K, V>::value_in(table, slot) }))
    }

    /// The key as it was inserted, and its value.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    #[inline]
    pub fn get_key_value<Q: ?Sized>(&self, key: &Q) -> Result<Option<(&'a K, &'a V)>, HeapError>
    where
        K: Key<Q>,
    {
        let Some((table, slot)) = self.find(key)? else { return Ok(None) };
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1, and just found.
        let key = unsafe { HashMap::<K, V>::key_in(table, slot) };
        // SAFETY: as above.
        Ok(Some((key, unsafe { HashMap::<K, V>::value_in(table, slot) })))
    }

    /// Whether there is an entry with this key.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    #[inline]
    pub fn contains_key<Q: ?Sized>(&self, key: &Q) -> Result<bool, HeapError>
    where
        K: Key<Q>,
    {
        Ok(self.get(key)?.is_some())
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> View<'a, K, V> {
    /// The entries, in no order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, K, V> {
        // Of the map that is borrowed as long as the view.
        Iter::of(self.table)
    }

    /// The keys, in no order.
    #[must_use]
    pub fn keys(&self) -> Keys<'a, K, V> {
        Keys(self.iter())
    }

    /// The values, in no order.
    #[must_use]
    pub fn values(&self) -> Values<'a, K, V> {
        Values(self.iter())
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> IntoIterator for &View<'a, K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: ShmSafe, V: ShmSafe> Clone for View<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: ShmSafe, V: ShmSafe> Copy for View<'_, K, V> {}

impl<K: ShmSafe + fmt::Debug, V: ShmSafe + fmt::Debug> fmt::Debug for View<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

// SAFETY: `Send` requires that it may be used on another thread. It gives what `&HashMap` gives, which reads the block only.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Send for View<'_, K, V> {}
// SAFETY: `Sync` requires that several threads may use it at once: as above.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Sync for View<'_, K, V> {}

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// The map to read, compared with its heap once and not at each look-up.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn view<'a>(&'a self, heap: &'a Heap) -> Result<View<'a, K, V>, HeapError> {
        Ok(View { heap, table: self.table(heap)?, map: PhantomData })
    }
}
