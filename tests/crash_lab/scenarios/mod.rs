//! The scenarios, one a file. `list.rs` has their names.

pub(crate) mod attachment;
pub(crate) mod barrier;
pub(crate) mod condvar;
pub(crate) mod containers;
pub(crate) mod creation;
pub(crate) mod deaf_lock;
pub(crate) mod descriptor;
pub(crate) mod ends;
mod folder;
pub(crate) mod mutex;
pub(crate) mod mutex_dead_waiter;
pub(crate) mod mutex_race;
pub(crate) mod mutex_waiter;
pub(crate) mod once;
pub(crate) mod option;
mod phase;
pub(crate) mod race;
pub(crate) mod read_lock;
pub(crate) mod semaphore;
pub(crate) mod seq_lock;
mod sleepers;
pub(crate) mod sleeping_for_once;
pub(crate) mod sleeping_for_permits;
pub(crate) mod sleeping_for_rw_lock;
pub(crate) mod token_lock;
pub(crate) mod torn_update;
pub(crate) mod write_lock;
