//! A vector that keeps some elements, whose process dies before each of its stores and in the middle of each move: those that had gone
//! are gone, the others are kept, and nothing leaks.

use super::content::Content;
use super::deaths::Lab;
use crate::heap::raw::dies;
use crate::heap::{Heap, String, Vec};

/// Whether an element with this number is kept.
const KEEPS: [fn(u32) -> bool; 5] =
    [|number| number % 2 == 1, |number| number % 3 != 1, |_| false, |number| number < 5, |number| number > 1];

/// The number of deaths in a vector of so many elements, which `make` makes of their numbers, and `number` tells.
fn die_in_retain<T: Content>(
    len: u32,
    make: fn(&Heap, u32) -> T,
    number: fn(&Heap, &T) -> u32,
    stride: usize,
) -> usize {
    let mut deaths = 0;
    for keep in KEEPS {
        // The states after so many have gone.
        let gone = |count: usize| {
            let mut left = count;
            let is_left = |number: &u32| {
                let goes = !keep(*number) && left > 0;
                left -= usize::from(goes);
                !goes
            };
            (0..len).filter(is_left).collect::<std::vec::Vec<_>>()
        };
        let all = (0..len).filter(|number| !keep(*number)).count();
        let states: std::vec::Vec<_> = (0..=all).map(gone).collect();
        let numbers = |lab: &Lab<Vec<T>>| {
            let elements = lab.root().iter(&lab.heap).expect("bound");
            elements.map(|element| number(&lab.heap, element)).collect::<std::vec::Vec<_>>()
        };
        for store in 1.. {
            let lab = Lab::<Vec<T>>::new();
            for number in 0..len {
                lab.root().push(&lab.heap, make(&lab.heap, number)).expect("room");
            }
            let retain = || {
                lab.root().retain(&lab.heap, |element| keep(number(&lab.heap, element))).expect("bound");
            };
            if !dies(store, retain) {
                assert_eq!(numbers(&lab), states[all]);
                break;
            }
            deaths += 1;
            for store in (1..).step_by(stride) {
                lab.heap.words().recover_after_death();
                lab.next_generation();
                if !dies(store, || drop(numbers(&lab))) {
                    break;
                }
                deaths += 1;
            }
            let left = numbers(&lab);
            assert!(states.contains(&left), "{store}: {left:?}, none of {states:?}");
            let blocks = lab.root().blocks(&lab.heap).expect("bound");
            assert_eq!(lab.heap.check().expect("in order").blocks, blocks, "{store}");
        }
    }
    deaths
}

#[test]
fn death_in_retain_of_numbers_keeps_or_frees_each() {
    let deaths: usize =
        (0..10).map(|len| die_in_retain(len, |_, number| number, |_, number| *number, 1)).sum();
    assert!(deaths > 2000, "{deaths} deaths");
}

#[test]
fn death_in_retain_of_strings_keeps_or_frees_each() {
    let make = |heap: &Heap, number: u32| String::from_str(heap, &number.to_string()).expect("room");
    let number = |heap: &Heap, text: &String| text.as_str(heap).expect("bound").parse().expect("a number");
    let deaths = die_in_retain(6, make, number, 3) + die_in_retain(3, make, number, 1);
    assert!(deaths > 2000, "{deaths} deaths");
}

#[test]
fn panic_in_retain_keeps_those_that_were_not_asked_about() {
    let lab = Lab::<Vec<u32>>::new();
    lab.root().extend_from_slice(&lab.heap, &[1, 2, 3, 4, 5, 6]).expect("room");
    let retain = || {
        lab.root().retain_mut(&lab.heap, |number| {
            assert!(*number != 5, "on purpose");
            *number *= 10;
            *number % 20 == 0
        })
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(retain)).is_err());
    assert_eq!(lab.root().as_slice(&lab.heap), Ok(&[20, 40, 5, 6][..]));
    lab.root().push(&lab.heap, 7).expect("room");
    assert_eq!(lab.root().len(&lab.heap), Ok(5));
}
