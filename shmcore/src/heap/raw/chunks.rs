//! Chunks: runs of equal slots for small blocks.
//!
//! A chunk's entry has a bit for each free slot. Chunks with free slots are in the list of their class. Of those whose slots are all
//! free, one in each class is kept, because it would soon be made again.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::{entry, head};
use super::classes::{Class, PAGE};
use super::error::{Corrupt, Failed, corrupt};
use super::runs::{Kind, Run};
use super::transaction::Transaction;

impl Transaction<'_> {
    /// Takes a slot; returns its offset.
    #[inline]
    pub(super) fn take_slot(&mut self, class: Class) -> Result<usize, Failed> {
        let first = self.read(self.arena.head(head::CLASSES + class.index()));
        let page = match first.checked_sub(1) {
            Some(page) => self.page(page)?,
            None => self.make_chunk(class)?,
        };
        let at = &self.arena.entry(page)[entry::FREE];
        let free = self.read(at) & class.all_slots();
        if free == 0 {
            return Err(Corrupt { what: "a chunk in a list has no free slot", number: page.into() }.into());
        }
        let rest = free & (free - 1);
        self.write(at, rest);
        if rest == 0 {
            self.unlink(head::CLASSES + class.index(), page)?;
        } else if free == class.all_slots() {
            self.is_spare_no_more(page, class);
        }
        Ok(self.arena.page_at(page) + free.trailing_zeros() as usize * class.size())
    }

    /// The same if nothing else changes with it, and nothing was written before: the usual case.
    #[inline]
    pub(super) fn take_slot_simply(&mut self, class: Class) -> Option<usize> {
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let page = load(self.arena.head(head::CLASSES + class.index())).checked_sub(1)?;
        let page = self.page(page).ok()?;
        let at = &self.arena.entry(page)[entry::FREE];
        let free = load(at) & class.all_slots();
        let rest = free & free.wrapping_sub(1);
        if !self.is_empty() || rest == 0 || free == class.all_slots() {
            return None;
        }
        self.append(at, rest);
        Some(self.arena.page_at(page) + free.trailing_zeros() as usize * class.size())
    }

    #[cold]
    fn make_chunk(&mut self, class: Class) -> Result<u32, Failed> {
        let pages = class.pages();
        let page = self.take_run(pages, PAGE)?;
        let kind = Kind::Chunk { class: class.number() };
        self.set_run(page, Run { kind, pages });
        self.write(&self.arena.entry(page)[entry::FREE], class.all_slots());
        self.push_link(head::CLASSES + class.index(), page)?;
        Ok(page)
    }

    /// Gives a slot back, which was taken.
    #[inline]
    pub(super) fn give_slot(&mut self, page: u32, class: Class, slot: u32) -> Result<(), Corrupt> {
        let at = &self.arena.entry(page)[entry::FREE];
        let before = self.read(at) & class.all_slots();
        let free = before | 1 << slot;
        self.append(at, free);
        if before == 0 {
            self.push_link(head::CLASSES + class.index(), page)?;
        } else if free == class.all_slots() {
            self.keep_or_give_chunk(page, class)?;
        }
        Ok(())
    }

    fn is_spare_no_more(&mut self, page: u32, class: Class) {
        let spare = self.arena.head(head::SPARES + class.index());
        if self.read(spare) == u64::from(page) + 1 {
            self.write(spare, 0);
        }
    }

    fn keep_or_give_chunk(&mut self, page: u32, class: Class) -> Result<(), Corrupt> {
        let spare = self.arena.head(head::SPARES + class.index());
        if self.read(spare) == 0 {
            self.write(spare, u64::from(page) + 1);
            return Ok(());
        }
        self.unlink(head::CLASSES + class.index(), page)?;
        self.give_run(page, class.pages())
    }

    /// Gives the chunk of a class back that is kept although all its slots are free; whether there was one.
    pub(super) fn give_spare_chunk(&mut self, class: Class) -> Result<bool, Corrupt> {
        let at = self.arena.head(head::SPARES + class.index());
        let Some(page) = self.read(at).checked_sub(1) else { return Ok(false) };
        let page = self.page(page)?;
        if self.read(&self.arena.entry(page)[entry::FREE]) != class.all_slots() || !self.is_first(page) {
            return corrupt("a chunk is kept as free that is not", page.into());
        }
        self.write(at, 0);
        self.unlink(head::CLASSES + class.index(), page)?;
        self.give_run(page, class.pages())?;
        Ok(true)
    }

    /// All classes.
    pub(super) fn classes(&self) -> impl Iterator<Item = Class> + use<> {
        self.arena.classes().iter()
    }

    /// The chunk and slot of a small block that begins at an offset and is taken.
    #[inline]
    pub(super) fn taken_slot(&self, offset: usize) -> Result<Option<(u32, Class, u32)>, Corrupt> {
        let Some(page) = self.arena.page_of(offset).and_then(|page| self.first_near(page)) else {
            return Ok(None);
        };
        let Run { kind: Kind::Chunk { class }, pages } = self.run(page)? else { return Ok(None) };
        let Some(class) = self.arena.classes().get(class).filter(|class| class.pages() == pages) else {
            return corrupt("a chunk is of no class", page.into());
        };
        let distance = offset - self.arena.page_at(page);
        if distance >= pages as usize * PAGE {
            return Ok(None);
        }
        let Some(slot) = class.slot_at(distance) else { return Ok(None) };
        let is_taken = self.read(&self.arena.entry(page)[entry::FREE]) >> slot & 1 == 0;
        Ok(is_taken.then_some((page, class, slot)))
    }

    /// The first page of the run that a page lies in, if it is less than the pages of a chunk before it.
    #[inline]
    fn first_near(&self, page: u32) -> Option<u32> {
        const NEAR: u32 = super::classes::MOST_PAGES - 1;
        let (at, bit) = self.arena.first(page);
        let before = self.read(at) & (bit | (bit - 1));
        if before != 0 {
            let first = page / 64 * 64 + before.ilog2();
            return (page - first <= NEAR).then_some(first);
        }
        // Chunks go across the words' ends.
        let last = (page / 64 * 64).checked_sub(1).filter(|last| page - last <= NEAR)?;
        let before = self.read(self.arena.first(last).0);
        let first = last / 64 * 64 + before.checked_ilog2()?;
        (page - first <= NEAR).then_some(first)
    }
}
