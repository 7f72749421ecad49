//! What the scenarios of heaps share: a sequence of operations under a lock, each of which is done or was never begun wherever its
//! process dies, by what the containers hold, by the heap's own numbers, and by what is left when all is freed.
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
//! Then the one that recovers goes on with all containers, frees them, and nothing must be left but the strays.
//!
//! # Another container
//!
//! A file with a [`Store`] that has one in it, the operations, and a `new` that makes a [`Sequence`] of them. For a map it would
//! be `heap_map.rs`, with `heap::HashMap` by `BTreeMap` in the contents.

use std::fmt::Debug;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::heap::{Heap, ShmHeap};
use shmcore::sync::PoisonError;
use shmcore::{PlacementDefault, Shared, ShmMutex, ShmOptions, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// What lies behind the lock: containers of the heap.
pub(crate) trait Store: PlacementDefault + 'static {
    /// What they hold, in std's terms.
    type Contents: Clone + PartialEq + Debug;

    /// Bytes of the heap.
    const BYTES: usize = 16 << 10;

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

/// Something that the child does.
pub(crate) struct Operation<S: 'static> {
    run: fn(&Heap, &mut S),
    between: &'static [fn(&Heap, &mut S)],
}

impl<S> Operation<S> {
    /// One step: it is done, or was never begun.
    pub(crate) const fn new(run: fn(&Heap, &mut S)) -> Self {
        Self { run, between: &[] }
    }

    /// Several steps. Each of these others does some of them and leaves the store as a death after them would: what is held outside of it
    /// is forgotten.
    pub(crate) const fn between(run: fn(&Heap, &mut S), between: &'static [fn(&Heap, &mut S)]) -> Self {
        Self { run, between }
    }
}

/// What a peer finds.
#[derive(Debug, Clone, PartialEq)]
struct State<C> {
    contents: C,
    /// Blocks that are allocated, and their bytes.
    blocks: usize,
    used: usize,
    /// Blocks that the store owns.
    owned: usize,
}

impl<C: Clone + PartialEq + Debug> State<C> {
    fn of<S: Store<Contents = C>>(heap: &Heap, store: &S) -> Self {
        let contents = store.contents(heap);
        let statistics = heap.check().expect("the heap is in order");
        assert_eq!(heap.used(), statistics.used);
        Self { contents, blocks: statistics.blocks, used: statistics.used, owned: store.blocks(heap) }
    }
}

/// A state that may be found, and the blocks and bytes that are left when all is freed then.
#[derive(Debug, Clone)]
struct Legal<C> {
    state: State<C>,
    left: (usize, usize),
}

/// The scenario.
pub(crate) struct Sequence<S: Store> {
    operations: &'static [Operation<S>],
    heap: ShmHeap<ShmMutex<S>>,
    file: File,
    /// The bytes of the heap before the first operation.
    before: Vec<u8>,
    /// For each number of operations that are done, the states that may be found; that of exactly so many is first.
    legal: Vec<Vec<Legal<S::Contents>>>,
    acknowledged: Acknowledged,
    /// 0 until somebody has found a state, and then its number in `legal`, and one. Whoever comes later finds what that one has made
    /// of it.
    found: Shared<AtomicU64>,
}

impl<S: Store> Sequence<S> {
    pub(crate) fn of(operations: &'static [Operation<S>]) -> Self {
        let heap = filled::<S>();
        let file = File::from(heap.try_clone_fd().expect("a descriptor"));
        let mut before = vec![0; usize::try_from(file.metadata().expect("its length").len()).expect("short")];
        file.read_exact_at(&mut before, 0).expect("read");
        let legal = (0..=operations.len()).map(|done| legal_after(operations, done)).collect();
        let found = create_shared().expect("a region");
        Self { operations, heap, file, before, legal, acknowledged: Acknowledged::new(), found }
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
    let after = |last: Option<fn(&Heap, &mut S)>| {
        let heap = filled::<S>();
        let mut store = heap.root().lock().expect("nobody has died");
        operations[..done].iter().for_each(|operation| (operation.run)(&heap, &mut store));
        if let Some(last) = last {
            last(&heap, &mut store);
        }
        let state = State::of(&heap, &*store);
        store.free(&heap);
        let left = heap.check().expect("in order");
        Legal { state, left: (left.blocks, left.used) }
    };
    let mut legal = vec![after(None)];
    if let Some(operation) = operations.get(done) {
        legal.extend(operation.between.iter().map(|&between| after(Some(between))));
        legal.push(after(Some(operation.run)));
    }
    legal
}

impl<S: Store> Scenario for Sequence<S> {
    fn setup(&mut self) {
        self.file.write_all_at(&self.before, 0).expect("written");
        self.acknowledged.reset();
        self.found.store(0, Ordering::Relaxed);
    }

    fn stretch(&self) {
        let mut store = self.heap.root().lock().expect("nobody has died");
        for operation in self.operations {
            (operation.run)(&self.heap, &mut store);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let heap = &self.heap;
        // It panics if what is behind the lock is torn.
        let mut store = heap.root().lock().unwrap_or_else(PoisonError::into_inner);
        let done = usize::try_from(self.acknowledged.count()).expect("small");
        let legal = &self.legal[done];
        // Acquire and Release: what was done after it shows only together with it; the lock orders them anyway.
        let left = if let Some(found) = self.found.load(Ordering::Acquire).checked_sub(1) {
            // Another one has found it in order, and died while it went on.
            heap.check().expect("the heap is in order");
            legal[usize::try_from(found).expect("small")].left
        } else {
            let state = State::of(heap, &*store);
            let found = legal.iter().position(|legal| legal.state == state);
            let Some(found) = found else {
                panic!("after {done} operations: {state:?}, none of {legal:#?}");
            };
            self.found.store(found as u64 + 1, Ordering::Release);
            legal[found].left
        };
        store.go_on(heap);
        store.free(heap);
        let now = heap.check().expect("the heap is in order");
        assert_eq!((now.blocks, now.used), left, "after {done} operations, when all is freed");
        if left == (0, 0) {
            heap.trim().expect("the heap is in order");
            assert_eq!(heap.check().expect("in order").largest_free, heap.capacity());
        }
    }

    fn files(&self) -> Vec<File> {
        let of = |shared: &Shared<AtomicU64>| File::from(shared.try_clone_fd().expect("a descriptor"));
        vec![self.file.try_clone().expect("a descriptor"), self.acknowledged.file(), of(&self.found)]
    }
}
