//! Where a map gets another block from: it grows, or shrinks, or gets rid of what entries that are gone have left. Apart from the other
//! changes because here no key is asked anything.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;

use super::table::{GROWTH, LEN, capacity_of, mark_of, slots_for};
use super::{HashMap, Table};
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
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        match self.table(heap)? {
            Some(table) if additional <= table.growth() => Ok(()),
            None if additional == 0 => Ok(()),
            table => self.grow(heap, table, additional).map(|_| ()),
        }
    }

    /// Gives memory back that is not needed for the entries there are.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve): a smaller block is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError> {
        let Some(table) = self.table(heap)? else { return Ok(()) };
        if table.len() == 0 {
            return self.free(heap);
        }
        match slots_for(table.len()) {
            Some(slots) if slots < table.slots => self.replace_block(heap, Some(table), slots).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// The table with room for so many entries more.
    #[cold]
    pub(super) fn grow<'a>(
        &'a self,
        heap: &'a Heap,
        old: Option<Table<'a>>,
        additional: usize,
    ) -> Result<Table<'a>, HeapError> {
        let too_much = || heap.out_of_memory(usize::MAX);
        let (len, slots) = old.map_or((0, 0), |old| (old.len(), old.slots));
        let capacity = if slots == 0 { 0 } else { capacity_of(slots) };
        let needed = len.checked_add(additional).ok_or_else(too_much)?;
        if needed <= capacity / 2 {
            // Most slots were used by entries that are gone.
            return self.replace_block(heap, old, slots);
        }
        let wanted = slots_for(needed.max(capacity + 1)).ok_or_else(too_much)?;
        match self.replace_block(heap, old, wanted) {
            Err(HeapError::OutOfMemory { .. }) if needed <= capacity => self.replace_block(heap, old, slots),
            result => result,
        }
    }

    /// Gives the map a block with so many slots.
    fn replace_block<'a>(
        &'a self,
        heap: &'a Heap,
        old: Option<Table<'a>>,
        slots: usize,
    ) -> Result<Table<'a>, HeapError> {
        let Some(size) = Self::SHAPE.bytes(slots) else { return Err(heap.out_of_memory(usize::MAX)) };
        let mut access = Access::new(heap)?;
        let new = access.allocate(size, Self::SHAPE.align, Self::KIND, self.owned.address())?;
        // Free memory means nothing, so it is written before the commit.
        let seed = old.map_or_else(draw_seed, Table::seed);
        let table = Table::format(new.block, Self::SHAPE, slots, seed);
        if let Some(old) = old {
            fill(table, old)?;
            access.free_block(old.block)?;
        }
        access.set(&self.owned, new.words);
        access.commit();
        Ok(table)
    }
}

/// A seed that no other map has, nor anybody guesses.
fn draw_seed() -> u64 {
    RandomState::new().hash_one(0_u64)
}

/// Puts copies of all entries into an empty table, of which only one will be the map's.
fn fill(table: Table<'_>, old: Table<'_>) -> Result<(), HeapError> {
    let (len, growth) = (old.len(), table.growth());
    if len > growth {
        return Err(HeapError::Corrupt { what: "a map has more entries than room", number: len as u64 });
    }
    for slot in old.occupied() {
        let hash = old.hash(slot);
        let Some(gap) = table.gap(hash) else {
            return Err(HeapError::Corrupt {
                what: "a map has fewer entries than marks",
                number: len as u64,
            });
        };
        old.copy_to(slot, table, gap);
        table.set_mark(gap, mark_of(hash));
    }
    table.block.word(LEN).store(len as u64, Ordering::Relaxed);
    table.block.word(GROWTH).store((growth - len) as u64, Ordering::Relaxed);
    Ok(())
}
