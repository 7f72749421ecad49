//! The walk over all pages that proves that the runs, the lists and the counts tell the same.
//!
//! It takes time in proportion to the pages, whatever the words say: runs are passed from the first page to the last, and the
//! lists have no more members than there are runs.

use super::arena::{Arena, LISTS, entry, head};
use super::classes::{Class, PAGE};
use super::error::{Corrupt, corrupt};
use super::lock::Locked;
use super::runs::{Kind, Run};
use super::transaction::Transaction;

/// What the walk has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Census {
    /// Blocks that are allocated.
    pub(crate) blocks: usize,
    /// Bytes of them.
    pub(crate) used: usize,
    /// Bytes of pages that belong to no chunk and no large block.
    pub(crate) free: usize,
    /// Bytes of the longest run of such pages.
    pub(crate) longest: usize,
    /// Free runs.
    free_runs: usize,
    /// Chunks with free slots.
    open_chunks: usize,
}

impl Locked<'_> {
    /// Walks over everything.
    ///
    /// # Errors
    ///
    /// The first thing that is not as the allocator leaves it.
    pub(crate) fn check(&self) -> Result<Census, Corrupt> {
        let walk = self.transaction();
        let mut census = Census::default();
        let mut was_free = false;
        walk.each_run(|page, run| {
            match run.kind {
                Kind::Free if was_free => return corrupt("two free runs touch each other", page.into()),
                Kind::Free => walk.check_free(page, run.pages, &mut census)?,
                Kind::Chunk { .. } => walk.check_chunk(page, run, &mut census)?,
                Kind::Large | Kind::End => {
                    census.blocks += 1;
                    census.used += run.pages as usize * PAGE;
                }
            }
            was_free = run.kind == Kind::Free;
            Ok(())
        })?;
        walk.check_lists(&census)?;
        let used = walk.read(walk.arena.head(head::USED));
        if used != census.used as u64 {
            return corrupt("the number of used bytes is not that of the blocks", used);
        }
        Ok(census)
    }

    /// Calls `each` with the offset and the size of every block.
    pub(crate) fn each_block(&self, mut each: impl FnMut(usize, usize)) -> Result<(), Corrupt> {
        let walk = self.transaction();
        walk.each_run(|page, run| {
            let offset = walk.arena.page_at(page);
            match run.kind {
                Kind::Free | Kind::End => {}
                Kind::Large => each(offset, run.pages as usize * PAGE),
                Kind::Chunk { .. } => {
                    let class = walk.class_of(page, run)?;
                    let mut taken = !walk.read(&walk.arena.entry(page)[entry::FREE]) & class.all_slots();
                    while taken != 0 {
                        each(offset + taken.trailing_zeros() as usize * class.size(), class.size());
                        taken &= taken - 1;
                    }
                }
            }
            Ok(())
        })
    }
}

impl Transaction<'_> {
    fn each_run(&self, mut each: impl FnMut(u32, Run) -> Result<(), Corrupt>) -> Result<(), Corrupt> {
        let mut page = 0;
        while page < self.arena.pages() {
            if !self.is_first(page) {
                return corrupt("no run begins where another ends", page.into());
            }
            let run = self.run(page)?;
            if let Some(inside) = (page + 1..page + run.pages).find(|&inside| self.is_first(inside)) {
                return corrupt("a run begins inside of another", inside.into());
            }
            each(page, run)?;
            page += run.pages;
        }
        Ok(())
    }

    fn check_free(&self, page: u32, pages: u32, census: &mut Census) -> Result<(), Corrupt> {
        let last = self.read(&self.arena.entry(page + pages - 1)[entry::RUN]);
        if pages > 1 && Run::from_word(last) != Some(Run { kind: Kind::End, pages }) {
            return corrupt("the last page of a free run does not tell its length", page.into());
        }
        let bytes = pages as usize * PAGE;
        census.free += bytes;
        census.longest = census.longest.max(bytes);
        census.free_runs += 1;
        Ok(())
    }

    /// The class of a chunk.
    fn class_of(&self, page: u32, run: Run) -> Result<&'static Class, Corrupt> {
        match self.arena.classes().of_run(run.to_word()) {
            Some(class) => Ok(class),
            None => corrupt("a chunk is of no class", page.into()),
        }
    }

    fn check_chunk(&self, page: u32, run: Run, census: &mut Census) -> Result<(), Corrupt> {
        let class = self.class_of(page, run)?;
        let free = self.read(&self.arena.entry(page)[entry::FREE]);
        if free & !class.all_slots() != 0 {
            return corrupt("a chunk has free slots beyond its end", page.into());
        }
        if free == class.all_slots() && self.spare(class) != u64::from(page) + 1 {
            return corrupt("a chunk is free that is not the one that is kept", page.into());
        }
        let taken = (class.slots() - free.count_ones()) as usize;
        census.blocks += taken;
        census.used += taken * class.size();
        census.open_chunks += usize::from(free != 0);
        Ok(())
    }

    /// That the lists hold each free run and each chunk with free slots once, as many as were counted. A chunk that was first in its
    /// list when it became full may be there still.
    fn check_lists(&self, census: &Census) -> Result<(), Corrupt> {
        let mut runs = 0;
        for list in 0..LISTS {
            let before = runs;
            self.each_link(head::RUNS + list, census.free_runs, |page| {
                runs += 1;
                self.is_first(page) && self.is_free_run_of(list, page)
            })?;
            let filled = self.read(self.arena.head(head::FILLED + list / 64)) >> (list % 64) & 1;
            if (runs > before) != (filled == 1) {
                return corrupt("a list of free runs is not marked as what it is", list as u64);
            }
        }
        if runs != census.free_runs {
            return corrupt("the lists do not hold all free runs", runs as u64);
        }
        let mut chunks = 0;
        for class in self.classes() {
            let list = head::CLASSES + class.index();
            let first = self.read(self.arena.head(list));
            self.each_link(list, census.open_chunks + 1, |page| {
                let is_open = self.read(&self.arena.entry(page)[entry::FREE]) != 0;
                chunks += usize::from(is_open);
                self.is_chunk_of(class, page) && (is_open || first == u64::from(page) + 1)
            })?;
        }
        if chunks != census.open_chunks {
            return corrupt("the lists do not hold all chunks with free slots", chunks as u64);
        }
        self.classes().try_for_each(|class| self.check_spare(class))
    }

    /// That the chunk of a class that is kept when it is free, if there is one, is one.
    fn check_spare(&self, class: &Class) -> Result<(), Corrupt> {
        let Some(page) = self.spare(class).checked_sub(1) else { return Ok(()) };
        let page = self.page(page)?;
        if self.is_chunk_of(class, page) {
            Ok(())
        } else {
            corrupt("what is kept as a chunk is none", page.into())
        }
    }

    /// Follows a list of at most `most` members, each of which must be what `is_member` says.
    fn each_link(
        &self,
        list: usize,
        most: usize,
        mut is_member: impl FnMut(u32) -> bool,
    ) -> Result<(), Corrupt> {
        let first = self.read(self.arena.head(list));
        let (mut next, mut previous) = (first, 0);
        let mut tail = 0;
        for _ in 0..=most {
            let Some(page) = next.checked_sub(1) else {
                return if previous == tail {
                    Ok(())
                } else {
                    corrupt("a list does not know its last member", tail)
                };
            };
            let page = self.page(page)?;
            let links = self.read(&self.arena.entry(page)[entry::LINKS]);
            if next == first {
                tail = links >> 32;
            } else if links >> 32 != previous {
                return corrupt("a member of a list does not know the one before it", page.into());
            }
            if !is_member(page) {
                return corrupt("a list has a member that belongs elsewhere", page.into());
            }
            (previous, next) = (u64::from(page) + 1, links & 0xffff_ffff);
        }
        corrupt("a list has more members than there are", list as u64)
    }

    fn is_chunk_of(&self, class: &Class, page: u32) -> bool {
        self.is_first(page) && self.run(page).is_ok_and(|run| run == class.run())
    }
}

impl Arena {
    /// Bytes of all blocks.
    pub(crate) fn used(&self) -> u64 {
        self.head(head::USED).load(std::sync::atomic::Ordering::Relaxed)
    }
}
