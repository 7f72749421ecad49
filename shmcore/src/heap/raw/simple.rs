//! The usual case of allocating and of freeing: a slot of a chunk is taken or given, and no list changes with it. Apart from the
//! general way, with which it agrees, because it looks at everything before it writes anything, so that it knows all
//! changes at once; what is unusual in any way it leaves to the general way.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::{Arena, entry, head};
use super::lock::Locked;

/// A slot that can be taken, or that can be given: what changes with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    /// From the region's start, in bytes.
    pub(crate) offset: usize,
    /// Bytes.
    pub(crate) size: usize,
    /// The free slots of the chunk.
    free: (&'a AtomicU64, u64),
    /// The used bytes of the heap.
    used: (&'a AtomicU64, u64),
}

#[inline]
fn load(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

impl<'a> Locked<'a> {
    /// A slot for a block of this size and alignment, for [`take`](Self::take). For who has written nothing yet.
    #[inline]
    pub(crate) fn slot_to_take(&self, size: usize, align: usize) -> Option<Slot<'a>> {
        let arena = self.arena();
        let class = arena.classes().class(size, align)?;
        let page = load(arena.head(head::CLASSES + class.index())).wrapping_sub(1);
        let at = &arena.entry_at(page)?[entry::FREE];
        let free = load(at);
        let slot = free.trailing_zeros();
        if slot >= class.slots() {
            return None;
        }
        let used = arena.head(head::USED);
        #[expect(clippy::cast_possible_truncation, reason = "a page that the heap has")]
        let offset = arena.page_at(page as u32) + slot as usize * class.size();
        Some(Slot {
            offset,
            size: class.size(),
            free: (at, free & (free - 1)),
            used: (used, load(used).wrapping_add(class.size() as u64)),
        })
    }

    /// The slot of the block that begins at an offset, for [`give`](Self::give). For who has written nothing yet.
    #[inline]
    pub(crate) fn slot_to_give(&self, offset: u64) -> Option<Slot<'a>> {
        let arena = self.arena();
        let offset = usize::try_from(offset).ok()?;
        let page = arena.page_of(offset)?;
        let first = Arena::near_first(page, arena.firsts_before(page).map(load))?;
        let entry = arena.entry_at(first.into())?;
        let class = arena.classes().of_run(load(&entry[entry::RUN]))?;
        let slot = class.slot_at(offset - arena.page_at(first))?;
        let (at, bit) = (&entry[entry::FREE], 1 << slot);
        let before = load(at);
        let free = before | bit;
        if before == free || free == class.all_slots() {
            return None;
        }
        // A full chunk is in its list already if it is the first one.
        if before == 0 && load(arena.head(head::CLASSES + class.index())) != u64::from(first) + 1 {
            return None;
        }
        let used = arena.head(head::USED);
        let rest = load(used).wrapping_sub(class.size() as u64);
        Some(Slot { offset, size: class.size(), free: (at, free), used: (used, rest) })
    }

    /// Takes a slot, together with the words of the container that it is for.
    #[inline]
    pub(crate) fn take(&mut self, slot: &Slot<'_>, [block, nonce, stamp]: [(&AtomicU64, u64); 3]) {
        self.commit_these([slot.free, slot.used, block, nonce, stamp]);
    }

    /// Gives a slot, together with the word of the container that it was of.
    #[inline]
    pub(crate) fn give(&mut self, slot: &Slot<'_>, block: (&AtomicU64, u64)) {
        self.commit_these([slot.free, slot.used, block]);
    }
}
