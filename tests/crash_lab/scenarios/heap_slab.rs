//! Slabs in a heap: what is inserted is there or is not, and so is what is removed, and no place is lost.

use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{Handle, Heap, Slab, String as HeapString};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Slabs {
    numbers: Slab<u64>,
    words: Slab<HeapString>,
}

impl Slabs {
    /// The handle of a number that is there.
    fn number(&self, heap: &Heap, wanted: u64) -> Handle<u64> {
        let mut numbers = self.numbers.iter(heap).expect("bound");
        numbers.find(|(_, number)| **number == wanted).expect("it is there").0
    }

    fn word(&self, heap: &Heap, wanted: &str) -> Handle<HeapString> {
        let mut words = self.words.iter(heap).expect("bound");
        words.find(|(_, word)| word.as_str(heap) == Ok(wanted)).expect("it is there").0
    }

    fn take_word(&mut self, heap: &Heap, wanted: &str) -> HeapString {
        let handle = self.word(heap, wanted);
        let taken = self.words.remove(heap, handle).expect("bound").expect("it is there");
        assert!(!self.words.contains(heap, handle).expect("bound"));
        taken
    }
}

impl Store for Slabs {
    /// In no order.
    type Contents = (Vec<u64>, Vec<String>);

    const BYTES: usize = 24 << 10;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let numbers = self.numbers.iter(heap).expect("bound").map(|(handle, number)| {
            assert_eq!(self.numbers.get(heap, handle), Ok(Some(number)));
            *number
        });
        let words = self.words.iter(heap).expect("bound");
        let words = words.map(|(_, word)| word.as_str(heap).expect("bound").to_owned());
        let (mut numbers, mut words): Self::Contents = (numbers.collect(), words.collect());
        assert_eq!((self.numbers.len(heap), self.words.len(heap)), (Ok(numbers.len()), Ok(words.len())));
        numbers.sort_unstable();
        words.sort_unstable();
        (numbers, words)
    }

    fn blocks(&self, heap: &Heap) -> usize {
        let words = self.words.iter(heap).expect("bound").map(|(_, word)| word.capacity(heap));
        let outer = [self.numbers.capacity(heap), self.words.capacity(heap)];
        words.chain(outer).filter(|capacity| *capacity.as_ref().expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let (mut numbers, mut words) = self.contents(heap);
        // As many as there is room for, and one: no place is lost.
        let capacity = self.numbers.capacity(heap).expect("bound");
        while numbers.len() < capacity {
            self.numbers.insert(heap, 100 + numbers.len() as u64).expect("there is room");
            numbers.push(100 + numbers.len() as u64);
        }
        assert_eq!(self.numbers.capacity(heap), Ok(capacity));
        self.words.insert(heap, "|").expect("there is room");
        words.push("|".to_owned());
        assert_eq!(self.contents(heap), (numbers, words));
    }

    fn free(&mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.words.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Slabs)) -> Operation<Slabs> {
    Operation::new(run)
}

/// An operation for which there may have to be a larger block: that is a step of its own.
const fn numbers_grow(run: fn(&Heap, &mut Slabs)) -> Operation<Slabs> {
    Operation::between(run, &[|heap, slabs| slabs.numbers.reserve(heap, 1).expect("there is room")])
}

const fn words_grow(run: fn(&Heap, &mut Slabs)) -> Operation<Slabs> {
    Operation::between(run, &[|heap, slabs| slabs.words.reserve(heap, 1).expect("there is room")])
}

fn insert(heap: &Heap, slabs: &mut Slabs, number: u64) {
    let handle = slabs.numbers.insert(heap, number).expect("there is room");
    assert_eq!(slabs.numbers.get(heap, handle), Ok(Some(&number)));
}

fn insert_word(heap: &Heap, slabs: &mut Slabs, word: &str) {
    slabs.words.insert(heap, word).expect("there is room");
}

fn remove(heap: &Heap, slabs: &mut Slabs, number: u64) {
    let handle = slabs.number(heap, number);
    assert_eq!(slabs.numbers.remove(heap, handle), Ok(Some(number)));
    assert_eq!(slabs.numbers.remove(heap, handle), Ok(None));
}

const OPERATIONS: &[Operation<Slabs>] = &[
    numbers_grow(|heap, slabs| insert(heap, slabs, 1)),
    numbers_grow(|heap, slabs| insert(heap, slabs, 2)),
    numbers_grow(|heap, slabs| insert(heap, slabs, 3)),
    one(|heap, slabs| remove(heap, slabs, 2)),
    one(|heap, slabs| remove(heap, slabs, 1)),
    // In the place of one that is gone.
    one(|heap, slabs| insert(heap, slabs, 4)),
    numbers_grow(|heap, slabs| insert(heap, slabs, 5)),
    numbers_grow(|heap, slabs| insert(heap, slabs, 6)),
    one(|heap, slabs| slabs.numbers.retain(heap, |_, &mut number| number != 3).expect("bound")),
    one(|heap, slabs| slabs.numbers.free(heap).expect("bound")),
    words_grow(|heap, slabs| insert_word(heap, slabs, "one")),
    words_grow(|heap, slabs| insert_word(heap, slabs, "two")),
    Operation::between(
        |heap, slabs| slabs.take_word(heap, "one").free(heap).expect("its own"),
        &[|heap, slabs| forget(slabs.take_word(heap, "one"))],
    ),
    one(|heap, slabs| insert_word(heap, slabs, "three")),
    Operation::between(
        |heap, slabs| {
            let own = HeapString::from_str(heap, "four").expect("there is room");
            slabs.words.insert(heap, own).expect("there is room");
        },
        &[
            |heap, _| forget(HeapString::from_str(heap, "four").expect("there is room")),
            |heap, slabs| {
                forget(HeapString::from_str(heap, "four").expect("there is room"));
                slabs.words.reserve(heap, 1).expect("there is room");
            },
        ],
    ),
    // One after the other, in the order of their places.
    Operation::between(
        |heap, slabs| slabs.words.clear(heap).expect("bound"),
        &[
            |heap, slabs| {
                slabs.words.retain(heap, |_, word| word.as_str(heap) != Ok("three")).expect("bound");
            },
            |heap, slabs| slabs.words.retain(heap, |_, word| word.as_str(heap) == Ok("four")).expect("bound"),
        ],
    ),
    words_grow(|heap, slabs| insert_word(heap, slabs, "five")),
    words_grow(|heap, slabs| insert_word(heap, slabs, "six")),
    one(|heap, slabs| slabs.words.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Slabs> {
    Sequence::of(OPERATIONS)
}
