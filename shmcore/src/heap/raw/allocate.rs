//! Blocks: allocated, found again and freed, small and large ones.

use super::arena::{Arena, head};
use super::classes::{Class, PAGE};
use super::error::{Corrupt, Failed, corrupt};
use super::runs::{Kind, Run};
use super::transaction::{Transaction, store};

/// The greatest alignment of a block in bytes: that of the smallest page of a machine.
const MOST_ALIGN: usize = 4096;

/// A block of a transaction that is not committed yet: memory that nobody else uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct New {
    /// From the region's start, in bytes.
    pub(crate) offset: usize,
    /// Bytes, at least as many as were asked for.
    pub(crate) size: usize,
}

/// A block that is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes.
    pub(crate) size: usize,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Slot { page: u32, class: &'static Class, slot: u32 },
    Run { page: u32, pages: u32 },
}

impl Transaction<'_> {
    /// Allocates a block.
    #[inline]
    pub(super) fn allocate(&mut self, size: usize, align: usize) -> Result<New, Failed> {
        debug_assert!(align.is_power_of_two() && align <= MOST_ALIGN);
        let new = match self.arena.classes().class(size, align) {
            Some(class) => self.allocate_small(class),
            None => self.allocate_large(size, align),
        }?;
        self.change_used(|used| used.checked_add(new.size as u64))?;
        Ok(new)
    }

    fn allocate_small(&mut self, class: &Class) -> Result<New, Failed> {
        match self.take_slot(class) {
            Ok(offset) => Ok(New { offset, size: class.size() }),
            // There may be room for one, if not for a chunk.
            Err(Failed::OutOfMemory) => self.allocate_large(class.size(), PAGE),
            Err(failed) => Err(failed),
        }
    }

    fn allocate_large(&mut self, size: usize, align: usize) -> Result<New, Failed> {
        let pages = size.div_ceil(PAGE).max(1);
        let pages = u32::try_from(pages).ok().filter(|&pages| pages <= self.arena.pages());
        let pages = pages.ok_or(Failed::OutOfMemory)?;
        let page = self.take_run(pages, align.max(PAGE))?;
        self.set_run(page, Run { kind: Kind::Large, pages });
        Ok(New { offset: self.arena.page_at(page), size: pages as usize * PAGE })
    }

    /// The block that begins at an offset, whatever stands there: by the heap's own tables.
    #[inline]
    pub(super) fn block(&self, offset: usize) -> Result<Option<Found>, Corrupt> {
        if let Some((page, class, slot)) = self.taken_slot(offset)? {
            return Ok(Some(Found { size: class.size(), place: Place::Slot { page, class, slot } }));
        }
        self.large_block(offset)
    }

    fn large_block(&self, offset: usize) -> Result<Option<Found>, Corrupt> {
        let Some(page) = self.arena.page_of(offset).filter(|&page| self.arena.page_at(page) == offset) else {
            return Ok(None);
        };
        if !self.is_first(page) {
            return Ok(None);
        }
        let Run { kind: Kind::Large, pages } = self.run(page)? else { return Ok(None) };
        Ok(Some(Found { size: pages as usize * PAGE, place: Place::Run { page, pages } }))
    }

    /// Frees a block, of the same transaction's state.
    #[inline]
    pub(super) fn free(&mut self, block: Found) -> Result<(), Corrupt> {
        match block.place {
            Place::Slot { page, class, slot } => self.give_slot(page, class, slot)?,
            Place::Run { page, pages } => self.give_run(page, pages)?,
        }
        self.change_used(|used| used.checked_sub(block.size as u64))
    }

    /// Lets a large block have at least so many bytes, where it lies. `None` if what follows it is not free.
    pub(super) fn extend(&mut self, block: Found, size: usize) -> Result<Option<usize>, Corrupt> {
        let Place::Run { page, pages } = block.place else { return Ok(None) };
        let Ok(wanted) = u32::try_from(size.div_ceil(PAGE)) else { return Ok(None) };
        let next = page + pages;
        if wanted <= pages || next >= self.arena.pages() || !self.is_first(next) {
            return Ok(None);
        }
        let Run { kind: Kind::Free, pages: free } = self.run(next)? else { return Ok(None) };
        let more = wanted - pages;
        if more > free {
            return Ok(None);
        }
        self.extend_run(page, pages, more, free)?;
        let added = more as usize * PAGE;
        self.change_used(|used| used.checked_add(added as u64))?;
        Ok(Some(wanted as usize * PAGE))
    }

    #[inline]
    fn change_used(&mut self, change: impl FnOnce(u64) -> Option<u64>) -> Result<(), Corrupt> {
        let at = self.arena.head(head::USED);
        let used = self.read(at);
        match change(used) {
            Some(used) => self.append(at, used),
            None => return corrupt("the number of used bytes is not that of the blocks", used),
        }
        Ok(())
    }

    /// Gives back the chunks that are kept although nothing is in them, one transaction each.
    pub(super) fn give_spare_chunks(&mut self) -> Result<(), Corrupt> {
        for class in self.classes() {
            if self.give_spare_chunk(class)? {
                self.commit();
            }
        }
        Ok(())
    }
}

/// A number that no block of the heap had before. It is used up at once: a gap does not matter.
#[inline]
pub(super) fn next_nonce(arena: &Arena) -> u64 {
    let nonce = arena.head(head::NONCE);
    let next = nonce.load(std::sync::atomic::Ordering::Relaxed).wrapping_add(1);
    store(nonce, next);
    next
}
