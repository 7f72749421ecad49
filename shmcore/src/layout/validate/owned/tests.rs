//! What is found, against a model of random types, and in the places of this crate's own types.
#![allow(dead_code, reason = "the types are looked at, not used")]

use core::ptr;

use proptest::prelude::*;

use super::*;
use crate::layout::test_trees::*;
use crate::layout::test_values::*;
use crate::{
    ShmDeque, ShmMap, ShmMutex, ShmOnceLock, ShmOption, ShmRwLock, ShmSafe, ShmSlab, ShmString, ShmVec,
};

type List = Owner<u64>;

fn list() -> List {
    Owner::new([7, 8, 9])
}

/// The addresses of what is found in a value.
fn found<T: ShmSafe>(value: &mut T) -> Vec<usize> {
    let mut found = Vec::new();
    // SAFETY: `visit_owned` requires 1. a value, aligned and mapped; 2. that nobody else has it: it is borrowed exclusively; 3. that
    // nothing is written: the closure writes nothing there.
    unsafe {
        visit_owned(T::LAYOUT, ptr::from_mut(value).cast(), &mut |layout, container| {
            assert_eq!(*layout, *List::LAYOUT);
            found.push(container.addr());
        });
    }
    found
}

fn addresses<'a>(owners: impl IntoIterator<Item = &'a List>) -> Vec<usize> {
    owners.into_iter().map(|owner| ptr::from_ref(owner).addr()).collect()
}

#[derive(ShmSafe)]
#[repr(C)]
struct Order {
    id: u64,
    first: List,
    name: ShmString<8>,
    legs: [Leg; 3],
    last: List,
}

#[derive(ShmSafe)]
#[repr(u8)]
enum Leg {
    Empty,
    One(bool, List),
    Two { a: List, b: List },
}

#[test]
fn fields_elements_and_active_variants_are_found_in_declaration_order() {
    let legs = [Leg::Two { a: list(), b: list() }, Leg::Empty, Leg::One(true, list())];
    let mut order = Order { id: 1, first: list(), name: ShmString::new(), legs, last: list() };
    let mut expected = addresses([&order.first]);
    for leg in &order.legs {
        match leg {
            Leg::Empty => {}
            Leg::One(_, list) => expected.extend(addresses([list])),
            Leg::Two { a, b } => expected.extend(addresses([a, b])),
        }
    }
    expected.extend(addresses([&order.last]));
    assert_eq!(expected.len(), 5);
    assert_eq!(found(&mut order), expected);
    // What was there before is left in the bytes of a variant without fields.
    order.legs[0] = Leg::Empty;
    assert_eq!(found(&mut order).len(), 3);
}

#[test]
fn places_of_lists_that_hold_something_are_found() {
    let mut values = ShmVec::<List, 5>::new();
    (0..4).for_each(|_| values.push(list()).unwrap_or_else(|_| panic!("it fits")));
    values.pop();
    values.swap_remove(0);
    assert_eq!(values.len(), 2);
    let expected = addresses(&values);
    assert_eq!(found(&mut values), expected);
    values.clear();
    assert_eq!(found(&mut values), [0_usize; 0]);
}

#[test]
fn places_of_queues_are_found_from_the_front_around_the_end() {
    let mut queue = ShmDeque::<List, 3>::new();
    for round in 0..9 {
        if queue.is_full() {
            queue.pop_front();
        }
        queue.push_back(list()).unwrap_or_else(|_| panic!("it fits"));
        let expected = addresses(&queue);
        assert_eq!(found(&mut queue), expected, "round {round}");
    }
}

#[test]
fn values_of_maps_and_slabs_are_found() {
    let mut map = ShmMap::<u32, List, 8>::new();
    for key in 0..8 {
        assert!(map.insert(key, list()).is_ok_and(|old| old.is_none()));
    }
    (0..8).step_by(3).for_each(|key| _ = map.remove(&key));
    let expected = addresses(map.values());
    assert_eq!((expected.len(), found(&mut map)), (5, expected));

    let mut slab = ShmSlab::<List, 6>::new();
    let handles = [(); 4].map(|()| slab.insert(list()).unwrap_or_else(|_| panic!("it fits")));
    slab.remove(handles[1]);
    let expected = addresses(slab.iter().map(|(_, list)| list));
    assert_eq!((expected.len(), found(&mut slab)), (3, expected));
}

#[test]
fn options_and_locks_that_have_a_value_are_found() {
    let mut option = ShmOption::Some(list());
    assert_eq!(found(&mut option).len(), 1);
    option.take();
    assert_eq!(found(&mut option), [0_usize; 0]);

    let mut once = ShmOnceLock::<List>::new();
    assert_eq!(found(&mut once), [0_usize; 0]);
    assert!(once.set(list()).is_ok());
    let expected = addresses(once.get());
    assert_eq!(found(&mut once), expected);
    once.take();
    assert_eq!(found(&mut once), [0_usize; 0]);

    let mut mutex = ShmMutex::new(list());
    let expected = addresses([&*mutex.get_mut().unwrap_or_else(|_| panic!("nobody has died"))]);
    assert_eq!(found(&mut mutex), expected);
    let mut lock = ShmRwLock::new([list(), list()]);
    let expected = addresses(&*lock.get_mut().unwrap_or_else(|_| panic!("nobody has died")));
    assert_eq!(found(&mut lock), expected);
}

#[test]
fn parts_that_own_nothing_leave_nothing_to_visit() {
    type Words = [u64; 1 << 40];
    assert!(OwnedPlan::of(<Words as ShmSafe>::LAYOUT).is_empty());
    let fields = vec![field("a", 0, <Words as ShmSafe>::LAYOUT), field("b", 8 << 40, List::LAYOUT)];
    let plan = kept(struct_of("S", (8 << 40) + 24, 8, kept_list(fields)));
    let Some(Check::Parts(parts)) = OwnedPlan::of(plan).check else { panic!("parts") };
    assert!(parts.len() == 1 && parts[0].offset == 8 << 40);
    assert!(OwnedPlan::of(<ShmVec<bool, 9>>::LAYOUT).is_empty());
    assert!(OwnedPlan::of(<ShmMutex<ShmOption<ShmString<9>>>>::LAYOUT).is_empty());
}

#[test]
fn one_plan_visits_many_values_and_the_visitor_may_write_to_what_it_is_given() {
    let plan = OwnedPlan::of(<ShmOption<List>>::LAYOUT);
    let mut values = [(); 3].map(|()| ShmOption::Some(list()));
    for value in &mut values {
        // SAFETY: `write_bytes` requires as many bytes that are valid for writes: a container is found, which is borrowed exclusively.
        let mut empty = |_: &TypeLayout, container: *mut u8| unsafe { container.write_bytes(0, 24) };
        // SAFETY: `visit` requires 1. a value, aligned and mapped for what `visit` does; 2. that nobody else has it: it is borrowed
        // exclusively; 3. that only what was found is written to: it is.
        unsafe { plan.visit(ptr::from_mut(value).cast(), &mut empty) };
    }
    let is_empty = |list: &mut List| list.words.iter_mut().all(|word| *word.get_mut() == 0);
    assert!(values.iter_mut().all(|value| value.as_mut().is_some_and(is_empty)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn what_is_found_is_what_the_model_has(
        shape in shapes(), seed in any::<u64>(), fill in prop_oneof![Just(0xff), Just(1), any::<u8>()],
    ) {
        let made = Made::new(&shape, seed, fill);
        let (layout, mut words) = (shape.layout(), made.words());
        let plan = OwnedPlan::of(layout);
        prop_assert_eq!(plan.is_empty(), !shape.leads_to_owners());
        let mut found = Vec::new();
        let start = words.as_mut_ptr().cast::<u8>();
        // SAFETY: `visit` requires 1. a value, aligned: that of the model, in words; 2. that nobody else has it: nobody does; 3. that
        // nothing is written: the closure writes nothing there.
        unsafe {
            plan.visit(start, &mut |layout, container| found.push((container.addr() - start.addr(), layout.name)));
        }
        prop_assert_eq!(found, made.owners);
    }
}
