//! Look-ups in a map: with its heap, each finds the map's table first.
//!
//! # Safety
//!
//! 1. As of [`map`](super).
#![allow(unsafe_code, reason = "reaches keys and values")]

use super::{Found, HashMap, Key, TableOf};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::HeapError;

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// The table, and the slot of the entry with this key.
    #[inline]
    pub(super) fn find<'a, Q: ?Sized>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<Found<'a, K, V>>, HeapError>
    where
        K: Key<Q>,
    {
        // Each way by itself, so that what is found in the fast one stays in registers.
        match self.bound_table(heap) {
            Some(table) => Ok(Self::find_in_table(heap, table, key)?.map(|slot| (table, slot))),
            None => self.find_slow(heap, key),
        }
    }

    #[cold]
    fn find_slow<'a, Q: ?Sized>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<Found<'a, K, V>>, HeapError>
    where
        K: Key<Q>,
    {
        let Some(table) = self.table(heap)? else { return Ok(None) };
        Ok(Self::find_in_table(heap, table, key)?.map(|slot| (table, slot)))
    }

    /// The slot of the entry with this key.
    #[inline]
    pub(super) fn find_in_table<Q: ?Sized>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        key: &Q,
    ) -> Result<Option<usize>, HeapError>
    where
        K: Key<Q>,
    {
        let hash = K::hash(heap, table.seed(), key)?;
        let mut compared = Ok(());
        let slot = table.get(hash, |found| {
            // SAFETY: a reference requires an aligned, valid key that nobody writes: that of an entry (invariants 1 and 2).
            unwrap_or_stop(unsafe { &*found.cast::<K>() }.is(heap, key), &mut compared)
        });
        compared.map(|()| slot)
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::inline_always, reason = "what is returned stays in registers")]
    #[inline(always)]
    pub fn get<'a, Q: ?Sized>(&'a self, heap: &'a Heap, key: &Q) -> Result<Option<&'a V>, HeapError>
    where
        K: Key<Q>,
    {
        // Not by `find`, so that little is compiled into who calls this.
        let Some(table) = self.bound_table(heap) else {
            // Taken apart, so that what is found in the fast way stays in registers.
            return match self.get_slow(heap, key) {
                Ok(value) => Ok(value),
                Err(error) => Err(error),
            };
        };
        let slot = Self::find_in_table(heap, table, key)?;
        // SAFETY: `value_in` requires a borrowed map and a slot with an entry: just found.
        Ok(slot.map(|slot| unsafe { Self::value_in(table, slot) }))
    }

    #[cold]
    fn get_slow<'a, Q: ?Sized>(&'a self, heap: &'a Heap, key: &Q) -> Result<Option<&'a V>, HeapError>
    where
        K: Key<Q>,
    {
        let found = self.find_slow(heap, key)?;
        // SAFETY: as in `get`.
        Ok(found.map(|(table, slot)| unsafe { Self::value_in(table, slot) }))
    }

    /// The value of a key, to be changed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get_mut<'a, Q: ?Sized>(
        &'a mut self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<&'a mut V>, HeapError>
    where
        K: Key<Q>,
    {
        let found = self.find(heap, key)?;
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: just found.
        Ok(found.map(|(table, slot)| unsafe { Self::value_in_mut(table, slot) }))
    }

    /// The key as it was inserted, and its value.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get_key_value<'a, Q: ?Sized>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<(&'a K, &'a V)>, HeapError>
    where
        K: Key<Q>,
    {
        let Some((table, slot)) = self.find(heap, key)? else { return Ok(None) };
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: just found.
        let key = unsafe { Self::key_in(table, slot) };
        // SAFETY: as above.
        Ok(Some((key, unsafe { Self::value_in(table, slot) })))
    }

    /// Whether there is an entry with this key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn contains_key<Q: ?Sized>(&self, heap: &Heap, key: &Q) -> Result<bool, HeapError>
    where
        K: Key<Q>,
    {
        Ok(self.get(heap, key)?.is_some())
    }
}

/// Whether a comparison says yes, for a search that cannot fail. An error ends it as well.
#[inline]
pub(super) fn unwrap_or_stop(
    compared: Result<bool, HeapError>,
    first_error: &mut Result<(), HeapError>,
) -> bool {
    compared.unwrap_or_else(|error| {
        *first_error = Err(error);
        true
    })
}
