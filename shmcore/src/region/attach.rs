//! Attaching: everything that is asked of a region before the first reference to its value, in this order.
//!
//! 1. the file: kind, owner, mode, number of names, seals;
//! 2. its length;
//! 3. the header: magic, format, byte order, pointer width, state, and that its numbers agree with the file;
//! 4. the shape and the layout of the type, byte for byte;
//! 5. the value, where some of its bytes could be none of their type;
//! 6. the generation of a heap.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::error::AttachError;
use super::examine::Examined;
use super::facts::TypeFacts;
use super::geometry::Shape;
use super::header::Beginning;
use super::mapping::Mapping;
use super::place::{Located, Missing, OTHERS, Place};
use super::registry::{self, Insertion};
use super::{Origin, Region};
use crate::sys::{self, Failed, file::Access, file::FileFacts};

/// What is expected in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// One value.
    Value,
    /// A slice of any length.
    Slice,
    /// One value, and an arena of any length.
    Heap,
}

/// Who answers for the other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The kernel: the file is the user's alone.
    Kernel,
    /// The caller, who has said so by `unsafe`.
    Caller,
}

/// What is to be attached to, and how.
#[derive(Debug, Clone)]
pub(crate) struct Attach {
    pub(crate) facts: &'static TypeFacts,
    pub(crate) expected: Expected,
    pub(crate) access: Access,
    pub(crate) trust: Trust,
}

impl Attach {
    /// Attaches to the region at a place.
    pub(crate) fn place(&self, place: &Place) -> Result<Arc<Region>, AttachError> {
        let region = self.describe(place);
        let located = match (place, self.trust) {
            // Who answers for the peers answers for the folder.
            (Place::File(path), Trust::Caller) => Located { path: path.clone(), user: 0 },
            _ => place.locate(Missing::Leave).map_err(|bad| AttachError::place(&region, bad))?,
        };
        let file = sys::file::open(&located.path, self.access).map_err(|failed| opening(&region, failed))?;
        let facts = sys::file::facts(&file).map_err(|failed| AttachError::os(&region, failed))?;
        if facts.links == 0 {
            // Unlinked since it was opened.
            return Err(AttachError::NotFound { region });
        }
        self.require_private(&region, &facts, located.user)?;
        if facts.links > 1 && self.trust == Trust::Kernel {
            return Err(AttachError::SeveralLinks { region, links: facts.links });
        }
        self.file(&region, file, &facts)
    }

    /// How the region at a place is called in errors.
    pub(crate) fn describe(&self, place: &Place) -> String {
        place.describe(self.facts, Shape::Value)
    }

    /// Attaches to the region that a descriptor from elsewhere leads to.
    pub(crate) fn descriptor(&self, file: BorrowedFd<'_>) -> Result<Arc<Region>, AttachError> {
        let region = format!("region of a descriptor, `{}`", self.facts.layout.name);
        let os = |failed| AttachError::os(&region, failed);
        let facts = sys::file::facts(file).map_err(os)?;
        self.require_private(&region, &facts, sys::user::effective_id())?;
        if self.trust == Trust::Kernel {
            match sys::memfd::is_len_sealed(file) {
                Some(true) => {}
                // A file with a name is as good as one that was opened by it.
                _ if facts.links == 1 => {}
                _ if facts.links > 1 => {
                    return Err(AttachError::SeveralLinks { region, links: facts.links });
                }
                _ => return Err(AttachError::Unsealed { region }),
            }
        }
        // The description may be shared with whoever has sent it: its own is what a process is known by.
        let file = sys::file::reopen(file, self.access).map_err(|failed| {
            match (failed.source.kind(), self.access) {
                (std::io::ErrorKind::PermissionDenied, Access::ReadWrite) => {
                    AttachError::ReadOnlyRegion { region: region.clone() }
                }
                _ => AttachError::os(&region, failed),
            }
        })?;
        self.file(&region, file, &facts)
    }

    /// Demands a file that belongs to `user`, as whom this process runs, and that nobody else may open.
    fn require_private(&self, region: &str, facts: &FileFacts, user: u32) -> Result<(), AttachError> {
        let region = || region.to_owned();
        if !facts.is_regular {
            return Err(AttachError::NotAFile { region: region() });
        }
        if self.trust == Trust::Caller {
            return Ok(());
        }
        if facts.owner != user {
            return Err(AttachError::ForeignOwner { region: region(), owner: facts.owner, user });
        }
        if facts.mode & OTHERS != 0 {
            return Err(AttachError::OpenMode { region: region(), mode: facts.mode });
        }
        Ok(())
    }

    /// Attaches to an open file.
    fn file(&self, region: &str, file: OwnedFd, facts: &FileFacts) -> Result<Arc<Region>, AttachError> {
        let attached = self.find_or_map(region, file, facts)?;
        Examined { attach: self, region }.begin_use(&attached)?;
        Ok(attached)
    }

    /// Finds that this process has an open file mapped already, or maps it.
    fn find_or_map(
        &self,
        region: &str,
        file: OwnedFd,
        facts: &FileFacts,
    ) -> Result<Arc<Region>, AttachError> {
        let identity = (facts.device, facts.inode);
        if let Some(known) = registry::find(identity, self.access) {
            Examined { attach: self, region }.known(&known)?;
            return Ok(known);
        }
        let attached = Arc::new(self.map(region, file.as_fd(), facts)?);
        let os = |failed| AttachError::os(region, failed);
        match registry::insert_or_find(attached, file, identity).map_err(os)? {
            Insertion::New(attached) => Ok(attached),
            Insertion::Known(known) => {
                // Another thread was faster; it may have another idea of the type.
                Examined { attach: self, region }.known(&known)?;
                Ok(known)
            }
        }
    }

    fn map(&self, region: &str, file: BorrowedFd<'_>, facts: &FileFacts) -> Result<Region, AttachError> {
        let examined = Examined { attach: self, region };
        let len = examined.len(facts)?;
        let os = |failed| AttachError::os(region, failed);
        let beginning = Beginning::read(file).map_err(os)?;
        let header = examined.header(&beginning, facts)?;
        let shape = examined.shape(&header)?;
        let geometry = examined.geometry(&header, shape, len)?;
        // The length was found to lie inside the file.
        let layout_len = usize::try_from(header.layout_len).unwrap_or(0);
        examined.layout(&beginning.layout(file, layout_len).map_err(os)?, &header)?;

        let mapping = match self.access {
            Access::ReadWrite => Mapping::writable(file, len, false),
            Access::ReadOnly => Mapping::read_only(file, len),
        };
        let mapping = mapping.map_err(|source| match (source.kind(), self.access) {
            // The seal against future writes.
            (std::io::ErrorKind::PermissionDenied, Access::ReadWrite) => {
                AttachError::ReadOnlyRegion { region: region.to_owned() }
            }
            _ => os(Failed { call: "mmap", source }),
        })?;
        let region = Region::new(mapping, geometry, self.facts, self.access, Origin::Attached);
        examined.value(&region)?;
        examined.generation(&region)?;
        Ok(region)
    }
}

/// The error of opening something by name.
fn opening(region: &str, failed: Failed) -> AttachError {
    if failed.is_not_found() {
        AttachError::NotFound { region: region.to_owned() }
    } else if failed.is_no_file() {
        AttachError::NotAFile { region: region.to_owned() }
    } else {
        AttachError::os(region, failed)
    }
}
