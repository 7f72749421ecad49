//! Chunks: runs of equal slots for small blocks.
//!
//! A chunk's entry has a bit for each free slot. Chunks with free slots are in the list of their class, and slots are taken from the
//! first one; when that is full, it stays there until another slot is wanted. One that was full and is in no list is put last,
//! so that it has gathered free slots when its turn comes. So the lists change seldom.
//!
//! Of those whose slots are all free, one in each class is kept, because it would soon be made again: the head remembers the last
//! one that was, as *spare*, also when slots of it are taken.

use super::arena::{Arena, entry, head};
use super::classes::{Class, PAGE};
use super::error::{Corrupt, Failed, corrupt};
use super::runs::{Kind, Run};
use super::transaction::Transaction;

impl Transaction<'_> {
    /// Takes a slot; returns its offset.
    pub(super) fn take_slot(&mut self, class: &Class) -> Result<usize, Failed> {
        let page = match self.open_chunk(class)? {
            Some(page) => page,
            None => self.make_chunk(class)?,
        };
        let at = &self.arena.entry(page)[entry::FREE];
        let free = self.read(at) & class.all_slots();
        if free == 0 {
            return Err(Corrupt { what: "a chunk in a list has no free slot", number: page.into() }.into());
        }
        self.write(at, free & (free - 1));
        Ok(self.arena.page_at(page) + free.trailing_zeros() as usize * class.size())
    }

    /// The first chunk of a class that has a free slot.
    fn open_chunk(&mut self, class: &Class) -> Result<Option<u32>, Corrupt> {
        let list = head::CLASSES + class.index();
        let Some(first) = self.read(self.arena.head(list)).checked_sub(1) else { return Ok(None) };
        let page = self.page(first)?;
        if self.read(&self.arena.entry(page)[entry::FREE]) & class.all_slots() != 0 {
            return Ok(Some(page));
        }
        // Only the first one can be full.
        let next = self.unlink(list, page)?;
        next.checked_sub(1).map(|next| self.page(next)).transpose()
    }

    #[cold]
    fn make_chunk(&mut self, class: &Class) -> Result<u32, Failed> {
        let page = self.take_run(class.pages(), PAGE)?;
        self.set_run(page, class.run());
        self.write(&self.arena.entry(page)[entry::FREE], class.all_slots());
        self.push_link(head::CLASSES + class.index(), page)?;
        Ok(page)
    }

    /// Gives a slot back, which was taken.
    pub(super) fn give_slot(&mut self, page: u32, class: &Class, slot: u32) -> Result<(), Corrupt> {
        let at = &self.arena.entry(page)[entry::FREE];
        let before = self.read(at) & class.all_slots();
        let free = before | 1 << slot;
        self.write(at, free);
        if before == 0 {
            let list = head::CLASSES + class.index();
            if self.read(self.arena.head(list)) != u64::from(page) + 1 {
                self.append_link(list, page)?;
            }
        } else if free == class.all_slots() {
            self.keep_or_give_chunk(page, class)?;
        }
        Ok(())
    }

    /// The page and one of the chunk that was kept last; 0 if there was none.
    pub(super) fn spare(&self, class: &Class) -> u64 {
        self.read(self.arena.head(head::SPARES + class.index()))
    }

    /// A chunk of which all slots are free, from now on.
    #[cold]
    fn keep_or_give_chunk(&mut self, page: u32, class: &Class) -> Result<(), Corrupt> {
        let spare = self.spare(class);
        if spare == u64::from(page) + 1 {
            return Ok(());
        }
        if let Some(spare) = spare.checked_sub(1) {
            let spare = self.page(spare)?;
            if self.read(&self.arena.entry(spare)[entry::FREE]) == class.all_slots() {
                self.unlink(head::CLASSES + class.index(), page)?;
                return self.give_run(page, class.pages());
            }
        }
        self.write(self.arena.head(head::SPARES + class.index()), u64::from(page) + 1);
        Ok(())
    }

    /// Gives the chunk of a class back that is kept although all its slots are free; whether there was one.
    pub(super) fn give_spare_chunk(&mut self, class: &Class) -> Result<bool, Corrupt> {
        let Some(page) = self.spare(class).checked_sub(1) else { return Ok(false) };
        let page = self.page(page)?;
        if !self.is_first(page) || self.run(page)? != class.run() {
            return corrupt("what is kept as a chunk is none", page.into());
        }
        if self.read(&self.arena.entry(page)[entry::FREE]) != class.all_slots() {
            return Ok(false);
        }
        self.write(self.arena.head(head::SPARES + class.index()), 0);
        self.unlink(head::CLASSES + class.index(), page)?;
        self.give_run(page, class.pages())?;
        Ok(true)
    }

    /// All classes.
    pub(super) fn classes(&self) -> impl Iterator<Item = &'static Class> + use<> {
        self.arena.classes().iter()
    }

    /// The chunk and slot of a small block that begins at an offset and is taken.
    pub(super) fn taken_slot(&self, offset: usize) -> Result<Option<(u32, &'static Class, u32)>, Corrupt> {
        let Some(page) = self.arena.page_of(offset) else { return Ok(None) };
        let firsts = self.arena.firsts_before(page).map(|word| self.read(word));
        // A chunk has at most 64 pages.
        let Some(page) = Arena::near_first(page, firsts) else { return Ok(None) };
        let entry = self.arena.entry(page);
        let Some(class) = self.arena.classes().of_run(self.read(&entry[entry::RUN])) else {
            return match self.run(page)? {
                Run { kind: Kind::Chunk { .. }, .. } => corrupt("a chunk is of no class", page.into()),
                _ => Ok(None),
            };
        };
        let slot = class.slot_at(offset - self.arena.page_at(page));
        Ok(slot
            .filter(|slot| self.read(&entry[entry::FREE]) >> slot & 1 == 0)
            .map(|slot| (page, class, slot)))
    }
}
