//! How entries are put into a map and taken out: in one step each, with all that they own.
//!
//! What owns nothing is copied, and a task of the table makes one step of it, so that the heap's lock is not needed. What owns
//! something changes hands in a transaction, which also says what is left to do in the table.
//!
//! # Safety
//!
//! 1. As of [`map`](super).
#![allow(unsafe_code, reason = "moves keys and values")]

use std::mem::MaybeUninit;

use super::look_up::unwrap_or_stop;
use super::search::Search;
use super::table::{COUNTING, LEN, TASK, mark_of};
use super::{HashMap, IntoKey, TableOf, task};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::{IntoHeap, put_or_trim};

/// How many words of a transaction are enough for a block, and what says that it is there.
const ENOUGH: usize = 48;

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// Inserts an entry, or replaces the value of the key; returns the old value. As in std, the key stays the old one then. What makes
    /// a key or a value in the heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
    ///
    /// What the old value owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the map would have to grow and cannot, or what is to be made has no room, and as
    /// [`len`](Self::len); with key and value. The map has the entries that it had.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::HashMap};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashMap<u32, u64>>>(64 << 10)?;
    /// let mut map = heap.root().lock().expect("nobody has died");
    /// assert_eq!(map.insert(&heap, 1, 10)?, None);
    /// assert_eq!(map.insert(&heap, 1, 20)?, Some(10));
    /// assert_eq!(map.get(&heap, &1)?, Some(&20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn insert<Q: IntoKey<K>, W: IntoHeap<V>>(
        &mut self,
        heap: &Heap,
        key: Q,
        value: W,
    ) -> Result<Option<V>, InsertError<(Q, W)>> {
        if Q::IS_PLAIN
            && W::IS_PLAIN
            && let Some(table) = self.bound_table(heap)
        {
            match Self::find_in(heap, table, &key) {
                Ok((hash, Search::Gap(gap))) if table.has_room_at(gap) => {
                    Self::put_plain(table, gap, hash, key, value);
                    return Ok(None);
                }
                Ok((_, Search::Found(slot))) => return Ok(Some(Self::replace_plain(table, slot, value))),
                // If it must grow, or cannot compare.
                _ => {}
            }
        }
        self.insert_slow(heap, key, value)
    }

    #[inline(never)]
    fn insert_slow<Q: IntoKey<K>, W: IntoHeap<V>>(
        &self,
        heap: &Heap,
        key: Q,
        value: W,
    ) -> Result<Option<V>, InsertError<(Q, W)>> {
        let (table, hash, search) = match self.find_or_gap(heap, &key) {
            Ok(found) => found,
            Err(error) => return Err(InsertError::new((key, value), error)),
        };
        match search {
            Err(gap) => Self::put(heap, table, gap, hash, key, value).map(|()| None),
            Ok(slot) => match Self::replace(heap, table, slot, value) {
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

    /// The table, the hash, and the slot of the entry with this key, or else a gap where there is room for it.
    #[inline]
    #[expect(clippy::type_complexity, reason = "in registers, not in a struct")]
    pub(super) fn find_or_gap<'a, Q: IntoKey<K>>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<(TableOf<'a, K, V>, u64, Result<usize, usize>), HeapError> {
        let table = match self.table(heap)? {
            Some(table) => table,
            None => self.grow::<Q>(heap, None, 1)?,
        };
        let (hash, search) = Self::find_in(heap, table, key)?;
        match search {
            Search::Found(slot) => Ok((table, hash, Ok(slot))),
            Search::Gap(gap) if table.has_room_at(gap) => Ok((table, hash, Err(gap))),
            Search::Gap(_) | Search::Full => {
                // Taken apart, so that what is found in the fast way stays in registers.
                let (table, gap) = self.find_gap_slow::<Q>(heap, table, hash)?;
                Ok((table, hash, Err(gap)))
            }
        }
    }

    /// The hash of a key, and what a search for it has led to.
    #[inline]
    fn find_in<Q: IntoKey<K>>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        key: &Q,
    ) -> Result<(u64, Search), HeapError> {
        let hash = key.hash_as_key(heap, table.seed())?;
        let mut compared = Ok(());
        let search = table.find(hash, |found| {
            // SAFETY: a reference requires an aligned, valid key that nobody writes: that of an entry (invariant 1).
            unwrap_or_stop(key.equals(heap, unsafe { &*found.cast::<K>() }), &mut compared)
        });
        compared?;
        Ok((hash, search))
    }

    #[cold]
    fn find_gap_slow<'a, Q: IntoKey<K>>(
        &'a self,
        heap: &'a Heap,
        table: TableOf<'a, K, V>,
        hash: u64,
    ) -> Result<(TableOf<'a, K, V>, usize), HeapError> {
        let table = self.grow::<Q>(heap, Some(table), 1)?;
        let gap = table
            .gap(hash)
            .ok_or(HeapError::Corrupt { what: "a map has no empty slot", number: table.slots as u64 })?;
        Ok((table, gap))
    }

    /// Makes an entry in a gap that there is room in.
    #[inline]
    pub(super) fn put<Q: IntoKey<K>, W: IntoHeap<V>>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        gap: usize,
        hash: u64,
        key: Q,
        value: W,
    ) -> Result<(), InsertError<(Q, W)>> {
        if Q::IS_PLAIN && W::IS_PLAIN {
            Self::put_plain(table, gap, hash, key, value);
            return Ok(());
        }
        Self::put_owning(heap, table, gap, hash, key, value)
    }

    #[inline]
    fn put_plain<Q: IntoKey<K>, W: IntoHeap<V>>(
        table: TableOf<'_, K, V>,
        gap: usize,
        hash: u64,
        key: Q,
        value: W,
    ) {
        // SAFETY: `put_plain` requires an aligned place that nobody else uses: that of a value in a slot without an entry.
        unsafe { value.put_plain(table.value(gap).cast()) };
        // SAFETY: as above, of a key.
        unsafe { key.put_plain(table.key(gap).cast()) };
        table.add(gap, hash);
    }

    fn put_owning<Q: IntoKey<K>, W: IntoHeap<V>>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        gap: usize,
        hash: u64,
        key: Q,
        value: W,
    ) -> Result<(), InsertError<(Q, W)>> {
        let mut access = match Access::new(heap) {
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
        let put = |access: &mut Access<'_>| {
            // SAFETY: `put` requires an aligned place in the heap that nobody else uses: that of a value in a slot without an
            // entry.
            unsafe { value.put(access, table.value(gap).cast()) }?;
            if access.room() < ENOUGH {
                // It has given many blocks, and allocated none.
                access.commit();
            }
            // SAFETY: as above, of a key.
            unsafe { key.put(access, table.key(gap).cast()) }
        };
        if let Err(error) = put_or_trim(&mut access, put) {
            return Err(InsertError::new((key, value), error));
        }
        // The slot has no entry yet, so its hash means nothing.
        table.set_hash(gap, hash);
        let (before, len) = (table.mark(gap), table.len());
        let (word, marks) = table.word_with_mark(gap, mark_of(hash));
        access.write(table.block, word, marks);
        access.write(table.block, LEN, len as u64 | COUNTING);
        access.commit();
        drop(access);
        table.end_add(gap, hash, before, len);
        Ok(())
    }

    /// Replaces the value of an entry, and returns the old one.
    #[inline]
    pub(super) fn replace<W: IntoHeap<V>>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        slot: usize,
        value: W,
    ) -> Result<V, InsertError<W>> {
        if W::IS_PLAIN {
            return Ok(Self::replace_plain(table, slot, value));
        }
        Self::replace_owning(heap, table, slot, value)
    }

    #[inline]
    fn replace_plain<W: IntoHeap<V>>(table: TableOf<'_, K, V>, slot: usize, value: W) -> V {
        // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is replaced.
        let old = unsafe { table.value(slot).cast::<V>().read() };
        if table.shape().value_is_word {
            let mut new = MaybeUninit::<V>::uninit();
            // SAFETY: `put_plain` requires an aligned place that nobody else uses: a variable.
            unsafe { value.put_plain(new.as_mut_ptr()) };
            // SAFETY: `store_word` requires an aligned value to read: just written.
            unsafe { table.store_word(slot, new.as_ptr().cast()) };
            return old;
        }
        // SAFETY: as above: where values wait.
        unsafe { value.put_plain(table.waiting_value().cast()) };
        table.replace(slot);
        old
    }

    fn replace_owning<W: IntoHeap<V>>(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        slot: usize,
        value: W,
    ) -> Result<V, InsertError<W>> {
        let mut access = match Access::new(heap) {
            Ok(access) => access,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let value = match value.bind(&mut access) {
            Ok(value) => value,
            Err((value, error)) => return Err(InsertError::new(value, error)),
        };
        let old = table.value(slot);
        // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
        if let Err(error) = unsafe { access.bind_all(V::LAYOUT, old) } {
            return Err(InsertError::new(value, error));
        }
        // SAFETY: `put` requires an aligned place in the heap that nobody else uses: where values wait.
        let put = |access: &mut Access<'_>| unsafe { value.put(access, table.waiting_value().cast()) };
        if let Err(error) = put_or_trim(&mut access, put) {
            return Err(InsertError::new(value, error));
        }
        // SAFETY: `take` requires what `bind_all` does.
        unsafe { access.take(V::LAYOUT, old) };
        // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is replaced.
        let old = unsafe { old.cast::<V>().read() };
        access.write(table.block, TASK, task::with(task::REPLACE, slot));
        access.commit();
        drop(access);
        table.end_replace(slot);
        Ok(old)
    }

    /// Removes an entry, and returns its value; what its key owns is freed.
    #[inline]
    pub(super) fn take_value(heap: &Heap, table: TableOf<'_, K, V>, slot: usize) -> Result<V, HeapError> {
        if !Self::KEY_OWNS {
            return Self::take_entry(heap, table, slot).map(|(_, value)| value);
        }
        let mut access = Access::new(heap)?;
        let place = table.value(slot);
        // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
        unsafe { access.bind_all(V::LAYOUT, place) }?;
        // SAFETY: `take` requires the same.
        unsafe { access.take(V::LAYOUT, place) };
        // SAFETY: `read` requires an aligned, valid value: that of an entry (invariant 1). It is taken.
        let value = unsafe { place.cast::<V>().read() };
        access.write(table.block, TASK, task::with(task::REMOVE, slot));
        access.commit();
        table.remove_with_key(&mut access, slot);
        Ok(value)
    }

    /// Removes an entry, and returns it.
    #[inline]
    pub(super) fn take_entry(
        heap: &Heap,
        table: TableOf<'_, K, V>,
        slot: usize,
    ) -> Result<(K, V), HeapError> {
        let (key_at, value_at) = (table.key(slot), table.value(slot));
        // SAFETY: `read` requires an aligned, valid key: that of an entry (invariant 1). It is moved: the entry goes.
        let read_key = || unsafe { key_at.cast::<K>().read() };
        // SAFETY: as above, of a value.
        let read_value = || unsafe { value_at.cast::<V>().read() };
        if !Self::KEY_OWNS && !Self::VALUE_OWNS {
            let entry = (read_key(), read_value());
            table.remove(slot);
            return Ok(entry);
        }
        let mut access = Access::new(heap)?;
        // SAFETY: `bind_all` requires a value that the caller has alone: that of an entry of a map that is borrowed exclusively.
        unsafe { access.bind_all(K::LAYOUT, key_at) }?;
        // SAFETY: as above.
        unsafe { access.bind_all(V::LAYOUT, value_at) }?;
        // SAFETY: `take` requires the same.
        unsafe { access.take(K::LAYOUT, key_at) };
        // SAFETY: as above.
        unsafe { access.take(V::LAYOUT, value_at) };
        let entry = (read_key(), read_value());
        let (gone, len) = (table.mark_of_gone(slot), table.len());
        let (word, marks) = table.word_with_mark(slot, gone);
        access.write(table.block, word, marks);
        access.write(table.block, LEN, len as u64 | COUNTING);
        access.commit();
        drop(access);
        table.end_remove(slot, gone, len);
        Ok(entry)
    }

    /// Removes an entry, and frees what it owns.
    pub(super) fn erase(heap: &Heap, table: TableOf<'_, K, V>, slot: usize) -> Result<(), HeapError> {
        if Self::KEY_OWNS || Self::VALUE_OWNS {
            return table.erase(&mut Access::new(heap)?, slot);
        }
        table.remove(slot);
        Ok(())
    }
}
