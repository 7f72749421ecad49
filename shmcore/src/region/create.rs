//! A region in the making: mapped, with a header that does not say "ready", and known to nobody else.
//!
//! # Safety
//!
//! 1. A new memfd is all zeroes, and `ftruncate` fills what it adds with zeroes (ftruncate(2)).
//! 2. Until it is published, the region is known to its maker only: the descriptor is in no other process, and
//!    the mapping's address was given to nobody. A fork during that time is refused (`exclusive`), or the user's
//!    `unsafe`.
//! 3. [`Geometry`] keeps header, layout and value apart and inside the mapping, the value at its alignment.
#![allow(unsafe_code, reason = "writes the header and the layout into the mapping")]

use std::fmt;
use std::os::fd::AsFd;

use super::Region;
use super::error::CreateError;
use super::facts::TypeFacts;
use super::geometry::{Geometry, Shape};
use super::header::Header;
use super::mapping::Mapping;
use crate::sys;

/// A region that nobody else knows yet.
#[derive(Debug)]
pub(crate) struct Unpublished {
    region: Region,
}

impl Unpublished {
    /// An anonymous region for one value or a slice of a type: a sealed memfd, with header and layout written
    /// and the value all zeroes.
    pub(crate) fn anonymous(facts: &'static TypeFacts, shape: Shape) -> Result<Self, CreateError> {
        let name = AnonymousName { facts, shape };
        let Some(geometry) = Geometry::new(facts, shape) else {
            let len = match shape {
                Shape::Value => 1,
                Shape::Slice { len } => len,
            };
            return Err(CreateError::TooLarge {
                region: name.to_string(),
                element_size: facts.layout.size,
                len,
            });
        };
        let len = geometry.region_len;
        let os = |failed| CreateError::os(&name, len, failed);
        let file = sys::memfd::create(&file_name(facts)).map_err(os)?;
        sys::memfd::set_len(&file, len as u64).map_err(os)?;
        sys::memfd::seal_len(&file).map_err(os)?;
        let mapping =
            Mapping::new(file.as_fd(), len).map_err(|source| os(sys::Failed { call: "mmap", source }))?;
        let unpublished = Self { region: Region { mapping, file, value_offset: geometry.value_offset } };
        unpublished.write_header(facts, &geometry);
        Ok(unpublished)
    }

    fn write_header(&self, facts: &TypeFacts, geometry: &Geometry) {
        let header = self.region.header_pointer();
        // SAFETY: `write` requires
        // 1. validity for writes: the header lies inside the mapping (invariant 3) and is ours (invariant 2);
        // 2. alignment: the mapping starts at a page.
        unsafe { header.write(Header::new(geometry, facts.fingerprint)) };
        // SAFETY: `add` requires that the result is inside the mapping, as the encoded layout is (invariant 3).
        let layout = unsafe { header.add(1) }.cast::<u8>();
        // SAFETY: `from_raw_parts_mut` requires
        // 1. bytes that are valid for reads and writes and lie in one allocation: invariant 3;
        // 2. initialised: zeroes (invariant 1); 3. no other access while it is borrowed: invariant 2;
        // 4. a length of at most `isize::MAX`: `MAX_ENCODED_LEN` is less.
        let layout = unsafe { std::slice::from_raw_parts_mut(layout, geometry.layout_len) };
        let written = facts.layout.encode(layout);
        debug_assert_eq!(written, Some(geometry.layout_len), "the encoded layout has the length announced");
    }

    /// Where the value goes. Its bytes are zero, its alignment is that of the type, and nobody else reads or writes
    /// them before [`publish`](Self::publish).
    pub(crate) fn value(&self) -> *mut u8 {
        self.region.value()
    }

    /// Declares the region complete: from here on it never changes but through what its value allows.
    pub(crate) fn publish(self) -> Region {
        self.region.header().set_ready();
        self.region
    }
}

/// How an anonymous region is called in errors.
struct AnonymousName {
    facts: &'static TypeFacts,
    shape: Shape,
}

impl fmt::Display for AnonymousName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.facts.layout.name;
        match self.shape {
            Shape::Value => write!(f, "anonymous region of `{name}`"),
            Shape::Slice { .. } => write!(f, "anonymous region of `[{name}]`"),
        }
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
