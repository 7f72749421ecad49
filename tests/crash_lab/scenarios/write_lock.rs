//! Writers of a `ShmRwLock`: wherever one dies, the next reader and the next writer have the lock at their first try, and what
//! is half written is poisoned for both.

use std::fs::File;
use std::time::Duration;

use shmcore::sync::{PoisonCause, PoisonError, ShmRwLockWriteGuard, TryLockError};
use shmcore::{Shared, ShmRwLock, ShmSafe, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// Equal, except while a writer is at it.
#[derive(ShmSafe)]
#[repr(C)]
struct Ledger {
    left: u64,
    right: u64,
}

pub(crate) struct WriteLock {
    ledger: Shared<ShmRwLock<Ledger>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> WriteLock {
    WriteLock { ledger: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl WriteLock {
    fn add(&self, mut ledger: ShmRwLockWriteGuard<'_, Ledger>) {
        ledger.left += 1;
        ledger.right += 1;
        let ledger = ShmRwLockWriteGuard::downgrade(ledger);
        assert_eq!(ledger.left, ledger.right);
        drop(ledger);
        self.acknowledged.add();
    }
}

fn demand_death<G>(poisoned: &PoisonError<G>) {
    assert!(matches!(poisoned.cause(), PoisonCause::OwnerDied { pid } if pid != 0), "{poisoned}");
    assert!(!poisoned.is_torn());
}

impl Scenario for WriteLock {
    fn setup(&mut self) {
        self.ledger = create_shared().expect("a region");
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        self.add(self.ledger.write().expect("in order"));
        self.add(self.ledger.try_write().expect("in order"));
        self.add(self.ledger.write_timeout(Duration::from_secs(1)).expect("in order"));
        let mut ledger = self.ledger.write().expect("in order");
        ledger.left += 1;
        ledger.right += 1;
        drop(ledger);
        self.acknowledged.add();
    }

    fn recover_and_check(&self) {
        let acknowledged = self.acknowledged.count();
        let demand = |ledger: &Ledger| {
            assert_eq!(ledger.left, ledger.right);
            assert!((acknowledged..=acknowledged + 1).contains(&ledger.left), "{acknowledged}");
        };
        match self.ledger.try_read() {
            Ok(ledger) => demand(&ledger),
            Err(TryLockError::Poisoned(poisoned)) => demand_death(&poisoned),
            Err(error) => panic!("{error}"),
        }
        let mut ledger = match self.ledger.try_write() {
            Ok(ledger) => ledger,
            Err(TryLockError::Poisoned(poisoned)) => {
                demand_death(&poisoned);
                let mut ledger = poisoned.into_inner();
                ledger.right = ledger.left;
                ledger
            }
            Err(error) => panic!("{error}"),
        };
        demand(&ledger);
        self.ledger.clear_poison();
        ledger.right = ledger.left;
        drop(ledger);
        demand(&self.ledger.read().expect("cleared"));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.ledger.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
