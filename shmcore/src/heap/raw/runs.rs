//! Runs of pages: given out, taken back, split and merged.
//!
//! ```text
//! entry, word RUN | 63 … 32 | 31 … 16 | 15 … 8 | 7 … 0 |
//!                 | pages   |    0    | class  | kind  |
//! ```
//!
//! The first page of each run, free or not, has its bit set, so the runs and the bits tell the same. The last page of a free run
//! tells how long it is, for whoever frees what follows. Entries of all other pages may say anything: they are what they were
//! when a run began or ended there, so nothing that they say is believed before the bit of the first page is seen.
//!
//! Runs in a list are linked both ways, by their pages and one; 0 is none. The first one's link back leads to the last one.
//!
//! Free runs are in lists by their length, four lists to each doubling. A list whose runs are all long enough is found by its
//! bit, in constant time.

use std::sync::atomic::AtomicU64;

use super::arena::{LISTS, entry, head};
use super::error::{Corrupt, Failed, corrupt};
use super::transaction::Transaction;

/// How many runs of the list that may hold long enough ones are looked at, if no other list has any.
const LOOKS: u32 = 64;

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Free,
    /// Slots of the class with this index.
    Chunk {
        class: u8,
    },
    Large,
    /// No run: the end of a free one.
    End,
}

/// A run, as the entry of its first page tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) pages: u32,
}

impl Run {
    pub(super) const fn to_word(self) -> u64 {
        let kind = match self.kind {
            Kind::Free => 1,
            Kind::Chunk { class } => 2 | (class as u64) << 8,
            Kind::Large => 3,
            Kind::End => 4,
        };
        kind | (self.pages as u64) << 32
    }

    /// The class in the word of a chunk.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the part of the word")]
    pub(super) const fn class_in(word: u64) -> u8 {
        (word >> 8) as u8
    }

    /// `None` for a word that is none.
    #[inline]
    pub(super) const fn from_word(word: u64) -> Option<Self> {
        let (class, pages) = (Self::class_in(word), (word >> 32) as u32);
        let kind = match word & 0xffff_00ff {
            1 => Kind::Free,
            2 => return Some(Self { kind: Kind::Chunk { class }, pages }),
            3 => Kind::Large,
            4 => Kind::End,
            _ => return None,
        };
        if class == 0 { Some(Self { kind, pages }) } else { None }
    }
}

/// The list of free runs of this length, at least 1.
const fn list_of(pages: u32) -> usize {
    if pages < 4 {
        return pages as usize;
    }
    let doubling = pages.ilog2() as usize;
    (doubling - 1) * 4 + ((pages >> (doubling - 2)) & 3) as usize
}

/// The first list whose runs are all at least so long.
const fn list_for(pages: u32) -> usize {
    if pages < 4 {
        return pages as usize;
    }
    let step = 1 << (pages.ilog2() - 2);
    list_of(pages.saturating_add(step - 1))
}

impl<'a> Transaction<'a> {
    /// Whether a run begins at the page.
    #[inline]
    pub(super) fn is_first(&self, page: u32) -> bool {
        let (at, bit) = self.arena.first(page);
        self.read(at) & bit != 0
    }

    fn set_first(&mut self, page: u32) {
        let (at, bit) = self.arena.first(page);
        self.write(at, self.read(at) | bit);
    }

    fn clear_first(&mut self, page: u32) {
        let (at, bit) = self.arena.first(page);
        self.write(at, self.read(at) & !bit);
    }

    /// The run that begins at a page, which is one of the heap and has its bit set.
    #[inline]
    pub(super) fn run(&self, page: u32) -> Result<Run, Corrupt> {
        let word = self.read(&self.arena.entry(page)[entry::RUN]);
        match Run::from_word(word) {
            Some(run)
                if run.pages >= 1 && run.pages <= self.arena.pages() - page && run.kind != Kind::End =>
            {
                Ok(run)
            }
            _ => corrupt("a page where a run begins tells of no run", page.into()),
        }
    }

    pub(super) fn set_run(&mut self, page: u32, run: Run) {
        self.write(&self.arena.entry(page)[entry::RUN], run.to_word());
    }

    /// Takes a run of so many pages out of the free ones, at an offset that is a multiple of `align`. Its first page has its bit set;
    /// what it is, the caller writes.
    pub(super) fn take_run(&mut self, pages: u32, align: usize) -> Result<u32, Failed> {
        let (first, found) = self.find_run(pages, align)?.ok_or(Failed::OutOfMemory)?;
        self.unlink_run(first, found)?;
        let page = self.aligned(first, align);
        if page > first {
            self.add_run(first, page - first)?;
            self.set_first(page);
        }
        let rest = found - (page - first) - pages;
        if rest > 0 {
            self.set_first(page + pages);
            self.add_run(page + pages, rest)?;
        }
        Ok(page)
    }

    /// The first page from this one on whose offset is a multiple of `align`.
    fn aligned(&self, page: u32, align: usize) -> u32 {
        let offset = self.arena.page_at(page);
        let pages = (offset.next_multiple_of(align) - offset) / super::classes::PAGE;
        // At most 3: alignments go to 4096.
        page.saturating_add(u32::try_from(pages).unwrap_or(u32::MAX))
    }

    /// A free run with so many pages from an aligned one on.
    fn find_run(&self, pages: u32, align: usize) -> Result<Option<(u32, u32)>, Corrupt> {
        let spare = u32::try_from(align / super::classes::PAGE).unwrap_or(u32::MAX).saturating_sub(1);
        let Some(enough) = pages.checked_add(spare) else { return Ok(None) };
        let list = list_for(enough);
        if let Some(list) = self.filled_list(list) {
            return self.first_of_list(list);
        }
        // The longest ones may be just long enough.
        let mut looks = 0;
        for list in (list_of(pages)..list.min(LISTS)).rev() {
            let mut next = self.read(self.arena.head(head::RUNS + list));
            while next != 0 && looks < LOOKS {
                let page = self.page(next - 1)?;
                let run = self.free_run(page)?;
                if self.aligned(page, align) - page + pages <= run {
                    return Ok(Some((page, run)));
                }
                next = self.read(&self.arena.entry(page)[entry::LINKS]) & 0xffff_ffff;
                looks += 1;
            }
        }
        Ok(None)
    }

    fn filled_list(&self, from: usize) -> Option<usize> {
        let filled = |word| self.read(self.arena.head(head::FILLED + word));
        (from / 64..LISTS / 64).find_map(|word| {
            let skipped = from.saturating_sub(word * 64);
            let bits = filled(word) >> skipped << skipped;
            (bits != 0).then(|| word * 64 + bits.trailing_zeros() as usize)
        })
    }

    fn first_of_list(&self, list: usize) -> Result<Option<(u32, u32)>, Corrupt> {
        let first = self.read(self.arena.head(head::RUNS + list));
        let Some(first) = first.checked_sub(1) else {
            return corrupt("a list of free runs is empty and marked as filled", list as u64);
        };
        let page = self.page(first)?;
        let pages = self.free_run(page)?;
        if list_of(pages) != list {
            return corrupt("a free run is in a list of others", page.into());
        }
        Ok(Some((page, pages)))
    }

    /// A number that was read, as page.
    #[inline]
    pub(super) fn page(&self, number: u64) -> Result<u32, Corrupt> {
        match u32::try_from(number) {
            Ok(page) if page < self.arena.pages() => Ok(page),
            _ => corrupt("a link leads to a page that the heap does not have", number),
        }
    }

    /// The length of the free run that begins at a page.
    fn free_run(&self, page: u32) -> Result<u32, Corrupt> {
        if !self.is_first(page) {
            return corrupt("a link leads to a page where no run begins", page.into());
        }
        match self.run(page)? {
            Run { kind: Kind::Free, pages } => Ok(pages),
            _ => corrupt("a link among free runs leads to one that is not free", page.into()),
        }
    }

    /// Adds pages to a run from the free one behind it, which has `free` pages.
    pub(super) fn extend_run(&mut self, page: u32, pages: u32, more: u32, free: u32) -> Result<(), Corrupt> {
        let next = page + pages;
        self.unlink_run(next, free)?;
        self.clear_first(next);
        if free > more {
            self.set_first(next + more);
            self.add_run(next + more, free - more)?;
        }
        self.set_run(page, Run { kind: Kind::Large, pages: pages + more });
        Ok(())
    }

    /// Gives a run back, together with its free neighbours. Its first page has its bit set.
    pub(super) fn give_run(&mut self, page: u32, pages: u32) -> Result<(), Corrupt> {
        let (mut first, mut len) = (page, pages);
        let next = page + pages;
        if next < self.arena.pages() {
            if !self.is_first(next) {
                return corrupt("no run begins where another ends", next.into());
            }
            if let Run { kind: Kind::Free, pages } = self.run(next)? {
                self.unlink_run(next, pages)?;
                self.clear_first(next);
                len += pages;
            }
        }
        if let Some((before, pages)) = self.free_run_before(page)? {
            self.unlink_run(before, pages)?;
            self.clear_first(page);
            first = before;
            len += pages;
        }
        self.add_run(first, len)
    }

    /// The free run that ends just before a page.
    fn free_run_before(&self, page: u32) -> Result<Option<(u32, u32)>, Corrupt> {
        let Some(last) = page.checked_sub(1) else { return Ok(None) };
        // If the page before is the last one of a free run, it tells how long that is. If not, it may say anything.
        let word = self.read(&self.arena.entry(last)[entry::RUN]);
        let pages = match Run::from_word(word) {
            Some(Run { kind: Kind::End, pages }) => pages,
            Some(Run { kind: Kind::Free, pages: 1 }) => 1,
            _ => return Ok(None),
        };
        let Some(first) = page.checked_sub(pages).filter(|_| pages > 0) else { return Ok(None) };
        if !self.is_first(first) || (pages > 1 && self.is_first(last)) {
            return Ok(None);
        }
        let is_it = self.run(first)? == Run { kind: Kind::Free, pages };
        Ok(is_it.then_some((first, pages)))
    }

    /// Whether a run, whose first page this is, is free and of the length of a list.
    pub(super) fn is_free_run_of(&self, list: usize, page: u32) -> bool {
        matches!(self.run(page), Ok(Run { kind: Kind::Free, pages }) if list_of(pages) == list)
    }

    /// Makes all pages one free run, in a heap that has none yet.
    pub(super) fn add_all_pages(&mut self) -> Result<(), Corrupt> {
        self.set_first(0);
        self.add_run(0, self.arena.pages())
    }

    /// Makes a free run of pages that are in none, and puts it into its list. The bit of the first page is set.
    pub(super) fn add_run(&mut self, page: u32, pages: u32) -> Result<(), Corrupt> {
        self.set_run(page, Run { kind: Kind::Free, pages });
        if pages > 1 {
            self.set_run(page + pages - 1, Run { kind: Kind::End, pages });
        }
        let list = list_of(pages);
        self.push_link(head::RUNS + list, page)?;
        let filled = self.arena.head(head::FILLED + list / 64);
        self.write(filled, self.read(filled) | 1 << (list % 64));
        Ok(())
    }

    fn unlink_run(&mut self, page: u32, pages: u32) -> Result<(), Corrupt> {
        let list = list_of(pages);
        if self.unlink(head::RUNS + list, page)? == 0 {
            let filled = self.arena.head(head::FILLED + list / 64);
            self.write(filled, self.read(filled) & !(1 << (list % 64)));
        }
        Ok(())
    }

    /// The word with the links of the run that a link, which is not 0, leads to.
    fn links(&self, link: u64) -> Result<&'a AtomicU64, Corrupt> {
        match self.arena.entry_at(link.wrapping_sub(1)) {
            Some(entry) => Ok(&entry[entry::LINKS]),
            None => corrupt("a link leads to a page that the heap does not have", link),
        }
    }

    fn set_next(&mut self, links: &AtomicU64, next: u64) {
        self.write(links, self.read(links) >> 32 << 32 | next);
    }

    fn set_previous(&mut self, links: &AtomicU64, previous: u64) {
        self.write(links, self.read(links) & 0xffff_ffff | previous << 32);
    }

    /// Puts a run first into the list that the head's word with this index begins.
    pub(super) fn push_link(&mut self, list: usize, page: u32) -> Result<(), Corrupt> {
        let (list, link) = (self.arena.head(list), u64::from(page) + 1);
        let first = self.read(list);
        let mut tail = link;
        if first != 0 {
            let links = self.links(first)?;
            tail = self.read(links) >> 32;
            self.set_previous(links, link);
        }
        self.write(&self.arena.entry(page)[entry::LINKS], first | tail << 32);
        self.write(list, link);
        Ok(())
    }

    /// Puts a run last into a list.
    pub(super) fn append_link(&mut self, list: usize, page: u32) -> Result<(), Corrupt> {
        let (list, link) = (self.arena.head(list), u64::from(page) + 1);
        let first = self.read(list);
        if first == 0 {
            self.write(list, link);
            self.write(&self.arena.entry(page)[entry::LINKS], link << 32);
            return Ok(());
        }
        let links = self.links(first)?;
        let tail = self.read(links) >> 32;
        self.set_previous(links, link);
        self.set_next(self.links(tail)?, link);
        self.write(&self.arena.entry(page)[entry::LINKS], tail << 32);
        Ok(())
    }

    /// Takes a run out of a list; returns what is the first one then, or 0.
    pub(super) fn unlink(&mut self, list: usize, page: u32) -> Result<u64, Corrupt> {
        let (list, link) = (self.arena.head(list), u64::from(page) + 1);
        let links = self.read(&self.arena.entry(page)[entry::LINKS]);
        let (next, previous) = (links & 0xffff_ffff, links >> 32);
        let first = self.read(list);
        if first == link {
            // What follows is the first one now, and knows the last one.
            if next != 0 {
                self.set_previous(self.links(next)?, previous);
            }
            self.write(list, next);
            return Ok(next);
        }
        self.set_next(self.links(previous)?, next);
        // If it was the last one, the first one knows the one before it instead.
        self.set_previous(self.links(if next == 0 { first } else { next })?, previous);
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Run, list_for, list_of};

    #[test]
    fn lists_are_in_the_order_of_lengths_and_the_searched_one_is_long_enough() {
        let mut before = 0;
        for pages in (1..5000).chain([u32::MAX / 2, 1 << 31]) {
            assert!(list_of(pages) >= before);
            before = list_of(pages);
            let list = list_for(pages);
            assert!(list >= before && list <= before + 1);
            assert!((1..pages).rev().take(100).all(|shorter| list_of(shorter) < list));
        }
        assert!(list_for(1 << 31) < super::LISTS);
    }

    #[test]
    fn words_of_runs_are_read_as_they_were_written() {
        for kind in [Kind::Free, Kind::Chunk { class: 22 }, Kind::Large, Kind::End] {
            let run = Run { kind, pages: 0x8000_0001 };
            assert_eq!(Run::from_word(run.to_word()), Some(run));
        }
        assert_eq!(Run::from_word(0), None);
        assert_eq!(Run::from_word(1 | 1 << 8), None);
        assert_eq!(Run::from_word(1 | 1 << 16), None);
    }
}
