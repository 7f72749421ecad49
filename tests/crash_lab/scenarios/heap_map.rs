//! Maps in a heap: each operation that changes one, of plain entries and of such that own something themselves.

use std::collections::BTreeMap;
use std::mem::forget;

use shmcore::ShmSafe;
use shmcore::heap::{HashMap, Heap, String as HeapString, Vec as HeapVec};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Maps {
    numbers: HashMap<u64, u64>,
    lists: HashMap<HeapString, HeapVec<u64>>,
}

impl Store for Maps {
    type Contents = (BTreeMap<u64, u64>, BTreeMap<String, Vec<u64>>);

    const BYTES: usize = 32 << 10;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> Self::Contents {
        let numbers: BTreeMap<_, _> =
            self.numbers.iter(heap).expect("bound").map(|(&k, &v)| (k, v)).collect();
        let list = |(key, list): (&HeapString, &HeapVec<u64>)| {
            (key.as_str(heap).expect("bound").to_owned(), list.as_slice(heap).expect("bound").to_vec())
        };
        let lists: BTreeMap<_, _> = self.lists.iter(heap).expect("bound").map(list).collect();
        assert_eq!((self.numbers.len(heap), self.lists.len(heap)), (Ok(numbers.len()), Ok(lists.len())));
        // What is there is found.
        for (key, value) in &numbers {
            assert_eq!(self.numbers.get(heap, key), Ok(Some(value)));
        }
        for (key, list) in &lists {
            let found = self.lists.get(heap, key.as_str()).expect("bound").expect("an entry");
            assert_eq!(found.as_slice(heap), Ok(&**list));
        }
        (numbers, lists)
    }

    fn blocks(&self, heap: &Heap) -> usize {
        let entries = self.lists.iter(heap).expect("bound");
        let inner = entries.flat_map(|(key, list)| [key.capacity(heap), list.capacity(heap)]);
        let outer = [self.numbers.capacity(heap), self.lists.capacity(heap)];
        inner.chain(outer).filter(|capacity| *capacity.as_ref().expect("bound") > 0).count()
    }

    fn go_on(&mut self, heap: &Heap) {
        let (mut numbers, mut lists) = self.contents(heap);
        for number in [100, 101] {
            self.numbers.insert(heap, number, number * 10).expect("there is room");
            numbers.insert(number, number * 10);
        }
        if let Some((key, list)) = lists.first_entry().map(|entry| (entry.key().clone(), entry.into_mut())) {
            let found = self.lists.get_mut(heap, key.as_str()).expect("bound").expect("an entry");
            found.push(heap, 100).expect("there is room");
            list.push(100);
        }
        self.lists.entry(heap, "last").expect("there is room").or_default().expect("there is room");
        lists.entry("last".to_owned()).or_default();
        assert_eq!(self.contents(heap), (numbers, lists));
    }

    fn free(&mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.lists.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Maps)) -> Operation<Maps> {
    Operation::new(run)
}

/// An operation for which there may have to be a larger block: that is a step of its own.
const fn numbers_grow(run: fn(&Heap, &mut Maps)) -> Operation<Maps> {
    Operation::between(run, &[|heap, maps| maps.numbers.reserve(heap, 1).expect("there is room")])
}

const fn lists_grow(run: fn(&Heap, &mut Maps)) -> Operation<Maps> {
    Operation::between(run, &[|heap, maps| maps.lists.reserve(heap, 1).expect("there is room")])
}

fn insert(heap: &Heap, maps: &mut Maps, key: u64, value: u64) -> Option<u64> {
    maps.numbers.insert(heap, key, value).expect("there is room")
}

/// The old list, which is this process's own.
fn insert_list(heap: &Heap, maps: &mut Maps, key: &str, list: &[u64]) -> Option<HeapVec<u64>> {
    maps.lists.insert(heap, key, list).expect("there is room")
}

/// A list in this process's own memory.
fn own(heap: &Heap) -> HeapVec<u64> {
    HeapVec::from_slice(heap, &[7, 8, 9]).expect("there is room")
}

fn remove_list(heap: &Heap, maps: &mut Maps, key: &str) -> HeapVec<u64> {
    maps.lists.remove(heap, key).expect("bound").expect("an entry")
}

fn remove_entry(heap: &Heap, maps: &mut Maps, key: &str) -> (HeapString, HeapVec<u64>) {
    maps.lists.remove_entry(heap, key).expect("bound").expect("an entry")
}

const OPERATIONS: &[Operation<Maps>] = &[
    numbers_grow(|heap, maps| assert_eq!(insert(heap, maps, 1, 10), None)),
    numbers_grow(|heap, maps| assert_eq!(insert(heap, maps, 2, 20), None)),
    numbers_grow(|heap, maps| assert_eq!(insert(heap, maps, 3, 30), None)),
    numbers_grow(|heap, maps| assert_eq!(insert(heap, maps, 4, 40), None)),
    one(|heap, maps| assert_eq!(insert(heap, maps, 2, 21), Some(20))),
    one(|heap, maps| assert_eq!(maps.numbers.remove(heap, &3), Ok(Some(30)))),
    numbers_grow(|heap, maps| {
        let entry = maps.numbers.entry(heap, 5).expect("there is room");
        assert_eq!(entry.or_insert(50).expect("there is room"), &50);
    }),
    one(|heap, maps| *maps.numbers.get_mut(heap, &1).expect("bound").expect("an entry") = 11),
    one(|heap, maps| maps.numbers.retain(heap, |&key, _| key != 4).expect("bound")),
    one(|heap, maps| maps.numbers.reserve(heap, 20).expect("there is room")),
    one(|heap, maps| maps.numbers.shrink_to_fit(heap).expect("there is room")),
    one(|heap, maps| maps.numbers.clear(heap).expect("bound")),
    one(|heap, maps| maps.numbers.free(heap).expect("bound")),
    lists_grow(|heap, maps| assert!(insert_list(heap, maps, "one", &[1, 2]).is_none())),
    one(|heap, maps| maps.lists.reserve(heap, 4).expect("there is room")),
    Operation::between(
        |heap, maps| _ = maps.lists.insert(heap, "two", own(heap)).expect("there is room"),
        &[|heap, _| forget(own(heap))],
    ),
    // The old one is replaced, and freed.
    Operation::between(
        |heap, maps| {
            let mut old = insert_list(heap, maps, "one", &[3]).expect("there was one");
            old.free(heap).expect("its own");
        },
        &[|heap, maps| forget(insert_list(heap, maps, "one", &[3]))],
    ),
    Operation::between(
        |heap, maps| {
            let list = maps.lists.get_mut(heap, "one").expect("bound").expect("an entry");
            list.push(heap, 4).expect("there is room");
        },
        &[|heap, maps| {
            let list = maps.lists.get_mut(heap, "one").expect("bound").expect("an entry");
            list.reserve(heap, 1).expect("there is room");
        }],
    ),
    one(|heap, maps| _ = insert_list(heap, maps, "three", &[5])),
    one(|heap, maps| {
        let entry = maps.lists.entry(heap, "four").expect("there is room");
        entry.or_default().expect("there is room");
    }),
    Operation::between(
        |heap, maps| remove_list(heap, maps, "one").free(heap).expect("its own"),
        &[|heap, maps| forget(remove_list(heap, maps, "one"))],
    ),
    Operation::between(
        |heap, maps| {
            let (mut key, mut list) = remove_entry(heap, maps, "two");
            key.free(heap).expect("its own");
            list.free(heap).expect("its own");
        },
        &[
            |heap, maps| forget(remove_entry(heap, maps, "two")),
            |heap, maps| {
                let (mut key, list) = remove_entry(heap, maps, "two");
                key.free(heap).expect("its own");
                forget(list);
            },
        ],
    ),
    one(|heap, maps| maps.lists.retain(heap, |_, list| list.is_empty(heap).expect("bound")).expect("bound")),
    one(|heap, maps| maps.lists.shrink_to_fit(heap).expect("there is room")),
    lists_grow(|heap, maps| _ = insert_list(heap, maps, "five", &[6])),
    lists_grow(|heap, maps| _ = insert_list(heap, maps, "six", &[7])),
    lists_grow(|heap, maps| _ = insert_list(heap, maps, "seven", &[8])),
    one(|heap, maps| maps.lists.clear(heap).expect("bound")),
    lists_grow(|heap, maps| _ = insert_list(heap, maps, "eight", &[9])),
    one(|heap, maps| maps.lists.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Maps> {
    Sequence::of(OPERATIONS)
}
