//! The whole life of a region between two marks, for the test that counts system calls.

use shmcore::create_shared;

/// Makes and drops a region twice, each time between two calls of `getppid`, which nothing else here makes.
pub(crate) fn run() {
    for _ in 0..2 {
        let _ = std::os::unix::process::parent_id();
        let value = create_shared::<[u64; 512]>();
        let is_made = value.is_ok();
        drop(value);
        let _ = std::os::unix::process::parent_id();
        assert!(is_made, "the region was not created");
    }
}
