//! The scenarios, one a file. `list.rs` has their names.

pub(crate) mod attachment;
pub(crate) mod barrier;
pub(crate) mod condvar;
pub(crate) mod creation;
pub(crate) mod deaf_lock;
pub(crate) mod descriptor;
mod folder;
pub(crate) mod race;
pub(crate) mod semaphore;
pub(crate) mod seq_lock;
mod sleepers;
pub(crate) mod sleeping_for_permits;
pub(crate) mod token_lock;
pub(crate) mod torn_update;
