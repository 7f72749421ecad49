//! The lock of a heap, and what its holder does: one transaction after the other.

use std::sync::atomic::AtomicU64;

use super::allocate::{Found, New, next_nonce};
use super::arena::Arena;
use super::error::{Corrupt, Failed};
use super::transaction::{Transaction, recover};
use crate::sync::raw::mutex::RawMutex;
use crate::sync::raw::world::Patience;

/// The lock of a heap whose state is in order. Given back when dropped; what was not committed by then never was.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    transaction: Transaction<'a>,
    _lock: Held<'a>,
}

/// The lock, given back when dropped: also by a panic. Then nothing has changed that was not committed.
struct Held<'a> {
    lock: &'a RawMutex,
    me: u64,
}

impl std::fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        self.lock.unlock(self.me);
    }
}

impl Arena {
    /// Takes the lock for the process with the token `me`. What a dead holder had committed is ended first.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if what it left behind is not what it can have written.
    #[inline]
    pub(crate) fn locked(&self, me: u64) -> Result<Locked<'_>, Corrupt> {
        let lock = self.lock();
        if !lock.lock_fast(me) {
            self.lock_slow(me)?;
        }
        Ok(Locked { transaction: Transaction::new(self), _lock: Held { lock, me } })
    }

    #[cold]
    fn lock_slow(&self, me: u64) -> Result<(), Corrupt> {
        let lock = self.lock();
        // Nobody waits longer than for ever.
        let Ok(acquired) = lock.lock_slow(me, Patience::Forever) else {
            unreachable!("the lock was given up")
        };
        if acquired.is_poisoned {
            // If this process dies here, the next one does the same again.
            if let Err(corrupt) = recover(self) {
                lock.unlock(me);
                return Err(corrupt);
            }
            lock.clear_poison();
            lock.clear_suspicion();
        }
        Ok(())
    }
}

impl<'a> Locked<'a> {
    #[inline]
    pub(super) const fn arena(&self) -> &'a Arena {
        self.transaction.arena
    }

    /// Makes these changes as one, where nothing was written yet.
    #[inline]
    pub(super) fn commit_these<const N: usize>(&mut self, changes: [(&AtomicU64, u64); N]) {
        self.transaction.commit_these(changes);
    }

    /// Allocates a block at the commit. Until then its memory is nobody else's.
    ///
    /// # Errors
    ///
    /// If there is no room, or the heap is corrupt. Changes of this transaction are forgotten.
    #[inline]
    pub(crate) fn allocate(&mut self, size: usize, align: usize) -> Result<New, Failed> {
        let before = self.transaction.mark();
        match self.transaction.allocate(size, align) {
            Err(Failed::OutOfMemory) if before == 0 => {
                self.transaction.abandon();
                self.transaction.give_spare_chunks()?;
                self.transaction.allocate(size, align)
            }
            result => result,
        }
    }

    /// The block that begins at an offset, by the heap's own tables.
    #[inline]
    pub(crate) fn block(&self, offset: usize) -> Result<Option<Found>, Corrupt> {
        self.transaction.block(offset)
    }

    /// Frees a block at the commit.
    #[inline]
    pub(crate) fn free(&mut self, block: Found) -> Result<(), Corrupt> {
        self.transaction.free(block)
    }

    /// Lets a large block grow at the commit, where it lies. `None` if what follows it is not free.
    pub(crate) fn extend(&mut self, block: Found, size: usize) -> Result<Option<usize>, Corrupt> {
        self.transaction.extend(block, size)
    }

    /// A number that no block had before.
    #[inline]
    pub(crate) fn next_nonce(&mut self) -> u64 {
        next_nonce(self.transaction.arena)
    }

    /// Changes a word of the region at the commit.
    #[inline]
    pub(crate) fn write(&mut self, word: &AtomicU64, value: u64) {
        self.transaction.append(word, value);
    }

    /// How many words this transaction may write yet.
    pub(crate) const fn room(&self) -> usize {
        self.transaction.room()
    }

    /// Makes all changes, as one, also if this process dies meanwhile.
    #[inline]
    pub(crate) fn commit(&mut self) {
        self.transaction.commit();
    }

    /// Forgets the changes since the last commit.
    pub(crate) const fn abandon(&mut self) {
        self.transaction.abandon();
    }

    /// Gives back the memory that is kept for small blocks although none is there.
    pub(crate) fn trim(&mut self) -> Result<(), Corrupt> {
        self.transaction.give_spare_chunks()
    }

    pub(super) const fn transaction(&self) -> &Transaction<'_> {
        &self.transaction
    }
}
