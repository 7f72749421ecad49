//! What a block begins with, and how its words are reached.
//!
//! ```text
//! nonce | holder | kind | words of the container … | elements, aligned …
//! ```
//!
//! | holder | means |
//! |---|---|
//! | 0 | a container in the heap owns the block |
//! | token | a container in the own memory of the process with this token does; or one in the heap that was put there by a plain move and not used since |
//!
//! # Safety
//!
//! 1. A `Block` points to the start of an allocated block, or of one that this thread is about to allocate, whose bytes stay mapped
//!    for `'a`. Its first [`HEADER`] bytes and the container's words are used as atomics only.
#![allow(unsafe_code, reason = "looks at memory as atomics")]

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use super::word::Word;

/// Bytes of the words that all blocks have.
pub(super) const HEADER: usize = 24;

/// A block of a heap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    start: NonNull<u8>,
    offset: usize,
    heap: PhantomData<&'a Word>,
}

impl<'a> Block<'a> {
    /// # Safety
    ///
    /// `start` points to a block of at least `HEADER` bytes, aligned to 16, that stays mapped for `'a`; it lies at `offset` from the
    /// region's start. Its first bytes, and those of its container's words, are used as atomics only.
    #[inline]
    pub(super) const unsafe fn new(start: NonNull<u8>, offset: usize) -> Self {
        Self { start, offset, heap: PhantomData }
    }

    /// From the region's start, in bytes.
    #[inline]
    pub(super) const fn offset(self) -> usize {
        self.offset
    }

    /// The address of the block.
    #[inline]
    pub(super) const fn address(self) -> *const u8 {
        self.start.as_ptr()
    }

    /// The word with this index from the block's start. The first three are those of all blocks.
    #[inline]
    pub(super) fn word(self, index: usize) -> &'a Word {
        // SAFETY: `add` requires that the result is inside the mapping: indices are those of the words that a container has, which has
        // made the block large enough, or found that it is; if it is none, the arena leaves room for them behind every place.
        let word = unsafe { self.start.cast::<Word>().add(index) };
        // SAFETY: a reference requires aligned, initialised memory that lives as long and is used as atomics: invariant 1, and a
        // region is bytes.
        unsafe { word.as_ref() }
    }

    /// The address of a byte of the block.
    ///
    /// # Safety
    ///
    /// It is inside, or the end.
    #[inline]
    pub(super) const unsafe fn byte(self, index: usize) -> NonNull<u8> {
        // SAFETY: `add` requires what the caller vouches for.
        unsafe { self.start.add(index) }
    }

    #[inline]
    pub(super) fn nonce(self) -> u64 {
        self.word(0).load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn holder(self) -> u64 {
        self.word(1).load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn kind(self) -> u64 {
        self.word(2).load(Ordering::Relaxed)
    }

    /// The index of the word with the nonce, as for all below.
    pub(super) const NONCE: usize = 0;
    pub(super) const HOLDER: usize = 1;
    pub(super) const KIND: usize = 2;
}
