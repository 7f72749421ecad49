//! The allocator `talc`, on memory that it was given: without a lock, as one thread would have it.
//!
//! # Safety
//!
//! 1. Each address is that of a block that `talc` returned with this size and nobody has freed: `allocate` alone puts it there, and
//!    `free` takes it away.

use std::alloc::Layout;
use std::ptr::NonNull;

use talc::base::Talc as Allocator;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

use super::memory;
use crate::workloads::Allocate;
use crate::workloads::sequence::LIVE;

/// Bytes that the blocks can have.
const BYTES: usize = 64 << 20;

pub(crate) struct Talc {
    allocator: Allocator<Manual, DefaultBinning>,
    blocks: Vec<Option<(NonNull<u8>, Layout)>>,
    memory: NonNull<u8>,
}

impl Drop for Talc {
    fn drop(&mut self) {
        // SAFETY: the memory was mapped for this allocator, which nobody uses any more (munmap(2)).
        assert_eq!(unsafe { libc::munmap(self.memory.as_ptr().cast(), BYTES) }, 0);
    }
}

impl Talc {
    pub(crate) fn new() -> Self {
        let memory = memory::shared(BYTES);
        let mut allocator = Allocator::new(Manual);
        // SAFETY: `claim` requires memory that nobody else uses, for as long as the allocator does: it was mapped for this.
        unsafe { allocator.claim(memory.as_ptr(), BYTES) }.expect("large enough");
        Self { allocator, blocks: vec![None; LIVE.into()], memory }
    }
}

impl Allocate for Talc {
    #[inline]
    fn allocate(&mut self, place: usize, size: usize) {
        let layout = Layout::from_size_align(size, 16).expect("small");
        // SAFETY: `allocate` requires a size that is not 0.
        let block = unsafe { self.allocator.allocate(layout) }.expect("there is room");
        // SAFETY: the block is new, aligned to 16, and at least as large as a `u64`.
        unsafe { block.cast::<u64>().write_volatile(size as u64) };
        self.blocks[place] = Some((block, layout));
    }

    #[inline]
    fn free(&mut self, place: usize) {
        let (block, layout) = self.blocks[place].take().expect("allocated");
        // SAFETY: `deallocate` requires a block of this allocator with this layout: invariant 1.
        unsafe { self.allocator.deallocate(block.as_ptr(), layout) };
    }
}
