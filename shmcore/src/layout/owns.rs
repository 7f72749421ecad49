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

#[cfg(all(test, feature = "std"))]
#[allow(dead_code, reason = "the types are looked at, not used")]
mod tests {
    use core::mem::MaybeUninit;

    use proptest::prelude::*;

    use super::super::test_trees::*;
    use super::super::test_values::*;
    use super::super::{Kind, TypeLayout};
    use super::owns_heap_memory;
    use crate::{
        ShmDeque, ShmMap, ShmMutex, ShmOnceLock, ShmOption, ShmRwLock, ShmSafe, ShmSeqLock, ShmSlab,
        ShmString, ShmVec,
    };

    const fn owns<T: ShmSafe>() -> bool {
        owns_heap_memory(T::LAYOUT)
    }

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Order {
        id: u64,
        legs: [Leg; 3],
    }

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum Leg {
        None,
        Named(u32, Owner<u8>),
    }

    #[test]
    fn containers_of_the_heap_own_wherever_they_lie_in_a_value() {
        const {
            assert!(owns::<Owner<u64>>() && owns::<Order>() && owns::<[Order; 2]>());
            assert!(owns::<ShmVec<Order, 3>>() && owns::<ShmDeque<Leg, 3>>() && owns::<ShmSlab<Order, 1>>());
            assert!(owns::<ShmMap<u64, Owner<u8>, 3>>() && owns::<ShmOption<Owner<u8>>>());
            assert!(owns::<ShmMutex<Order>>() && owns::<ShmRwLock<Leg>>() && owns::<ShmOnceLock<Leg>>());
        }
        for name in ["HeapBox", "HeapVec", "HeapDeque", "HeapString", "HeapMap", "HeapTree"] {
            assert!(owns_heap_memory(owner(name)), "{name}");
        }
    }

    #[test]
    fn what_holds_no_such_container_owns_nothing() {
        const {
            assert!(!owns::<u64>() && !owns::<ShmMutex<ShmVec<ShmString<4>, 3>>>());
            assert!(!owns::<ShmSeqLock<u64>>() && !owns::<ShmOnceLock<u64>>());
            assert!(!owns::<[Order; 0]>() && !owns::<ShmVec<Order, 0>>() && !owns::<ShmMutex<[Leg; 0]>>());
            assert!(!owns::<MaybeUninit<Order>>());
        }
        // Another version, and another kind of type with the name.
        let Kind::Opaque { fields, .. } = owner("HeapVec").kind else { panic!("opaque") };
        let other = TypeLayout { kind: Kind::Opaque { version: 2, fields }, ..*owner("HeapVec") };
        assert!(!owns_heap_memory(&other));
        assert!(!owns_heap_memory(&struct_of("HeapVec", 24, 8, fields)));
        assert!(!owns_heap_memory(owner("HeapVecs")));
    }

    #[test]
    fn exponential_layouts_have_an_answer_soon() {
        assert!(!owns_heap_memory(doubling(9, U8)));
        assert!(owns_heap_memory(doubling(40, owner("HeapMap"))));
        // It is not known.
        assert!(owns_heap_memory(doubling(400, U8)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn types_own_just_where_the_model_has_a_container(shape in shapes()) {
            prop_assert_eq!(owns_heap_memory(shape.layout()), shape.owns());
        }
    }
}
