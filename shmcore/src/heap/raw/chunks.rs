//! Chunks: runs of equal slots for small blocks.
//!
//! A chunk's entry has a bit for each free slot. Chunks with free slots are in the list of their class; one whose slots are all
//! free is given back, unless it is the only one in the list: that one would soon be made again.

use super::arena::{entry, head};
use super::classes::{COUNT, Class, PAGE};
use super::error::{Corrupt, Failed, corrupt};
use super::runs::{Kind, Run};
use super::transaction::Transaction;

impl Transaction<'_> {
    /// Takes a slot; returns its offset.
    #[inline]
    pub(super) fn take_slot(&mut self, class: Class) -> Result<usize, Failed> {
        let first = self.read(self.arena.head_at(head::CLASSES + class.index()));
        let page = match first.checked_sub(1) {
            Some(page) => self.page(page)?,
            None => self.make_chunk(class)?,
        };
        let at = self.arena.entry_at(page, entry::FREE);
        let free = self.read(at) & class.all_slots();
        if free == 0 {
            return Err(Corrupt { what: "a chunk in a list has no free slot", number: page.into() }.into());
        }
        let rest = free & (free - 1);
        self.write(at, rest);
        if rest == 0 {
            self.unlink(head::CLASSES + class.index(), page)?;
        }
        Ok(self.arena.page_at(page) + free.trailing_zeros() as usize * class.size())
    }

    #[cold]
    fn make_chunk(&mut self, class: Class) -> Result<u32, Failed> {
        let pages = class.pages();
        let page = self.take_run(pages, PAGE)?;
        #[expect(clippy::cast_possible_truncation, reason = "there are 23")]
        let kind = Kind::Chunk { class: class.index() as u8 };
        self.set_run(page, Run { kind, pages });
        self.write(self.arena.entry_at(page, entry::FREE), class.all_slots());
        self.push_link(head::CLASSES + class.index(), page)?;
        Ok(page)
    }

    /// Gives a slot back, which was taken.
    #[inline]
    pub(super) fn give_slot(&mut self, page: u32, class: Class, slot: u32) -> Result<(), Corrupt> {
        let at = self.arena.entry_at(page, entry::FREE);
        let before = self.read(at) & class.all_slots();
        let free = before | 1 << slot;
        self.write(at, free);
        if before == 0 {
            self.push_link(head::CLASSES + class.index(), page)?;
        } else if free == class.all_slots() {
            self.give_chunk_unless_alone(page, class)?;
        }
        Ok(())
    }

    fn give_chunk_unless_alone(&mut self, page: u32, class: Class) -> Result<(), Corrupt> {
        if self.read(self.arena.entry_at(page, entry::LINKS)) == 0 {
            return Ok(());
        }
        self.unlink(head::CLASSES + class.index(), page)?;
        self.give_run(page, class.pages())
    }

    /// Gives the chunk of a class back that is kept although all its slots are free; whether there was one.
    pub(super) fn give_spare_chunk(&mut self, class: Class) -> Result<bool, Corrupt> {
        let mut next = self.read(self.arena.head_at(head::CLASSES + class.index()));
        // Spare is only one that was alone in the list when its last slot was given back; others may have come before it since. They
        // are not looked for beyond the first two.
        for _ in 0..2 {
            let Some(page) = next.checked_sub(1) else { return Ok(false) };
            let page = self.page(page)?;
            if self.read(self.arena.entry_at(page, entry::FREE)) == class.all_slots() {
                self.unlink(head::CLASSES + class.index(), page)?;
                self.give_run(page, class.pages())?;
                return Ok(true);
            }
            next = self.read(self.arena.entry_at(page, entry::LINKS)) & 0xffff_ffff;
        }
        Ok(false)
    }

    /// All classes.
    pub(super) fn classes() -> impl Iterator<Item = Class> {
        (0..COUNT).filter_map(Class::from_index)
    }

    /// The chunk and slot of a small block that begins at an offset and is taken.
    pub(super) fn taken_slot(&self, offset: usize) -> Result<Option<(u32, Class, u32)>, Corrupt> {
        let Some(last) = self.arena.page_of(offset) else { return Ok(None) };
        let first = (last.saturating_sub(super::classes::MOST_PAGES - 1)..=last)
            .rev()
            .find(|&page| self.is_first(page));
        let Some(page) = first else { return Ok(None) };
        let Run { kind: Kind::Chunk { class }, pages } = self.run(page)? else { return Ok(None) };
        let Some(class) = Class::from_index(class.into()).filter(|class| class.pages() == pages) else {
            return corrupt("a chunk is of no class", page.into());
        };
        let distance = offset - self.arena.page_at(page);
        let slot = distance / class.size();
        let slot = match u32::try_from(slot) {
            Ok(slot) if slot < class.slots() && distance.is_multiple_of(class.size()) => slot,
            _ => return Ok(None),
        };
        let is_taken = self.read(self.arena.entry_at(page, entry::FREE)) >> slot & 1 == 0;
        Ok(is_taken.then_some((page, class, slot)))
    }
}
