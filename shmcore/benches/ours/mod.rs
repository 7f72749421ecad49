//! shmcore's side of `benches/heap.rs`: containers of a heap that lie in its root, behind a lock that is taken once.

use std::hint::black_box;

use shmcore::heap::{self, ShmHeap};
use shmcore::sync::ShmMutexGuard;
use shmcore::{PlacementDefault, ShmMutex, ShmOptions, ShmSafe};

use crate::workloads::sequence::LIVE;
use crate::workloads::{Allocate, Map, Vector};

/// Vectors, each of which owns a block or none.
pub(crate) type Slots = ShmMutex<[heap::Vec<u8>; LIVE as usize]>;

/// A heap with a root of zeroes.
pub(crate) fn create<Root: ShmSafe + PlacementDefault>(bytes: usize) -> ShmHeap<Root> {
    ShmOptions::anonymous().create_heap(bytes).expect("created")
}

/// Places that are vectors, which own their blocks.
pub(crate) struct Blocks<'a> {
    heap: &'a heap::Heap,
    vectors: ShmMutexGuard<'a, [heap::Vec<u8>; LIVE as usize]>,
}

impl<'a> Blocks<'a> {
    /// The allocator of a process that has `slots` to itself.
    pub(crate) fn new(heap: &'a heap::Heap, slots: &'a Slots) -> Self {
        Self { heap, vectors: slots.lock().expect("nobody dies") }
    }
}

impl Allocate for Blocks<'_> {
    #[inline]
    fn allocate(&mut self, place: usize, size: usize) {
        let vector = &mut self.vectors[place];
        vector.reserve(self.heap, size).expect("there is room");
        vector.extend_from_slice(self.heap, &size.to_ne_bytes()).expect("reserved");
    }

    #[inline]
    fn free(&mut self, place: usize) {
        self.vectors[place].free(self.heap).expect("in order");
    }
}

/// A container and its heap.
pub(crate) struct Locked<'a, Container> {
    heap: &'a heap::Heap,
    container: ShmMutexGuard<'a, Container>,
}

impl<'a, Container: ShmSafe> Locked<'a, Container> {
    pub(crate) fn new(heap: &'a ShmHeap<ShmMutex<Container>>) -> Self {
        Self { heap, container: heap.root().lock().expect("nobody dies") }
    }
}

impl Vector for Locked<'_, heap::Vec<u64>> {
    fn reset(&mut self) {
        self.container.free(self.heap).expect("in order");
    }

    fn push_all(&mut self, count: u32) {
        push_all(&mut self.container, self.heap, count);
    }
}

#[inline(never)]
fn push_all(vector: &mut heap::Vec<u64>, heap: &heap::Heap, count: u32) {
    let mut push = |value| black_box(&mut *vector).push(heap, black_box(value)).expect("there is room");
    (0..u64::from(count)).for_each(&mut push);
}

impl Map for Locked<'_, heap::HashMap<u64, u64>> {
    fn reset(&mut self) {
        self.container.free(self.heap).expect("in order");
    }

    #[inline]
    fn insert(&mut self, key: u64, value: u64) {
        black_box(&mut *self.container).insert(self.heap, key, value).expect("there is room");
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        black_box(&*self.container).get(self.heap, &key).expect("in order").copied()
    }
}

impl Map for Locked<'_, heap::BTreeMap<u64, u64>> {
    fn reset(&mut self) {
        self.container.free(self.heap).expect("in order");
    }

    #[inline]
    fn insert(&mut self, key: u64, value: u64) {
        black_box(&mut *self.container).insert(self.heap, key, value).expect("there is room");
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        black_box(&*self.container).get(self.heap, &key).expect("in order").copied()
    }
}

/// The same, of which many elements are reached through one view.
pub(crate) struct Viewed<'a, Container>(Locked<'a, Container>);

impl<'a, Container: ShmSafe> Viewed<'a, Container> {
    pub(crate) fn new(heap: &'a ShmHeap<ShmMutex<Container>>) -> Self {
        Self(Locked::new(heap))
    }
}

impl Vector for Viewed<'_, heap::Vec<u64>> {
    fn reset(&mut self) {
        self.0.reset();
    }

    fn push_all(&mut self, count: u32) {
        push_all_to(&mut self.0.container.view_mut(self.0.heap).expect("in order"), count);
    }
}

#[inline(never)]
fn push_all_to(view: &mut heap::vec::ViewMut<'_, u64>, count: u32) {
    let mut push = |value| black_box(&mut *view).push(black_box(value)).expect("there is room");
    (0..u64::from(count)).for_each(&mut push);
}

impl Map for Viewed<'_, heap::HashMap<u64, u64>> {
    fn reset(&mut self) {
        self.0.reset();
    }

    #[inline]
    fn insert(&mut self, key: u64, value: u64) {
        self.0.insert(key, value);
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(key)
    }

    fn look_up_all(&self, keys: &[u64]) {
        let view = self.0.container.view(self.0.heap).expect("in order");
        for key in keys {
            black_box(black_box(&view).get(black_box(key)).expect("in order").copied().expect("inserted"));
        }
    }
}
