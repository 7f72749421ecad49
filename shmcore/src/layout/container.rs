//! Opaque types of which more is known than their fields: containers of fixed capacity, containers of the heap, locks.
//!
//! To everybody else they are opaque. Validation knows them by name and version, so that values are looked at where there are
//! some, and nowhere else; it is apart because these are lists, which const evaluation reads too.

use super::type_layout::{Field, Kind, Layout};

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

/// A container whose elements lie in a block elsewhere in the region: itself it has no places, only three words that lead there.
///
/// It tells the layout of what it holds by fields that are arrays of length 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeapContainer {
    /// One `value`.
    Box,
    /// `elements`.
    Vec,
    /// `elements`, around the end of its block.
    Deque,
    /// `elements`, which are bytes of UTF-8.
    String,
    /// `keys` and `values`.
    Map,
    /// `keys` and `values`, in order.
    Tree,
}

/// Name in the layout, and kind. All are of version 1.
const HEAP_CONTAINERS: [(&str, HeapContainer); 6] = [
    ("HeapBox", HeapContainer::Box),
    ("HeapVec", HeapContainer::Vec),
    ("HeapDeque", HeapContainer::Deque),
    ("HeapString", HeapContainer::String),
    ("HeapMap", HeapContainer::Map),
    ("HeapTree", HeapContainer::Tree),
];

impl HeapContainer {
    /// What the layout is of; `None` for all other types.
    pub(crate) const fn of(layout: &Layout<'_>) -> Option<Self> {
        let Kind::Opaque { version: 1, .. } = layout.kind else { return None };
        named(&HEAP_CONTAINERS, layout.name)
    }
}

/// What is known of the parts of an opaque type that is no container.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    /// They may be uninitialised, and nobody takes them for values.
    NoValues,
    /// They are values, whatever the words say.
    Values,
    /// The `value` is one if the `word` says that it is [`COMPLETE`]. In the layout it is a [`NoValues`](Self::NoValues).
    ValueIfComplete,
    /// Whether they are depends on the words.
    Depends,
}

/// The bit of the `word` of a `ShmOnceLock` that says that there is a value.
#[cfg(feature = "std")]
pub(super) const COMPLETE: u128 = 1 << 62;

/// Name in the layout, and what is inside. Only types of `core` and of this crate have these names: others are opaque by an
/// `unsafe impl` only.
const INSIDES: [(&str, Inside); 4] = [
    ("MaybeUninit", Inside::NoValues),
    ("ShmMutex", Inside::Values),
    ("ShmRwLock", Inside::Values),
    ("ShmOnceLock", Inside::ValueIfComplete),
];

impl Inside {
    /// By the name of an opaque type that is no container.
    pub(super) const fn of(name: &str) -> Self {
        match named(&INSIDES, name) {
            Some(inside) => inside,
            None => Self::Depends,
        }
    }
}

/// What a list has of this name.
const fn named<T: Copy, const N: usize>(list: &[(&str, T); N], name: &str) -> Option<T> {
    let mut i = 0;
    while i < N {
        if is_equal(name.as_bytes(), list[i].0.as_bytes()) {
            return Some(list[i].1);
        }
        i += 1;
    }
    None
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

/// The part of an opaque type with this name.
pub(super) const fn part<'a, 'l>(fields: &'a [Field<'l>], name: &str) -> Option<&'a Field<'l>> {
    let mut i = 0;
    while i < fields.len() {
        if is_equal(fields[i].name.as_bytes(), name.as_bytes()) {
            return Some(&fields[i]);
        }
        i += 1;
    }
    None
}

/// The value that a `ShmOnceLock` with these fields has if it is complete, out of its `MaybeUninit`.
pub(super) const fn once_value<'a, 'l>(fields: &'a [Field<'l>]) -> Option<&'a Field<'l>> {
    match part(fields, "value") {
        Some(Field { layout: Layout { kind: Kind::Opaque { fields, .. }, .. }, .. }) => part(fields, "value"),
        _ => None,
    }
}
