//! The allocator of this program: the system's, which is counted.
#![allow(unsafe_code, reason = "passes on what is asked for to the system's allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTED: Counted = Counted;

struct Counted;

/// How often this process has asked for memory.
pub(crate) fn count() -> usize {
    COUNT.load(Relaxed)
}

// SAFETY: `GlobalAlloc` requires of its methods what `System` keeps, which is passed on.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Relaxed);
        // SAFETY: the conditions are those of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // A signal handler must not give memory back either.
        COUNT.fetch_add(1, Relaxed);
        // SAFETY: the conditions are those of this function.
        unsafe { System.dealloc(memory, layout) }
    }
}
