//! The heap's lock, for containers: blocks are made, given from one container to another, and freed, each as one step.
//!
//! # Safety
//!
//! 1. As of [`owned`](super::owned): whatever is committed leaves each block with one container that is bound to it.
#![allow(unsafe_code, reason = "points to blocks and visits values")]

mod simple;

use std::sync::atomic::Ordering;

use super::Heap;
use super::block::{Block, HEADER};
use super::error::HeapError;
use super::mend::{Mended, mend};
use super::owned::{Kind, PRIVATE, RawOwned, Words, is_of_a_heap, is_of_another_heap};
use super::raw::{Census, Failed, Found, Locked};
use crate::layout::{TypeLayout, visit_owned};
use crate::region::{note_private_block, note_private_block_gone, owner};
use crate::sync::me;

/// The holder of a heap's lock. What was not committed when it is dropped never was.
pub(super) struct Access<'h> {
    pub(super) heap: &'h Heap,
    locked: Locked<'h>,
    /// A container in this process's own memory, and its words after the commit.
    pending: Option<(&'h RawOwned, Words)>,
    /// How many blocks more, or less, this process will hold in its own memory.
    private_blocks: isize,
    me: u64,
}

/// A block that is allocated at the commit.
#[derive(Clone, Copy)]
pub(super) struct NewBlock<'h> {
    pub(super) block: Block<'h>,
    /// Bytes, at least as many as were asked for.
    pub(super) size: usize,
    /// What its container's words will be.
    pub(super) words: Words,
}

impl<'h> Access<'h> {
    /// Takes the lock.
    #[inline]
    pub(super) fn new(heap: &'h Heap) -> Result<Self, HeapError> {
        let me = me::token();
        let locked = heap.words().locked(me)?;
        Ok(Self { heap, locked, pending: None, private_blocks: 0, me })
    }

    /// Allocates a block for a container of a kind whose address is `owner`. Its words but the first three are not set.
    #[inline]
    pub(super) fn allocate(
        &mut self,
        size: usize,
        align: usize,
        kind: Kind,
        owner: usize,
    ) -> Result<NewBlock<'h>, HeapError> {
        debug_assert!(size >= HEADER);
        let new = match self.locked.allocate(size, align.max(16)) {
            Ok(new) => new,
            Err(Failed::OutOfMemory) => return Err(self.heap.out_of_memory(size)),
            Err(Failed::Corrupt(corrupt)) => return Err(corrupt.into()),
        };
        // If the heap is corrupt, what is said to be free may be anywhere.
        let block = self.heap.block_at(new.offset as u64);
        let Some(block) = block.filter(|block| self.heap.has_room(*block, new.size, align)) else {
            return Err(HeapError::Corrupt {
                what: "a new block lies outside the region",
                number: new.offset as u64,
            });
        };
        let (holder, stamp) = self.place_of(owner);
        let nonce = self.locked.next_nonce();
        // Free memory means nothing, so it is written before the commit.
        block.word(Block::NONCE).store(nonce, Ordering::Relaxed);
        block.word(Block::HOLDER).store(holder, Ordering::Relaxed);
        block.word(Block::KIND).store(kind.mark, Ordering::Relaxed);
        self.private_blocks += isize::from(holder != 0);
        Ok(NewBlock { block, size: new.size, words: Words { block: new.offset as u64, nonce, stamp } })
    }

    /// The holder of blocks whose container lies where this one does, and its stamp.
    fn place_of(&self, owner: usize) -> (u64, u64) {
        let generation = self.heap.generation();
        if self.heap.holds(owner) { (0, generation) } else { (self.me, generation | PRIVATE) }
    }

    /// Sets the words of a container at the commit.
    #[inline]
    pub(super) fn set(&mut self, owned: &'h RawOwned, words: Words) {
        if self.heap.holds(owned.address()) {
            owned.each_changed(words, |word, value| self.locked.write(word, value));
        } else {
            // One that dies with this process may be set after the commit.
            self.pending = Some((owned, words));
        }
    }

    /// Changes a word of a block at the commit.
    #[inline]
    pub(super) fn write(&mut self, block: Block<'_>, index: usize, value: u64) {
        self.locked.write(block.word(index), value);
    }

    /// How many words this step may write yet.
    pub(super) const fn room(&self) -> usize {
        self.locked.room()
    }

    /// Makes all changes since the last commit as one, also if this process dies meanwhile.
    #[inline]
    pub(super) fn commit(&mut self) {
        self.locked.commit();
        if let Some((owned, words)) = self.pending.take() {
            owned.set(words);
        }
        if self.private_blocks != 0 {
            self.note_private_blocks();
        }
    }

    #[cold]
    fn note_private_blocks(&mut self) {
        for _ in 0..self.private_blocks {
            note_private_block();
        }
        for _ in self.private_blocks..0 {
            note_private_block_gone();
        }
        self.private_blocks = 0;
    }

    /// Forgets the changes since the last commit.
    pub(super) fn abandon(&mut self) {
        self.locked.abandon();
        self.pending = None;
        self.private_blocks = 0;
    }

    /// The block that these words own by the heap's own tables; `None` if they own nothing.
    #[inline]
    fn owned_block(&self, words: Words) -> Result<Option<(Block<'h>, Found)>, HeapError> {
        if words.block == 0 {
            return Ok(None);
        }
        if is_of_another_heap(words.stamp, self.heap.generation()) {
            return Err(HeapError::OtherHeap);
        }
        let offset = usize::try_from(words.block).unwrap_or(usize::MAX);
        if !is_of_a_heap(words.stamp) {
            return Err(HeapError::NotTheOwner { offset });
        }
        let found = self.locked.block(offset)?;
        match (self.heap.block_at(words.block), found) {
            (Some(block), Some(found)) if block.nonce() == words.nonce => Ok(Some((block, found))),
            _ => Err(HeapError::NotTheOwner { offset }),
        }
    }

    /// Binds a container to its block in this generation, unless it is: its block gets a new nonce, which no copy of the container
    /// has. What a process that died had begun in the block is ended.
    ///
    /// # Errors
    ///
    /// [`HeapError::NotTheOwner`], if it is not the container's any more.
    pub(super) fn bind(
        &mut self,
        owned: &'h RawOwned,
        layout: &TypeLayout,
        mark: Option<u64>,
    ) -> Result<(), HeapError> {
        let words = owned.words();
        let block = match self.owned_block(words) {
            Ok(Some((block, _))) => block,
            Ok(None) => return Ok(()),
            Err(error) => {
                if matches!(error, HeapError::NotTheOwner { .. }) {
                    // What was torn may have any stamp, also one that a generation will have some day.
                    owned.forget_generation();
                }
                return Err(error);
            }
        };
        let (holder, stamp) = self.place_of(owned.address());
        let was_held_by = block.holder();
        if words.stamp == stamp && was_held_by == holder {
            // Another reader was faster.
            return Ok(());
        }
        if mark.is_some_and(|mark| mark != block.kind()) {
            return Err(HeapError::Corrupt {
                what: "a block is of another type than its container",
                number: words.block,
            });
        }
        match mend(self, layout, block)? {
            Mended::Kept => {
                let nonce = self.locked.next_nonce();
                self.write(block, Block::NONCE, nonce);
                self.hold(block, holder);
                self.set(owned, Words { block: words.block, nonce, stamp });
            }
            Mended::Free => {
                self.free_block(block)?;
                self.set(owned, Words::EMPTY);
            }
        }
        self.commit();
        Ok(())
    }

    /// Changes the holder of a block at the commit.
    fn hold(&mut self, block: Block<'_>, holder: u64) {
        let before = block.holder();
        if before != holder {
            self.write(block, Block::HOLDER, holder);
            self.private_blocks += isize::from(holder == self.me) - isize::from(owner::is_own(before));
        }
    }

    /// Frees a block at the commit.
    #[inline]
    pub(super) fn free_block(&mut self, block: Block<'_>) -> Result<(), HeapError> {
        let offset = block.offset();
        let Some(found) = self.locked.block(offset)? else { return Err(HeapError::NotTheOwner { offset }) };
        self.free_found(block, found)
    }

    #[inline]
    fn free_found(&mut self, block: Block<'_>, found: Found) -> Result<(), HeapError> {
        self.locked.free(found)?;
        let holder = block.holder();
        if holder != 0 {
            self.private_blocks -= isize::from(owner::is_own(holder));
        }
        Ok(())
    }

    /// Lets a block grow to at least so many bytes at the commit, where it lies; the new size. `None` if it cannot.
    pub(super) fn extend(&mut self, block: Block<'_>, size: usize) -> Result<Option<usize>, HeapError> {
        let offset = block.offset();
        let Some(found) = self.locked.block(offset)? else { return Err(HeapError::NotTheOwner { offset }) };
        Ok(self.locked.extend(found, size)?)
    }

    /// Bytes of a block, by the heap's own tables.
    pub(super) fn size_of(&self, block: Block<'_>) -> Result<usize, HeapError> {
        let offset = block.offset();
        self.locked.block(offset)?.map(|found| found.size).ok_or(HeapError::NotTheOwner { offset })
    }

    /// Calls `each` with every block.
    pub(super) fn each_block(&self, mut each: impl FnMut(Block<'h>)) {
        // Of a heap that is corrupt, those are passed that are found.
        let _ = self
            .locked
            .each_block(|offset, _| self.heap.block_at(offset as u64).into_iter().for_each(&mut each));
    }

    /// Walks over everything.
    pub(super) fn check(&self) -> Result<Census, HeapError> {
        Ok(self.locked.check()?)
    }

    /// Gives back what is kept for small blocks.
    pub(super) fn trim(&mut self) -> Result<(), HeapError> {
        Ok(self.locked.trim()?)
    }

    /// Frees what a container owns, and what the values in it own. It owns nothing then. A copy, which owns nothing, is emptied.
    ///
    /// # Errors
    ///
    /// If the heap is corrupt.
    pub(super) fn free(&mut self, owned: &'h RawOwned, layout: &TypeLayout) -> Result<(), HeapError> {
        let (block, found) = match self.owned_block(owned.words()) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(HeapError::NotTheOwner { .. }) => {
                self.set(owned, Words::EMPTY);
                self.commit();
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        super::mend::free_contents(self, layout, block)?;
        self.free_found(block, found)?;
        self.set(owned, Words::EMPTY);
        self.commit();
        Ok(())
    }

    /// Frees what a value owns that is not needed any more.
    ///
    /// # Safety
    ///
    /// `value` points to a value with this layout, which the caller has to itself and never uses again but as bytes.
    pub(super) unsafe fn free_owned_by(
        &mut self,
        layout: &TypeLayout,
        value: *mut u8,
    ) -> Result<(), HeapError> {
        let mut result = Ok(());
        let mut visit = |layout: &TypeLayout, container: *mut u8| {
            // SAFETY: a container that was found in the value begins with its words.
            let owned = unsafe { words_at(container) };
            if result.is_ok() {
                result = self.free(owned, layout);
            }
        };
        // SAFETY: `visit_owned` requires a value that the caller has alone, and that containers only are written to: the caller's
        // condition, and `free` writes their words.
        unsafe { visit_owned(layout, value, &mut visit) };
        result
    }

    /// Makes sure that what a value owns is bound to it where it lies now. Commits.
    ///
    /// # Errors
    ///
    /// If a container in it is of another heap. One that is a copy is left as it is.
    ///
    /// # Safety
    ///
    /// As [`free_owned_by`](Self::free_owned_by), but the value stays one.
    pub(super) unsafe fn bind_all(&mut self, layout: &TypeLayout, value: *mut u8) -> Result<(), HeapError> {
        let mut result = Ok(());
        let mut visit = |layout: &TypeLayout, container: *mut u8| {
            // SAFETY: as in `free_owned_by`.
            let owned = unsafe { words_at(container) };
            if result.is_ok() {
                result = match self.bind(owned, layout, None) {
                    Err(HeapError::NotTheOwner { .. }) => Ok(()),
                    result => result,
                };
            }
        };
        // SAFETY: as in `free_owned_by`.
        unsafe { visit_owned(layout, value, &mut visit) };
        result
    }

    /// Gives what a value owns to the heap: for a value that was bound in this process's own memory, and was copied to `value`, a
    /// place in the heap that is no value before the commit.
    ///
    /// # Safety
    ///
    /// As [`bind_all`](Self::bind_all).
    pub(super) unsafe fn give(&mut self, layout: &TypeLayout, value: *mut u8) {
        // SAFETY: as in `free_owned_by`.
        unsafe { self.hold_all(layout, value, 0) };
    }

    /// Takes what a value owns into this process's own memory: for a value in the heap that is bound, and will be copied from there.
    ///
    /// # Safety
    ///
    /// As [`bind_all`](Self::bind_all).
    pub(super) unsafe fn take(&mut self, layout: &TypeLayout, value: *mut u8) {
        let me = self.me;
        // SAFETY: as in `free_owned_by`.
        unsafe { self.hold_all(layout, value, me) };
    }

    /// # Safety
    ///
    /// As [`bind_all`](Self::bind_all).
    unsafe fn hold_all(&mut self, layout: &TypeLayout, value: *mut u8, holder: u64) {
        let generation = self.heap.generation();
        let mut visit = |_: &TypeLayout, container: *mut u8| {
            // SAFETY: as in `free_owned_by`.
            let owned = unsafe { words_at(container) };
            let words = owned.words();
            let Ok(Some((block, _))) = self.owned_block(words) else { return };
            if self.room() < 16 {
                // Of a value with so many containers some are given before it is. If this process dies in between, they are
                // found again as what nobody owns.
                self.locked.commit();
            }
            self.hold(block, holder);
            // The place is no value yet, or none any more, so it is written at once.
            let stamp = if holder == 0 { generation } else { generation | PRIVATE };
            owned.set(Words { stamp, ..words });
        };
        // SAFETY: as in `free_owned_by`.
        unsafe { visit_owned(layout, value, &mut visit) };
    }
}

/// The words of a container.
///
/// # Safety
///
/// A container of a heap lies there, aligned, and nobody writes to it but by atomics as long as the words are used.
#[expect(clippy::cast_ptr_alignment, reason = "the caller vouches for it")]
unsafe fn words_at<'a>(container: *mut u8) -> &'a RawOwned {
    // SAFETY: a reference requires what the caller vouches for; a container begins with its words.
    unsafe { &*container.cast::<RawOwned>() }
}
