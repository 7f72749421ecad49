//! How many exclusive borrows of shared memory are live in this process.
//!
//! A fork duplicates every borrow, and two `&mut` to one value are undefined behaviour where the value is shared.
//! The safe fork asks here first.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Only the process's sole thread relies on the number, and it sees its own writes in any order.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts as one exclusive borrow until it is dropped. Forgotten, it counts for good, and forks are refused.
#[derive(Debug)]
pub(crate) struct Exclusive(());

impl Exclusive {
    pub(crate) fn begin() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// The number of exclusive borrows that are live.
    pub(crate) fn live() -> usize {
        LIVE.load(Ordering::Relaxed)
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}
