//! The mutex of `raw_sync`, as its examples use it: a process-shared mutex of pthread behind `dyn LockImpl`.
//!
//! # Safety
//!
//! 1. The first page of the memory is the lock, the second has the value; the lock alone hands out its address.

use raw_sync::locks::{LockImpl, LockInit};

use super::memory;

const PAGE: usize = 4096;

pub(crate) struct Mutex(Box<dyn LockImpl>);

impl Mutex {
    pub(crate) fn new() -> Self {
        let memory = memory::shared(2 * PAGE);
        // SAFETY: the memory has two pages.
        let data = unsafe { memory.as_ptr().add(PAGE) };
        assert!(raw_sync::locks::Mutex::size_of(Some(memory.as_ptr())) <= PAGE);
        // SAFETY: `new` requires memory for the lock: a page is more than that. Nothing unmaps it.
        let (lock, _) = unsafe { raw_sync::locks::Mutex::new(memory.as_ptr(), data) }.expect("made");
        Self(lock)
    }

    #[inline]
    pub(crate) fn with(&self, f: impl FnOnce(&mut u64)) {
        let guard = self.0.lock().expect("nobody dies");
        // SAFETY: the lock is held, the address is that of the second page, which is all zeroes at first (invariant 1).
        f(unsafe { &mut *guard.cast::<u64>() });
    }

    /// Takes the lock for good.
    pub(crate) fn lock(&self) {
        std::mem::forget(self.0.lock().expect("no error of pthread"));
    }
}
