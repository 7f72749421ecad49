//! Each change of a queue, cut short before each of its stores, as those of vectors are.

use super::content::Content;
use super::deaths::Lab;
use crate::heap::{Heap, String, Vec, VecDeque};

/// Puts the elements that `make` makes of numbers in, the first `at_front` of them at the front, and lets each change die.
fn die_in_queues<T: Content>(is_bound: bool, len: u32, at_front: u32, make: fn(&Heap, u32) -> T) -> usize {
    let lab = Lab::<VecDeque<T>>::new();
    for number in 0..len {
        let element = make(&lab.heap, number);
        if number < at_front {
            lab.root().push_front(&lab.heap, element).expect("room");
        } else {
            lab.root().push_back(&lab.heap, element).expect("room");
        }
    }
    if !is_bound {
        lab.next_generation();
    }
    let nothing = |_: &Heap| ();
    let one = |heap: &Heap| make(heap, 77);
    let name = |operation: &str| format!("{operation} of {len}, {at_front} at the front, bound: {is_bound}");
    let mut deaths = 0;
    deaths += lab.die_everywhere(&name("push_back"), one, |heap, queue, value| {
        queue.push_back(heap, value).expect("room");
    });
    deaths += lab.die_everywhere(&name("push_front"), one, |heap, queue, value| {
        queue.push_front(heap, value).expect("room");
    });
    deaths += lab.die_everywhere(&name("pop_back"), nothing, |heap, queue, ()| {
        queue.pop_back(heap).expect("bound");
    });
    deaths += lab.die_everywhere(&name("pop_front"), nothing, |heap, queue, ()| {
        queue.pop_front(heap).expect("bound");
    });
    for left in 0..=len.min(2) {
        deaths += lab.die_everywhere(&name(&format!("truncate to {left}")), nothing, |heap, queue, ()| {
            queue.truncate(heap, left as usize).expect("bound");
        });
    }
    deaths += lab.die_everywhere(&name("reserve"), nothing, |heap, queue, ()| {
        queue.reserve(heap, 30).expect("room");
    });
    deaths += lab.die_everywhere(&name("shrink_to_fit"), nothing, |heap, queue, ()| {
        queue.shrink_to_fit(heap).expect("room");
    });
    deaths += lab.die_everywhere(&name("free"), nothing, |heap, queue, ()| {
        queue.free(heap).expect("bound");
    });
    deaths
}

#[test]
fn death_in_a_queue_of_numbers_leaves_all_or_nothing() {
    let make = |_: &Heap, number: u32| number.wrapping_mul(0x0101_0101);
    // Of 8 there is no room for another one.
    let deaths = die_in_queues(true, 0, 0, make)
        + die_in_queues(false, 3, 2, make)
        + die_in_queues(true, 5, 0, make)
        + die_in_queues(true, 8, 3, make);
    assert!(deaths > 300, "{deaths} deaths");
}

#[test]
fn death_in_a_queue_of_strings_leaves_all_or_nothing() {
    let make = |heap: &Heap, number: u32| String::from_str(heap, &number.to_string()).expect("room");
    // Of four there is no room for another one.
    let deaths =
        die_in_queues(false, 2, 1, make) + die_in_queues(true, 3, 2, make) + die_in_queues(true, 4, 1, make);
    assert!(deaths > 2000, "{deaths} deaths");
}

#[test]
fn death_in_a_queue_of_queues_leaves_all_or_nothing() {
    let make = |heap: &Heap, number: u32| {
        let mut strings = VecDeque::new();
        strings.push_front(heap, number.to_string().as_str()).expect("room");
        strings
    };
    let deaths = die_in_queues::<VecDeque<String>>(true, 2, 1, make);
    assert!(deaths > 1000, "{deaths} deaths");
}

#[test]
fn death_while_text_is_put_into_a_queue_leaves_all_or_nothing() {
    let lab = Lab::<Vec<VecDeque<String>>>::new();
    lab.root().push(&lab.heap, VecDeque::new()).expect("room");
    for round in ["first", "next"] {
        let push = |heap: &Heap, queues: &mut Vec<VecDeque<String>>, ()| {
            queues.as_mut_slice(heap).expect("bound")[0].push_front(heap, "text").expect("room");
        };
        lab.die_everywhere(&format!("{round} push"), |_| (), push);
        push(&lab.heap, lab.root(), ());
    }
}
