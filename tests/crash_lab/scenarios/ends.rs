//! The ends of containers, and slabs, behind a lock: what is added or removed is there or is not, after each single operation; what is
//! changed in the midst of a text leaves text. It is apart from `containers` because it looks at one operation at a time.

use std::collections::VecDeque;
use std::fs::File;

use shmcore::fixed::Handle;
use shmcore::{Shared, ShmDeque, ShmMutex, ShmSafe, ShmSlab, ShmString, ShmVec, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// Few places, so that the queue goes around its end and the slab lists what is free.
const N: usize = 3;

#[derive(ShmSafe)]
#[repr(C)]
struct Store {
    list: ShmVec<u64, N>,
    text: ShmString<9>,
    queue: ShmDeque<u64, N>,
    slab: ShmSlab<u64, N>,
    /// What the slab gave, in order.
    handles: [Handle<u64>; 8],
}

/// What is done, one after the other.
#[derive(Clone, Copy)]
enum Operation {
    Push(u64),
    Pop,
    PushStr(&'static str),
    PopChar,
    /// In the midst of the text.
    InsertStr(usize, &'static str),
    RemoveChar(usize),
    PushBack(u64),
    PushFront(u64),
    PopBack,
    PopFront,
    Insert(usize),
    Remove(usize),
}

use Operation as O;

const OPERATIONS: [Operation; 28] = [
    O::Push(1),
    O::Push(2),
    O::Pop,
    O::PushStr("a€"),
    O::PushStr("bß"),
    O::InsertStr(1, "ä"),
    O::RemoveChar(3),
    O::PopChar,
    O::PushBack(1),
    O::PushFront(2),
    O::PushFront(3),
    O::PopBack,
    O::PushFront(4),
    O::PopFront,
    O::PushBack(5),
    O::PopBack,
    O::Insert(0),
    O::Insert(1),
    O::Remove(0),
    O::Insert(2),
    O::Insert(3),
    O::Remove(1),
    O::Remove(2),
    O::Insert(4),
    O::Remove(3),
    O::Insert(5),
    O::Insert(6),
    O::Remove(4),
];

/// What the containers hold, in those of std.
#[derive(Default, Debug, PartialEq, Clone)]
struct Contents {
    list: Vec<u64>,
    text: String,
    queue: VecDeque<u64>,
    /// In the order of insertion.
    slab: Vec<u64>,
}

impl Contents {
    fn after(operations: usize) -> Self {
        let mut all = Self::default();
        for operation in &OPERATIONS[..operations] {
            all.apply(*operation);
        }
        all
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            O::Push(value) => self.list.push(value),
            O::Pop => _ = self.list.pop(),
            O::PushStr(text) => self.text.push_str(text),
            O::PopChar => _ = self.text.pop(),
            O::InsertStr(at, text) => self.text.insert_str(at, text),
            O::RemoveChar(at) => _ = self.text.remove(at),
            O::PushBack(value) => self.queue.push_back(value),
            O::PushFront(value) => self.queue.push_front(value),
            O::PopBack => _ = self.queue.pop_back(),
            O::PopFront => _ = self.queue.pop_front(),
            O::Insert(number) => self.slab.push(number as u64),
            O::Remove(number) => self.slab.retain(|value| *value != number as u64),
        }
    }
}

impl Store {
    fn apply(&mut self, operation: Operation) {
        match operation {
            O::Push(value) => self.list.push(value).expect("there is room"),
            O::Pop => _ = self.list.pop(),
            O::PushStr(text) => self.text.push_str(text).expect("there is room"),
            O::PopChar => _ = self.text.pop(),
            O::InsertStr(at, text) => self.text.insert_str(at, text).expect("there is room"),
            O::RemoveChar(at) => _ = self.text.remove(at),
            O::PushBack(value) => self.queue.push_back(value).expect("there is room"),
            O::PushFront(value) => self.queue.push_front(value).expect("there is room"),
            O::PopBack => _ = self.queue.pop_back(),
            O::PopFront => _ = self.queue.pop_front(),
            O::Insert(number) => {
                self.handles[number] = self.slab.insert(number as u64).expect("there is room");
            }
            O::Remove(number) => _ = self.slab.remove(self.handles[number]),
        }
    }

    fn contents(&self) -> Contents {
        let mut slab: Vec<_> = self.slab.iter().map(|(_, value)| *value).collect();
        slab.sort_unstable();
        Contents {
            list: self.list.to_vec(),
            text: self.text.as_str().to_owned(),
            queue: self.queue.iter().copied().collect(),
            slab,
        }
    }
}

pub(crate) struct Ends {
    store: Shared<ShmMutex<Store>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> Ends {
    Ends { store: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl Scenario for Ends {
    fn setup(&mut self) {
        self.store = create_shared().expect("a region");
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        let mut store = self.store.lock().expect("nobody has died");
        for operation in OPERATIONS {
            store.apply(operation);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        // It panics if what is behind the lock is torn.
        let store = self.store.lock().unwrap_or_else(shmcore::sync::PoisonError::into_inner);
        let done = usize::try_from(self.acknowledged.count()).expect("small");
        let before = Contents::after(done);
        let after = Contents::after((done + 1).min(OPERATIONS.len()));
        let found = store.contents();
        let mut possible = vec![before.clone(), after];
        if let Some(O::InsertStr(at, _) | O::RemoveChar(at)) = OPERATIONS.get(done) {
            possible.push(Contents { text: before.text[..*at].to_owned(), ..before });
        }
        assert!(possible.contains(&found), "{found:?} after {done} operations");
        // No place of the slab is lost.
        let mut slab = store.slab.clone();
        let free = (0..=N).take_while(|_| slab.insert(7).is_ok()).count();
        assert_eq!(found.slab.len() + free, N, "{slab:?}");
        assert_eq!((slab.len(), slab.is_full()), (N, true));
        for (number, handle) in store.handles.iter().enumerate() {
            assert!(slab.get(*handle).is_none_or(|value| *value == number as u64));
        }
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.store.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
