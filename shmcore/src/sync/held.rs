//! In debug builds: which locks this thread holds, so that taking one twice is a panic and not a wait without end.
//!
//! The word in shared memory names the process only.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many locks of one thread are known. Of more, a mistake is not noticed.
#[cfg(debug_assertions)]
const ROOM: usize = 64;

#[cfg(debug_assertions)]
thread_local! {
    /// The addresses of the locks, and zeroes. That of a guard that was forgotten stays.
    ///
    /// Nothing is borrowed, allocated or dropped: a signal handler may come in between. It takes away what it has put
    /// in, and if it does not, an entry may get lost.
    static HELD: [AtomicUsize; ROOM] = const { [const { AtomicUsize::new(0) }; ROOM] };
}

/// Replaces the first entry that is `old` by `new`, if there is one.
#[cfg(debug_assertions)]
fn replace(old: usize, new: usize) {
    // Only this thread uses them.
    HELD.with(|held| {
        if let Some(entry) = held.iter().find(|entry| entry.load(Ordering::Relaxed) == old) {
            entry.store(new, Ordering::Relaxed);
        }
    });
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
        replace(0, address);
        Self { address }
    }
}

#[cfg(debug_assertions)]
impl Drop for Held {
    fn drop(&mut self) {
        replace(self.address, 0);
    }
}

/// Panics, in debug builds, if this thread holds the lock, whose owner is this process.
#[inline]
#[track_caller]
pub(super) fn forbid_twice<L>(lock: &L, is_ours: impl FnOnce() -> bool) {
    #[cfg(debug_assertions)]
    {
        let address = std::ptr::from_ref(lock).addr();
        let is_held = HELD.with(|held| held.iter().any(|entry| entry.load(Ordering::Relaxed) == address));
        assert!(!(is_held && is_ours()), "this thread holds the lock already, and would wait for itself");
    }
    #[cfg(not(debug_assertions))]
    let _ = (lock, is_ours);
}
