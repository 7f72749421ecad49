//! What the scenarios of heaps share: operations under a lock, each of which is done or was never begun wherever its process dies, by
//! what the containers hold, by the heap's own numbers, and by what is left when all is freed.
//!
//! # What must be
//!
//! The lab does all operations once, on a heap of its own where nobody dies, and notes the [`State`] after each. Whoever
//! recovers must find one of these: that after what was acknowledged, or that after one operation more. An operation of several steps
//! says so: [`Operation::between`] does some of them, and the state after that is allowed too. A state tells
//!
//! - what the containers hold, in std's terms;
//! - how many blocks there are, and their bytes: a block too many is one that leaks;
//! - how many of them the containers own. The others are *strays*: what the process that died held in its own memory.
//!
//! Then the one that recovers goes on with all containers, frees them, and nothing must be left but the strays; and nothing at all when it
//! has taken these back, unless they were [moved by hand](Store::MOVED_BY_HAND).
//!
//! # Parts
//!
//! A child does two operations only, so that each of them is done by a process that has not used the containers before, and by one that
//! has: these are two ways through the code.
//!
//! # Another container
//!
//! A file with a [`Store`] that has one in it, the operations, and a `new` that makes a [`Sequence`] of them.

use std::fmt::Debug;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::heap::{Heap, ShmHeap};
use shmcore::sync::{PoisonError, ShmMutexGuard};
use shmcore::{PlacementDefault, Shared, ShmMutex, ShmOptions, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// Operations of a part.
const LENGTH: usize = 2;

/// What lies behind the lock: containers of the heap.
pub(crate) trait Store: PlacementDefault + 'static {
    /// What they hold, in std's terms.
    type Contents: Clone + PartialEq + Debug;

    /// Bytes of the heap.
    const BYTES: usize = 16 << 10;

    /// Whether containers are moved in ways of which the heap is not told: then it does not know all strays for what they are.
    const MOVED_BY_HAND: bool = false;

    /// Fills them as they are before the first operation.
    fn fill(&mut self, heap: &Heap);

    fn contents(&self, heap: &Heap) -> Self::Contents;

    /// How many blocks they own.
    fn blocks(&self, heap: &Heap) -> usize;

    /// Uses them all, as if nothing had been, without taking anything out.
    fn go_on(&mut self, heap: &Heap);

    /// Frees all of it.
    fn free(&mut self, heap: &Heap);
}

/// Does something to a store.
pub(crate) type Act<S> = fn(&Heap, &mut S);

/// Something that the child does.
pub(crate) struct Operation<S: 'static> {
    run: Act<S>,
    between: &'static [Act<S>],
}

impl<S> Operation<S> {
    /// One step: it is done, or was never begun.
    pub(crate) const fn new(run: Act<S>) -> Self {
        Self { run, between: &[] }
    }

    /// Several steps. Each of these others does some of them and leaves the store as a death after them would: what is held outside of it
    /// is forgotten.
    pub(crate) const fn between(run: Act<S>, between: &'static [Act<S>]) -> Self {
        Self { run, between }
    }
}

/// What a peer finds.
#[derive(Debug, Clone, PartialEq)]
struct State<C> {
    contents: C,
    /// Bytes of all blocks.
    used: usize,
    /// Blocks that the store owns.
    owned: usize,
}

impl<C: Clone + PartialEq + Debug> State<C> {
    fn of<S: Store<Contents = C>>(heap: &Heap, store: &S) -> Self {
        Self { contents: store.contents(heap), used: heap.used(), owned: store.blocks(heap) }
    }
}

/// A state that may be found.
#[derive(Debug, Clone)]
struct Legal<C> {
    state: State<C>,
    /// Blocks that are allocated.
    blocks: usize,
    /// Blocks and bytes that are left when the store is freed.
    left: (usize, usize),
}

/// The blocks of a heap that is in order, and their bytes.
fn blocks_and_bytes(heap: &Heap) -> (usize, usize) {
    let statistics = heap.check().expect("the heap is in order");
    assert_eq!(statistics.used, heap.used());
    (statistics.blocks, statistics.used)
}

/// The scenario.
pub(crate) struct Sequence<S: Store> {
    operations: &'static [Operation<S>],
    heap: ShmHeap<ShmMutex<S>>,
    file: File,
    /// The bytes of the heap before each operation.
    before: Vec<Vec<u8>>,
    /// For each number of operations that are done, the states that may be found; that of exactly so many is first.
    legal: Vec<Vec<Legal<S::Contents>>>,
    /// The operation that the child begins with.
    first: usize,
    acknowledged: Acknowledged,
    /// 0 until somebody has found a state, and then its number among those that are legal, and one. Whoever comes later finds what
    /// that one has made of it.
    found: Shared<AtomicU64>,
}

impl<S: Store> Sequence<S> {
    pub(crate) fn of(operations: &'static [Operation<S>]) -> Self {
        let heap = filled::<S>();
        let file = File::from(heap.try_clone_fd().expect("a descriptor"));
        let len = usize::try_from(file.metadata().expect("its length").len()).expect("short");
        let mut before = Vec::new();
        for operation in operations {
            let mut bytes = vec![0; len];
            file.read_exact_at(&mut bytes, 0).expect("read");
            before.push(bytes);
            (operation.run)(&heap, &mut heap.root().lock().expect("nobody has died"));
        }
        let legal = (0..=operations.len()).map(|done| legal_after(operations, done)).collect();
        let found = create_shared().expect("a region");
        Self { operations, heap, file, before, legal, first: 0, acknowledged: Acknowledged::new(), found }
    }

    fn part(&self) -> &'static [Operation<S>] {
        let operations = &self.operations[self.first..];
        &operations[..operations.len().min(LENGTH)]
    }

    /// The store, which may be poisoned. It panics if what is behind the lock is torn.
    fn lock(&self) -> ShmMutexGuard<'_, S> {
        self.heap.root().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is found, which is what it must be; or what was found by another process that has gone on from there.
    fn find(&self, store: &S) -> &Legal<S::Contents> {
        let done = usize::try_from(self.acknowledged.count()).expect("small");
        let mut legal = &*self.legal[self.first + done];
        if done == self.part().len() {
            legal = &legal[..1];
        }
        // Acquire and Release: what was done after it shows only together with it; the lock orders them anyway.
        if let Some(found) = self.found.load(Ordering::Acquire).checked_sub(1) {
            return &legal[usize::try_from(found).expect("small")];
        }
        let state = State::of(&self.heap, store);
        let Some(found) = legal.iter().position(|legal| legal.state == state) else {
            panic!(
                "{done} operations from {} on are done, and there is {state:?}, none of {legal:#?}",
                self.first
            );
        };
        self.found.store(found as u64 + 1, Ordering::Release);
        &legal[found]
    }
}

/// A heap with a store that is filled.
fn filled<S: Store>() -> ShmHeap<ShmMutex<S>> {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<S>>(S::BYTES).expect("a heap");
    heap.root().lock().expect("nobody has died").fill(&heap);
    heap
}

/// What may be found after so many operations.
fn legal_after<S: Store>(operations: &[Operation<S>], done: usize) -> Vec<Legal<S::Contents>> {
    let after = |last: Option<Act<S>>| {
        let heap = filled::<S>();
        let mut store = heap.root().lock().expect("nobody has died");
        operations[..done].iter().for_each(|operation| (operation.run)(&heap, &mut store));
        if let Some(last) = last {
            last(&heap, &mut store);
        }
        let state = State::of(&heap, &*store);
        let (blocks, _) = blocks_and_bytes(&heap);
        store.free(&heap);
        Legal { state, blocks, left: blocks_and_bytes(&heap) }
    };
    let mut legal = vec![after(None)];
    if let Some(operation) = operations.get(done) {
        for step in operation.between.iter().copied().chain([operation.run]) {
            let new = after(Some(step));
            // Whether there is room already is the allocator's business.
            if legal.iter().all(|known| known.state != new.state) {
                legal.push(new);
            }
        }
        assert!(legal.len() > 1, "operation {done} changes nothing: {legal:#?}");
    }
    legal
}

impl<S: Store> Scenario for Sequence<S> {
    fn setup(&mut self) {
        self.file.write_all_at(&self.before[self.first], 0).expect("written");
        self.acknowledged.reset();
        self.found.store(0, Ordering::Relaxed);
    }

    fn stretch(&self) {
        let mut store = self.heap.root().lock().expect("nobody has died");
        for operation in self.part() {
            (operation.run)(&self.heap, &mut store);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let heap = &self.heap;
        let mut store = self.lock();
        // Another one may have died while it went on, or while it took strays back.
        let is_first = self.found.load(Ordering::Relaxed) == 0;
        let found = self.find(&store);
        let (blocks, _) = blocks_and_bytes(heap);
        if is_first {
            assert_eq!(blocks, found.blocks, "{found:?}");
        }
        store.go_on(heap);
        store.free(heap);
        let left = blocks_and_bytes(heap);
        if is_first {
            assert_eq!(left, found.left, "{found:?}, when all is freed");
        }
        let (_, bytes) = left;
        let reclaimed = heap.reclaim().expect("the heap is in order");
        assert_eq!(heap.check().expect("the heap is in order").used, bytes - reclaimed);
        if !S::MOVED_BY_HAND {
            assert_eq!(reclaimed, bytes, "{found:?}");
            heap.trim().expect("the heap is in order");
            assert_eq!(heap.check().expect("the heap is in order").largest_free, heap.capacity());
        }
    }

    /// The same without the walks over the heap. What they change is changed in `heap_allocator` too, by who dies meanwhile.
    fn recover(&self) {
        let heap = &self.heap;
        let mut store = self.lock();
        self.find(&store);
        store.go_on(heap);
        store.free(heap);
    }

    fn files(&self) -> Vec<File> {
        let found = File::from(self.found.try_clone_fd().expect("a descriptor"));
        vec![self.file.try_clone().expect("a descriptor"), self.acknowledged.file(), found]
    }

    fn parts(&self) -> usize {
        self.operations.len().saturating_sub(LENGTH - 1).max(1)
    }

    fn choose(&mut self, part: usize) {
        self.first = part;
    }
}
