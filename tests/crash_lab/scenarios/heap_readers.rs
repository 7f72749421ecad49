//! Containers of a heap behind a lock of readers and writers. Who reads them first in a generation of the heap binds them, which
//! writes to the heap: if it dies meanwhile, nothing is poisoned, and the others read what they did before.

use std::fs::File;

use shmcore::heap::{Heap, ShmHeap, String as HeapString, Vec as HeapVec};
use shmcore::{ShmOptions, ShmRwLock};

use crate::scenario::Scenario;

type Root = ShmRwLock<HeapVec<HeapVec<HeapString>>>;

const WORDS: [&[&str]; 2] = [&["one", "two"], &["three"]];

/// Vectors and strings.
const BLOCKS: usize = 1 + 2 + 3;

pub(crate) struct Readers {
    heap: ShmHeap<Root>,
}

pub(crate) fn new() -> Readers {
    Readers { heap: heap() }
}

fn heap() -> ShmHeap<Root> {
    let heap = ShmOptions::anonymous().create_heap::<Root>(24 << 10).expect("a heap");
    let mut lists = heap.root().write().expect("new");
    for (index, words) in WORDS.into_iter().enumerate() {
        lists.push(&heap, HeapVec::new()).expect("there is room");
        for &word in words {
            lists.as_mut_slice(&heap).expect("bound")[index].push(&heap, word).expect("there is room");
        }
    }
    drop(lists);
    heap
}

fn assert_whole(heap: &Heap, lists: &HeapVec<HeapVec<HeapString>>) {
    let lists = lists.iter(heap).expect("bound");
    assert_eq!(lists.len(), WORDS.len());
    for (list, words) in lists.zip(WORDS) {
        let list = list.iter(heap).expect("bound").map(|word| word.as_str(heap).expect("bound"));
        assert!(list.eq(words.iter().copied()));
    }
}

impl Scenario for Readers {
    fn setup(&mut self) {
        self.heap = heap();
    }

    fn stretch(&self) {
        assert_whole(&self.heap, &self.heap.root().read().expect("nobody has died"));
    }

    fn recover_and_check(&self) {
        self.recover();
        let found = self.heap.check().expect("the heap is in order");
        assert_eq!((found.blocks, found.used), (BLOCKS, self.heap.used()));
        assert_eq!(self.heap.reclaim(), Ok(0));
        let mut lists = self.heap.root().write().expect("nobody has died who wrote");
        assert_whole(&self.heap, &lists);
        lists.free(&self.heap).expect("bound");
        assert_eq!(self.heap.used(), 0);
    }

    fn recover(&self) {
        assert_whole(&self.heap, &self.heap.root().read().expect("nobody has died who wrote"));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.heap.try_clone_fd().expect("a descriptor"))]
    }
}
