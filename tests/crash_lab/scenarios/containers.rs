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
            Ok(all) => (all, false),
            Err(poisoned) => (poisoned.into_inner(), true),
        }
    }
}

impl Scenario for Containers {
    fn setup(&mut self) {
        let (mut all, _) = self.lock();
        // What lies in places that are not used must not look right.
        all.list.clear();
        all.list.resize(8, 99).expect("there is room");
        all.queue.clear();
        all.queue.extend([99; 3]);
        all.text.clear();
        all.text.push_str("----------------").expect("there is room");
        all.list.clear();
        all.map.clear();
        all.set.clear();
        all.text.clear();
        all.queue.clear();
        self.shelf.clear_poison();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        for time in 0..TIMES {
            let (mut all, _) = self.lock();
            all.list.push(time).expect("there is room");
            // Of two entries, the older one goes.
            all.map.insert(time, time * 10).expect("there is room");
            if let Some(older) = time.checked_sub(2) {
                all.map.remove(&older);
            }
            all.set.insert(time).expect("there is room");
            all.text.push_str("aé").expect("there is room");
            if all.queue.is_full() {
                all.queue.pop_front();
            }
            all.queue.push_back(time).expect("there is room");
            drop(all);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let done = self.acknowledged.count();
        let (mut all, is_poisoned) = self.lock();
        if is_poisoned {
            all.map.rebuild();
            all.set.rebuild();
        }
        // One more may have been under way.
        let counts = done..=done + 1;
        let len = all.list.len() as u64;
        assert!(counts.contains(&len), "{len} of {done}");
        assert!(all.list.iter().copied().eq(0..len));
        for recent in done.saturating_sub(1)..done {
            assert_eq!(all.map.get(&recent), Some(&(recent * 10)), "after {done}");
        }
        assert!(all.map.iter().all(|(&key, &value)| value == key * 10 && key <= done));
        assert!((0..done).all(|key| all.set.contains(&key)) && all.set.len() as u64 <= done + 1);
        assert!(counts.contains(&(all.text.chars().count() as u64 / 2)), "{:?}", all.text);
        assert!(*all.text == *"aé".repeat(all.text.len() / 3), "{:?}", all.text);
        let first = all.queue.front().copied().unwrap_or(done);
        assert!(all.queue.iter().copied().eq(first..first + all.queue.len() as u64), "{:?}", all.queue);
        // Copies of them go on as if nothing had been; they are copies because this process may be killed too.
        let (mut list, mut map) = (all.list.clone(), all.map.clone());
        list.push(len).expect("there is room");
        map.insert(100, 1000).expect("there is room");
        assert_eq!((list.pop(), map.remove(&100)), (Some(len), Some(1000)));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.shelf.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
