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
pub(super) struct Transaction<'a> {
    pub(super) arena: &'a Arena,
    /// Entries so far.
    len: usize,
    /// A bit for each word that was written, which other words have too: what has none was not.
    seen: u64,
}

/// The bit of a word in [`Transaction::seen`].
#[inline]
fn bit_of(word: &AtomicU64) -> u64 {
    1 << (std::ptr::from_ref(word).addr() / size_of::<AtomicU64>() % 64)
}

impl<'a> Transaction<'a> {
    /// For the holder of the lock.
    #[inline]
    pub(super) const fn new(arena: &'a Arena) -> Self {
        Self { arena, len: 0, seen: 0 }
    }

    /// How many words may be written yet.
    pub(super) const fn room(&self) -> usize {
        LOG - self.len
    }

    #[inline]
    fn entries(&self) -> &'a [[AtomicU64; 2]] {
        &self.arena.log()[..self.len]
    }

    /// A word as it will be after the commit. All accesses are relaxed: the lock orders them.
    #[inline]
    pub(super) fn read(&self, word: &AtomicU64) -> u64 {
        let written = if self.seen & bit_of(word) == 0 { None } else { self.find(word) };
        written.unwrap_or(word).load(Ordering::Relaxed)
    }

    #[cold]
    #[inline(never)]
    fn find(&self, word: &AtomicU64) -> Option<&'a AtomicU64> {
        let offset = self.arena.offset_of(word);
        let is_it = |entry: &&[AtomicU64; 2]| entry[0].load(Ordering::Relaxed) == offset;
        self.entries().iter().rfind(is_it).map(|[_, value]| value)
    }

    /// Changes a word of the region at the commit.
    ///
    /// # Panics
    ///
    /// If the log is full: no operation is that long.
    #[inline]
    pub(super) fn write(&mut self, word: &AtomicU64, value: u64) {
        if self.seen & bit_of(word) == 0 {
            self.append(word, value);
        } else {
            self.write_again(word, value);
        }
    }

    #[cold]
    #[inline(never)]
    fn write_again(&mut self, word: &AtomicU64, value: u64) {
        match self.find(word) {
            Some(written) => store(written, value),
            None => self.append(word, value),
        }
    }

    /// The same, without looking whether the word was written before: the later entry counts.
    #[inline]
    pub(super) fn append(&mut self, word: &AtomicU64, value: u64) {
        assert!(self.len < LOG, "a transaction of more than {LOG} words");
        let [at, logged] = &self.arena.log()[self.len];
        store(at, self.arena.offset_of(word));
        store(logged, value);
        self.len += 1;
        self.seen |= bit_of(word);
    }

    /// Makes all changes, as one.
    #[inline]
    pub(super) fn commit(&mut self) {
        let logged = self.arena.head(head::LOGGED);
        begin(logged, self.len);
        for [at, value] in self.entries() {
            // All have a word, unless somebody else writes here.
            if let Some(word) = self.arena.word_at(at.load(Ordering::Relaxed)) {
                store(word, value.load(Ordering::Relaxed));
            }
        }
        end(logged);
        self.abandon();
    }

    /// Makes these changes as one, where there are no others: what [`append`](Self::append) and [`commit`](Self::commit) do, by a
    /// caller that knows all of them at once, so that nothing is read back.
    #[inline]
    pub(super) fn commit_these<const N: usize>(&mut self, changes: [(&AtomicU64, u64); N]) {
        const { assert!(N <= LOG) };
        debug_assert!(self.is_empty());
        for ([at, logged], (word, value)) in self.arena.log().iter().zip(changes) {
            store(at, self.arena.offset_of(word));
            store(logged, value);
        }
        let logged = self.arena.head(head::LOGGED);
        begin(logged, N);
        for (word, value) in changes {
            store(word, value);
        }
        end(logged);
    }

    /// Whether nothing was written yet, so that all words are what they will be.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many words were written.
    #[inline]
    pub(super) const fn mark(&self) -> usize {
        self.len
    }

    /// Forgets the changes.
    #[inline]
    pub(super) const fn abandon(&mut self) {
        self.len = 0;
        self.seen = 0;
    }
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Says that so many entries are complete: the commit.
#[inline]
fn begin(logged: &AtomicU64, entries: usize) {
    // For the compiler: the entries are complete when their number is seen, and it is seen when the first of their words
    // changes. What a process has stored before it died is there when the kernel says that it is dead, in program order.
    compiler_fence(Ordering::SeqCst);
    store(logged, entries as u64);
    compiler_fence(Ordering::SeqCst);
}

/// Says that all of their words have changed.
#[inline]
fn end(logged: &AtomicU64) {
    compiler_fence(Ordering::SeqCst);
    store(logged, 0);
}

/// Ends what a dead holder of the lock had committed. May be cut short and repeated any number of times.
pub(super) fn recover(arena: &Arena) -> Result<(), Corrupt> {
    let logged = arena.head(head::LOGGED).load(Ordering::Relaxed);
    let Ok(len @ 0..=LOG) = usize::try_from(logged) else {
        return corrupt("the log has more entries than it can hold", logged);
    };
    for [at, value] in &arena.log()[..len] {
        let at = at.load(Ordering::Relaxed);
        let Some(word) = arena.word_at(at) else {
            return corrupt("an entry of the log is about an offset where no word of the region is", at);
        };
        store(word, value.load(Ordering::Relaxed));
    }
    end(arena.head(head::LOGGED));
    Ok(())
}

/// Bytes of the log's entries; what tests compare leaves them out.
#[cfg(test)]
pub(super) fn bytes_of_log(arena: &Arena) -> std::ops::Range<usize> {
    arena.head_at(head::ENTRIES)..arena.head_at(head::ENTRIES) + 2 * LOG * WORD
}

/// A store that tests count, and before which they may let the process die.
#[inline]
pub(crate) fn store(word: &AtomicU64, value: u64) {
    before_store();
    word.store(value, Ordering::Relaxed);
}

/// Called before each store that others may see.
#[inline]
pub(crate) fn before_store() {
    #[cfg(test)]
    super::tests::before_store();
}
