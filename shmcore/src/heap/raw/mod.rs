//! The allocator of a heap in a region: words and offsets, no types and no system calls of its own, so that tests can
//! stop it between any two stores.
//!
//! ```text
//! arena | head: generation, lock, counts, lists, log | first pages: 1 bit a page | entries: 4 words a page | pages of 1 KiB … |
//! ```
//!
//! Pages lie in *runs*. A run is free, or one large block, or a *chunk*: equal slots for small blocks. What is known of a run
//! stands in the entry of its first page, never in the pages themselves: they belong to the users.
//!
//! Everything here changes by transactions of a redo log ([`transaction`]), under one lock. Whoever finds the lock's owner dead
//! applies the log again, if it was complete. So each operation is done or was never begun.

mod allocate;
mod arena;
mod check;
mod chunks;
mod classes;
mod error;
mod lock;
mod runs;
mod simple;
#[cfg(test)]
pub(super) mod tests;
mod transaction;

pub(crate) use allocate::Found;
pub(crate) use arena::{Arena, BEHIND, ROOM};
pub(crate) use check::Census;
pub(crate) use error::{Corrupt, Failed};
pub(crate) use lock::Locked;
pub(crate) use simple::Slot;
#[cfg(test)]
pub(super) use tests::{count_stores, die_before, dies, is_last_store};
pub(crate) use transaction::{before_store, store};
