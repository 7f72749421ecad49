//! Regions: pieces of memory with a header, the layout of a type and a value of it.
//!
//! ```text
//! | header | encoded layout | … | value, aligned to max(its alignment, 64) | … page |
//! ```
//!
//! A region is made in two steps, [`Unpublished`] and [`Region`], so that no half-made one is ever used. This layer
//! knows bytes and layouts; handles that know the type are one layer up.
//!
//! # Safety
//!
//! 1. The mapping of a [`Region`] is valid until the region is dropped: the file cannot shrink, because it is
//!    sealed.
#![allow(unsafe_code, reason = "reads the header in the mapping")]

mod create;
mod error;
mod exclusive;
mod facts;
mod geometry;
mod header;
mod mapping;

use std::os::fd::OwnedFd;

pub(crate) use create::Unpublished;
pub use error::CreateError;
pub(crate) use exclusive::Exclusive;
pub(crate) use facts::TypeFacts;
pub(crate) use geometry::Shape;
use header::Header;
use mapping::Mapping;

/// A region that is ready, in this process's address space. Unmapped when dropped; the memory is freed by the
/// kernel with the last process that has it.
#[derive(Debug)]
pub(crate) struct Region {
    mapping: Mapping,
    /// Keeps the memory reachable for processes to come.
    #[expect(dead_code, reason = "held, not used: closing it would end the region for later processes")]
    file: OwnedFd,
    value_offset: usize,
}

impl Region {
    /// The start of the value.
    pub(crate) fn value(&self) -> *mut u8 {
        // SAFETY: `add` requires that the result is inside the mapping: the geometry was made for its length.
        unsafe { self.mapping.base().add(self.value_offset) }
    }

    /// Whether `size` bytes at `address` lie inside this region.
    pub(crate) fn contains(&self, address: usize, size: usize) -> bool {
        let base = self.mapping.base().addr();
        address >= base
            && address - base <= self.mapping.len()
            && self.mapping.len() - (address - base) >= size
    }

    #[expect(clippy::cast_ptr_alignment, reason = "a mapping starts at a page")]
    fn header_pointer(&self) -> *mut Header {
        self.mapping.base().cast::<Header>()
    }

    fn header(&self) -> &Header {
        // SAFETY: a reference requires
        // 1. alignment: the mapping starts at a page; 2. validity while it lives: invariant 1, and the borrow of
        //    `self`; 3. a valid value: it was written before the region was made, every bit pattern of its
        //    fields is valid, and what changes after that is atomic.
        unsafe { &*self.header_pointer() }
    }
}
