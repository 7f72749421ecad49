//! Whether a type has values that are not allowed: the question that decides, at compile time, if a value in a region
//! has to be looked at.
//!
//! It is apart from validation because it reads no value and runs in const evaluation, without `std`.

use super::container::Container;
use super::encode::MAX_NODES;
use super::type_layout::{Field, Kind, Layout, Primitive};

impl Layout<'_> {
    /// Whether any bytes are a value of the type, so that a value that another process wrote needs no check.
    ///
    /// It is so for numbers and for atomics, arrays and structs of them. It is not so if there is a `bool`, a `char`, an
    /// enum or a `NonZero` anywhere, except behind an array of length 0. An opaque type counts as accepting every
    /// pattern, because its own code checks its bytes; except for the containers of this crate of fixed capacity, whose lengths
    /// are bounded.
    ///
    /// The answer for a layout that is too large for a region, because it has no
    /// [`encoded_len`](Self::encoded_len), may be `false` without need.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSafe;
    ///
    /// const { assert!(<[u64; 3]>::LAYOUT.accepts_every_pattern()) };
    /// assert!(!<[bool; 3]>::LAYOUT.accepts_every_pattern());
    /// ```
    #[must_use]
    pub const fn accepts_every_pattern(&self) -> bool {
        let mut nodes_left = MAX_NODES;
        accepts(self, &mut nodes_left)
    }
}

/// The walk. It ends with the first part that is restricted, or when `nodes_left` is used up: a part that is shared is
/// visited once for each way that leads to it.
const fn accepts(layout: &Layout<'_>, nodes_left: &mut usize) -> bool {
    if *nodes_left == 0 {
        return false;
    }
    *nodes_left -= 1;
    match layout.kind {
        Kind::Primitive(primitive) => !matches!(primitive, Primitive::Bool | Primitive::Char),
        Kind::NonZero(_) | Kind::Enum { .. } => false,
        Kind::Array { element, len } => len == 0 || accepts(element, nodes_left),
        Kind::Struct { fields } => all_accept(fields, nodes_left),
        // A length may be too great, whatever the elements are.
        Kind::Opaque { .. } => Container::of(layout).is_none(),
    }
}

const fn all_accept(fields: &[Field<'_>], nodes_left: &mut usize) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if !accepts(fields[i].layout, nodes_left) {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::test_trees::*;
    use crate::ShmSafe;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Mixed {
        number: u64,
        flags: [bool; 0],
    }

    #[test]
    fn numbers_accept_all_and_so_does_what_is_made_of_them() {
        const { assert!(Mixed::LAYOUT.accepts_every_pattern()) };
        for layout in [U8, F64, UNIT, core::sync::atomic::AtomicU32::LAYOUT, <[[u128; 3]; 4]>::LAYOUT] {
            assert!(layout.accepts_every_pattern(), "{layout}");
        }
    }

    #[test]
    fn opaque_types_answer_for_themselves() {
        assert!(core::mem::MaybeUninit::<bool>::LAYOUT.accepts_every_pattern());
    }

    #[test]
    fn one_part_that_is_restricted_is_enough() {
        const { assert!(!<[bool; 1]>::LAYOUT.accepts_every_pattern()) };
        for part in [char::LAYOUT, core::num::NonZero::<u8>::LAYOUT, core::sync::atomic::AtomicBool::LAYOUT] {
            let fields = vec![field("a", 0, <[u64; 9]>::LAYOUT), field("b", 72, part)];
            assert!(!struct_of("S", 80, 8, kept_list(fields)).accepts_every_pattern(), "{part}");
        }
    }

    #[test]
    fn exponential_layouts_have_an_answer_soon() {
        assert!(doubling(9, U8).accepts_every_pattern());
        assert!(!doubling(40, bool::LAYOUT).accepts_every_pattern());
        // It is not known.
        assert!(!doubling(400, U8).accepts_every_pattern());
    }
}
