//! The whole life of a region between two marks, for the test that counts system calls.

use shmcore::{ShmOptions, create_shared, open_shared};

use crate::place::Place;

/// Makes and drops a region twice, each time between two marks.
pub(crate) fn of_anonymous() {
    for _ in 0..2 {
        mark();
        let value = create_shared::<[u64; 512]>();
        let is_made = value.is_ok();
        drop(value);
        mark();
        assert!(is_made, "the region was not created");
    }
}

/// Attaches to a region by its name and drops it, three times, each time between two marks.
pub(crate) fn of_attached() {
    let _place = Place::new();
    drop(ShmOptions::new("value").create_shared::<[u64; 512]>().expect("created"));
    for _ in 0..3 {
        mark();
        let value = open_shared::<[u64; 512]>("value");
        let is_open = value.is_ok();
        drop(value);
        mark();
        assert!(is_open, "the region was not opened");
    }
}

/// A system call that nothing else here makes.
fn mark() {
    let _ = std::os::unix::process::parent_id();
}
