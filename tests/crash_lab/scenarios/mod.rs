//! The scenarios, one a file. `list.rs` has their names.

pub(crate) mod attachment;
pub(crate) mod creation;
pub(crate) mod deaf_lock;
pub(crate) mod descriptor;
mod folder;
pub(crate) mod mutex;
pub(crate) mod mutex_dead_waiter;
pub(crate) mod mutex_race;
pub(crate) mod mutex_waiter;
mod phase;
pub(crate) mod race;
pub(crate) mod seq_lock;
pub(crate) mod token_lock;
pub(crate) mod torn_update;
