//! The layout of a type that was refused. Nothing ever sees it: the compilation has failed.

use crate::layout::{Kind, TypeLayout};

/// A layout without meaning.
pub const LAYOUT: &TypeLayout =
    &TypeLayout { name: "", size: 0, align: 1, kind: Kind::Struct { fields: &[] } };
