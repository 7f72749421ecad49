//! shmcore's side of `benches/heap.rs`: containers of a heap that lie in its root, behind a lock that is taken once.

use shmcore::heap::{self, ShmHeap};
use shmcore::sync::ShmMutexGuard;
use shmcore::{PlacementDefault, ShmMutex, ShmOptions, ShmSafe};

use crate::workloads::sequence::LIVE;
use crate::workloads::{Allocate, Vector};

/// Vectors, each of which owns a block or none.
pub(crate) type Slots = ShmMutex<[heap::Vec<u8>; LIVE as usize]>;

/// A heap with a root of zeroes.
pub(crate) fn create<Root: ShmSafe + PlacementDefault>(bytes: usize) -> ShmHeap<Root> {
    ShmOptions::anonymous().create_heap(bytes).expect("created")
}

/// An allocator of blocks that vectors own. A block is the vector's place.
pub(crate) struct Blocks<'a> {
    heap: &'a heap::Heap,
    vectors: ShmMutexGuard<'a, [heap::Vec<u8>; LIVE as usize]>,
    /// The places of those that own nothing.
    empty: Vec<usize>,
}

impl<'a> Blocks<'a> {
    /// The allocator of a process that has `slots` to itself.
    pub(crate) fn new(heap: &'a heap::Heap, slots: &'a Slots) -> Self {
        Self { heap, vectors: slots.lock().expect("nobody dies"), empty: (0..LIVE.into()).collect() }
    }
}

impl Allocate for Blocks<'_> {
    type Block = usize;

    #[inline]
    fn allocate(&mut self, size: usize) -> usize {
        let place = self.empty.pop().expect("as many as live at any time");
        let vector = &mut self.vectors[place];
        vector.reserve(self.heap, size).expect("there is room");
        vector.extend_from_slice(self.heap, &size.to_ne_bytes()).expect("reserved");
        place
    }

    #[inline]
    fn free(&mut self, place: usize) {
        self.vectors[place].free(self.heap).expect("in order");
        self.empty.push(place);
    }
}

/// A vector and its heap, which it has to itself.
pub(crate) struct Sequence<'a> {
    heap: &'a heap::Heap,
    vector: ShmMutexGuard<'a, heap::Vec<u64>>,
}

impl<'a> Sequence<'a> {
    pub(crate) fn new(heap: &'a ShmHeap<ShmMutex<heap::Vec<u64>>>) -> Self {
        Self { heap, vector: heap.root().lock().expect("nobody dies") }
    }
}

impl Vector for Sequence<'_> {
    fn reset(&mut self) {
        self.vector.free(self.heap).expect("in order");
    }

    #[inline]
    fn push(&mut self, value: u64) {
        self.vector.push(self.heap, value).expect("there is room");
    }
}
