//! The redo log: many words change as one.
//!
//! | `LOGGED` | entries | means |
//! |---|---|---|
//! | 0 | any | nothing has changed yet, or all has |
//! | n | the first n are complete | some of their words may have changed already; whoever has the lock next writes all of them |
//!
//! While a transaction is made nothing changes but the log. It is committed by the one store of `LOGGED`.

use std::sync::atomic::{AtomicU64, Ordering, compiler_fence};

#[cfg(test)]
use super::arena::WORD;
use super::arena::{Arena, LOG, head};
use super::error::{Corrupt, corrupt};

/// Changes that were not committed yet. Dropped, they never were.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    pub(super) arena: &'a Arena,
    /// Entries so far.
    len: usize,
}

impl<'a> Transaction<'a> {
    /// For the holder of the lock.
    #[inline]
    pub(super) const fn new(arena: &'a Arena) -> Self {
        Self { arena, len: 0 }
    }

    /// How many words may be written yet.
    pub(super) const fn room(&self) -> usize {
        LOG - self.len
    }

    #[inline]
    fn entry(&self, index: usize) -> (&'a AtomicU64, &'a AtomicU64) {
        let word = head::ENTRIES + 2 * index;
        (self.arena.head(word), self.arena.head(word + 1))
    }

    /// A word as it will be after the commit. All accesses are relaxed: the lock orders them.
    #[inline]
    pub(super) fn read(&self, offset: usize) -> u64 {
        match self.find(offset) {
            Some(value) => value.load(Ordering::Relaxed),
            None => self.arena.word(offset).load(Ordering::Relaxed),
        }
    }

    #[inline]
    fn find(&self, offset: usize) -> Option<&'a AtomicU64> {
        (0..self.len)
            .rev()
            .map(|index| self.entry(index))
            .find_map(|(at, value)| (at.load(Ordering::Relaxed) == offset as u64).then_some(value))
    }

    /// Changes a word at the commit.
    ///
    /// # Panics
    ///
    /// If the log is full: no operation is that long.
    #[inline]
    pub(super) fn write(&mut self, offset: usize, value: u64) {
        if let Some(found) = self.find(offset) {
            found.store(value, Ordering::Relaxed);
        } else {
            self.append(offset, value);
        }
    }

    /// The same for a word that was not written yet.
    #[inline]
    pub(super) fn append(&mut self, offset: usize, value: u64) {
        debug_assert!(self.find(offset).is_none());
        assert!(self.len < LOG, "a transaction of more than {LOG} words");
        let (at, entry) = self.entry(self.len);
        store(at, offset as u64);
        store(entry, value);
        self.len += 1;
    }

    /// Makes all changes, as one.
    #[inline]
    pub(super) fn commit(&mut self) {
        let logged = self.arena.head(head::LOGGED);
        // Release, for the compiler: the entries are complete when their number is seen. What a process has stored before it
        // died is there when the kernel says that it is dead, in program order.
        compiler_fence(Ordering::SeqCst);
        store(logged, self.len as u64);
        compiler_fence(Ordering::SeqCst);
        for index in 0..self.len {
            let (at, value) = self.entry(index);
            #[expect(clippy::cast_possible_truncation, reason = "it was an offset before")]
            let offset = at.load(Ordering::Relaxed) as usize;
            store(self.arena.word(offset), value.load(Ordering::Relaxed));
        }
        compiler_fence(Ordering::SeqCst);
        store(logged, 0);
        self.len = 0;
    }

    /// How many words were written.
    #[inline]
    pub(super) const fn mark(&self) -> usize {
        self.len
    }

    /// Forgets the changes.
    pub(super) const fn abandon(&mut self) {
        self.len = 0;
    }
}

/// Ends what a dead holder of the lock had committed. May be cut short and repeated any number of times.
pub(super) fn recover(arena: &Arena) -> Result<(), Corrupt> {
    let logged = arena.head(head::LOGGED).load(Ordering::Relaxed);
    let Ok(len @ 0..=LOG) = usize::try_from(logged) else {
        return corrupt("the log has more entries than it can hold", logged);
    };
    for index in 0..len {
        let word = head::ENTRIES + 2 * index;
        let at = arena.head(word).load(Ordering::Relaxed);
        let Some(offset) = usize::try_from(at).ok().filter(|&offset| arena.has_word(offset)) else {
            return corrupt("an entry of the log is about an offset outside the region", at);
        };
        store(arena.word(offset), arena.head(word + 1).load(Ordering::Relaxed));
    }
    compiler_fence(Ordering::SeqCst);
    store(arena.head(head::LOGGED), 0);
    Ok(())
}

/// Bytes of the log's entries and of their number; what tests compare leaves it out.
#[cfg(test)]
pub(super) const fn bytes_of_log(arena: &Arena) -> std::ops::Range<usize> {
    arena.head_at(head::ENTRIES)..arena.head_at(head::ENTRIES) + 2 * LOG * WORD
}

/// A store that tests count, and before which they may let the process die.
#[inline]
pub(in crate::heap) fn store(word: &AtomicU64, value: u64) {
    before_store();
    word.store(value, Ordering::Relaxed);
}

/// Called before each store that others may see.
#[inline]
pub(in crate::heap) fn before_store() {
    #[cfg(test)]
    super::tests::before_store();
}
