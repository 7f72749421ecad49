//! How a part of a value was reached, for the lines that name it.
//!
//! A list of stack frames, so that nothing is allocated until a line is written. It is apart from the diff because
//! validation names parts as well.

use core::fmt;

use super::shown::Shown;

/// The way from the root to a part.
pub(super) enum Path<'a> {
    /// The name of the outermost type; empty for a slice, whose first step is an element.
    Root(&'a str),
    Field(&'a Path<'a>, &'a str),
    Variant(&'a Path<'a>, &'a str),
    /// Each element of an array.
    Elements(&'a Path<'a>),
    /// One element of an array.
    #[cfg(feature = "std")]
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => write!(f, "{}", Shown(name)),
            Self::Field(parent, name) => write!(f, "{parent}.{}", Shown(name)),
            Self::Variant(parent, name) => write!(f, "{parent}::{}", Shown(name)),
            Self::Elements(parent) => write!(f, "{parent}[_]"),
            #[cfg(feature = "std")]
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
