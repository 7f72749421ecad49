//! Vectors in a heap whose blocks are runs of pages of their own: they grow where they lie if what follows is free, and move if not. It is
//! apart from `heap_vec` because large blocks are found, split and merged by other code than small ones.

use shmcore::ShmSafe;
use shmcore::heap::{Heap, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

/// A quarter of a kibibyte.
type Row = [u64; 32];

/// As many have a run of their own, of three pages, and of six when they are twice as many.
const MANY: usize = 11;

/// Two vectors that are in each other's way.
#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Rows {
    front: HeapVec<Row>,
    behind: HeapVec<Row>,
}

const fn row(number: u64) -> Row {
    [number; 32]
}

fn number(row: &Row) -> u64 {
    assert_eq!(*row, self::row(row[0]));
    row[0]
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

/// Fills a vector whose capacity is so much.
fn fill(heap: &Heap, vec: &mut HeapVec<Row>, capacity: usize) {
    let len = vec.len(heap).expect("bound");
    assert_eq!(vec.capacity(heap), Ok(capacity));
    extend(heap, vec, len as u64..capacity as u64);
}

/// Where the elements lie.
fn place(heap: &Heap, vec: &HeapVec<Row>) -> *const Row {
    vec.as_slice(heap).expect("bound").as_ptr()
}

const OPERATIONS: &[Operation<Rows>] = &[
    one(|heap, rows| rows.front.reserve(heap, MANY).expect("there is room")),
    one(|heap, rows| fill(heap, &mut rows.front, MANY)),
    front_grows(|heap, rows| {
        let before = place(heap, &rows.front);
        rows.front.push(heap, row(90)).expect("there is room");
        assert_eq!(place(heap, &rows.front), before);
    }),
    one(|heap, rows| rows.behind.reserve(heap, MANY).expect("there is room")),
    one(|heap, rows| fill(heap, &mut rows.front, 23)),
    // The other one is in the way.
    front_grows(|heap, rows| {
        let before = place(heap, &rows.front);
        rows.front.push(heap, row(91)).expect("there is room");
        assert_ne!(place(heap, &rows.front), before);
    }),
    one(|heap, rows| fill(heap, &mut rows.behind, MANY)),
    behind_grows(|heap, rows| rows.behind.push(heap, row(92)).expect("there is room")),
    one(|heap, rows| fill(heap, &mut rows.behind, 23)),
    // There is room for it, but not for twice as many.
    behind_grows(|heap, rows| {
        rows.behind.push(heap, row(93)).expect("there is room");
        assert!(rows.behind.capacity(heap).expect("bound") < 40);
    }),
    one(|heap, rows| assert_eq!(number(&rows.front.remove(heap, 22).expect("bound")), 22)),
    one(|heap, rows| rows.front.insert(heap, 22, row(94)).expect("there is room")),
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
