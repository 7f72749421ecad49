//! Vectors in a heap whose blocks are runs of pages of their own: they grow where they lie if what follows is free, and move if not. It is
//! apart from `heap_vec` because large blocks are found, split and merged by other code than small ones.

use shmcore::ShmSafe;
use shmcore::heap::{Heap, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

/// Half a kibibyte. A block of four has a run of its own.
type Row = [u64; 64];

/// Two vectors that are in each other's way.
#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Rows {
    front: HeapVec<Row>,
    behind: HeapVec<Row>,
}

fn row(number: u64) -> Row {
    std::array::from_fn(|index| number * 1000 + index as u64)
}

fn number(row: &Row) -> u64 {
    assert_eq!(*row, self::row(row[0] / 1000));
    row[0] / 1000
}

impl Rows {
    fn both(&self) -> [&HeapVec<Row>; 2] {
        [&self.front, &self.behind]
    }
}

impl Store for Rows {
    type Contents = [Vec<u64>; 2];

    const BYTES: usize = 28 << 10;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> [Vec<u64>; 2] {
        self.both().map(|vec| vec.iter(heap).expect("bound").map(number).collect())
    }

    fn blocks(&self, heap: &Heap) -> usize {
        self.both().into_iter().filter(|vec| vec.capacity(heap).expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let mut expected = self.contents(heap);
        for (vec, expected) in [&mut self.front, &mut self.behind].into_iter().zip(&mut expected) {
            vec.push(heap, row(100)).expect("there is room");
            expected.push(100);
        }
        assert_eq!(self.contents(heap), expected);
    }

    fn free(&mut self, heap: &Heap) {
        self.front.free(heap).expect("bound");
        self.behind.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Rows)) -> Operation<Rows> {
    Operation::new(run)
}

const fn front_grows(run: fn(&Heap, &mut Rows)) -> Operation<Rows> {
    Operation::between(run, &[|heap, rows| rows.front.reserve(heap, 1).expect("there is room")])
}

const fn behind_grows(run: fn(&Heap, &mut Rows)) -> Operation<Rows> {
    Operation::between(run, &[|heap, rows| rows.behind.reserve(heap, 1).expect("there is room")])
}

fn extend(heap: &Heap, vec: &mut HeapVec<Row>, numbers: std::ops::Range<u64>) {
    let rows: Vec<_> = numbers.map(row).collect();
    vec.extend_from_slice(heap, &rows).expect("there is room");
}

const OPERATIONS: &[Operation<Rows>] = &[
    front_grows(|heap, rows| rows.front.push(heap, row(0)).expect("there is room")),
    one(|heap, rows| extend(heap, &mut rows.front, 1..5)),
    // Where it lies.
    front_grows(|heap, rows| rows.front.push(heap, row(5)).expect("there is room")),
    behind_grows(|heap, rows| rows.behind.push(heap, row(6)).expect("there is room")),
    one(|heap, rows| extend(heap, &mut rows.front, 7..12)),
    // The other one is in the way.
    front_grows(|heap, rows| rows.front.push(heap, row(12)).expect("there is room")),
    // As much as there is room for, which is less than it would like to have.
    Operation::between(
        |heap, rows| extend(heap, &mut rows.behind, 13..21),
        &[|heap, rows| rows.behind.reserve(heap, 8).expect("there is room")],
    ),
    one(|heap, rows| assert_eq!(number(&rows.front.remove(heap, 10).expect("bound")), 11)),
    one(|heap, rows| rows.front.insert(heap, 1, row(30)).expect("there is room")),
    one(|heap, rows| rows.front.truncate(heap, 3).expect("bound")),
    // Into a small block.
    one(|heap, rows| rows.front.shrink_to_fit(heap).expect("there is room")),
    one(|heap, rows| rows.behind.free(heap).expect("bound")),
    // Out of it.
    one(|heap, rows| rows.front.reserve(heap, 20).expect("there is room")),
    one(|heap, rows| rows.front.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Rows> {
    Sequence::of(OPERATIONS)
}
