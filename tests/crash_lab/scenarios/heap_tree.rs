//! Ordered maps in a heap: each operation that changes one, of plain entries and of such that own something themselves; with nodes that
//! are split, that lend each other entries, and that become one.

use std::collections::BTreeMap as Model;
use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{BTreeMap, Heap, String as HeapString, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Trees {
    numbers: BTreeMap<u64, u64>,
    lists: BTreeMap<HeapString, HeapVec<u64>>,
}

impl Store for Trees {
    type Contents = (Model<u64, u64>, Model<String, Vec<u64>>);

    const BYTES: usize = 48 << 10;

    fn fill(&mut self, heap: &Heap) {
        // As many as a node has.
        for number in 1..=14 {
            self.numbers.insert(heap, number * 10, number).expect("there is room");
        }
        for number in 10..24 {
            self.lists.insert(heap, &format!("list {number}"), [number]).expect("there is room");
        }
    }

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let numbers: Model<_, _> =
            self.numbers.iter(heap).expect("bound").map(|(&key, &value)| (key, value)).collect();
        let list = |(key, list): (&HeapString, &HeapVec<u64>)| {
            (key.as_str(heap).expect("bound").to_owned(), list.as_slice(heap).expect("bound").to_vec())
        };
        let lists: Model<_, _> = self.lists.iter(heap).expect("bound").map(list).collect();
        assert_eq!((self.numbers.len(heap), self.lists.len(heap)), (Ok(numbers.len()), Ok(lists.len())));
        // What is there is found, and comes in order.
        assert!(self.numbers.keys(heap).expect("bound").eq(numbers.keys()));
        for (key, value) in &numbers {
            assert_eq!(self.numbers.get(heap, key), Ok(Some(value)));
        }
        for (key, list) in &lists {
            let found = self.lists.get(heap, key.as_str()).expect("bound").expect("an entry");
            assert_eq!(found.as_slice(heap), Ok(&**list));
        }
        (numbers, lists)
    }

    /// Those of the entries: how many nodes there are, the heap's numbers tell.
    fn blocks(&self, heap: &Heap) -> usize {
        let entries = self.lists.iter(heap).expect("bound");
        let inner = entries.flat_map(|(key, list)| [key.capacity(heap), list.capacity(heap)]);
        inner.filter(|capacity| *capacity.as_ref().expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let (mut numbers, mut lists) = self.contents(heap);
        for number in [1, 75, 1000] {
            self.numbers.insert(heap, number, number * 10).expect("there is room");
            numbers.insert(number, number * 10);
        }
        if let Some((key, list)) = lists.first_entry().map(|entry| (entry.key().clone(), entry.into_mut())) {
            let found = self.lists.get_mut(heap, key.as_str()).expect("bound").expect("an entry");
            found.push(heap, 100).expect("there is room");
            list.push(100);
        }
        assert_eq!(self.contents(heap), (numbers, lists));
    }

    fn free(&mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.lists.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Trees)) -> Operation<Trees> {
    Operation::new(run)
}

/// An insertion or a removal for which nodes may have to be split, or to become one: that is a step of its own, and so what is left when
/// the entry goes or comes again.
macro_rules! numbers_change {
    (insert $key:literal) => {
        Operation::between(
            |heap, trees| assert_eq!(insert(heap, trees, $key), None),
            &[|heap, trees| {
                assert_eq!(insert(heap, trees, $key), None);
                assert_eq!(remove(heap, trees, $key), Some(7));
            }],
        )
    };
    (remove $key:literal) => {
        Operation::between(
            |heap, trees| _ = remove(heap, trees, $key).expect("an entry"),
            &[|heap, trees| {
                let value = remove(heap, trees, $key).expect("an entry");
                assert_eq!(trees.numbers.insert(heap, $key, value).expect("there is room"), None);
            }],
        )
    };
}

fn insert(heap: &Heap, trees: &mut Trees, key: u64) -> Option<u64> {
    trees.numbers.insert(heap, key, 7).expect("there is room")
}

fn remove(heap: &Heap, trees: &mut Trees, key: u64) -> Option<u64> {
    trees.numbers.remove(heap, &key).expect("bound")
}

/// The old list, which is this process's own.
fn insert_list(heap: &Heap, trees: &mut Trees, key: &str, list: &[u64]) -> Option<HeapVec<u64>> {
    trees.lists.insert(heap, key, list).expect("there is room")
}

/// A list in this process's own memory.
fn own(heap: &Heap) -> HeapVec<u64> {
    HeapVec::from_slice(heap, &[7, 8, 9]).expect("there is room")
}

fn remove_list(heap: &Heap, trees: &mut Trees, key: &str) -> HeapVec<u64> {
    trees.lists.remove(heap, key).expect("bound").expect("an entry")
}

/// Removes an entry of the lists, and inserts it again.
fn remove_and_insert(heap: &Heap, trees: &mut Trees, key: &str) {
    let list = remove_list(heap, trees, key);
    assert!(trees.lists.insert(heap, key, list).expect("there is room").is_none());
}

const OPERATIONS: &[Operation<Trees>] = &[
    // The root is full.
    numbers_change!(insert 15),
    one(|heap, trees| assert_eq!(trees.numbers.insert(heap, 20, 5).expect("there is room"), Some(2))),
    // That of the root.
    one(|heap, trees| assert!(trees.numbers.insert(heap, 70, 5).expect("there is room").is_some())),
    one(|heap, trees| *trees.numbers.get_mut(heap, &10).expect("bound").expect("an entry") = 11),
    // The left leaf lends the root's entry to the right one, and then they become one.
    numbers_change!(remove 140),
    numbers_change!(remove 70),
    numbers_change!(remove 130),
    Operation::between(
        |heap, trees| assert_eq!(trees.numbers.pop_first(heap).expect("bound"), Some((10, 11))),
        &[|heap, trees| {
            assert_eq!(trees.numbers.pop_first(heap).expect("bound"), Some((10, 11)));
            trees.numbers.insert(heap, 10, 11).expect("there is room");
        }],
    ),
    one(|heap, trees| _ = trees.numbers.pop_last(heap).expect("bound").expect("an entry")),
    one(|heap, trees| trees.numbers.free(heap).expect("bound")),
    Operation::between(
        |heap, trees| assert_eq!(insert(heap, trees, 5), None),
        &[|heap, trees| {
            assert_eq!(insert(heap, trees, 5), None);
            assert_eq!(remove(heap, trees, 5), Some(7));
        }],
    ),
    // The root is full, and the entry comes behind all.
    Operation::between(
        |heap, trees| assert!(insert_list(heap, trees, "new", &[1, 2]).is_none()),
        &[|heap, trees| {
            assert!(insert_list(heap, trees, "new", &[1, 2]).is_none());
            let (mut key, mut list) = trees.lists.pop_last(heap).expect("bound").expect("an entry");
            key.free(heap).expect("its own");
            list.free(heap).expect("its own");
        }],
    ),
    // The old one is replaced, and freed.
    Operation::between(
        |heap, trees| {
            let mut old = insert_list(heap, trees, "list 11", &[3]).expect("there was one");
            old.free(heap).expect("its own");
        },
        &[|heap, trees| forget(insert_list(heap, trees, "list 11", &[3]))],
    ),
    Operation::between(
        |heap, trees| _ = trees.lists.insert(heap, "own", own(heap)).expect("there is room"),
        &[|heap, _| forget(own(heap))],
    ),
    // The root's: the one before it takes its place. Its key is freed then.
    Operation::between(
        |heap, trees| remove_list(heap, trees, "list 23").free(heap).expect("its own"),
        &[
            |heap, trees| remove_and_insert(heap, trees, "list 23"),
            |heap, trees| forget(remove_list(heap, trees, "list 23")),
        ],
    ),
    Operation::between(
        |heap, trees| remove_list(heap, trees, "own").free(heap).expect("its own"),
        &[
            |heap, trees| remove_and_insert(heap, trees, "own"),
            |heap, trees| forget(remove_list(heap, trees, "own")),
        ],
    ),
    Operation::between(
        |heap, trees| {
            let (mut key, mut list) = trees.lists.pop_first(heap).expect("bound").expect("an entry");
            key.free(heap).expect("its own");
            list.free(heap).expect("its own");
        },
        &[
            |heap, trees| remove_and_insert(heap, trees, "list 10"),
            |heap, trees| forget(trees.lists.pop_first(heap).expect("bound")),
            |heap, trees| {
                let (mut key, list) = trees.lists.pop_first(heap).expect("bound").expect("an entry");
                key.free(heap).expect("its own");
                forget(list);
            },
        ],
    ),
    one(|heap, trees| trees.lists.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Trees> {
    Sequence::of(OPERATIONS)
}
