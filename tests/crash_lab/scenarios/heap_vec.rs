//! A vector of numbers in a heap: each operation that changes it, with and without a new block.

use shmcore::ShmSafe;
use shmcore::heap::{Heap, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Numbers {
    vec: HeapVec<u64>,
}

impl Store for Numbers {
    type Contents = Vec<u64>;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Vec<u64> {
        self.vec.as_slice(heap).expect("bound").to_vec()
    }

    fn blocks(&self, heap: &Heap) -> usize {
        usize::from(self.vec.capacity(heap).expect("bound") > 0)
    }

    fn go_on(&mut self, heap: &Heap) {
        let mut expected = self.contents(heap);
        for number in 100..103 {
            self.vec.push(heap, number).expect("there is room");
            expected.push(number);
        }
        assert_eq!(self.contents(heap), expected);
    }

    fn free(&mut self, heap: &Heap) {
        self.vec.free(heap).expect("bound");
    }
}

/// An operation that has room for what it adds, or adds nothing.
const fn one(run: fn(&Heap, &mut Numbers)) -> Operation<Numbers> {
    Operation::new(run)
}

/// An operation that needs a larger block for one element more: that is a step of its own.
const fn growing(run: fn(&Heap, &mut Numbers)) -> Operation<Numbers> {
    Operation::between(run, &[|heap, store| store.vec.reserve(heap, 1).expect("there is room")])
}

const ADDED: [u64; 20] = [50; 20];

/// Keeps all elements but those with these indices.
fn retain_but(heap: &Heap, store: &mut Numbers, gone: &[usize]) {
    let mut indices = 0..;
    let is_kept = |_: &u64| indices.next().is_some_and(|index| !gone.contains(&index));
    store.vec.retain(heap, is_kept).expect("bound");
}

const OPERATIONS: &[Operation<Numbers>] = &[
    growing(|heap, store| store.vec.push(heap, 0).expect("there is room")),
    one(|heap, store| store.vec.push(heap, 1).expect("there is room")),
    one(|heap, store| store.vec.extend_from_slice(heap, &[2, 3, 4, 5, 6, 7]).expect("there is room")),
    one(|heap, store| store.vec.insert(heap, 3, 8).expect("there is room")),
    growing(|heap, store| store.vec.push(heap, 9).expect("there is room")),
    one(|heap, store| assert_eq!(store.vec.pop(heap), Ok(Some(9)))),
    one(|heap, store| assert_eq!(store.vec.remove(heap, 1), Ok(1))),
    one(|heap, store| assert_eq!(store.vec.swap_remove(heap, 2), Ok(8))),
    one(|heap, store| assert_eq!(store.vec.swap_remove(heap, 6), Ok(6))),
    one(|heap, store| store.vec.truncate(heap, 5).expect("bound")),
    Operation::between(
        |heap, store| store.vec.extend_from_slice(heap, &ADDED).expect("there is room"),
        &[|heap, store| store.vec.reserve(heap, ADDED.len()).expect("there is room")],
    ),
    one(|heap, store| store.vec.truncate(heap, 9).expect("bound")),
    one(|heap, store| store.vec.shrink_to_fit(heap).expect("there is room")),
    growing(|heap, store| store.vec.insert(heap, 8, 10).expect("there is room")),
    one(|heap, store| assert_eq!(store.vec.remove(heap, 0), Ok(0))),
    one(|heap, store| retain_but(heap, store, &[6])),
    Operation::between(
        |heap, store| retain_but(heap, store, &[1, 2, 5]),
        &[|heap, store| retain_but(heap, store, &[1]), |heap, store| retain_but(heap, store, &[1, 2])],
    ),
    one(|heap, store| store.vec.clear(heap).expect("bound")),
    one(|heap, store| store.vec.push(heap, 11).expect("there is room")),
    one(|heap, store| store.vec.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Numbers> {
    Sequence::of(OPERATIONS)
}
