//! Queues in a heap: each end by itself, of numbers, and of texts that own a block each.

use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{Heap, String as HeapString, VecDeque as HeapVecDeque};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Queues {
    numbers: HeapVecDeque<u64>,
    words: HeapVecDeque<HeapString>,
}

impl Store for Queues {
    type Contents = (Vec<u64>, Vec<String>);

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let words = self.words.iter(heap).expect("bound");
        (
            self.numbers.iter(heap).expect("bound").copied().collect(),
            words.map(|word| word.as_str(heap).expect("bound").to_owned()).collect(),
        )
    }

    fn blocks(&self, heap: &Heap) -> usize {
        let words = self.words.iter(heap).expect("bound").map(|word| word.capacity(heap));
        let outer = [self.numbers.capacity(heap), self.words.capacity(heap)];
        words.chain(outer).filter(|capacity| *capacity.as_ref().expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let (mut numbers, mut words) = self.contents(heap);
        for number in 100..103 {
            self.numbers.push_front(heap, number).expect("there is room");
            numbers.insert(0, number);
        }
        self.words.push_back(heap, "|").expect("there is room");
        words.push("|".to_owned());
        assert_eq!(self.contents(heap), (numbers, words));
    }

    fn free(&mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.words.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Queues)) -> Operation<Queues> {
    Operation::new(run)
}

/// An operation that needs a larger block for one number more: that is a step of its own.
const fn numbers_grow(run: fn(&Heap, &mut Queues)) -> Operation<Queues> {
    Operation::between(run, &[|heap, queues| queues.numbers.reserve(heap, 1).expect("there is room")])
}

const fn words_grow(run: fn(&Heap, &mut Queues)) -> Operation<Queues> {
    Operation::between(run, &[|heap, queues| queues.words.reserve(heap, 1).expect("there is room")])
}

fn pop_word(heap: &Heap, queues: &mut Queues) -> HeapString {
    queues.words.pop_front(heap).expect("bound").expect("there is one")
}

const OPERATIONS: &[Operation<Queues>] = &[
    numbers_grow(|heap, queues| queues.numbers.push_front(heap, 1).expect("there is room")),
    one(|heap, queues| queues.numbers.push_back(heap, 2).expect("there is room")),
    one(|heap, queues| queues.numbers.push_front(heap, 3).expect("there is room")),
    one(|heap, queues| assert_eq!(queues.numbers.pop_back(heap), Ok(Some(2)))),
    one(|heap, queues| assert_eq!(queues.numbers.pop_front(heap), Ok(Some(3)))),
    Operation::between(
        |heap, queues| queues.numbers.extend(heap, 4..7).expect("there is room"),
        &[
            |heap, queues| queues.numbers.extend(heap, 4..5).expect("there is room"),
            |heap, queues| queues.numbers.extend(heap, 4..6).expect("there is room"),
        ],
    ),
    one(|heap, queues| queues.numbers.reserve(heap, 20).expect("there is room")),
    one(|heap, queues| queues.numbers.truncate(heap, 2).expect("bound")),
    one(|heap, queues| queues.numbers.shrink_to_fit(heap).expect("there is room")),
    one(|heap, queues| queues.numbers.free(heap).expect("bound")),
    words_grow(|heap, queues| queues.words.push_back(heap, "one").expect("there is room")),
    one(|heap, queues| queues.words.push_front(heap, "two").expect("there is room")),
    one(|heap, queues| queues.words.push_front(heap, "three").expect("there is room")),
    Operation::between(
        |heap, queues| pop_word(heap, queues).free(heap).expect("its own"),
        &[|heap, queues| forget(pop_word(heap, queues))],
    ),
    one(|heap, queues| queues.words.push_front(heap, "four").expect("there is room")),
    one(|heap, queues| queues.words.push_back(heap, "five").expect("there is room")),
    // The block is full.
    words_grow(|heap, queues| queues.words.push_front(heap, "six").expect("there is room")),
    one(|heap, queues| queues.words.truncate(heap, 2).expect("bound")),
    one(|heap, queues| queues.words.clear(heap).expect("bound")),
    one(|heap, queues| queues.words.push_back(heap, "seven").expect("there is room")),
    one(|heap, queues| queues.words.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Queues> {
    Sequence::of(OPERATIONS)
}
