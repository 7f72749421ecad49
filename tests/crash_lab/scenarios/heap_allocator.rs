//! Two processes that allocate and free in one heap: wherever one dies, the other one, which waits for the heap's lock at that moment, goes
//! on, and the dead one's blocks are there or not, and are taken back.

use std::sync::atomic::{AtomicBool, Ordering};

use shmcore::heap::{Box as HeapBox, ShmHeap, Vec as HeapVec};
use shmcore::{Shared, ShmMutex, ShmOptions, ShmSafe, create_shared};

use super::peer::Peer;
use crate::scenario::{Acknowledged, Scenario};

/// What a child takes and gives back is of these types, so that the root tells of them.
#[derive(ShmSafe)]
#[repr(C)]
struct Root {
    /// The peer's.
    list: ShmMutex<HeapVec<u64>>,
    small: ShmMutex<HeapBox<[u8; 100]>>,
    large: ShmMutex<HeapBox<[u64; 400]>>,
}

/// The number of blocks after each operation of the child.
const BLOCKS: [usize; 8] = [0, 1, 2, 3, 3, 2, 1, 0];

pub(crate) struct Allocator {
    heap: ShmHeap<Root>,
    peer: Option<Peer>,
    acknowledged: Acknowledged,
    /// Whether somebody has looked at what the child left behind.
    was_found: Shared<AtomicBool>,
}

pub(crate) fn new() -> Allocator {
    Allocator {
        heap: heap(),
        peer: None,
        acknowledged: Acknowledged::new(),
        was_found: create_shared().expect("a region"),
    }
}

fn heap() -> ShmHeap<Root> {
    ShmOptions::anonymous().create_heap(48 << 10).expect("a heap")
}

impl Allocator {
    fn peer(&self) -> &Peer {
        self.peer.as_ref().expect("set up")
    }

    /// What the peer does: all of it is its own, or behind a lock that nobody else takes.
    fn use_heap(&self) {
        let heap = &self.heap;
        let mut list = heap.root().list.lock().expect("nobody else has it");
        for number in 0..20 {
            list.push(heap, number).expect("there is room");
        }
        let mut own = HeapBox::<[u64; 400]>::new(heap, [7; 400]).expect("there is room");
        assert!(list.as_slice(heap).expect("bound").iter().copied().eq(0..20));
        list.free(heap).expect("bound");
        assert_eq!(own.get(heap).expect("bound"), Some(&[7; 400]));
        own.free(heap).expect("bound");
    }
}

impl Scenario for Allocator {
    fn setup(&mut self) {
        self.peer = None;
        self.heap = heap();
        self.acknowledged.reset();
        self.was_found.store(false, Ordering::Relaxed);
        self.peer = Some(Peer::new(|| self.use_heap()));
    }

    fn stretch(&self) {
        let heap = &self.heap;
        let done = || self.acknowledged.add();
        let mut small = HeapBox::<[u8; 100]>::new(heap, [1; 100]).expect("there is room");
        done();
        let mut large = HeapBox::<[u64; 400]>::new(heap, [2; 400]).expect("there is room");
        done();
        let mut list = HeapVec::from_slice(heap, &[3_u64; 30]).expect("there is room");
        done();
        list.reserve(heap, 300).expect("there is room");
        done();
        large.free(heap).expect("bound");
        done();
        list.free(heap).expect("bound");
        done();
        small.free(heap).expect("bound");
        done();
    }

    fn before_death(&self) {
        self.peer().begin();
    }

    fn after_death(&self) {
        self.peer().end();
    }

    fn recover_and_check(&self) {
        self.peer().demand_end();
        let done = usize::try_from(self.acknowledged.count()).expect("small");
        let (before, after) = (BLOCKS[done], *BLOCKS.get(done + 1).unwrap_or(&0));
        let blocks = || self.heap.check().expect("the heap is in order").blocks;
        // Another one that recovered may have died while it took them back.
        if !self.was_found.swap(true, Ordering::Relaxed) {
            let found = blocks();
            assert!(found == before || found == after, "{found} blocks after {done}");
        }
        self.heap.reclaim().expect("the heap is in order");
        assert_eq!((blocks(), self.heap.used()), (0, 0), "after {done}");
        self.heap.trim().expect("the heap is in order");
        assert_eq!(self.heap.check().expect("the heap is in order").largest_free, self.heap.capacity());
    }
}
