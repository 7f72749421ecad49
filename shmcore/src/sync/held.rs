//! In debug builds: which locks this thread holds, so that taking one twice is a panic and not a wait without end.
//!
//! The word in shared memory names the process only.

#[cfg(debug_assertions)]
use std::cell::RefCell;

#[cfg(debug_assertions)]
thread_local! {
    /// The addresses of the locks. That of a guard that was forgotten stays.
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// A lock that this thread holds, as long as this value lives.
#[derive(Debug)]
pub(super) struct Held {
    #[cfg(debug_assertions)]
    address: usize,
}

impl Held {
    #[inline]
    pub(super) fn new<L>(lock: &L) -> Self {
        #[cfg(debug_assertions)]
        return Self::note(std::ptr::from_ref(lock).addr());
        #[cfg(not(debug_assertions))]
        {
            let _ = lock;
            Self {}
        }
    }

    #[cfg(debug_assertions)]
    fn note(address: usize) -> Self {
        // A thread that is ending has no list any more. Without an entry, a mistake is not noticed.
        let _ = HELD.try_with(|held| held.borrow_mut().push(address));
        Self { address }
    }
}

#[cfg(debug_assertions)]
impl Drop for Held {
    fn drop(&mut self) {
        let _ = HELD.try_with(|held| {
            let mut held = held.borrow_mut();
            if let Some(index) = held.iter().rposition(|&address| address == self.address) {
                held.swap_remove(index);
            }
        });
    }
}

/// Panics, in debug builds, if this thread holds the lock, whose owner is this process.
#[inline]
#[track_caller]
pub(super) fn forbid_twice<L>(lock: &L, is_ours: impl FnOnce() -> bool) {
    #[cfg(debug_assertions)]
    {
        let address = std::ptr::from_ref(lock).addr();
        let is_held = HELD.try_with(|held| held.borrow().contains(&address)).unwrap_or(false);
        assert!(!(is_held && is_ours()), "this thread holds the lock already, and would wait for itself");
    }
    #[cfg(not(debug_assertions))]
    let _ = (lock, is_ours);
}
