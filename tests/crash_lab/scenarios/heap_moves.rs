//! Containers of a heap that are moved as any value is, which the heap is not told of. A process that dies meanwhile may leave two of
//! one, or a part of one: then one owns the block and the others own nothing, and what was in the air is a stray.

use std::mem::{forget, swap, take};

use shmcore::ShmSafe;
use shmcore::heap::{Heap, HeapError, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Hands {
    left: HeapVec<u64>,
    right: HeapVec<u64>,
    /// Two more, in the heap.
    inner: HeapVec<HeapVec<u64>>,
}

/// What it holds; one that owns nothing holds nothing.
fn contents(heap: &Heap, vec: &HeapVec<u64>) -> Vec<u64> {
    match vec.as_slice(heap) {
        Ok(elements) => elements.to_vec(),
        Err(HeapError::NotTheOwner { .. }) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

impl Hands {
    fn inner<'a>(&'a mut self, heap: &'a Heap) -> &'a mut [HeapVec<u64>] {
        self.inner.as_mut_slice(heap).expect("bound")
    }

    fn all<'a>(&'a self, heap: &'a Heap) -> impl Iterator<Item = &'a HeapVec<u64>> {
        [&self.left, &self.right].into_iter().chain(self.inner.iter(heap).expect("bound"))
    }

    fn take_both(&mut self) {
        forget((take(&mut self.left), take(&mut self.right)));
    }
}

impl Store for Hands {
    type Contents = Vec<Vec<u64>>;

    const MOVED_BY_HAND: bool = true;

    fn fill(&mut self, heap: &Heap) {
        self.left.extend_from_slice(heap, &[1, 2]).expect("there is room");
        self.right.push(heap, 3).expect("there is room");
        self.inner.push(heap, [4, 5]).expect("there is room");
        self.inner.push(heap, [6]).expect("there is room");
    }

    fn contents(&self, heap: &Heap) -> Vec<Vec<u64>> {
        self.all(heap).map(|vec| contents(heap, vec)).collect()
    }

    fn blocks(&self, heap: &Heap) -> usize {
        // One that owns nothing is an error.
        1 + self.all(heap).filter(|vec| vec.capacity(heap).is_ok_and(|capacity| capacity > 0)).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let mut expected = self.contents(heap);
        for (index, expected) in (0..4).zip(&mut expected) {
            let number = 100 + index as u64;
            let vec = match index {
                0 => &mut self.left,
                1 => &mut self.right,
                _ => &mut self.inner.as_mut_slice(heap).expect("bound")[index - 2],
            };
            if vec.capacity(heap).is_err() {
                *vec = HeapVec::new();
            }
            vec.push(heap, number).expect("there is room");
            expected.push(number);
        }
        assert_eq!(self.contents(heap), expected, "each has memory of its own");
    }

    fn free(&mut self, heap: &Heap) {
        for vec in [&mut self.left, &mut self.right] {
            if vec.free(heap).is_err() {
                *vec = HeapVec::new();
            }
        }
        self.inner.free(heap).expect("bound");
    }
}

const OPERATIONS: &[Operation<Hands>] = &[
    // Two that are exchanged: each may be there once, as what it was or as what it is to be, or be in the air.
    Operation::between(
        |_, hands| swap(&mut hands.left, &mut hands.right),
        &[
            |_, hands| forget(take(&mut hands.left)),
            |_, hands| forget(take(&mut hands.right)),
            |_, hands| hands.left = take(&mut hands.right),
            |_, hands| hands.right = take(&mut hands.left),
            |_, hands| hands.take_both(),
        ],
    ),
    Operation::between(
        |heap, hands| hands.inner(heap).swap(0, 1),
        &[
            |heap, hands| forget(take(&mut hands.inner(heap)[0])),
            |heap, hands| forget(take(&mut hands.inner(heap)[1])),
            |heap, hands| hands.inner(heap)[0] = take(&mut hands.inner(heap)[1]),
            |heap, hands| hands.inner(heap)[1] = take(&mut hands.inner(heap)[0]),
            |heap, hands| forget((take(&mut hands.inner(heap)[0]), take(&mut hands.inner(heap)[1]))),
        ],
    ),
    // From the heap into this process's own memory, where it is used, and back.
    Operation::between(
        |heap, hands| {
            let mut taken = take(&mut hands.left);
            assert_eq!(taken.pop(heap), Ok(Some(3)));
            hands.left = taken;
        },
        &[|_, hands| forget(take(&mut hands.left))],
    ),
    // From one owner to another, of which the second one had nothing.
    Operation::between(
        |heap, hands| {
            let taken = take(&mut hands.inner(heap)[0]);
            let old = std::mem::replace(&mut hands.right, taken);
            hands.inner(heap)[0] = old;
        },
        &[
            |heap, hands| forget(take(&mut hands.inner(heap)[0])),
            |_, hands| forget(take(&mut hands.right)),
            |heap, hands| hands.right = take(&mut hands.inner(heap)[0]),
            |heap, hands| forget((take(&mut hands.right), take(&mut hands.inner(heap)[0]))),
        ],
    ),
    // One that is moved over another without freeing that: by whoever forgets it, not by a death.
    Operation::between(
        |heap, hands| {
            hands.left.free(heap).expect("bound");
            hands.left = take(&mut hands.right);
        },
        &[
            |heap, hands| hands.left.free(heap).expect("bound"),
            |heap, hands| {
                hands.left.free(heap).expect("bound");
                forget(take(&mut hands.right));
            },
        ],
    ),
];

pub(crate) fn new() -> Sequence<Hands> {
    Sequence::of(OPERATIONS)
}
