//! What a value looks like in memory, as plain data.
//!
//! A [`TypeLayout`] is a tree of constants: name, size, alignment and kind of a type, down to its primitives.
//! The derive writes one for every type. From it come the fingerprint, the encoded form in a region's header,
//! the comparison of two layouts and the table that a person reads.
//!
//! This layer knows nothing of traits or regions, and lies below the traits because `ShmSafe` names it.

mod accepts;
mod container;
#[cfg(feature = "std")]
mod decode;
mod diff;
mod encode;
mod equal;
mod fingerprint;
#[cfg(all(fuzzing, feature = "std"))]
#[doc(hidden)]
pub mod fuzzing;
mod owns;
#[cfg(feature = "std")]
mod part;
mod path;
mod render;
mod shown;
mod type_layout;
#[cfg(feature = "std")]
mod validate;

#[cfg(test)]
mod test_trees;
#[cfg(all(test, feature = "std"))]
mod test_values;

#[cfg(feature = "std")]
pub(crate) use decode::{Arena, decode};
pub use diff::LayoutDiff;
pub use encode::MAX_ENCODED_LEN;
pub use fingerprint::Fingerprint;
#[cfg(feature = "std")]
pub(crate) use part::has_part_at;
pub use type_layout::Primitive;
#[cfg(feature = "std")]
pub(crate) use validate::{InvalidValue, validate, validate_published, validate_published_slice};
#[cfg(feature = "std")]
#[allow(unused_imports, reason = "the heap uses them")]
pub(crate) use {
    container::HeapContainer,
    owns::owns_heap_memory,
    validate::{HeapHook, OwnedPlan, set_heap_hook, validate_slice, visit_owned},
};

/// The tree's types with the lifetime of what they borrow.
///
/// Programs rarely need it: the layout of a type of the program is made of constants, which [`TypeLayout`],
/// [`Kind`], [`Field`] and [`Variant`] name. A layout that was read from a region borrows from the bytes there.
pub mod tree {
    pub use super::type_layout::{Field, Kind, Layout, Variant};
}

/// The exact memory layout of a type of this program, made of constants.
///
/// Every [`ShmSafe`](crate::ShmSafe) type has one, as [`ShmSafe::LAYOUT`](crate::ShmSafe::LAYOUT).
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, TypeLayout};
///
/// const LAYOUT: &TypeLayout = <[u64; 3]>::LAYOUT;
/// assert_eq!(LAYOUT.size, 24);
/// ```
pub type TypeLayout = type_layout::Layout<'static>;

/// What a type of this program is made of: see [`tree::Kind`].
pub type Kind = type_layout::Kind<'static>;

/// A field of a type of this program: see [`tree::Field`].
pub type Field = type_layout::Field<'static>;

/// A variant of an enum of this program: see [`tree::Variant`].
pub type Variant = type_layout::Variant<'static>;
