//! Whether values of a type can have something in the heap: the question that decides, at compile time, if whoever overwrites or
//! forgets a value has to look for what it owns.
//!
//! It is apart from the search because it reads no value and runs in const evaluation, without `std`.

use super::container::{HeapContainer, Inside, once_value};
use super::encode::MAX_NODES;
use super::type_layout::{Field, Kind, Layout};

/// Whether a value of this type can have a container of the heap in it: in a field, an element, a variant, a place of a container
/// of fixed capacity, or a lock.
///
/// A `MaybeUninit` has none, because nobody takes its bytes for a value. An opaque type that is not of this crate counts as its
/// fields, although only its own code knows where they are values.
///
/// The answer for a layout that is too large for a region, because it has no [`encoded_len`](Layout::encoded_len), may be
/// `true` without need.
#[allow(dead_code, reason = "the heap calls it")]
pub(crate) const fn owns_heap_memory(layout: &Layout<'_>) -> bool {
    let mut nodes_left = MAX_NODES;
    owns(layout, &mut nodes_left)
}

/// The walk. It ends with the first container, or when `nodes_left` is used up: a part that is shared is visited once for each way
/// that leads to it.
const fn owns(layout: &Layout<'_>, nodes_left: &mut usize) -> bool {
    if *nodes_left == 0 {
        return true;
    }
    *nodes_left -= 1;
    match layout.kind {
        Kind::Primitive(_) | Kind::NonZero(_) => false,
        Kind::Array { element, len } => len > 0 && owns(element, nodes_left),
        Kind::Struct { fields } => any_owns(fields, nodes_left),
        Kind::Enum { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                if any_owns(variants[i].fields, nodes_left) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Kind::Opaque { .. } if HeapContainer::of(layout).is_some() => true,
        Kind::Opaque { fields, .. } => match Inside::of(layout.name) {
            Inside::NoValues => false,
            Inside::ValueIfComplete => match once_value(fields) {
                Some(value) => owns(value.layout, nodes_left),
                None => false,
            },
            Inside::Values | Inside::Depends => any_owns(fields, nodes_left),
        },
    }
}

const fn any_owns(fields: &[Field<'_>], nodes_left: &mut usize) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if owns(fields[i].layout, nodes_left) {
            return true;
        }
        i += 1;
    }
    false
}
