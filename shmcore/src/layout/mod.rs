//! What a value looks like in memory, as plain data.
//!
//! A [`TypeLayout`] is a tree of constants: name, size, alignment and kind of a type, down to its primitives.
//! The derive writes one for every type. From it come the fingerprint, the encoded form in a region's header,
//! the comparison of two layouts and the table that a person reads.
//!
//! This layer knows nothing of traits or regions, and lies below the traits because `ShmSafe` names it.

mod accepts;
#[cfg(feature = "std")]
mod decode;
mod diff;
mod encode;
mod equal;
mod fingerprint;
mod path;
mod render;
mod shown;
mod type_layout;
#[cfg(feature = "std")]
mod validate;

#[cfg(all(test, feature = "std"))]
mod test_trees;

#[cfg(feature = "std")]
pub(crate) use decode::{Arena, decode};
pub use diff::LayoutDiff;
pub use encode::MAX_ENCODED_LEN;
pub use fingerprint::Fingerprint;
pub use type_layout::{Field, Kind, Layout, Primitive, TypeLayout, Variant};
#[cfg(feature = "std")]
pub(crate) use validate::{validate, validate_slice};
