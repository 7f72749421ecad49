//! `ShmOnceLock`: wherever the process dies that makes a value, it is there as a whole, or the next one makes it.

use std::fs::File;

use shmcore::{Shared, ShmMutex, ShmOnceLock, ShmSafe, create_shared};

use crate::scenario::{Acknowledged, Scenario};

type Value = [u64; 4];

const BY_CHILD: Value = [1; 4];
const BY_RECOVERER: Value = [2; 4];

#[derive(ShmSafe)]
#[repr(C)]
struct Values {
    made: ShmOnceLock<Value>,
    set: ShmOnceLock<Value>,
    /// There from the start.
    taken: ShmMutex<ShmOnceLock<Value>>,
}

pub(crate) struct Once {
    values: Shared<Values>,
    acknowledged: Acknowledged,
}

fn values() -> Shared<Values> {
    let values = create_shared::<Values>().expect("a region");
    values.taken.lock().expect("new").set(BY_CHILD).expect("new");
    values
}

pub(crate) fn new() -> Once {
    Once { values: values(), acknowledged: Acknowledged::new() }
}

impl Scenario for Once {
    fn setup(&mut self) {
        self.values = values();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        let Values { made, set, taken } = &*self.values;
        assert_eq!(made.get_or_init(|| BY_CHILD), &BY_CHILD);
        self.acknowledged.add();
        assert_eq!(set.set(BY_CHILD), Ok(()));
        self.acknowledged.add();
        assert_eq!(taken.lock().expect("in order").take(), Some(BY_CHILD));
        self.acknowledged.add();
        assert_eq!((set.get(), made.wait()), (Some(&BY_CHILD), &BY_CHILD));
    }

    fn recover_and_check(&self) {
        let Values { made, set, taken } = &*self.values;
        let acknowledged = self.acknowledged.count();
        let made = *made.get_or_init(|| BY_RECOVERER);
        assert!(made == BY_CHILD || made == BY_RECOVERER && acknowledged < 1, "{made:?}");
        let is_set = set.set(BY_RECOVERER).is_ok();
        assert!(!is_set || acknowledged < 2);
        let set = *set.get().expect("by one or the other");
        assert!(set == BY_CHILD || set == BY_RECOVERER && acknowledged < 2, "{set:?}");
        // A death with the lock poisons it, and what is inside is whole nevertheless.
        let taken = taken.lock().unwrap_or_else(shmcore::sync::PoisonError::into_inner);
        let taken = taken.get().copied();
        assert!(taken.is_none() || taken == Some(BY_CHILD) && acknowledged < 3, "{taken:?}");
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.values.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
