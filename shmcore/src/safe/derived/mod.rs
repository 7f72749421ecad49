//! What the output of `#[derive(ShmSafe)]` refers to. Public so that it can, hidden because nobody else should:
//! it changes with the derive, in any release.

pub mod enum_default;
pub mod enum_layout;
pub mod enum_probe;
pub mod field;
pub mod fields;
pub mod inert;
pub mod no_drop;
pub mod padding;
pub mod tuple;
pub mod zero_default;
