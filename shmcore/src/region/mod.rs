//! Regions: pieces of memory with a header, the layout of a type and a value of it.
//!
//! ```text
//! | header | encoded layout | … | value, aligned to max(its alignment, 64) | … page |
//! | header | encoded layout | … | value, as above | … | arena, aligned to 64         |    a heap
//! ```
//!
//! A region is made in two steps, [`Unpublished`] and [`Region`], so that no half-made one is ever used. This layer
//! knows bytes and layouts; handles that know the type are one layer up.
//!
//! # Safety
//!
//! 1. The first 8 bytes of an arena are an `AtomicU64` to everybody: the generation. The arena is aligned to 64 bytes, and has at
//!    least as many (`Arena`).
#![allow(unsafe_code, reason = "points into the mapping")]

mod attach;
pub(crate) mod borrows;
mod create;
mod error;
mod examine;
mod facts;
mod generation;
mod geometry;
mod header;
mod heaps;
mod mapping;
pub(crate) mod owner;
mod place;
mod registry;
mod token;

use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicU64;

pub(crate) use attach::{Attach, Expected, Trust};
pub(crate) use borrows::{Borrow, note_private_block, note_private_block_gone, set_count_of_private_blocks};
pub(crate) use create::{Request, Unpublished};
pub use error::{AttachError, CreateError, OpenOrCreateError};
pub(crate) use facts::TypeFacts;
use geometry::Geometry;
pub(crate) use geometry::{Arena, Shape};
pub(crate) use heaps::note_torn;
#[cfg(test)]
pub(crate) use heaps::turns::alone;
use mapping::Mapping;
pub(crate) use place::{Place, unlink};
pub use token::Token;

use crate::sys::{self, Failed, file::Access};

/// Where a region comes from, which decides what may be done to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Made by this process, without a name.
    Anonymous,
    /// The same, and nobody else may write to it.
    AnonymousReadOnlyPeers,
    /// Made by this process, under a name.
    Named,
    /// Made by whomever.
    Attached,
}

/// A region that is ready, in this process's address space. Unmapped when dropped; the memory is freed by the
/// kernel with the last process that has it.
#[derive(Debug)]
pub(crate) struct Region {
    mapping: Mapping,
    /// What the registry knew of the region, once it is being dropped: the descriptor is closed after the mapping is gone.
    entry: Option<registry::Entry>,
    geometry: Geometry,
    facts: &'static TypeFacts,
    access: Access,
    origin: Origin,
}

impl Region {
    fn new(
        mapping: Mapping,
        geometry: Geometry,
        facts: &'static TypeFacts,
        access: Access,
        origin: Origin,
    ) -> Self {
        Self { mapping, entry: None, geometry, facts, access, origin }
    }

    /// The start of the value, at the alignment of its type.
    pub(crate) fn value(&self) -> *mut u8 {
        // SAFETY: `add` requires that the result is inside the mapping: the geometry was made for its length.
        unsafe { self.mapping.base().add(self.geometry.value_offset) }
    }

    /// The number of values.
    pub(crate) fn len(&self) -> usize {
        self.geometry.shape.len()
    }

    /// The first byte of the mapping.
    pub(crate) fn base_pointer(&self) -> *mut u8 {
        self.mapping.base()
    }

    /// The length of the mapping in bytes.
    pub(crate) fn mapped_len(&self) -> usize {
        self.mapping.len()
    }

    /// Where the arena lies, if this is a heap.
    pub(crate) fn arena(&self) -> Option<Arena> {
        self.geometry.arena()
    }

    /// The generation, if this is a heap.
    pub(crate) fn generation(&self) -> Option<&AtomicU64> {
        let word = self.generation_pointer()?;
        // SAFETY: a reference requires an aligned, valid `AtomicU64` that stays as long as it lives: invariant 1, the mapping
        // is borrowed with `self`, and a file is bytes.
        Some(unsafe { &*word })
    }

    fn generation_pointer(&self) -> Option<*mut AtomicU64> {
        let Arena { offset, .. } = self.arena()?;
        // SAFETY: `add` requires that the result is inside the mapping: the geometry was made for its length.
        let word = unsafe { self.mapping.base().add(offset) };
        #[expect(clippy::cast_ptr_alignment, reason = "an arena is aligned to 64 bytes")]
        Some(word.cast::<AtomicU64>())
    }

    /// Notes that this process has a heap, if this is one that it can write to, so that its forks are told to it.
    fn list(&self) {
        if let (Some(word), Access::ReadWrite) = (self.generation_pointer(), self.access) {
            // SAFETY: `insert` requires that the word stays, an `AtomicU64` to everybody, until `remove`: invariant 1, and
            // `drop` calls it before the mapping goes.
            unsafe { heaps::insert(word) };
        }
    }

    /// Whether `size` bytes at `address` lie inside this region.
    pub(crate) fn contains(&self, address: usize, size: usize) -> bool {
        let len = self.mapping.len();
        address.checked_sub(self.base()).is_some_and(|offset| offset <= len && len - offset >= size)
    }

    /// A descriptor for another process, which finds the header written and this process alive.
    pub(crate) fn try_clone_fd(&self) -> Result<OwnedFd, Failed> {
        if self.access == Access::ReadWrite {
            registry::register(self.base())?;
        }
        let (file, identity) = registry::with_file(self.base(), |file| {
            let found = sys::file::facts(file)?;
            if matches!(self.origin, Origin::Anonymous | Origin::AnonymousReadOnlyPeers) {
                let words = self.mapping.words(header::words(self.facts));
                header::write_once(words, &self.geometry, self.facts, &found)?;
            }
            // A memfd is made with mode 0777 or 0666.
            let access = match self.origin {
                Origin::Anonymous => {
                    sys::file::set_mode(file, 0o600)?;
                    Access::ReadWrite
                }
                Origin::AnonymousReadOnlyPeers => {
                    sys::file::set_mode(file, 0o400)?;
                    Access::ReadOnly
                }
                Origin::Named | Origin::Attached => self.access,
            };
            Ok((sys::file::reopen(file, access)?, (found.device, found.inode)))
        })?;
        registry::set_identity(self.base(), identity);
        Ok(file)
    }

    /// Whether the process with this token lives and has this region.
    pub(crate) fn is_alive(&self, token: Token) -> Result<bool, Failed> {
        registry::is_alive(self.base(), token)
    }

    /// The other processes that live and are known to have this region.
    pub(crate) fn peers(&self) -> Result<Vec<Token>, Failed> {
        registry::peers(self.base())
    }

    /// Whether the file of this region has a name.
    pub(crate) fn has_name(&self) -> Result<bool, Failed> {
        registry::with_file(self.base(), |file| Ok(sys::file::facts(file)?.links > 0))
    }

    /// The address of the mapping, by which the registry knows the region.
    fn base(&self) -> usize {
        self.mapping.base().addr()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if let Some(word) = self.generation_pointer() {
            heaps::remove(word);
        }
        self.entry = registry::remove(self.base());
    }
}
