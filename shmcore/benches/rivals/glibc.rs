//! The allocator of a process: `malloc` and `free`, called as C calls them. Apart from the locks, which other benches compare with.
//!
//! # Safety
//!
//! 1. Each address is that of memory that `malloc` returned and nobody has freed: `allocate` alone puts it there, and `free` takes it
//!    away.

use std::ptr::NonNull;

use crate::workloads::Allocate;
use crate::workloads::sequence::LIVE;

/// Places, each with the address of its block.
pub(crate) struct Glibc([Option<NonNull<u64>>; LIVE as usize]);

impl Glibc {
    pub(crate) const fn new() -> Self {
        Self([None; LIVE as usize])
    }
}

impl Allocate for Glibc {
    #[inline]
    fn allocate(&mut self, place: usize, size: usize) {
        assert!(size >= size_of::<u64>());
        // SAFETY: `malloc` has no conditions (malloc(3)).
        let block = unsafe { libc::malloc(size) };
        let block = NonNull::new(block.cast::<u64>()).expect("there is memory");
        // SAFETY: the block is new and at least as large as a `u64`, and aligned for every type of C (malloc(3)).
        unsafe { block.write_volatile(size as u64) };
        self.0[place] = Some(block);
    }

    #[inline]
    fn free(&mut self, place: usize) {
        let block = self.0[place].take().expect("allocated");
        // SAFETY: `free` requires what `malloc` returned and nobody has freed (malloc(3)): invariant 1.
        unsafe { libc::free(block.as_ptr().cast()) };
    }
}
