//! An optional value behind a lock: after each single operation it is the old one, the new one, or, where one takes the place of the other,
//! none; never a part of one. It is apart from `ends` because there a change is done or not done.

use std::fs::File;

use shmcore::sync::PoisonError;
use shmcore::{Shared, ShmMutex, ShmOption, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// Of several words, so that a part of one shows.
type Value = [u64; 3];

/// What is done, one after the other.
#[derive(Clone, Copy)]
enum Operation {
    Insert(u64),
    Replace(u64),
    Take,
    /// Takes the value if it is this one.
    TakeIf(u64),
    GetOrInsert(u64),
    GetOrInsertWith(u64),
    GetOrInsertDefault,
}

use Operation as O;

const OPERATIONS: [Operation; 18] = [
    O::Take,
    O::Insert(1),
    O::Insert(2),
    O::Replace(3),
    O::Take,
    O::Replace(4),
    O::TakeIf(3),
    O::TakeIf(4),
    O::GetOrInsert(5),
    O::GetOrInsert(6),
    O::Take,
    O::GetOrInsertWith(7),
    O::GetOrInsertWith(8),
    O::Insert(9),
    O::TakeIf(9),
    O::GetOrInsertDefault,
    O::GetOrInsertDefault,
    O::Replace(10),
];

const fn value(number: u64) -> Value {
    [number; 3]
}

/// What is there after so many operations.
fn after(operations: usize) -> Option<Value> {
    let mut option = None;
    for operation in &OPERATIONS[..operations] {
        match *operation {
            O::Insert(number) | O::Replace(number) => option = Some(value(number)),
            O::Take => option = None,
            O::TakeIf(number) => _ = option.take_if(|taken| *taken == value(number)),
            O::GetOrInsert(number) | O::GetOrInsertWith(number) => _ = option.get_or_insert(value(number)),
            O::GetOrInsertDefault => _ = option.get_or_insert_default(),
        }
    }
    option
}

fn apply(operation: Operation, option: &mut ShmOption<Value>) {
    match operation {
        O::Insert(number) => _ = option.insert(value(number)),
        O::Replace(number) => _ = option.replace(value(number)),
        O::Take => _ = option.take(),
        O::TakeIf(number) => _ = option.take_if(|taken| *taken == value(number)),
        O::GetOrInsert(number) => _ = option.get_or_insert(value(number)),
        O::GetOrInsertWith(number) => _ = option.get_or_insert_with(|| value(number)),
        O::GetOrInsertDefault => _ = option.get_or_insert_default(),
    }
}

pub(crate) struct Optional {
    option: Shared<ShmMutex<ShmOption<Value>>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> Optional {
    Optional { option: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl Scenario for Optional {
    fn setup(&mut self) {
        self.option = create_shared().expect("a region");
        // What lies in the place of the value must not look right.
        let mut option = self.option.lock().expect("nobody has died");
        option.insert(value(99));
        option.take();
        drop(option);
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        let mut option = self.option.lock().expect("nobody has died");
        for operation in OPERATIONS {
            apply(operation, &mut option);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let option = self.option.lock().unwrap_or_else(PoisonError::into_inner);
        let done = usize::try_from(self.acknowledged.count()).expect("small");
        let mut possible = vec![after(done), after((done + 1).min(OPERATIONS.len()))];
        if let Some(O::Insert(_) | O::Replace(_)) = OPERATIONS.get(done) {
            possible.push(None);
        }
        let found = option.into_option();
        assert!(possible.contains(&found), "{found:?} after {done} operations");
        // A copy goes on as if nothing had been; it is a copy because this process may be killed too.
        let mut copy = *option;
        assert_eq!(copy.replace(value(11)), found);
        assert_eq!(copy, Some(value(11)));
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.option.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }
}
