//! Containers of fixed capacity behind a lock: whatever they were left as, the next one can use them, what was acknowledged is there, and
//! each change of an end is done or not done.

use std::fs::File;

use shmcore::sync::ShmMutexGuard;
use shmcore::{Shared, ShmDeque, ShmMap, ShmMutex, ShmSafe, ShmSet, ShmString, ShmVec, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// Times the child changes all of them.
const TIMES: u64 = 4;

#[derive(ShmSafe)]
#[repr(C)]
struct Shelf {
    list: ShmVec<u64, 8>,
    map: ShmMap<u64, u64, 4>,
    set: ShmSet<u64, 8>,
    text: ShmString<16>,
    queue: ShmDeque<u64, 3>,
}

pub(crate) struct Containers {
    shelf: Shared<ShmMutex<Shelf>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> Containers {
    Containers { shelf: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl Containers {
    fn lock(&self) -> (ShmMutexGuard<'_, Shelf>, bool) {
        match self.shelf.lock() {
            Ok(shelf) => (shelf, false),
            Err(poisoned) => (poisoned.into_inner(), true),
        }
    }
}

impl Scenario for Containers {
    fn setup(&mut self) {
        let (mut shelf, _) = self.lock();
        // What lies in places that are not used must not look right.
        shelf.list.clear();
        shelf.list.resize(8, 99).expect("there is room");
        shelf.queue.clear();
        shelf.queue.extend([99; 3]);
        shelf.text.clear();
        shelf.text.push_str("----------------").expect("there is room");
        shelf.list.clear();
        shelf.map.clear();
        shelf.set.clear();
        shelf.text.clear();
        shelf.queue.clear();
        self.shelf.clear_poison();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        for time in 0..TIMES {
            let (mut shelf, _) = self.lock();
            shelf.list.push(time).expect("there is room");
            // Of two entries, the older one goes.
            shelf.map.insert(time, time * 10).expect("there is room");
            if let Some(older) = time.checked_sub(2) {
                shelf.map.remove(&older);
            }
            shelf.set.insert(time).expect("there is room");
            shelf.text.push_str("aé").expect("there is room");
            if shelf.queue.is_full() {
                shelf.queue.pop_front();
            }
            shelf.queue.push_back(time).expect("there is room");
            drop(shelf);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let done = self.acknowledged.count();
        let (mut shelf, is_poisoned) = self.lock();
        if is_poisoned {
            shelf.map.rebuild();
            shelf.set.rebuild();
        }
        // One more may have been under way.
        let counts = done..=done + 1;
        let len = shelf.list.len() as u64;
        assert!(counts.contains(&len), "{len} of {done}");
        assert!(shelf.list.iter().copied().eq(0..len));
        for recent in done.saturating_sub(1)..done {
            assert_eq!(shelf.map.get(&recent), Some(&(recent * 10)), "after {done}");
        }
        assert!(shelf.map.iter().all(|(&key, &value)| value == key * 10 && key <= done));
        assert!((0..done).all(|key| shelf.set.contains(&key)) && shelf.set.len() as u64 <= done + 1);
        assert!(counts.contains(&(shelf.text.chars().count() as u64 / 2)), "{:?}", shelf.text);
        assert!(*shelf.text == *"aé".repeat(shelf.text.len() / 3), "{:?}", shelf.text);
        let first = shelf.queue.front().copied().unwrap_or(done);
        assert!(shelf.queue.iter().copied().eq(first..first + shelf.queue.len() as u64), "{:?}", shelf.queue);
        // Copies of them go on as if nothing had been; they are copies because this process may be killed too.
        let (mut list, mut map) = (shelf.list.clone(), shelf.map.clone());
        list.push(len).expect("there is room");
        map.insert(100, 1000).expect("there is room");
        assert_eq!((list.pop(), map.remove(&100)), (Some(len), Some(1000)));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.shelf.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
