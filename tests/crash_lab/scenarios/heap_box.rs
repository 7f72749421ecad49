//! Boxes in a heap: made in the process's own memory and moved there, replaced in one step, taken out, and freed with all that is in
//! them.

use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{Box as HeapBox, Heap, HeapError, String as HeapString, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Boxes {
    number: HeapBox<u64>,
    words: HeapBox<HeapVec<HeapString>>,
    nested: HeapBox<HeapBox<u64>>,
}

/// The value, if the box has one. One that was half written owns nothing.
fn value<'a, T: ShmSafe>(heap: &'a Heap, slot: &'a HeapBox<T>) -> Option<&'a T> {
    match slot.get(heap) {
        Ok(value) => value,
        Err(HeapError::NotTheOwner { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

impl Boxes {
    fn words<'a>(&'a self, heap: &'a Heap) -> Option<&'a HeapVec<HeapString>> {
        value(heap, &self.words)
    }

    fn nested<'a>(&'a self, heap: &'a Heap) -> Option<Option<&'a u64>> {
        value(heap, &self.nested).map(|inner| value(heap, inner))
    }
}

impl Store for Boxes {
    type Contents = (Option<u64>, Option<Vec<String>>, Option<Option<u64>>);

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let word = |word: &HeapString| word.as_str(heap).expect("bound").to_owned();
        let words = self.words(heap).map(|words| words.iter(heap).expect("bound").map(word).collect());
        (value(heap, &self.number).copied(), words, self.nested(heap).map(|inner| inner.copied()))
    }

    fn blocks(&self, heap: &Heap) -> usize {
        let words = self.words(heap).map_or(0, |words| {
            1 + usize::from(words.capacity(heap).expect("bound") > 0) + words.len(heap).expect("bound")
        });
        let nested = self.nested(heap).map_or(0, |inner| 1 + inner.iter().count());
        usize::from(value(heap, &self.number).is_some()) + words + nested
    }

    fn go_on(&mut self, heap: &Heap) {
        // What is no owner is replaced; a new one frees nothing then.
        if self.number.get(heap).is_err() {
            self.number = HeapBox::empty();
        }
        if self.nested.get(heap).is_err() {
            self.nested = HeapBox::empty();
        }
        self.number.set(heap, 100).expect("there is room");
        self.words.set(heap, HeapVec::new()).expect("there is room");
        let words = self.words.get_mut(heap).expect("bound").expect("set");
        words.push(heap, "last").expect("there is room");
        self.nested.set(heap, HeapBox::empty()).expect("there is room");
        let nested = self.nested.get_mut(heap).expect("bound").expect("set");
        nested.set(heap, 101).expect("there is room");
        assert_eq!(self.contents(heap), (Some(100), Some(vec!["last".to_owned()]), Some(Some(101))));
    }

    fn free(&mut self, heap: &Heap) {
        self.number.free(heap).expect("bound");
        self.words.free(heap).expect("bound");
        self.nested.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Boxes)) -> Operation<Boxes> {
    Operation::new(run)
}

fn number(heap: &Heap, number: u64) -> HeapBox<u64> {
    HeapBox::new(heap, number).expect("there is room")
}

fn nested(heap: &Heap) -> HeapBox<HeapBox<u64>> {
    HeapBox::new(heap, number(heap, 5)).expect("there is room")
}

/// Words in this process's own memory. The text of them lies in the heap, and so does what owns it.
fn words(heap: &Heap) -> HeapVec<HeapString> {
    let mut words = HeapVec::new();
    words.push(heap, "drei").expect("there is room");
    words
}

/// The same, without any yet.
fn no_words(heap: &Heap) -> HeapVec<HeapString> {
    let mut words = HeapVec::new();
    words.reserve(heap, 1).expect("there is room");
    words
}

fn take(heap: &Heap, boxes: &mut Boxes) -> HeapVec<HeapString> {
    boxes.words.take(heap).expect("bound").expect("words")
}

const OPERATIONS: &[Operation<Boxes>] = &[
    Operation::between(|heap, boxes| boxes.number = number(heap, 1), &[|heap, _| forget(number(heap, 1))]),
    one(|heap, boxes| boxes.number.set(heap, 2).expect("there is room")),
    one(|heap, boxes| *boxes.number.get_mut(heap).expect("bound").expect("a number") = 3),
    Operation::between(
        |heap, boxes| boxes.words.set(heap, words(heap)).expect("there is room"),
        &[|heap, _| forget(no_words(heap)), |heap, _| forget(words(heap))],
    ),
    one(|heap, boxes| {
        let words = boxes.words.get_mut(heap).expect("bound").expect("words");
        words.push(heap, "vier").expect("there is room");
    }),
    // The old ones are freed, one after the other.
    Operation::between(
        |heap, boxes| boxes.words.set(heap, words(heap)).expect("there is room"),
        &[|heap, _| forget(no_words(heap)), |heap, _| forget(words(heap))],
    ),
    Operation::between(
        |heap, boxes| take(heap, boxes).free(heap).expect("bound"),
        &[
            |heap, boxes| forget(take(heap, boxes)),
            |heap, boxes| {
                let mut taken = take(heap, boxes);
                taken.clear(heap).expect("bound");
                forget(taken);
            },
        ],
    ),
    Operation::between(
        |heap, boxes| boxes.nested = nested(heap),
        &[|heap, _| forget(number(heap, 5)), |heap, _| forget(nested(heap))],
    ),
    one(|heap, boxes| {
        let nested = boxes.nested.get_mut(heap).expect("bound").expect("a box");
        nested.set(heap, 6).expect("there is room");
    }),
    Operation::between(
        |heap, boxes| boxes.nested.set(heap, number(heap, 7)).expect("there is room"),
        &[|heap, _| forget(number(heap, 7))],
    ),
    Operation::between(
        |heap, boxes| boxes.words.set(heap, words(heap)).expect("there is room"),
        &[|heap, _| forget(no_words(heap)), |heap, _| forget(words(heap))],
    ),
    one(|heap, boxes| boxes.words.free(heap).expect("bound")),
    one(|heap, boxes| boxes.nested.free(heap).expect("bound")),
    one(|heap, boxes| boxes.number.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Boxes> {
    Sequence::of(OPERATIONS)
}
