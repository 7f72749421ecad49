//! Which containers of the heap are handed on, and what comes of it, against the model of random types.

use core::ptr;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::layout::test_values::*;
use crate::layout::validate::check::{Check, Purpose};
use crate::layout::validate::{validate, validate_published, validate_slice, walk_over};
use crate::{ShmMutex, ShmOnceLock, ShmOption, ShmSafe, ShmString, ShmVec};

type List = Owner<u64>;

/// Walks over a value as [`validate`] does, with something else in the place of the hook.
fn take_over<T: ShmSafe>(
    value: &mut T,
    found: &mut dyn FnMut(&TypeLayout, *mut u8) -> Result<(), String>,
) -> Result<(), String> {
    let Some(check) = Check::of(T::LAYOUT, Purpose::TakeOver) else {
        panic!("there is something to look at")
    };
    // SAFETY: `walk_over` requires 1. the bytes of a value, aligned and mapped; 2. that they are initialised where they are read: it is
    // a value; 3. no other writes: it is borrowed exclusively.
    let walked = unsafe { walk_over(&check, T::LAYOUT, ptr::from_mut(value).cast(), found) };
    walked.map_err(|error| error.to_string())
}

/// The same where no heap was ever open.
fn without_heap<T: ShmSafe>(value: &mut T) -> Result<(), String> {
    take_over(value, &mut |layout, container| {
        // SAFETY: `repair` requires a container that the caller has alone: it lies in what is borrowed exclusively.
        unsafe { repair(None, layout, container) }
    })
}

#[derive(ShmSafe)]
#[repr(C)]
struct Order {
    id: u64,
    lists: ShmVec<List, 3>,
    last: ShmMutex<ShmOption<List>>,
}

impl Order {
    fn new(last: [u64; 3]) -> Self {
        let mut lists = ShmVec::new();
        (0..2).for_each(|_| lists.push(Owner::new([0; 3])).unwrap_or_else(|_| panic!("it fits")));
        Self { id: 7, lists, last: ShmMutex::new(ShmOption::Some(Owner::new(last))) }
    }
}

#[test]
fn without_a_heap_only_what_owns_nothing_is_in_order() {
    assert_eq!(without_heap(&mut Order::new([0; 3])), Ok(()));
    for words in [[1, 0, 0], [0, 1, 0], [0, 0, 1 << 63]] {
        assert_eq!(
            without_heap(&mut Order::new(words)),
            Err("Order.last.value::Some.0: its heap is not open here".to_owned())
        );
    }
    // What was in a place that holds nothing any more does not matter.
    let mut order = Order::new([0; 3]);
    order.lists.push(Owner::new([5; 3])).unwrap_or_else(|_| panic!("it fits"));
    assert_eq!(without_heap(&mut order), Err("Order.lists[2]: its heap is not open here".to_owned()));
    order.lists.pop();
    assert_eq!(without_heap(&mut order), Ok(()));
}

#[test]
fn what_the_heap_says_is_told_with_the_path_of_the_container() {
    let mut order = Order::new([0; 3]);
    let second = ptr::from_ref(&order.lists[1]).addr();
    let told = take_over(&mut order, &mut |layout, container| {
        assert_eq!(*layout, *List::LAYOUT);
        if container.addr() == second { Err("[3].side: 7 is no bool".to_owned()) } else { Ok(()) }
    });
    assert_eq!(told, Err("Order.lists[1]: [3].side: 7 is no bool".to_owned()));
}

#[test]
fn heap_may_write_to_the_container() {
    let mut order = Order::new([1, 2, 3]);
    let emptied = take_over(&mut order, &mut |_, container| {
        // SAFETY: `write_bytes` requires as many bytes that are valid for writes: a container is found, which is borrowed exclusively.
        unsafe { container.write_bytes(0, 24) };
        Ok(())
    });
    assert_eq!(emptied, Ok(()));
    assert_eq!(without_heap(&mut order), Ok(()));
}

#[test]
fn value_of_a_lock_that_is_made_once_is_looked_at_if_it_is_made() {
    let mut once = ShmMutex::new(ShmOnceLock::<List>::new());
    assert_eq!(without_heap(&mut once), Ok(()));
    let mut once = ShmMutex::new(ShmOnceLock::from(List::new([0, 0, 4])));
    let path = "ShmMutex.value.value";
    assert_eq!(without_heap(&mut once), Err(format!("{path}: its heap is not open here")));
    // It is so of other values: also of those of which all bytes that are torn are numbers.
    let mut text = ShmString::<8>::new();
    text.push_str("abc").expect("it fits");
    let mut once = ShmMutex::new(ShmOnceLock::from(text));
    assert_eq!(without_heap(&mut once), Ok(()));
    let last = size_of_val(&once) - 8;
    // SAFETY: `add` requires that the sum stays inside the value: it is before its end.
    let letters = unsafe { ptr::from_mut(&mut once).cast::<u8>().add(last) };
    // SAFETY: `write` requires a pointer that is valid for writes: into what is borrowed exclusively. The text is not used after it.
    unsafe { letters.write(0xff) };
    let told = without_heap(&mut once).expect_err("it is no text");
    assert!(told.starts_with(&format!("{path}: no UTF-8: ")), "{told}");
}

#[test]
fn to_attach_containers_of_the_heap_are_left_alone() {
    assert!(<ShmMutex<List>>::LAYOUT.accepts_every_pattern() && <[List; 3]>::LAYOUT.accepts_every_pattern());
    assert!(!<ShmVec<List, 3>>::LAYOUT.accepts_every_pattern());
    assert!(Check::of(<[List; 3]>::LAYOUT, Purpose::Attach).is_none());
    assert!(Check::of(<ShmMutex<List>>::LAYOUT, Purpose::Attach).is_none());
    assert!(Check::of(<ShmMutex<List>>::LAYOUT, Purpose::TakeOver).is_some());
    let order = Order::new([1, 2, 3]);
    // SAFETY: `validate_published` requires 1. the bytes of a value, aligned and mapped; 2. that they are initialised: it is a value;
    // 3. no other writes: nobody else has it.
    assert_eq!(unsafe { validate_published(Order::LAYOUT, ptr::from_ref(&order).cast()) }, Ok(()));
}

/// Says that a process is for one test only.
const ALONE: &str = "SHMCORE_TEST_IS_ALONE";

/// For [`hook_is_asked_wherever_a_value_is_taken_over`], in a process of its own: the hook stays for good, and other tests have another.
#[test]
#[ignore = "the hook stays for the rest of the process"]
fn hook_of_a_process_of_its_own() {
    /// An error with the first word, if it is not 0.
    unsafe fn hook(layout: &TypeLayout, container: *mut u8) -> Result<(), String> {
        // SAFETY: `read` requires a pointer to an initialised value: the container's first word.
        match unsafe { container.cast::<[u8; 8]>().read() } {
            [0, ..] => Ok(()),
            [first, ..] => Err(format!("{first} in {}", layout.name)),
        }
    }
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    set_heap_hook(hook);
    // The first one stays.
    set_heap_hook(|_, _| Err("another".to_owned()));
    let mut lists = [[0, 5, 0], [0; 3], [9, 0, 0]].map(List::new);
    let start = lists.as_mut_ptr().cast_const().cast();
    // SAFETY: `validate_slice` requires 1. as many values, aligned and mapped for writing; 2. that they are initialised; 3. no other
    // writes: they are borrowed exclusively.
    let told = unsafe { validate_slice(List::LAYOUT, start, 3) };
    assert_eq!(told.map_err(|error| error.to_string()), Err("[2]: 9 in HeapVec".to_owned()));
    // SAFETY: as above, of one value.
    assert_eq!(unsafe { validate(List::LAYOUT, start) }, Ok(()));
    lists[0] = List::new([3, 0, 0]);
    // SAFETY: as above.
    let told = unsafe { validate(List::LAYOUT, lists.as_mut_ptr().cast_const().cast()) };
    assert_eq!(told.map_err(|error| error.to_string()), Err("HeapVec: 3 in HeapVec".to_owned()));
}

#[test]
fn hook_is_asked_wherever_a_value_is_taken_over() {
    let mut command = Command::new(std::env::current_exe().expect("known"));
    command.args(["--ignored", "--exact", "layout::validate::heap::tests::hook_of_a_process_of_its_own"]);
    let output = command.env(ALONE, "").output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn heap_is_asked_of_what_the_model_has(
        shape in shapes(), seed in any::<u64>(), fill in prop_oneof![Just(0xff), Just(2), any::<u8>()], refused in 0_usize..9,
    ) {
        let made = Made::new(&shape, seed, fill);
        let (layout, mut words) = (shape.layout(), made.words());
        let Some(check) = Check::of(layout, Purpose::TakeOver) else {
            prop_assert!(made.owners.is_empty() && made.before_unknown.is_none());
            return Ok(());
        };
        let start = words.as_mut_ptr().cast::<u8>();
        let mut asked = Vec::new();
        let mut ask = |layout: &TypeLayout, container: *mut u8| {
            asked.push((container.addr() - start.addr(), layout.name));
            if asked.len() > refused { Err("refused".to_owned()) } else { Ok(()) }
        };
        // SAFETY: `walk_over` requires 1. the bytes of a value, aligned: that of the model, in words; 2. that they are initialised: all
        // are; 3. no other writes: nobody else has them.
        let walked = unsafe { walk_over(&check, layout, start.cast_const(), &mut ask) };
        let told = walked.map_err(|error| error.to_string());
        let known = &made.owners[..made.before_unknown.unwrap_or(made.owners.len())];
        if refused < known.len() {
            prop_assert_eq!(&asked[..], &known[..=refused]);
            prop_assert!(told.is_err_and(|told| told.ends_with(": refused")));
        } else {
            prop_assert_eq!(&asked[..], known);
            match made.before_unknown {
                None => prop_assert_eq!(told, Ok(())),
                Some(_) => prop_assert!(told.is_err_and(|told| told.ends_with("and do not tell"))),
            }
        }
    }
}
