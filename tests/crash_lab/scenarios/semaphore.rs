//! A semaphore: whoever dies, the number of permits is that before or after what it was doing, and nothing is lost that a
//! guard had.

use std::fs::File;

use shmcore::{Shared, ShmSemaphore, create_shared_with};

use crate::scenario::{Acknowledged, Scenario};

/// How many permits are available after so many steps, when nobody has a guard.
const AVAILABLE: [u32; 7] = [4, 3, 3, 8, 8, 7, 8];

pub(crate) struct Semaphore {
    semaphore: Shared<ShmSemaphore>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> Semaphore {
    Semaphore {
        semaphore: create_shared_with(ShmSemaphore::new(4)).expect("a region"),
        acknowledged: Acknowledged::new(),
    }
}

impl Scenario for Semaphore {
    fn setup(&mut self) {
        while self.semaphore.try_acquire() {}
        self.semaphore.add_permits(AVAILABLE[0]);
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        let semaphore = &*self.semaphore;
        semaphore.acquire();
        self.acknowledged.add();
        let guards = [semaphore.access(), semaphore.access()];
        self.acknowledged.add();
        semaphore.add_permits(5);
        self.acknowledged.add();
        drop(guards);
        self.acknowledged.add();
        let guard = semaphore.access();
        assert!(semaphore.try_acquire());
        self.acknowledged.add();
        semaphore.release();
        self.acknowledged.add();
        drop(guard);
    }

    fn recover_and_check(&self) {
        let acknowledged = usize::try_from(self.acknowledged.count()).expect("a small number");
        let possible = &AVAILABLE[acknowledged..AVAILABLE.len().min(acknowledged + 2)];
        // What the dead had is there at the first try, even if it is all that there is.
        let guards: Vec<_> = std::iter::from_fn(|| self.semaphore.try_access()).collect();
        let taken = u32::try_from(guards.len()).expect("a small number");
        assert!(possible.contains(&taken), "{taken} permits after {acknowledged} steps");
        assert_eq!(self.semaphore.available_permits(), 0);
        drop(guards);
        assert_eq!(self.semaphore.available_permits(), taken);
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.semaphore.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
