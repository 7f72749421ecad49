//! Room for one thing that threads look at without a lock, and that somebody takes away when nobody looks. It is apart from the
//! list of heaps so that models can run it.
//!
//! ```text
//! pointer   where the thing is; null: the slot is free
//! users     how many threads look, or are about to
//! ```
//!
//! Who looks raises `users` before it reads the pointer; who takes the thing away makes the pointer null before it finds `users` to be 0.
//! Both change `users`, so one of the two comes first. If that is the look, the other finds it, and waits. If it is the other
//! one, the look finds the pointer null: raising `users` acquires what was released with the 0.

use super::world::{AtomicPtr, AtomicUsize, Ordering, spin};

/// The two words.
pub(crate) struct Slot<T> {
    pointer: AtomicPtr<T>,
    users: AtomicUsize,
}

impl<T> Slot<T> {
    /// A slot that holds a thing, or null.
    pub(crate) fn new(pointer: *mut T) -> Self {
        Self { pointer: AtomicPtr::new(pointer), users: AtomicUsize::new(0) }
    }

    /// Puts a thing into the slot if it is free.
    pub(crate) fn try_fill(&self, pointer: *mut T) -> bool {
        // Release pairs with the Acquire in `look`: who finds the pointer finds the thing complete.
        let free = std::ptr::null_mut();
        self.pointer.compare_exchange(free, pointer, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// Whether this thing is in the slot. For who has put it there.
    pub(crate) fn holds(&self, pointer: *mut T) -> bool {
        self.pointer.load(Ordering::Relaxed) == pointer
    }

    /// Calls `f` with the pointer, or null. What it leads to stays until `f` returns, which must not panic.
    pub(crate) fn look(&self, f: impl FnOnce(*mut T)) {
        // Acquire pairs with the Release of `empty`, and the Release below with its Acquire.
        self.users.fetch_add(1, Ordering::Acquire);
        f(self.pointer.load(Ordering::Acquire));
        self.users.fetch_sub(1, Ordering::Release);
    }

    /// Makes the slot free. Nobody looks at what was in it when this returns.
    pub(crate) fn empty(&self) {
        self.pointer.store(std::ptr::null_mut(), Ordering::Relaxed);
        while self.users.compare_exchange(0, 0, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            spin();
        }
    }

    /// Forgets who looks. For a forked child, which has none of those threads.
    pub(crate) fn forget_users(&self) {
        // It is the only thread.
        self.users.store(0, Ordering::Relaxed);
    }
}
