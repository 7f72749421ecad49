//! Readers of a `ShmRwLock`: wherever one dies, the next writer has the lock at its first try, and nothing is poisoned.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use shmcore::sync::TryLockError;
use shmcore::{Shared, ShmRwLock, ShmSafe, create_shared};

use crate::scenario::{Acknowledged, Scenario};

const VALUE: [u64; 2] = [7, 7];

#[derive(ShmSafe)]
#[repr(C)]
struct Watched {
    lock: ShmRwLock<[u64; 2]>,
    /// How many processes have begun to recover: one that is killed then is a dead writer.
    recoveries: AtomicU64,
}

pub(crate) struct ReadLock {
    watched: Shared<Watched>,
    /// Of read locks that were given back.
    acknowledged: Acknowledged,
}

fn watched() -> Shared<Watched> {
    let watched = create_shared::<Watched>().expect("a region");
    *watched.lock.write().expect("new") = VALUE;
    watched
}

pub(crate) fn new() -> ReadLock {
    ReadLock { watched: watched(), acknowledged: Acknowledged::new() }
}

impl Scenario for ReadLock {
    fn setup(&mut self) {
        self.watched = watched();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        let lock = &self.watched.lock;
        let first = lock.read().expect("in order");
        let second = lock.try_read().expect("in order");
        drop(first);
        let third = lock.read_timeout(Duration::from_secs(1)).expect("in order");
        assert_eq!((*second, *third), (VALUE, VALUE));
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
        drop((second, third));
        self.acknowledged.add();
        assert_eq!(*lock.read().expect("in order"), VALUE);
        self.acknowledged.add();
    }

    fn recover_and_check(&self) {
        let Watched { lock, recoveries } = &*self.watched;
        let is_first = recoveries.fetch_add(1, Relaxed) == 0;
        assert!(!is_first || *lock.try_read().expect("in order") == VALUE);
        let value = match lock.try_write() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(poisoned)) if !is_first => poisoned.into_inner(),
            Err(error) => panic!("after {} locks: {error}", self.acknowledged.count()),
        };
        assert_eq!(*value, VALUE);
        drop(value);
        lock.clear_poison();
        assert_eq!(*lock.read().expect("cleared"), VALUE);
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.watched.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
