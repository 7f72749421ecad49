//! The allocator of a process: `malloc` and `free`, called as C calls them. Apart from the locks, which other benches compare with.
//!
//! # Safety
//!
//! 1. The address in a `Block` is that of memory that `malloc` returned and nobody has freed: `allocate` alone makes blocks, and
//!    they cannot be copied.

use std::ptr::NonNull;

use crate::workloads::Allocate;

pub(crate) struct Glibc;

/// Memory that `malloc` returned.
pub(crate) struct Block(NonNull<u64>);

impl Allocate for Glibc {
    type Block = Block;

    #[inline]
    fn allocate(&mut self, size: usize) -> Block {
        assert!(size >= size_of::<u64>());
        // SAFETY: `malloc` has no conditions (malloc(3)).
        let block = unsafe { libc::malloc(size) };
        let block = NonNull::new(block.cast::<u64>()).expect("there is memory");
        // SAFETY: the block is new and at least as large as a `u64`, and aligned for every type of C (malloc(3)).
        unsafe { block.write_volatile(size as u64) };
        Block(block)
    }

    #[inline]
    fn free(&mut self, block: Block) {
        // SAFETY: `free` requires what `malloc` returned and nobody has freed (malloc(3)): invariant 1.
        unsafe { libc::free(block.0.as_ptr().cast()) };
    }
}
