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

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicU32;

pub(crate) use create::Unpublished;
pub use error::CreateError;
pub(crate) use exclusive::Exclusive;
pub(crate) use facts::TypeFacts;
use geometry::Geometry;
pub(crate) use geometry::Shape;
use mapping::Mapping;

use crate::sys;

/// A region that is ready, in this process's address space. Unmapped when dropped; the memory is freed by the
/// kernel with the last process that has it.
#[derive(Debug)]
pub(crate) struct Region {
    mapping: Mapping,
    /// Keeps the memory reachable for processes to come. It never leaves this process; what does is another
    /// description of the file.
    file: OwnedFd,
    geometry: Geometry,
    facts: &'static TypeFacts,
}

impl Region {
    /// The start of the value, at the alignment of its type.
    pub(crate) fn value(&self) -> *mut u8 {
        // SAFETY: `add` requires that the result is inside the mapping: the geometry was made for its length.
        unsafe { self.mapping.base().add(self.geometry.value_offset) }
    }

    /// Whether `size` bytes at `address` lie inside this region.
    pub(crate) fn contains(&self, address: usize, size: usize) -> bool {
        let len = self.mapping.len();
        address
            .checked_sub(self.mapping.base().addr())
            .is_some_and(|offset| offset <= len && len - offset >= size)
    }

    /// A descriptor for another process, which finds the header written.
    pub(crate) fn try_clone_fd(&self) -> io::Result<OwnedFd> {
        header::write_once(self.header_words(), &self.geometry, self.facts)?;
        Ok(sys::memfd::reopen(&self.file)?)
    }

    /// The words of header and encoded layout.
    fn header_words(&self) -> &[AtomicU32] {
        // SAFETY: `from_raw_parts` requires
        // 1. words inside one allocation, aligned: the geometry puts the value behind them, and a mapping starts at a
        //    page; 2. valid while borrowed: invariant 1, and the borrow of `self`;
        // 3. initialised, and no `&mut` to them: a new region is zeroes, and all access is by these atomics.
        unsafe { std::slice::from_raw_parts(self.mapping.base().cast(), header::words(self.facts)) }
    }
}
