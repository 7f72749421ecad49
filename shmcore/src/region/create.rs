//! A region in the making: mapped, and known to nobody else.
//!
//! A region with a name is made without one, and gets it when it is complete: nobody ever opens a half-made one, and what a
//! process that dies has begun is gone with it.
//!
//! # Safety
//!
//! 1. A new file is all zeroes: what `ftruncate` and `fallocate` add is (ftruncate(2), fallocate(2)).
//! 2. Until it is published, the region is known to its maker only: the file has no name, the descriptor is in no other
//!    process, and the mapping's address was given to nobody. A fork during that time is refused
//!    (`borrows`), or the user's `unsafe`.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::CreateError;
use super::facts::TypeFacts;
use super::geometry::{Geometry, Shape};
use super::mapping::Mapping;
use super::place::{Missing, Place, folder_of};
use super::{Origin, Region, generation, header, heaps, registry};
use crate::sys::{self, Failed, file::Access};

/// What region is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) place: Place,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Whether all pages are touched at once.
    pub(crate) populate: bool,
    /// Whether space is left unreserved in the file system of a region with a name.
    pub(crate) sparse: bool,
    /// Whether the creator's mapping is the last one that can write.
    pub(crate) read_only_peers: bool,
}

impl Request {
    /// An anonymous region, as nearly everybody wants it.
    pub(crate) const ANONYMOUS: Self =
        Self { place: Place::Anonymous, mode: 0o600, populate: false, sparse: false, read_only_peers: false };
}

/// A region that nobody else knows yet.
#[derive(Debug)]
pub(crate) struct Unpublished<'a> {
    request: &'a Request,
    region: Arc<Region>,
    file: OwnedFd,
}

impl<'a> Unpublished<'a> {
    /// A region for one value, a slice or a heap of a type, all zeroes but for the generation of a heap.
    pub(crate) fn new(
        request: &'a Request,
        facts: &'static TypeFacts,
        shape: Shape,
    ) -> Result<Self, CreateError> {
        let Some(geometry) = Geometry::new(facts, shape) else {
            let region = request.place.describe(facts, shape);
            let element_size = if let Shape::Heap { .. } = shape { 1 } else { facts.layout.size };
            return Err(CreateError::TooLarge { region, element_size, len: shape.count() });
        };
        let maker = Maker { request, facts, geometry };
        maker.require_possible()?;
        let file = match &request.place {
            Place::Anonymous => maker.memfd()?,
            Place::Name(_) | Place::File(_) => maker.file_without_name()?,
        };
        let mapping = Mapping::writable(file.as_fd(), geometry.region_len, request.populate)
            .map_err(|source| maker.os(Failed { call: "mmap", source }))?;
        if request.read_only_peers {
            // Only now: the seal forbids writable mappings that are made after it.
            maker.seal_future_writes(&file)?;
        }
        let origin = match (&request.place, request.read_only_peers) {
            (Place::Anonymous, false) => Origin::Anonymous,
            (Place::Anonymous, true) => Origin::AnonymousReadOnlyPeers,
            (Place::Name(_) | Place::File(_), _) => Origin::Named,
        };
        let region = Region::new(mapping, geometry, facts, Access::ReadWrite, origin);
        if let Some(word) = region.generation() {
            let first =
                generation::first(|id| heaps::is_taken(id, word)).map_err(|failed| maker.os(failed))?;
            // Seen by others with whatever publishes the region.
            word.store(first, Ordering::Relaxed);
        }
        Ok(Self { request, region: Arc::new(region), file })
    }

    /// The region itself. Nobody else has it before [`publish`](Self::publish).
    pub(crate) fn region(&self) -> &Arc<Region> {
        &self.region
    }

    /// Where the value goes. Its bytes are zero, its alignment is that of the type, and nobody else reads or writes
    /// them before [`publish`](Self::publish).
    pub(crate) fn value(&self) -> *mut u8 {
        self.region.value()
    }

    /// Declares the region complete: from here on it never changes but through what its value allows, and others find
    /// it under its name.
    pub(crate) fn publish(self) -> Result<Arc<Region>, CreateError> {
        let Self { request, region, file } = self;
        let maker = Maker { request, facts: region.facts, geometry: region.geometry };
        let os = |failed| maker.os(failed);
        let base = region.base();
        if region.arena().is_some() {
            heaps::begin_use();
        }
        if request.place == Place::Anonymous {
            registry::insert(base, &region, Access::ReadWrite, file, None).map_err(os)?;
            return Ok(region);
        }
        let found = sys::file::facts(&file).map_err(os)?;
        let words = region.mapping.words(header::words(region.facts));
        header::write_once(words, &region.geometry, region.facts, &found).map_err(os)?;
        let identity = Some((found.device, found.inode));
        registry::insert(base, &region, Access::ReadWrite, file, identity).map_err(os)?;
        // Whoever finds the name finds its maker alive.
        registry::register(base).map_err(os)?;
        let path = maker.path()?;
        let named = registry::with_file(base, |file| sys::file::name(file, &path));
        named.map_err(|failed| match failed.source.kind() {
            io::ErrorKind::AlreadyExists => CreateError::AlreadyExists { region: maker.describe() },
            _ => os(failed),
        })?;
        Ok(region)
    }
}

/// The steps of making a region, and the errors of each.
struct Maker<'a> {
    request: &'a Request,
    facts: &'static TypeFacts,
    geometry: Geometry,
}

impl Maker<'_> {
    fn describe(&self) -> String {
        self.request.place.describe(self.facts, self.geometry.shape)
    }

    fn os(&self, failed: Failed) -> CreateError {
        CreateError::os(self.describe(), self.geometry.region_len, failed)
    }

    /// Refuses what would let others write, or cannot be done.
    fn require_possible(&self) -> Result<(), CreateError> {
        let Request { mode, read_only_peers, ref place, .. } = *self.request;
        if let (true, Shape::Heap { .. }) = (read_only_peers, self.geometry.shape) {
            let reason =
                "peers that only read cannot have a heap: to look at what a container owns, they write";
            return Err(CreateError::Unsupported { region: self.describe(), reason });
        }
        if mode & 0o600 != 0o600 || mode & 0o022 != 0 || mode & !0o777 != 0 {
            return Err(CreateError::InvalidMode { region: self.describe(), mode });
        }
        if read_only_peers && *place != Place::Anonymous {
            let reason =
                "peers that only read need an anonymous region: the kernel seals no file with a name";
            return Err(CreateError::Unsupported { region: self.describe(), reason });
        }
        Ok(())
    }

    fn memfd(&self) -> Result<OwnedFd, CreateError> {
        let file = sys::memfd::create(&file_name(self.facts)).map_err(|failed| self.os(failed))?;
        sys::memfd::set_len(&file, self.geometry.region_len as u64).map_err(|failed| self.os(failed))?;
        if !self.request.read_only_peers {
            sys::memfd::seal_len(&file).map_err(|failed| self.os(failed))?;
        }
        Ok(file)
    }

    fn seal_future_writes(&self, file: &OwnedFd) -> Result<(), CreateError> {
        sys::memfd::seal_len_and_future_writes(file).map_err(|failed| self.os(failed))
    }

    fn file_without_name(&self) -> Result<OwnedFd, CreateError> {
        let needed = self.geometry.region_len as u64;
        let region = || self.describe();
        // Beyond the limit the kernel would end the process by a signal.
        if let Some(limit) = sys::file::greatest_len().filter(|&limit| limit < needed) {
            return Err(CreateError::FileSizeLimit { region: region(), needed, limit });
        }
        let path = self.path()?;
        let file = sys::file::create_unnamed(folder_of(&path)).map_err(|failed| {
            if failed.is_unsupported() {
                let reason = "the file system cannot make files without a name (O_TMPFILE); tmpfs can";
                CreateError::Unsupported { region: region(), reason }
            } else {
                self.os(failed)
            }
        })?;
        sys::file::set_mode(&file, self.request.mode).map_err(|failed| self.os(failed))?;
        if self.request.sparse {
            sys::memfd::set_len(&file, needed).map_err(|failed| self.os(failed))?;
            return Ok(file);
        }
        sys::file::allocate(&file, needed).map_err(|failed| {
            if failed.is_no_space() {
                CreateError::NoSpace { region: region(), needed, free: sys::file::free_space(&file) }
            } else if failed.is_unsupported() {
                let reason =
                    "the file system cannot reserve space (fallocate); tmpfs can, or ask for a sparse region";
                CreateError::Unsupported { region: region(), reason }
            } else {
                self.os(failed)
            }
        })?;
        Ok(file)
    }

    fn path(&self) -> Result<PathBuf, CreateError> {
        let place = &self.request.place;
        place
            .locate(Missing::Make)
            .map(|located| located.path)
            .map_err(|bad| CreateError::place(self.describe(), self.geometry.region_len, bad))
    }
}

/// The name that `/proc/self/maps` shows, at most 249 bytes without a zero among them (`memfd_create(2)`).
fn file_name(facts: &TypeFacts) -> String {
    let mut name = String::from("shmcore:");
    for c in facts.layout.name.chars().filter(|&c| c != '\0') {
        if name.len() + c.len_utf8() > 249 {
            break;
        }
        name.push(c);
    }
    name
}
