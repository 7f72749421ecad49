//! Where a map gets another block from: it grows, or shrinks, or gets rid of what entries that are gone have left.
//!
//! It is apart from the other changes because of the order of things: what keys have to be asked is asked before the heap's lock is taken,
//! under which no code of the user's runs.
//!
//! # Safety
//!
//! 1. As of [`map`](super).
#![allow(unsafe_code, reason = "reaches keys")]

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;

use super::shape::{Entries, Of};
use super::table::{LEN, Table, capacity_of, slots_for};
use super::{HashMap, IntoKey, TableOf};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::error::HeapError;

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// Makes room for so many entries more.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`], and as [`len`](Self::len).
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError>
    where
        K: IntoKey<K>,
    {
        match self.table(heap)? {
            Some(table) if additional <= table.limit().saturating_sub(table.len()) => Ok(()),
            None if additional == 0 => Ok(()),
            table => self.grow::<K>(heap, table, additional).map(|_| ()),
        }
    }

    /// Gives memory back that is not needed for the entries there are.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve): a smaller block is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError>
    where
        K: IntoKey<K>,
    {
        let Some(table) = self.table(heap)? else { return Ok(()) };
        if table.len() == 0 {
            return self.free(heap);
        }
        match slots_for(table.len()) {
            Some(slots) if slots < table.slots => {
                self.replace_block::<K>(heap, Some(table), slots).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// The table with room for so many entries more.
    #[cold]
    pub(super) fn grow<'a, Q: IntoKey<K>>(
        &'a self,
        heap: &'a Heap,
        old: Option<TableOf<'a, K, V>>,
        additional: usize,
    ) -> Result<TableOf<'a, K, V>, HeapError> {
        let too_much = || heap.out_of_memory(usize::MAX);
        let (len, slots) = old.map_or((0, 0), |old| (old.len(), old.slots));
        let capacity = if slots == 0 { 0 } else { capacity_of(slots) };
        let needed = len.checked_add(additional).ok_or_else(too_much)?;
        if needed <= capacity / 2 {
            // Most slots were used by entries that are gone.
            return self.replace_block::<Q>(heap, old, slots);
        }
        let wanted = slots_for(needed.max(capacity + 1)).ok_or_else(too_much)?;
        match self.replace_block::<Q>(heap, old, wanted) {
            Err(HeapError::OutOfMemory { .. }) if needed <= capacity => {
                self.replace_block::<Q>(heap, old, slots)
            }
            result => result,
        }
    }

    /// Gives the map a block with so many slots.
    fn replace_block<'a, Q: IntoKey<K>>(
        &'a self,
        heap: &'a Heap,
        old: Option<TableOf<'a, K, V>>,
        slots: usize,
    ) -> Result<TableOf<'a, K, V>, HeapError> {
        let shape = Of::<K, V>::NEW.shape();
        let size = if shape.can_be(slots, heap.capacity()) { shape.bytes(slots) } else { usize::MAX };
        let hashes = old.map_or(Ok(Vec::new()), |old| Self::hashes_of::<Q>(heap, old))?;
        let mut access = Access::new(heap)?;
        let new = access.allocate(size, shape.align, Self::KIND, self.owned.address())?;
        // Free memory means nothing, so it is written before the commit.
        let seed = old.map_or_else(draw_seed, Table::seed);
        let table = Table::format(new.block, Of::NEW, slots, seed);
        if let Some(old) = old {
            fill(table, old, &hashes)?;
            access.free_block(old.block)?;
        }
        access.set(&self.owned, new.words);
        access.commit();
        Ok(table)
    }

    /// The hashes of all entries that the table does not keep itself.
    fn hashes_of<Q: IntoKey<K>>(heap: &Heap, table: TableOf<'_, K, V>) -> Result<Vec<u64>, HeapError> {
        let mut hashes = Vec::new();
        if table.shape().hash_size > 0 {
            return Ok(hashes);
        }
        let len = table.len().min(table.slots);
        hashes.try_reserve_exact(len).map_err(|_| heap.out_of_memory(len * size_of::<u64>()))?;
        for slot in table.occupied() {
            // SAFETY: `key_in` requires a borrowed map and a slot with an entry: the callers have it exclusively.
            let key = unsafe { Self::key_in(table, slot) };
            hashes.push(Q::hash_of(heap, table.seed(), key)?);
        }
        Ok(hashes)
    }
}

/// A seed that no other map has, nor anybody guesses.
fn draw_seed() -> u64 {
    RandomState::new().hash_one(0_u64)
}

/// Puts copies of all entries into an empty table, of which only one will be the map's. Hashes that are not kept are given, in order.
fn fill<E: Entries>(table: Table<'_, E>, old: Table<'_, E>, hashes: &[u64]) -> Result<(), HeapError> {
    let len = old.len();
    if len > table.limit() {
        return Err(HeapError::Corrupt { what: "a map has more entries than room", number: len as u64 });
    }
    let mut hashes = hashes.iter();
    for slot in old.occupied() {
        let hash = old.hash(slot).or_else(|| hashes.next().copied());
        let Some((hash, empty)) = hash.and_then(|hash| Some((hash, table.gap(hash)?))) else {
            return Err(HeapError::Corrupt {
                what: "a map has fewer entries than marks",
                number: len as u64,
            });
        };
        old.copy_to(slot, table, empty, hash);
    }
    table.block.word(LEN).store(len as u64, Ordering::Relaxed);
    Ok(())
}
