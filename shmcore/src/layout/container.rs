//! Containers of fixed capacity, as their layout tells of them: which of their places hold values.
//!
//! To everybody else they are opaque. Validation knows them by name and version, so that elements are looked at in the places
//! that hold some, and nowhere else; it is apart because it is one list, which const evaluation reads too.

#[cfg(feature = "std")]
use super::type_layout::Field;
use super::type_layout::{Kind, Layout};

/// How a container tells which of its `slots` hold values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// The first `len`.
    Sequence,
    /// The first `len`, which are bytes of UTF-8.
    Text,
    /// From `head` to before `tail`, around the end. Both are positions: numbers below twice the capacity, of which each place
    /// has two, so that full and empty differ.
    Ring,
    /// Those whose byte in `marks` is not 0.
    Table,
    /// It is a place itself, with a `value` if its `generation` is odd.
    Slot,
    /// The first `used` of its `slots` are places that tell for themselves.
    Slab,
}

/// Name and version in the layout, and kind.
const CONTAINERS: [(&str, u32, Container); 6] = [
    ("ShmVec", 1, Container::Sequence),
    ("ShmTable", 2, Container::Table),
    ("ShmString", 1, Container::Text),
    ("ShmDeque", 1, Container::Ring),
    ("ShmSlab", 1, Container::Slab),
    ("ShmSlabSlot", 1, Container::Slot),
];

impl Container {
    /// What the layout is of; `None` for all other types.
    pub(super) const fn of(layout: &Layout<'_>) -> Option<Self> {
        let Kind::Opaque { version, .. } = layout.kind else { return None };
        let mut i = 0;
        while i < CONTAINERS.len() {
            let (name, known, container) = CONTAINERS[i];
            if version == known && is_equal(layout.name.as_bytes(), name.as_bytes()) {
                return Some(container);
            }
            i += 1;
        }
        None
    }
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The part of a container with this name.
#[cfg(feature = "std")]
pub(super) fn part<'a>(fields: &'a [Field<'a>], name: &str) -> Option<&'a Field<'a>> {
    fields.iter().find(|field| field.name == name)
}
