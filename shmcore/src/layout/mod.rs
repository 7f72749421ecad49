//! What a value looks like in memory, as plain data.
//!
//! A [`TypeLayout`] is a tree of constants: name, size, alignment and kind of a type, down to its primitives.
//! The derive writes one for every type. From it come the fingerprint, the encoded form in a region's header,
//! the comparison of two layouts and the table that a person reads.
//!
//! This layer knows nothing of traits or regions, and lies below the traits because `ShmSafe` names it.

mod accepts;
#[cfg(feature = "std")]
#[cfg_attr(not(any(test, fuzzing)), expect(dead_code, reason = "nothing attaches to a region yet"))]
mod decode;
mod diff;
mod encode;
mod equal;
mod fingerprint;
#[cfg(all(fuzzing, feature = "std"))]
#[doc(hidden)]
pub mod fuzzing;
mod path;
mod render;
mod shown;
mod type_layout;
#[cfg(feature = "std")]
#[cfg_attr(not(test), expect(dead_code, reason = "nothing attaches to a region yet"))]
mod validate;

#[cfg(test)]
mod test_trees;

pub use diff::LayoutDiff;
pub use encode::MAX_ENCODED_LEN;
pub use fingerprint::Fingerprint;
pub use type_layout::{Field, Kind, Layout, Primitive, TypeLayout, Variant};
