//! A region in the making: mapped, and known to nobody else.
//!
//! # Safety
//!
//! 1. A new memfd is all zeroes, and `ftruncate` fills what it adds with zeroes (ftruncate(2)).
//! 2. Until it is published, the region is known to its maker only: the descriptor is in no other process, and
//!    the mapping's address was given to nobody. A fork during that time is refused (`exclusive`), or the user's
//!    `unsafe`.

use std::fmt;
use std::os::fd::AsFd;

use super::Region;
use super::error::CreateError;
use super::facts::TypeFacts;
use super::geometry::{Geometry, Shape};
use super::mapping::Mapping;
use crate::sys;

/// A region that nobody else knows yet.
#[derive(Debug)]
pub(crate) struct Unpublished {
    region: Region,
}

impl Unpublished {
    /// An anonymous region for one value or a slice of a type: a sealed memfd, all zeroes, of which no page is touched
    /// yet.
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
        Ok(Self { region: Region { mapping, file, geometry, facts } })
    }

    /// Where the value goes. Its bytes are zero, its alignment is that of the type, and nobody else reads or writes
    /// them before [`publish`](Self::publish).
    pub(crate) fn value(&self) -> *mut u8 {
        self.region.value()
    }

    /// Declares the region complete: from here on it never changes but through what its value allows.
    pub(crate) fn publish(self) -> Region {
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
