//! What finds a value in a slab.
//!
//! # Safety
//!
//! 1. `repr(C)`: two `u32` and a `PhantomData`; every pattern is a handle. One that no slab has returned finds nothing, or what
//!    another one finds.
#![allow(
    unsafe_code,
    reason = "its type parameter is only named, so that a value may have handles of its own type"
)]

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::mem::offset_of;

use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, Pod, ShmSafe};

/// What finds a value in a [`ShmSlab`](super::ShmSlab), or in a [`heap::Slab`](crate::heap::Slab): the number of its place, and how
/// often that was used.
///
/// It means the same in every process, and may lie in shared memory itself, also in the value that it finds. It is of a type, but not
/// of one slab: in another slab it finds nothing, or another value of the type.
///
/// # Layout
///
/// `#[repr(C)]`: place and generation as `u32`. All zeroes is [`Handle::dangling`].
///
/// # Examples
///
/// ```
/// use shmcore::ShmSlab;
/// use shmcore::fixed::Handle;
///
/// let mut slab = ShmSlab::<u64, 10>::new();
/// let handle = slab.insert(5)?;
/// let same = Handle::<u64>::from_bits(handle.to_bits());
/// assert_eq!(slab[same], 5);
/// # Ok::<(), shmcore::fixed::CapacityError<u64>>(())
/// ```
#[repr(C)]
pub struct Handle<T> {
    index: u32,
    generation: u32,
    /// Neither `Send` nor `Sync` nor dropping depends on `T`.
    of: PhantomData<fn() -> T>,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: two numbers; 2. an exact layout: `repr(C)`, offsets are the compiler's, and there is nothing else but a
//    `PhantomData`, which has no bytes; 3. no interior mutability and 4. no drop glue: numbers have none; 5. every pattern is a value.
#[diagnostic::do_not_recommend]
unsafe impl<T: 'static> ShmSafe for Handle<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmHandle",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Struct {
            fields: &[
                Field { name: "index", offset: offset_of!(Self, index), layout: u32::LAYOUT },
                Field { name: "generation", offset: offset_of!(Self, generation), layout: u32::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are a value (invariant 1), the default, so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: 'static> PlacementDefault for Handle<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: every pattern is a value, two `u32` leave no padding, and nothing has interior mutability (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: 'static> Pod for Handle<T> {}

// SAFETY: numbers have no interior mutability.
#[diagnostic::do_not_recommend]
unsafe impl<T: 'static> Immutable for Handle<T> {}

const _: () = assert!(size_of::<Handle<u8>>() == 8 && align_of::<Handle<u8>>() == 4);

impl<T> Handle<T> {
    pub(crate) const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation, of: PhantomData }
    }

    /// A handle that finds nothing in any slab: for a value that has no successor, say.
    #[must_use]
    pub const fn dangling() -> Self {
        Self::new(0, 0)
    }

    /// The number of the place in the slab, from 0 on.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How often the place was used and freed: odd for what was in use when the handle was made.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// The handle as a number, to be stored in an atomic, say. [`Handle::dangling`] is 0.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The handle that [`to_bits`](Self::to_bits) made this number of. Any number is a handle; one that was not made of one finds
    /// nothing, or some value of the type.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
    pub const fn from_bits(bits: u64) -> Self {
        Self::new(bits as u32, (bits >> 32) as u32)
    }
}

impl<T> Copy for Handle<T> {}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Default for Handle<T> {
    /// [`Handle::dangling`].
    fn default() -> Self {
        Self::dangling()
    }
}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.index, self.generation) == (other.index, other.generation)
    }
}

impl<T> Eq for Handle<T> {}

impl<T> PartialOrd for Handle<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Handle<T> {
    /// By place, then by generation.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.index, self.generation).cmp(&(other.index, other.generation))
    }
}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bits().hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({} of generation {})", self.index, self.generation)
    }
}
