//! The search in a table: where an entry is, where one may be put, and which slots have any. It is apart from the table because it reads
//! marks only; what they mean stands there.

use super::shape::Entries;
use super::table::{EMPTY, GONE, Table, mark_of};
use crate::fixed::map::group::{GROUP, alike_and_empty, prefetch, with_top_bit};
use crate::layout::TypeLayout;

/// So many slots, and more, have entries that seldom are in a cache.
const MANY: usize = 1 << 15;

/// A slot that a search has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// That of the entry.
    Found(usize),
    /// There is none; it may be put here, if there is room.
    Gap(usize),
    /// There is none, and no slot for it.
    Full,
}

/// The slot that a search begins at.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
const fn first(hash: u64, mask: usize) -> usize {
    hash as usize & mask
}

impl<'a, E: Entries> Table<'a, E> {
    /// Lets an entry come while the marks do, not after them: most lie in the first slot of their search, or near it.
    #[inline]
    fn prefetch(self, first: usize) {
        if self.slots >= MANY {
            prefetch(self.key(first));
        }
    }

    /// The slot of the entry with this hash that is the wanted one.
    #[inline]
    pub(super) fn get(self, hash: u64, mut is_wanted: impl FnMut(*const u8) -> bool) -> Option<usize> {
        let (wanted, mask) = (mark_of(hash), self.slots - 1);
        let (mut at, mut step) = (first(hash, mask), 0);
        self.prefetch(at);
        loop {
            let (mut alike, empty) = alike_and_empty(&self.group(at), wanted);
            while alike != 0 {
                let slot = (at + alike.trailing_zeros() as usize) & mask;
                if is_wanted(self.key(slot)) {
                    return Some(slot);
                }
                alike &= alike - 1;
            }
            step += GROUP;
            // There is an empty slot, but a search ends without one as well, when it has seen all.
            if empty != 0 || step >= self.slots {
                return None;
            }
            at = (at + step) & mask;
        }
    }

    /// The slot of the entry with this hash that is the wanted one, or one to put it.
    #[inline]
    pub(super) fn find(self, hash: u64, mut is_wanted: impl FnMut(*const u8) -> bool) -> Search {
        let (wanted, mask) = (mark_of(hash), self.slots - 1);
        let (mut at, mut step) = (first(hash, mask), 0);
        self.prefetch(at);
        let mut gap = None;
        loop {
            let group = self.group(at);
            let (mut alike, empty) = alike_and_empty(&group, wanted);
            while alike != 0 {
                let slot = (at + alike.trailing_zeros() as usize) & mask;
                if is_wanted(self.key(slot)) {
                    return Search::Found(slot);
                }
                alike &= alike - 1;
            }
            gap = gap.or_else(|| Self::first_gap(&group).map(|bit| (at + bit) & mask));
            step += GROUP;
            if empty != 0 || step >= self.slots {
                return gap.map_or(Search::Full, Search::Gap);
            }
            at = (at + step) & mask;
        }
    }

    /// The first slot of a group that has no entry.
    #[inline]
    fn first_gap(group: &[u8; GROUP]) -> Option<usize> {
        let gaps = !with_top_bit(group) & 0xffff;
        (gaps != 0).then(|| gaps.trailing_zeros() as usize)
    }

    /// The slot to put an entry with this hash, if there is one.
    #[inline]
    pub(super) fn gap(self, hash: u64) -> Option<usize> {
        let mask = self.slots - 1;
        let (mut at, mut step) = (first(hash, mask), 0);
        loop {
            if let Some(bit) = Self::first_gap(&self.group(at)) {
                return Some((at + bit) & mask);
            }
            step += GROUP;
            if step >= self.slots {
                return None;
            }
            at = (at + step) & mask;
        }
    }

    /// Whether an entry may be put into this gap.
    #[inline]
    pub(super) fn has_room_at(self, gap: usize) -> bool {
        self.len() < self.limit() || self.mark(gap) != EMPTY
    }

    /// The mark that a slot will have whose entry is removed: whether searches may have passed it.
    #[inline]
    pub(super) fn mark_of_gone(self, slot: usize) -> u8 {
        let before = slot.wrapping_sub(GROUP) & (self.slots - 1);
        let empty_before = u32::from(alike_and_empty(&self.group(before), EMPTY).1);
        let empty_after = u32::from(alike_and_empty(&self.group(slot), EMPTY).1);
        // Those directly before it that are not empty, and it with those directly behind it.
        let full_before = (empty_before << GROUP).leading_zeros();
        let full_after = empty_after.trailing_zeros();
        if full_before + full_after < 16 { EMPTY } else { GONE }
    }

    /// Calls `each` with the layout and the address of every key and every value.
    pub(in crate::heap) fn each_value<F>(
        self,
        mut each: impl FnMut(&'static TypeLayout, *mut u8) -> Result<(), F>,
    ) -> Result<(), F> {
        for slot in self.occupied() {
            each(self.shape().key, self.key(slot))?;
            each(self.shape().value, self.value(slot))?;
        }
        Ok(())
    }

    /// The slots with entries, in order.
    #[inline]
    pub(super) fn occupied(self) -> Occupied<'a, E> {
        Occupied { table: Some(self), next: 0, at: 0, bits: 0 }
    }
}

/// The slots of a table that have entries. Of one whose mark changes meanwhile it may be told as if it had not.
#[derive(Clone)]
pub(super) struct Occupied<'a, E> {
    pub(super) table: Option<Table<'a, E>>,
    /// The group that is looked at next.
    next: usize,
    /// The group of which `bits` are left.
    at: usize,
    bits: u32,
}

impl<E> Occupied<'_, E> {
    /// No slots.
    pub(super) const NONE: Self = Self { table: None, next: 0, at: 0, bits: 0 };
}

impl<E: Entries> Iterator for Occupied<'_, E> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let table = self.table?;
        while self.bits == 0 {
            if self.next >= table.slots {
                return None;
            }
            self.at = self.next;
            self.next += GROUP;
            self.bits = with_top_bit(&table.group(self.at));
            if table.slots < GROUP {
                // The marks repeat.
                self.bits &= (1 << table.slots) - 1;
            }
        }
        let slot = self.at + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        // Always, unless the number of slots was written over.
        (slot < table.slots).then_some(slot)
    }
}
