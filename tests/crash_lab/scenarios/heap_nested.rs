//! Containers in containers of a heap: what moves one moves what it owns, what frees one frees all that is in it, and what is taken out
//! is a stray as long as the process that has taken it lives.

use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{Heap, String as HeapString, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Nested {
    lists: HeapVec<HeapVec<u64>>,
    words: HeapVec<HeapString>,
}

impl Store for Nested {
    type Contents = (Vec<Vec<u64>>, Vec<String>);

    /// Of blocks of many sizes, each size has pages of its own.
    const BYTES: usize = 32 << 10;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let lists = self.lists.iter(heap).expect("bound");
        let words = self.words.iter(heap).expect("bound");
        (
            lists.map(|list| list.as_slice(heap).expect("bound").to_vec()).collect(),
            words.map(|word| word.as_str(heap).expect("bound").to_owned()).collect(),
        )
    }

    fn blocks(&self, heap: &Heap) -> usize {
        let lists = self.lists.iter(heap).expect("bound").map(|list| list.capacity(heap));
        let words = self.words.iter(heap).expect("bound").map(|word| word.capacity(heap));
        let outer = [self.lists.capacity(heap), self.words.capacity(heap)];
        lists.chain(words).chain(outer).filter(|capacity| *capacity.as_ref().expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let (mut lists, mut words) = self.contents(heap);
        for (list, expected) in self.lists.as_mut_slice(heap).expect("bound").iter_mut().zip(&mut lists) {
            list.push(heap, 100).expect("there is room");
            expected.push(100);
        }
        self.lists.push(heap, [101, 102]).expect("there is room");
        lists.push(vec![101, 102]);
        self.words.push(heap, "last").expect("there is room");
        words.push("last".to_owned());
        assert_eq!(self.contents(heap), (lists, words));
    }

    fn free(&mut self, heap: &Heap) {
        self.lists.free(heap).expect("bound");
        self.words.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Nested)) -> Operation<Nested> {
    Operation::new(run)
}

const fn lists_grow(run: fn(&Heap, &mut Nested)) -> Operation<Nested> {
    Operation::between(run, &[|heap, nested| nested.lists.reserve(heap, 1).expect("there is room")])
}

const fn words_grow(run: fn(&Heap, &mut Nested)) -> Operation<Nested> {
    Operation::between(run, &[|heap, nested| nested.words.reserve(heap, 1).expect("there is room")])
}

/// A list in this process's own memory.
fn own(heap: &Heap) -> HeapVec<u64> {
    let mut own = HeapVec::new();
    own.push(heap, 20).expect("there is room");
    own.push(heap, 21).expect("there is room");
    own
}

/// Frees what was taken out.
fn end(heap: &Heap, mut list: HeapVec<u64>, expected: &[u64]) {
    assert_eq!(list.as_slice(heap), Ok(expected));
    list.free(heap).expect("bound");
}

fn pop(heap: &Heap, nested: &mut Nested) -> HeapVec<u64> {
    nested.lists.pop(heap).expect("bound").expect("a list")
}

const OPERATIONS: &[Operation<Nested>] = &[
    lists_grow(|heap, nested| nested.lists.push(heap, [1, 2, 3]).expect("there is room")),
    one(|heap, nested| nested.lists.push(heap, [4]).expect("there is room")),
    Operation::between(
        |heap, nested| nested.lists.push(heap, own(heap)).expect("there is room"),
        &[|heap, _| forget(own(heap))],
    ),
    Operation::between(
        |heap, nested| {
            let lists = nested.lists.as_mut_slice(heap).expect("bound");
            lists[1].push(heap, 5).expect("there is room");
        },
        &[|heap, nested| {
            let lists = nested.lists.as_mut_slice(heap).expect("bound");
            lists[1].reserve(heap, 1).expect("there is room");
        }],
    ),
    one(|heap, nested| nested.lists.insert(heap, 1, [6, 7]).expect("there is room")),
    lists_grow(|heap, nested| nested.lists.push(heap, [8]).expect("there is room")),
    Operation::between(
        |heap, nested| nested.lists.insert(heap, 3, own(heap)).expect("there is room"),
        &[|heap, _| forget(own(heap))],
    ),
    Operation::between(
        |heap, nested| end(heap, pop(heap, nested), &[8]),
        &[|heap, nested| forget(pop(heap, nested))],
    ),
    Operation::between(
        |heap, nested| end(heap, nested.lists.remove(heap, 1).expect("bound"), &[6, 7]),
        &[|heap, nested| forget(nested.lists.remove(heap, 1).expect("bound"))],
    ),
    Operation::between(
        |heap, nested| end(heap, nested.lists.swap_remove(heap, 0).expect("bound"), &[1, 2, 3]),
        &[|heap, nested| forget(nested.lists.swap_remove(heap, 0).expect("bound"))],
    ),
    words_grow(|heap, nested| nested.words.push(heap, "one").expect("there is room")),
    one(|heap, nested| nested.words.insert(heap, 0, "größer").expect("there is room")),
    one(|heap, nested| nested.words.push(heap, "three").expect("there is room")),
    one(|heap, nested| {
        nested.words.retain(heap, |word| word.as_str(heap) != Ok("one")).expect("bound");
    }),
    one(|heap, nested| nested.words.truncate(heap, 1).expect("bound")),
    one(|heap, nested| nested.words.push(heap, "four").expect("there is room")),
    one(|heap, nested| nested.words.clear(heap).expect("bound")),
    one(|heap, nested| nested.lists.free(heap).expect("bound")),
    one(|heap, nested| nested.words.push(heap, "five").expect("there is room")),
    one(|heap, nested| nested.words.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Nested> {
    Sequence::of(OPERATIONS)
}
